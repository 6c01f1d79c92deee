//! Faults on demand: what can be wrong with a mock miner, whom it strikes, and for how long.
//!
//! What is decided here is pure: [`grammar`] reads faults, [`target`] chooses miners, [`lies`] changes what they say,
//! [`wire`] says what becomes of a request. Each miner's own actor applies them by its [`plight`], and [`link`] and
//! [`service`] carry out what happens on its connections.

mod document;
mod fields;
mod grammar;
mod lies;
mod link;
mod mask;
mod plight;
mod service;
mod target;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt::{self, Display, Formatter};
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;
use shiftboss_axeos::Mac;
use tokio::time::Instant;

pub(crate) use document::Retold;
pub use fields::Flaw;
pub(crate) use grammar::read;
pub(crate) use lies::Lies;
pub(crate) use link::{Link, Passage};
pub(crate) use mask::Mask;
pub(crate) use plight::{Kept, Plight, Suffer, Suffers, suffer};
pub(crate) use service::afflicted;
pub(crate) use target::{Kind, Member, Target, chosen};
pub(crate) use wire::Wire;

/// Faults of a fleet at a time, at most.
pub const FAULTS: usize = 64;

/// What is wrong with a miner.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// It answers late.
    Slow {
        /// How late, from 1 to 600,000.
        delay_ms: u64,
    },
    /// It sends half of what its `Content-Length` says, and closes.
    HalfAnswer,
    /// Its documents are not JSON.
    BadJson,
    /// It answers with a web page.
    Html,
    /// It answers with status 500.
    #[serde(rename = "status-500")]
    Status500,
    /// It resets the connection.
    Reset,
    /// It takes connections and never answers.
    BlackHole,
    /// Its hash rates stay as they were.
    FrozenHashrate,
    /// It tells so many times its hash rates.
    LyingHashrate {
        /// From 0 to 1,000.
        factor: f64,
    },
    /// It hashes, and no more shares are counted.
    SilentMiner,
    /// It shows another pool than it was given.
    ForeignPool {
        /// The host of the pool, without a port.
        url: String,
        /// Its port.
        port: u16,
        /// Who mines there.
        user: String,
    },
    /// It restarts again and again.
    RebootLoop {
        /// From 10 to 86,400.
        every_seconds: u64,
    },
    /// It is too hot, and does what its firmware does then.
    Overheat,
    /// Its clock and its uptime are off.
    ClockSkew {
        /// Ahead; behind if less than 0. Up to ten years either way.
        seconds: i64,
    },
    /// It listens elsewhere.
    ChangedIp,
    /// It shows the MAC of another miner.
    DuplicateMac {
        /// Whose; that of the fleet's first other miner unless it is said.
        #[serde(skip_serializing_if = "Option::is_none")]
        of: Option<String>,
    },
}

/// A fault, whom it strikes, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Affliction {
    /// What is wrong.
    #[serde(flatten)]
    pub(crate) fault: Fault,
    /// With which miners.
    #[serde(flatten)]
    pub(crate) target: Target,
    /// How long; without it until the faults are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) for_seconds: Option<u64>,
    /// How likely a request is struck; without it each is. Only of faults that strike requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probability: Option<f64>,
}

/// A fault as the miner that suffers from it knows it.
#[derive(Clone, Debug)]
pub(crate) struct Ill {
    pub(crate) what: Arc<Affliction>,
    pub(crate) since: Instant,
    pub(crate) until: Option<Instant>,
    /// Of a duplicate MAC.
    pub(crate) mac: Option<Mac>,
    /// Of a changed address. Port 0 is any free one.
    pub(crate) place: Option<SocketAddr>,
}

impl Fault {
    /// The word for it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow",
            Self::HalfAnswer => "half-answer",
            Self::BadJson => "bad-json",
            Self::Html => "html",
            Self::Status500 => "status-500",
            Self::Reset => "reset",
            Self::BlackHole => "black-hole",
            Self::FrozenHashrate => "frozen-hashrate",
            Self::LyingHashrate { .. } => "lying-hashrate",
            Self::SilentMiner => "silent-miner",
            Self::ForeignPool { .. } => "foreign-pool",
            Self::RebootLoop { .. } => "reboot-loop",
            Self::Overheat => "overheat",
            Self::ClockSkew { .. } => "clock-skew",
            Self::ChangedIp => "changed-ip",
            Self::DuplicateMac { .. } => "duplicate-mac",
        }
    }

    /// Whether a miner of this kind can suffer from it.
    pub(crate) fn strikes(&self, kind: Kind) -> bool {
        match (self, kind) {
            (Self::Overheat, Kind::Device(firmware)) => firmware.is_esp_miner_from((2, 1, 9)),
            (Self::Overheat, Kind::Seed { .. }) => false,
            _ => true,
        }
    }
}

impl Display for Affliction {
    /// The fault and whom it is for, as a line of a log tells it.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.fault.name(), self.target)
    }
}
