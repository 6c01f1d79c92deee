//! What threads share, under every interleaving: the orders of a cell, and a mailbox.
//!
//! The model checker runs the kernel's own files. They take their atomics from `crate::sync`, which is its own here.

mod cell;
#[path = "../../src/mailbox.rs"]
mod mailbox;
#[path = "../../src/orders.rs"]
#[expect(unreachable_pub, reason = "the kernel's crate root exports a type of it")]
mod orders;
mod places;
mod sync;

/// Preemptions in one run. Almost every mistake with atomics shows with one or two.
const PREEMPTIONS: usize = 2;

/// Runs a model over all its interleavings.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut checker = loom::model::Builder::new();
    checker.preemption_bound = Some(PREEMPTIONS);
    checker.check(model);
}
