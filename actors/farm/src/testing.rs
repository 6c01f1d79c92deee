//! A farm on one thread, for the tests of this crate.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shiftboss_axeos::Mac;
use shiftboss_kernel::{PoolSpec, Strategy, SupervisorSpec, Tree};

use crate::command::{Command, Configure};
use crate::device::Polling;
use crate::directory::List;
use crate::discovery::DiscoveryConfig;
use crate::error::Error;
use crate::record::{Found, Observation, View};
use crate::router::{Imprint, Listen, Policy};
use crate::store::Database;
pub(crate) use crate::testkit::{Answer, Manner, Net};
use crate::{Clock, Farm, FarmConfig, wire};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A time of day to begin at.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

/// What a miner says.
pub(crate) fn info(hostname: &str) -> String {
    format!(
        r#"{{"ASICModel":"BM1368","hostname":"{hostname}","version":"v2.1.8","hashRate":700,"power":14}}"#
    )
}

/// What a miner says that shows its settings too, with these members in place of the usual ones.
pub(crate) fn full_info(more: &serde_json::Value) -> String {
    let mut info = serde_json::json!({
        "ASICModel": "BM1368", "hostname": "axe", "version": "v2.4.0", "hashRate": 700, "power": 14,
        "uptimeSeconds": 5000, "frequency": 490, "coreVoltage": 1166, "autofanspeed": 0, "fanspeed": 50,
        "ssid": "home", "stratumURL": "old.example", "stratumPort": 3333, "stratumUser": "me.axe",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        info[name] = value.clone();
    }
    info.to_string()
}

/// Settings to be asked for.
pub(crate) fn changes(asked: &serde_json::Value) -> shiftboss_axeos::command::Changes {
    shiftboss_axeos::command::Changes::parse(asked.as_object().unwrap()).unwrap()
}

/// The command to take these settings.
pub(crate) fn configure(asked: &serde_json::Value) -> Command {
    Command::Configure(Configure { changes: changes(asked), ..Configure::default() })
}

pub(crate) fn mac(index: u16) -> Mac {
    Mac::of_mock_port(index)
}

pub(crate) fn address(index: u16) -> String {
    format!("10.0.0.1:{index}")
}

pub(crate) fn found(index: u16) -> Found {
    let seen = Observation::parse(info(&format!("axe{index}")).as_bytes(), START_MS).unwrap();
    Found { mac: mac(index), address: address(index), seen: Arc::new(seen) }
}

/// Opens a database file, once the farm that had it open has let go of it.
pub(crate) async fn open(file: &Path) -> Database {
    let opened = async {
        loop {
            match Database::open(file) {
                Ok(database) => return database,
                Err(Error::InUse { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::time::timeout(SOON, opened).await.expect("it is let go of")
}

/// A whole farm on the calling thread, over a database file and a network of miners 1, 2, 3 …
pub(crate) struct Bench {
    pub(crate) net: Net,
    pub(crate) farm: Farm,
    pub(crate) tree: Tree,
}

impl Bench {
    pub(crate) async fn new(file: &Path, net: &Net, policy: Policy) -> Self {
        Self::over(open(file).await, net, policy).await
    }

    pub(crate) async fn over(database: Database, net: &Net, policy: Policy) -> Self {
        let config = FarmConfig {
            polling: polling(),
            discovery: DiscoveryConfig {
                listing_url: None,
                service_url: None,
                timeout: SECOND,
                concurrency: 1,
                body_limit_bytes: 65_536,
            },
            policy,
            arbiters: 0,
            pools: PoolSpec::default(),
            flush_interval: 15 * SECOND,
            connect: net.connect(),
            clock: Clock::tokio(START_MS),
        };
        let wired = wire(config, database).unwrap();
        let spec =
            wired.children.into_iter().fold(SupervisorSpec::new(Strategy::RestForOne), SupervisorSpec::child);
        let tree = Tree::start("controller", spec).await.unwrap();
        Self { net: net.clone(), farm: wired.farm, tree }
    }

    /// Imprints miners, each of which answers.
    pub(crate) async fn imprint(&self, indices: impl IntoIterator<Item = u16>) {
        let found: Vec<_> = indices.into_iter().map(found).collect();
        for found in &found {
            self.net.answer(&found.address, Answer::Body(info(&found.seen.hostname)));
        }
        self.farm.router.ask(Imprint(found), SOON).await.unwrap().unwrap();
    }

    /// Polls these miners and no others.
    pub(crate) async fn listen(&self, indices: impl IntoIterator<Item = u16>) {
        let macs = indices.into_iter().map(mac).collect();
        self.farm.router.ask(Listen { macs, trace_logs: false }, SOON).await.unwrap().unwrap();
    }

    pub(crate) async fn views(&self) -> Vec<View> {
        self.farm.directory.ask(List, SOON).await.unwrap()
    }

    pub(crate) async fn stop(mut self) {
        self.tree.shutdown();
        self.tree.ended().await;
    }
}

pub(crate) fn polling() -> Polling {
    Polling { interval: 5 * SECOND, timeout: 4 * SECOND, backoff_max: 30 * SECOND, body_limit_bytes: 4096 }
}
