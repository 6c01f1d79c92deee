//! The contract of the Node.js system, and where ours is right in place of a defect of it: what is asked, with which
//! status it is answered, and what the answer holds at least. docs/compatibility.md tells the differences in words.
//!
//! Each row is asked of a farm of its own: discovery knows the devices 1 to 4, of which 1 is imprinted and online and
//! 2 is imprinted, and 4 is where 1 is; there is one preset, `{preset}`, that was given to nobody.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use shiftboss_farm::preset::{Configuration, CreatePreset};
use shiftboss_farm::testkit::Disk;

use crate::testing::{Answer, Bench, INTERVAL, info, mac};

mod rows;

use rows::{AMEND, BACKUP, DISCOVERY, IMPRINT, LISTEN, PRESETS, ROLLOUTS, Row, SYSTEM};

/// The farm that rows are asked of, and the id of its preset.
async fn farm() -> (Bench, String) {
    let found = [(1, 1), (2, 2), (3, 3), (4, 1)].map(|(last, port)| {
        json!({"ip": format!("10.0.0.1:{port}"), "mac": mac(last), "info": info(&format!("axe{last}"))})
    });
    let bench = Bench::discovered(&found.into_iter().collect()).await;
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

#[actix_web::test]
async fn a_second_backup_of_one_name_is_409_and_leaves_the_first() {
    let (bench, _) = farm().await;
    for status in [201, 409] {
        let answer = ask(&bench, "POST /backup", r#"{"name": "up"}"#).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}

#[actix_web::test]
async fn one_preset_more_than_are_kept_is_409_until_one_is_deleted() {
    let bench = Bench::on(&Disk::default()).await;
    let mut last = None;
    for _ in 0..1_000 {
        let preset = CreatePreset { name: "Day".into(), configuration: Configuration::default() };
        last = Some(bench.api.farm.presets.ask(preset, INTERVAL).await.unwrap().unwrap());
    }
    let body = r#"{"name": "Night", "configuration": {}}"#;
    let answer = ask(&bench, "POST /presets", body).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(answer.error().contains("1000 presets"), "{}", answer.error());
    assert_eq!(ask(&bench, &format!("DELETE /presets/{}", last.unwrap().id), "").await.status, 200);
    assert_eq!(ask(&bench, "POST /presets", body).await.status, 200);
}

/// Of routes that other tests ask: each status that has none here.
const ELSEWHERE: &[(&str, &[u16])] = &[
    ("/tree", &[200, 400, 404, 409]),
    ("/tree/{action}", &[200, 400, 404, 409]),
    ("/metrics", &[200]),
    ("/healthz", &[200]),
    ("/readyz", &[200]),
    ("/openapi.json", &[200]),
    // The id of one that exists is drawn.
    ("/rollouts/{id}", &[200]),
    // No firmware that the rows know can; all of their devices have answered.
    ("/devices/{mac}/system/{command}", &[200, 409]),
    ("/devices/{mac}/system", &[409]),
    // Below: as many presets as are kept, and a second backup of one name.
    ("/presets", &[409]),
    ("/backup", &[409]),
];

/// A row that is missing here is a route or a status that nobody has looked at.
#[actix_web::test]
async fn every_route_has_a_row_for_success_and_for_each_of_its_own_refusals() {
    let document = serde_json::to_value(crate::api::openapi::all()).unwrap();
    let rows = [DISCOVERY, IMPRINT, AMEND, LISTEN, SYSTEM, PRESETS, ROLLOUTS, BACKUP].concat();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let elsewhere = ELSEWHERE.iter().find(|(known, _)| known == path).map_or(&[][..], |(_, known)| known);
        for (method, operation) in item.as_object().unwrap() {
            for status in [200, 400, 404, 409] {
                let is_told = status == 200 || operation["responses"].get(status.to_string()).is_some();
                let is_same = |asked: u16| asked == status || status == 200 && asked < 300;
                let is_asked = |(line, _, asked, _): &Row| is_same(*asked) && matches(line, method, path);
                if is_told && !elsewhere.contains(&status) && !rows.iter().any(is_asked) {
                    missing.push(format!("{method} {path} {status}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Whether a request line is for this method and path.
fn matches(line: &str, method: &str, path: &str) -> bool {
    let (asked, uri) = line.split_once(' ').unwrap();
    let uri = uri.split('?').next().unwrap();
    let (uri, path): (Vec<_>, Vec<_>) = (uri.split('/').collect(), path.split('/').collect());
    let same = |(uri, path): (&&str, &&str)| uri == path || path.starts_with('{');
    asked.eq_ignore_ascii_case(method) && uri.len() == path.len() && uri.iter().zip(&path).all(same)
}
