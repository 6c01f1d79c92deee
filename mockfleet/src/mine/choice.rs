//! Which of its two pools a device turns to: as ESP-Miner does.
//!
//! A lost connection is a failure, and tried again at once; so is each refused one, after a pause. After three failures
//! in a row at one pool, such as a loss and two refusals, it turns to the other, if it has another. From the fallback it
//! looks for the primary once a minute.

use std::time::Duration;

/// Failures in a row at one pool.
const FAILURES: u32 = 3;

/// From a refusal to the next attempt.
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
    pub(crate) fn failed(&mut self, was_connected: bool) -> Duration {
        self.failures += 1;
        // Nobody who hangs up at once is asked again at once, and again.
        let pause = if was_connected && self.failures == 1 { Duration::ZERO } else { PAUSE };
        if self.failures >= FAILURES && self.has_fallback {
            self.on_fallback = !self.on_fallback;
            self.failures = 0;
        }
        pause
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
    fn a_loss_and_two_refusals_lead_to_the_other_pool() {
        let mut choice = Choice::new(false, true);
        let mut failed = |was_connected| (choice.failed(was_connected), choice.on_fallback);
        assert_eq!(failed(true), (Duration::ZERO, false));
        assert_eq!([failed(false), failed(false)], [(PAUSE, false), (PAUSE, true)]);
        assert_eq!([(); 3].map(|()| failed(false).1), [true, true, false], "and back, when that fails too");
    }

    #[test]
    fn a_pool_that_hangs_up_again_and_again_is_asked_at_once_only_the_first_time() {
        let mut choice = Choice::new(false, true);
        assert_eq!([(); 3].map(|()| choice.failed(true)), [Duration::ZERO, PAUSE, PAUSE]);
    }

    #[test]
    fn a_success_between_them_forgives_a_failure() {
        let mut choice = Choice::new(false, true);
        for _ in 0..5 {
            choice.failed(false);
            choice.failed(true);
            choice.succeeded();
        }
        assert!(!choice.on_fallback);
    }

    #[test]
    fn one_without_a_fallback_stays() {
        let mut choice = Choice::new(true, false);
        for _ in 0..5 {
            choice.failed(false);
        }
        assert!(!choice.on_fallback);
    }

    #[test]
    fn it_goes_back_to_the_primary_with_its_failures_forgiven() {
        let mut choice = Choice::new(true, true);
        choice.failed(false);
        choice.back_to_primary();
        assert_eq!(choice, Choice::new(false, true));
    }
}
