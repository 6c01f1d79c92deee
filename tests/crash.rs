//! A controller that is killed at any moment, while several clients change what it keeps: what it had answered is there
//! when it is back, of what it had not answered all or nothing is, and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Client, Daemon, Mocks, PATIENCE, defaults, text, with};

mod hand;

use hand::{Answered, Dice, Hand, Place, Stored, of_device, of_preset, owner};

const ROUNDS: u32 = 100;

/// For all rounds; a sixth of it is usual, and a machine with more to do needs more.
const BUDGET: Duration = Duration::from_secs(150);

/// For each start after a kill; a hundredth of it is usual.
const REOPENED_WITHIN: Duration = Duration::from_secs(10);

/// A kill comes after fewer answers than these, and then after less time than this.
const ANSWERS_BELOW: u64 = 40;
const LATER_BELOW_US: u64 = 10_000;

/// Devices that a hand of its own changes, and those that one hand changes together.
const ALONE: usize = 3;
const TOGETHER: usize = 3;

/// The kinds of changes that the hands make.
const KINDS: usize = 11;

/// A slow disk: changes queue up for it and share a commit, and an answer that does not wait for it comes too early.
const SLOW_COMMITS: &str = "delay=5ms every=2 kind=Store message=Commit";

fn start(folder: &Path, mocks: &Mocks) -> Daemon {
    let own = [("discovery.listing_url", mocks.listing()), ("chaos.faults", SLOW_COMMITS.to_owned())];
    let arguments =
        [with("run", &[&defaults()[..], &own].concat()), vec!["--allow-chaos".to_owned()]].concat();
    Daemon::start(folder, &arguments)
}

/// Finds the devices, and makes a preset that stays. Nobody is imprinted at the end.
async fn prepare(client: &Client) -> (Vec<Place>, Value) {
    let found = client.get("/devices/discover").await.json(200);
    let found = found.as_array().expect("a list");
    let places: Vec<_> =
        found.iter().map(|found| Place { mac: text(found, "mac"), ip: text(found, "ip") }).collect();
    assert_eq!(places.len(), ALONE + TOGETHER);
    let body = json!({ "name": "kept", "configuration": { "stratumURL": "kept.example" } });
    let kept = client.send("POST", "/presets", body.to_string().into_bytes()).await.json(200)["data"].clone();
    // With these answers, what was found is on the disk too.
    let macs: Vec<_> = places.iter().map(|place| &place.mac).collect();
    client.put("/devices/imprint", &json!({ "macs": macs })).await.json(200);
    for mac in macs {
        client.delete(&format!("/devices/imprint/{mac}")).await.json(200);
    }
    (places, kept)
}

fn hands(places: &[Place], kept: &Value) -> Vec<Hand> {
    let (alone, together) = places.split_at(ALONE);
    let alone =
        alone.iter().zip(1..).map(|(place, seed)| Hand::device(place.clone(), &text(kept, "uuid"), seed));
    let herd = Hand::herd(together, 0xbeef);
    alone.chain([herd, Hand::preset("one", 0xfeed), Hand::preset("two", 0xf00d)]).collect()
}

/// Compares all that is stored with what the hands know.
async fn check(client: &Client, hands: &mut [Hand], kept: &Value) {
    let (devices, presets) = (client.get("/devices/imprint").await, client.get("/presets").await);
    let (devices, presets) = (devices.json(200), presets.json(200));
    let devices = devices["data"].as_array().expect("a list").iter();
    let presets = presets["data"].as_array().expect("a list").iter();
    let ids: BTreeMap<_, _> = presets.clone().map(|shown| (owner(shown), text(shown, "uuid"))).collect();
    let count = devices.len() + presets.len();
    let devices = devices.map(|view| (text(view, "mac"), of_device(view)));
    let presets = presets.map(|shown| {
        if shown == kept { ("kept".into(), kept.clone()) } else { (owner(shown), of_preset(shown)) }
    });
    let mut stored: Stored = devices.chain(presets).collect();
    assert_eq!(stored.len(), count, "something is there twice");
    for hand in hands.iter_mut() {
        hand.nothing_was_sent_that_is_not_wanted(&stored).await;
        hand.learn(&mut stored, &ids);
    }
    assert_eq!(stored.remove("kept").as_ref(), Some(kept));
    assert_eq!(stored, Stored::new(), "nobody has made that");
}

fn total(answered: &Answered) -> u64 {
    answered.borrow().values().map(|count| u64::from(*count)).sum()
}

async fn until_answered(answered: &Answered, wanted: u64) {
    let enough = async {
        while total(answered) < wanted {
            actix_rt::time::sleep(Duration::from_millis(1)).await;
        }
    };
    actix_rt::time::timeout(PATIENCE, enough).await.expect("changes are answered");
}

#[actix_rt::test]
async fn what_was_answered_survives_a_hundred_kills_at_any_moment_and_no_half_of_a_change_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let mocks = Mocks::start(folder.path(), (ALONE + TOGETHER) as u32);
    let mut running = start(folder.path(), &mocks);
    let (places, kept) = prepare(&running.client()).await;
    let mut hands = hands(&places, &kept);

    let (mut dice, began) = (Dice(0x5eed), Instant::now());
    let (answered, mut starts) = (Answered::default(), Vec::new());
    for round in 1..=ROUNDS {
        let client = running.client();
        let (wanted, later) = (dice.below(ANSWERS_BELOW), Duration::from_micros(dice.below(LATER_BELOW_US)));
        let kill = async {
            until_answered(&answered, total(&answered) + wanted).await;
            actix_rt::time::sleep(later).await;
            running.send("KILL");
        };
        tokio::join!(join_all(hands.iter_mut().map(|hand| hand.work(&client, &answered))), kill);
        let log = running.killed();
        assert!(!log.contains("repairing"), "round {round}: {log}");

        let starting = Instant::now();
        running = start(folder.path(), &mocks);
        starts.push(starting.elapsed());
        check(&running.client(), &mut hands, &kept).await;
        assert!(began.elapsed() < BUDGET, "{round} of {ROUNDS} rounds took all the time: {BUDGET:?}");
    }

    starts.sort();
    let (median, slowest) = (starts[starts.len() / 2], starts[starts.len() - 1]);
    let (total, answered) = (total(&answered), answered.into_inner());
    println!("{ROUNDS} kills, {total} answered changes: {answered:?}");
    println!("starts took {median:?} in the median, the slowest {slowest:?}");
    assert!(slowest < REOPENED_WITHIN, "{slowest:?}");
    assert_eq!(answered.len(), KINDS, "{answered:?}");
}
