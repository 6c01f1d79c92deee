//! When a device finds its next share: by its hash rate, by the difficulty, and by chance.

use std::time::Duration;

use crate::draw::Draw;

/// Chips report no easier nonce than this, whatever the pool asks for: a difficulty of 0.001 does not flood it.
pub(crate) const CHIP_DIFFICULTY: f64 = 256.0;

/// Hashes that a share of difficulty 1 takes.
const HASHES: f64 = 4_294_967_296.0;

/// How soon a device that hashes nothing is looked at again.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Nobody waits longer than this for a share: by then the hash rate may be another.
const AT_MOST: Duration = Duration::from_secs(3_600);

/// The time until the next share; `None` while nothing is hashed.
///
/// Without a memory: it may be drawn anew whenever hash rate or difficulty change, and chance stays what it was.
pub(crate) fn next(draw: &mut Draw, hashrate_ghs: f64, difficulty: f64) -> Option<Duration> {
    let mean_seconds = HASHES * difficulty.max(CHIP_DIFFICULTY) / (hashrate_ghs * 1e9);
    (hashrate_ghs > 0.0 && mean_seconds.is_finite()).then(|| {
        let seconds = -mean_seconds * one(draw).ln();
        Duration::try_from_secs_f64(seconds).unwrap_or(AT_MOST).min(AT_MOST)
    })
}

/// The difficulty that a share of at least this one has by chance.
pub(crate) fn by_chance(draw: &mut Draw, difficulty: f64) -> f64 {
    difficulty / one(draw)
}

/// Above 0, up to 1.
fn one(draw: &mut Draw) -> f64 {
    const STEPS: u64 = 1 << 53;
    (draw.below(STEPS) + 1) as f64 / STEPS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_seconds(hashrate_ghs: f64, difficulty: f64) -> f64 {
        let mut draw = Draw::new(1, 1);
        let all: f64 =
            (0..4_000).map(|_| next(&mut draw, hashrate_ghs, difficulty).unwrap().as_secs_f64()).sum();
        all / 4_000.0
    }

    #[test]
    fn shares_come_as_often_as_hash_rate_and_difficulty_say() {
        // 1 TH/s finds a share of difficulty 1,000 every 4.3 s.
        assert!((mean_seconds(1_000.0, 1_000.0) - 4.295).abs() < 0.2);
        assert!((mean_seconds(500.0, 1_000.0) - 8.59).abs() < 0.4);
    }

    #[test]
    fn no_difficulty_is_low_enough_to_flood_the_pool() {
        assert!((mean_seconds(1_000.0, 1e-9) - 1.0995).abs() < 0.06);
    }

    #[test]
    fn who_hashes_nothing_finds_nothing() {
        let mut draw = Draw::new(1, 1);
        for (hashrate_ghs, difficulty) in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
            assert_eq!(next(&mut draw, hashrate_ghs, difficulty), None);
        }
    }

    #[test]
    fn half_of_all_shares_are_twice_as_good_as_they_must_be() {
        let mut draw = Draw::new(1, 1);
        let good = (0..4_000).filter(|_| by_chance(&mut draw, 10.0) >= 20.0).count();
        assert!((1_850..2_150).contains(&good), "{good}");
    }
}
