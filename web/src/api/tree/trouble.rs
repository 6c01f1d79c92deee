//! What is wrong with an actor, if anything: the one place that says what counts as a problem.

use serde::Serialize;
use shiftboss_kernel::{ExitRecord, Node, Phase};

/// A failure is news for this long.
const LATELY_SECONDS: f64 = 600.0;

/// The reasons of an exit that are failures.
const FAILURES: [&str; 3] = ["failed", "panic", "killed"];

/// A problem, by what it takes to be rid of it; a later one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Trouble {
    /// Half of its mailbox or more is taken: it runs, and lags.
    Mailbox,
    /// It failed within the last ten minutes, and runs again.
    FailedLately,
    /// It failed, and waits for its restart.
    Backoff,
    /// It failed too often and is retried slowly, or an operator holds it.
    Parked,
    /// It is down after a failure, and nobody brings it back. One that stopped when it was asked to is no problem.
    Down,
    /// A supervisor that does not answer: what is below it cannot be seen.
    Silent,
}

/// The worst that is wrong with an actor itself, whatever is wrong below it; now is in seconds since 1970.
pub(super) fn trouble(actor: &Node, now_seconds: f64) -> Option<Trouble> {
    let failed = |exit: &ExitRecord| FAILURES.contains(&exit.reason);
    let lately = |exit: &ExitRecord| now_seconds - exit.at_seconds <= LATELY_SECONDS;
    if !actor.answers {
        return Some(Trouble::Silent);
    }
    match actor.phase {
        Phase::Parked => Some(Trouble::Parked),
        Phase::Backoff => Some(Trouble::Backoff),
        Phase::Down => actor.last_exit().is_some_and(failed).then_some(Trouble::Down),
        _ if actor.exits.iter().any(|exit| failed(exit) && lately(exit)) => Some(Trouble::FailedLately),
        _ if actor.mailbox_depth >= actor.mailbox_capacity.div_ceil(2) => Some(Trouble::Mailbox),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::api::tree::testing::{exit, worker};

    const NOW: f64 = 1_800_000_000.0;

    /// An actor in a phase that ended so, so many seconds ago, the last time first.
    fn ended(phase: Phase, exits: &[(&'static str, f64)]) -> Node {
        let exits = exits.iter().map(|(reason, ago)| Arc::new(exit(reason, NOW - ago))).collect();
        Node { phase, exits, ..worker("a") }
    }

    #[test]
    fn an_actor_that_runs_and_is_up_to_date_has_no_problem() {
        assert_eq!(trouble(&worker("a"), NOW), None);
        for phase in [Phase::Starting, Phase::Stopping] {
            assert_eq!(trouble(&Node { phase, ..worker("a") }, NOW), None, "{phase:?}");
        }
    }

    #[test]
    fn parked_and_in_back_off_are_problems_whatever_led_there() {
        assert_eq!(trouble(&ended(Phase::Parked, &[("shutdown", 1.0)]), NOW), Some(Trouble::Parked));
        assert_eq!(trouble(&ended(Phase::Backoff, &[("panic", 1.0)]), NOW), Some(Trouble::Backoff));
    }

    #[test]
    fn being_down_is_a_problem_after_a_failure_and_not_after_a_wish() {
        for reason in ["failed", "panic", "killed"] {
            assert_eq!(trouble(&ended(Phase::Down, &[(reason, 1e6)]), NOW), Some(Trouble::Down), "{reason}");
        }
        for reason in ["normal", "shutdown", "declined"] {
            assert_eq!(trouble(&ended(Phase::Down, &[(reason, 1.0)]), NOW), None, "{reason}");
        }
        assert_eq!(trouble(&ended(Phase::Down, &[]), NOW), None, "it has not been started yet");
    }

    #[test]
    fn a_failure_is_a_problem_for_ten_minutes_also_behind_a_later_stop() {
        let exits = |ago| ended(Phase::Running, &[("shutdown", 1.0), ("panic", ago)]);
        assert_eq!(trouble(&exits(600.0), NOW), Some(Trouble::FailedLately));
        assert_eq!(trouble(&exits(601.0), NOW), None);
        assert_eq!(trouble(&ended(Phase::Running, &[("shutdown", 1.0)]), NOW), None);
    }

    #[test]
    fn a_mailbox_is_a_problem_from_the_half_on() {
        let filled =
            |depth, capacity| Node { mailbox_depth: depth, mailbox_capacity: capacity, ..worker("a") };
        assert_eq!(trouble(&filled(7, 16), NOW), None);
        assert_eq!(trouble(&filled(8, 16), NOW), Some(Trouble::Mailbox));
        assert_eq!(trouble(&filled(0, 1), NOW), None);
        assert_eq!(trouble(&filled(1, 1), NOW), Some(Trouble::Mailbox));
    }

    #[test]
    fn of_several_problems_the_worst_is_told() {
        let all = Node { answers: false, mailbox_depth: 64, ..ended(Phase::Parked, &[("panic", 1.0)]) };
        assert_eq!(trouble(&all, NOW), Some(Trouble::Silent));
        let lags = Node { mailbox_depth: 64, ..ended(Phase::Running, &[("panic", 1.0)]) };
        assert_eq!(trouble(&lags, NOW), Some(Trouble::FailedLately));
        let order = [
            Trouble::Mailbox,
            Trouble::FailedLately,
            Trouble::Backoff,
            Trouble::Parked,
            Trouble::Down,
            Trouble::Silent,
        ];
        assert!(order.is_sorted());
    }
}
