//! Many miners side by side: what happens to one is no concern of the others.

use std::net::TcpListener;

use shiftboss_kernel::InjectPanic;

use crate::client::{Client, call, info, upgrade};
use crate::{HOST, Rig, SOON};

#[actix_rt::test]
async fn legacy_and_new_take_turns_and_each_has_its_own_name() {
    let rig = Rig::of(4).await;
    for (index, port) in rig.ports().await.into_iter().enumerate() {
        let info = info(port).await;
        let fields = if index % 2 == 0 { 30 } else { 45 };
        assert_eq!(info.as_object().unwrap().len(), fields, "index {index}");
        assert_eq!(info["hostname"], format!("mockaxe{}", index + 1));
    }
}

#[actix_rt::test]
async fn a_patch_and_a_restart_are_one_miners_own() {
    let rig = Rig::of(2).await;
    let ports = rig.ports().await;
    assert_eq!(call(ports[0], "PATCH", "/api/system", r#"{"ssid":"farm"}"#).await.status, 200);
    assert_eq!(call(ports[0], "POST", "/api/system/restart", "").await.status, 200);
    assert_eq!(info(ports[1]).await["ssid"], "EMN_Guest");
}

#[actix_rt::test]
async fn a_taken_port_leaves_one_miner_unbound_and_the_others_run() {
    let taken = TcpListener::bind((HOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let rig = Rig::start(vec![0, port, 0], false).await;
    let bound: Vec<_> = rig.states().await.iter().map(|state| state.port.is_some()).collect();
    assert_eq!(bound, [true, false, true]);
    for port in rig.ports().await {
        info(port).await;
    }
}

#[actix_rt::test]
async fn a_panic_in_one_miner_never_shows_in_another() {
    let rig = Rig::of(10).await;
    let ports = rig.ports().await;
    let mut neighbours = Vec::new();
    for port in ports.iter().filter(|port| **port != ports[4]) {
        neighbours.push(Client::connect(*port).await);
    }
    let before = rig.states().await;
    let mut victim = Client::connect(ports[4]).await;
    assert_eq!(victim.call("GET", "/api/system/info", "").await.status, 200);
    let fault = InjectPanic { id: "miner:5".into(), nth: 1 };
    rig.miners.ask(fault, SOON).await.unwrap().expect("the pool knows it");
    victim.send(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n").await;
    assert!(victim.is_closed().await, "its own connections go with it");
    for neighbour in &mut neighbours {
        assert_eq!(neighbour.call("GET", "/api/system/info", "").await.status, 200);
    }
    let after = rig.states().await;
    assert!(
        after.iter().zip(&before).enumerate().all(|(index, (after, before))| index == 4 || after == before)
    );
    info(after[4].port.expect("it listens again")).await;
}

#[actix_rt::test]
async fn clients_past_the_limit_wait_until_another_leaves() {
    let rig = Rig::start(vec![0], true).await;
    let port = rig.ports().await[0];
    let mut streams = Vec::new();
    for _ in 0..64 {
        let (client, status) = upgrade(port, "/api/ws").await;
        assert_eq!(status, 101);
        streams.push(client);
    }
    let mut last = Client::connect(port).await;
    last.send(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n").await;
    streams[0].ping().await;
    assert!(last.is_silent());
    drop(streams.pop());
    assert_eq!(last.answer().await.status, 200);
}
