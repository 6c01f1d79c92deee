//! A farm on real sockets: found, imprinted, polled, measured, lost and found again.

use std::time::Duration;

use serde_json::json;

use crate::support::{Daemon, Farm, Mocks, controller, own_address, text, value};

#[actix_rt::test]
async fn discover_imprint_listen_and_all_are_online_in_the_metrics() {
    let farm = Farm::start(10).await;
    farm.online(10).await;
    assert_eq!(farm.client.metric("total_hardware ").await, Some(10.0));
    assert_eq!(farm.client.metric("hardware_offline ").await, Some(0.0));
    let metrics = farm.client.metrics().await;
    for miner in 1..=10 {
        assert!(
            metrics.iter().any(|line| line.starts_with(&format!("mockaxe{miner}_power_watts "))),
            "{miner}"
        );
    }
    let up =
        metrics.iter().filter(|line| line.starts_with("shiftboss_device_up{") && value(line) == Some(1.0));
    assert_eq!(up.count(), 10);

    let listed = farm.client.get("/devices/imprint").await.json(200);
    assert_eq!(listed["message"], "Devices retrieved successfully");
    let devices = listed["data"].as_array().unwrap();
    assert_eq!(devices.len(), 10);
    assert!(devices.iter().all(|device| device["tracing"] == true && device["info"]["hostname"].is_string()));
}

#[actix_rt::test]
async fn a_miner_that_stops_is_offline_and_nothing_is_zeroed_and_the_others_go_on() {
    let farm = Farm::start(5).await;
    let lonely = Mocks::start(farm.folder.path(), 1);
    let address = format!("{}:8001", lonely.host);
    let query = format!("/devices/discover?ip={address}&mac=02:00:00:00:00:99");
    let mac = text(&farm.client.get(&query).await.json(200)[0], "mac");
    let macs: Vec<_> = farm.macs.iter().chain([&mac]).collect();
    farm.client.put("/devices/imprint", &json!({ "macs": [mac] })).await.json(200);
    farm.client.put("/devices/listen", &json!({ "macs": macs })).await.json(200);
    farm.online(6).await;
    let before = farm.client.until_state(&mac, "online").await;

    lonely.daemon.signal("KILL");
    let after = farm.client.until_state(&mac, "offline").await;
    assert_eq!(after["info"]["hostname"], before["info"]["hostname"], "what it said last is kept");
    assert!(after["lastError"].as_str().unwrap().contains("cannot be reached"), "{after}");
    assert_eq!(after["tracing"], false);

    farm.client.until("hardware_online", 5.0).await;
    let metrics = farm.client.metrics().await;
    let of_mac: Vec<_> = metrics.iter().filter(|line| line.contains(&mac)).collect();
    assert!(of_mac.iter().any(|line| line.starts_with("shiftboss_device_up{") && value(line) == Some(0.0)));
    assert!(
        !of_mac.iter().any(|line| line.starts_with("shiftboss_device_power_watts{")),
        "no reading, no zero"
    );
    let powers = metrics.iter().filter(|line| line.starts_with("shiftboss_device_power_watts{"));
    assert!(powers.clone().count() == 5 && powers.clone().all(|line| value(line) > Some(0.0)));
}

#[actix_rt::test]
async fn after_kill_9_the_imprinted_devices_are_back_and_polled_without_any_call() {
    let farm = Farm::start(10).await;
    farm.online(10).await;
    let listing = farm.mocks.listing();
    let (status, _) = farm.controller.signal("KILL");
    assert_eq!(status.code(), None, "it was killed");

    let again = controller(farm.folder.path(), &[("discovery.listing_url", listing)]);
    let client = again.client();
    client.until("hardware_online", 10.0).await;
    assert_eq!(client.get("/devices/imprint").await.json(200)["data"].as_array().unwrap().len(), 10);
}

#[actix_rt::test]
async fn sigterm_and_sigint_stop_the_tree_in_time_with_exit_0() {
    for name in ["TERM", "INT"] {
        let farm = Farm::start(3).await;
        farm.online(3).await;
        let (status, took) = farm.controller.signal(name);
        assert_eq!(status.code(), Some(0), "{name}");
        assert!(took < Duration::from_secs(5), "{name}: {took:?}");
    }
}

#[actix_rt::test]
async fn the_tree_shows_every_actor_with_its_counters() {
    let farm = Farm::start(3).await;
    farm.online(3).await;
    let tree = farm.client.get("/tree").await.json(200);
    let controller = &tree["children"][0];
    let ids: Vec<_> =
        controller["children"].as_array().unwrap().iter().map(|child| text(child, "id")).collect();
    assert_eq!(ids, ["store", "directory", "meter:0", "outside", "devices", "rollouts", "http"]);
    let devices = &controller["children"][4]["children"][0]["children"];
    let devices = devices.as_array().unwrap();
    assert_eq!(devices.len(), 3);
    for device in devices {
        assert_eq!(
            (&device["kind"], &device["phase"], &device["restarts"]),
            (&json!("Device"), &json!("running"), &json!(0))
        );
        assert!(device["messages_handled"].as_u64().unwrap() > 0);
        assert!(device["busy_seconds"].as_f64().unwrap() > 0.0);
        assert_eq!(device["mailbox_capacity"], 16);
        assert!(device["mailbox_depth"].as_u64().unwrap() <= 16);
    }
    let plain = farm.client.get("/tree?format=text").await;
    assert!(plain.content_type.starts_with("text/plain"));
    assert!(plain.body.contains("device:ff:ff:ff:ff:1f:41"), "{}", plain.body);
}

#[actix_rt::test]
async fn devices_of_every_firmware_on_addresses_of_their_own_are_found_and_online() {
    let folder = tempfile::tempdir().expect("a folder");
    let [_, net, subnet, _] = own_address().octets();
    let arguments = format!(
        "mockfleet --count 16 --addresses 127.{net}.{subnet}.251 --port 8080 --fidelity device --listing-port 7770"
    );
    let listen = ["--set".to_owned(), format!("mockfleet.listen_host={}", own_address())];
    let arguments: Vec<_> = arguments.split(' ').map(str::to_owned).chain(listen).collect();
    let fleet = Daemon::start(folder.path(), &arguments);
    assert!(fleet.banner.contains("16 of 16 miners are up"), "{}", fleet.banner);

    let farm = controller(folder.path(), &[("discovery.listing_url", fleet.url())]);
    let client = farm.client();
    let found = client.get("/devices/discover").await.json(200);
    let macs: Vec<_> = found.as_array().expect("a list").iter().map(|device| text(device, "mac")).collect();
    let macs = json!({ "macs": macs });
    client.put("/devices/imprint", &macs).await.json(200);
    client.put("/devices/listen", &macs).await.json(200);
    client.until("hardware_online", 16.0).await;
}
