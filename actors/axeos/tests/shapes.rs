//! The two shapes that the mock fleet speaks, held against the published field table and against our own reader.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use shiftboss_axeos::legacy::LegacyInfo;
use shiftboss_axeos::nerdqaxe::{History, NerdQaxeInfo};
use shiftboss_axeos::{Difficulty, Reading, SystemInfo};

/// Every field of the two firmware families; the columns `pluto_mock_legacy` and `pluto_mock_new` mark our shapes.
const FIELDS: &str = include_str!("axeos-fields.csv");

const LEGACY: LegacyInfo<'static> = LegacyInfo {
    power_w: 14.502911,
    voltage_mv: 5234.0,
    current_ma: 2315.5,
    fan_rpm: 4120.0,
    temp_celsius: 54.0,
    hashrate_ghs: 712.123456789,
    best_difficulty: Difficulty(4_290_000.0),
    best_session_difficulty: Difficulty(12_300.0),
    free_heap_bytes: 141_628,
    core_voltage_mv: 1166.0,
    core_voltage_actual_mv: 1148.0,
    frequency_mhz: 490.0,
    ssid: "WiFi-SSID",
    hostname: "mockaxe1",
    wifi_status: "Connected!",
    shares_accepted: 7,
    shares_rejected: 1,
    uptime_seconds: 3600,
    asic_model: "BM1368",
    stratum_url: "solo.ckpool.org",
    stratum_port: 3333,
    stratum_user: "bc1q.mockaxe1",
    version: "v2.1.8",
    board_version: "401",
    running_partition: "factory",
    flipscreen: true,
    invertscreen: false,
    invertfanpolarity: true,
    autofanspeed: true,
    fan_percent: 35.0,
};

const LEGACY_JSON: &str = concat!(
    r#"{"power":14.502911,"voltage":5234,"current":2315.5,"fanSpeedRpm":4120,"temp":54,"hashRate":712.123456789,"#,
    r#""bestDiff":"4.29M","bestSessionDiff":"12.3k","freeHeap":141628,"coreVoltage":1166,"#,
    r#""coreVoltageActual":1148,"frequency":490,"ssid":"WiFi-SSID","hostname":"mockaxe1","#,
    r#""wifiStatus":"Connected!","sharesAccepted":7,"sharesRejected":1,"uptimeSeconds":3600,"#,
    r#""ASICModel":"BM1368","stratumURL":"solo.ckpool.org","stratumPort":3333,"stratumUser":"bc1q.mockaxe1","#,
    r#""version":"v2.1.8","boardVersion":"401","runningPartition":"factory","flipscreen":1,"invertscreen":0,"#,
    r#""invertfanpolarity":1,"autofanspeed":1,"fanspeed":35}"#,
);

const NERDQAXE: NerdQaxeInfo<'static> = NerdQaxeInfo {
    power_w: 60.125,
    max_power_w: 70.0,
    min_power_w: 30.0,
    voltage_mv: 12_034.25,
    max_voltage_v: 13.0,
    min_voltage_v: 11.0,
    current_ma: 6512.5,
    temp_celsius: 56.0,
    vr_temp_celsius: 61.5,
    hashrate_timestamp_ms: 1_700_000_000_000,
    hashrate_10m_ghs: 3000.0,
    hashrate_1h_ghs: 2991.125,
    hashrate_1d_ghs: 2950.5,
    job_interval_ms: 1200,
    best_difficulty: Difficulty(450_000_000.0),
    best_session_difficulty: Difficulty(150_000_000.0),
    free_heap_bytes: 5_500_000,
    core_voltage_mv: 1350.0,
    core_voltage_actual_mv: 1348.0,
    frequency_mhz: 500.0,
    ssid: "EMN_Guest",
    hostname: "mockaxe2",
    wifi_status: "Connected!",
    shares_accepted: 15_000,
    shares_rejected: 20,
    uptime_seconds: 86_400,
    asic_count: 4,
    small_core_count: 1276,
    asic_model: "BM1368",
    device_model: "NerdQAxe+",
    stratum_url: "solo.ckpool.org",
    stratum_port: 3333,
    stratum_user: "bc1q.mockaxe2",
    version: "v2.1.10",
    running_partition: "ota_1",
    flipscreen: false,
    overheat_celsius: 75.0,
    invertscreen: false,
    autoscreenoff: true,
    invertfanpolarity: false,
    autofanspeed: true,
    fan_percent: 60.0,
    fan_rpm: 2500.0,
    last_reset_reason: "Power on reset",
    history: History {
        hashrate_10m_centi_ghs: &[300_000, 299_000],
        hashrate_1h_centi_ghs: &[305_000, 304_000],
        hashrate_1d_centi_ghs: &[315_000, 314_000],
        timestamps_ms: &[2000, 5000],
        timestamp_base_ms: 1_700_000_000_000,
    },
};

const NERDQAXE_JSON: &str = concat!(
    r#"{"power":60.125,"maxPower":70,"minPower":30,"voltage":12034.25,"maxVoltage":13,"minVoltage":11,"#,
    r#""current":6512.5,"temp":56,"vrTemp":61.5,"hashRateTimestamp":1700000000000,"hashRate_10m":3000,"#,
    r#""hashRate_1h":2991.125,"hashRate_1d":2950.5,"jobInterval":1200,"bestDiff":"450M","bestSessionDiff":"150M","#,
    r#""freeHeap":5500000,"coreVoltage":1350,"coreVoltageActual":1348,"frequency":500,"ssid":"EMN_Guest","#,
    r#""hostname":"mockaxe2","wifiStatus":"Connected!","sharesAccepted":15000,"sharesRejected":20,"#,
    r#""uptimeSeconds":86400,"asicCount":4,"smallCoreCount":1276,"ASICModel":"BM1368","#,
    r#""deviceModel":"NerdQAxe+","stratumURL":"solo.ckpool.org","stratumPort":3333,"#,
    r#""stratumUser":"bc1q.mockaxe2","version":"v2.1.10","runningPartition":"ota_1","flipscreen":0,"#,
    r#""overheat_temp":75,"invertscreen":0,"autoscreenoff":1,"invertfanpolarity":0,"autofanspeed":1,"#,
    r#""fanspeed":60,"fanrpm":2500,"lastResetReason":"Power on reset","#,
    r#""history":{"hashrate_10m":[300000,299000],"hashrate_1h":[305000,304000],"#,
    r#""hashrate_1d":[315000,314000],"timestamps":[2000,5000],"timestampBase":1700000000000}}"#,
);

/// The names that the field table marks in a column, if it has that column.
fn marked(column: &str) -> Option<BTreeSet<String>> {
    let (header, rows) = FIELDS.split_once('\n')?;
    // No cell before these columns holds a comma, so the table needs no parser.
    let position = header.split(',').position(|name| name == column)?;
    let marked = rows.lines().filter(|row| row.split(',').nth(position) == Some("y"));
    Some(marked.filter_map(|row| row.split(',').next()).map(str::to_owned).collect())
}

/// The names of an object's members.
fn names(json: &str) -> serde_json::Result<BTreeSet<String>> {
    let members: BTreeMap<String, IgnoredAny> = serde_json::from_str(json)?;
    Ok(members.into_keys().collect())
}

#[test]
fn the_legacy_shape_prints_every_field_in_order() {
    assert_eq!(serde_json::to_string(&LEGACY).unwrap(), LEGACY_JSON);
}

#[test]
fn the_nerdqaxe_shape_prints_every_field_in_order() {
    assert_eq!(serde_json::to_string(&NERDQAXE).unwrap(), NERDQAXE_JSON);
}

#[test]
fn both_shapes_have_exactly_the_fields_of_the_table() {
    for (json, column, count) in
        [(LEGACY_JSON, "pluto_mock_legacy", 30), (NERDQAXE_JSON, "pluto_mock_new", 45)]
    {
        let names = names(json).unwrap();
        assert_eq!(names.len(), count, "{column}");
        assert_eq!(names, marked(column).unwrap());
    }
}

#[test]
fn the_reader_understands_all_that_the_legacy_shape_says() {
    let info = SystemInfo::parse(LEGACY_JSON.as_bytes()).unwrap();
    let expected = SystemInfo {
        asic_model: "BM1368".into(),
        hostname: Some("mockaxe1".into()),
        version: Some("v2.1.8".into()),
        board_version: Some("401".into()),
        power_w: Some(14.502911),
        voltage_mv: Some(5234.0),
        current_ma: Some(2315.5),
        temp_celsius: Some(54.0),
        fan_speed_rpm: Some(4120.0),
        fanspeed_percent: Some(35.0),
        hashrate_ghs: Some(712.123456789),
        frequency_mhz: Some(490.0),
        core_voltage_mv: Some(1166.0),
        core_voltage_actual_mv: Some(1148.0),
        shares_accepted: Some(7.0),
        shares_rejected: Some(1.0),
        uptime_seconds: Some(3600.0),
        free_heap_bytes: Some(141_628.0),
        stratum_url: Some("solo.ckpool.org".into()),
        stratum_port: Some(3333),
        stratum_user: Some("bc1q.mockaxe1".into()),
        best_difficulty: Some(4_290_000.0),
        best_session_difficulty: Some(12_300.0),
        ..SystemInfo::default()
    };
    assert_eq!(info, expected);
}

#[test]
fn a_nerdqaxe_without_a_current_hash_rate_is_read_by_its_average() {
    let info = SystemInfo::parse(NERDQAXE_JSON.as_bytes()).unwrap();
    assert_eq!(info.device_model.as_deref(), Some("NerdQAxe+"));
    assert_eq!((info.hashrate_ghs, info.hashrate_1d_ghs), (None, Some(2950.5)));

    let expected = Reading {
        power_w: Some(60.125),
        voltage_v: Some(12.03425),
        current_a: Some(6.5125),
        fan_rpm: Some(2500.0),
        fan_percent: Some(60.0),
        temperature_celsius: Some(56.0),
        vr_temperature_celsius: Some(61.5),
        hashrate_ghs: Some(3000.0),
        shares_accepted: Some(15_000.0),
        shares_rejected: Some(20.0),
        uptime_seconds: Some(86_400.0),
        free_heap_bytes: Some(5_500_000.0),
        core_voltage_v: Some(1.35),
        core_voltage_actual_v: Some(1.348),
        frequency_mhz: Some(500.0),
        efficiency_joules_per_terahash: Some(60.125 / 3.0),
        ..Reading::default()
    };
    assert_eq!(Reading::from(&info), expected);
}
