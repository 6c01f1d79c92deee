//! The time of day, as a seam: tests run on tokio's paused clock.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::record::UnixMs;

/// Where the time of day comes from.
#[derive(Clone, Copy, Debug, Default)]
pub enum Clock {
    /// The system. A machine without a clock of its own may set it late, and in a leap.
    #[default]
    System,
    /// Tokio's clock, counted from a known time of day.
    Tokio {
        /// When it was that time.
        since: Instant,
        /// That time.
        at_ms: UnixMs,
    },
}

impl Clock {
    /// Tokio's clock, with now being `at_ms`.
    pub fn tokio(at_ms: UnixMs) -> Self {
        Self::Tokio { since: Instant::now(), at_ms }
    }

    /// Milliseconds since 1970. A system clock before that reads as 1970.
    pub fn now_ms(self) -> UnixMs {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                milliseconds(since.unwrap_or(Duration::ZERO))
            }
            Self::Tokio { since, at_ms } => at_ms + milliseconds(since.elapsed()),
        }
    }
}

fn milliseconds(duration: Duration) -> UnixMs {
    UnixMs::try_from(duration.as_millis()).unwrap_or(UnixMs::MAX)
}
