//! The WebSocket handshake of a miner. What comes over it is tested without a socket, beside its actor.

use crate::Rig;
use crate::client::{Client, upgrade};

#[actix_rt::test]
async fn without_logs_an_upgrade_is_404() {
    let rig = Rig::of(1).await;
    let port = rig.ports().await[0];
    for path in ["/api/ws", "/anything"] {
        assert_eq!(upgrade(port, path).await.1, 404, "{path}");
    }
}

#[actix_rt::test]
async fn with_logs_any_path_upgrades_also_while_the_miner_restarts() {
    let rig = Rig::start(vec![0, 0], true).await;
    let port = rig.ports().await[1];
    for path in ["/api/ws", "/", "/api/system/info"] {
        assert_eq!(upgrade(port, path).await.1, 101, "{path}");
    }
    let mut client = Client::connect(port).await;
    assert_eq!(client.call("POST", "/api/system/restart", "").await.status, 200);
    assert_eq!(upgrade(port, "/api/ws").await.1, 101);
}

#[actix_rt::test]
async fn an_upgrade_that_is_no_handshake_is_400() {
    let rig = Rig::start(vec![0], true).await;
    let mut client = Client::connect(rig.ports().await[0]).await;
    client
        .send(b"GET /api/ws HTTP/1.1\r\nHost: mock\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        .await;
    assert_eq!(client.answer().await.status, 400);
}

#[actix_rt::test]
async fn a_ping_is_answered_and_a_close_is_echoed_and_ends_the_connection() {
    let rig = Rig::start(vec![0], true).await;
    let (mut client, status) = upgrade(rig.ports().await[0], "/api/ws").await;
    assert_eq!(status, 101);
    client.ping().await;
    // A close with code 1000, masked with zeros.
    client.send(b"\x88\x82\0\0\0\0\x03\xe8").await;
    assert_eq!(client.take(4).await, b"\x88\x02\x03\xe8");
    assert!(client.is_closed().await);
}
