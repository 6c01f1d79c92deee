//! ESP-Miner's fields, in the order of its versions before 2.14. Its changes of type are rows of their own.

use super::Field;
use super::Value::{Bool, Flag, Float, Nested, Number, Short, Text};
use super::nested::{
    block_signals, coinbase_outputs, hashrate_monitor, mac, mdns_name, own_address, own_address_v6,
    partitions, pools, rejected_reasons,
};
use crate::device::firmware::Version;
use crate::device::nvs::Key;

/// The address family of IPv4 in the network stack of the device.
const AF_INET: f64 = 2.0;

/// The subsidy since the halving of 2024, without fees.
const SUBSIDY_SATOSHIS: f64 = 312_500_000.0;

const NO_SENSOR: f64 = -1.0;

pub(super) static FIELDS: &[Field] = &[
    Field::new("power", (2, 0, 0), Float(|t| t.vitals.power_w)),
    Field::new("voltage", (2, 0, 0), Float(|t| t.vitals.voltage_v * 1e3)),
    Field::new("current", (2, 0, 0), Float(|t| t.vitals.current_a * 1e3)),
    Field::new("fanSpeed", (2, 0, 0), Number(|t| t.vitals.fan_rpm.round())).until((2, 1, 3)),
    Field::new("fanSpeedRpm", (2, 1, 4), Number(|t| t.vitals.fan_rpm.round())).until((2, 1, 8)),
    Field::new("temp", (2, 0, 0), Float(|t| t.vitals.temp_celsius.unwrap_or(NO_SENSOR))),
    Field::new("temp2", (2, 10, 0), Float(|t| t.vitals.temp2_celsius.unwrap_or(NO_SENSOR))),
    Field::new("vrTemp", (2, 1, 9), Float(|t| t.vitals.vr_temp_celsius)),
    Field::new("maxPower", (2, 6, 0), Number(|t| t.board().max_power_w.into())),
    Field::new("nominalVoltage", (2, 6, 0), Number(|t| t.board().nominal_voltage_v.into())),
    Field::new("hashRate", (2, 0, 0), Float(|t| t.hashing(t.vitals.hashrate_ghs))),
    Field::new("hashRate_1m", (2, 12, 0), Float(|t| t.hashing(t.vitals.hashrate_1m_ghs))),
    Field::new("hashRate_10m", (2, 12, 0), Float(|t| t.hashing(t.vitals.hashrate_10m_ghs))),
    Field::new("hashRate_1h", (2, 12, 0), Float(|t| t.hashing(t.vitals.hashrate_1h_ghs))),
    Field::new("expectedHashrate", (2, 8, 0), Float(|t| t.vitals.expected_hashrate_ghs)),
    Field::new("actualFrequency", (2, 14, 0), Float(|t| t.vitals.frequency_mhz)),
    Field::new("errorPercentage", (2, 11, 0), Float(|t| t.vitals.error_percent)),
    Field::new("bestDiff", (2, 0, 0), Short(|t| t.vitals.best_difficulty)).until((2, 10, 99)),
    Field::new("bestDiff", (2, 11, 0), Number(|t| t.vitals.best_difficulty)),
    Field::new("bestSessionDiff", (2, 1, 5), Short(|t| t.vitals.best_session_difficulty)).until((2, 10, 99)),
    Field::new("bestSessionDiff", (2, 11, 0), Number(|t| t.vitals.best_session_difficulty)),
    Field::new("stratumDiff", (2, 4, 1), Number(|t| t.vitals.pool_difficulty)).until((2, 8, 1)),
    Field::new("poolDifficulty", (2, 9, 0), Number(|t| t.vitals.pool_difficulty)),
    Field::new("isUsingFallbackStratum", (2, 3, 0), Flag(|t| t.state.on_fallback)),
    Field::new("poolAddrFamily", (2, 11, 0), Number(|_| AF_INET)).until((2, 12, 2)),
    Field::new(
        "poolConnectionInfo",
        (2, 13, 0),
        Text(|t| if t.nvs.primary().tls == 0 { "IPv4" } else { "IPv4 (TLS)" }),
    ),
    Field::new("isPSRAMAvailable", (2, 6, 0), Flag(|_| true)),
    Field::new("freeHeap", (2, 0, 0), Number(|t| t.vitals.free_heap_bytes as f64)),
    Field::new("freeHeapInternal", (2, 11, 0), Number(|t| internal_heap_bytes(t.vitals.free_heap_bytes))),
    Field::new(
        "freeHeapSpiram",
        (2, 11, 0),
        Number(|t| t.vitals.free_heap_bytes as f64 - internal_heap_bytes(t.vitals.free_heap_bytes)),
    ),
    // The lowest mark is a little below what is free now.
    Field::new("minFreeHeap", (2, 15, 0), Number(|t| (t.vitals.free_heap_bytes / 100 * 97) as f64)),
    Field::new("maxAllocHeap", (2, 15, 0), Number(|_| 31_744.0)),
    Field::new("coreVoltage", (2, 0, 0), Number(|t| t.nvs.number(Key::CoreVoltageMv))),
    Field::new("coreVoltageActual", (2, 0, 0), Number(|t| (t.vitals.core_voltage_v * 1e3).round())),
    Field::new("frequency", (2, 0, 0), Number(|t| t.nvs.number(Key::FrequencyMhz).trunc()))
        .until((2, 12, 99)),
    Field::new("frequency", (2, 13, 0), Float(|t| t.nvs.number(Key::FrequencyMhz))),
    Field::new("ssid", (2, 0, 0), Text(|t| t.nvs.text(Key::Ssid))),
    Field::new("wifiPass", (2, 0, 0), Text(|t| t.nvs.text(Key::WifiPassword))).until((2, 0, 4)),
    Field::new("macAddr", (2, 3, 0), Nested(mac)),
    Field::new("hostname", (2, 1, 5), Text(|t| t.nvs.text(Key::Hostname))),
    Field::new("fullHostname", (2, 15, 0), Nested(mdns_name)),
    Field::new("mdnsHostname", (2, 15, 0), Text(|t| t.nvs.text(Key::Hostname))),
    Field::new("ipv4", (2, 11, 0), Nested(own_address)),
    Field::new("ipv6", (2, 11, 0), Nested(own_address_v6)),
    Field::new("wifiStatus", (2, 0, 0), Text(|_| "Connected!")),
    Field::new("wifiRSSI", (2, 6, 0), Number(|t| t.vitals.wifi_rssi_dbm.into())),
    Field::new("apEnabled", (2, 6, 0), Flag(|_| false)),
    Field::new("sharesAccepted", (2, 0, 0), Number(|t| t.vitals.shares_accepted as f64)),
    Field::new("sharesRejected", (2, 0, 0), Number(|t| t.vitals.shares_rejected as f64)),
    Field::new("sharesPending", (2, 15, 0), Number(|_| 0.0)),
    Field::new("sharesRejectedReasons", (2, 6, 0), Nested(rejected_reasons)),
    Field::new("uptimeSeconds", (2, 0, 0), Number(|t| t.vitals.uptime_seconds as f64)),
    Field::new("totalUptimeSeconds", (2, 15, 0), Number(|t| t.vitals.total_uptime_seconds as f64)),
    Field::new("totalHashes", (2, 15, 0), Number(|t| t.vitals.total_hashes)),
    Field::new("totalLog2Work", (2, 15, 0), Number(|t| t.vitals.total_hashes.max(1.0).log2())),
    Field::new("asicCount", (2, 1, 9), Number(|t| t.board().asic_count.into())).until((2, 8, 1)),
    Field::new("smallCoreCount", (2, 1, 9), Number(|t| t.board().small_core_count.into())),
    Field::new("ASICModel", (2, 0, 0), Text(|t| t.board().asic_model)),
    Field::new("primaryPoolIndex", (2, 15, 0), Number(|t| t.nvs.primary_slot().into())),
    Field::new("secondaryPoolIndex", (2, 15, 0), Number(|t| t.nvs.secondary_slot().into())),
    Field::new("useFallbackStratum", (2, 15, 0), Flag(|t| t.nvs.flag(Key::UseFallback))),
    Field::new("pools", (2, 15, 0), Nested(pools)),
    Field::new("stratumURL", (2, 0, 0), Text(|t| &t.nvs.primary().url)),
    Field::new("stratumPort", (2, 0, 0), Number(|t| t.nvs.primary().port.into())),
    Field::new("stratumUser", (2, 0, 0), Text(|t| &t.nvs.primary().user)),
    Field::new(
        "stratumSuggestedDifficulty",
        (2, 9, 0),
        Number(|t| t.nvs.primary().suggested_difficulty.into()),
    ),
    Field::new("stratumExtranonceSubscribe", (2, 9, 0), Flag(|t| t.nvs.primary().extranonce_subscribe))
        .until((2, 13, 99)),
    Field::new("stratumExtranonceSubscribe", (2, 14, 0), Bool(|t| t.nvs.primary().extranonce_subscribe)),
    Field::new("stratumTLS", (2, 13, 0), Number(|t| t.nvs.primary().tls.into())),
    Field::new("stratumCert", (2, 13, 0), Text(|t| &t.nvs.primary().cert)),
    Field::new("stratumDecodeCoinbase", (2, 13, 0), Flag(|t| t.nvs.primary().decode_coinbase))
        .until((2, 13, 99)),
    Field::new("stratumDecodeCoinbase", (2, 14, 0), Bool(|t| t.nvs.primary().decode_coinbase)),
    Field::new("stratumProtocol", (2, 14, 0), Text(|t| t.nvs.primary().protocol())),
    Field::new("stratumV2AuthorityPubkey", (2, 14, 0), Text(|t| &t.nvs.primary().v2_authority_pubkey)),
    Field::new("stratumV2ChannelType", (2, 14, 0), Text(|t| &t.nvs.primary().v2_channel_type)),
    Field::new("fallbackStratumURL", (2, 3, 0), Text(|t| &t.nvs.fallback().url)),
    Field::new("fallbackStratumPort", (2, 3, 0), Number(|t| t.nvs.fallback().port.into())),
    Field::new("fallbackStratumUser", (2, 3, 0), Text(|t| &t.nvs.fallback().user)),
    Field::new(
        "fallbackStratumSuggestedDifficulty",
        (2, 9, 0),
        Number(|t| t.nvs.fallback().suggested_difficulty.into()),
    ),
    Field::new(
        "fallbackStratumExtranonceSubscribe",
        (2, 9, 0),
        Flag(|t| t.nvs.fallback().extranonce_subscribe),
    )
    .until((2, 13, 99)),
    Field::new(
        "fallbackStratumExtranonceSubscribe",
        (2, 14, 0),
        Bool(|t| t.nvs.fallback().extranonce_subscribe),
    ),
    Field::new("fallbackStratumTLS", (2, 13, 0), Number(|t| t.nvs.fallback().tls.into())),
    Field::new("fallbackStratumCert", (2, 13, 0), Text(|t| &t.nvs.fallback().cert)),
    Field::new("fallbackStratumDecodeCoinbase", (2, 13, 0), Flag(|t| t.nvs.fallback().decode_coinbase))
        .until((2, 13, 99)),
    Field::new("fallbackStratumDecodeCoinbase", (2, 14, 0), Bool(|t| t.nvs.fallback().decode_coinbase)),
    Field::new("fallbackStratumProtocol", (2, 14, 0), Text(|t| t.nvs.fallback().protocol())),
    Field::new(
        "fallbackStratumV2AuthorityPubkey",
        (2, 14, 0),
        Text(|t| &t.nvs.fallback().v2_authority_pubkey),
    ),
    Field::new("fallbackStratumV2ChannelType", (2, 14, 0), Text(|t| &t.nvs.fallback().v2_channel_type)),
    Field::new("responseTime", (2, 9, 0), Float(|t| t.vitals.response_time_ms)),
    Field::new("responseShareBatch", (2, 14, 0), Number(|_| 1.0)),
    Field::new("processTime", (2, 14, 0), Float(|_| 0.4)),
    // About one job every half minute, as pools send them.
    Field::new("workReceived", (2, 15, 0), Number(|t| (t.vitals.uptime_seconds / 30) as f64)),
    Field::new("version", (2, 0, 0), Text(|t| t.shape.version())),
    Field::new("axeOSVersion", (2, 9, 0), Text(|t| t.shape.version())),
    Field::new("idfVersion", (2, 4, 3), Text(|t| idf_version(t.firmware.version))),
    Field::new("boardVersion", (2, 0, 7), Text(|t| t.board().board_version)),
    Field::new("resetReason", (2, 12, 0), Text(|t| t.state.booted_by.esp_miner())),
    Field::new("runningPartition", (2, 0, 0), Text(|_| "ota_0")),
    Field::new("flipscreen", (2, 0, 0), Flag(|t| t.nvs.flag(Key::FlipScreen))).until((2, 8, 1)),
    Field::new("overheat", (2, 1, 9), Flag(|t| t.nvs.flag(Key::OverheatMode) || t.vitals.overheated))
        .until((2, 1, 9)),
    Field::new("overheat_mode", (2, 1, 10), Flag(|t| t.nvs.flag(Key::OverheatMode) || t.vitals.overheated)),
    Field::new("overclockEnabled", (2, 6, 0), Flag(|t| t.nvs.flag(Key::Overclock))),
    Field::new("display", (2, 8, 0), Text(|t| t.nvs.text(Key::Display))),
    Field::new("rotation", (2, 9, 0), Number(|t| t.nvs.number(Key::RotationDegrees))),
    Field::new("invertscreen", (2, 0, 0), Flag(|t| t.nvs.flag(Key::InvertScreen))),
    Field::new("displayTimeout", (2, 7, 0), Number(|t| t.nvs.number(Key::DisplayTimeoutMinutes))),
    Field::new("invertfanpolarity", (2, 0, 2), Flag(|t| t.nvs.flag(Key::InvertFanPolarity))).until((2, 6, 5)),
    Field::new("autofanspeed", (2, 0, 2), Flag(|t| t.nvs.flag(Key::AutoFan))),
    // What was set, also while the fan is automatic; later what it does.
    Field::new("fanspeed", (2, 0, 2), Number(|t| t.nvs.number(Key::ManualFanPercent))).until((2, 1, 8)),
    Field::new("fanspeed", (2, 1, 9), Number(|t| t.vitals.fan_percent.round())).until((2, 10, 99)),
    Field::new("fanspeed", (2, 11, 0), Float(|t| t.vitals.fan_percent)),
    Field::new("manualFanSpeed", (2, 11, 0), Number(|t| t.nvs.number(Key::ManualFanPercent))),
    Field::new("minFanSpeed", (2, 10, 0), Number(|t| t.nvs.number(Key::MinFanPercent))),
    Field::new("temptarget", (2, 7, 0), Number(|t| t.nvs.number(Key::TargetCelsius))),
    Field::new("fanrpm", (2, 1, 9), Number(|t| t.vitals.fan_rpm.round())),
    Field::new(
        "fan2rpm",
        (2, 11, 0),
        Number(|t| if t.board().fans > 1 { t.vitals.fan_rpm.round() } else { 0.0 }),
    ),
    Field::new("statsLimit", (2, 8, 0), Number(|t| t.nvs.number(Key::StatsLimit))).until((2, 8, 1)),
    Field::new("statsDuration", (2, 8, 0), Number(|t| t.nvs.number(Key::StatsDuration))).until((2, 8, 1)),
    Field::new("statsFrequency", (2, 9, 0), Number(|t| t.nvs.number(Key::StatsPeriodSeconds))),
    Field::new("statsLimit", (2, 14, 0), Number(|_| 720.0)),
    Field::new("cpuUsage", (2, 14, 0), Float(|t| t.vitals.cpu_percent)),
    Field::new("miningPaused", (2, 14, 0), Bool(|t| t.state.paused)),
    Field::new("useCustomWWW", (2, 15, 0), Flag(|t| t.nvs.flag(Key::CustomPage))),
    Field::new("blockFound", (2, 11, 0), Number(|t| t.vitals.blocks_found as f64)),
    Field::new("showNewBlock", (2, 13, 0), Bool(|t| t.state.shows_block)),
    Field::new("power_fault", (2, 6, 0), Text(|t| t.state.power_fault.unwrap_or_default()))
        .when(|t| t.state.power_fault.is_some()),
    Field::new("hardware_fault", (2, 14, 0), Text(|t| t.state.hardware_fault.unwrap_or_default()))
        .when(|t| t.state.hardware_fault.is_some()),
    Field::new("blockHeight", (2, 11, 0), Number(|t| t.vitals.block_height as f64)).when(|t| t.state.has_job),
    Field::new(
        "scriptsig",
        (2, 11, 0),
        Text(|t| if t.nvs.primary().decode_coinbase { "ckpool" } else { "" }),
    )
    .when(|t| t.state.has_job),
    Field::new("networkDifficulty", (2, 11, 0), Number(|t| t.vitals.network_difficulty))
        .when(|t| t.state.has_job),
    Field::new("coinbaseOutputs", (2, 13, 0), Nested(coinbase_outputs)).when(|t| t.state.has_job),
    Field::new("coinbaseValueTotalSatoshis", (2, 13, 0), Number(|_| SUBSIDY_SATOSHIS))
        .when(|t| t.state.has_job),
    Field::new("coinbaseValueUserSatoshis", (2, 13, 0), Number(|_| SUBSIDY_SATOSHIS))
        .when(|t| t.state.has_job),
    Field::new("blockSignals", (2, 14, 0), Nested(block_signals)).when(|t| t.state.has_job),
    Field::new("hashrateMonitor", (2, 11, 0), Nested(hashrate_monitor)),
    Field::new("partitions", (2, 15, 0), Nested(partitions)),
];

/// How much of the free heap is inside of the chip: at most what its memory leaves free.
fn internal_heap_bytes(free_bytes: u64) -> f64 {
    free_bytes.min(90_000) as f64
}

/// The framework that a release is built with; of those between the known ones the older.
fn idf_version(version: Version) -> &'static str {
    let newest = [((2, 12, 0), "v5.5.1"), ((2, 9, 0), "v5.4.2"), ((2, 6, 0), "v5.4.1")];
    newest.iter().find(|(since, _)| version >= *since).map_or("v5.3.1", |(_, name)| name)
}
