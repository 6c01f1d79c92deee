//! The model checker's words in place of the kernel's own (`src/sync.rs`).

use std::task::Waker;

pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
pub(crate) use loom::sync::{Mutex, MutexGuard};

pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

impl AtomicWaker {
    pub(crate) fn new() -> Self {
        Self(loom::future::AtomicWaker::new())
    }

    pub(crate) fn register(&self, waker: &Waker) {
        self.0.register_by_ref(waker);
    }

    pub(crate) fn wake(&self) {
        self.0.wake();
    }
}
