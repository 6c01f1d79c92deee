//! The system info of ESP-Miner 2.1.5 to 2.1.8, which the mock fleet calls "Legacy".

use serde::Serialize;

use crate::Difficulty;
use crate::wire::{as_0_or_1, as_number};

/// The 30 fields, in the order in which the mock fleet has always sent them.
///
/// There is no MAC address in it: that came with ESP-Miner 2.3.0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LegacyInfo<'a> {
    /// Electrical power.
    #[serde(rename = "power", serialize_with = "as_number")]
    pub power_w: f64,
    /// Input voltage.
    #[serde(rename = "voltage", serialize_with = "as_number")]
    pub voltage_mv: f64,
    /// Input current.
    #[serde(rename = "current", serialize_with = "as_number")]
    pub current_ma: f64,
    /// Fan speed.
    #[serde(rename = "fanSpeedRpm", serialize_with = "as_number")]
    pub fan_rpm: f64,
    /// ASIC temperature; -1 while the ASIC is off.
    #[serde(rename = "temp", serialize_with = "as_number")]
    pub temp_celsius: f64,
    /// Current hash rate.
    #[serde(rename = "hashRate", serialize_with = "as_number")]
    pub hashrate_ghs: f64,
    /// Best share ever.
    #[serde(rename = "bestDiff")]
    pub best_difficulty: Difficulty,
    /// Best share since the last restart.
    #[serde(rename = "bestSessionDiff")]
    pub best_session_difficulty: Difficulty,
    /// Free memory.
    #[serde(rename = "freeHeap")]
    pub free_heap_bytes: u64,
    /// Core voltage as set.
    #[serde(rename = "coreVoltage", serialize_with = "as_number")]
    pub core_voltage_mv: f64,
    /// Core voltage as measured.
    #[serde(rename = "coreVoltageActual", serialize_with = "as_number")]
    pub core_voltage_actual_mv: f64,
    /// ASIC frequency as set.
    #[serde(rename = "frequency", serialize_with = "as_number")]
    pub frequency_mhz: f64,
    /// The WiFi's name.
    pub ssid: &'a str,
    /// The device's name.
    pub hostname: &'a str,
    /// A text for people, for example `Connected!`.
    #[serde(rename = "wifiStatus")]
    pub wifi_status: &'a str,
    /// Accepted shares since the last restart.
    #[serde(rename = "sharesAccepted")]
    pub shares_accepted: u64,
    /// Rejected shares since the last restart.
    #[serde(rename = "sharesRejected")]
    pub shares_rejected: u64,
    /// Time since the last restart.
    #[serde(rename = "uptimeSeconds")]
    pub uptime_seconds: u64,
    /// For example `BM1368`.
    #[serde(rename = "ASICModel")]
    pub asic_model: &'a str,
    /// The pool's host, without scheme and port.
    #[serde(rename = "stratumURL")]
    pub stratum_url: &'a str,
    /// The pool's port.
    #[serde(rename = "stratumPort")]
    pub stratum_port: u16,
    /// The worker's name.
    #[serde(rename = "stratumUser")]
    pub stratum_user: &'a str,
    /// The firmware's version.
    pub version: &'a str,
    /// For example `401`.
    #[serde(rename = "boardVersion")]
    pub board_version: &'a str,
    /// `factory`, `ota_0` or `ota_1`.
    #[serde(rename = "runningPartition")]
    pub running_partition: &'a str,
    /// Whether the display is upside down.
    #[serde(serialize_with = "as_0_or_1")]
    pub flipscreen: bool,
    /// Whether the display is dark on light.
    #[serde(serialize_with = "as_0_or_1")]
    pub invertscreen: bool,
    /// Whether the fan's control signal is inverted.
    #[serde(serialize_with = "as_0_or_1")]
    pub invertfanpolarity: bool,
    /// Whether the device chooses its fan speed.
    #[serde(serialize_with = "as_0_or_1")]
    pub autofanspeed: bool,
    /// Fan speed as a share of full speed.
    #[serde(rename = "fanspeed", serialize_with = "as_number")]
    pub fan_percent: f64,
}
