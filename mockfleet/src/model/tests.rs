use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::*;

const AT: Moment = Moment { unix_ms: 1_700_000_000_123, uptime_seconds: 86_399 };

/// What a field may hold.
enum Is {
    Whole(RangeInclusive<i64>),
    /// A number with at most so many decimals.
    Decimal(RangeInclusive<f64>, usize),
    /// A text of a number and a unit.
    Short(RangeInclusive<f64>, char),
    Text(&'static str),
    /// Four whole numbers.
    Four(RangeInclusive<i64>),
    /// Left to a test of its own.
    Other,
}

use Is::{Decimal, Four, Other, Short, Text, Whole};

fn legacy() -> Vec<(&'static str, Is)> {
    vec![
        ("power", Decimal(10.0..=20.0, 6)),
        ("voltage", Whole(5_000..=6_000)),
        ("current", Decimal(2_000.0..=3_000.0, 1)),
        ("fanSpeedRpm", Whole(4_000..=6_000)),
        ("temp", Whole(30..=70)),
        ("hashRate", Decimal(700.0..=800.0, 9)),
        ("bestDiff", Short(1.0..=5.0, 'M')),
        ("bestSessionDiff", Short(10.0..=30.0, 'k')),
        ("freeHeap", Whole(100_000..=200_000)),
        ("coreVoltage", Whole(1_000..=1_300)),
        ("coreVoltageActual", Whole(1_000..=1_300)),
        ("frequency", Whole(400..=600)),
        ("ssid", Text("WiFi-SSID")),
        ("hostname", Other),
        ("wifiStatus", Text("Connected!")),
        ("sharesAccepted", Whole(0..=10)),
        ("sharesRejected", Whole(0..=10)),
        ("uptimeSeconds", Whole(86_399..=86_399)),
        ("ASICModel", Text("BM1368")),
        ("stratumURL", Text("solo.ckpool.org")),
        ("stratumPort", Whole(3_333..=3_333)),
        ("stratumUser", Other),
        ("version", Other),
        ("boardVersion", Text("401")),
        ("runningPartition", Text("factory")),
        ("flipscreen", Whole(0..=1)),
        ("invertscreen", Whole(0..=1)),
        ("invertfanpolarity", Whole(0..=1)),
        ("autofanspeed", Whole(0..=1)),
        ("fanspeed", Whole(0..=100)),
    ]
}

fn new() -> Vec<(&'static str, Is)> {
    vec![
        ("power", Decimal(30.0..=80.0, 3)),
        ("maxPower", Whole(70..=70)),
        ("minPower", Whole(30..=30)),
        ("voltage", Decimal(11_000.0..=13_000.0, 2)),
        ("maxVoltage", Whole(13..=13)),
        ("minVoltage", Whole(11..=11)),
        ("current", Decimal(6_000.0..=7_000.0, 1)),
        ("temp", Whole(30..=80)),
        ("vrTemp", Decimal(60.0..=80.0, 1)),
        ("hashRateTimestamp", Whole(1_700_000_000_123..=1_700_000_000_123)),
        ("hashRate_10m", Decimal(2_900.0..=3_100.0, 3)),
        ("hashRate_1h", Decimal(2_900.0..=3_100.0, 3)),
        ("hashRate_1d", Decimal(2_900.0..=3_100.0, 3)),
        ("jobInterval", Whole(1_200..=1_200)),
        ("bestDiff", Short(400.0..=500.0, 'M')),
        ("bestSessionDiff", Short(100.0..=200.0, 'M')),
        ("freeHeap", Whole(5_000_000..=6_000_000)),
        ("coreVoltage", Whole(1_300..=1_400)),
        ("coreVoltageActual", Whole(1_300..=1_400)),
        ("frequency", Whole(400..=600)),
        ("ssid", Text("EMN_Guest")),
        ("hostname", Other),
        ("wifiStatus", Text("Connected!")),
        ("sharesAccepted", Whole(10_000..=20_000)),
        ("sharesRejected", Whole(0..=50)),
        ("uptimeSeconds", Whole(86_399..=86_399)),
        ("asicCount", Whole(2..=6)),
        ("smallCoreCount", Whole(1_200..=1_300)),
        ("ASICModel", Text("BM1368")),
        ("deviceModel", Text("NerdQAxe+")),
        ("stratumURL", Text("solo.ckpool.org")),
        ("stratumPort", Whole(3_333..=3_333)),
        ("stratumUser", Other),
        ("version", Other),
        ("runningPartition", Text("ota_1")),
        ("flipscreen", Whole(0..=1)),
        ("overheat_temp", Whole(75..=75)),
        ("invertscreen", Whole(0..=1)),
        ("autoscreenoff", Whole(0..=1)),
        ("invertfanpolarity", Whole(0..=1)),
        ("autofanspeed", Whole(0..=1)),
        ("fanspeed", Whole(0..=100)),
        ("fanrpm", Whole(2_000..=3_000)),
        ("lastResetReason", Text("Power on reset")),
        ("history", Other),
    ]
}

fn history() -> Vec<(&'static str, Is)> {
    vec![
        ("hashrate_10m", Four(290_000..=310_000)),
        ("hashrate_1h", Four(300_000..=310_000)),
        ("hashrate_1d", Four(310_000..=320_000)),
        ("timestamps", Four(2_000..=5_000)),
        ("timestampBase", Whole(1_700_000_000_123..=1_700_000_000_123)),
    ]
}

fn render(model: &mut Model) -> String {
    String::from_utf8(model.render(AT).unwrap()).unwrap()
}

fn document(model: &mut Model) -> Map<String, Value> {
    serde_json::from_str(&render(model)).unwrap()
}

/// The names of an object, of which each is followed by a colon and stands at depth one, in their order.
fn names(json: &str) -> Vec<String> {
    let (mut names, mut depth, mut parts) = (Vec::new(), 0, json.split('"'));
    while let (Some(between), Some(text)) = (parts.next(), parts.next()) {
        depth += between.matches(['{', '[']).count();
        depth -= between.matches(['}', ']']).count();
        if depth == 1 && !between.ends_with(':') {
            names.push(text.to_owned());
        }
    }
    names
}

fn check(document: &Map<String, Value>, fields: &[(&str, Is)]) {
    assert_eq!(document.len(), fields.len());
    for (name, is) in fields {
        let value = &document[*name];
        let fits = match is {
            Whole(range) => value.as_i64().is_some_and(|whole| range.contains(&whole)),
            Decimal(range, places) => {
                let shown = value.to_string();
                let few = shown.split_once('.').is_none_or(|(_, shown)| shown.len() <= *places);
                few && value.as_f64().is_some_and(|number| range.contains(&number))
            }
            Short(range, unit) => {
                let number = value.as_str().and_then(|text| text.strip_suffix(*unit)).map(str::parse);
                matches!(number, Some(Ok(number)) if range.contains(&number))
            }
            Text(text) => value == text,
            Four(range) => {
                let numbers: Vec<_> = value.as_array().unwrap().iter().filter_map(Value::as_i64).collect();
                numbers.len() == 4 && numbers.iter().all(|number| range.contains(number))
            }
            Other => true,
        };
        assert!(fits, "{name} is {value}");
    }
}

#[test]
fn an_even_miner_sends_the_30_legacy_fields_in_their_order_and_ranges() {
    let expected = legacy();
    for seed in 0..200 {
        let mut model = Model::new(seed, 4);
        let order: Vec<_> = expected.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names(&render(&mut model)), order);
        check(&document(&mut model), &expected);
    }
}

#[test]
fn an_odd_miner_sends_the_45_new_fields_in_their_order_and_ranges() {
    let (expected, past) = (new(), history());
    for seed in 0..200 {
        let mut model = Model::new(seed, 7);
        let order: Vec<_> = expected.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names(&render(&mut model)), order);
        let document = document(&mut model);
        check(&document, &expected);
        check(document["history"].as_object().unwrap(), &past);
    }
}

#[test]
fn a_miner_knows_its_name_and_its_firmware_from_one_answer_to_the_next() {
    for index in 0..20 {
        let mut model = Model::new(1, index);
        let hostname = format!("mockaxe{}", index + 1);
        assert_eq!(model.hostname(), hostname);
        let version = document(&mut model)["version"].clone();
        for _ in 0..5 {
            let document = document(&mut model);
            assert_eq!(document["hostname"], *hostname);
            assert_eq!(document["stratumUser"], format!("bc1asdasdasdasdasasdasdasdasdasdasd.{hostname}"));
            assert_eq!(document["version"], version);
        }
    }
}

#[test]
fn every_answer_is_drawn_anew() {
    let mut model = Model::new(1, 0);
    assert_ne!(render(&mut model), render(&mut model));
}

#[test]
fn a_seed_repeats_a_run_to_the_byte() {
    let run = |seed| [0, 1].map(|index| [(); 10].map(|()| render(&mut Model::new(seed, index))));
    assert_eq!(run(9), run(9));
    assert_ne!(run(9), run(10));
}

#[test]
fn an_answer_fits_the_room_that_is_made_for_it() {
    for seed in 0..200 {
        let longest = Moment { unix_ms: 9_999_999_999_999, uptime_seconds: 9_999_999_999 };
        assert!(Model::new(seed, 99_998).render(longest).unwrap().len() <= LEGACY_BYTES);
        assert!(Model::new(seed, 99_999).render(longest).unwrap().len() <= NERDQAXE_BYTES);
    }
}
