//! A device's state, and when to poll it next: decisions without clock or network.

use std::sync::Arc;
use std::time::Duration;

use shiftboss_axeos::{Mac, Setting};

use crate::command::{CommandKind, LastCommand, Stage, Verdict};
use crate::record::{State, Status, UnixMs};

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

/// The time that a device has to come back from a restart.
pub(crate) const RESTART_WITHIN_MS: u64 = 90_000;

/// From one poll to the next while it restarts, at most.
const RESTART_INTERVAL: Duration = Duration::from_secs(2);

/// The state machine of one device.
#[derive(Clone, Debug)]
pub struct Life {
    status: Status,
    restart: Option<Restart>,
}

/// A restart that a device has acknowledged, and not shown yet.
#[derive(Clone, Copy, Debug)]
struct Restart {
    asked_ms: UnixMs,
    /// Whether it did not answer since.
    was_away: bool,
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

    /// A command has come to an end. A restart that is acknowledged begins now.
    pub fn end(&mut self, verdict: Verdict, needs_restart: bool, now: UnixMs) {
        let Some(last) = self.status.command.as_mut().map(Arc::make_mut) else { return };
        last.needs_restart = needs_restart;
        let restarts = last.kind == CommandKind::Restart && verdict == Verdict::Acknowledged;
        last.stage = Stage::Done(verdict);
        if restarts {
            last.at_ms = now;
            self.restart = Some(Restart { asked_ms: now, was_away: false });
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

impl Restart {
    /// What an answer says about it; `None` while there is still something to wait for.
    ///
    /// A device that was started after it was told to is the one thing that confirms it: a device may be away for other
    /// reasons, and takes a moment before it goes. It tells whole seconds, so that one may be gone already.
    fn judge(&self, now: UnixMs, uptime_seconds: Option<f64>) -> Option<Stage> {
        let since_seconds = now.saturating_sub(self.asked_ms) as f64 / 1e3;
        if uptime_seconds.is_some_and(|uptime| uptime + 1.0 <= since_seconds) {
            return Some(Stage::Confirmed);
        }
        if self.was_away {
            return Some(Stage::Unconfirmed("it was away and is back, but its uptime has not fallen".into()));
        }
        self.is_over(now).then(|| Stage::Unconfirmed("it answers all the time, and its uptime grows".into()))
    }

    fn is_over(&self, now: UnixMs) -> bool {
        now.saturating_sub(self.asked_ms) >= RESTART_WITHIN_MS
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
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(5);
    const MOST: Duration = Duration::from_secs(30);
    const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);

    fn online() -> Life {
        let mut life = Life::new(true, 0);
        assert!(life.hit(1, None));
        life
    }

    fn refused() -> Miss {
        Miss::Unreachable("connection refused".into())
    }

    #[test]
    fn a_refused_connection_is_offline_at_once() {
        let mut life = online();
        assert!(life.miss(&refused(), 9));
        let status = life.status();
        assert_eq!((status.state, status.since_ms, status.misses), (State::Offline, 9, 1));
        assert_eq!(status.fault.as_deref(), Some("it cannot be reached: connection refused"));
    }

    #[test]
    fn an_uncertain_miss_is_stale_first_and_offline_with_the_second() {
        let mut life = online();
        assert!(life.miss(&Miss::Silent(INTERVAL), 5));
        assert_eq!(life.state(), State::Stale);
        assert!(life.miss(&Miss::Status(503), 10));
        assert_eq!(life.state(), State::Offline);
        assert!(!life.miss(&Miss::Status(503), 15), "no news");
    }

    #[test]
    fn an_answer_brings_it_back_and_clears_the_fault() {
        let mut life = online();
        life.miss(&refused(), 5);
        assert!(life.hit(6, None));
        let expected = Status { state: State::Online, since_ms: 6, ..Status::default() };
        assert_eq!(life.status(), expected);
        assert!(!life.hit(7, None), "no news");
    }

    #[test]
    fn a_device_that_was_never_heard_of_is_not_stale() {
        let mut life = Life::new(true, 0);
        life.miss(&Miss::Silent(INTERVAL), 1);
        assert_eq!(life.state(), State::Waiting);
        life.miss(&Miss::Silent(INTERVAL), 2);
        assert_eq!(life.state(), State::Offline);
    }

    #[test]
    fn a_state_from_before_is_recalled_unless_what_is_wanted_has_changed() {
        let before = online().status();
        let mut life = Life::new(true, 9);
        life.recall(before.clone(), true);
        assert_eq!(life.status(), before);
        let mut life = Life::new(false, 9);
        life.recall(before, false);
        assert_eq!(life.state(), State::Idle);
    }

    #[test]
    fn each_device_has_its_moment_in_the_interval_whatever_the_time() {
        let life = online();
        let moment = |now: u64| {
            (now + u64::try_from(life.pause(MAC, now, INTERVAL, MOST).as_millis()).unwrap()) % 5000
        };
        assert!((1..20_000).step_by(7).all(|now| moment(now) == moment(0)));
        assert!((0..5000).all(|now| life.pause(MAC, now, INTERVAL, MOST) <= INTERVAL));
        assert!((0..5000).all(|now| !life.pause(MAC, now, INTERVAL, MOST).is_zero()));
    }

    #[test]
    fn the_moments_of_a_fleet_are_spread_evenly() {
        let mut slots = [0; 10];
        for port in 8000..9000 {
            slots[usize::try_from(spread(Mac::of_mock_port(port)) % 5000 / 500).unwrap()] += 1;
        }
        assert!(slots.iter().all(|count| (60..140).contains(count)), "{slots:?}");
    }

    #[test]
    fn polls_of_a_silent_device_back_off_up_to_the_limit() {
        let mut life = online();
        let mut intervals = Vec::new();
        for now in 0..8 {
            life.miss(&refused(), now);
            intervals.push(life.pause(MAC, 0, INTERVAL, MOST).as_secs() / 5);
        }
        assert_eq!(intervals, [0, 0, 1, 3, 5, 5, 5, 5], "whole intervals beyond the next moment");
        life.hit(9, None);
        assert!(life.pause(MAC, 0, INTERVAL, MOST) <= INTERVAL);
        assert!(life.pause(MAC, 0, INTERVAL, Duration::ZERO) <= INTERVAL, "never none at all");
    }
}
