//! What a client meets at the fidelity of a device, over real sockets.

use serde_json::Value;
use shiftboss_mockfleet::{Fidelity, Places};

use crate::client::{Client, call, upgrade};
use crate::{HOST, Rig};

/// One of each of the sixteen firmwares.
async fn devices() -> Rig {
    Rig::at(Places::Ports { host: HOST, ports: vec![0; 16] }, Fidelity::Device, false).await
}

/// The ports of those whose version begins so.
async fn ports_of(rig: &Rig, versions: &[&str]) -> Vec<u16> {
    let mut found = Vec::new();
    for port in rig.ports().await {
        let info = call(port, "GET", "/api/system/info", "").await.json();
        let version = info["version"].as_str().expect("a version");
        if versions.iter().any(|wanted| version.starts_with(wanted)) {
            found.push(port);
        }
    }
    assert!(!found.is_empty(), "{versions:?}");
    found
}

#[actix_rt::test]
async fn the_head_of_an_answer_is_a_device_s() {
    let rig = devices().await;
    for port in ports_of(&rig, &["v2."]).await {
        let answer = call(port, "GET", "/api/system/info", "").await;
        let head = answer.head.as_str();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("Content-Type: application/json\r\n"), "{head}");
        assert!(head.contains("Access-Control-Allow-Origin: *\r\n"), "{head}");
        assert_eq!(answer.header("connection"), None, "{head}");
    }
    for port in ports_of(&rig, &["v1."]).await {
        let mut client = Client::connect(port).await;
        let answer = client.call("GET", "/api/system/info", "").await;
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_closed().await);
    }
}

#[actix_rt::test]
async fn words_of_a_status_and_a_body_without_a_length_are_a_device_s() {
    let rig = devices().await;
    for port in ports_of(&rig, &["v2.0", "v2.4"]).await {
        let answer = call(port, "GET", "/api/nothing", "").await;
        assert!(answer.head.starts_with("HTTP/1.1 302 Temporary Redirect\r\n"), "{}", answer.head);
        assert_eq!(answer.header("location"), Some("/"));
    }
    for port in ports_of(&rig, &["v2.11", "v2.12"]).await {
        let mut client = Client::connect(port).await;
        let answer = client.call("PATCH", "/api/system", r#"{"frequency":500}"#).await;
        assert_eq!((answer.status, answer.header("transfer-encoding")), (200, Some("chunked")));
        assert_eq!(client.take(5).await, b"0\r\n\r\n");
        let refused = client.call("PATCH", "/api/system", r#"{"frequency":"fast"}"#).await;
        assert_eq!((refused.status, &*refused.body), (400, "Wrong API input"));
        let long = format!(r#"{{"hostname":"{}"}}"#, "x".repeat(20_000));
        assert_eq!(call(port, "PATCH", "/api/system", &long).await.status, 500);
    }
}

#[actix_rt::test]
async fn a_firmware_of_megabytes_is_taken_and_thrown_away() {
    let rig = devices().await;
    let port = ports_of(&rig, &["v2.9"]).await[0];
    let answer = call(port, "POST", "/api/system/OTA", &"x".repeat(1 << 20)).await;
    assert_eq!((answer.status, &*answer.body), (200, "Firmware update complete, rebooting now!\n"));
}

#[actix_rt::test]
async fn an_old_device_that_restarts_closes_the_connection_without_an_answer() {
    let rig = devices().await;
    let mut client = Client::connect(ports_of(&rig, &["v2.0"]).await[0]).await;
    client.send(b"POST /api/system/restart HTTP/1.1\r\nHost: mock\r\n\r\n").await;
    assert!(client.ends_silently().await);
    assert_eq!(rig.states().await.iter().filter(|state| state.restarting).count(), 1);
}

#[actix_rt::test]
async fn the_eleventh_listener_is_refused_until_another_leaves() {
    let rig = devices().await;
    let port = ports_of(&rig, &["v2.14"]).await[0];
    let mut listeners = Vec::new();
    for path in ["/api/ws", "/api/ws/live"].into_iter().cycle().take(10) {
        let (client, status) = upgrade(port, path).await;
        assert_eq!(status, 101);
        listeners.push(client);
    }
    assert_eq!(upgrade(port, "/api/ws").await.1, 429);
    // A close with code 1000, masked with zeros.
    let leaving = &mut listeners[0];
    leaving.send(b"\x88\x82\0\0\0\0\x03\xe8").await;
    assert!(leaving.is_closed().await);
    assert_eq!(upgrade(port, "/api/ws").await.1, 101);
}

#[actix_rt::test]
async fn a_log_comes_in_colour_and_the_live_stream_begins_with_the_whole_document() {
    let rig = devices().await;
    let port = ports_of(&rig, &["v2.15"]).await[0];
    let (mut log, _) = upgrade(port, "/api/ws").await;
    assert!(log.text_frame().await.starts_with(b"\x1b[0;32mI ("));
    let (mut live, _) = upgrade(port, "/api/ws/live").await;
    let told: Value = serde_json::from_slice(&live.text_frame().await).expect("JSON");
    assert_eq!((&told["event"], &told["data"]["version"]), (&"update".into(), &"v2.15.0".into()));
}

#[actix_rt::test]
async fn devices_with_addresses_of_their_own_are_listed_with_them() {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    let first = [127, high | 0x80, low, 253].into();
    let rig = Rig::at(Places::Addresses { first, port: 8_080, count: 3 }, Fidelity::Device, false).await;
    let listed = call(rig.listing, "GET", "/servers", "").await.json();
    let servers = listed["servers"].as_array().expect("a list");
    for (server, state) in servers.iter().zip(rig.states().await) {
        assert_eq!((&server["address"], &server["port"]), (&state.host.to_string().into(), &8_080.into()));
        assert_eq!(server["mac"], state.mac.expect("a device has one").to_string());
    }
    assert_eq!(servers.len(), 3);
}
