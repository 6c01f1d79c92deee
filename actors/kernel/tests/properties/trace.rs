//! What the workers of a tree did, in order and with the time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::worker::Name;

/// A moment in the life of one value of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `started` ran.
    Begun,
    /// All that `started` asked to wait for is done.
    Ready,
    /// It was asked to stop.
    Asked,
    /// It is no more, however that came.
    Ended,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) at: Instant,
    pub(crate) who: Name,
    pub(crate) moment: Moment,
}

#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<Entry>>>);

impl Trace {
    pub(crate) fn note(&self, who: Name, moment: Moment) {
        let entry = Entry { at: Instant::now(), who, moment };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// All entries since the last call.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
