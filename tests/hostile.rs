//! Devices that misbehave harm only themselves.

use serde_json::json;

use crate::support::{Farm, Hostile};

#[actix_rt::test]
async fn a_device_that_answers_nonsense_harms_only_itself() {
    let farm = Farm::start(5).await;
    let huge =
        [&b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n{\"ASICModel\":\""[..], &vec![b'x'; 10 << 20]]
            .concat();
    let cases: [(&str, Vec<u8>, &str); 6] = [
        (
            "02:00:00:00:00:01",
            b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>no</html>".to_vec(),
            "web page",
        ),
        (
            "02:00:00:00:00:02",
            b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"ASICModel\":\"".to_vec(),
            "middle of its JSON",
        ),
        (
            "02:00:00:00:00:03",
            b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec(),
            "status 302",
        ),
        ("02:00:00:00:00:04", huge, "larger than"),
        ("02:00:00:00:00:05", Vec::new(), "did not answer within"),
        ("02:00:00:00:00:06", b"\x00\xff not HTTP at all\r\n\r\n".to_vec(), "broke"),
    ];
    let devices: Vec<_> = cases.iter().map(|(mac, ..)| Hostile::start(mac)).collect();
    for ((mac, ..), device) in cases.iter().zip(&devices) {
        farm.client.get(&format!("/devices/discover?ip={}", device.address)).await.json(200);
        farm.client.put("/devices/imprint", &json!({ "macs": [mac] })).await.json(200);
    }
    let bad: Vec<_> = cases.iter().map(|(mac, ..)| (*mac).to_owned()).collect();
    let macs: Vec<_> = farm.macs.iter().chain(&bad).collect();
    farm.client.put("/devices/listen", &json!({ "macs": macs })).await.json(200);
    farm.online(11).await;

    for ((_, answer, _), device) in cases.iter().zip(&devices) {
        device.says(answer);
    }
    for (mac, _, expected) in &cases {
        let device = farm.client.until_state(mac, "offline").await;
        let error = device["lastError"].as_str().unwrap();
        assert!(error.contains(expected), "{mac}: {error}");
    }
    farm.client.until("hardware_online", 5.0).await;
    let tree = farm.client.get("/tree").await.body;
    assert!(!tree.contains("panic"), "{tree}");
}

#[actix_rt::test]
async fn a_device_that_answers_for_another_is_refused_and_named() {
    let farm = Farm::start(1).await;
    let mac = "02:00:00:00:00:11";
    let device = Hostile::start(mac);
    farm.client.get(&format!("/devices/discover?ip={}", device.address)).await.json(200);
    farm.client.put("/devices/imprint", &json!({ "macs": [mac] })).await.json(200);
    farm.client.put("/devices/listen", &json!({ "macs": [mac] })).await.json(200);
    farm.client.until_state(mac, "online").await;
    let stranger = r#"{"ASICModel":"BM1370","macAddr":"02:00:00:00:00:12","power":99}"#;
    device
        .says(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{stranger}", stranger.len()).as_bytes());
    let shown = farm.client.until_state(mac, "offline").await;
    assert!(shown["lastError"].as_str().unwrap().contains("another device, 02:00:00:00:00:12"), "{shown}");
    assert_eq!(shown["info"]["power"], 15, "the stranger's reading is not taken");
}
