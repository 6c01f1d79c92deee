//! What the chips of a board draw, and what they get wrong, by frequency, voltage and temperature.

use super::board::Board;
use super::noise::{Noise, Subject};

/// No clock and no regulator goes beyond, whatever is asked of it.
const CLOCK_LIMIT_MHZ: f64 = 1_200.0;
const CORE_LIMIT_V: f64 = 1.6;

/// What share of a chip's power leaks through it, at its defaults and 60 °C, and by how much more for each kelvin.
const LEAKING: f64 = 0.1;
const LEAKING_PER_KELVIN: f64 = 0.01;

/// Of the voltage by default: what a chip of average quality has in hand at the default clock, how far the best and the
/// worst are from it, and by how much the errors of a chip that runs short of it grow e-fold.
const HEADROOM: f64 = 0.1;
const LOTTERY: f64 = 0.025;
const STEEPNESS: f64 = 0.018;

/// The part of the voltage a chip needs that grows with its clock, and how much more it needs for each kelvin.
const NEED_BY_CLOCK: f64 = 0.38;
const NEED_PER_KELVIN: f64 = 0.0006;

/// The share of nonces that a chip gets right with voltage in hand.
const RIGHT_AT_BEST: f64 = 0.998;

/// What chips are really driven with: what was asked for, within what is possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drive {
    pub(crate) clock_mhz: f64,
    pub(crate) core_v: f64,
}

impl Drive {
    pub(crate) const OFF: Self = Self { clock_mhz: 0.0, core_v: 0.0 };

    pub(crate) fn new(frequency_mhz: f64, core_voltage_mv: u32) -> Self {
        Self {
            clock_mhz: frequency_mhz.min(CLOCK_LIMIT_MHZ),
            core_v: (f64::from(core_voltage_mv) / 1_000.0).min(CORE_LIMIT_V),
        }
    }

    pub(crate) fn is_off(self) -> bool {
        self.clock_mhz == 0.0
    }
}

/// What chips draw: C·V²·f, and what leaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heat {
    /// At full clock.
    pub(crate) switching_w: f64,
    /// At 60 °C.
    pub(crate) leaking_w: f64,
}

impl Heat {
    pub(crate) fn new(board: &Board, drive: Drive) -> Self {
        let rated_w = Self::rated_w(board);
        let volts = drive.core_v / default_core_v(board);
        Self {
            switching_w: rated_w * (1.0 - LEAKING) * volts * volts * drive.clock_mhz
                / board.default_frequency_mhz(),
            leaking_w: rated_w * LEAKING * volts * volts,
        }
    }

    /// What the chips of a board draw at its defaults: all but the rest of the board, and the fan at a third.
    pub(crate) fn rated_w(board: &Board) -> f64 {
        board.rated_power_w - board.idle_power_w - board.fan_power_w / 27.0
    }

    /// At a chip temperature and a share of the full clock.
    pub(crate) fn total_w(self, chip_celsius: f64, clocked: f64) -> f64 {
        self.switching_w * clocked + self.leaking_w + self.per_kelvin_w() * (chip_celsius - 60.0)
    }

    /// What it draws more for each kelvin.
    pub(crate) fn per_kelvin_w(self) -> f64 {
        self.leaking_w * LEAKING_PER_KELVIN
    }
}

/// What the chips of a board get wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quality {
    /// The voltage that an average chip has in hand, over the default one.
    margin: f64,
}

impl Quality {
    pub(crate) fn new(board: &Board, drive: Drive, chip_celsius: f64) -> Self {
        let by_clock = 1.0 + NEED_BY_CLOCK * (drive.clock_mhz / board.default_frequency_mhz() - 1.0);
        let by_heat = 1.0 + NEED_PER_KELVIN * (chip_celsius - 60.0);
        Self { margin: drive.core_v / default_core_v(board) - (1.0 - HEADROOM) * by_clock * by_heat }
    }

    /// The share of nonces that one chip gets right. Chips differ for life.
    pub(crate) fn right_of(self, noise: Noise, chip: u32) -> f64 {
        let short_by = LOTTERY * noise.for_life(Subject::Chip, chip.into()) - self.margin;
        RIGHT_AT_BEST / (1.0 + (short_by / STEEPNESS).exp())
    }

    /// The share of nonces that all chips of a board get right.
    pub(crate) fn right(self, board: &Board, noise: Noise) -> f64 {
        let sum: f64 = (0..board.chips()).map(|chip| self.right_of(noise, chip)).sum();
        sum / f64::from(board.chips())
    }
}

fn default_core_v(board: &Board) -> f64 {
    f64::from(board.model.default_voltage_mv) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::super::board::{BOARDS, GAMMA};
    use super::*;

    fn errors(frequency_mhz: f64, core_voltage_mv: u32) -> f64 {
        let drive = Drive::new(frequency_mhz, core_voltage_mv);
        1.0 - Quality::new(&GAMMA, drive, 60.0).right(&GAMMA, Noise::new(1, 0))
    }

    #[test]
    fn a_chip_at_its_defaults_gets_little_wrong_and_an_undervolted_one_a_lot() {
        for board in &BOARDS {
            let drive = Drive::new(board.default_frequency_mhz(), board.model.default_voltage_mv);
            for index in 0..100 {
                let errors = 1.0 - Quality::new(board, drive, 60.0).right(board, Noise::new(1, index));
                assert!((0.002..0.03).contains(&errors), "{}: {errors}", board.model.device_model);
            }
        }
        assert!(errors(525.0, 1_050) > 0.1);
        assert!(errors(625.0, 1_000) > 0.9);
        assert!(errors(400.0, 1_000) < 0.2);
    }

    #[test]
    fn errors_rise_with_the_clock_and_the_heat_and_fall_with_the_voltage() {
        assert!(errors(550.0, 1_150) > errors(525.0, 1_150));
        assert!(errors(525.0, 1_200) < errors(525.0, 1_150));
        let at = |celsius| Quality::new(&GAMMA, Drive::new(525.0, 1_150), celsius).margin;
        assert!(at(70.0) < at(60.0));
    }

    #[test]
    fn chips_differ_for_life() {
        let quality = Quality::new(&GAMMA, Drive::new(600.0, 1_150), 60.0);
        let of = |chip| quality.right_of(Noise::new(1, 0), chip);
        assert_ne!(of(0), of(1));
        assert_eq!(of(0), of(0));
    }

    #[test]
    fn power_grows_with_the_square_of_the_voltage_and_with_the_clock() {
        let heat = |mhz, mv| Heat::new(&GAMMA, Drive::new(mhz, mv)).switching_w;
        assert!((heat(500.0, 1_200) / heat(500.0, 1_000) - 1.44).abs() < 1e-9);
        assert!((heat(600.0, 1_150) / heat(300.0, 1_150) - 2.0).abs() < 1e-9);
    }
}
