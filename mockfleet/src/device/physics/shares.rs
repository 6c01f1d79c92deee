//! Shares as chance has it: how many by now, and the best of them. Both are functions of the work done, so that they
//! only grow, and do not depend on how often they are asked for. Each takes some 2·log2(work) steps.

use super::noise::{at_least, exponential, normal, unit};
use crate::draw::scatter;

/// The first shares, which are drawn at once and then told apart.
const FIRST: u64 = 64;

/// Beyond this a count is no longer exact.
const MOST: f64 = (1_u64 << 52) as f64;

/// How many events of a Poisson process have come by the time that `expected` were due.
///
/// The events of each range from a power of two to the next are drawn at once, and halved again and again into the
/// two halves of the range, until what is left is the range of one.
pub(crate) fn count(key: u64, expected: f64) -> u64 {
    let expected = expected.clamp(0.0, MOST);
    let whole = expected as u64;
    let mut range = Range { start: 0, size: FIRST };
    let mut sum = 0;
    while range.end() <= whole {
        sum += poisson(range.size, range.word(key));
        range = Range::of(range.end());
    }
    let mut events = poisson(range.size, range.word(key));
    while range.size > 1 {
        let (left, right) = range.halves();
        let in_left = in_left_half(range, events, left.word(key));
        if whole < right.start {
            (range, events) = (left, in_left);
        } else {
            (range, events) = (right, events - in_left);
            sum += in_left;
        }
    }
    let within = expected - whole as f64;
    let word = range.word(key);
    sum + (0..events).filter(|event| unit(scatter(word ^ (event + 1))) < within).count() as u64
}

/// The greatest of `shares` draws of 1/U with U even from 0 to 1: the best difficulty over that of a share; 0 of none.
///
/// The inverse of the greatest over a range is exponential with the range as its rate. One of a range's halves has the
/// same greatest; the other's is drawn anew, below it.
pub(crate) fn record(key: u64, shares: u64) -> f64 {
    if shares == 0 {
        return 0.0;
    }
    let last = shares.ilog2();
    let first = exponential(Range { start: 0, size: 1 }.word(key));
    // The longest first: few of the others can be better then.
    let mut least = (0..last).rev().map(|exponent| Range::of(1 << exponent)).fold(first, |least, range| {
        let word = range.word(key);
        let may_be_less = at_least(word) < least * range.size as f64;
        if may_be_less { least.min(exponential(word) / range.size as f64) } else { least }
    });
    let mut range = Range::of(1 << last);
    let mut inverse = exponential(range.word(key)) / range.size as f64;
    // What lies in this range cannot be better than its greatest.
    while range.size > 1 && inverse < least {
        let (left, right) = range.halves();
        let word = left.word(key);
        let other = inverse + exponential(word) / left.size as f64;
        let (in_left, in_right) = if word & 1 == 0 { (inverse, other) } else { (other, inverse) };
        if shares < right.start {
            (range, inverse) = (left, in_left);
        } else {
            least = least.min(in_left);
            (range, inverse) = (right, in_right);
        }
    }
    // A share has its difficulty at least.
    (1.0 / least).max(1.0)
}

/// From a multiple of a power of two, that power long.
#[derive(Clone, Copy)]
struct Range {
    start: u64,
    size: u64,
}

impl Range {
    /// From a power of two to the next.
    fn of(power: u64) -> Self {
        Self { start: power, size: power }
    }

    fn end(self) -> u64 {
        self.start + self.size
    }

    fn halves(self) -> (Self, Self) {
        let size = self.size / 2;
        (Self { start: self.start, size }, Self { start: self.start + size, size })
    }

    /// The chance of this range and no other.
    fn word(self, key: u64) -> u64 {
        scatter(key ^ (self.start << 6 | u64::from(self.size.trailing_zeros())))
    }
}

/// Of a mean of 64 or more, where the normal distribution is near enough, and never below 0.
fn poisson(mean: u64, word: u64) -> u64 {
    let mean = mean as f64;
    (mean + mean.sqrt() * normal(word) + 0.5) as u64
}

/// How many of the events of a range are in its left half: as many as so many coins show their head. Of many it is
/// taken for granted that they are about as many as the range is long.
fn in_left_half(range: Range, events: u64, word: u64) -> u64 {
    if events <= 64 {
        let tossed = u64::MAX.checked_shr(64 - events as u32).unwrap_or(0);
        return u64::from((word & tossed).count_ones());
    }
    let deviation = (range.size as f64).sqrt() / 2.0 * normal(word);
    ((events as f64 / 2.0 + deviation + 0.5).max(0.0) as u64).min(events)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::properties::config;
    use super::*;

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn a_count_and_a_record_never_fall(key: u64, one in 0.0..1e9_f64, more in 0.0..1e3_f64) {
            prop_assert!(count(key, one) <= count(key, one + more));
            prop_assert!(record(key, one as u64) <= record(key, (one + more) as u64));
        }

        #[test]
        fn a_count_is_what_was_expected_give_or_take_five_roots(key: u64, expected in 0.0..1e9_f64) {
            let off = (count(key, expected) as f64 - expected).abs();
            prop_assert!(off <= 5.0 * expected.sqrt() + 5.0, "{off} off {expected}");
        }
    }

    #[test]
    fn counts_have_the_mean_and_the_variance_of_poisson() {
        for expected in [0.5, 3.0, 100.3, 5_000.0] {
            let counts: Vec<_> = (0..4_000).map(|key| count(scatter(key), expected) as f64).collect();
            let mean = counts.iter().sum::<f64>() / 4_000.0;
            let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 4_000.0;
            assert!((mean - expected).abs() < 5.0 * (expected / 4_000.0).sqrt(), "{mean} of {expected}");
            assert!((variance / expected - 1.0).abs() < 0.15, "{variance} of {expected}");
        }
    }

    #[test]
    fn events_come_one_by_one_and_evenly() {
        let mut last = count(9, 0.0);
        let (mut alone, mut together) = (0, 0);
        for step in 1..200_000_u32 {
            let now = count(9, f64::from(step) / 100.0);
            match now - last {
                0 => (),
                1 => alone += 1,
                _ => together += 1,
            }
            last = now;
        }
        assert!((1_750..2_250).contains(&alone), "{alone}");
        assert!(together < 30, "{together} hundredths had more than one event, of some 10");
    }

    #[test]
    fn half_of_the_records_are_above_the_median() {
        for shares in [1_u64, 7, 1_000, 123_456] {
            // P(record < d) = (1 - 1/d)^shares, of which the sum of many small chances is the limit.
            let median = shares as f64 / std::f64::consts::LN_2;
            let above = (0..4_000).filter(|key| record(scatter(*key), shares) > median).count();
            assert!((1_800..2_200).contains(&above), "{above} of 4000, {shares} shares");
        }
    }
}
