//! `GET /api/system/asic`: what the ASIC is, and which settings the page may offer.

use crate::device::firmware::Family;
use crate::device::json::{Json, Style, document};
use crate::device::told::Told;

pub(super) fn asic(told: &Told<'_>) -> Vec<u8> {
    document(Style::of(told.firmware), |json| match told.firmware.family {
        Family::EspMiner => esp_miner(told, json),
        Family::NerdQaxe => nerdqaxe(told, json),
    })
}

fn esp_miner(told: &Told<'_>, json: &mut Json<'_>) {
    let (board, version) = (told.board(), told.firmware.version);
    json.key("ASICModel").text(board.asic_model);
    if version >= (2, 9, 0) {
        json.key("deviceModel").text(board.device_model);
        json.key("swarmColor").text(board.swarm_color);
        json.key("asicCount").number(board.asic_count);
    }
    if ((2, 11, 0)..(2, 13, 0)).contains(&version) {
        json.key("hashDomains").number(board.hash_domains);
    }
    if version >= (2, 8, 0) {
        json.key("defaultFrequency").number(board.default_frequency_mhz);
    }
    options(json, "frequencyOptions", board.frequencies_mhz);
    if version >= (2, 8, 0) {
        json.key("defaultVoltage").number(board.default_voltage_mv);
    }
    options(json, "voltageOptions", board.voltages_mv);
}

fn nerdqaxe(told: &Told<'_>, json: &mut Json<'_>) {
    let board = told.board();
    json.key("ASICModel").text(board.asic_model);
    json.key("deviceModel").text(board.device_model);
    json.key("asicCount").number(board.asic_count);
    json.key("defaultFrequency").number(board.default_frequency_mhz);
    json.key("defaultVoltage").number(board.default_voltage_mv);
    if told.firmware.is_nerdqaxe_from((1, 0, 32)) {
        let ((max_mhz, max_mv), (eco_mhz, eco_mv)) = (board.absolute_max(), board.eco());
        json.key("absMaxFrequency").number(max_mhz);
        json.key("absMaxVoltage").number(max_mv);
        json.key("ecoFrequency").number(eco_mhz);
        json.key("ecoVoltage").number(eco_mv);
    }
    json.key("swarmColor").text(board.swarm_color);
    options(json, "frequencyOptions", board.frequencies_mhz);
    options(json, "voltageOptions", board.voltages_mv);
}

fn options(json: &mut Json<'_>, name: &str, options: &[u32]) {
    json.key(name).array(|json| options.iter().for_each(|option| json.item().number(*option)));
}
