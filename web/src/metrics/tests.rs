//! What a scrape shows, read by a strict reader.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING};
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use shiftboss_farm::meter::Row;
use shiftboss_farm::record::State;
use shiftboss_farm::store::Condition;
use shiftboss_farm::testkit::Disk;
use shiftboss_kernel::{InjectPanic, Pulse};

use super::*;
use crate::testing::{Bench, INTERVAL, START_MS, call, found, info, mac};
use exposition::Exposition;

mod actors;
mod exposition;
mod farm;

/// The row of a device in a state, that said this.
fn row(last: u8, state: State, info: &Value) -> Row {
    Row { mac: mac(last), state, misses: 0, seen: Some(Arc::clone(&found(last, info).seen)) }
}

/// Both formats of a scrape, which must say the same.
fn read(scrape: impl Fn() -> Scrape) -> Exposition {
    let text = |format| exposition(scrape(), true, format).unwrap();
    let read = Exposition::read(&text(Format::Text));
    assert_eq!(read.series, Exposition::read_openmetrics(&text(Format::OpenMetrics)).series);
    read
}

/// What is said of these rows.
fn scraped(rows: &[Row]) -> Exposition {
    read(|| Scrape::of(rows.to_vec(), 0, Vec::new()))
}

const ONE: [(&str, &str); 2] = [("mac", "aa:bb:cc:00:00:01"), ("hostname", "axe")];

#[test]
fn an_online_device_has_a_series_for_each_reading_it_says_and_none_for_the_others() {
    let scrape = scraped(&[row(1, State::Online, &info("axe"))]);
    for (name, value) in [
        ("up", 1.0),
        ("power_watts", 14.0),
        ("voltage_volts", 5.0),
        ("temperature_celsius", 55.5),
        ("hashrate_ghs", 700.0),
        ("shares_accepted", 10.0),
        ("shares_rejected", 0.0),
        ("efficiency_joules_per_terahash", 20.0),
        ("last_seen_timestamp_seconds", START_MS as f64 / 1000.0),
    ] {
        assert_eq!(scrape.value(&format!("shiftboss_device_{name}"), &ONE), Some(value), "{name}");
    }
    assert!(scrape.families.contains("shiftboss_device_vr_temperature_celsius"));
    assert_eq!(scrape.value("shiftboss_device_vr_temperature_celsius", &[]), None);
    assert_eq!(scrape.value("shiftboss_device_state", &[]), Some(1.0));
    assert_eq!(scrape.value("shiftboss_device_state", &[("state", "online")]), Some(1.0));
    let about = [ONE[0], ("version", "v2.1.8"), ("asic_model", "BM1368")];
    assert_eq!(scrape.value("shiftboss_device_info", &about), Some(1.0));
}

#[test]
fn every_reading_has_its_family_under_our_name() {
    let all = json!({"ASICModel": "BM1368", "power": 1, "voltage": 1, "current": 1, "fanrpm": 1, "temp": 1,
        "vrTemp": 1, "hashRate": 1, "sharesAccepted": 1, "sharesRejected": 1, "uptimeSeconds": 1, "freeHeap": 1,
        "freeHeapInternal": 1, "freeHeapSpiram": 1, "coreVoltage": 1, "coreVoltageActual": 1, "frequency": 1});
    let scrape = scraped(&[row(1, State::Online, &all)]);
    for name in [
        "power_watts",
        "voltage_volts",
        "current_amperes",
        "fan_rpm",
        "temperature_celsius",
        "vr_temperature_celsius",
        "hashrate_ghs",
        "shares_accepted",
        "shares_rejected",
        "uptime_seconds",
        "free_heap_bytes",
        "free_heap_internal_bytes",
        "free_heap_spiram_bytes",
        "core_voltage_volts",
        "core_voltage_actual_volts",
        "frequency_mhz",
        "efficiency_joules_per_terahash",
    ] {
        assert!(scrape.value(&format!("shiftboss_device_{name}"), &[]).is_some(), "{name}");
    }
    for name in [
        "power_watts",
        "voltage_volts",
        "current_amps",
        "fanspeed_rpm",
        "temperature_celsius",
        "hashrate_ghs",
        "shares_accepted",
        "shares_rejected",
        "uptime_seconds",
        "free_heap_bytes",
        "core_voltage_volts",
        "core_voltage_actual_volts",
        "frequency_mhz",
        "efficiency",
        "vr_temperature_celsius",
        "free_heap_internal_bytes",
        "free_heap_spiram_bytes",
    ] {
        assert!(scrape.value(&format!("device_{name}"), &[]).is_some(), "{name}");
    }
}

#[test]
fn an_offline_device_is_down_and_has_no_readings_at_all() {
    let scrape = scraped(&[row(1, State::Offline, &info("axe"))]);
    let names = ["device_up", "device_state", "device_info", "device_last_seen_timestamp_seconds"];
    let ours: Vec<_> = names.iter().map(|name| format!("shiftboss_{name}")).collect();
    let of_devices = |name: &&str| name.starts_with("shiftboss_device_") || name.starts_with("axe");
    assert!(scrape.names().into_iter().filter(of_devices).all(|name| ours.iter().any(|ours| ours == name)));
    assert_eq!(scrape.value("shiftboss_device_up", &ONE), Some(0.0));
    assert_eq!(scrape.value("shiftboss_device_state", &[("state", "offline")]), Some(1.0));
    assert_eq!(scrape.value("axe_power_watts", &[]), None);
}

#[test]
fn one_that_never_answered_is_known_by_its_mac_alone() {
    let scrape = scraped(&[Row { mac: mac(1), state: State::Waiting, misses: 0, seen: None }]);
    assert_eq!(scrape.value("shiftboss_device_up", &[ONE[0], ("hostname", "")]), Some(0.0));
    assert_eq!(scrape.value("shiftboss_device_info", &[]), None);
    assert_eq!(scrape.value("shiftboss_device_last_seen_timestamp_seconds", &[]), None);
}

#[test]
fn the_overview_sums_over_devices_that_are_online() {
    let mut other = info("b");
    other["version"] = json!("v2.9.0");
    (other["stratumURL"], other["stratumPort"]) = (json!("stratum+tcp://pool.example/x"), json!(4444));
    let rows = [
        row(1, State::Online, &info("a")),
        row(2, State::Stale, &other),
        row(3, State::Offline, &info("c")),
        Row { mac: mac(4), state: State::Waiting, misses: 0, seen: None },
    ];
    let scrape = scraped(&rows);
    for (name, value) in [
        ("total_hardware", 4.0),
        ("hardware_online", 2.0),
        ("hardware_offline", 2.0),
        ("total_hashrate", 1400.0),
        ("average_hashrate", 350.0),
        ("total_power_watts", 28.0),
        ("total_efficiency", 20.0),
        ("shiftboss_hashrate_ghs", 1400.0),
        ("shiftboss_power_watts", 28.0),
        ("shiftboss_efficiency_joules_per_terahash", 20.0),
        ("shiftboss_scrape_meters_missing", 0.0),
    ] {
        assert_eq!(scrape.value(name, &[]), Some(value), "{name}");
    }
    for state in ["waiting", "online", "stale", "offline"] {
        assert_eq!(scrape.value("shiftboss_devices", &[("state", state)]), Some(1.0), "{state}");
    }
    for version in ["v2.1.8", "v2.9.0"] {
        assert_eq!(
            scrape.value("firmware_version_distribution", &[("version", version)]),
            Some(1.0),
            "{version}"
        );
    }
    for pool in ["CKPool Main", "pool.example:4444"] {
        assert_eq!(scrape.value("shares_by_pool_accepted", &[("pool", pool)]), Some(10.0), "{pool}");
        assert_eq!(scrape.value("shares_by_pool_rejected", &[("pool", pool)]), Some(0.0), "{pool}");
    }
}

#[test]
fn a_device_that_does_not_say_its_firmware_or_pool_is_counted_without_them() {
    let scrape = scraped(&[row(1, State::Online, &json!({"ASICModel": "BM1368", "sharesAccepted": 3}))]);
    assert_eq!(scrape.value("firmware_version_distribution", &[("version", "unknown")]), Some(1.0));
    assert_eq!(scrape.value("shares_by_pool_accepted", &[]), None);
}

#[test]
fn an_empty_farm_has_nothing_but_counts() {
    let scrape = scraped(&[]);
    assert_eq!(
        (scrape.value("total_hardware", &[]), scrape.value("total_power_watts", &[])),
        (Some(0.0), Some(0.0))
    );
    assert_eq!((scrape.value("average_hashrate", &[]), scrape.value("total_efficiency", &[])), (None, None));
}

#[test]
fn two_devices_of_one_hostname_are_both_there_and_the_lower_mac_keeps_the_plain_name() {
    let mut second = info("my-axe");
    second["power"] = json!(15);
    let first = row(1, State::Online, &info("my-axe"));
    let scrape = scraped(&[row(2, State::Online, &second), first.clone()]);
    assert_eq!(scrape.value("my__axe_power_watts", &[]), Some(14.0));
    assert_eq!(scrape.value("my__axe__aabbcc000002_power_watts", &[]), Some(15.0));
    let first = Row { state: State::Offline, ..first };
    let scrape = scraped(&[first, row(2, State::Online, &second)]);
    assert_eq!(
        scrape.value("my__axe_power_watts", &[]),
        None,
        "nobody takes over the name of one that is offline"
    );
}

#[test]
fn no_hostname_makes_an_exposition_invalid() {
    let long = "x".repeat(30_000);
    let hostnames = [
        "quote\"brace}",
        "new\nline",
        "back\\slash",
        "\u{1f680} \u{e9}",
        "",
        "",
        "1st",
        "total",
        "axe",
        "axe_core",
        "axe_vr",
        "shiftboss",
        "shiftboss_device",
        &long,
        " ",
        "a,b=\"c\"",
        "hardware",
    ];
    let rows: Vec<_> =
        (0..).zip(hostnames).map(|(last, name)| row(last, State::Online, &info(name))).collect();
    let scrape = scraped(&rows);
    for (row, hostname) in rows.iter().zip(hostnames) {
        let shown: String = hostname.chars().take(64).collect();
        let labels = [("mac", &*row.mac.to_string()), ("hostname", &*shown)];
        assert_eq!(scrape.value("shiftboss_device_power_watts", &labels), Some(14.0), "{shown}");
    }
    let compat = scrape.names().into_iter().filter(|name| name.ends_with("power_watts")).count();
    assert_eq!(
        compat,
        rows.len() + 3,
        "ours of devices, ours of the farm, the overview's, and each device's own"
    );
}

#[test]
fn without_the_former_names_there_are_only_ours() {
    let rows = vec![row(1, State::Online, &info("axe"))];
    let text = exposition(Scrape::of(rows, 0, Vec::new()), false, Format::Text).unwrap();
    assert!(Exposition::read(&text).families.iter().all(|name| name.starts_with("shiftboss_")));
}

#[test]
fn each_arbiter_shows_its_lag_under_its_name() {
    let pulse = |name: &str, lag_ms, lag_max_ms| Pulse {
        arbiter: name.into(),
        lag: Duration::from_millis(lag_ms),
        lag_max: Duration::from_millis(lag_max_ms),
        silent_for: Duration::ZERO,
    };
    let pulses = || vec![pulse("main", 1, 250), pulse("devices:0", 7_000, 8_000)];
    let read = read(|| Scrape { pulses: pulses(), ..Scrape::of(Vec::new(), 0, Vec::new()) });
    for (arbiter, lag, lag_max) in [("main", 0.001, 0.25), ("devices:0", 7.0, 8.0)] {
        let label = [("arbiter", arbiter)];
        assert_eq!(read.value("shiftboss_arbiter_lag_seconds", &label), Some(lag));
        assert_eq!(read.value("shiftboss_arbiter_lag_max_seconds", &label), Some(lag_max));
    }
}

#[test]
fn the_store_is_told_in_both_formats_and_nothing_of_one_that_did_not_answer() {
    let scraped = |store| read(|| Scrape { store, ..Scrape::of(Vec::new(), 0, Vec::new()) });
    let told = scraped(Some(Condition { is_writable: false, failures: 3 }));
    assert_eq!(told.value("shiftboss_store_writable", &[]), Some(0.0));
    assert_eq!(told.value("shiftboss_store_failures_total", &[]), Some(3.0));
    assert!(!scraped(None).names().iter().any(|name| name.starts_with("shiftboss_store_")));
}

#[test]
fn the_format_is_what_the_client_likes_best_of_those_we_know() {
    use Format::{OpenMetrics, Text};
    let prometheus = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                      text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    for (accept, format) in [
        (prometheus, OpenMetrics),
        ("application/openmetrics-text", OpenMetrics),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OpenMetrics),
        ("application/openmetrics-text;version=0.0.1", Text),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.3", Text),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", Text),
        ("application/json", Text),
        ("nonsense", Text),
        ("", Text),
    ] {
        let request = TestRequest::default().insert_header((ACCEPT, accept)).to_http_request();
        assert_eq!(Format::wanted(Accept::parse(&request).ok().as_ref()), format, "{accept}");
    }
    assert_eq!(Format::wanted(None), Text);
}
