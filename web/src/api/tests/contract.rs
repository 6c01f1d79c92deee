//! The contract of the Node.js system, and where ours is right in place of a defect of it: what is asked, with which
//! status it is answered, and what the answer holds at least. docs/compatibility.md tells the differences in words.
//!
//! Each row is asked of a farm of its own: discovery knows the devices 1 to 3, of which 1 is imprinted and online and
//! 2 is imprinted; there is one preset, `{preset}`, that was given to nobody.

use actix_web::test::TestRequest;
use serde_json::{Value, json};

use crate::testing::{Answer, Bench, info, mac};

mod rows;

use rows::{AMEND, BACKUP, DISCOVERY, IMPRINT, LISTEN, PRESETS, ROLLOUTS, Row, SYSTEM};

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

#[actix_web::test]
async fn a_backup_answers_as_the_contract_says() {
    check(BACKUP).await;
}

/// A row that is missing here is a route or a status that nobody has looked at.
#[actix_web::test]
async fn every_route_has_a_row_that_succeeds() {
    let document = serde_json::to_value(crate::api::openapi::all()).unwrap();
    let rows = [DISCOVERY, IMPRINT, AMEND, LISTEN, SYSTEM, PRESETS, ROLLOUTS, BACKUP].concat();
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
