//! What a mock miner says about itself: every value drawn anew for each answer, in the seeds' ranges and decimals.
//!
//! Pure: chance comes from the miner's own seed, time from outside.

use serde::Serialize;
use shiftboss_axeos::Difficulty;
use shiftboss_axeos::legacy::LegacyInfo;
use shiftboss_axeos::nerdqaxe::{History, NerdQaxeInfo};

use crate::draw::Draw;
use crate::firmware;

#[cfg(test)]
mod tests;

/// The name of the worker at the pool is the payout address and the hostname.
const PAYOUT: &str = "bc1asdasdasdasdasasdasdasdasdasdasd.";

/// Room for the longest answer of each shape, so that it is written without growing.
const LEGACY_BYTES: usize = 768;
const NERDQAXE_BYTES: usize = 1_280;

const ASIC_MODEL: &str = "BM1368";
const STRATUM_URL: &str = "solo.ckpool.org";
const STRATUM_PORT: u16 = 3333;

/// The moment of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) unix_ms: u64,
    pub(crate) uptime_seconds: u64,
}

/// Which firmware's answer a miner gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// 30 fields, as ESP-Miner's.
    Legacy,
    /// 45 fields, as NerdQAxe's.
    New,
}

/// One mock miner without its clock and its socket.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    shape: Shape,
    version: &'static str,
    /// Payout address and hostname in one, as the pool knows it.
    worker: Box<str>,
    draw: Draw,
}

impl Model {
    /// Miner `index` of the fleet of `seed`, counted from 0: even ones are Legacy, odd ones New.
    pub(crate) fn new(seed: u64, index: u32) -> Self {
        let mut draw = Draw::new(seed, index);
        Self {
            shape: if index.is_multiple_of(2) { Shape::Legacy } else { Shape::New },
            version: firmware::version(&mut draw),
            worker: format!("{PAYOUT}mockaxe{}", index + 1).into(),
            draw,
        }
    }

    /// `mockaxe1` is miner 0.
    pub(crate) fn hostname(&self) -> &str {
        &self.worker[PAYOUT.len()..]
    }

    /// The body of the next `GET /api/system/info`.
    pub(crate) fn render(&mut self, at: Moment) -> serde_json::Result<Vec<u8>> {
        match self.shape {
            Shape::Legacy => self.legacy(at),
            Shape::New => self.nerdqaxe(at),
        }
    }

    fn legacy(&mut self, at: Moment) -> serde_json::Result<Vec<u8>> {
        let Self { version, worker, draw, .. } = self;
        let info = LegacyInfo {
            power_w: draw.decimal(10, 20, 6),
            voltage_mv: draw.whole(5_000, 6_000).into(),
            current_ma: draw.decimal(2_000, 3_000, 1),
            fan_rpm: draw.whole(4_000, 6_000).into(),
            temp_celsius: draw.whole(30, 70).into(),
            hashrate_ghs: draw.decimal(700, 800, 9),
            best_difficulty: Difficulty(draw.decimal(1, 5, 2) * 1e6),
            best_session_difficulty: Difficulty(draw.decimal(10, 30, 1) * 1e3),
            free_heap_bytes: draw.whole(100_000, 200_000).into(),
            core_voltage_mv: draw.whole(1_000, 1_300).into(),
            core_voltage_actual_mv: draw.whole(1_000, 1_300).into(),
            frequency_mhz: draw.whole(400, 600).into(),
            ssid: "WiFi-SSID",
            hostname: &worker[PAYOUT.len()..],
            wifi_status: "Connected!",
            shares_accepted: draw.whole(0, 10).into(),
            shares_rejected: draw.whole(0, 10).into(),
            uptime_seconds: at.uptime_seconds,
            asic_model: ASIC_MODEL,
            stratum_url: STRATUM_URL,
            stratum_port: STRATUM_PORT,
            stratum_user: worker,
            version,
            board_version: "401",
            running_partition: "factory",
            flipscreen: draw.flag(),
            invertscreen: draw.flag(),
            invertfanpolarity: draw.flag(),
            autofanspeed: draw.flag(),
            fan_percent: draw.whole(0, 100).into(),
        };
        json(LEGACY_BYTES, &info)
    }

    fn nerdqaxe(&mut self, at: Moment) -> serde_json::Result<Vec<u8>> {
        let Self { version, worker, draw, .. } = self;
        let info = NerdQaxeInfo {
            power_w: draw.decimal(30, 80, 3),
            max_power_w: 70.0,
            min_power_w: 30.0,
            voltage_mv: draw.decimal(11_000, 13_000, 2),
            max_voltage_v: 13.0,
            min_voltage_v: 11.0,
            current_ma: draw.decimal(6_000, 7_000, 1),
            temp_celsius: draw.whole(30, 80).into(),
            vr_temp_celsius: draw.decimal(60, 80, 1),
            hashrate_timestamp_ms: at.unix_ms,
            hashrate_10m_ghs: draw.decimal(2_900, 3_100, 3),
            hashrate_1h_ghs: draw.decimal(2_900, 3_100, 3),
            hashrate_1d_ghs: draw.decimal(2_900, 3_100, 3),
            job_interval_ms: 1_200,
            best_difficulty: Difficulty(draw.decimal(400, 500, 1) * 1e6),
            best_session_difficulty: Difficulty(draw.decimal(100, 200, 1) * 1e6),
            free_heap_bytes: draw.whole(5_000_000, 6_000_000).into(),
            core_voltage_mv: draw.whole(1_300, 1_400).into(),
            core_voltage_actual_mv: draw.whole(1_300, 1_400).into(),
            frequency_mhz: draw.whole(400, 600).into(),
            ssid: "EMN_Guest",
            hostname: &worker[PAYOUT.len()..],
            wifi_status: "Connected!",
            shares_accepted: draw.whole(10_000, 20_000).into(),
            shares_rejected: draw.whole(0, 50).into(),
            uptime_seconds: at.uptime_seconds,
            asic_count: draw.whole(2, 6),
            small_core_count: draw.whole(1_200, 1_300),
            asic_model: ASIC_MODEL,
            device_model: "NerdQAxe+",
            stratum_url: STRATUM_URL,
            stratum_port: STRATUM_PORT,
            stratum_user: worker,
            version,
            running_partition: "ota_1",
            flipscreen: draw.flag(),
            overheat_celsius: 75.0,
            invertscreen: draw.flag(),
            autoscreenoff: draw.flag(),
            invertfanpolarity: draw.flag(),
            autofanspeed: draw.flag(),
            fan_percent: draw.whole(0, 100).into(),
            fan_rpm: draw.whole(2_000, 3_000).into(),
            last_reset_reason: "Power on reset",
            history: History {
                hashrate_10m_centi_ghs: &four(draw, 290_000, 310_000),
                hashrate_1h_centi_ghs: &four(draw, 300_000, 310_000),
                hashrate_1d_centi_ghs: &four(draw, 310_000, 320_000),
                timestamps_ms: &four(draw, 2_000, 5_000),
                timestamp_base_ms: at.unix_ms,
            },
        };
        json(NERDQAXE_BYTES, &info)
    }
}

fn four(draw: &mut Draw, low: u32, high: u32) -> [u32; 4] {
    [(); 4].map(|()| draw.whole(low, high))
}

fn json(capacity_bytes: usize, document: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::with_capacity(capacity_bytes);
    serde_json::to_writer(&mut body, document)?;
    Ok(body)
}
