//! What an operator orders of the tree.

use actix_web::test::TestRequest;
use serde_json::json;

use crate::api::tree::Lookout;
use crate::testing::{Bench, call, info};

const DEVICE: &str = "devices/pool:0/device:aa:bb:cc:00:00:01";

/// A farm with one device that is polled.
async fn farm() -> Bench {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    bench.polls(1).await;
    bench
}

async fn phase(bench: &Bench, path: &str) -> String {
    let actor = bench.get(&format!("/tree?path={path}")).await.json();
    actor["phase"].as_str().unwrap_or_else(|| panic!("{actor}")).to_owned()
}

#[actix_web::test]
async fn a_parked_device_rests_until_it_is_resumed() {
    let bench = farm().await;
    let answer = bench.post(&format!("/tree/park?path={DEVICE}")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({"path": DEVICE, "action": "park", "status": "done"}));
    assert_eq!(phase(&bench, DEVICE).await, "parked");
    let asked = bench.net.asked("10.0.0.1:1");
    bench.polls(5).await;
    assert_eq!(bench.net.asked("10.0.0.1:1"), asked, "nobody polls it");

    let body = TestRequest::post().uri("/tree/resume").set_payload(json!({"path": DEVICE}).to_string());
    assert_eq!(bench.call(body).await.status, 200);
    bench.polls(1).await;
    assert_eq!(phase(&bench, DEVICE).await, "running");
    assert!(bench.net.asked("10.0.0.1:1") > asked);
}

#[actix_web::test]
async fn a_terminated_actor_stays_down_until_it_is_restarted() {
    let bench = farm().await;
    assert_eq!(bench.post("/tree/terminate?path=outside/discovery").await.status, 200);
    assert_eq!(phase(&bench, "outside/discovery").await, "down");
    assert_eq!(bench.post("/tree/restart?path=outside/discovery").await.status, 200);
    assert_eq!(phase(&bench, "outside/discovery").await, "running");
}

#[actix_web::test]
async fn an_order_that_makes_no_sense_is_refused_with_its_reason() {
    let bench = farm().await;
    bench.post("/tree/park?path=outside/discovery").await;
    for (order, status, told) in [
        ("explode?path=store", 404, "\"explode\" is not something to do to an actor"),
        ("park", 400, "path is missing; send it in the query, or as {\"path\""),
        ("park?path=", 400, "path: \"\" is not a path"),
        ("park?path=devices//router", 400, "path: \"devices//router\" is not a path"),
        ("park?path=a%0Ab", 400, "path: \"a\\nb\" cannot be the way to an actor"),
        ("park?pth=store", 400, "the query cannot be read: Query deserialize error: unknown field `pth`"),
        ("park?path=nowhere/x", 404, "nowhere: there is no child with this id"),
        ("park?path=devices/pool:0/device:x", 404, "devices/pool:0/device:x: there is no child"),
        ("park?path=store/x", 404, "store: it has no children"),
        ("restart?path=store", 409, "store: it is running"),
        ("resume?path=store", 409, "store: it is not parked"),
        ("park?path=outside/discovery", 409, "outside/discovery: it is parked already, and held"),
    ] {
        let answer = bench.post(&format!("/tree/{order}")).await;
        assert_eq!(answer.status, status, "{order}: {}", answer.text());
        assert!(answer.error().starts_with(told), "{order}: {}", answer.error());
    }
}

#[actix_web::test]
async fn a_body_that_names_no_actor_is_refused_with_an_example() {
    let bench = Bench::new().await;
    for (uri, body, told) in [
        ("/tree/park", "{}", "path is missing"),
        ("/tree/park", "[]", "the body is a list; send a JSON object such as {\"path\""),
        ("/tree/park", "{\"path\":7}", "path must be a text in quotes, not a number"),
        ("/tree/park?path=store", "{\"path\":\"store\"}", "path is given twice"),
    ] {
        let answer = bench.call(TestRequest::post().uri(uri).set_payload(body)).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.error().starts_with(told), "{body}: {}", answer.error());
    }
    let long = TestRequest::post().uri("/tree/park").set_payload("x".repeat(5000));
    assert_eq!(bench.call(long).await.status, 413);
}

#[actix_web::test]
async fn what_serves_the_api_is_not_cut_off_over_it() {
    let bench = Bench::new().await;
    for order in ["terminate?path=controller", "park?path=controller/http"] {
        let answer = bench.post(&format!("/tree/{order}")).await;
        assert_eq!(answer.status, 409, "{order}");
        assert!(answer.error().contains("nothing could bring it back"), "{}", answer.error());
    }
}

#[actix_web::test]
async fn a_page_of_another_site_orders_nothing() {
    let bench = farm().await;
    let order =
        TestRequest::post().uri("/tree/park?path=store").insert_header(("origin", "http://evil.example"));
    let answer = bench.call(order).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (403, "a page of another site may not order anything here")
    );
    assert_eq!(phase(&bench, "store").await, "running");
}

#[actix_web::test]
async fn a_tree_that_does_not_answer_is_503_with_a_time_to_try_again() {
    let mut api = Bench::new().await.fell().await;
    let order = || TestRequest::post().uri("/tree/park?path=store");
    let answer = call(&api, order()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.error(), "controller: it is gone");
    api.lookout = Lookout::default();
    let answer = call(&api, order()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
}
