//! The kernel's contract (`SEMANTICS.md`), one test a behaviour.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod boot;
mod declining;
mod requests;
mod specs;

mod busy;
mod intensity;
mod policies;
mod rounds;
mod strategies;

mod auto_shutdown;
mod escalation;
mod scale;
mod shutdown;
mod threads;

mod ends;
mod panics;

mod backoff;
mod traps;

mod accounts;
mod control;
mod history;
mod mailbox;
mod parking;
mod pools;
mod snapshots;

mod support;
