//! What a miner says that is not so, put together from its faults.

use shiftboss_axeos::Mac;

use super::{Fault, Ill};

/// What is told otherwise.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lies {
    /// Hash rates stay as they are.
    pub(super) is_frozen: bool,
    /// So many times the hash rates.
    pub(super) factor: f64,
    /// Shares stay as many as they are.
    pub(super) is_silent: bool,
    pub(super) pool: Option<ForeignPool>,
    pub(super) skew_seconds: i64,
    pub(super) mac: Option<Mac>,
}

/// A pool that nobody has given the miner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ForeignPool {
    pub(super) url: String,
    pub(super) port: u16,
    pub(super) user: String,
}

const TRUTH: Lies =
    Lies { is_frozen: false, factor: 1.0, is_silent: false, pool: None, skew_seconds: 0, mac: None };

impl Lies {
    /// Those that these faults amount to. The last of two that contradict each other counts; skews and factors add up.
    pub(crate) fn of(ills: &[Ill]) -> Option<Self> {
        let mut lies = TRUTH;
        for ill in ills {
            match &ill.what.fault {
                Fault::FrozenHashrate => lies.is_frozen = true,
                Fault::LyingHashrate { factor } => lies.factor *= factor,
                Fault::SilentMiner => lies.is_silent = true,
                Fault::ForeignPool { url, port, user } => {
                    lies.pool = Some(ForeignPool { url: url.clone(), port: *port, user: user.clone() });
                }
                Fault::ClockSkew { seconds } => lies.skew_seconds += seconds,
                Fault::DuplicateMac { .. } => lies.mac = ill.mac,
                _ => {}
            }
        }
        (lies != TRUTH).then_some(lies)
    }

    /// The MAC of another.
    pub(crate) fn mac(&self) -> Option<Mac> {
        self.mac
    }

    /// A time of day in milliseconds, as its clock has it.
    pub(super) fn skewed_ms(&self, unix_ms: u64) -> u64 {
        unix_ms.saturating_add_signed(self.skew_seconds * 1_000)
    }

    /// A time since boot, as its clock has it.
    pub(super) fn skewed_seconds(&self, seconds: u64) -> u64 {
        seconds.saturating_add_signed(self.skew_seconds)
    }
}
