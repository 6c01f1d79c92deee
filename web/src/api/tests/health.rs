//! Health, readiness and the tree.

use std::sync::mpsc::channel;
use std::time::Duration;

use actix::Arbiter;
use actix_web::test::TestRequest;
use serde_json::{Value, json};
use shiftboss_farm::testkit::Disk;
use shiftboss_kernel::{InjectPanic, Terminate};

use crate::api::tree::Lookout;
use crate::testing::{BEAT, Bench, INTERVAL, call, info};

#[actix_web::test]
async fn the_process_is_healthy_while_it_turns() {
    let api = Bench::new().await.fell().await;
    let answer = call(&api, TestRequest::get().uri("/healthz")).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ok"})));
}

#[actix_web::test]
async fn a_stuck_arbiter_is_named_until_it_goes_on() {
    let mut bench = Bench::on_real_time().await;
    bench.api.stale_after = Duration::from_secs(1);
    let (stuck, sound) = (Arbiter::new(), Arbiter::new());
    bench.api.watchdog.watch("devices:0", &stuck.handle());
    bench.api.watchdog.watch("devices:1", &sound.handle());
    let (release, released) = channel::<()>();
    stuck.spawn_fn(move || {
        // An error says that the other end was dropped.
        let _ = released.recv();
    });

    let answer = health(&bench, 503).await;
    assert_eq!((&answer["status"], answer["arbiters"].as_array().unwrap().len()), (&json!("stuck"), 1));
    let told = &answer["arbiters"][0];
    assert_eq!(told["arbiter"], "devices:0");
    assert!(told["silent_seconds"].as_u64().unwrap() >= 1, "{told}");

    drop(release);
    assert_eq!(health(&bench, 200).await, json!({"status": "ok"}));
}

/// Waits until `/healthz` has this status.
async fn health(bench: &Bench, status: u16) -> Value {
    let reached = async {
        loop {
            let answer = bench.get("/healthz").await;
            if answer.status == status {
                return answer.json();
            }
            assert!([200, 503].contains(&answer.status), "{}", answer.text());
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::time::timeout(4 * INTERVAL, reached).await.unwrap()
}

#[actix_web::test]
async fn it_is_ready_when_the_tree_has_started_and_its_actors_answer() {
    let mut bench = Bench::new().await;
    let opened = std::mem::take(&mut bench.api.lookout);
    let answer = bench.get("/readyz").await;
    assert_eq!((answer.status, answer.json()), (503, json!({"status": "starting"})));
    assert_eq!(bench.get("/tree").await.status, 503);

    bench.api.lookout = opened;
    let answer = bench.get("/readyz").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ready"})));

    let api = bench.fell().await;
    let answer = call(&api, TestRequest::get().uri("/readyz")).await;
    assert_eq!((answer.status, answer.json()), (503, json!({"status": "the directory does not answer"})));
}

#[actix_web::test]
async fn it_is_not_ready_without_its_router() {
    let bench = Bench::new().await;
    bench.api.farm.devices.ask(Terminate("router".into()), INTERVAL).await.unwrap().unwrap();
    let answer = bench.get("/readyz").await;
    assert_eq!((answer.status, answer.json()), (503, json!({"status": "the router does not answer"})));
}

#[actix_web::test]
async fn it_is_not_ready_while_its_store_cannot_write_and_is_again_when_it_can() {
    let disk = Disk::default();
    let bench = Bench::on(&disk).await;
    disk.fill();
    let preset = TestRequest::post().uri("/presets").set_json(json!({"name": "one", "configuration": {}}));
    let answer = bench.call(preset).await;
    assert_eq!((answer.status, answer.header("retry-after").is_empty()), (503, false));
    assert_eq!(answer.error(), "the database refused: no storage space; make room on its disk");
    for _ in 0..2 {
        let answer = bench.get("/readyz").await;
        let told = json!({"status": "the store cannot write: no storage space; make room on its disk"});
        assert_eq!((answer.status, answer.json()), (503, told));
    }
    // A neighbour's failure, which no restart cures.
    assert_eq!(bench.get("/healthz").await.status, 200);

    disk.mend();
    let answer = bench.get("/readyz").await;
    assert_eq!((answer.status, answer.json()), (200, json!({"status": "ready"})));
}

#[actix_web::test]
async fn asking_whether_it_is_ready_imprints_nothing() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/readyz").await.status, 200);
    assert_eq!(bench.get("/devices/imprint").await.json()["data"], json!([]));
}

#[actix_web::test]
async fn a_lookout_keeps_its_first_tree() {
    let bench = Bench::new().await;
    let lookout = Lookout::default();
    assert!(lookout.get().is_none());
    lookout.open(&bench.tree);
    lookout.open(&bench.tree);
    assert_eq!(&*lookout.get().unwrap().snapshot(INTERVAL).await.id, "controller");
}

/// The actor of this id, wherever it is.
fn find<'t>(tree: &'t Value, id: &str) -> Option<&'t Value> {
    if tree["id"] == id {
        return Some(tree);
    }
    tree["children"].as_array()?.iter().find_map(|child| find(child, id))
}

#[actix_web::test]
async fn the_tree_shows_every_actor_and_a_panic_with_the_message_that_was_handled() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    let id = "device:aa:bb:cc:00:00:01";
    bench.api.farm.pools[0].ask(InjectPanic { id: id.into(), nth: 1 }, INTERVAL).await.unwrap().unwrap();
    bench.polls(1).await;

    let tree = bench.get("/tree").await.json();
    for id in ["store", "directory", "discovery", "router"] {
        let actor = find(&tree, id).unwrap();
        assert_eq!((&actor["phase"], &actor["restarts"]), (&json!("running"), &json!(0)), "{id}");
        assert!(actor["busy_seconds"].is_number() && actor["mailbox_depth"].is_number(), "{actor}");
    }
    let device = find(&tree, id).unwrap();
    assert_eq!((&device["kind"], &device["restarts"]), (&json!("Device"), &json!(1)), "{device}");
    assert!(device["exits"][0]["handling"].as_str().unwrap().ends_with("Poll"), "{device}");
}

#[actix_web::test]
async fn the_tree_is_shown_as_text_to_those_who_ask() {
    let bench = Bench::new().await;
    bench.imprint(1, &info("axe")).await;
    let shown = bench.get("/tree?format=text").await;
    assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");
    for id in ["controller", "store", "device:aa:bb:cc:00:00:01"] {
        assert!(shown.text().lines().any(|line| line.contains(id)), "{}", shown.text());
    }
}

#[actix_web::test]
async fn head_works_where_get_does() {
    let bench = Bench::new().await;
    for uri in
        ["/healthz", "/readyz", "/tree", "/metrics", "/devices/imprint", "/devices/discover?ip=127.0.0.1:1"]
    {
        let request = TestRequest::default().method(actix_web::http::Method::HEAD).uri(uri);
        let answer = bench.call(request).await;
        assert_eq!(answer.status, 200, "{uri}: {}", answer.text());
    }
}
