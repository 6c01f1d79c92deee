//! Settings for many devices: each rollout is an actor of its own, and the desk knows them all.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::sync::Arc;

use actix::Message;
use serde::{Deserialize, Serialize};
use shiftboss_axeos::Mac;
use uuid::Uuid;

use crate::command::{CommandError, Configure, Outcome};
use crate::record::UnixMs;

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
    /// Those that are not begun.
    pub waiting: Vec<Mac>,
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
