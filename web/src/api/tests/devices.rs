//! Discover, imprint, list, listen, remove.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::testing::{Answer, Bench, info, mac};

/// A farm whose discovery service knows the devices 1 to 3, and has been asked.
async fn discovered() -> Bench {
    let found = (1..=3).map(|last| {
        json!({"ip": format!("10.0.0.1:{last}"), "mac": mac(last), "info": info(&format!("axe{last}"))})
    });
    Bench::discovered(&found.collect()).await
}

fn macs(devices: &Value) -> Vec<&str> {
    devices.as_array().unwrap().iter().map(|device| device["mac"].as_str().unwrap()).collect()
}

fn data(answer: &Answer, message: &str) -> Value {
    let body = answer.json();
    assert_eq!((answer.status, &body["message"]), (200, &json!(message)), "{}", answer.text());
    body["data"].clone()
}

const ONE: &str = "aa:bb:cc:00:00:01";
const TWO: &str = "aa:bb:cc:00:00:02";
const THREE: &str = "aa:bb:cc:00:00:03";
const NOBODY: &str = "00:00:00:00:00:07";

#[actix_web::test]
async fn what_discovery_finds_is_a_bare_list_of_complete_devices() {
    let bench = discovered().await;
    tokio::time::resume();
    let found = bench.get("/devices/discover?ip=&mac=").await.json();
    let axe = &found[0];
    assert_eq!(macs(&found), [ONE, TWO, THREE]);
    assert_eq!((&axe["ip"], &axe["type"]), (&json!("10.0.0.1:1"), &json!("unknown")));
    assert_eq!((&axe["tracing"], &axe["presetUuid"]), (&json!(false), &Value::Null));
    assert_eq!((&axe["info"]["hostname"], &axe["info"]["vrTemp"]), (&json!("axe1"), &Value::Null));
    let one = bench.get(&format!("/devices/discover?mac={TWO}")).await.json();
    assert_eq!(macs(&one), [TWO]);
}

#[actix_web::test]
async fn a_source_that_fails_is_500_with_its_reason_in_the_words_of_either_service() {
    let bench = Bench::new().await;
    for (path, words) in
        [("/devices/discover", "Discovery service failed"), ("/discover", "Failed to discover devices")]
    {
        let answer = bench.get(path).await;
        assert_eq!((answer.status, answer.error().as_str()), (500, words));
        for member in ["details", "detail"] {
            assert!(answer.json()[member].as_str().unwrap().contains("discovery.service_url"), "{member}");
        }
    }
}

#[actix_web::test]
async fn known_devices_are_imprinted_and_the_unknown_ones_of_the_list_left_out() {
    let bench = discovered().await;
    let answer = bench.put("/devices/imprint", &json!({"macs": [TWO.to_uppercase(), NOBODY, ONE]})).await;
    assert_eq!(macs(&data(&answer, "Devices imprint successful")), [ONE, TWO]);
    let listed = data(&bench.get("/devices/imprint").await, "Devices retrieved successfully");
    assert_eq!(macs(&listed), [ONE, TWO]);
    let axe = &listed[0];
    assert_eq!(
        (&axe["state"], &axe["tracing"], &axe["presetUuid"]),
        (&json!("idle"), &json!(false), &Value::Null)
    );
    assert_eq!(axe["createdAt"], axe["updatedAt"]);
}

#[actix_web::test]
async fn nothing_is_imprinted_unless_it_is_named() {
    let bench = discovered().await;
    for (body, error) in [
        (json!({}), "macs is missing"),
        (json!({"macs": []}), "macs is empty; name the devices to imprint"),
        (json!({"mac": ONE}), "macs is missing"),
    ] {
        let answer = bench.put("/devices/imprint", &body).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, error), "{body}");
    }
    let answer = bench.put("/devices/imprint", &json!({"macs": [NOBODY]})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["message"], "No devices found for the provided MAC addresses");
    assert!(answer.error().contains(NOBODY));
    assert_eq!(data(&bench.get("/devices/imprint").await, "Devices retrieved successfully"), json!([]));
}

#[actix_web::test]
async fn the_newest_device_is_listed_first() {
    let bench = Bench::new().await;
    bench.imprint(2, &info("b")).await;
    bench.polls(1).await;
    bench.imprint(1, &info("a")).await;
    bench.imprint(3, &info("c")).await;
    let listed = data(&bench.get("/devices/imprint").await, "Devices retrieved successfully");
    assert_eq!(macs(&listed), [ONE, THREE, TWO], "and by MAC where they are of one age");
}

#[actix_web::test]
async fn a_search_finds_by_part_of_hostname_mac_or_address_and_by_a_whole_address() {
    let bench = Bench::new().await;
    bench.imprint(1, &info("Garage")).await;
    bench.imprint(2, &info("cellar")).await;
    for (q, expected) in
        [("GARA", &[ONE][..]), ("00:02", &[TWO]), ("10.0.0.1", &[ONE, TWO]), ("nothing", &[])]
    {
        let listed =
            data(&bench.get(&format!("/devices/imprint?q={q}")).await, "Devices retrieved successfully");
        assert_eq!(macs(&listed), expected, "{q}");
    }
}

#[actix_web::test]
async fn a_listened_device_is_online_and_says_what_its_device_said_last_without_secrets() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    bench.polls(1).await;
    let answer = bench.get(&format!("/devices/imprint/{ONE}")).await;
    let device = data(&answer, "Device retrieved successfully");
    assert_eq!((&device["state"], &device["tracing"]), (&json!("online"), &json!(true)));
    assert_eq!((&device["misses"], &device["lastError"]), (&json!(0), &Value::Null));
    assert_eq!((&device["info"]["power"], &device["info"]["hashRate_1d"]), (&json!(14), &Value::Null));
    assert_eq!(device["createdAt"], "2027-01-15T08:00:00.000Z");
    assert!(device["updatedAt"].as_str().unwrap() > device["createdAt"].as_str().unwrap());
}

#[actix_web::test]
async fn one_that_does_not_answer_says_why_and_keeps_what_it_said() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    bench.net.silence("10.0.0.1:1");
    bench.polls(1).await;
    let device = data(&bench.get(&format!("/devices/imprint/{ONE}")).await, "Device retrieved successfully");
    assert_eq!((&device["state"], &device["tracing"]), (&json!("offline"), &json!(false)));
    assert!(device["lastError"].as_str().unwrap().contains("cannot be reached"), "{device}");
    assert_eq!(device["info"]["power"], 14);
}

#[actix_web::test]
async fn the_list_of_those_listened_to_replaces_the_one_before_and_may_be_empty() {
    let bench = Bench::new().await;
    for last in 1..=3 {
        bench.imprint(last, &info("axe")).await;
    }
    for (wanted, listened) in [(&[ONE, TWO][..], &[ONE, TWO][..]), (&[THREE, NOBODY], &[THREE]), (&[], &[])] {
        let answer = bench.put("/devices/listen", &json!({"macs": wanted, "traceLogs": true})).await;
        assert_eq!(macs(&data(&answer, "Devices listeners set successfully")), listened);
        let listed = data(&bench.get("/devices/imprint").await, "Devices retrieved successfully");
        for device in listed.as_array().unwrap() {
            let waits = listened.contains(&device["mac"].as_str().unwrap());
            assert_eq!(device["state"], if waits { "waiting" } else { "idle" });
        }
    }
}

#[actix_web::test]
async fn a_list_of_strangers_or_none_at_all_stops_nobody() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    let answer = bench.put("/devices/listen", &json!({"macs": [NOBODY]})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["message"], "No devices found for the provided MAC addresses");
    let answer = bench.put("/devices/listen", &json!({"traceLogs": true})).await;
    assert_eq!((answer.status, answer.error().as_str()), (400, "macs is missing"));
    let device = data(&bench.get(&format!("/devices/imprint/{ONE}")).await, "Device retrieved successfully");
    assert_eq!(device["state"], "waiting");
}

#[actix_web::test]
async fn a_removed_device_is_shown_once_more_and_does_not_come_back() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    bench.polls(1).await;
    let path = format!("/devices/imprint/{ONE}");
    let removed = data(&bench.call(TestRequest::delete().uri(&path)).await, "Device deleted successfully");
    assert_eq!((&removed["mac"], &removed["info"]["hostname"]), (&json!(ONE), &json!("axe")));
    bench.polls(2).await;
    assert_eq!(data(&bench.get(&path).await, "Device retrieved successfully"), Value::Null);
    let answer = bench.call(TestRequest::delete().uri(&path)).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["message"], body.get("data")),
        (404, &json!("Device not found"), Some(&Value::Null))
    );
    assert!(answer.error().contains(ONE));
}

#[actix_web::test]
async fn one_more_device_is_imprinted_and_all_are_answered() {
    let bench = discovered().await;
    let patch =
        async |body: &Value| bench.call(TestRequest::patch().uri("/devices/imprint").set_json(body)).await;
    assert_eq!(macs(&data(&patch(&json!({"mac": TWO})).await, "Devices imprint successful")), [TWO]);
    assert_eq!(macs(&data(&patch(&json!({"mac": ONE})).await, "Devices imprint successful")), [ONE, TWO]);
    assert_eq!(macs(&data(&patch(&json!({"mac": ONE})).await, "Devices imprint successful")), [ONE, TWO]);
    let answer = patch(&json!({"mac": NOBODY})).await;
    assert_eq!(answer.status, 404, "also when others are imprinted");
    assert_eq!(answer.json()["message"], "No devices found for the provided MAC addresses");
    for (body, told) in
        [(json!({}), "mac is missing"), (json!({"mac": 7}), "mac must be a MAC address in quotes")]
    {
        let answer = patch(&body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.error().starts_with(told), "{body}: {}", answer.error());
        assert_eq!(answer.json()["errors"][0]["pointer"], "#/mac");
    }
}

#[actix_web::test]
async fn what_was_ever_found_is_searched_by_lists_of_parts_without_asking_anybody() {
    let bench = discovered().await;
    for (query, expected) in [
        ("", &[ONE, TWO, THREE][..]),
        ("macs=&ips=,&hostnames=", &[ONE, TWO, THREE]),
        ("macs=00:01,00:03", &[ONE, THREE]),
        ("macs=AA:BB&partialMacs=right", &[ONE, TWO, THREE]),
        ("macs=AA:BB&partialMacs=left", &[]),
        ("macs=00:02&partialMacs=left", &[TWO]),
        ("macs=aa:bb:cc:00:00:02&partialMacs=none", &[TWO]),
        ("macs=aa:bb&partialMacs=none", &[]),
        ("ips=10.0.0.1:3", &[THREE]),
        ("ips=10.0.0.1&partialIps=none", &[]),
        ("hostnames=axe1,axe2&macs=00:02,00:03", &[TWO]),
        ("hostnames=AXE&partialHostnames=right&ips=:1,:2&partialIps=left", &[ONE, TWO]),
    ] {
        for path in ["/devices/discovered", "/discovered"] {
            let found = bench.get(&format!("{path}?{query}")).await;
            assert_eq!((found.status, macs(&found.json())), (200, expected.to_vec()), "{path}?{query}");
        }
    }
    let answer = bench.get("/devices/discovered?partialIps=some").await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["parameter"]), (400, &json!("partialIps")));
}
