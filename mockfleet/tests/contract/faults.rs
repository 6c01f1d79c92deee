//! Faults on demand, as clients of the miners meet them: of both fidelities, over real sockets.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::{Value, json};
use shiftboss_mockfleet::{Fidelity, Places};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::client::{Answer, Client, call, info, upgrade};
use crate::{HOST, Rig, SOON};

const INFO: &[u8] = b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n";

/// Two fleets: of the seeds, and of one device of each firmware.
async fn both() -> [Rig; 2] {
    [Rig::start(vec![0; 4], true).await, devices().await]
}

async fn devices() -> Rig {
    Rig::at(Places::Ports { host: HOST, ports: vec![0; 16] }, Fidelity::Device, false).await
}

async fn put(rig: &Rig, faults: Value) -> Answer {
    call(rig.listing, "PUT", "/faults", &json!({ "faults": faults }).to_string()).await
}

/// What is in force from now on.
async fn set(rig: &Rig, faults: Value) -> Value {
    let answer = put(rig, faults).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["faults"].clone()
}

/// Each fleet with this fault on its first miner, and that miner's port.
async fn struck(fault: Value) -> Vec<(Rig, u16)> {
    let mut struck = Vec::new();
    for rig in both().await {
        let mut fault = fault.clone();
        fault["miners"] = json!(["mockaxe1"]);
        set(&rig, json!([fault])).await;
        let ports = rig.ports().await;
        assert!(info(ports[1]).await.is_object(), "its neighbour is well");
        struck.push((rig, ports[0]));
    }
    struck
}

/// Device by device its port, and the whole of its info document.
async fn documents(rig: &Rig) -> Vec<(u16, Value)> {
    let mut documents = Vec::new();
    for port in rig.ports().await {
        documents.push((port, info(port).await));
    }
    documents
}

#[actix_rt::test]
async fn a_slow_miner_answers_as_it_would_and_late() {
    for (_rig, port) in struck(json!({ "fault": "slow", "delay_ms": 300 })).await {
        let mut client = Client::connect(port).await;
        let asked = Instant::now();
        client.send(INFO).await;
        tokio::task::yield_now().await;
        assert!(client.is_silent());
        assert!(client.answer().await.json().is_object());
        assert!(asked.elapsed() >= Duration::from_millis(300));
    }
}

#[actix_rt::test]
async fn half_an_answer_claims_its_whole_length_and_ends_the_connection() {
    for (_rig, port) in struck(json!({ "fault": "half-answer" })).await {
        let mut client = Client::connect(port).await;
        client.send(INFO).await;
        let head = client.head().await;
        let length: usize = head.header("content-length").expect("a length").parse().expect("a number");
        let half = client.take(length / 2).await;
        assert_eq!(half[0], b'{');
        assert!(client.ends_silently().await, "{} of {length}", half.len());
    }
}

#[actix_rt::test]
async fn bad_json_a_page_and_status_500_come_over_a_connection_that_stays() {
    for (fault, status, kind) in
        [("bad-json", 200, "application/json"), ("html", 200, "text/html"), ("status-500", 500, "text/html")]
    {
        for (rig, port) in struck(json!({ "fault": fault })).await {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            let answer = client.answer().await;
            assert_eq!(answer.status, status, "{fault}");
            assert!(answer.all().1.starts_with(kind), "{fault}: {}", answer.head);
            assert!(serde_json::from_str::<Value>(&answer.body).is_err(), "{}", answer.body);
            if answer.header("connection") != Some("close") {
                client.send(INFO).await;
                assert_eq!(client.answer().await.status, status, "{fault} once more");
                set(&rig, json!([])).await;
                client.send(INFO).await;
                assert!(client.answer().await.json().is_object(), "it is well again, on the same connection");
            }
        }
    }
}

#[actix_rt::test]
async fn a_reset_is_a_reset_also_of_a_connection_that_was_there_before() {
    for rig in both().await {
        let port = rig.ports().await[2];
        let mut stream = TcpStream::connect((HOST, port)).await.expect("it listens");
        set(&rig, json!([{ "fault": "reset", "miners": ["mockaxe3"] }])).await;
        stream.write_all(INFO).await.expect("it is open");
        let read = timeout(SOON, stream.read(&mut [0; 64])).await.expect("something comes");
        assert_eq!(read.expect_err("not even an end").kind(), ErrorKind::ConnectionReset);
    }
}

#[actix_rt::test]
async fn a_black_hole_takes_connections_and_says_nothing_until_it_ends() {
    for (rig, port) in struck(json!({ "fault": "black-hole" })).await {
        let mut clients = Vec::new();
        // More than a device has sockets: who gives up frees his.
        for _ in 0..100 {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            assert!(client.is_silent());
        }
        for _ in 0..3 {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            clients.push(client);
        }
        let state = rig.states().await[0].clone();
        assert_eq!(state.port, Some(port), "the miner itself is there");
        assert!(clients.iter_mut().all(Client::is_silent));
        assert_eq!(call(rig.listing, "DELETE", "/faults", "").await.status, 204);
        for client in &mut clients {
            assert!(client.is_closed().await);
        }
        assert!(info(port).await.is_object());
    }
}

#[actix_rt::test]
async fn a_probability_strikes_some_requests_and_not_others() {
    let fault = json!({ "fault": "status-500", "probability": 0.5 });
    for (_rig, port) in struck(fault).await {
        let mut failed = 0;
        for _ in 0..60 {
            failed += u32::from(call(port, "GET", "/api/system/info", "").await.status == 500);
        }
        assert!((10..50).contains(&failed), "{failed} of 60");
    }
}

#[actix_rt::test]
async fn a_stream_is_silent_in_a_black_hole_and_is_cut_by_a_reset() {
    let rig = devices().await;
    let port = rig.ports().await[0];
    let (mut stream, status) = upgrade(port, "/api/ws").await;
    assert_eq!(status, 101);
    stream.text_frame().await;
    set(&rig, json!([{ "fault": "black-hole" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(
        timeout(Duration::from_millis(2_500), stream.take(1)).await.is_err(),
        "neither a pong nor a line"
    );
    set(&rig, json!([])).await;
    stream.text_frame().await;
    set(&rig, json!([{ "fault": "reset" }])).await;
    assert!(stream.is_closed().await);
}

#[actix_rt::test]
async fn a_stream_of_the_seeds_is_silent_in_a_black_hole_and_is_cut_by_a_reset() {
    let rig = Rig::start(vec![0], true).await;
    let (mut stream, status) = upgrade(rig.ports().await[0], "/").await;
    assert_eq!(status, 101);
    stream.ping().await;
    set(&rig, json!([{ "fault": "black-hole" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(timeout(Duration::from_millis(500), stream.take(1)).await.is_err(), "no pong");
    set(&rig, json!([{ "fault": "reset" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(stream.is_closed().await);
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

#[actix_rt::test]
async fn faults_are_told_with_whom_they_strike_and_replaced_as_a_whole() {
    let rig = Rig::of(40).await;
    let faults = json!([
        { "fault": "slow", "delay_ms": 5, "miners": ["mockaxe1", "mockaxe7"], "for_seconds": 3600 },
        { "fault": "html", "share": 0.1 },
        { "fault": "overheat" },
    ]);
    let set_now = set(&rig, faults.clone()).await;
    assert_eq!(set_now[0]["strikes"], json!(["mockaxe1", "mockaxe7"]));
    assert!((3_590..=3_600).contains(&set_now[0]["ends_in_seconds"].as_u64().expect("a number")));
    let strikes = set_now[1]["strikes"].as_array().expect("a list");
    assert!((3..=5).contains(&strikes.len()), "4 of 40, give or take one: {strikes:?}");
    assert_eq!(set_now[2], json!({ "fault": "overheat", "strikes": [] }), "no miner of the seeds has a heat");
    let told = call(rig.listing, "GET", "/faults", "").await.json()["faults"].clone();
    assert_eq!(told[1], set_now[1]);
    let ports = rig.ports().await;
    for (place, port) in ports.iter().enumerate() {
        let answer = call(*port, "GET", "/api/system/info", "").await;
        let is_struck = strikes.contains(&json!(format!("mockaxe{}", place + 1)));
        assert_eq!(answer.all().1.starts_with("text/html"), is_struck, "{}", place + 1);
    }
    assert_eq!(call(rig.listing, "DELETE", "/faults", "").await.status, 204);
    assert_eq!(call(rig.listing, "GET", "/faults", "").await.body, r#"{"faults":[]}"#);
}

#[actix_rt::test]
async fn what_is_wrong_with_a_fault_is_told_and_what_was_in_force_stays() {
    let rig = Rig::of(2).await;
    set(&rig, json!([{ "fault": "html" }])).await;
    let refused = put(&rig, json!([{ "fault": "reset" }, { "fault": "slow", "delay_ms": -1 }])).await;
    assert_eq!(refused.status, 400);
    let told = "faults[1].delay_ms is -1, it must be a whole number from 1 to 600000";
    assert_eq!(refused.json(), json!({ "error": told }));
    let refused = put(&rig, json!([{ "fault": "duplicate-mac", "of": "mockaxe9" }])).await;
    let told = "faults[0].of is \"mockaxe9\", there is no such miner, see GET /servers";
    assert_eq!((refused.status, refused.json()), (400, json!({ "error": told })));
    let long = put(&rig, json!([{ "fault": "x".repeat(11_000) }])).await;
    assert_eq!(long.status, 413, "{}", long.body);
    assert!(long.json()["error"].as_str().expect("a text").contains("10240 bytes"));
    let still = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(still["faults"][0]["strikes"], json!(["mockaxe1", "mockaxe2"]));
}

#[actix_rt::test]
async fn a_miner_that_is_added_has_the_faults_that_mean_it() {
    let rig = Rig::of(2).await;
    set(&rig, json!([{ "fault": "status-500", "group": "legacy" }])).await;
    for (name, status) in [("mockaxe3", 500), ("mockaxe4", 200)] {
        let added = call(rig.listing, "POST", "/miners", "").await.json();
        assert_eq!(added["hostname"], name);
        let port = added["port"].as_u64().expect("a port") as u16;
        assert_eq!(call(port, "GET", "/api/system/info", "").await.status, status, "{name}");
    }
    let told = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(told["faults"][0]["strikes"], json!(["mockaxe1", "mockaxe3"]));
    assert_eq!(call(rig.listing, "DELETE", "/miners/mockaxe1", "").await.status, 204);
    let told = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(told["faults"][0]["strikes"], json!(["mockaxe3"]));
}

#[actix_rt::test]
async fn a_miner_that_crashes_keeps_its_faults() {
    use shiftboss_kernel::InjectPanic;

    for (rig, _) in struck(json!({ "fault": "status-500" })).await {
        let fault = InjectPanic { id: "miner:1".into(), nth: 1 };
        rig.miners.ask(fault, SOON).await.expect("it answers").expect("the pool knows it");
        // Whoever asks first sees it crash; the next question waits until it is back.
        let crashed = rig.states().await;
        assert!(crashed.iter().all(|state| state.hostname != "mockaxe1"));
        let before = crashed.len();
        let states = rig.states().await;
        assert_eq!(states.len(), before + 1, "it is back");
        // The port is the system's choice anew.
        let again = states[0].port.expect("it listens");
        assert_eq!(call(again, "GET", "/api/system/info", "").await.status, 500);
    }
}
