//! Actors for the tests of what is shown of them.

use shiftboss_kernel::{ExitRecord, Node, Phase, Role};

/// One that runs and is up to date.
pub(super) fn worker(id: &str) -> Node {
    Node {
        id: id.into(),
        kind: "Store",
        role: Role::Worker,
        phase: Phase::Running,
        restarts: 0,
        exits: Vec::new(),
        mailbox_depth: 1,
        mailbox_capacity: 64,
        messages_handled: 12,
        busy_seconds: 0.0015,
        queue_wait_max_seconds: 0.0,
        answers: true,
        children: Vec::new(),
    }
}

/// One with children.
pub(super) fn branch(id: &str, children: Vec<Node>) -> Node {
    Node { kind: "Supervisor", role: Role::Supervisor, children, ..worker(id) }
}

/// An end; the time is in seconds since 1970.
pub(super) fn exit(reason: &'static str, at_seconds: f64) -> ExitRecord {
    let cause = reason.to_owned();
    ExitRecord { incarnation: 1, at_seconds, ran_seconds: 2.5, reason, cause, handling: None, place: None }
}
