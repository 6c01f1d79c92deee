//! The boards: what a model carries, what its page offers, and what it may draw.
//!
//! ESP-Miner's rows are those of `device_config.h` at 2.15.0. Of NerdQAxe's boards the ASICs and their number are
//! known; their options and limits are of the size that such boards have, and only said by the mock, never enforced.

use super::firmware::{Family, Firmware, Version};

/// One model of device.
#[derive(Debug, PartialEq)]
pub(crate) struct Board {
    pub(crate) family: Family,
    /// The first version that runs it, as far as that is known, else the first that could.
    pub(crate) since: Version,
    pub(crate) device_model: &'static str,
    /// `boardVersion`; NerdQAxe has none.
    pub(crate) board_version: &'static str,
    pub(crate) asic_model: &'static str,
    pub(crate) asic_count: u8,
    /// Of each ASIC.
    pub(crate) small_core_count: u32,
    /// Parts of an ASIC that count their hashes on their own.
    pub(crate) hash_domains: u8,
    pub(crate) default_frequency_mhz: u32,
    pub(crate) frequencies_mhz: &'static [u32],
    pub(crate) default_voltage_mv: u32,
    pub(crate) voltages_mv: &'static [u32],
    /// At the input.
    pub(crate) nominal_voltage_v: u32,
    pub(crate) max_power_w: u32,
    pub(crate) swarm_color: &'static str,
    pub(crate) fans: u8,
}

const BM1397_MHZ: &[u32] = &[400, 425, 450, 475, 485, 500, 525, 550, 575, 600];
const BM1397_MV: &[u32] = &[1100, 1150, 1200, 1250, 1300, 1350, 1400, 1450, 1500];
const BM1366_MHZ: &[u32] = &[400, 425, 450, 475, 485, 500, 525, 550, 575];
const BM1366_MV: &[u32] = &[1100, 1150, 1200, 1250, 1300];
const BM1368_MHZ: &[u32] = &[400, 425, 450, 475, 485, 490, 500, 525, 550, 575];
const BM1368_MV: &[u32] = &[1100, 1150, 1166, 1200, 1250, 1300];
const BM1370_MHZ: &[u32] = &[400, 490, 525, 550, 600, 625];
const BM1370_MV: &[u32] = &[1000, 1060, 1100, 1150, 1200, 1250];
const BM1370XP_MHZ: &[u32] = &[350, 375, 380, 400, 410];

pub(crate) const MAX: Board = Board {
    family: Family::EspMiner,
    since: (2, 0, 0),
    device_model: "Max",
    board_version: "102",
    asic_model: "BM1397",
    asic_count: 1,
    small_core_count: 672,
    hash_domains: 1,
    default_frequency_mhz: 425,
    frequencies_mhz: BM1397_MHZ,
    default_voltage_mv: 1400,
    voltages_mv: BM1397_MV,
    nominal_voltage_v: 5,
    max_power_w: 25,
    swarm_color: "red",
    fans: 1,
};

pub(crate) const ULTRA: Board = Board {
    device_model: "Ultra",
    board_version: "204",
    asic_model: "BM1366",
    small_core_count: 894,
    default_frequency_mhz: 485,
    frequencies_mhz: BM1366_MHZ,
    default_voltage_mv: 1200,
    voltages_mv: BM1366_MV,
    swarm_color: "purple",
    ..MAX
};

pub(crate) const SUPRA: Board = Board {
    since: (2, 1, 0),
    device_model: "Supra",
    board_version: "401",
    asic_model: "BM1368",
    small_core_count: 1276,
    default_frequency_mhz: 490,
    frequencies_mhz: BM1368_MHZ,
    default_voltage_mv: 1166,
    voltages_mv: BM1368_MV,
    max_power_w: 40,
    swarm_color: "blue",
    ..MAX
};

pub(crate) const GAMMA: Board = Board {
    since: (2, 2, 0),
    device_model: "Gamma",
    board_version: "601",
    asic_model: "BM1370",
    small_core_count: 2040,
    hash_domains: 4,
    default_frequency_mhz: 525,
    frequencies_mhz: BM1370_MHZ,
    default_voltage_mv: 1150,
    voltages_mv: BM1370_MV,
    swarm_color: "green",
    ..SUPRA
};

pub(crate) const HEX: Board = Board {
    since: (2, 4, 0),
    device_model: "Hex",
    board_version: "303",
    asic_count: 6,
    nominal_voltage_v: 12,
    max_power_w: 90,
    fans: 2,
    ..ULTRA
};

pub(crate) const SUPRA_HEX: Board = Board {
    since: (2, 9, 0),
    device_model: "SupraHex",
    board_version: "702",
    asic_count: 6,
    nominal_voltage_v: 12,
    max_power_w: 120,
    fans: 2,
    ..SUPRA
};

pub(crate) const GAMMA_TURBO: Board = Board {
    since: (2, 6, 0),
    device_model: "GammaTurbo",
    board_version: "801",
    asic_count: 2,
    nominal_voltage_v: 12,
    max_power_w: 60,
    swarm_color: "cyan",
    ..GAMMA
};

pub(crate) const GAMMA_DUO: Board = Board {
    since: (2, 12, 0),
    device_model: "GammaDuo",
    board_version: "650",
    asic_count: 2,
    default_frequency_mhz: 400,
    frequencies_mhz: BM1370XP_MHZ,
    ..GAMMA
};

pub(crate) const NERDQAXE_PLUS: Board = Board {
    family: Family::NerdQaxe,
    since: (1, 0, 0),
    device_model: "NerdQAxe+",
    board_version: "500",
    asic_count: 4,
    default_voltage_mv: 1250,
    voltages_mv: &[1100, 1150, 1200, 1250, 1300, 1350],
    nominal_voltage_v: 12,
    max_power_w: 70,
    swarm_color: "#e7cf00",
    ..SUPRA
};

pub(crate) const NERDQAXE_PLUS_PLUS: Board = Board {
    since: (1, 0, 15),
    device_model: "NerdQAxe++",
    board_version: "",
    asic_model: "BM1370",
    small_core_count: 2040,
    default_frequency_mhz: 600,
    frequencies_mhz: &[500, 515, 525, 550, 575, 590, 600, 625, 650],
    default_voltage_mv: 1150,
    voltages_mv: &[1120, 1130, 1140, 1150, 1160, 1170, 1180, 1190, 1200],
    max_power_w: 100,
    ..NERDQAXE_PLUS
};

pub(crate) const NERDOCTAXE: Board = Board {
    since: (1, 0, 30),
    device_model: "NerdOCTAXE-γ",
    asic_count: 8,
    max_power_w: 200,
    fans: 2,
    ..NERDQAXE_PLUS_PLUS
};

/// Every model, each family's oldest first.
pub(crate) static BOARDS: [Board; 11] = [
    MAX,
    ULTRA,
    SUPRA,
    GAMMA,
    HEX,
    GAMMA_TURBO,
    SUPRA_HEX,
    GAMMA_DUO,
    NERDQAXE_PLUS,
    NERDQAXE_PLUS_PLUS,
    NERDOCTAXE,
];

impl Board {
    /// The model of that name, for example `Gamma`.
    #[cfg(test)]
    pub(crate) fn of_model(device_model: &str) -> Option<&'static Self> {
        BOARDS.iter().find(|board| board.device_model.eq_ignore_ascii_case(device_model))
    }

    /// Every model that a firmware runs on; there is always one.
    pub(crate) fn running(firmware: Firmware) -> impl Iterator<Item = &'static Self> {
        BOARDS.iter().filter(move |board| board.family == firmware.family && board.since <= firmware.version)
    }

    /// What the NerdQAxe firmware publishes as the most that its ASICs stand.
    pub(crate) fn absolute_max(&self) -> (u32, u32) {
        let highest = |options: &[u32]| options.last().copied().unwrap_or_default();
        (highest(self.frequencies_mhz) + 200, highest(self.voltages_mv) + 100)
    }

    /// What the NerdQAxe firmware offers to those who save power.
    pub(crate) fn eco(&self) -> (u32, u32) {
        let lowest = |options: &[u32]| options.first().copied().unwrap_or_default();
        (lowest(self.frequencies_mhz), lowest(self.voltages_mv))
    }
}

#[cfg(test)]
mod tests {
    use shiftboss_axeos::Asic;

    use super::*;
    use crate::device::firmware::SUPPORTED;

    #[test]
    fn an_esp_miner_board_offers_what_is_known_to_be_safe() {
        for board in BOARDS.iter().filter(|board| board.family == Family::EspMiner) {
            let asic = Asic::find(board.asic_model, Some(board.board_version)).unwrap();
            assert_eq!(board.frequencies_mhz, asic.frequency_mhz.values, "{}", board.device_model);
            assert_eq!(board.default_frequency_mhz, asic.frequency_mhz.default, "{}", board.device_model);
            assert_eq!(board.voltages_mv, asic.core_voltage_mv.values, "{}", board.device_model);
            assert_eq!(board.default_voltage_mv, asic.core_voltage_mv.default, "{}", board.device_model);
            assert_eq!(board.small_core_count, asic.small_core_count, "{}", board.device_model);
        }
    }

    #[test]
    fn every_firmware_has_a_board_to_run_on_and_every_board_its_name() {
        for firmware in SUPPORTED {
            assert!(Board::running(firmware).count() > 0, "{firmware:#}");
        }
        for board in &BOARDS {
            assert_eq!(Board::of_model(board.device_model), Some(board));
            assert!(board.frequencies_mhz.contains(&board.default_frequency_mhz));
            assert!(board.voltages_mv.contains(&board.default_voltage_mv));
            assert!(board.absolute_max() > board.eco());
        }
        assert_eq!(Board::of_model("Antminer"), None);
    }
}
