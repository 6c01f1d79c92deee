//! What can be set on a device, and what it can do nothing about.

use std::f64::consts::TAU;

use super::noise::{Noise, Subject, unit};
use crate::draw::scatter;

const DAY_MS: u64 = 86_400_000;

/// The fourth halving of Bitcoin's subsidy, 2024-04-20 00:09:27 UTC.
const HALVING_MS: u64 = 1_713_571_767_000;
const HALVING_HEIGHT: u64 = 840_000;
const BLOCK_MS: u64 = 600_000;

/// All devices see the same blocks.
const CHAIN: u64 = 0x6269_7463_6f69_6e21;

/// The settings of a device, and what its pool asks of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Knobs {
    pub(crate) frequency_mhz: f64,
    pub(crate) core_voltage_mv: u32,
    pub(crate) fan: Fan,
    /// Whether the chip is off by request. A reboot ends it.
    pub(crate) paused: bool,
    pub(crate) pool_difficulty: f64,
    pub(crate) overheat: OverheatRule,
}

/// Who decides how fast the fan turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fan {
    /// The firmware, so that the chip comes to the target.
    Auto { target_celsius: f64, min_percent: f64 },
    /// The user, in percent.
    Manual(f64),
}

/// What a firmware does when a chip passes 75 °C or a regulator 105 °C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OverheatRule {
    /// ESP-Miner before 2.1.9: it slows the clock so that the chip keeps below 90 °C, and sets no flag.
    None,
    /// ESP-Miner 2.1.9 to 2.10: 50 MHz, 1000 mV and a full fan become the settings. Other settings take effect again
    /// after a reboot; the flag stays until it is cleared.
    Old,
    /// ESP-Miner from 2.11: the chip goes off and cools for at least 30 s; then it comes back with settings lower by
    /// 100 MHz and 100 mV, and the flag goes.
    New,
}

impl Knobs {
    /// The same, with numbers in place of what is none: JSON has no such thing, but a calculation may.
    pub(crate) fn sane(self) -> Self {
        let within =
            |value: f64, low: f64, high: f64| if value.is_nan() { low } else { value.clamp(low, high) };
        Self {
            frequency_mhz: within(self.frequency_mhz, 1.0, 65_535.0),
            fan: match self.fan {
                Fan::Auto { target_celsius, min_percent } => Fan::Auto {
                    target_celsius: within(target_celsius, 20.0, 90.0),
                    min_percent: within(min_percent, 0.0, 100.0),
                },
                Fan::Manual(percent) => Fan::Manual(within(percent, 0.0, 100.0)),
            },
            pool_difficulty: within(self.pool_difficulty, 1e-3, 1e15),
            ..self
        }
    }
}

/// What is around a fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Surroundings {
    /// The mean of a day.
    pub(crate) ambient_celsius: f64,
    /// How far the warmest hour, 15:00 UTC, is above the mean, and the coldest below it.
    pub(crate) swing_kelvin: f64,
    pub(crate) network_difficulty: f64,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { ambient_celsius: 25.0, swing_kelvin: 3.0, network_difficulty: 1.3e14 }
    }
}

impl Surroundings {
    /// The temperature of the air that a device draws in: some stand warmer than others. Every day is like the last.
    pub(crate) fn ambient_celsius(&self, noise: Noise, unix_ms: u64) -> f64 {
        let of_day = (unix_ms % DAY_MS) as f64 / DAY_MS as f64 - 0.375;
        self.mean_celsius(noise) + self.swing_kelvin * (of_day * TAU).sin()
    }

    /// The lowest and the highest temperature of its air.
    pub(crate) fn extremes_celsius(&self, noise: Noise) -> [f64; 2] {
        let mean = self.mean_celsius(noise);
        [mean - self.swing_kelvin.abs(), mean + self.swing_kelvin.abs()]
    }

    /// The mean of a day where a device stands.
    pub(crate) fn mean_celsius(&self, noise: Noise) -> f64 {
        self.ambient_celsius + 1.5 * noise.for_life(Subject::Ambient, 0)
    }
}

/// How many blocks there are: one in every 600 s, by chance sooner or later within them.
pub(crate) fn block_height(unix_ms: u64) -> u64 {
    let since_ms = unix_ms.saturating_sub(HALVING_MS);
    let due_ms = (unit(scatter(CHAIN ^ (since_ms / BLOCK_MS))) * BLOCK_MS as f64) as u64;
    HALVING_HEIGHT + since_ms / BLOCK_MS + u64::from(since_ms % BLOCK_MS > due_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_about_every_600_s_from_the_halving_on() {
        assert_eq!(block_height(0), 840_000);
        assert_eq!(block_height(HALVING_MS), 840_000);
        let two_years = block_height(HALVING_MS + 730 * DAY_MS) - 840_000;
        assert!((105_119..=105_120).contains(&two_years), "{two_years}");
    }

    #[test]
    fn the_air_is_warmest_in_the_afternoon_and_the_same_every_day() {
        let around = Surroundings::default();
        let noise = Noise::new(1, 1);
        let at = |hour: u64| around.ambient_celsius(noise, hour * 3_600_000);
        let [low, high] = around.extremes_celsius(noise);
        assert!((at(15) - high).abs() < 1e-9 && (at(3) - low).abs() < 1e-9);
        assert_eq!(at(7), at(7 + 24 * 400));
    }
}
