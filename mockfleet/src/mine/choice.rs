//! Which of its two pools a device turns to: as ESP-Miner does.
//!
//! A lost connection and a refused one are a failure each. After two in a row at one pool it turns to the other, if it
//! has another. From the fallback it looks for the primary once a minute.

use std::time::Duration;

/// Failures in a row at one pool.
const FAILURES: u32 = 2;

/// From a failure to the next attempt.
const PAUSE: Duration = Duration::from_secs(5);

/// From one look for the primary to the next.
pub(crate) const PROBE_PERIOD: Duration = Duration::from_secs(60);

/// The pool in use, and how it went with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) on_fallback: bool,
    has_fallback: bool,
    failures: u32,
}

impl Choice {
    pub(crate) fn new(on_fallback: bool, has_fallback: bool) -> Self {
        Self { on_fallback: on_fallback && has_fallback, has_fallback, failures: 0 }
    }

    /// It could not connect, or has lost its connection: when to try again, at the pool that is chosen by then.
    pub(crate) fn failed(&mut self) -> Duration {
        self.failures += 1;
        if self.failures >= FAILURES && self.has_fallback {
            self.on_fallback = !self.on_fallback;
            self.failures = 0;
        }
        PAUSE
    }

    /// The pool has let it mine.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The primary can be reached again.
    pub(crate) fn back_to_primary(&mut self) {
        *self = Self { on_fallback: false, failures: 0, ..*self };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_failures_in_a_row_lead_to_the_other_pool() {
        let mut choice = Choice::new(false, true);
        let mut on_fallback = || {
            assert_eq!(choice.failed(), PAUSE);
            choice.on_fallback
        };
        assert_eq!([(); 6].map(|()| on_fallback()), [false, true, true, false, false, true]);
    }

    #[test]
    fn a_success_between_them_forgives_a_failure() {
        let mut choice = Choice::new(false, true);
        for _ in 0..5 {
            choice.failed();
            choice.succeeded();
        }
        assert!(!choice.on_fallback);
    }

    #[test]
    fn one_without_a_fallback_stays() {
        let mut choice = Choice::new(true, false);
        for _ in 0..5 {
            choice.failed();
        }
        assert!(!choice.on_fallback);
    }

    #[test]
    fn it_goes_back_to_the_primary_with_its_failures_forgiven() {
        let mut choice = Choice::new(true, true);
        choice.failed();
        choice.back_to_primary();
        assert_eq!(choice, Choice::new(false, true));
    }
}
