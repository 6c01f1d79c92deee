//! What devices are told, one or many, and what is said of it.

use actix_web::test::TestRequest;
use serde_json::{Value, json};
use shiftboss_farm::testkit::Manner;

use crate::testing::{Answer, Bench, info, mac};

const ONE: &str = "/devices/aa:bb:cc:00:00:01/system";
const AT: &str = "10.0.0.1:1";

/// Devices 1 to `count`, all of them online.
async fn farm(count: u8) -> Bench {
    let bench = Bench::new().await;
    let mut macs = Vec::new();
    for last in 1..=count {
        macs.push(bench.imprint(last, &info(&format!("axe{last}"))).await);
    }
    bench.listen(&macs).await;
    bench.polls(1).await;
    bench
}

async fn configure(bench: &Bench, body: &Value) -> Answer {
    bench.call(TestRequest::patch().uri(ONE).set_json(body)).await
}

async fn shown(bench: &Bench) -> Value {
    bench.get("/devices/imprint/aa:bb:cc:00:00:01").await.json()["data"].clone()
}

async fn post(bench: &Bench, uri: &str, body: &Value) -> Answer {
    bench.call(TestRequest::post().uri(uri).set_json(body)).await
}

async fn preset(bench: &Bench, configuration: Value) -> String {
    let body = json!({"name": "Day", "configuration": configuration});
    post(bench, "/presets", &body).await.json()["data"]["uuid"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_whole_info_with_one_change_is_that_change() {
    let bench = farm(1).await;
    let mut whole = shown(&bench).await;
    whole["info"]["hostname"] = json!("new");
    let answer = configure(&bench, &whole).await.json();
    assert_eq!((&answer["result"], &answer["sent"]), (&json!("verified"), &json!(["hostname"])));
    assert!(bench.net.sent(AT).iter().all(|sent| !sent.contains("stratumURL")), "{:?}", bench.net.sent(AT));
    let device = shown(&bench).await;
    assert_eq!((&device["info"]["hostname"], &device["drift"]), (&json!("new"), &json!([])));
    assert_eq!(device["desired"]["settings"], json!({"hostname": "new"}));
    assert_eq!(
        (&device["command"]["kind"], &device["command"]["result"]),
        (&json!("configure"), &json!("verified"))
    );
}

#[actix_web::test]
async fn what_is_neither_a_setting_nor_shown_by_the_device_is_named_as_ignored() {
    let bench = farm(1).await;
    let whole = shown(&bench).await;
    assert_eq!(
        configure(&bench, &whole).await.json()["ignored"],
        json!([]),
        "a whole device has nothing else"
    );
    let slips = json!({"frequency": 525, "forse": true, "force": false, "info": {
        "frequenzy": 525, "power": 1, "vrTemp": null, "fanspeed": null, "hostname": "new"}});
    let answer = configure(&bench, &slips).await.json();
    assert_eq!(answer["ignored"], json!(["forse", "frequency", "info.frequenzy"]));
    assert_eq!((&answer["sent"], &answer["data"]), (&json!(["hostname"]), &json!({"hostname": "new"})));
}

#[actix_web::test]
async fn a_device_that_takes_it_and_shows_something_else_has_drifted_until_that_is_forgotten() {
    let bench = farm(1).await;
    bench.net.manner(AT, Manner::Ignores);
    let answer = configure(&bench, &json!({"info": {"hostname": "new"}})).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["result"], &body["drift"]),
        (200, &json!("drifted"), &json!(["hostname"]))
    );
    assert_eq!(shown(&bench).await["drift"], json!(["hostname"]));
    bench.call(TestRequest::delete().uri("/devices/aa:bb:cc:00:00:01/desired")).await;
    bench.polls(1).await;
    let device = shown(&bench).await;
    assert_eq!((&device["drift"], &device["desired"]), (&json!([]), &Value::Null));
}

#[actix_web::test]
async fn what_a_device_refuses_is_told_with_its_own_status_in_the_words_of_the_node_js_system() {
    let bench = farm(1).await;
    for status in [400, 401, 500, 503] {
        bench.net.manner(AT, Manner::Says(status, "Wrong API input".into()));
        let answer = configure(&bench, &json!({"info": {"hostname": "new"}})).await;
        assert_eq!((answer.status, answer.words().as_str()), (status, "Failed to update device system info"));
        assert!(answer.json()["details"].as_str().unwrap().contains("Wrong API input"), "{}", answer.text());
        let answer = bench.post(&format!("{ONE}/restart")).await;
        assert_eq!((answer.status, answer.words().as_str()), (status, "Failed to restart the device"));
    }
}

#[actix_web::test]
async fn a_device_that_cannot_be_reached_is_500_with_the_reason_in_the_words_of_the_node_js_system() {
    let bench = farm(1).await;
    bench.net.silence(AT);
    for (answer, words) in [
        (
            configure(&bench, &json!({"info": {"hostname": "new"}})).await,
            "Failed to update device system info",
        ),
        (bench.post(&format!("{ONE}/restart")).await, "Failed to restart the device"),
    ] {
        assert_eq!((answer.status, answer.words().as_str()), (500, words));
        assert!(
            answer.json()["details"].as_str().unwrap().contains("cannot be reached"),
            "{}",
            answer.text()
        );
    }
}

#[actix_web::test]
async fn what_its_asic_is_not_known_to_bear_needs_force() {
    let bench = farm(1).await;
    let hot = json!({"info": {"frequency": 2000}});
    let answer = configure(&bench, &hot).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.error().contains("frequency") && bench.net.sent(AT).is_empty(), "{}", answer.error());
    let answer = configure(&bench, &json!({"info": {"frequency": 2000}, "force": true})).await;
    assert_eq!((answer.status, &answer.json()["result"]), (200, &json!("verified")));
}

#[actix_web::test]
async fn a_preset_gives_its_pool_and_leaves_the_user_to_the_device() {
    let bench = farm(1).await;
    let pool = json!({"stratumURL": "pool.example", "stratumPort": 4334, "stratumUser": "bc1", "stratumPassword": "hunter2"});
    let id = preset(&bench, pool).await;
    let body = json!({"info": {"stratumURL": "other.example", "hostname": "new"}, "presetUuid": id});
    let answer = configure(&bench, &body).await.json();
    assert_eq!(answer["data"], json!({"stratumURL": "pool.example", "stratumPort": 4334, "hostname": "new"}));
    assert_eq!(answer["result"], "verified");
    let device = shown(&bench).await;
    assert_eq!(
        (&device["presetUuid"], &device["info"].get("stratumUser")),
        (&json!(id), &Some(&Value::Null))
    );
    assert_eq!(device["desired"]["secrets"], json!(["stratumPassword"]));
    let of_preset = bench.get(&format!("/devices/presets/{id}")).await.json();
    assert_eq!(of_preset["data"][0]["mac"], json!(mac(1)));
    let deleted = bench.call(TestRequest::delete().uri(&format!("/presets/{id}"))).await.json();
    assert_eq!(deleted["data"]["associatedDevices"][0]["mac"], json!(mac(1)));
    assert_eq!(shown(&bench).await["presetUuid"], json!(id), "the device keeps what it was given");
}

#[actix_web::test]
async fn a_client_that_waits_for_a_rollout_is_told_how_each_device_fared() {
    let bench = farm(3).await;
    bench.net.manner("10.0.0.1:2", Manner::Ignores);
    bench.net.manner("10.0.0.1:3", Manner::Says(500, "no".into()));
    let id = preset(&bench, json!({"hostname": "new", "stratumPassword": "hunter2"})).await;
    let request =
        TestRequest::post().uri(&format!("/presets/{id}/apply")).insert_header(("prefer", "wait=30"));
    let answer = bench.call(request.set_json(json!({"q": "axe"}))).await;
    let rollout = answer.json();
    assert_eq!((answer.status, &rollout["state"]), (200, &json!("done")));
    assert_eq!(rollout["counts"], json!({"drifted": 1, "failed": 1, "verified": 1}));
    assert_eq!(
        (&rollout["settings"], &rollout["secrets"]),
        (&json!({"hostname": "new"}), &json!(["stratumPassword"]))
    );
    let given = bench.get(&format!("/devices/presets/{id}")).await.json();
    assert_eq!(given["data"].as_array().unwrap().len(), 3, "each counts to it from then on");
    let again = bench.get(answer.header("location")).await.json();
    assert_eq!(again, rollout);
    assert_eq!(bench.get("/rollouts").await.json(), json!([rollout]));
}

#[actix_web::test]
async fn a_rollout_that_is_cancelled_begins_no_more_devices() {
    let bench = farm(20).await;
    for last in 1..=20 {
        bench.net.manner(&format!("10.0.0.1:{last}"), Manner::Hangs);
    }
    let begun = post(&bench, "/rollouts", &json!({"settings": {"hostname": "new"}, "q": ""})).await;
    assert_eq!((begun.status, &begun.json()["state"]), (202, &json!("running")));
    let cancelled = bench.call(TestRequest::delete().uri(begun.header("location"))).await;
    assert_eq!((cancelled.status, &cancelled.json()["id"]), (200, &begun.json()["id"]));
    bench.polls(60).await;
    let ended = bench.get(begun.header("location")).await.json();
    assert_eq!(
        (&ended["state"], &ended["counts"]["cancelled"]),
        (&json!("cancelled"), &json!(12)),
        "{ended}"
    );
}

#[actix_web::test]
async fn a_device_pauses_goes_on_and_is_identified_if_its_firmware_can() {
    let bench = farm(1).await;
    for command in ["pause", "resume", "identify"] {
        let answer = bench.post(&format!("{ONE}/{command}")).await;
        assert_eq!(answer.status, 400, "{command}: {}", answer.text());
        assert!(answer.error().contains("2.1.8") || answer.error().contains("since"), "{}", answer.error());
    }
}

#[actix_web::test]
async fn a_page_of_another_site_tells_no_device_anything() {
    let bench = farm(1).await;
    for uri in
        [&format!("{ONE}/restart"), &format!("{ONE}/pause"), "/rollouts", "/presets", "/presets/x/apply"]
    {
        let request = TestRequest::post().uri(uri).insert_header(("origin", "http://evil.example"));
        assert_eq!(bench.call(request).await.status, 403, "{uri}");
    }
    assert!(bench.net.sent(AT).is_empty());
}
