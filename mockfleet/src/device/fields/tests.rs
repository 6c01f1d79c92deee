//! Every shape, held against the published table of fields and against our own reader.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use shiftboss_axeos::{Reading, SystemInfo};

use super::*;
use crate::device::firmware::SUPPORTED;
use crate::device::tests::{Sample, sample, told};
use crate::device::told::{Past, State};
use csv::{CSV, expected, rows, tags, version};

mod csv;

/// A document in which all that is only sent at times is sent.
fn document(firmware: Firmware) -> (String, Json) {
    let sample = Sample { state: eventful(), past: Some(everything()), ..sample(firmware) };
    let body = String::from_utf8(Shape::of(firmware).render(&told(&sample))).unwrap();
    let read = serde_json::from_str(&body).unwrap();
    (body, read)
}

fn eventful() -> State {
    State {
        has_job: true,
        power_fault: Some("Overcurrent"),
        hardware_fault: Some("Fan failure"),
        ..State::default()
    }
}

fn everything() -> Past {
    Past { from_unix_ms: 1, span_ms: u64::MAX, limit: 0 }
}

fn names(document: &Json) -> BTreeSet<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn every_version_sends_the_fields_that_the_table_has_for_it_and_no_other() {
    for firmware in tags() {
        let (_, document) = document(firmware);
        assert_eq!(names(&document), expected(firmware), "{firmware:#}");
    }
}

#[test]
fn no_name_is_sent_twice() {
    for firmware in tags() {
        let names: Vec<_> = Shape::of(firmware).names().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{firmware:#}");
    }
}

#[test]
fn a_shape_that_has_an_order_of_its_own_places_every_field() {
    for firmware in tags() {
        let Some(order) = order::of(firmware) else { continue };
        for name in Shape::of(firmware).names() {
            assert!(order.contains(&name), "{firmware:#} has no place for {name}");
        }
    }
}

/// The firmware's own code writes a number where the table has a text.
const WRONG_TYPES: [&str; 1] = ["partitions[].usagePercent"];

#[test]
fn every_value_of_esp_miner_has_the_type_of_its_version() {
    for firmware in tags().into_iter().filter(|firmware| firmware.family == Family::EspMiner) {
        let (_, document) = document(firmware);
        for row in rows(Family::EspMiner) {
            let sent = row.since.is_some_and(|since| (since..=row.last).contains(&firmware.version));
            if !sent || WRONG_TYPES.contains(&row.name) {
                continue;
            }
            for value in found(&document, row.name) {
                let wanted = type_at(row.types, firmware.version);
                assert!(is_a(value, wanted), "{firmware:#}: {} is {value}, not a {wanted}", row.name);
            }
        }
    }
}

#[test]
fn every_value_of_nerdqaxe_has_the_type_of_its_version() {
    for firmware in tags().into_iter().filter(|firmware| firmware.family == Family::NerdQaxe) {
        let (_, document) = document(firmware);
        let has_numbers = firmware.is_nerdqaxe_from((1, 0, 35));
        let difficulty = if has_numbers { "number" } else { "string" };
        for (name, wanted) in [
            ("power", "number"),
            ("hashRate_10m", "number"),
            ("bestDiff", difficulty),
            ("bestSessionDiff", difficulty),
            ("macAddr", "string"),
            ("version", "string"),
            ("deviceModel", "string"),
            ("flipscreen", "number"),
            ("autofanspeed", "number"),
            ("stratumPort", "number"),
            ("stratumEnonceSubscribe", "bool"),
            ("asicTemps", "array"),
            ("otp", "bool"),
            ("shutdown", "bool"),
            ("stratum", "object"),
            ("fans", "array"),
            ("history", "object"),
        ] {
            let value = document.get(name);
            assert_eq!(value.is_some(), expected(firmware).contains(name), "{firmware:#}: {name}");
            assert!(value.is_none_or(|value| is_a(value, wanted)), "{firmware:#}: {name} is {value:?}");
        }
        if has_numbers {
            let pool = &document["stratum"]["pools"][0];
            let told = |names: &[&str], wanted| names.iter().all(|name| is_a(&pool[*name], wanted));
            let numbers = [
                "poolDifficulty",
                "networkDifficulty",
                "accepted",
                "rejected",
                "pingRtt",
                "pingLoss",
                "bestDiff",
            ];
            assert!(told(&numbers, "number") && told(&["connected", "poolDiffErr"], "bool"), "{pool}");
            assert_eq!(document["stratum"]["usingFallback"], false);
        }
    }
}

/// The values at a path such as `pools[].id`. None where the field is absent: that is another test's affair.
fn found<'j>(document: &'j Json, path: &str) -> Vec<&'j Json> {
    let mut values = vec![document];
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        values = values.into_iter().filter_map(|value| value.get(name)).collect();
        if part.ends_with("[]") {
            values = values.into_iter().filter_map(Json::as_array).flatten().collect();
        }
    }
    values
}

/// `number@v2.13.0 ; bool@v2.14.0` is a list of types, each from a version on.
fn type_at(types: &'static str, at: Version) -> &'static str {
    let parts = types.split(" ; ").filter_map(|part| match part.split_once('@') {
        Some((name, since)) => (version(since)? <= at).then_some(name),
        None => Some(part),
    });
    parts.last().unwrap()
}

fn is_a(value: &Json, wanted: &str) -> bool {
    wanted.split('|').any(|wanted| match wanted {
        "number" => value.is_number(),
        "string" => value.is_string(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        "item" => true,
        other => panic!("{other} is no type"),
    })
}

#[test]
fn nested_fields_of_the_newest_esp_miner_are_all_there() {
    let (_, document) = document(Firmware::esp_miner(2, 15, 0));
    for row in
        rows(Family::EspMiner).iter().filter(|row| row.name.contains(['.', '[']) && row.since.is_some())
    {
        // Without brackets in the table, and an array all the same.
        let path = row.name.replace("hashrateMonitor.asics.", "hashrateMonitor.asics[].");
        assert!(!found(&document, &path).is_empty(), "{path} is not there");
    }
}

#[test]
fn the_seeds_two_shapes_are_those_of_2_1_8_and_of_nerdqaxe_1_0_15() {
    for (firmware, column, count) in
        [(Firmware::esp_miner(2, 1, 8), 6, 30), (Firmware::nerdqaxe(1, 0, 15), 7, 45)]
    {
        let marked = CSV.lines().filter(|line| line.split(',').nth(column) == Some("y"));
        let marked: BTreeSet<_> = marked.filter_map(|line| line.split(',').next()).collect();
        let (_, document) = document(firmware);
        assert_eq!(names(&document), marked, "{firmware:#}");
        assert_eq!(marked.len(), count);
    }
}

#[test]
fn what_is_only_sent_at_times_is_absent_else() {
    let absent = |firmware| {
        let sample = sample(firmware);
        let body = Shape::of(firmware).render(&told(&sample));
        let document: Json = serde_json::from_slice(&body).unwrap();
        let sent: BTreeSet<String> = names(&document).into_iter().map(str::to_owned).collect();
        Shape::of(firmware).names().filter(|name| !sent.contains(*name)).collect::<BTreeSet<_>>()
    };
    let of_a_block = ["blockHeight", "scriptsig", "networkDifficulty", "coinbaseOutputs"];
    let of_a_coinbase = ["coinbaseValueTotalSatoshis", "coinbaseValueUserSatoshis", "blockSignals"];
    let faults = ["power_fault", "hardware_fault"];
    let expected = of_a_block.into_iter().chain(of_a_coinbase).chain(faults).collect();
    assert_eq!(absent(Firmware::esp_miner(2, 15, 0)), expected);
    assert_eq!(absent(Firmware::nerdqaxe(1, 0, 37)), BTreeSet::from(["history"]));
    assert_eq!(absent(Firmware::esp_miner(2, 2, 2)), BTreeSet::new());
}

#[test]
fn our_reader_reads_every_shape_and_finds_what_was_told() {
    for firmware in tags() {
        let (body, _) = document(firmware);
        let info = SystemInfo::parse(body.as_bytes()).unwrap();
        let reading = Reading::from(&info);
        let close = |read: Option<f64>, told: f64| read.is_some_and(|read| (read - told).abs() < 1e-3 * told);
        let vitals = sample(firmware).vitals;
        assert_eq!(info.version, Some(firmware.to_string().into()), "{firmware:#}");
        assert!(close(reading.power_w, vitals.power_w), "{firmware:#}");
        assert!(close(reading.voltage_v, vitals.voltage_v), "{firmware:#}");
        assert!(close(reading.hashrate_ghs, vitals.hashrate_10m_ghs), "{firmware:#}");
        assert!(close(reading.temperature_celsius, 54.5), "{firmware:#}");
        assert!(close(info.best_difficulty, vitals.best_difficulty), "{firmware:#}");
        assert_eq!(info.stratum_port, Some(3333), "{firmware:#}");
        assert_eq!(info.mac.is_some(), expected(firmware).contains("macAddr"), "{firmware:#}");
    }
}

#[test]
fn a_chip_that_is_off_has_no_temperature_and_a_paused_device_no_hash_rate() {
    let firmware = Firmware::esp_miner(2, 15, 0);
    let mut sample = sample(firmware);
    sample.vitals.temp_celsius = None;
    sample.state.paused = true;
    let document: BTreeMap<String, Json> =
        serde_json::from_slice(&Shape::of(firmware).render(&told(&sample))).unwrap();
    assert_eq!(
        (&document["temp"], &document["temp2"], &document["hashRate"]),
        (&(-1).into(), &(-1).into(), &0.into())
    );
    assert_eq!(document["miningPaused"], true);
}

#[test]
fn floats_and_layout_follow_the_age_of_the_firmware() {
    for (firmware, start) in [
        (Firmware::esp_miner(2, 1, 8), "{\n\t\"power\":\t14.5100002288818"),
        (Firmware::esp_miner(2, 12, 0), "{\n\t\"power\":\t14.5100002,\n"),
        (Firmware::esp_miner(2, 15, 0), r#"{"power":14.5100002,"voltage":"#),
        (Firmware::nerdqaxe(1, 0, 37), r#"{"asicCount":4,"smallCoreCount":1276,"deviceModel":"NerdQAxe+","#),
    ] {
        let (body, _) = document(firmware);
        assert!(body.starts_with(start), "{firmware:#}: {}", &body[..60]);
    }
}

#[test]
fn a_document_fits_into_the_room_that_is_made_for_it() {
    for firmware in SUPPORTED {
        let (body, _) = document(firmware);
        let shape = Shape::of(firmware);
        assert!(
            body.len() <= shape.capacity_bytes,
            "{firmware:#}: {} of {}",
            body.len(),
            shape.capacity_bytes
        );
    }
}

#[test]
fn a_chip_tells_its_errors_before_its_domains_since_2_14() {
    let chip = |firmware| {
        let (body, _) = document(firmware);
        let start = body.find(r#""asics":"#).unwrap();
        body[start..].chars().filter(|c| !c.is_whitespace()).take(66).collect::<String>()
    };
    let old = r#""asics":[{"total":712.2000122,"domains":[712.2000122],"errorCount":"#;
    let new = r#""asics":[{"total":712.20001220703125,"errorCount":7,"domains":[71"#;
    assert!(chip(Firmware::esp_miner(2, 13, 0)).starts_with(&old[..66]));
    assert!(chip(Firmware::esp_miner(2, 15, 0)).starts_with(new));
}
