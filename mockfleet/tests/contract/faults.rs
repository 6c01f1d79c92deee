//! Faults on demand, as clients of the miners meet them: of both fidelities, over real sockets.
//! What becomes of requests and streams is here; [`lies`] is what miners say, [`orders`] how faults are set.

use std::io::ErrorKind;
use std::time::Duration;

use serde_json::{Value, json};
use shiftboss_mockfleet::{Fidelity, Places};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::client::{Answer, Client, call, info, upgrade};
use crate::{HOST, Rig, SOON};

mod lies;
mod orders;

const INFO: &[u8] = b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n";

/// Two fleets: of the seeds, and of one device of each firmware.
async fn both() -> [Rig; 2] {
    [Rig::start(vec![0; 4], true).await, devices().await]
}

async fn devices() -> Rig {
    Rig::at(Places::Ports { host: HOST, ports: vec![0; 16] }, Fidelity::Device, false).await
}

async fn put(rig: &Rig, faults: Value) -> Answer {
    call(rig.listing, "PUT", "/faults", &json!({ "faults": faults }).to_string()).await
}

/// What is in force from now on.
async fn set(rig: &Rig, faults: Value) -> Value {
    let answer = put(rig, faults).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["faults"].clone()
}

/// Each fleet with this fault on its first miner, and that miner's port.
async fn struck(fault: Value) -> Vec<(Rig, u16)> {
    let mut struck = Vec::new();
    for rig in both().await {
        let mut fault = fault.clone();
        fault["miners"] = json!(["mockaxe1"]);
        set(&rig, json!([fault])).await;
        let ports = rig.ports().await;
        assert!(info(ports[1]).await.is_object(), "its neighbour is well");
        struck.push((rig, ports[0]));
    }
    struck
}

/// How a connection breaks, over which nothing may come before.
async fn until_reset(stream: &mut TcpStream) -> ErrorKind {
    let read = timeout(SOON, stream.read(&mut [0; 64])).await.expect("something comes");
    read.expect_err("not even an end").kind()
}

#[actix_rt::test]
async fn a_slow_miner_answers_as_it_would_and_late() {
    for (_rig, port) in struck(json!({ "fault": "slow", "delay_ms": 300 })).await {
        let mut client = Client::connect(port).await;
        let asked = Instant::now();
        client.send(INFO).await;
        tokio::task::yield_now().await;
        assert!(client.is_silent());
        assert!(client.answer().await.json().is_object());
        assert!(asked.elapsed() >= Duration::from_millis(300));
    }
}

#[actix_rt::test]
async fn half_an_answer_claims_its_whole_length_and_ends_the_connection() {
    for (_rig, port) in struck(json!({ "fault": "half-answer" })).await {
        let mut client = Client::connect(port).await;
        client.send(INFO).await;
        let head = client.head().await;
        let length: usize = head.header("content-length").expect("a length").parse().expect("a number");
        let half = client.take(length / 2).await;
        assert_eq!(half[0], b'{');
        assert!(client.ends_silently().await, "{} of {length}", half.len());
    }
}

#[actix_rt::test]
async fn bad_json_a_page_and_status_500_come_over_a_connection_that_stays() {
    for (fault, status, kind) in
        [("bad-json", 200, "application/json"), ("html", 200, "text/html"), ("status-500", 500, "text/html")]
    {
        for (rig, port) in struck(json!({ "fault": fault })).await {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            let answer = client.answer().await;
            assert_eq!(answer.status, status, "{fault}");
            assert!(answer.all().1.starts_with(kind), "{fault}: {}", answer.head);
            assert!(serde_json::from_str::<Value>(&answer.body).is_err(), "{}", answer.body);
            if answer.header("connection") != Some("close") {
                client.send(INFO).await;
                assert_eq!(client.answer().await.status, status, "{fault} once more");
                set(&rig, json!([])).await;
                client.send(INFO).await;
                assert!(client.answer().await.json().is_object(), "it is well again, on the same connection");
            }
        }
    }
}

#[actix_rt::test]
async fn a_reset_is_a_reset_also_of_a_connection_that_was_there_before() {
    for rig in both().await {
        let port = rig.ports().await[2];
        let mut stream = TcpStream::connect((HOST, port)).await.expect("it listens");
        set(&rig, json!([{ "fault": "reset", "miners": ["mockaxe3"] }])).await;
        stream.write_all(INFO).await.expect("it is open");
        assert_eq!(until_reset(&mut stream).await, ErrorKind::ConnectionReset);
    }
}

#[actix_rt::test]
async fn a_black_hole_takes_connections_and_says_nothing_until_it_ends() {
    for (rig, port) in struck(json!({ "fault": "black-hole" })).await {
        let mut clients = Vec::new();
        // More than a device has sockets: who gives up frees his.
        for _ in 0..100 {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            assert!(client.is_silent());
        }
        for _ in 0..3 {
            let mut client = Client::connect(port).await;
            client.send(INFO).await;
            clients.push(client);
        }
        let state = rig.states().await[0].clone();
        assert_eq!(state.port, Some(port), "the miner itself is there");
        assert!(clients.iter_mut().all(Client::is_silent));
        assert_eq!(call(rig.listing, "DELETE", "/faults", "").await.status, 204);
        for client in &mut clients {
            assert!(client.is_closed().await);
        }
        assert!(info(port).await.is_object());
    }
}

#[actix_rt::test]
async fn what_is_no_request_is_not_answered_where_no_request_is() {
    // Half a head is complained of when the rest has not come within 5 s.
    let texts = [&b"\0 is not HTTP\r\n\r\n"[..], b"GET /api/system/info HTTP/1.1\r\nHo"];
    let holes = struck(json!({ "fault": "black-hole" })).await;
    let breakers = struck(json!({ "fault": "reset" })).await;
    let (mut silenced, mut broken) = (Vec::new(), Vec::new());
    for text in texts {
        for (_, port) in &holes {
            let mut client = Client::connect(*port).await;
            client.send(text).await;
            silenced.push(client);
        }
        for (_, port) in &breakers {
            let mut stream = TcpStream::connect((HOST, *port)).await.expect("it listens");
            stream.write_all(text).await.expect("it is open");
            broken.push(stream);
        }
    }
    for client in &mut silenced {
        assert!(client.ends_silently().await);
    }
    for stream in &mut broken {
        assert_eq!(until_reset(stream).await, ErrorKind::ConnectionReset);
    }
}

#[actix_rt::test]
async fn a_probability_strikes_some_requests_and_not_others() {
    let fault = json!({ "fault": "status-500", "probability": 0.5 });
    for (_rig, port) in struck(fault).await {
        let mut failed = 0;
        for _ in 0..60 {
            failed += u32::from(call(port, "GET", "/api/system/info", "").await.status == 500);
        }
        assert!((10..50).contains(&failed), "{failed} of 60");
    }
}

#[actix_rt::test]
async fn a_stream_is_silent_in_a_black_hole_and_is_cut_by_a_reset() {
    let rig = devices().await;
    let port = rig.ports().await[0];
    let (mut stream, status) = upgrade(port, "/api/ws").await;
    assert_eq!(status, 101);
    stream.text_frame().await;
    set(&rig, json!([{ "fault": "black-hole" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(
        timeout(Duration::from_millis(2_500), stream.take(1)).await.is_err(),
        "neither a pong nor a line"
    );
    set(&rig, json!([])).await;
    stream.text_frame().await;
    set(&rig, json!([{ "fault": "reset" }])).await;
    assert!(stream.is_closed().await);
}

#[actix_rt::test]
async fn a_stream_of_the_seeds_is_silent_in_a_black_hole_and_is_cut_by_a_reset() {
    let rig = Rig::start(vec![0], true).await;
    let (mut stream, status) = upgrade(rig.ports().await[0], "/").await;
    assert_eq!(status, 101);
    stream.ping().await;
    set(&rig, json!([{ "fault": "black-hole" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(timeout(Duration::from_millis(500), stream.take(1)).await.is_err(), "no pong");
    set(&rig, json!([{ "fault": "reset" }])).await;
    stream.send(b"\x89\x82\0\0\0\0hi").await;
    assert!(stream.is_closed().await);
}
