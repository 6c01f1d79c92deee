//! What miners say of themselves that is not so, and where they are.

use std::time::Duration;

use serde_json::{Value, json};
use shiftboss_mockfleet::{Fidelity, Places};
use tokio::net::TcpStream;

use super::{both, devices, set};
use crate::client::{Client, call, info};
use crate::{HOST, Rig};

/// Device by device its port, and the whole of its info document.
async fn documents(rig: &Rig) -> Vec<(u16, Value)> {
    let mut documents = Vec::new();
    for port in rig.ports().await {
        documents.push((port, info(port).await));
    }
    documents
}

#[actix_rt::test]
async fn frozen_and_silent_miners_say_the_same_again_and_liars_say_more() {
    for rig in both().await {
        let port = rig.ports().await[0];
        set(&rig, json!([{ "fault": "frozen-hashrate" }, { "fault": "silent-miner" }])).await;
        let first = info(port).await;
        for _ in 0..5 {
            let next = info(port).await;
            for field in ["hashRate", "hashRate_10m", "sharesAccepted", "sharesRejected"] {
                assert_eq!(next[field], first[field], "{field}");
            }
        }
        let liars =
            [json!({ "fault": "frozen-hashrate" }), json!({ "fault": "lying-hashrate", "factor": 0 })];
        set(&rig, json!(liars)).await;
        for (_, document) in documents(&rig).await {
            let shown = document.get("hashRate").or(document.get("hashRate_10m")).expect("a hash rate");
            assert_eq!(shown.as_f64(), Some(0.0));
        }
    }
}

#[actix_rt::test]
async fn a_liar_of_the_seeds_tells_more_than_any_miner_has() {
    let rig = Rig::of(2).await;
    set(&rig, json!([{ "fault": "lying-hashrate", "factor": 10 }])).await;
    let [(_, legacy), (_, new)] = &documents(&rig).await[..] else { panic!("two miners") };
    assert!((7_000.0..=8_000.0).contains(&legacy["hashRate"].as_f64().expect("a number")), "{legacy}");
    assert!((29_000.0..=31_000.0).contains(&new["hashRate_10m"].as_f64().expect("a number")), "{new}");
}

#[actix_rt::test]
async fn a_foreign_pool_is_shown_and_the_configured_one_is_back_when_it_ends() {
    for rig in both().await {
        let before = documents(&rig).await;
        set(&rig, json!([{ "fault": "foreign-pool", "url": "evil.example", "port": 1, "user": "x" }])).await;
        for (_, document) in documents(&rig).await {
            let pool = ["stratumURL", "stratumPort", "stratumUser"].map(|field| document[field].clone());
            assert_eq!(pool, [json!("evil.example"), json!(1), json!("x")]);
        }
        set(&rig, json!([])).await;
        for ((_, document), (_, before)) in documents(&rig).await.iter().zip(&before) {
            assert_eq!(document["stratumUser"], before["stratumUser"]);
        }
    }
}

#[actix_rt::test]
async fn a_skewed_clock_shows_in_uptime_and_in_times() {
    for rig in both().await {
        let before = documents(&rig).await;
        set(&rig, json!([{ "fault": "clock-skew", "seconds": 7200 }])).await;
        for ((port, document), (_, before)) in documents(&rig).await.iter().zip(&before) {
            let ahead = |field: &str| {
                let number = |document: &Value| {
                    document[field].as_f64().unwrap_or_else(|| panic!("{field} of {document}"))
                };
                number(document) - number(before)
            };
            assert!((7_200.0..7_230.0).contains(&ahead("uptimeSeconds")), "{port}");
            if before.get("hashRateTimestamp").is_some() {
                assert!((7_200_000.0..7_230_000.0).contains(&ahead("hashRateTimestamp")), "{port}");
            }
        }
    }
}

#[actix_rt::test]
async fn devices_that_are_made_too_hot_say_so_and_those_that_do_not_act_on_heat_are_spared() {
    let rig = devices().await;
    // Chips are off while their devices start.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    let fault = set(&rig, json!([{ "fault": "overheat" }])).await[0].clone();
    let struck = fault["strikes"].as_array().expect("a list");
    let mut hot = 0;
    for (place, (_, document)) in documents(&rig).await.iter().enumerate() {
        let is_hot = document["overheat_mode"] == 1;
        assert_eq!(struck.contains(&json!(format!("mockaxe{}", place + 1))), is_hot, "{document}");
        hot += u32::from(is_hot);
    }
    assert!((1..16).contains(&hot), "{hot} of 16");
}

#[actix_rt::test]
async fn a_miner_that_moves_is_listed_where_it_is_under_the_mac_it_had() {
    for rig in both().await {
        let listed = async || call(rig.listing, "GET", "/servers", "").await.json()["servers"].clone();
        let before = listed().await;
        let was = before[1]["port"].as_u64().expect("a port") as u16;
        set(&rig, json!([{ "fault": "changed-ip", "miners": ["mockaxe2"] }])).await;
        let after = listed().await;
        let is = after[1]["port"].as_u64().expect("a port") as u16;
        assert_ne!(is, was);
        assert_eq!(after[1]["mac"], before[1]["mac"]);
        assert_eq!(after[0], before[0]);
        assert!(TcpStream::connect((HOST, was)).await.is_err(), "nobody listens there any more");
        assert!(info(is).await.is_object());
        set(&rig, json!([])).await;
        assert_eq!(listed().await[1]["port"], was, "it is back");
        assert!(info(was).await.is_object());
    }
}

#[actix_rt::test]
async fn a_miner_with_an_address_of_its_own_moves_to_another_one() {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    let first = [127, high & 0x3f, low, 201].into();
    let rig = Rig::at(Places::Addresses { first, port: 8_080, count: 2 }, Fidelity::Device, false).await;
    let before = rig.states().await;
    set(&rig, json!([{ "fault": "changed-ip", "miners": ["mockaxe1"] }])).await;
    let after = rig.states().await;
    assert_eq!((after[0].mac, after[0].port, &after[1]), (before[0].mac, Some(8_080), &before[1]));
    let moved: std::net::IpAddr = [127, high & 0x3f | 0x80, low, 201].into();
    assert_eq!(after[0].host, moved);
    assert!(TcpStream::connect((moved, 8_080)).await.is_ok());
    assert!(TcpStream::connect((before[0].host, 8_080)).await.is_err());
}

#[actix_rt::test]
async fn a_miner_shows_the_mac_of_another_to_whoever_asks() {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    let places = |net: u8, count| Places::Addresses {
        first: [127, high & 0x3f | net, low, 210].into(),
        port: 8_080,
        count,
    };
    let seeds = Rig::at(places(0x40, 3), Fidelity::Seed, false).await;
    let devices = Rig::at(places(0, 16), Fidelity::Device, false).await;
    for rig in [seeds, devices] {
        let listed = async || call(rig.listing, "GET", "/servers", "").await.json()["servers"].clone();
        let before = listed().await;
        let faults = json!([
            { "fault": "duplicate-mac", "of": "mockaxe3", "miners": ["mockaxe2"] },
            { "fault": "duplicate-mac", "miners": ["mockaxe1"] },
        ]);
        set(&rig, faults).await;
        let after = listed().await;
        assert_eq!(after[0]["mac"], before[1]["mac"], "of the first other, and its own");
        assert_eq!(after[1]["mac"], before[2]["mac"]);
        let told = |mac: &Value| mac.as_str().expect("a text").to_uppercase();
        for (place, state) in rig.states().await.into_iter().enumerate() {
            let document =
                Client::at(state.host, 8_080).await.call("GET", "/api/system/info", "").await.json();
            if let Some(mac) = document.get("macAddr") {
                assert_eq!(told(mac), told(&after[place]["mac"]));
            }
        }
    }
}
