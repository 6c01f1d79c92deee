//! How faults are set, told and refused, and whom they go to.

use serde_json::json;
use shiftboss_kernel::InjectPanic;

use super::{put, set, struck};
use crate::client::call;
use crate::{Rig, SOON};

#[actix_rt::test]
async fn faults_are_told_with_whom_they_strike_and_replaced_as_a_whole() {
    let rig = Rig::of(40).await;
    let faults = json!([
        { "fault": "slow", "delay_ms": 5, "miners": ["mockaxe1", "mockaxe7"], "for_seconds": 3600 },
        { "fault": "html", "share": 0.1 },
        { "fault": "overheat" },
    ]);
    let set_now = set(&rig, faults.clone()).await;
    assert_eq!(set_now[0]["strikes"], json!(["mockaxe1", "mockaxe7"]));
    assert_eq!(set_now[0]["count"], 2);
    assert!((3_590..=3_600).contains(&set_now[0]["ends_in_seconds"].as_u64().expect("a number")));
    let strikes = set_now[1]["strikes"].as_array().expect("a list");
    assert!((3..=5).contains(&strikes.len()), "4 of 40, give or take one: {strikes:?}");
    assert_eq!(
        set_now[2],
        json!({ "fault": "overheat", "count": 0, "strikes": [] }),
        "no miner of the seeds has a heat"
    );
    let told = call(rig.listing, "GET", "/faults", "").await.json()["faults"].clone();
    assert_eq!(told[1], set_now[1]);
    let ports = rig.ports().await;
    for (place, port) in ports.iter().enumerate() {
        let answer = call(*port, "GET", "/api/system/info", "").await;
        let is_struck = strikes.contains(&json!(format!("mockaxe{}", place + 1)));
        assert_eq!(answer.all().1.starts_with("text/html"), is_struck, "{}", place + 1);
    }
    assert_eq!(call(rig.listing, "DELETE", "/faults", "").await.status, 204);
    assert_eq!(call(rig.listing, "GET", "/faults", "").await.body, r#"{"faults":[]}"#);
}

#[actix_rt::test]
async fn what_is_wrong_with_a_fault_is_told_and_what_was_in_force_stays() {
    let rig = Rig::of(2).await;
    set(&rig, json!([{ "fault": "html" }])).await;
    let refused = put(&rig, json!([{ "fault": "reset" }, { "fault": "slow", "delay_ms": -1 }])).await;
    assert_eq!(refused.status, 400);
    let told = "faults[1].delay_ms is -1, it must be a whole number from 1 to 600000";
    assert_eq!(refused.json(), json!({ "error": told }));
    let refused = put(&rig, json!([{ "fault": "duplicate-mac", "of": "mockaxe9" }])).await;
    let told = "faults[0].of is \"mockaxe9\", there is no such miner, see GET /servers";
    assert_eq!((refused.status, refused.json()), (400, json!({ "error": told })));
    let long = put(&rig, json!([{ "fault": "x".repeat(11_000) }])).await;
    assert_eq!(long.status, 413, "{}", long.body);
    assert!(long.json()["error"].as_str().expect("a text").contains("10240 bytes"));
    let still = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(still["faults"][0]["strikes"], json!(["mockaxe1", "mockaxe2"]));
}

#[actix_rt::test]
async fn a_miner_that_is_added_has_the_faults_that_mean_it() {
    let rig = Rig::of(2).await;
    set(&rig, json!([{ "fault": "status-500", "group": "legacy" }])).await;
    for (name, status) in [("mockaxe3", 500), ("mockaxe4", 200)] {
        let added = call(rig.listing, "POST", "/miners", "").await.json();
        assert_eq!(added["hostname"], name);
        let port = added["port"].as_u64().expect("a port") as u16;
        assert_eq!(call(port, "GET", "/api/system/info", "").await.status, status, "{name}");
    }
    let told = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(told["faults"][0]["strikes"], json!(["mockaxe1", "mockaxe3"]));
    assert_eq!(call(rig.listing, "DELETE", "/miners/mockaxe1", "").await.status, 204);
    let told = call(rig.listing, "GET", "/faults", "").await.json();
    assert_eq!(told["faults"][0]["strikes"], json!(["mockaxe3"]));
    assert_eq!(told["faults"][0]["count"], 1);
}

#[actix_rt::test]
async fn a_miner_that_crashes_keeps_its_faults() {
    for (rig, _) in struck(json!({ "fault": "status-500" })).await {
        let fault = InjectPanic { id: "miner:1".into(), nth: 1 };
        rig.miners.ask(fault, SOON).await.expect("it answers").expect("the pool knows it");
        // Whoever asks first sees it crash; the next question waits until it is back.
        let crashed = rig.states().await;
        assert!(crashed.iter().all(|state| state.hostname != "mockaxe1"));
        let before = crashed.len();
        let states = rig.states().await;
        assert_eq!(states.len(), before + 1, "it is back");
        // The port is the system's choice anew.
        let again = states[0].port.expect("it listens");
        assert_eq!(call(again, "GET", "/api/system/info", "").await.status, 500);
    }
}
