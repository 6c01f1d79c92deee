//! A device at a moment, for the tests of all that it says.

use std::net::Ipv4Addr;

use shiftboss_axeos::Mac;

use super::board::Board;
use super::fields::Shape;
use super::firmware::Firmware;
use super::nvs::Nvs;
use super::told::{Identity, Past, State, Told};
use super::vitals::{Chip, Sample as Row, Vitals};

/// What a [`Told`] borrows.
pub(super) struct Sample {
    pub(super) firmware: Firmware,
    pub(super) shape: Shape,
    pub(super) identity: Identity,
    pub(super) nvs: Nvs,
    pub(super) state: State,
    pub(super) vitals: Vitals,
    pub(super) past: Option<Past>,
}

/// A firmware on the first board that it runs on, an hour after its boot.
pub(super) fn sample(firmware: Firmware) -> Sample {
    let board = Board::running(firmware).next().unwrap();
    Sample {
        firmware,
        shape: Shape::of(firmware),
        identity: Identity { mac: Mac([2, 0, 0, 0xaa, 0xbb, 5]), ipv4: Ipv4Addr::new(192, 168, 1, 5) },
        nvs: Nvs::new(board),
        state: State::default(),
        vitals: vitals(board.asic_count),
        past: None,
    }
}

pub(super) fn told(sample: &Sample) -> Told<'_> {
    let Sample { firmware, shape, identity, nvs, state, vitals, past } = sample;
    Told { firmware: *firmware, shape, identity, nvs, state, vitals, past: *past }
}

const NOW_UNIX_MS: u64 = 1_700_000_000_000;

fn vitals(chips: u8) -> Vitals {
    Vitals {
        unix_ms: NOW_UNIX_MS,
        uptime_seconds: 3_600,
        total_uptime_seconds: 99_999,
        power_w: 14.51,
        voltage_v: 5.0552,
        current_a: 2.8703,
        core_voltage_v: 1.148,
        frequency_mhz: 487.5,
        temp_celsius: Some(54.5),
        temp2_celsius: None,
        vr_temp_celsius: 48.0,
        fan_percent: 43.7,
        fan_rpm: 4_120.0,
        hashrate_ghs: 712.123_456_7,
        hashrate_1m_ghs: 712.0,
        hashrate_10m_ghs: 712.2,
        hashrate_1h_ghs: 711.5,
        hashrate_1d_ghs: 711.1,
        expected_hashrate_ghs: 720.7,
        error_percent: 0.12,
        chips: (0..chips).map(|_| Chip { hashrate_ghs: 712.2 / f64::from(chips), errors: 7 }).collect(),
        shares_accepted: 150,
        shares_rejected: 2,
        rejections: Vec::new(),
        best_session_difficulty: 12_345.6,
        best_difficulty: 4_290_123.5,
        total_hashes: 7.1e16,
        pool_difficulty: 8_192.0,
        block_height: 920_000,
        network_difficulty: 146_472_570_619_930.78,
        blocks_found: 0,
        wifi_rssi_dbm: -58,
        free_heap_bytes: 8_141_628,
        response_time_ms: 31.4,
        cpu_percent: 12.5,
        overheated: false,
        history: (1..=4).map(|age| row(NOW_UNIX_MS - age * 600_000)).rev().collect(),
    }
}

fn row(unix_ms: u64) -> Row {
    Row {
        unix_ms,
        hashrate_10m_ghs: 712.2,
        hashrate_1h_ghs: 711.5,
        hashrate_1d_ghs: 711.1,
        hashrate_ghs: 712.1,
        temp_celsius: 54.5,
        vr_temp_celsius: 48.0,
        power_w: 14.5,
        voltage_v: 5.05,
        current_a: 2.87,
        core_voltage_v: 1.148,
        fan_percent: 43.0,
        fan_rpm: 4_120.0,
        wifi_rssi_dbm: -58,
        free_heap_bytes: 8_141_628,
        response_time_ms: 31.4,
        error_percent: 0.12,
    }
}
