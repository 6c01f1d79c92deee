//! What made the Node.js systems crash or lose data, done to ours on real sockets.

use serde_json::json;

use crate::support::{Client, Farm, INTERVAL, PATIENCE, text};

/// C1: the process ended when a device with traced logs was removed.
#[actix_rt::test]
async fn removing_a_device_whose_logs_are_traced_ends_nothing() {
    let farm = Farm::start(2).await;
    let listen = json!({ "macs": farm.macs, "traceLogs": true });
    farm.client.put("/devices/listen", &listen).await.json(200);
    farm.online(2).await;
    farm.client.delete(&format!("/devices/imprint/{}", farm.macs[0])).await.json(200);
    farm.client.until("total_hardware", 1.0).await;
    farm.online(1).await;
}

/// C2: the process ended when a device was listened to again, or when two had one hostname.
#[actix_rt::test]
async fn listening_again_to_the_same_devices_ends_nothing() {
    let farm = Farm::start(2).await;
    for _ in 0..3 {
        farm.client.put("/devices/listen", &json!({ "macs": [] })).await.json(200);
        farm.client.until("total_hardware", 0.0).await;
        farm.client.put("/devices/listen", &json!({ "macs": farm.macs })).await.json(200);
        farm.online(2).await;
    }
}

/// C2, its other half.
#[actix_rt::test]
async fn two_devices_with_one_hostname_are_both_measured() {
    let farm = Farm::start(2).await;
    let miner = Client::new(&format!("http://{}:8002", farm.mocks.host));
    miner.send("PATCH", "/api/system", br#"{"hostname":"mockaxe1"}"#.to_vec()).await.json(200);
    farm.online(2).await;
    farm.client.until_state(&farm.macs[1], "online").await;
    let named = r#"hostname="mockaxe1""#;
    let both = async {
        loop {
            let lines = farm.client.metrics().await;
            let powers: Vec<_> =
                lines.iter().filter(|line| line.starts_with("shiftboss_device_power_watts{")).collect();
            if powers.iter().filter(|line| line.contains(named)).count() == 2 {
                return lines;
            }
        }
    };
    let lines = actix_rt::time::timeout(PATIENCE, both).await.expect("both are shown");
    let compat = lines.iter().filter(|line| line.starts_with("mockaxe1_") && line.contains("power_watts "));
    assert_eq!(compat.count(), 2, "under the seeds' names, each under one of its own");
}

/// C3: the process ended when a device was dropped while a request to it was in flight.
#[actix_rt::test]
async fn dropping_devices_while_requests_are_in_flight_ends_nothing() {
    let farm = Farm::start(20).await;
    for round in 0..10 {
        let macs = if round % 2 == 0 { &farm.macs[..10] } else { &farm.macs[10..] };
        farm.client.put("/devices/listen", &json!({ "macs": macs })).await.json(200);
    }
    farm.online(10).await;
}

/// D1: a device removed while it was polled came back.
#[actix_rt::test]
async fn a_device_removed_while_it_is_polled_stays_removed() {
    let farm = Farm::start(3).await;
    farm.online(3).await;
    let path = format!("/devices/imprint/{}", farm.macs[1]);
    let removed = farm.client.delete(&path).await.json(200);
    assert_eq!(
        (removed["message"].as_str(), text(&removed["data"], "mac")),
        (Some("Device deleted successfully"), farm.macs[1].clone())
    );
    let polls =
        farm.client.metric("shiftboss_device_last_seen_timestamp_seconds{").await.expect("others are polled");
    while farm.client.metric("shiftboss_device_last_seen_timestamp_seconds{").await.expect("still")
        < polls + 10.0 * INTERVAL.as_secs_f64()
    {
        assert_eq!(farm.client.get("/devices/imprint").await.json(200)["data"].as_array().unwrap().len(), 2);
    }
    assert_eq!(farm.client.get(&path).await.json(200)["data"], json!(null));
    assert_eq!(farm.client.delete(&path).await.json(404)["message"], "Device not found");
}

/// D2: of fifty devices added while a hundred were polled, two were lost.
#[actix_rt::test]
async fn devices_imprinted_at_once_are_all_listed() {
    let farm = Farm::start(60).await;
    for mac in &farm.macs[..50] {
        farm.client.delete(&format!("/devices/imprint/{mac}")).await.json(200);
    }
    let added = farm.macs[..50].iter().map(|mac| imprint(&farm.client, mac));
    futures_util::future::join_all(added).await;
    let listed = farm.client.get("/devices/imprint").await.json(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 60);
}

async fn imprint(client: &Client, mac: &str) {
    client.put("/devices/imprint", &json!({ "macs": [mac] })).await.json(200);
}

/// The Node system imprinted whatever it had ever found.
#[actix_rt::test]
async fn imprinting_nothing_is_refused() {
    let farm = Farm::start(2).await;
    for body in [json!({}), json!({ "macs": [] }), json!({ "macs": null }), json!({ "macs": "all" })] {
        let refused = farm.client.put("/devices/imprint", &body).await.json(400);
        assert!(refused["error"].as_str().unwrap().contains("macs"), "{refused}");
    }
}
