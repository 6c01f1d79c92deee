//! Whether what a device said last still counts. A device that is not polled any more, because its actor is parked,
//! terminated or stuck, cannot say so itself.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::device::Polling;
use crate::device::life::RESTART_WITHIN_MS;
use crate::record::{Observation, State, Status, UnixMs};

/// A reader's clock, and how old a reading may get.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    clock: Clock,
    limit: Duration,
}

impl Freshness {
    /// Long enough for a device that misses one poll, and answers the next one at the last moment.
    pub fn new(clock: Clock, polling: &Polling) -> Self {
        Self { clock, limit: 3 * (polling.interval + polling.timeout) }
    }

    fn limit_ms(&self) -> UnixMs {
        u64::try_from(self.limit.as_millis()).unwrap_or(UnixMs::MAX)
    }

    /// Since when a device does not count as online any more that told that it is, and said this last.
    pub(crate) fn over_since_ms(&self, told: State, seen: Option<&Observation>) -> Option<UnixMs> {
        let since_ms = seen.map_or(0, |seen| seen.at_ms.saturating_add(self.limit_ms()));
        (told.is_online() && self.clock.now_ms() > since_ms).then_some(since_ms)
    }

    /// How a device does that told this of itself, and said this last.
    pub(crate) fn judge(&self, told: &Status, seen: Option<&Observation>) -> Status {
        let over_since_ms = match told.state {
            // One that restarts says so until its time is over, and no longer.
            State::Restarting => {
                let since_ms =
                    told.since_ms.saturating_add(RESTART_WITHIN_MS).saturating_add(self.limit_ms());
                (self.clock.now_ms() > since_ms).then_some(since_ms)
            }
            state => self.over_since_ms(state, seen),
        };
        let Some(since_ms) = over_since_ms else { return told.clone() };
        let fault = format!("it has not been polled for {:?}; the tree of actors says why", self.limit);
        Status { state: State::Offline, since_ms, fault: Some(Arc::from(fault)), ..told.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SECOND, START_MS, found, polling};

    #[actix_rt::test]
    async fn an_old_reading_does_not_count_and_a_device_that_is_offline_keeps_its_reason() {
        tokio::time::pause();
        let freshness = Freshness::new(Clock::tokio(START_MS), &polling());
        let seen = found(1).seen;
        let told = |state| Status { state, since_ms: 7, ..Status::default() };
        tokio::time::advance(27 * SECOND).await;
        for state in [State::Online, State::Stale] {
            assert_eq!(freshness.judge(&told(state), Some(&seen)), told(state));
        }
        tokio::time::advance(SECOND).await;
        for state in [State::Online, State::Stale] {
            let judged = freshness.judge(&told(state), Some(&seen));
            assert_eq!((judged.state, judged.since_ms), (State::Offline, START_MS + 27_000));
            assert!(judged.fault.unwrap().contains("has not been polled for 27s"));
        }
        for state in [State::Idle, State::Waiting, State::Offline] {
            assert_eq!(freshness.judge(&told(state), Some(&seen)), told(state));
        }
        let restarts = |since_ms| Status { state: State::Restarting, since_ms, ..Status::default() };
        assert_eq!(freshness.judge(&restarts(START_MS), None), restarts(START_MS));
        tokio::time::advance(90 * SECOND).await;
        assert_eq!(freshness.judge(&restarts(START_MS), None).state, State::Offline);
    }
}
