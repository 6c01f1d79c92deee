use std::net::IpAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::device::Device;
use crate::device::fields::Shape;
use crate::device::firmware::SUPPORTED;
use crate::device::reply::{Changes, JSON};
use crate::device::tests::sample;
use crate::device::told::{BootCause, State};
use crate::device::vitals::Vitals;

mod documents;

const V2_15: Firmware = Firmware::esp_miner(2, 15, 0);
const NERD: Firmware = Firmware::nerdqaxe(1, 0, 37);

fn device(firmware: Firmware) -> (Device, Vitals) {
    let sample = sample(firmware);
    let shape = Arc::new(Shape::of(firmware));
    let device = Device { firmware, shape, identity: sample.identity, nvs: sample.nvs, state: sample.state };
    (device, sample.vitals)
}

/// Sends a request as the server does: first what it is for, then the answer.
fn send(device: &mut Device, vitals: &Vitals, method: &str, target: &str, body: &str) -> Reply {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let peer = IpAddr::from([192, 168, 1, 9]);
    let content_length = (!body.is_empty()).then_some(body.len() as u64);
    let request = Request { method, path, query, content_length, peer, origin: None };
    match device.route(&request) {
        Ok(route) => device.answer(route, &request, body.as_bytes(), vitals),
        Err(reply) => reply,
    }
}

fn ask(firmware: Firmware, method: &str, target: &str, body: &str) -> Reply {
    let (mut device, vitals) = device(firmware);
    send(&mut device, &vitals, method, target, body)
}

fn read_json(reply: &Reply) -> Value {
    assert_eq!((reply.status.0, reply.content_type), (200, JSON));
    serde_json::from_slice(&reply.body).unwrap()
}

#[test]
fn a_restart_is_told_as_the_version_tells_it() {
    for (firmware, silent, body) in [
        (Firmware::esp_miner(2, 0, 3), true, ""),
        (Firmware::esp_miner(2, 1, 5), true, ""),
        (Firmware::esp_miner(2, 1, 8), false, "System will restart shortly."),
        (Firmware::esp_miner(2, 12, 0), false, "System will restart shortly."),
        (Firmware::esp_miner(2, 13, 0), false, "{\n\t\"message\":\t\"System will restart shortly.\"\n}"),
        (V2_15, false, r#"{"message":"System will restart shortly."}"#),
        (NERD, false, "System will restart shortly."),
    ] {
        let reply = ask(firmware, "POST", "/api/system/restart", "");
        assert_eq!(
            (reply.status.0, &*reply.body, reply.is_silent()),
            (200, body.as_bytes(), silent),
            "{firmware:#}"
        );
        let Some(Effect::Reboot { after_ms, crash: false, .. }) = reply.then else { panic!("{reply:?}") };
        assert_eq!(after_ms, if silent { 0 } else { 1_000 }, "{firmware:#}");
    }
}

#[test]
fn the_info_document_comes_as_json_and_with_its_headers() {
    for firmware in SUPPORTED {
        let reply = ask(firmware, "GET", "/api/system/info", "");
        assert!(read_json(&reply)["ASICModel"].is_string(), "{firmware:#}");
        assert!(!reply.chunked && reply.headers.contains(&("Access-Control-Allow-Origin", "*")));
        let closes = reply.headers.contains(&("Connection", "close"));
        assert_eq!(closes, firmware.family == Family::NerdQaxe, "{firmware:#}");
    }
    let history = |target| read_json(&ask(NERD, "GET", target, ""))["history"].clone();
    assert_eq!(history("/api/system/info"), Value::Null);
    let past = history("/api/system/info?ts=1699997000000&history_span=9999999&limit=2");
    assert_eq!(past["timestamps"], json!([600_000, 1_200_000]));
    assert_eq!((&past["hashrate_10m"], &past["hasMore"]), (&json!([71_220, 71_220]), &json!(true)));
}

#[test]
fn pause_holds_until_resume_or_a_boot() {
    let (mut device, vitals) = device(V2_15);
    let reply = send(&mut device, &vitals, "POST", "/api/system/pause", "");
    assert_eq!((&*reply.body, reply.then), (&br#"{"message":"Mining paused"}"#[..], Some(Effect::Pause)));
    assert_eq!(read_json(&send(&mut device, &vitals, "GET", "/api/system/info", ""))["miningPaused"], true);
    let reply = send(&mut device, &vitals, "POST", "/api/system/resume", "");
    assert_eq!((&*reply.body, device.state.paused), (&br#"{"message":"Mining resumed"}"#[..], false));
    send(&mut device, &vitals, "POST", "/api/system/pause", "");
    device.boot(BootCause::Restart);
    let info = read_json(&send(&mut device, &vitals, "GET", "/api/system/info", ""));
    assert_eq!(
        (&info["miningPaused"], &info["resetReason"]),
        (&json!(false), &json!("Software reset via esp_restart"))
    );
}

#[test]
fn identify_toggles() {
    let (mut device, vitals) = device(Firmware::esp_miner(2, 12, 0));
    for (on, text) in
        [(true, "The device says \"Hi!\" for 30 seconds."), (false, "The device no longer says \"Hi!\".")]
    {
        let reply = send(&mut device, &vitals, "POST", "/api/system/identify", "");
        assert_eq!(
            (&read_json(&reply)["message"], reply.then),
            (&json!(text), Some(Effect::Identify { on }))
        );
    }
}

#[test]
fn a_found_block_is_shown_until_it_is_dismissed() {
    let (mut device, vitals) = device(V2_15);
    device.state = State { shows_block: true, ..State::default() };
    let reply = send(&mut device, &vitals, "POST", "/api/system/blockFound/dismiss", "");
    assert_eq!((&read_json(&reply)["showNewBlock"], device.state.shows_block), (&json!(false), false));
}

#[test]
fn a_swarm_comes_back_as_it_was_sent() {
    let firmware = Firmware::esp_miner(2, 1, 8);
    let (mut device, vitals) = device(firmware);
    assert_eq!(&*send(&mut device, &vitals, "GET", "/api/swarm/info", "").body, b"[]");
    let sent = r#"[ {"ip":"10.0.0.5"} ]"#;
    assert!(send(&mut device, &vitals, "PATCH", "/api/swarm", sent).chunked);
    assert_eq!(&*send(&mut device, &vitals, "GET", "/api/swarm/info", "").body, sent.as_bytes());
    let long = "x".repeat(10_240);
    assert_eq!(send(&mut device, &vitals, "PATCH", "/api/swarm", &long).status.0, 500);
}

#[test]
fn a_theme_is_kept_and_lost_its_many_colors() {
    for (firmware, sent) in [
        (
            Firmware::esp_miner(2, 6, 0),
            json!({"colorScheme":"light","theme":"blue","accentColors":{"--a":"#fff"}}),
        ),
        (V2_15, json!({"colorScheme":"light","primaryColor":"#123456"})),
    ] {
        let (mut device, vitals) = device(firmware);
        let fresh = read_json(&send(&mut device, &vitals, "GET", "/api/theme", ""));
        assert_eq!(fresh.as_object().unwrap().len(), sent.as_object().unwrap().len());
        let reply = send(&mut device, &vitals, "POST", "/api/theme", &sent.to_string());
        assert_eq!((&*reply.body, reply.content_type), (&br#"{"status":"ok"}"#[..], "text/html"));
        assert_eq!(read_json(&send(&mut device, &vitals, "GET", "/api/theme", "")), sent);
        assert_eq!(send(&mut device, &vitals, "POST", "/api/theme", "{").status.0, 400);
    }
}

#[test]
fn an_upload_needs_a_length_and_ends_in_a_restart() {
    let upload = |firmware, path, content_length| {
        let (mut device, vitals) = device(firmware);
        let peer = IpAddr::from([192, 168, 1, 9]);
        let request = Request { method: "POST", path, query: None, content_length, peer, origin: None };
        let route = device.route(&request).unwrap();
        device.answer(route, &request, b"", &vitals)
    };
    for firmware in SUPPORTED {
        let reply = upload(firmware, "/api/system/OTA", Some(1_500_000));
        assert_eq!(&*reply.body, b"Firmware update complete, rebooting now!\n", "{firmware:#}");
        assert_eq!(reply.then, Some(REBOOT), "{firmware:#}");
        let reply = upload(firmware, "/api/system/OTA", None);
        assert_eq!((reply.status.0, reply.then), (500, None), "{firmware:#}");
        assert_eq!(reply.content_type == JSON, firmware.is_esp_miner_from((2, 14, 0)), "{firmware:#}");
        assert_eq!(upload(firmware, "/api/system/OTA", Some(5 << 20)).status.0, 500);
        assert_eq!(upload(firmware, "/api/system/OTAWWW", Some(4 << 20)).status.0, 400);
        let reply = upload(firmware, "/api/system/OTAWWW", Some(1 << 20));
        assert_eq!(reply.then.is_some(), firmware == V2_15, "{firmware:#}");
    }
}

#[test]
fn only_the_slot_that_has_a_firmware_can_be_booted() {
    for (body, code, message) in [
        (
            r#"{"partition":"ota_0"}"#,
            200,
            r#"{"message":"Next boot partition set successfully. Rebooting..."}"#,
        ),
        (r#"{"partition":"ota_1"}"#, 400, "No valid firmware found on partition"),
        (r#"{"partition":"www"}"#, 400, "Partition not found"),
        (r#"{"partition":1}"#, 400, "Missing partition label"),
        ("{", 400, "Invalid JSON"),
        ("", 400, "Empty request body"),
    ] {
        let reply = ask(V2_15, "POST", "/api/system/boot", body);
        assert_eq!((reply.status.0, &*reply.body), (code, message.as_bytes()), "{body}");
        assert_eq!(reply.then.is_some(), code == 200, "{body}");
    }
}

#[test]
fn a_chosen_fallback_is_mined_at_at_once_and_after_a_boot() {
    let (mut device, vitals) = device(V2_15);
    let reply = send(&mut device, &vitals, "PATCH", "/api/system", r#"{"useFallbackStratum":1}"#);
    assert_eq!(reply.then, Some(Effect::Apply(Changes { pool: true, ..Changes::default() })));
    assert!(device.state.on_fallback);
    device.boot(BootCause::Crash);
    assert!(device.state.on_fallback);
}

#[test]
fn a_nerdqaxe_that_is_shut_down_hashes_no_more() {
    let (mut device, vitals) = device(NERD);
    assert_eq!(send(&mut device, &vitals, "POST", "/api/system/shutdown", "").then, Some(Effect::ShutDown));
    let info = read_json(&send(&mut device, &vitals, "GET", "/api/system/info", ""));
    assert_eq!((&info["shutdown"], &info["hashRate"]), (&json!(true), &json!(0)));
    device.boot(BootCause::Restart);
    let info = read_json(&send(&mut device, &vitals, "GET", "/api/system/info", ""));
    assert_eq!((&info["shutdown"], &info["lastResetReason"]), (&json!(false), &json!("Software reset")));
}

#[test]
fn what_else_there_is_answers_in_its_shape() {
    for (firmware, method, path, field) in [
        (V2_15, "GET", "/api/system/wifi/scan", "networks"),
        (NERD, "GET", "/api/influx/info", "influxURL"),
        (NERD, "GET", "/api/alert/info", "alertDiscordEnable"),
        (NERD, "GET", "/api/otp/status", "enabled"),
        (NERD, "GET", "/api/system/OTA/github", "running"),
    ] {
        assert!(!read_json(&ask(firmware, method, path, ""))[field].is_null(), "{path}");
    }
    assert_eq!(read_json(&ask(V2_15, "GET", "/api/system/scoreboard", "")), json!([]));
    for (method, path) in [
        ("PATCH", "/api/influx"),
        ("POST", "/api/alert/test"),
        ("POST", "/api/otp"),
        ("POST", "/api/system/reset-stats"),
    ] {
        assert_eq!(
            (ask(NERD, method, path, "{}").status.0, ask(NERD, method, path, "{}").chunked),
            (200, true)
        );
    }
    assert_eq!(ask(NERD, "POST", "/api/system/OTA/github", "{}").then, Some(REBOOT));
    assert!(ask(V2_15, "OPTIONS", "/api/system", "").body.is_empty());
    assert!(ask(V2_15, "GET", "/recovery", "").chunked);
}
