//! The places of a mailbox, over all handles to it.
//!
//! Tested in `tests/model`, over every interleaving.

use std::sync::atomic::Ordering::Relaxed;

use crate::sync::AtomicU32;

/// How many messages are accepted and not yet handled, and how many may be.
pub(crate) struct Seats {
    taken: AtomicU32,
    pub(crate) capacity: u32,
}

impl Seats {
    pub(crate) fn new(capacity: u32) -> Self {
        Self { taken: AtomicU32::new(0), capacity }
    }

    /// Takes a place, and says how many are taken with it; none when there is none left.
    ///
    /// It never takes one too many to give it back: in between, another sender would be refused for nothing.
    pub(crate) fn take(&self) -> Option<u32> {
        let one_more = |taken| (taken < self.capacity).then_some(taken + 1);
        self.taken.fetch_update(Relaxed, Relaxed, one_more).ok().map(|before| before + 1)
    }

    pub(crate) fn release(&self) {
        self.taken.fetch_sub(1, Relaxed);
    }

    pub(crate) fn taken(&self) -> u32 {
        self.taken.load(Relaxed)
    }
}
