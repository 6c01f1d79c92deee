//! Settings for many devices: each rollout is an actor of its own, and the desk knows them all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

use actix::Message;
use serde::{Deserialize, Serialize};
use shiftboss_axeos::Mac;
use uuid::Uuid;

use crate::command::{CommandError, Configure, Outcome};
use crate::record::UnixMs;

mod course;
mod desk;
#[cfg(test)]
mod tests;

pub use desk::Desk;

/// Devices of one rollout that are told at one time.
pub const AT_ONCE: usize = 8;

/// Rollouts that run at one time. More are refused.
pub const ROLLOUTS_AT_MOST: usize = 8;

/// Devices that one rollout may have.
pub const DEVICES_AT_MOST: usize = 10_000;

/// Ended rollouts that are remembered.
pub const REMEMBERED: usize = 64;

/// How long they are.
pub const REMEMBERED_MS: UnixMs = 3_600_000;

/// Which rollout: a UUID of version 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RolloutId(Uuid);

impl RolloutId {
    /// One that no other rollout has.
    pub fn draw() -> Self {
        Self(Uuid::now_v7())
    }
}

impl Display for RolloutId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RolloutId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

/// Gives settings to devices, some at one time. Answered when it has begun.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<RolloutId, RolloutError>")]
pub struct StartRollout {
    /// What each device is given.
    pub configure: Configure,
    /// Which, in this order; one that is named twice counts once.
    pub macs: Vec<Mac>,
}

/// How a rollout stands. None for one that is not known, or not any more.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Option<Arc<Progress>>")]
pub struct LookRollout(pub RolloutId);

/// All rollouts that are known, the latest first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Arc<Progress>>")]
pub struct ListRollouts;

/// Begins no more devices of a rollout; those that are begun are done. None for one that is not known.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Option<Arc<Progress>>")]
pub struct CancelRollout(pub RolloutId);

/// Why a rollout was not begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RolloutError {
    /// No device is named.
    #[error("a rollout needs devices; name at least one")]
    NoDevices,
    /// Too many are.
    #[error("a rollout takes {most} devices at most, not {named}; split it")]
    TooMany {
        /// How many are named.
        named: usize,
        /// The most.
        most: usize,
    },
    /// Nothing is asked of them.
    #[error("a rollout needs settings; ask for at least one")]
    NoChanges,
    /// Enough of them run.
    #[error("{0} rollouts are running, as many as may; try again when one is done, or cancel one")]
    Busy(usize),
    /// Its actor did not start.
    #[error("the rollout did not start: {0}; try again")]
    NotStarted(String),
}

/// How a rollout stands.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which.
    pub id: RolloutId,
    /// What it gives.
    pub configure: Arc<Configure>,
    /// When it began.
    pub begun_ms: UnixMs,
    /// When it ended; none while it runs.
    pub ended_ms: Option<UnixMs>,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// What came of each device that is done, in the order in which they were.
    pub done: Vec<(Mac, Share)>,
    /// Those that are being done, with the time of their begin.
    pub running: BTreeMap<Mac, UnixMs>,
    /// Those that are not begun, in their order.
    pub waiting: VecDeque<Mac>,
    /// Why it ended before it was done, if it did.
    pub fault: Option<String>,
}

/// What came of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Share {
    /// It was told, and this came of it.
    Told(Outcome),
    /// It was not told, or it is not known what came of it.
    Error(CommandError),
    /// The rollout was cancelled before its turn came.
    Cancelled,
}

impl Progress {
    /// A rollout of which nothing is done.
    fn new(id: RolloutId, start: StartRollout, now_ms: UnixMs) -> Self {
        let mut named = BTreeSet::new();
        Self {
            id,
            configure: Arc::new(start.configure),
            begun_ms: now_ms,
            ended_ms: None,
            cancelled: false,
            done: Vec::new(),
            running: BTreeMap::new(),
            waiting: start.macs.into_iter().filter(|mac| named.insert(*mac)).collect(),
            fault: None,
        }
    }

    /// Takes the next device, unless enough are begun.
    fn begin(&mut self, now_ms: UnixMs) -> Option<Mac> {
        let next = (self.running.len() < AT_ONCE).then(|| self.waiting.pop_front())??;
        self.running.insert(next, now_ms);
        Some(next)
    }

    /// Notes what came of a device.
    fn end(&mut self, mac: Mac, share: Share, now_ms: UnixMs) {
        self.running.remove(&mac);
        self.done.push((mac, share));
        self.end_if_done(now_ms);
    }

    /// Begins no more.
    fn cancel(&mut self, now_ms: UnixMs) {
        if self.ended_ms.is_none() {
            self.cancelled = true;
            self.done.extend(self.waiting.drain(..).map(|mac| (mac, Share::Cancelled)));
            self.end_if_done(now_ms);
        }
    }

    /// Ends it before it is done. Of those that were begun nobody knows what came of them.
    fn abort(&mut self, why: &str, now_ms: UnixMs) {
        let lost = |mac| Share::Error(CommandError::Lost { mac, why: format!("was begun when {why}") });
        let running = std::mem::take(&mut self.running);
        self.done.extend(running.into_keys().map(|mac| (mac, lost(mac))));
        self.done.extend(self.waiting.drain(..).map(|mac| (mac, Share::Cancelled)));
        self.fault = Some(why.to_owned());
        self.end_if_done(now_ms);
    }

    fn end_if_done(&mut self, now_ms: UnixMs) {
        if self.running.is_empty() && self.waiting.is_empty() {
            self.ended_ms.get_or_insert(now_ms);
        }
    }
}
