//! Routes, statuses, bodies and content types of one miner.

use serde_json::json;

use crate::Rig;
use crate::client::{Client, call, info};

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

const RESTARTS: &str = "<html><body><h1>System will restart shortly.</h1></body></html>";
const RESTARTING: &str =
    "<html><body><h1>Server is temporarily unavailable. Please try again later.</h1></body></html>";

async fn miner() -> (Rig, u16) {
    let rig = Rig::of(1).await;
    let port = rig.ports().await[0];
    (rig, port)
}

#[actix_rt::test]
async fn info_is_json_and_its_head_can_be_asked_for_alone() {
    let (_rig, port) = miner().await;
    let answer = call(port, "GET", "/api/system/info?ts=0", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some(JSON)));
    assert_eq!(answer.json()["hostname"], "mockaxe1");
    let head = call(port, "HEAD", "/api/system/info", "").await;
    assert_eq!((head.status, head.header("content-type")), (200, Some(JSON)));
}

#[actix_rt::test]
async fn a_patch_is_acknowledged_and_shows_in_what_follows() {
    let (_rig, port) = miner().await;
    let answer = call(port, "PATCH", "/api/system", r#"{"hostname":"axe","stratumPort":"3334"}"#).await;
    assert_eq!(answer.all(), (200, JSON, r#"{"message":"System info updated successfully"}"#));
    let info = info(port).await;
    assert_eq!((&info["hostname"], &info["stratumPort"]), (&json!("axe"), &json!("3334")));
}

#[actix_rt::test]
async fn a_body_that_is_no_json_object_is_400_and_changes_nothing() {
    let (_rig, port) = miner().await;
    for body in ["{", "[1]", "hostname=axe", "\u{0}"] {
        let answer = call(port, "PATCH", "/api/system", body).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, Some(JSON)), "{body}");
        assert!(answer.json()["error"].as_str().unwrap().contains("not a JSON object"), "{body}");
    }
    assert_eq!(info(port).await["hostname"], "mockaxe1");
}

#[actix_rt::test]
async fn a_body_of_10_kb_is_read_and_a_longer_one_is_413() {
    let (_rig, port) = miner().await;
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    assert_eq!(call(port, "PATCH", "/api/system", &padded(10_240)).await.status, 200);
    assert_eq!(call(port, "PATCH", "/api/system", &padded(10_241)).await.status, 413);
}

#[actix_rt::test]
async fn a_body_of_10_mb_is_refused_before_it_is_sent() {
    let (_rig, port) = miner().await;
    let mut client = Client::connect(port).await;
    client.send(b"PATCH /api/system HTTP/1.1\r\nHost: mock\r\nContent-Length: 10000000\r\n\r\n{\"a\":").await;
    assert_eq!(client.answer().await.status, 413);
    assert!(client.is_closed().await, "the rest of the body is not taken for a request");
}

#[actix_rt::test]
async fn patches_without_end_are_413() {
    let (_rig, port) = miner().await;
    let patch = |name: &str| format!(r#"{{"{name}":"{}"}}"#, "x".repeat(9_000));
    assert_eq!(call(port, "PATCH", "/api/system", &patch("one")).await.status, 200);
    assert_eq!(call(port, "PATCH", "/api/system", &patch("two")).await.status, 413);
    assert_eq!(info(port).await.get("two"), None);
}

#[actix_rt::test]
async fn any_other_route_or_method_is_404() {
    let (_rig, port) = miner().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/system"),
        ("GET", "/api/system/restart"),
        ("POST", "/api/system/info"),
        ("DELETE", "/api/system"),
        ("GET", "/api/ws"),
        ("GET", "/servers"),
        ("GET", "/..%2f..%2fetc/passwd"),
    ] {
        let answer = call(port, method, path, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (404, Some(JSON)), "{method} {path}");
        assert!(answer.json()["error"].is_string());
    }
}

#[actix_rt::test]
async fn a_restart_is_acknowledged_and_then_every_request_is_503() {
    let (_rig, port) = miner().await;
    let mut client = Client::connect(port).await;
    assert_eq!(client.call("POST", "/api/system/restart", "").await.all(), (200, HTML, RESTARTS));
    for (method, path, body) in [
        ("GET", "/api/system/info", ""),
        ("PATCH", "/api/system", "{}"),
        ("PATCH", "/api/system", "{"),
        ("PATCH", "/api/system", &"x".repeat(20_000)),
        ("POST", "/api/system/restart", ""),
        ("GET", "/nothing", ""),
        ("DELETE", "/api/system/info", ""),
    ] {
        let answer = call(port, method, path, body).await;
        assert_eq!(answer.all(), (503, HTML, RESTARTING), "{method} {path}");
    }
    assert_eq!(client.call("GET", "/", "").await.status, 503, "on connections that were open before, too");
}

#[actix_rt::test]
async fn what_is_not_http_is_refused_and_harms_nobody() {
    let (_rig, port) = miner().await;
    let mut client = Client::connect(port).await;
    client.send(b"\x16\x03\x01 hello\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 400);
    assert!(client.is_closed().await);
    info(port).await;
}
