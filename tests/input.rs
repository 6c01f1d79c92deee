//! Whatever is sent gets an answer: the right status, one line of JSON, and nothing that tells of the inside.

use crate::support::{Answer, Farm};

fn check(sent: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{sent}: {}", answer.body);
    let json = answer.json(status);
    let said = json["error"]
        .as_str()
        .or_else(|| json["message"].as_str())
        .unwrap_or_else(|| panic!("{sent}: {json}"));
    assert!(!said.is_empty() && !said.contains('\n'), "{sent}: {said}");
    for inside in ["panicked", ".rs:", "/src/", "backtrace", "Some(", "Err(", "/home", "/root"] {
        assert!(!answer.body.contains(inside), "{sent}: {}", answer.body);
    }
}

#[actix_rt::test]
async fn bad_input_gets_the_right_status_and_a_line_of_json() {
    let farm = Farm::start(1).await;
    let cases: [(&str, &str, &[u8], u16); 17] = [
        ("GET", "/nowhere", b"", 404),
        ("GET", "/devices", b"", 404),
        ("POST", "/devices/imprint", b"{}", 405),
        ("DELETE", "/metrics", b"", 405),
        ("PUT", "/devices/imprint", b"{\"macs\":[", 400),
        ("PUT", "/devices/imprint", b"", 400),
        ("PUT", "/devices/imprint", b"[]", 400),
        ("PUT", "/devices/imprint", b"{\"macs\":[1]}", 400),
        ("PUT", "/devices/imprint", b"{\"macs\":[\"nonsense\"]}", 400),
        ("PUT", "/devices/imprint", b"{\"macs\":[\"02:00:00:00:00:77\"]}", 404),
        ("PUT", "/devices/listen", b"{}", 400),
        ("PUT", "/devices/listen", b"{\"macs\":[],\"traceLogs\":\"yes\"}", 400),
        ("PUT", "/devices/listen", b"\xff\xfe", 400),
        ("GET", "/devices/imprint/nonsense", b"", 400),
        ("PATCH", "/devices/imprint", b"{\"mac\":\"02:00:00:00:00:77\"}", 404),
        ("DELETE", "/devices/imprint/02:00:00:00:00:77", b"", 404),
        ("GET", "/devices/discover?mac=nonsense", b"", 400),
    ];
    for (method, path, body, status) in cases {
        let sent = format!("{method} {path} {}", String::from_utf8_lossy(body));
        check(&sent, &farm.client.send(method, path, body.to_vec()).await, status);
    }
    let nameless = format!("/devices/discover?ip={}:8001", farm.mocks.host);
    check(&nameless, &farm.client.get(&nameless).await, 400);
    farm.online(1).await;
}

#[actix_rt::test]
async fn a_body_of_10_mb_is_refused() {
    let farm = Farm::start(1).await;
    let body = format!("{{\"macs\":[\"{}\"]}}", "x".repeat(10 << 20)).into_bytes();
    check("10 MB", &farm.client.send("PUT", "/devices/imprint", body).await, 413);
    farm.online(1).await;
}
