//! The time of a fleet: that of the world at its start, and from there on tokio's, which tests can pause.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// Tells the time. All miners of a fleet go by the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Instant,
    began_unix_ms: u64,
}

impl Clock {
    /// A clock that is right now.
    pub(crate) fn new() -> Self {
        let began_unix_ms = Timestamp::now().as_millisecond().unsigned_abs();
        Self { began: Instant::now(), began_unix_ms }
    }

    /// Milliseconds since 1970.
    pub(crate) fn unix_ms(&self) -> u64 {
        let since: Duration = self.began.elapsed();
        self.began_unix_ms + since.as_millis() as u64
    }
}
