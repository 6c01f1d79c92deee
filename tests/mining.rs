//! Mock miners that mine at the mock pool, each a process of its own: what devices show and what the share log says.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Client, Daemon, PATIENCE, own_address, with};

const MINERS: usize = 8;

/// From one look to the next.
const LOOK: Duration = Duration::from_millis(200);

/// A pool in this folder whose shares are searched for, and devices that mine there.
async fn start(folder: &Path) -> (Daemon, Daemon, Vec<Client>) {
    let pool = [
        ("mockpool.listen", format!("{}:0", own_address())),
        ("mockpool.difficulty", "0.00000001".to_owned()),
        ("mockpool.accept_synthetic", "false".to_owned()),
        ("mockpool.share_log", "shares.jsonl".to_owned()),
    ];
    let pool = Daemon::start(folder, &with("mockpool", &pool));
    let address = pool.banner.trim_end().rsplit("stratum+tcp://").next().expect("an address");
    let host = own_address();
    let fleet = [
        ("mockfleet.listen_host", host.to_string()),
        ("mockfleet.listing_port", "0".to_owned()),
        ("mockfleet.count", MINERS.to_string()),
        ("mockfleet.mine", "true".to_owned()),
        ("mockfleet.fidelity", "device".to_owned()),
        ("mockfleet.pool", address.to_owned()),
    ];
    let fleet = Daemon::start(folder, &with("mockfleet", &fleet));
    let listed = fleet.client().get("/servers").await.json(200);
    let servers = listed["servers"].as_array().expect("a list").iter();
    let miners = servers.map(|server| Client::new(&format!("http://{host}:{}", server["port"]))).collect();
    (pool, fleet, miners)
}

/// Accepted shares by worker, as the share log has them.
fn booked(folder: &Path) -> BTreeMap<String, u64> {
    let log = std::fs::read_to_string(folder.join("shares.jsonl")).expect("readable");
    let mut booked = BTreeMap::new();
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!((&record["reason"], &record["synthetic"]), (&Value::Null, &false.into()), "{record}");
        *booked.entry(record["worker"].as_str().expect("a name").to_owned()).or_default() += 1;
    }
    booked
}

/// Accepted shares by worker, as the devices show them.
async fn shown(miners: &[Client]) -> BTreeMap<String, u64> {
    let mut shown = BTreeMap::new();
    for miner in miners {
        let info = miner.get("/api/system/info").await.json(200);
        // A firmware whose pools are in a list of their own shows the one in use, too.
        let worker = info["stratumUser"].as_str().expect("a worker").to_owned();
        shown.insert(worker, info["sharesAccepted"].as_u64().expect("a number"));
    }
    shown
}

/// Whether each share on one side is on the other.
fn covers(more: &BTreeMap<String, u64>, fewer: &BTreeMap<String, u64>) -> bool {
    fewer.iter().all(|(worker, count)| more.get(worker).copied().unwrap_or_default() >= *count)
}

#[actix_rt::test]
async fn what_devices_show_of_their_shares_is_what_the_share_log_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_pool, _fleet, miners) = start(folder.path()).await;
    let mined = async {
        while shown(&miners).await.values().any(|count| *count == 0) {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(3 * PATIENCE, mined).await.expect("all of them mine");

    // A share is booked before it is shown, and shown soon after.
    let before = shown(&miners).await;
    assert_eq!(before.len(), MINERS);
    let log = booked(folder.path());
    assert!(covers(&log, &before), "{log:?} {before:?}");
    let caught_up = async {
        while !covers(&shown(&miners).await, &log) {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, caught_up).await.expect("each share in the log is shown");
}
