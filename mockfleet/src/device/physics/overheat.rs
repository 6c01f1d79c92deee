//! When a device becomes too hot, and what is left of its settings then.

use super::knobs::{Fan, Knobs};
use super::state::Device;
use super::stretch::Stretch;

/// What a chip and a regulator may have.
const LIMITS_CELSIUS: [f64; 2] = [75.0, 105.0];

/// The settings that keep any chip cool: a device that has them is let be.
const SAFE_MHZ: f64 = 50.0;
const SAFE_MV: u32 = 1_000;

/// By how much a device comes back lower.
const LOWER_MHZ: f64 = 100.0;
const LOWER_MV: u32 = 100;

/// How long a chip cools at least, and to what.
const COOLS_MS: u64 = 30_000;
const COOLED_CELSIUS: f64 = 65.0;

/// How often the firmware looks. What happens after the first quarter of an hour the weather does, which takes its time.
const LOOKS_MS: u64 = 5_000;
const EARLY_MS: u64 = 900_000;
const WEATHER_MS: u64 = 600_000;
const DAY_MS: u64 = 86_400_000;

/// When a stretch of time ends because it is too hot. What does not happen within a day never does: the next is alike.
pub(crate) fn trips_at(stretch: &Stretch, device: &Device) -> Option<u64> {
    let safe = stretch.to_mhz <= SAFE_MHZ && stretch.core_v <= f64::from(SAFE_MV) / 1_000.0;
    if safe || !is_too_hot(stretch.hottest_celsius(device)) {
        return None;
    }
    let early = (0..EARLY_MS).step_by(LOOKS_MS as usize);
    let late = (EARLY_MS..=EARLY_MS + DAY_MS).step_by(WEATHER_MS as usize);
    early
        .chain(late)
        .map(|after_ms| stretch.start_ms + after_ms)
        .find(|unix_ms| is_too_hot(stretch.celsius(stretch.settled(device, *unix_ms), *unix_ms)))
}

/// When a chip that is off has cooled.
pub(crate) fn cooled_at(stretch: &Stretch, device: &Device) -> u64 {
    let is_warm = |unix_ms| {
        let [chip, _] = stretch.celsius(stretch.settled(device, unix_ms), unix_ms);
        chip > COOLED_CELSIUS
    };
    let mut unix_ms = stretch.start_ms + COOLS_MS;
    while is_warm(unix_ms) && unix_ms < stretch.start_ms + EARLY_MS {
        unix_ms += LOOKS_MS;
    }
    unix_ms
}

/// The settings that an old firmware falls back to.
pub(crate) fn safe(knobs: Knobs) -> Knobs {
    Knobs { frequency_mhz: SAFE_MHZ, core_voltage_mv: SAFE_MV, fan: Fan::Manual(100.0), ..knobs }
}

/// The settings that a new firmware comes back with. Settings that are safe are not made lower.
pub(crate) fn lower(knobs: Knobs) -> Knobs {
    let Knobs { frequency_mhz, core_voltage_mv, .. } = knobs;
    Knobs {
        frequency_mhz: (frequency_mhz - LOWER_MHZ).max(SAFE_MHZ.min(frequency_mhz)),
        core_voltage_mv: core_voltage_mv.saturating_sub(LOWER_MV).max(SAFE_MV.min(core_voltage_mv)),
        ..knobs
    }
}

fn is_too_hot(celsius: [f64; 2]) -> bool {
    celsius.iter().zip(LIMITS_CELSIUS).any(|(celsius, limit)| *celsius > limit)
}
