//! What the boards draw: the physical side of each model of [`device::board`](crate::device::board).
//!
//! What a board draws at its defaults is what owners report of it.

use crate::device::board::{self, Board as Model};

/// A model, and what cannot be read off its page.
#[derive(Debug, PartialEq)]
pub(crate) struct Board {
    /// Its chips, defaults and limits.
    pub(crate) model: &'static Model,
    /// What it draws at its defaults, at 60 °C and with a third of the fan.
    pub(crate) rated_power_w: f64,
    /// What it draws with the chip off and the fan still.
    pub(crate) idle_power_w: f64,
    /// What its fans draw at full speed, and how fast they turn then.
    pub(crate) fan_power_w: f64,
    pub(crate) fan_rpm: f64,
    pub(crate) free_heap_bytes: u64,
}

impl Board {
    /// The physical side of a model.
    pub(crate) fn of(model: &Model) -> &'static Self {
        BOARDS.iter().find(|board| board.model == model).unwrap_or(&BOARDS[0])
    }

    pub(crate) fn chips(&self) -> u32 {
        self.model.asic_count.into()
    }

    pub(crate) fn default_frequency_mhz(&self) -> f64 {
        self.model.default_frequency_mhz.into()
    }

    pub(crate) fn nominal_voltage_v(&self) -> f64 {
        self.model.nominal_voltage_v.into()
    }

    pub(crate) fn max_power_w(&self) -> f64 {
        self.model.max_power_w.into()
    }

    /// What all chips hash at 1 MHz, in GH/s: each small core hashes once a cycle.
    pub(crate) fn ghs_per_mhz(&self) -> f64 {
        f64::from(self.model.small_core_count * self.chips()) / 1_000.0
    }
}

const PSRAM_BYTES: u64 = 8_300_000;

/// A board with one chip at 5 V.
pub(crate) const MAX: Board = Board {
    model: &board::MAX,
    rated_power_w: 13.0,
    idle_power_w: 1.8,
    fan_power_w: 1.8,
    fan_rpm: 7_000.0,
    free_heap_bytes: 210_000,
};

pub(crate) const ULTRA: Board = Board { model: &board::ULTRA, rated_power_w: 12.0, ..MAX };

pub(crate) const SUPRA: Board = Board { model: &board::SUPRA, rated_power_w: 14.0, ..MAX };

pub(crate) const GAMMA: Board =
    Board { model: &board::GAMMA, rated_power_w: 17.0, free_heap_bytes: PSRAM_BYTES, ..MAX };

const GAMMA_DUO: Board = Board { model: &board::GAMMA_DUO, rated_power_w: 25.0, ..GAMMA };

/// A board with several chips at 12 V.
const HEX: Board =
    Board { model: &board::HEX, rated_power_w: 64.0, idle_power_w: 3.5, fan_power_w: 4.0, ..MAX };

const GAMMA_TURBO: Board =
    Board { model: &board::GAMMA_TURBO, rated_power_w: 36.0, free_heap_bytes: PSRAM_BYTES, ..HEX };

const SUPRA_HEX: Board = Board { model: &board::SUPRA_HEX, rated_power_w: 78.0, ..GAMMA_TURBO };

pub(crate) const NERDQAXE_PLUS: Board = Board {
    model: &board::NERDQAXE_PLUS,
    rated_power_w: 56.0,
    fan_rpm: 3_800.0,
    free_heap_bytes: 5_600_000,
    ..HEX
};

pub(crate) const NERDQAXE_PLUS_PLUS: Board =
    Board { model: &board::NERDQAXE_PLUS_PLUS, rated_power_w: 76.0, ..NERDQAXE_PLUS };

const NERDOCTAXE: Board =
    Board { model: &board::NERDOCTAXE, rated_power_w: 150.0, fan_power_w: 8.0, ..NERDQAXE_PLUS };

/// All of them.
pub(crate) static BOARDS: [Board; 11] = [
    MAX,
    ULTRA,
    HEX,
    SUPRA,
    SUPRA_HEX,
    GAMMA,
    GAMMA_DUO,
    GAMMA_TURBO,
    NERDQAXE_PLUS,
    NERDQAXE_PLUS_PLUS,
    NERDOCTAXE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_its_physical_side() {
        for model in &board::BOARDS {
            assert_eq!(Board::of(model).model, model);
        }
    }

    #[test]
    fn no_board_draws_more_at_its_defaults_than_it_may() {
        assert!(BOARDS.iter().all(|board| board.rated_power_w < board.max_power_w()));
    }
}
