//! Repeatable chance: the same seed and index draw the same numbers on any machine.

use rand_pcg::Pcg32;
use rand_pcg::rand_core::RngCore;

/// One miner's own source of chance, 16 bytes of it.
///
/// What is drawn is defined here down to the bit, so that an upgrade of a dependency does not draw another fleet.
#[derive(Clone, Debug)]
pub(crate) struct Draw(Pcg32);

impl Draw {
    /// The draws of miner `index` of the fleet of `seed`. They do not depend on how many miners there are.
    pub(crate) fn new(seed: u64, index: u32) -> Self {
        // Neighbouring indices must not give neighbouring states: their first draws would be alike.
        Self(Pcg32::new(scatter(seed ^ scatter(u64::from(index))), u64::from(index)))
    }

    /// A whole number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(limit)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn whole(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(u64::from(high - low) + 1) as u32
    }

    /// A number from `low` to `high`, both included, with at most `places` decimals, also when it is printed.
    pub(crate) fn decimal(&mut self, low: u32, high: u32, places: u32) -> f64 {
        let scale = 10_u64.pow(places);
        let steps = u64::from(low) * scale + self.below(u64::from(high - low) * scale + 1);
        steps as f64 / scale as f64
    }

    /// One side of a coin.
    pub(crate) fn flag(&mut self) -> bool {
        self.below(2) == 1
    }
}

/// The finaliser of SplitMix64: every bit of the input changes half of the output's bits.
pub(crate) fn scatter(word: u64) -> u64 {
    let word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_the_same_numbers_for_ever() {
        let mut draw = Draw::new(1, 0);
        let drawn = [draw.whole(0, 99), draw.whole(0, 99), draw.whole(0, 99), draw.whole(0, 99)];
        assert_eq!(drawn, [26, 14, 8, 21]);
    }

    #[test]
    fn every_number_of_a_range_comes_up_and_none_outside_of_it() {
        let mut draw = Draw::new(7, 7);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[draw.whole(10, 15) as usize - 10] += 1;
        }
        assert!(seen.iter().all(|times| (800..1_200).contains(times)), "{seen:?}");
    }

    #[test]
    fn a_decimal_prints_with_no_more_places_than_asked_for() {
        let mut draw = Draw::new(3, 5);
        for _ in 0..10_000 {
            let number = draw.decimal(700, 800, 9);
            assert!((700.0..=800.0).contains(&number));
            let text = number.to_string();
            assert!(text.split_once('.').is_none_or(|(_, places)| places.len() <= 9), "{text}");
        }
    }

    #[test]
    fn neighbours_and_seeds_draw_independently() {
        let firsts = |seed: u64| (0..2_000).map(move |index| Draw::new(seed, index).below(100));
        let ups = firsts(1).zip(firsts(1).skip(1)).filter(|(one, next)| one < next).count();
        assert!(
            (850..1_150).contains(&ups),
            "a neighbour is greater as often as not, not {ups} times of 2000"
        );
        let equal = firsts(1).zip(firsts(2)).filter(|(one, other)| one == other).count();
        assert!((5..50).contains(&equal), "about 20 of 2000 are equal by chance, not {equal}");
    }
}
