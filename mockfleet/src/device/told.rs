//! All that a device can be asked about, as it stands at the moment of an answer.

use std::net::Ipv4Addr;

use shiftboss_axeos::Mac;

use super::board::Board;
use super::fields::Shape;
use super::firmware::Firmware;
use super::nvs::Nvs;
use super::vitals::Vitals;

/// Who a device is, for as long as it exists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub(crate) mac: Mac,
    pub(crate) ipv4: Ipv4Addr,
}

/// What a device keeps in its memory, and loses when it restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// `pause` until `resume` or a restart.
    pub(crate) paused: bool,
    /// NerdQAxe's `shutdown`, until a restart.
    pub(crate) shut_down: bool,
    /// Mines at the fallback pool.
    pub(crate) on_fallback: bool,
    /// A job has been decoded since boot, so that the block is known.
    pub(crate) has_job: bool,
    /// A found block has not been dismissed yet.
    pub(crate) shows_block: bool,
    /// What `identify` has begun and not ended; the caller ends it after 30 s.
    pub(crate) says_hi: bool,
    /// `power_fault`, while there is one, for example `Overcurrent`.
    pub(crate) power_fault: Option<&'static str>,
    /// `hardware_fault`, while there is one.
    pub(crate) hardware_fault: Option<&'static str>,
    pub(crate) booted_by: BootCause,
}

/// Why a device has booted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BootCause {
    #[default]
    PowerOn,
    Restart,
    Crash,
}

impl BootCause {
    /// `resetReason` of ESP-Miner.
    pub(crate) fn esp_miner(self) -> &'static str {
        match self {
            Self::PowerOn => "Reset due to power-on event",
            Self::Restart => "Software reset via esp_restart",
            Self::Crash => "Software reset due to exception/panic",
        }
    }

    /// `lastResetReason` of NerdQAxe. The first is known from devices, the others are of its kind.
    pub(crate) fn nerdqaxe(self) -> &'static str {
        match self {
            Self::PowerOn => "Power on reset",
            Self::Restart => "Software reset",
            Self::Crash => "Panic reset",
        }
    }
}

/// Which part of its past a NerdQAxe is asked for, with `?ts=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Past {
    pub(crate) from_unix_ms: u64,
    pub(crate) span_ms: u64,
    /// Rows at most; 0 is all.
    pub(crate) limit: usize,
}

/// All that there is to tell.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) firmware: Firmware,
    pub(crate) shape: &'a Shape,
    pub(crate) identity: &'a Identity,
    pub(crate) nvs: &'a Nvs,
    pub(crate) state: &'a State,
    pub(crate) vitals: &'a Vitals,
    pub(crate) past: Option<Past>,
}

impl Told<'_> {
    pub(crate) fn board(&self) -> &'static Board {
        self.nvs.board()
    }

    /// A hash rate, which is none while nothing is hashed.
    pub(crate) fn hashing(&self, hashrate_ghs: f64) -> f64 {
        if self.state.paused || self.state.shut_down { 0.0 } else { hashrate_ghs }
    }

    /// When it booted.
    pub(crate) fn booted_unix_ms(&self) -> u64 {
        self.vitals.unix_ms.saturating_sub(self.vitals.uptime_seconds * 1_000)
    }
}
