//! What is said of the actors, by kind.

use shiftboss_kernel::{Histogram, KindStats};

use super::*;

/// A kind that did something of everything.
fn device() -> KindStats {
    KindStats {
        kind: "Device",
        restarts: [
            ("normal", 0),
            ("shutdown", 2),
            ("failed", 0),
            ("panic", 3),
            ("killed", 0),
            ("declined", 0),
        ],
        parked: 1,
        mailbox_depth_max: 9,
        messages: [("handled", 6), ("lost", 3), ("abandoned", 0), ("discarded", 0), ("dropped", 0)],
        refused: [("full", 4), ("gone", 0), ("late", 1)],
        queue_wait: Histogram { counts: [1, 2, 0, 0, 0, 0, 0, 3], sum_seconds: 90.5 },
        busy: Histogram { counts: [0, 5, 0, 1, 0, 0, 0, 0], sum_seconds: 0.25 },
    }
}

/// One that did nothing yet.
fn store() -> KindStats {
    let zero = |names: [&'static str; 6]| names.map(|name| (name, 0));
    KindStats {
        kind: "Store",
        restarts: zero(["normal", "shutdown", "failed", "panic", "killed", "declined"]),
        parked: 0,
        mailbox_depth_max: 0,
        messages: ["handled", "lost", "abandoned", "discarded", "dropped"].map(|name| (name, 0)),
        refused: ["full", "gone", "late"].map(|name| (name, 0)),
        queue_wait: Histogram::default(),
        busy: Histogram::default(),
    }
}

fn told() -> Exposition {
    read(|| Scrape::of(Vec::new(), 0, vec![device(), store()]))
}

#[test]
fn each_kind_is_counted_by_reason_and_outcome() {
    let told = told();
    for (name, label, value) in [
        ("restarts_total", ("reason", "panic"), 3.0),
        ("restarts_total", ("reason", "shutdown"), 2.0),
        ("messages_total", ("outcome", "handled"), 6.0),
        ("messages_total", ("outcome", "lost"), 3.0),
        ("refused_total", ("reason", "full"), 4.0),
        ("refused_total", ("reason", "late"), 1.0),
        ("parked", ("kind", "Device"), 1.0),
        ("mailbox_depth_max", ("kind", "Device"), 9.0),
    ] {
        let series = format!("shiftboss_actor_{name}");
        assert_eq!(told.value(&series, &[("kind", "Device"), label]), Some(value), "{name} {label:?}");
    }
}

#[test]
fn a_kind_that_did_nothing_yet_has_all_its_series_at_zero() {
    let told = told();
    let of = |kind: &str| -> Vec<_> {
        let of_kind =
            told.series.iter().filter(|((_, labels), _)| labels.get("kind").is_some_and(|of| of == kind));
        of_kind.map(|((name, _), value)| (name.clone(), *value)).collect()
    };
    assert!(of("Store").iter().all(|(_, value)| *value == 0.0));
    let names = |kind| of(kind).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!((names("Store").len(), names("Store")), (36, names("Device")));
}

#[test]
fn times_are_told_in_buckets_that_add_up() {
    let told = told();
    let waited = |end: &str| {
        told.value("shiftboss_actor_queue_wait_seconds_bucket", &[("kind", "Device"), ("le", end)])
    };
    assert_eq!(["0.0001", "1.0", "10.0", "+Inf"].map(waited), [3.0, 3.0, 3.0, 6.0].map(Some));
    let of_device = |name: &str| told.value(&format!("shiftboss_actor_{name}"), &[("kind", "Device")]);
    assert_eq!(of_device("queue_wait_seconds_count"), Some(6.0));
    assert_eq!(of_device("queue_wait_seconds_sum"), Some(90.5));
    assert_eq!(of_device("busy_seconds_sum"), Some(0.25));
}

#[test]
fn a_counter_is_named_as_its_format_wants_it() {
    let text = |format| exposition(Scrape::of(Vec::new(), 0, vec![device()]), false, format).unwrap();
    let sample = "\nshiftboss_actor_restarts_total{kind=\"Device\",reason=\"panic\"} 3\n";
    let (old, new) = (text(Format::Text), text(Format::OpenMetrics));
    assert!(old.contains(sample) && new.contains(sample), "{old}");
    assert!(old.contains("# TYPE shiftboss_actor_restarts_total counter\n"), "{old}");
    assert!(new.contains("# TYPE shiftboss_actor_restarts counter\n"), "{new}");
    assert!(new.contains("# UNIT shiftboss_actor_busy_seconds seconds\n"), "{new}");
}

#[test]
fn no_actor_is_told_by_its_id() {
    let told = told();
    let labels = told.series.keys().filter(|(name, _)| name.starts_with("shiftboss_actor_"));
    for (name, labels) in labels {
        assert!(labels.keys().all(|label| ["kind", "reason", "outcome", "le"].contains(&&**label)), "{name}");
    }
}

#[actix_web::test]
async fn a_running_farm_tells_of_its_kinds_and_of_a_panic() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    bench.listen(&[axe]).await;
    let panics = async || {
        let told = Exposition::read(bench.get("/metrics").await.text());
        let reason = [("kind", "Device"), ("reason", "panic")];
        let lost = [("kind", "Device"), ("outcome", "lost")];
        let restarts = told.value("shiftboss_actor_restarts_total", &reason).unwrap();
        (restarts, told.value("shiftboss_actor_messages_total", &lost).unwrap())
    };
    let before = panics().await;
    let fault = InjectPanic { id: format!("device:{axe}").as_str().into(), nth: 1 };
    bench.api.farm.pools[0].ask(fault, INTERVAL).await.unwrap().unwrap();
    bench.polls(1).await;
    let after = panics().await;
    // Other tests of this process have devices too.
    assert!(after.0 > before.0 && after.1 > before.1, "{before:?} {after:?}");
}
