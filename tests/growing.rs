//! A farm of a thousand devices that grows while it is polled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Client, Mocks, controller, text, value};

const THOUSAND: u32 = 1_000;
const ADDED: usize = 50;

/// So many are added at one time.
const AT_ONCE: usize = 10;

/// For a thousand devices to answer, on a slow machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(60);

/// Polls that a debug build can make, with time for each of them, on a machine that does other things too.
fn settings(mocks: &Mocks) -> Vec<(&'static str, String)> {
    vec![
        ("discovery.listing_url", mocks.listing()),
        ("discovery.timeout_ms", "20000".to_owned()),
        ("farm.auto_listen", "true".to_owned()),
        ("farm.poll_interval_ms", "3000".to_owned()),
        ("farm.poll_timeout_ms", "20000".to_owned()),
        ("web.compat_metrics", "false".to_owned()),
    ]
}

fn macs(devices: &Value) -> BTreeSet<String> {
    devices.as_array().expect("a list").iter().map(|device| text(device, "mac")).collect()
}

async fn imprint(client: &Client, macs: &[&String]) {
    client.put("/devices/imprint", &json!({ "macs": macs })).await.json(200);
}

/// The values of a family of the metrics, by their labels.
async fn family(client: &Client, name: &str) -> BTreeMap<String, f64> {
    let lines = client.metrics().await;
    let of_family = lines.iter().filter_map(|line| {
        let labels = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?.0;
        Some((labels.to_owned(), value(line)?))
    });
    of_family.collect()
}

/// When each device answered last.
async fn last_seen(client: &Client) -> BTreeMap<String, f64> {
    family(client, "shiftboss_device_last_seen_timestamp_seconds").await
}

/// Waits until so many are counted.
async fn until(what: &str, wanted: usize, count: impl AsyncFn() -> usize) {
    let mut last = 0;
    let reached = async {
        while last < wanted {
            last = count().await;
            actix_rt::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let reached = actix_rt::time::timeout(PATIENCE, reached).await;
    assert!(reached.is_ok(), "{what}: {last}, and not {wanted} within {PATIENCE:?}");
}

/// Waits until so many devices are online.
async fn until_online(client: &Client, wanted: usize) {
    let online =
        async || family(client, "shiftboss_device_up").await.values().filter(|up| **up == 1.0).count();
    until("online", wanted, online).await;
}

/// Waits until so many of these devices have answered again.
async fn until_seen_again(client: &Client, before: &BTreeMap<String, f64>, wanted: usize) {
    let again = async || {
        let now = last_seen(client).await;
        before.iter().filter(|(device, at)| now.get(*device).is_some_and(|now| now > at)).count()
    };
    until("seen again", wanted, again).await;
}

#[actix_rt::test]
async fn fifty_devices_that_are_added_while_a_thousand_are_polled_are_all_listed_and_polled() {
    let folder = tempfile::tempdir().expect("a folder");
    let mocks = Mocks::start(folder.path(), THOUSAND);
    let controller = controller(folder.path(), &settings(&mocks));
    let client = controller.client();
    let first = macs(&client.get("/devices/discover").await.json(200));
    assert_eq!(first.len(), THOUSAND as usize);
    imprint(&client, &first.iter().collect::<Vec<_>>()).await;
    until_online(&client, first.len()).await;

    let listing = Client::new(&mocks.listing());
    for _ in 0..ADDED {
        listing.send("POST", "/miners", Vec::new()).await.json(201);
    }
    let all = macs(&client.get("/devices/discover").await.json(200));
    let added: Vec<_> = all.difference(&first).collect();
    assert_eq!(added.len(), ADDED);

    let before = last_seen(&client).await;
    assert_eq!(before.len(), THOUSAND as usize);
    for (round, some) in (1..).zip(added.chunks(AT_ONCE)) {
        join_all(some.iter().map(|mac| imprint(&client, std::slice::from_ref(mac)))).await;
        // The next come when more of the thousand have been polled; after the last, all of them have been.
        until_seen_again(&client, &before, before.len() * round * AT_ONCE / ADDED).await;
    }
    assert_eq!(macs(&client.get("/devices/imprint").await.json(200)["data"]), all);
    until_online(&client, all.len()).await;
}
