//! The contract of the Node.js system, and where ours is right in place of a defect of it: what is asked, with which
//! status it is answered, and what the answer holds at least. docs/compatibility.md tells the differences in words.
//!
//! Each row is asked of a farm of its own: discovery knows the devices 1 to 3, of which 1 is imprinted and online and
//! 2 is imprinted; there is one preset, `{preset}`, that was given to nobody.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::testing::{Answer, Bench, info, mac};

/// Request line, body, status, and what is in the answer: of an object at least these members, of a list each item.
type Row = (&'static str, &'static str, u16, &'static str);

const DISCOVERY: &[Row] = &[
    ("GET /devices/discover", "", 200, r#"[{"mac": "aa:bb:cc:00:00:01", "type": "unknown"}, {}, {}]"#),
    ("GET /devices/discover?ip=&mac=aa:bb:cc:00:00:03", "", 200, r#"[{"mac": "aa:bb:cc:00:00:03"}]"#),
    ("GET /discover", "", 200, "[{}, {}, {}]"),
    ("GET /devices/discovered", "", 200, r#"[{"info": {"hostname": "axe1", "fanrpm": null}}, {}, {}]"#),
    ("GET /discovered?hostnames=axe2", "", 200, r#"[{"mac": "aa:bb:cc:00:00:02", "tracing": false}]"#),
    // A device that has no hostname made the whole search fail.
    ("GET /discovered?hostnames=nobody", "", 200, "[]"),
    ("GET /discovered?macs=x&partialMacs=sideways", "", 400, r#"{"errors": [{"parameter": "partialMacs"}]}"#),
    ("GET /devices/discover?mac=axe", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    ("GET /devices/discover?ip=a%20b", "", 400, r#"{"errors": [{"parameter": "ip"}]}"#),
];

const IMPRINT: &[Row] = &[
    (
        "PUT /devices/imprint",
        r#"{"macs": ["aa:bb:cc:00:00:03", "00:00:00:00:00:07"]}"#,
        200,
        r#"{"message": "Devices imprint successful", "data": [{"mac": "aa:bb:cc:00:00:03", "state": "idle"}]}"#,
    ),
    // An empty wish imprinted whatever had ever been found.
    ("PUT /devices/imprint", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("PUT /devices/imprint", r#"{"macs": []}"#, 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("PUT /devices/imprint", r#"{"macs": ["unknown"]}"#, 400, r##"{"errors": [{"pointer": "#/macs/0"}]}"##),
    (
        "PUT /devices/imprint",
        r#"{"macs": ["00:00:00:00:00:07"]}"#,
        404,
        r#"{"message": "No devices found for the provided MAC addresses"}"#,
    ),
    (
        "PATCH /devices/imprint",
        r#"{"mac": "aa:bb:cc:00:00:03"}"#,
        200,
        r#"{"message": "Devices imprint successful", "data": [{}, {}, {}]}"#,
    ),
    ("PATCH /devices/imprint", r#"{"mac": "00:00:00:00:00:07"}"#, 404, r#"{"status": 404}"#),
    ("GET /devices/imprint", "", 200, r#"{"message": "Devices retrieved successfully", "data": [{}, {}]}"#),
    (
        "GET /devices/imprint?q=AXE1",
        "",
        200,
        r#"{"data": [{"mac": "aa:bb:cc:00:00:01", "tracing": true, "presetUuid": null}]}"#,
    ),
    (
        "GET /devices/imprint/aa:bb:cc:00:00:01",
        "",
        200,
        r#"{"message": "Device retrieved successfully", "data": {"info": {"power": 14, "fanrpm": null, "hashRate": 700}}}"#,
    ),
    (
        "GET /devices/imprint/00:00:00:00:00:07",
        "",
        200,
        r#"{"message": "Device retrieved successfully", "data": null}"#,
    ),
    (
        "DELETE /devices/imprint/aa:bb:cc:00:00:01",
        "",
        200,
        r#"{"message": "Device deleted successfully", "data": {"mac": "aa:bb:cc:00:00:01"}}"#,
    ),
    (
        "DELETE /devices/imprint/00:00:00:00:00:07",
        "",
        404,
        r#"{"message": "Device not found", "data": null}"#,
    ),
];

const AMEND: &[Row] = &[
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "10.0.0.9", "mac": "AA:BB:CC:00:00:01", "presetUuid": "{preset}", "tracing": false, "info": {"power": 1}}}"#,
        200,
        r#"{"message": "Device updated successfully", "ignored": ["info", "tracing"],
            "data": {"ip": "10.0.0.9", "presetUuid": "{preset}", "info": {"power": 14}}}"#,
    ),
    // Without info it failed with 500.
    ("PATCH /devices/imprint/aa:bb:cc:00:00:01", r#"{"device": {}}"#, 200, r#"{"ignored": []}"#),
    ("PATCH /devices/imprint/aa:bb:cc:00:00:01", "{}", 400, r##"{"errors": [{"pointer": "#/device"}]}"##),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"mac": "aa:bb:cc:00:00:02"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/device/mac"}]}"##,
    ),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "http://axe/"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/device/ip"}]}"##,
    ),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"presetUuid": "nobody's"}}"#,
        400,
        r##"{"error": "Associated Preset id not available", "errors": [{"pointer": "#/device/presetUuid"}]}"##,
    ),
    // Two records at one address showed one device twice.
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "10.0.0.1:2"}}"#,
        409,
        r#"{"status": 409}"#,
    ),
    // It made a record of whatever was sent; ours is of a device that discovery knows.
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:03",
        r#"{"device": {"info": {}}}"#,
        200,
        r#"{"data": {"mac": "aa:bb:cc:00:00:03", "ip": "10.0.0.1:3"}}"#,
    ),
    (
        "PATCH /devices/imprint/00:00:00:00:00:07",
        r#"{"device": {"info": {}}}"#,
        404,
        r#"{"message": "Device not found", "data": null}"#,
    ),
];

const LISTEN: &[Row] = &[
    (
        "PUT /devices/listen",
        r#"{"macs": ["aa:bb:cc:00:00:02"], "traceLogs": true}"#,
        200,
        r#"{"message": "Devices listeners set successfully", "data": [{"mac": "aa:bb:cc:00:00:02"}]}"#,
    ),
    ("PUT /devices/listen", r#"{"macs": []}"#, 200, r#"{"data": []}"#),
    // Without macs it failed with 500.
    ("PUT /devices/listen", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    (
        "PUT /devices/listen",
        r#"{"macs": ["aa:bb:cc:00:00:01"], "traceLogs": 1}"#,
        400,
        r##"{"errors": [{"pointer": "#/traceLogs"}]}"##,
    ),
    ("PUT /devices/listen", r#"{"macs": ["00:00:00:00:00:07"]}"#, 404, r#"{"status": 404}"#),
];

const SYSTEM: &[Row] = &[
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"mac": "aa:bb:cc:00:00:01", "info": {"hostname": "new", "power": 1, "stratumPassword": "hunter2"}}"#,
        200,
        r#"{"message": "Device system info updated successfully", "data": {"hostname": "new"}, "result": "verified"}"#,
    ),
    // Nothing at all failed with 500 in the older version.
    ("PATCH /devices/aa:bb:cc:00:00:01/system", "{}", 200, r#"{"data": {}, "result": "unchanged"}"#),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {}, "presetUuid": "{preset}"}"#,
        200,
        r#"{"data": {"stratumURL": "pool.example", "stratumPort": 4334}, "result": "verified"}"#,
    ),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {}, "presetUuid": "00000000-0000-0000-0000-000000000000"}"#,
        400,
        r##"{"error": "Associated Preset id not available", "errors": [{"pointer": "#/presetUuid"}]}"##,
    ),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": 7}"#,
        400,
        r##"{"errors": [{"pointer": "#/info"}]}"##,
    ),
    // A port that is no number became 0, which stopped the miner.
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {"stratumPort": "no port"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/info/stratumPort"}]}"##,
    ),
    ("PATCH /devices/00:00:00:00:00:07/system", r#"{"info": {}}"#, 404, r#"{"error": "Device not found"}"#),
    (
        "POST /devices/aa:bb:cc:00:00:01/system/restart",
        "",
        200,
        r#"{"message": "Device restarted successfully"}"#,
    ),
    ("POST /devices/00:00:00:00:00:07/system/restart", "", 404, r#"{"error": "Device not found"}"#),
    ("POST /devices/aa:bb:cc:00:00:01/system/dance", "", 404, r#"{"status": 404}"#),
    ("DELETE /devices/aa:bb:cc:00:00:01/desired", "", 200, r#"{"data": {"desired": null, "drift": []}}"#),
    ("DELETE /devices/00:00:00:00:00:07/desired", "", 404, r#"{"data": null}"#),
];

const PRESETS: &[Row] = &[
    (
        "GET /presets",
        "",
        200,
        r#"{"message": "Presets retrieved successfully", "data": [{"uuid": "{preset}", "secrets": ["stratumPassword"]}]}"#,
    ),
    (
        "GET /presets/{preset}",
        "",
        200,
        r#"{"message": "Preset retrieved successfully", "data": {"name": "Day"}}"#,
    ),
    ("GET /presets/none", "", 404, r#"{"message": "Preset not found", "data": null}"#),
    (
        "POST /presets",
        r#"{"uuid": "mine", "name": " Night ", "configuration": {"stratumPort": "3333", "note": {"wifiPass": "hunter2"}}}"#,
        200,
        r#"{"message": "Preset created successfully",
            "data": {"name": "Night", "configuration": {"stratumPort": "3333", "note": {}}}}"#,
    ),
    // Anything was taken for a preset, also nothing.
    ("POST /presets", "{}", 400, r##"{"errors": [{"pointer": "#/name"}]}"##),
    ("POST /presets", r#"{"name": "x"}"#, 400, r##"{"errors": [{"pointer": "#/configuration"}]}"##),
    (
        "POST /presets",
        r#"{"name": "", "configuration": {}}"#,
        400,
        r##"{"errors": [{"pointer": "#/name"}]}"##,
    ),
    (
        "POST /presets",
        r#"{"name": "x", "configuration": {"stratumPort": 70000}}"#,
        400,
        r##"{"errors": [{"pointer": "#/configuration/stratumPort"}]}"##,
    ),
    ("POST /presets", r#"{"nam": "x"}"#, 400, r##"{"errors": [{"pointer": "#/nam"}]}"##),
    (
        "PATCH /presets/{preset}",
        r#"{"configuration": {"stratumPort": 1, "stratumUser": null}}"#,
        200,
        r#"{"message": "Preset updated successfully", "data": {"name": "Day", "secrets": ["stratumPassword"],
            "configuration": {"stratumURL": "pool.example", "stratumPort": 1}}}"#,
    ),
    (
        "PUT /presets/{preset}",
        r#"{"name": "Night", "configuration": {"frequency": 500}}"#,
        200,
        r#"{"data": {"name": "Night", "secrets": ["stratumPassword"], "configuration": {"frequency": 500}}}"#,
    ),
    (
        "PUT /presets/{preset}",
        r#"{"name": "Night"}"#,
        400,
        r##"{"errors": [{"pointer": "#/configuration"}]}"##,
    ),
    ("PATCH /presets/none", "{}", 404, r#"{"message": "Preset not found"}"#),
    (
        "DELETE /presets/{preset}",
        "",
        200,
        r#"{"message": "Preset deleted successfully", "data": {"uuid": "{preset}", "associatedDevices": []}}"#,
    ),
    ("DELETE /presets/none", "", 404, r#"{"message": "Preset not found", "data": null}"#),
    (
        "GET /devices/presets/{preset}",
        "",
        200,
        r#"{"message": "Devices by preset retrieved successfully", "data": []}"#,
    ),
    ("GET /devices/presets/none", "", 200, r#"{"data": []}"#),
];

const ROLLOUTS: &[Row] = &[
    (
        "POST /presets/{preset}/apply",
        r#"{"macs": ["aa:bb:cc:00:00:01"]}"#,
        202,
        r#"{"presetUuid": "{preset}"}"#,
    ),
    ("POST /presets/{preset}/apply", r#"{"q": "axe"}"#, 202, r#"{"devices": [{}, {}]}"#),
    ("POST /presets/{preset}/apply", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"q": "nobody"}"#, 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"mac": "x"}"#, 400, r##"{"errors": [{"pointer": "#/mac"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"macs": ["00:00:00:00:00:07"]}"#, 404, r#"{"status": 404}"#),
    ("POST /presets/none/apply", r#"{"q": ""}"#, 404, r#"{"message": "Preset not found"}"#),
    (
        "POST /rollouts",
        r#"{"settings": {"hostname": "x"}, "q": "axe1", "force": true}"#,
        202,
        r#"{"presetUuid": null, "settings": {"hostname": "x"}, "devices": [{"mac": "aa:bb:cc:00:00:01"}]}"#,
    ),
    ("POST /rollouts", r#"{"settings": {}, "q": ""}"#, 400, r##"{"errors": [{"pointer": "#/settings"}]}"##),
    (
        "POST /rollouts",
        r#"{"settings": {"frequency": "fast"}, "q": ""}"#,
        400,
        r##"{"errors": [{"pointer": "#/settings/frequency"}]}"##,
    ),
    (
        "POST /rollouts",
        r#"{"settings": {"frequenzy": 1}, "q": ""}"#,
        400,
        r##"{"errors": [{"pointer": "#/settings"}]}"##,
    ),
    ("GET /rollouts", "", 200, "[]"),
    ("GET /rollouts/none", "", 400, r#"{"errors": [{"parameter": "id"}]}"#),
    ("GET /rollouts/019a0000-0000-7000-8000-000000000002", "", 404, r#"{"title": "Not Found"}"#),
    ("DELETE /rollouts/019a0000-0000-7000-8000-000000000002", "", 404, r#"{"type": "about:blank"}"#),
];

/// The farm that rows are asked of, and the id of its preset.
async fn farm() -> (Bench, String) {
    let found = (1..=3).map(|last| {
        json!({"ip": format!("10.0.0.1:{last}"), "mac": mac(last), "info": info(&format!("axe{last}"))})
    });
    let bench = Bench::discovered(&found.collect()).await;
    for last in 1..=2 {
        bench.imprint(last, &info(&format!("axe{last}"))).await;
    }
    bench.listen(&[mac(1)]).await;
    bench.polls(1).await;
    let preset = json!({"name": "Day", "configuration": {"stratumURL": "pool.example", "stratumPort": 4334,
        "stratumUser": "bc1", "stratumPassword": "hunter2"}});
    let created = bench.call(TestRequest::post().uri("/presets").set_json(preset)).await;
    let id = created.json()["data"]["uuid"].as_str().unwrap().to_owned();
    // The discovery service has a real socket.
    tokio::time::resume();
    (bench, id)
}

async fn ask(bench: &Bench, line: &str, body: &str) -> Answer {
    let (method, uri) = line.split_once(' ').unwrap();
    let request = TestRequest::default().method(method.parse().unwrap()).uri(uri);
    bench.call(if body.is_empty() { request } else { request.set_payload(body.to_owned()) }).await
}

/// Whether the answer has at least what is expected.
fn holds(answer: &Value, expected: &Value) -> bool {
    match (answer, expected) {
        (Value::Object(answer), Value::Object(expected)) => expected
            .iter()
            .all(|(name, expected)| answer.get(name).is_some_and(|value| holds(value, expected))),
        (Value::Array(answer), Value::Array(expected)) => {
            answer.len() == expected.len()
                && answer.iter().zip(expected).all(|(value, expected)| holds(value, expected))
        }
        _ => answer == expected,
    }
}

async fn check(rows: &[Row]) {
    for (line, body, status, expected) in rows {
        let (bench, preset) = farm().await;
        let [line, body, expected] = [line, body, expected].map(|text| text.replace("{preset}", &preset));
        let answer = ask(&bench, &line, &body).await;
        assert_eq!(answer.status, *status, "{line} {body}: {}", answer.text());
        let expected: Value = serde_json::from_str(&expected).unwrap();
        assert!(holds(&answer.json(), &expected), "{line} {body}: {} and not {expected}", answer.text());
    }
}

#[actix_web::test]
async fn discovery_answers_as_the_contract_says() {
    check(DISCOVERY).await;
}

#[actix_web::test]
async fn imprinting_answers_as_the_contract_says() {
    check(IMPRINT).await;
    check(AMEND).await;
    check(LISTEN).await;
}

#[actix_web::test]
async fn commands_answer_as_the_contract_says() {
    check(SYSTEM).await;
}

#[actix_web::test]
async fn presets_and_rollouts_answer_as_the_contract_says() {
    check(PRESETS).await;
    check(ROLLOUTS).await;
}

/// A row that is missing here is a route or a status that nobody has looked at.
#[actix_web::test]
async fn every_route_has_a_row_that_succeeds() {
    let document = serde_json::to_value(crate::api::openapi::all()).unwrap();
    let rows = [DISCOVERY, IMPRINT, AMEND, LISTEN, SYSTEM, PRESETS, ROLLOUTS].concat();
    let elsewhere = ["/tree", "/tree/{action}", "/metrics", "/healthz", "/readyz", "/openapi.json"];
    let by_id = ["/rollouts/{id}", "/devices/{mac}/system/{command}"];
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if [&elsewhere[..], &by_id].concat().contains(&path.as_str()) {
                continue;
            }
            let is_asked = |(line, _, status, _): &Row| *status < 300 && matches(line, method, path);
            assert!(rows.iter().any(is_asked), "{method} {path}");
        }
    }
}

/// Whether a request line is for this method and path.
fn matches(line: &str, method: &str, path: &str) -> bool {
    let (asked, uri) = line.split_once(' ').unwrap();
    let uri = uri.split('?').next().unwrap();
    let (uri, path): (Vec<_>, Vec<_>) = (uri.split('/').collect(), path.split('/').collect());
    let same = |(uri, path): (&&str, &&str)| uri == path || path.starts_with('{');
    asked.eq_ignore_ascii_case(method) && uri.len() == path.len() && uri.iter().zip(&path).all(same)
}
