//! A device that has no more sockets, as its firmware bears it.

use shiftboss_mockfleet::{Fidelity, Places};

use crate::client::{Client, call, info, upgrade};
use crate::{HOST, Rig};

/// One of each firmware, and the port of the one of that version.
async fn device(version: &str) -> (Rig, u16) {
    let rig = Rig::at(Places::Ports { host: HOST, ports: vec![0; 16] }, Fidelity::Device, false).await;
    for port in rig.ports().await {
        if info(port).await["version"] == version {
            return (rig, port);
        }
    }
    panic!("no device runs {version}");
}

/// A listener to the log.
async fn listener(port: u16) -> Client {
    let (client, status) = upgrade(port, "/api/ws").await;
    assert_eq!(status, 101);
    client
}

/// So many clients that were answered and stay connected.
async fn guests(port: u16, count: usize) -> Vec<Client> {
    let mut guests = Vec::new();
    for _ in 0..count {
        let mut guest = Client::connect(port).await;
        assert_eq!(guest.call("GET", "/api/system/info", "").await.status, 200);
        guests.push(guest);
    }
    guests
}

#[actix_rt::test]
async fn since_2_10_the_twenty_first_is_served_and_a_listener_who_says_nothing_goes_for_him() {
    let (_rig, port) = device("v2.14.0").await;
    let mut pinging = listener(port).await;
    let mut silent = listener(port).await;
    let mut guests = guests(port, 18).await;
    pinging.ping().await;
    silent.text_frame().await;
    let mut newcomer = Client::connect(port).await;
    assert_eq!(newcomer.call("GET", "/api/system/info", "").await.status, 200);
    assert!(silent.is_closed().await, "what he was sent does not count");
    pinging.ping().await;
    for guest in guests.iter_mut().chain([&mut newcomer]) {
        assert_eq!(guest.call("GET", "/api/system/info", "").await.status, 200);
    }
}

#[actix_rt::test]
async fn a_nerdqaxe_serves_the_eleventh_instead_of_whoever_was_silent_longest() {
    let (_rig, port) = device("v1.0.37").await;
    let mut listeners = Vec::new();
    for _ in 0..10 {
        listeners.push(listener(port).await);
    }
    listeners[0].ping().await;
    assert_eq!(info(port).await["version"], "v1.0.37");
    assert!(listeners.remove(1).is_closed().await);
    for listener in &mut listeners {
        listener.ping().await;
    }
}

#[actix_rt::test]
async fn since_2_10_nobody_of_a_crowd_goes_before_he_is_answered() {
    let (rig, port) = device("v2.14.0").await;
    let slow = r#"{"faults":[{"fault":"slow","delay_ms":100}]}"#;
    assert_eq!(call(rig.listing, "PUT", "/faults", slow).await.status, 200);
    // All have asked before the device, which shares this thread, takes the first.
    let mut crowd: Vec<_> = (0..60).map(|_| Client::asks_at_once(port)).collect();
    for client in &mut crowd {
        assert_eq!(client.answer().await.status, 200);
    }
}

#[actix_rt::test]
async fn before_2_10_the_next_waits_until_another_leaves() {
    let (_rig, port) = device("v2.9.0").await;
    let mut listener = listener(port).await;
    let mut guests = guests(port, 9).await;
    let mut next = Client::asks_at_once(port);
    for _ in 0..2 {
        listener.text_frame().await;
    }
    assert!(next.is_silent(), "a second and more has passed");
    for guest in &mut guests {
        assert_eq!(guest.call("GET", "/api/system/info", "").await.status, 200);
    }
    guests.pop();
    assert_eq!(next.answer().await.status, 200);
}
