//! The system info of NerdQAxe 1.0.15 to 1.0.19, which the mock fleet calls "New".

use serde::Serialize;

use crate::Difficulty;
use crate::wire::{as_0_or_1, as_number};

/// The 45 fields, in the order in which the mock fleet has always sent them.
///
/// There is no `hashRate` in it, only averages (it came back with 1.0.20), and no MAC address (it came with 1.0.30).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NerdQaxeInfo<'a> {
    /// Electrical power.
    #[serde(rename = "power", serialize_with = "as_number")]
    pub power_w: f64,
    /// The most power the board may draw.
    #[serde(rename = "maxPower", serialize_with = "as_number")]
    pub max_power_w: f64,
    /// The least power the board draws in service.
    #[serde(rename = "minPower", serialize_with = "as_number")]
    pub min_power_w: f64,
    /// Input voltage.
    #[serde(rename = "voltage", serialize_with = "as_number")]
    pub voltage_mv: f64,
    /// The highest input voltage allowed.
    #[serde(rename = "maxVoltage", serialize_with = "as_number")]
    pub max_voltage_v: f64,
    /// The lowest input voltage allowed.
    #[serde(rename = "minVoltage", serialize_with = "as_number")]
    pub min_voltage_v: f64,
    /// Input current.
    #[serde(rename = "current", serialize_with = "as_number")]
    pub current_ma: f64,
    /// ASIC temperature; -1 while the ASIC is off.
    #[serde(rename = "temp", serialize_with = "as_number")]
    pub temp_celsius: f64,
    /// Voltage regulator temperature.
    #[serde(rename = "vrTemp", serialize_with = "as_number")]
    pub vr_temp_celsius: f64,
    /// When the hash rates were taken, in milliseconds since 1970.
    #[serde(rename = "hashRateTimestamp")]
    pub hashrate_timestamp_ms: u64,
    /// Hash rate over ten minutes.
    #[serde(rename = "hashRate_10m", serialize_with = "as_number")]
    pub hashrate_10m_ghs: f64,
    /// Hash rate over an hour.
    #[serde(rename = "hashRate_1h", serialize_with = "as_number")]
    pub hashrate_1h_ghs: f64,
    /// Hash rate over a day.
    #[serde(rename = "hashRate_1d", serialize_with = "as_number")]
    pub hashrate_1d_ghs: f64,
    /// Time between jobs.
    #[serde(rename = "jobInterval")]
    pub job_interval_ms: u64,
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
    /// How many ASICs the board carries.
    #[serde(rename = "asicCount")]
    pub asic_count: u32,
    /// How many small cores an ASIC has.
    #[serde(rename = "smallCoreCount")]
    pub small_core_count: u32,
    /// For example `BM1368`.
    #[serde(rename = "ASICModel")]
    pub asic_model: &'a str,
    /// For example `NerdQAxe+`.
    #[serde(rename = "deviceModel")]
    pub device_model: &'a str,
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
    /// `factory`, `ota_0` or `ota_1`.
    #[serde(rename = "runningPartition")]
    pub running_partition: &'a str,
    /// Whether the display is upside down.
    #[serde(serialize_with = "as_0_or_1")]
    pub flipscreen: bool,
    /// The temperature at which the device stops itself.
    #[serde(rename = "overheat_temp", serialize_with = "as_number")]
    pub overheat_celsius: f64,
    /// Whether the display is dark on light.
    #[serde(serialize_with = "as_0_or_1")]
    pub invertscreen: bool,
    /// Whether the display turns itself off.
    #[serde(serialize_with = "as_0_or_1")]
    pub autoscreenoff: bool,
    /// Whether the fan's control signal is inverted.
    #[serde(serialize_with = "as_0_or_1")]
    pub invertfanpolarity: bool,
    /// Whether the device chooses its fan speed.
    #[serde(serialize_with = "as_0_or_1")]
    pub autofanspeed: bool,
    /// Fan speed as a share of full speed.
    #[serde(rename = "fanspeed", serialize_with = "as_number")]
    pub fan_percent: f64,
    /// Fan speed.
    #[serde(rename = "fanrpm", serialize_with = "as_number")]
    pub fan_rpm: f64,
    /// For example `Power on reset`.
    #[serde(rename = "lastResetReason")]
    pub last_reset_reason: &'a str,
    /// The recent past.
    pub history: History<'a>,
}

/// Hash rates of the recent past; the n-th of each list was taken at the n-th of `timestamps_ms`.
///
/// The firmware sends it only to a client that asks with `?ts=`; the mock fleet always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct History<'a> {
    /// Over ten minutes, in hundredths of GH/s.
    #[serde(rename = "hashrate_10m")]
    pub hashrate_10m_centi_ghs: &'a [u32],
    /// Over an hour, in hundredths of GH/s.
    #[serde(rename = "hashrate_1h")]
    pub hashrate_1h_centi_ghs: &'a [u32],
    /// Over a day, in hundredths of GH/s.
    #[serde(rename = "hashrate_1d")]
    pub hashrate_1d_centi_ghs: &'a [u32],
    /// When, in milliseconds after `timestamp_base_ms`.
    #[serde(rename = "timestamps")]
    pub timestamps_ms: &'a [u32],
    /// Where `timestamps_ms` counts from, in milliseconds since 1970.
    #[serde(rename = "timestampBase")]
    pub timestamp_base_ms: u64,
}
