//! What is seen of the tree.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use shiftboss_kernel::InjectPanic;

use crate::testing::{Bench, INTERVAL, info};

const POOL: &str = "devices/pool:0";

/// A farm with three devices, the second of which has panicked once and the third of which is parked.
async fn troubled() -> Bench {
    let bench = Bench::new().await;
    let mut macs = Vec::new();
    for last in 1..=3 {
        macs.push(bench.imprint(last, &info("axe")).await);
    }
    bench.listen(&macs).await;
    let id = format!("device:{}", macs[1]);
    let fault = InjectPanic { id: id.as_str().into(), nth: 1 };
    bench.api.farm.pools[0].ask(fault, INTERVAL).await.unwrap().unwrap();
    bench.polls(1).await;
    let parked = bench.post(&format!("/tree/park?path={POOL}/device:{}", macs[2])).await;
    assert_eq!(parked.status, 200, "{}", parked.text());
    bench
}

fn ids(node: &Value) -> Vec<&str> {
    node["children"].as_array().unwrap().iter().map(|child| child["id"].as_str().unwrap()).collect()
}

const ONE: &str = "device:aa:bb:cc:00:00:01";
const TWO: &str = "device:aa:bb:cc:00:00:02";
const THREE: &str = "device:aa:bb:cc:00:00:03";

#[actix_web::test]
async fn problems_come_first_on_request_and_the_branches_that_hold_them() {
    let bench = troubled().await;
    let tree = bench.get("/tree").await.json();
    assert_eq!(ids(&tree), ["store", "library", "directory", "meter:0", "outside", "devices", "rollouts"]);
    let tree = bench.get("/tree?order=problems").await.json();
    assert_eq!(ids(&tree), ["devices", "store", "library", "directory", "meter:0", "outside", "rollouts"]);
    assert_eq!((&tree["problems_below"], &tree.get("problem")), (&json!(2), &None));
    let pool = &tree["children"][0]["children"][0];
    assert_eq!(ids(pool), [THREE, TWO, ONE]);
    let problems: Vec<_> =
        pool["children"].as_array().unwrap().iter().map(|child| &child["problem"]).collect();
    assert_eq!(problems, [&json!("parked"), &json!("failed_lately"), &Value::Null]);
}

#[actix_web::test]
async fn a_branch_is_shown_alone_and_no_deeper_than_wanted() {
    let bench = troubled().await;
    let devices = bench.get("/tree?path=devices&depth=1").await.json();
    assert_eq!((&devices["id"], ids(&devices)), (&json!("devices"), vec!["pool:0", "router"]));
    let pool = &devices["children"][0];
    assert_eq!(pool.get("children"), None);
    let numbers = ["children_count", "children_active", "problems_below"].map(|name| &pool[name]);
    assert_eq!(numbers, [&json!(3), &json!(2), &json!(2)]);
    let text = bench.get("/tree?path=devices&depth=0&format=text").await;
    assert_eq!(text.text().lines().count(), 3, "{}", text.text());
    assert!(text.text().ends_with("└─ … children: 2, problems: 2\n"), "{}", text.text());
}

#[actix_web::test]
async fn a_path_that_leads_nowhere_is_404_and_names_the_part_that_does_not_exist() {
    let bench = troubled().await;
    for (path, told) in [
        ("nowhere/at/all", "nowhere: there is no child with this id"),
        ("devices/pool:0/device:x", "devices/pool:0/device:x: there is no child with this id"),
        ("store/x", "store: it has no children"),
    ] {
        let answer = bench.get(&format!("/tree?path={path}")).await;
        assert_eq!((answer.status, answer.error().as_str()), (404, told), "{path}");
    }
}

#[actix_web::test]
async fn below_a_branch_that_is_down_nothing_can_be_seen_and_that_is_said_at_once() {
    let bench = troubled().await;
    assert_eq!(bench.post("/tree/park?path=devices").await.status, 200);
    let answer = bench.get("/tree?path=devices/router").await;
    let told = "devices: it is down, and all below it; start it first";
    assert_eq!((answer.status, answer.error().as_str()), (409, told));
}

#[actix_web::test]
async fn a_single_worker_shows_all_its_exits_and_a_branch_the_last_of_each() {
    let bench = troubled().await;
    let path = format!("{POOL}/{TWO}");
    assert_eq!(bench.post(&format!("/tree/park?path={path}")).await.status, 200);
    assert_eq!(bench.post(&format!("/tree/resume?path={path}")).await.status, 200);
    bench.polls(1).await;
    let exits = async |uri: &str| -> Vec<String> {
        let shown = bench.get(uri).await.json();
        let device = if shown["id"] == TWO { &shown } else { &shown["children"][1] };
        let exits = device["exits"].as_array().unwrap();
        exits.iter().map(|exit| exit["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(exits(&format!("/tree?path={path}")).await, ["shutdown", "panic"]);
    assert_eq!(exits(&format!("/tree?path={path}&exits=last")).await, ["shutdown"]);
    assert_eq!(exits(&format!("/tree?path={POOL}")).await, ["shutdown"]);
    assert_eq!(exits(&format!("/tree?path={POOL}&exits=all")).await, ["shutdown", "panic"]);

    let text = bench.get(&format!("/tree?path={path}&format=text")).await;
    let panicked = text.text().lines().last().unwrap();
    for part in ["Z", "panic", "  Poll  ", "envelope.rs:", "a fault on purpose"] {
        assert!(panicked.contains(part), "{part} is missing in\n{}", text.text());
    }
}

#[actix_web::test]
async fn the_text_is_given_to_a_client_that_likes_it_best() {
    let bench = Bench::new().await;
    let wants = |accept| TestRequest::get().uri("/tree").insert_header(("accept", accept));
    let answer = bench.call(wants("text/plain")).await;
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(bench.call(wants("*/*")).await.header("content-type"), "application/json");
    assert!(answer.headers.get_all("vary").any(|vary| vary == "Accept" || vary == "accept"));
}
