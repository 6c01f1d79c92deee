//! A controller that is killed at any moment: what it had answered is there when it is back, and nothing else is.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::{Client, Daemon, Mocks, controller, text};

/// The most rounds, and the time for all of them.
const ROUNDS: u32 = 100;
const BUDGET: Duration = Duration::from_secs(30);

/// The time to open the database of a killed program; far less is usual.
const REOPENED_WITHIN: Duration = Duration::from_secs(10);

const MINERS: u32 = 4;

/// What is known of a device from the answers: whether it is imprinted, or `None` if the last change of it had none.
type Known = BTreeMap<String, Option<bool>>;

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn start(folder: &Path, mocks: &Mocks) -> Daemon {
    controller(folder, &[("discovery.listing_url", mocks.listing())])
}

/// Imprints and removes devices one after the other until the controller does not answer any more.
async fn change_until_the_end(client: &Client, known: &mut Known) -> u32 {
    let macs: Vec<String> = known.keys().cloned().collect();
    let mut changes = 0;
    for mac in macs.iter().cycle() {
        let is_imprinted = known[mac].unwrap_or_default();
        known.insert(mac.clone(), None);
        let answer = if is_imprinted {
            client.try_send("DELETE", &format!("/devices/imprint/{mac}"), Vec::new()).await
        } else {
            let body = json!({ "macs": [mac] }).to_string().into_bytes();
            client.try_send("PUT", "/devices/imprint", body).await
        };
        let Some(answer) = answer else { break };
        assert_eq!(answer.status, 200, "{mac}: {}", answer.body);
        known.insert(mac.clone(), Some(!is_imprinted));
        changes += 1;
    }
    changes
}

/// Compares what is there with what is known, and learns what became of the change that had no answer.
async fn check(client: &Client, known: &mut Known, round: u32) {
    let list = client.get("/devices/imprint").await.json(200);
    let there: Vec<_> =
        list["data"].as_array().expect("a list").iter().map(|device| text(device, "mac")).collect();
    for mac in &there {
        assert!(known.contains_key(mac), "round {round}: {mac} was never imprinted");
    }
    for (mac, imprinted) in known {
        let is_there = there.contains(mac);
        assert!(imprinted.is_none_or(|known| known == is_there), "round {round}: {mac}: {imprinted:?}");
        *imprinted = Some(is_there);
    }
}

#[actix_rt::test]
async fn what_was_answered_survives_a_kill_at_any_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let mocks = Mocks::start(folder.path(), MINERS);
    let first = start(folder.path(), &mocks);
    let found = first.client().get("/devices/discover").await.json(200);
    let macs = found.as_array().expect("a list").iter().map(|device| text(device, "mac"));
    let mut known: Known = macs.map(|mac| (mac, Some(false))).collect();
    assert_eq!(known.len(), MINERS as usize);
    // With this answer, what was found is on the disk too.
    let all = json!({ "macs": known.keys().collect::<Vec<_>>() });
    first.client().put("/devices/imprint", &all).await.json(200);
    known.values_mut().for_each(|imprinted| *imprinted = Some(true));

    let (mut running, mut dice, began) = (first, Dice(0x5eed), Instant::now());
    let (mut rounds, mut changes, mut slowest) = (0, 0, Duration::ZERO);
    while rounds < ROUNDS && began.elapsed() < BUDGET {
        rounds += 1;
        let client = running.client();
        let after = Duration::from_millis(5 + dice.below(120));
        let kill = async {
            actix_rt::time::sleep(after).await;
            running.send("KILL");
        };
        let (made, ()) = tokio::join!(change_until_the_end(&client, &mut known), kill);
        changes += made;
        running.signal("KILL");

        let reopening = Instant::now();
        running = start(folder.path(), &mocks);
        slowest = slowest.max(reopening.elapsed());
        check(&running.client(), &mut known, rounds).await;
    }
    println!("{rounds} kills, {changes} answered changes, the slowest start took {slowest:?}");
    assert!(slowest < REOPENED_WITHIN, "{slowest:?}");
    assert!(changes >= rounds, "{changes} changes in {rounds} rounds are no stream of them");
}
