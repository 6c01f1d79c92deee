//! What a client meets at the fidelity of a device, over real sockets.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;
use shiftboss_mockfleet::{Fidelity, Places};

use crate::client::{Client, call, info, upgrade};
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
async fn the_page_comes_as_gzip_to_whoever_asks_and_has_the_title_that_tools_look_for() {
    let rig = devices().await;
    for port in rig.ports().await {
        let version = info(port).await["version"].clone();
        let mut client = Client::connect(port).await;
        client.send(b"GET / HTTP/1.1\r\nHost: mock\r\n\r\n").await;
        let head = client.head().await;
        assert_eq!((head.status, head.header("content-encoding")), (200, Some("gzip")), "{version}");
        let body = if head.header("transfer-encoding") == Some("chunked") {
            client.chunk().await
        } else {
            client.take(head.header("content-length").expect("a length").parse().expect("a number")).await
        };
        let mut page = String::new();
        GzDecoder::new(&*body).read_to_string(&mut page).expect("text");
        let title = if version == "v1.0.37" { "Nerd* Dashboard" } else { "AxeOS" };
        assert!(page.contains(&format!("<title>{title}</title>")), "{version}: {page}");
    }
}

#[actix_rt::test]
async fn a_page_of_elsewhere_is_refused_since_2_5_at_the_api_and_at_the_streams() {
    let rig = devices().await;
    for port in rig.ports().await {
        let version = info(port).await["version"].as_str().expect("a version").to_owned();
        let is_guarded = !["v2.0.3", "v2.1.8", "v2.2.2", "v2.4.0", "v1.0.15"].contains(&&*version);
        for path in ["/api/system/info", "/api/ws"] {
            for (origin, is_near) in [
                ("http://192.168.1.5", true),
                ("http://192.168.1.5:3000", false),
                ("http://evil.example", false),
                ("http://axe.local", version == "v2.15.0"),
            ] {
                let mut client = Client::connect(port).await;
                let handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
                let stream = if path == "/api/ws" { handshake } else { "" };
                let request =
                    format!("GET {path} HTTP/1.1\r\nHost: mock\r\nOrigin: {origin}\r\n{stream}\r\n");
                client.send(request.as_bytes()).await;
                let is_refused = client.head().await.status == 401;
                assert_eq!(is_refused, is_guarded && !is_near, "{version} {path} {origin}");
            }
        }
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
    let next: Value = serde_json::from_slice(&live.text_frame().await).expect("JSON");
    assert_eq!((&next["event"], next["data"].get("version")), (&"update".into(), None));
    assert!(next["data"].as_object().is_some_and(|changed| !changed.is_empty()), "{next}");
}

#[actix_rt::test]
async fn before_2_10_whoever_listens_to_the_log_takes_it_from_him_who_did_and_who_stays_connected() {
    let rig = devices().await;
    for port in ports_of(&rig, &["v2.9", "v1.0.15"]).await {
        let (mut first, _) = upgrade(port, "/api/ws").await;
        assert!(first.text_frame().await.starts_with(b"\x1b[0;32mI ("));
        let (mut second, _) = upgrade(port, "/api/ws").await;
        first.forget();
        for _ in 0..2 {
            second.text_frame().await;
        }
        assert!(first.is_silent(), "no line has come for a second and more");
        first.ping().await;
    }
}

#[actix_rt::test]
async fn the_log_can_be_asked_for_as_a_text_since_2_14() {
    let rig = devices().await;
    for port in ports_of(&rig, &["v2.14", "v2.15"]).await {
        let mut client = Client::connect(port).await;
        let answer = client.call("GET", "/api/system/logs", "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain")));
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
        let log = String::from_utf8(client.chunk().await).expect("text");
        assert!(
            log.lines().all(|line| line.starts_with("\u{1b}[0;32mI (") && line.ends_with("\u{1b}[0m")),
            "{log}"
        );
    }
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
    let added = call(rig.listing, "POST", "/miners", "").await;
    assert_eq!(added.status, 201, "{}", added.body);
    let address: std::net::IpAddr =
        added.json()["address"].as_str().expect("one").parse().expect("an address");
    assert!(
        servers.iter().all(|server| server["address"] != address.to_string()),
        "one of its own: {address}"
    );
    let info = Client::at(address, 8_080).await.call("GET", "/api/system/info", "").await;
    assert_eq!(info.status, 200);
    assert_eq!(call(rig.listing, "DELETE", "/miners/mockaxe4", "").await.status, 204);
    assert!(tokio::net::TcpStream::connect((address, 8_080)).await.is_err(), "nobody is there any more");
}
