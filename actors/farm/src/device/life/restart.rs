//! A restart that a device has acknowledged, and not shown yet.

use std::time::Duration;

use crate::command::Stage;
use crate::record::UnixMs;

/// The time that a device has to come back from a restart.
pub(crate) const RESTART_WITHIN_MS: u64 = 90_000;

/// From one poll to the next while it restarts, at most.
pub(super) const RESTART_INTERVAL: Duration = Duration::from_secs(2);

/// A restart that a device has acknowledged, and not shown yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restart {
    pub(super) asked_ms: UnixMs,
    /// Whether it did not answer since.
    pub(super) was_away: bool,
}

impl Restart {
    /// What an answer says about it; `None` while there is still something to wait for.
    ///
    /// A device that was started after the command was begun is the one thing that confirms it: a device may be away for
    /// other reasons, and takes a moment before it goes. Old firmware goes at once, and its connection may take some
    /// seconds to break: so it is not the end of the command that counts.
    pub(super) fn judge(&self, now: UnixMs, uptime_seconds: Option<f64>) -> Option<Stage> {
        let since_seconds = now.saturating_sub(self.asked_ms) as f64 / 1e3;
        if uptime_seconds.is_some_and(|uptime| uptime <= since_seconds) {
            return Some(Stage::Confirmed);
        }
        if self.was_away {
            return Some(Stage::Unconfirmed("it was away and is back, but its uptime has not fallen".into()));
        }
        self.is_over(now).then(|| Stage::Unconfirmed("it answers all the time, and its uptime grows".into()))
    }

    pub(super) fn is_over(&self, now: UnixMs) -> bool {
        now.saturating_sub(self.asked_ms) >= RESTART_WITHIN_MS
    }
}
