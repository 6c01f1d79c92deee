//! The boards there are: their chips, their defaults, and what they draw.
//!
//! Counts, defaults and limits are those of `device_config.h` of ESP-Miner 2.15.0 and of NerdQAxe's firmware; what a
//! board draws at its defaults is what owners report of it.

/// The chip of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsicModel {
    Bm1397,
    Bm1366,
    Bm1368,
    Bm1370,
}

impl AsicModel {
    /// As the firmware calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bm1397 => "BM1397",
            Self::Bm1366 => "BM1366",
            Self::Bm1368 => "BM1368",
            Self::Bm1370 => "BM1370",
        }
    }

    /// Small cores of a chip: each hashes once a cycle.
    pub(crate) fn small_cores(self) -> u32 {
        match self {
            Self::Bm1397 => 672,
            Self::Bm1366 => 894,
            Self::Bm1368 => 1_276,
            Self::Bm1370 => 2_040,
        }
    }
}

/// A kind of board.
#[derive(Debug, PartialEq)]
pub(crate) struct Board {
    pub(crate) model: &'static str,
    pub(crate) asic: AsicModel,
    pub(crate) chips: u32,
    pub(crate) default_frequency_mhz: f64,
    pub(crate) default_core_voltage_mv: u32,
    /// At the input.
    pub(crate) nominal_voltage_v: f64,
    pub(crate) max_power_w: f64,
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
    /// What all chips hash at 1 MHz, in GH/s.
    pub(crate) fn ghs_per_mhz(&self) -> f64 {
        f64::from(self.asic.small_cores() * self.chips) / 1_000.0
    }
}

/// A board with one chip at 5 V.
const SINGLE: Board = Board {
    model: "Max",
    asic: AsicModel::Bm1397,
    chips: 1,
    default_frequency_mhz: 425.0,
    default_core_voltage_mv: 1_400,
    nominal_voltage_v: 5.0,
    max_power_w: 25.0,
    rated_power_w: 13.0,
    idle_power_w: 1.8,
    fan_power_w: 1.8,
    fan_rpm: 7_000.0,
    free_heap_bytes: 210_000,
};

/// A board with several chips at 12 V.
const SEVERAL: Board = Board { nominal_voltage_v: 12.0, idle_power_w: 3.5, fan_power_w: 4.0, ..SINGLE };

pub(crate) static MAX: Board = SINGLE;

pub(crate) static ULTRA: Board = Board {
    model: "Ultra",
    asic: AsicModel::Bm1366,
    default_frequency_mhz: 485.0,
    default_core_voltage_mv: 1_200,
    rated_power_w: 12.0,
    ..SINGLE
};

pub(crate) static SUPRA: Board = Board {
    model: "Supra",
    asic: AsicModel::Bm1368,
    default_frequency_mhz: 490.0,
    default_core_voltage_mv: 1_166,
    max_power_w: 40.0,
    rated_power_w: 14.0,
    ..SINGLE
};

pub(crate) static GAMMA: Board = Board {
    model: "Gamma",
    asic: AsicModel::Bm1370,
    default_frequency_mhz: 525.0,
    default_core_voltage_mv: 1_150,
    max_power_w: 40.0,
    rated_power_w: 17.0,
    free_heap_bytes: 8_300_000,
    ..SINGLE
};

pub(crate) static GAMMA_DUO: Board = Board {
    model: "GammaDuo",
    chips: 2,
    default_frequency_mhz: 400.0,
    default_core_voltage_mv: 1_150,
    rated_power_w: 25.0,
    ..GAMMA
};

pub(crate) static GAMMA_TURBO: Board = Board {
    model: "GammaTurbo",
    asic: AsicModel::Bm1370,
    chips: 2,
    default_frequency_mhz: 525.0,
    default_core_voltage_mv: 1_150,
    max_power_w: 60.0,
    rated_power_w: 36.0,
    free_heap_bytes: 8_300_000,
    ..SEVERAL
};

pub(crate) static HEX: Board = Board {
    model: "Hex",
    asic: AsicModel::Bm1366,
    chips: 6,
    default_frequency_mhz: 485.0,
    default_core_voltage_mv: 1_200,
    max_power_w: 90.0,
    rated_power_w: 64.0,
    ..SEVERAL
};

pub(crate) static SUPRA_HEX: Board = Board {
    model: "SupraHex",
    asic: AsicModel::Bm1368,
    chips: 6,
    default_frequency_mhz: 490.0,
    default_core_voltage_mv: 1_166,
    max_power_w: 120.0,
    rated_power_w: 78.0,
    free_heap_bytes: 8_300_000,
    ..SEVERAL
};

pub(crate) static NERDQAXE_PLUS: Board = Board {
    model: "NerdQAxe+",
    asic: AsicModel::Bm1368,
    chips: 4,
    default_frequency_mhz: 490.0,
    default_core_voltage_mv: 1_250,
    max_power_w: 70.0,
    rated_power_w: 56.0,
    fan_rpm: 3_800.0,
    free_heap_bytes: 5_600_000,
    ..SEVERAL
};

pub(crate) static NERDQAXE_PLUS_PLUS: Board = Board {
    model: "NerdQAxe++",
    asic: AsicModel::Bm1370,
    chips: 4,
    default_frequency_mhz: 600.0,
    default_core_voltage_mv: 1_150,
    max_power_w: 100.0,
    rated_power_w: 76.0,
    ..NERDQAXE_PLUS
};

/// All of them.
pub(crate) static BOARDS: [&Board; 10] = [
    &MAX,
    &ULTRA,
    &HEX,
    &SUPRA,
    &SUPRA_HEX,
    &GAMMA,
    &GAMMA_DUO,
    &GAMMA_TURBO,
    &NERDQAXE_PLUS,
    &NERDQAXE_PLUS_PLUS,
];

#[cfg(test)]
mod tests {
    use shiftboss_axeos::Asic;

    use super::*;

    #[test]
    fn boards_of_bitaxe_leave_the_factory_with_the_settings_that_are_safe() {
        for board in BOARDS.iter().filter(|board| !board.model.starts_with("Nerd")) {
            let version = (board.model == "GammaDuo").then_some("650");
            let asic = Asic::find(board.asic.name(), version).unwrap();
            assert_eq!(f64::from(asic.frequency_mhz.default), board.default_frequency_mhz, "{}", board.model);
            assert_eq!(asic.core_voltage_mv.default, board.default_core_voltage_mv, "{}", board.model);
            assert_eq!(asic.small_core_count, board.asic.small_cores(), "{}", board.model);
        }
    }

    #[test]
    fn no_board_draws_more_at_its_defaults_than_it_may() {
        assert!(BOARDS.iter().all(|board| board.rated_power_w < board.max_power_w));
    }
}
