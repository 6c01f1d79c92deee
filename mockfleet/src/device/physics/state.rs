//! What a device is, what it does, and what it carries from one stretch of time into the next.

use super::board::Board;
use super::knobs::Surroundings;
use super::noise::Noise;
use super::work::Work;

/// The time constants of the averages of 1 and 10 minutes, an hour and a day.
pub(crate) const WINDOWS_SECONDS: [f64; 4] = [60.0, 600.0, 3_600.0, 86_400.0];

/// What does not change while a device lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub(crate) board: &'static Board,
    pub(crate) noise: Noise,
    pub(crate) around: Surroundings,
}

/// What a device does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The firmware boots, the chip is off.
    Starting,
    /// The clock goes to where it is wanted.
    Ramping,
    Running,
    /// The chip is off because it was too hot.
    Cooling,
    /// The chip is off by request.
    Paused,
}

impl Phase {
    pub(crate) fn is_off(self) -> bool {
        matches!(self, Self::Starting | Self::Cooling | Self::Paused)
    }
}

/// What flows from one stretch of time into the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State {
    pub(crate) work: Work,
    /// Averages of the hash rate in GH/s, as if it had been 0 before boot.
    pub(crate) windows_ghs: [f64; 4],
    pub(crate) chip_celsius: f64,
    pub(crate) vr_celsius: f64,
}

impl State {
    /// Just booted, and as warm as it was.
    pub(crate) fn booted(booted_ms: u64, [chip_celsius, vr_celsius]: [f64; 2]) -> Self {
        Self { work: Work::new(booted_ms), windows_ghs: [0.0; 4], chip_celsius, vr_celsius }
    }
}
