//! A device's state, and when to poll it next: decisions without clock or network.

use std::sync::Arc;
use std::time::Duration;

use shiftboss_axeos::{Mac, Setting};

use crate::command::{CommandKind, LastCommand, Stage, Verdict};
use crate::record::{State, Status, UnixMs};

mod restart;

pub(crate) use restart::RESTART_WITHIN_MS;
use restart::{RESTART_INTERVAL, Restart};

/// Why a poll brought no reading.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// Nobody listens there, or there is no way there.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// No whole answer came in time.
    #[error("it did not answer within {0:?}")]
    Silent(Duration),
    /// It answered with a status other than 200.
    #[error("it answered with status {0}")]
    Status(u16),
    /// The answer is larger than any device's.
    #[error("its answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection broke while it answered.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is not a device's.
    #[error("{0}")]
    Unreadable(shiftboss_axeos::Error),
    /// Another device answers at this address.
    #[error("another device, {other}, answers at the address of {wanted}; discover both where they are now")]
    Stranger {
        /// Who should.
        wanted: Mac,
        /// Who does.
        other: Mac,
    },
}

impl Miss {
    /// Whether one such miss is enough to call the device offline.
    fn is_certain(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Stranger { .. })
    }
}

/// Misses in a row, of the uncertain kind, after which a device is offline.
const MISSES_TO_OFFLINE: u32 = 2;

/// Moments of an interval at which polls begin. Polls that begin together share a wake-up of the thread, which costs
/// about as much as the poll itself; a hundredth of ten thousand devices is still no burst.
const MOMENTS: u64 = 100;

/// The state machine of one device.
#[derive(Clone, Debug)]
pub struct Life {
    status: Status,
    restart: Option<Restart>,
}

impl Life {
    /// A device of which nothing is known yet.
    pub fn new(listening: bool, now: UnixMs) -> Self {
        let state = if listening { State::Waiting } else { State::Idle };
        Self { status: Status { state, since_ms: now, ..Status::default() }, restart: None }
    }

    /// Takes up a state from before, unless what is wanted has changed since. A command that was being carried out
    /// then is not any more.
    pub fn recall(&mut self, status: Status, listening: bool) {
        if status.state.is_listened() == listening {
            self.status = status;
        } else {
            self.status.command = status.command;
        }
        let Some(last) = self.status.command.as_deref() else { return };
        match last.stage {
            Stage::Running => self.interrupt(),
            Stage::Done(Verdict::Acknowledged) if last.kind == CommandKind::Restart => {
                self.restart = Some(Restart { asked_ms: last.at_ms, was_away: false });
            }
            _ => {}
        }
    }

    /// Where it is.
    pub fn state(&self) -> State {
        self.status.state
    }

    /// Whether it is polled: it is listened to, or a restart is to be seen.
    pub fn is_polled(&self) -> bool {
        self.status.state.is_listened() || self.restart.is_some()
    }

    /// Whether it was told to restart, and did not show yet that it did.
    pub fn is_restarting(&self) -> bool {
        self.restart.is_some()
    }

    /// Where it is, since when, and why.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// Begins or ends polling; false when that changes nothing.
    pub fn listen(&mut self, listening: bool, now: UnixMs) -> bool {
        if self.status.state.is_listened() == listening {
            return false;
        }
        let command = self.status.command.take();
        *self = Self { restart: self.restart, ..Self::new(listening, now) };
        self.status.command = command;
        if listening && self.is_restarting() {
            self.enter(State::Restarting, now);
        }
        true
    }

    /// It answered, and said how long it runs; true when that is news.
    pub fn hit(&mut self, now: UnixMs, uptime_seconds: Option<f64>) -> bool {
        self.status.misses = 0;
        self.status.fault = None;
        self.status.stranger = None;
        if let Some(restart) = self.restart {
            match restart.judge(now, uptime_seconds) {
                Some(stage) => self.restarted(stage),
                None => return false,
            }
        }
        self.status.state.is_listened() && self.enter(State::Online, now)
    }

    /// It did not; true when that changes its state.
    pub fn miss(&mut self, miss: &Miss, now: UnixMs) -> bool {
        self.status.misses = self.status.misses.saturating_add(1);
        self.status.fault = Some(Arc::from(miss.to_string()));
        self.status.stranger = match miss {
            Miss::Stranger { other, .. } => Some(*other),
            _ => None,
        };
        if let Some(restart) = &mut self.restart {
            restart.was_away = true;
            if !restart.is_over(now) {
                return false;
            }
            self.restarted(Stage::Unconfirmed("it did not come back in time".into()));
        }
        let offline = miss.is_certain() || self.status.misses >= MISSES_TO_OFFLINE;
        match self.status.state {
            State::Idle => false,
            _ if offline => self.enter(State::Offline, now),
            State::Online => self.enter(State::Stale, now),
            _ => false,
        }
    }

    /// A command is begun.
    pub fn begin(&mut self, kind: CommandKind, now: UnixMs) {
        let last = LastCommand { kind, at_ms: now, stage: Stage::Running, needs_restart: false };
        self.status.command = Some(Arc::new(last));
    }

    /// A command has come to an end. A restart that is acknowledged is to be seen from now on.
    pub fn end(&mut self, verdict: Verdict, needs_restart: bool, now: UnixMs) {
        let Some(last) = self.status.command.as_mut().map(Arc::make_mut) else { return };
        last.needs_restart = needs_restart;
        let restarts = last.kind == CommandKind::Restart && verdict == Verdict::Acknowledged;
        last.stage = Stage::Done(verdict);
        let asked_ms = last.at_ms;
        if restarts {
            self.restart = Some(Restart { asked_ms, was_away: false });
            if self.status.state.is_listened() {
                self.enter(State::Restarting, now);
            }
        }
    }

    /// Nobody knows what became of a command.
    pub fn interrupt(&mut self) {
        self.stage(Stage::Interrupted);
    }

    /// The settings in which it differs from what is wanted; true when that is news.
    pub fn drifts(&mut self, drift: Vec<Setting>) -> bool {
        let is_news = *self.status.drift != *drift;
        if is_news {
            self.status.drift = drift.into();
        }
        is_news
    }

    fn restarted(&mut self, stage: Stage) {
        self.restart = None;
        self.stage(stage);
    }

    fn stage(&mut self, stage: Stage) {
        if let Some(last) = self.status.command.as_mut() {
            Arc::make_mut(last).stage = stage;
        }
    }

    fn enter(&mut self, state: State, now: UnixMs) -> bool {
        let changed = self.status.state != state;
        if changed {
            self.status.state = state;
            self.status.since_ms = now;
        }
        changed
    }

    /// The time until the next poll.
    ///
    /// Each device has its moment within the interval, from its MAC, so that a fleet is polled evenly and a restart
    /// of its actor shifts nothing. One that misses is polled less often, up to every `backoff_max`.
    pub fn pause(&self, mac: Mac, now: UnixMs, interval: Duration, backoff_max: Duration) -> Duration {
        if self.is_restarting() {
            return interval.min(RESTART_INTERVAL);
        }
        let interval_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).max(1);
        let moment_ms = spread(mac) % MOMENTS * interval_ms / MOMENTS;
        let since_moment_ms = (now % interval_ms + interval_ms - moment_ms) % interval_ms;
        let next = Duration::from_millis(interval_ms - since_moment_ms);
        let intervals = match self.status.misses {
            0..=2 => 1,
            misses => 1 << (misses - 2).min(16),
        };
        let most =
            u32::try_from(backoff_max.as_millis() / u128::from(interval_ms)).unwrap_or(u32::MAX).max(1);
        next + interval * (intervals.min(most) - 1)
    }
}

/// A number from a MAC, evenly spread also over MACs in a row (the finaliser of SplitMix64).
fn spread(mac: Mac) -> u64 {
    let mut bytes = [0; 8];
    bytes[2..].copy_from_slice(&mac.0);
    let mut mixed = u64::from_be_bytes(bytes).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests;
