//! What to do when a child ends: pure decisions, no tasks and no clock of their own.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::exit::Exit;

#[cfg(test)]
mod properties;

/// Whether a child that ended by itself is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Always.
    #[default]
    Permanent,
    /// Only after a failure.
    Transient,
    /// Never.
    Temporary,
}

impl Restart {
    /// Whether a child under this policy is started again after `exit`.
    pub fn applies_to(self, exit: &Exit) -> bool {
        match self {
            Self::Permanent => true,
            Self::Transient => exit.is_failure(),
            Self::Temporary => false,
        }
    }
}

/// Which siblings share the fate of a child that is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// None.
    OneForOne,
    /// Those that were started after it.
    RestForOne,
    /// All.
    OneForAll,
}

/// How a child is made to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Asked, then killed when the time is over.
    Timeout(Duration),
    /// Killed at once.
    Kill,
    /// Asked, and waited for without a limit.
    Infinity,
}

/// Whether a supervisor ends when its significant children have ended by themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoShutdown {
    /// It goes on.
    #[default]
    Never,
    /// It ends with the first of them.
    AnySignificant,
    /// It ends with the last of them.
    AllSignificant,
}

/// How many restarts are bearable: at most `max` within any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intensity {
    /// Restarts allowed; 0 makes the first failure one too many.
    pub max: u32,
    /// The time over which they are counted.
    pub window: Duration,
}

impl Intensity {
    /// At most `max` restarts within `window`.
    pub const fn new(max: u32, window: Duration) -> Self {
        Self { max, window }
    }
}

/// The restarts of the last window. Takes no memory until the first one.
#[derive(Clone, Debug, Default)]
pub(crate) struct RestartLog(VecDeque<Instant>);

impl RestartLog {
    /// Records a restart at `now`; false when it is one more than `limit` allows.
    pub(crate) fn record(&mut self, now: Instant, limit: Intensity) -> bool {
        while self.0.front().is_some_and(|at| now.duration_since(*at) > limit.window) {
            self.0.pop_front();
        }
        self.0.push_back(now);
        self.0.len() <= limit.max as usize
    }

    /// Forgets all, as after an operator's restart.
    pub(crate) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }
}

/// The delay before a restart: doubling from `base` up to `cap`, jittered over its upper half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The ceiling of the first delay.
    pub base: Duration,
    /// The ceiling of every delay.
    pub cap: Duration,
    /// A child that ran this long starts again from `base`.
    pub healthy_after: Duration,
}

impl Backoff {
    /// No delay.
    pub const NONE: Self = Self { base: Duration::ZERO, cap: Duration::ZERO, healthy_after: Duration::ZERO };

    /// Doubling from `base` to `cap`; healthy again after `cap`.
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap, healthy_after: cap }
    }

    /// The delay before the restart that follows the `failures`th failure in a row.
    /// `unit` is the jitter, from 0 (half of the ceiling) to 1 (the ceiling).
    pub fn delay(&self, failures: u32, unit: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let ceiling = self.base.saturating_mul(1 << doublings).min(self.cap);
        ceiling.mul_f64(0.5 + 0.5 * unit.clamp(0.0, 1.0))
    }

    /// The count of failures in a row, after one more that came after `ran`.
    pub fn failures_after(&self, failures: u32, ran: Duration) -> u32 {
        if ran >= self.healthy_after { 1 } else { failures.saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_permanent_child_restarts_after_any_exit_a_transient_one_after_failures_a_temporary_one_never() {
        let failed = Exit::failed("disk");
        for (policy, after_normal, after_failure) in [
            (Restart::Permanent, true, true),
            (Restart::Transient, false, true),
            (Restart::Temporary, false, false),
        ] {
            assert_eq!(policy.applies_to(&Exit::Normal), after_normal, "{policy:?}");
            assert_eq!(policy.applies_to(&Exit::Shutdown), after_normal, "{policy:?}");
            assert_eq!(policy.applies_to(&failed), after_failure, "{policy:?}");
            assert_eq!(policy.applies_to(&Exit::Killed), after_failure, "{policy:?}");
        }
    }

    #[test]
    fn the_restart_after_the_last_allowed_one_is_refused_and_time_heals() {
        let limit = Intensity::new(2, 5 * SECOND);
        let start = Instant::now();
        let mut log = RestartLog::default();
        assert!(log.record(start, limit));
        assert!(log.record(start + SECOND, limit));
        assert!(!log.record(start + 2 * SECOND, limit));
        assert!(log.record(start + 20 * SECOND, limit));
    }

    #[test]
    fn an_intensity_of_zero_allows_no_restart() {
        assert!(!RestartLog::default().record(Instant::now(), Intensity::new(0, SECOND)));
    }

    #[test]
    fn backoff_grows_caps_and_jitters_within_its_upper_half() {
        let backoff = Backoff::new(SECOND, 5 * SECOND);
        let ceilings: Vec<_> = (1..6).map(|failures| backoff.delay(failures, 1.0).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.delay(3, 0.0), 2 * SECOND);
        assert_eq!(backoff.delay(u32::MAX, 1.0), 5 * SECOND);
        assert_eq!(Backoff::NONE.delay(9, 1.0), Duration::ZERO);
    }

    #[test]
    fn a_healthy_run_resets_the_count_of_failures() {
        let backoff = Backoff::new(SECOND, 5 * SECOND);
        assert_eq!(backoff.failures_after(4, SECOND), 5);
        assert_eq!(backoff.failures_after(4, 5 * SECOND), 1);
    }
}
