//! A network without a network, and a farm on one thread, for the tests of this crate.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Strategy, SupervisorSpec, Tree};

use crate::device::Polling;
use crate::device::life::Miss;
use crate::device::transport::{Connect, Transport};
use crate::directory::List;
use crate::discovery::DiscoveryConfig;
use crate::record::{Found, Observation, View};
use crate::router::{Imprint, Listen, Policy};
use crate::store::Database;
use crate::{Clock, Farm, FarmConfig, wire};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A time of day to begin at.
pub(crate) const START_MS: u64 = 1_800_000_000_000;

/// How an address answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Body(String),
    After(Duration, String),
    Miss(Miss),
    Never,
}

#[derive(Default)]
struct Host {
    answer: Option<Answer>,
    asked: u32,
    in_flight: u32,
    most_in_flight: u32,
}

/// All addresses. One that is not known is unreachable.
#[derive(Clone, Default)]
pub(crate) struct Net(Arc<Mutex<HashMap<String, Host>>>);

impl Net {
    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.0.lock().unwrap()
    }

    pub(crate) fn answer(&self, address: &str, answer: Answer) {
        self.hosts().entry(address.to_owned()).or_default().answer = Some(answer);
    }

    /// Makes an address answer as a healthy miner.
    pub(crate) fn serve(&self, address: &str, hostname: &str) {
        self.answer(address, Answer::Body(info(hostname)));
    }

    /// How often an address was asked.
    pub(crate) fn asked(&self, address: &str) -> u32 {
        self.hosts().get(address).map_or(0, |host| host.asked)
    }

    pub(crate) fn most_in_flight(&self, address: &str) -> u32 {
        self.hosts().get(address).map_or(0, |host| host.most_in_flight)
    }

    pub(crate) fn connect(&self) -> Connect {
        let net = self.clone();
        Arc::new(move || Rc::new(net.clone()))
    }
}

/// Counts a request while it is in flight, also when it is given up.
struct InFlight(Net, String);

impl InFlight {
    fn new(net: &Net, address: &str) -> Self {
        let mut hosts = net.hosts();
        let host = hosts.entry(address.to_owned()).or_default();
        host.asked += 1;
        host.in_flight += 1;
        host.most_in_flight = host.most_in_flight.max(host.in_flight);
        drop(hosts);
        Self(net.clone(), address.to_owned())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(host) = self.0.hosts().get_mut(&self.1) {
            host.in_flight -= 1;
        }
    }
}

impl Transport for Net {
    fn get_info(&self, address: &str, limit: usize) -> LocalBoxFuture<'static, Result<Bytes, Miss>> {
        let in_flight = InFlight::new(self, address);
        let answer = self.hosts().get(address).and_then(|host| host.answer.clone());
        Box::pin(async move {
            let _in_flight = in_flight;
            match answer {
                Some(Answer::Body(body)) if body.len() > limit => Err(Miss::TooLarge(limit)),
                Some(Answer::Body(body)) => Ok(body.into()),
                Some(Answer::After(pause, body)) => {
                    tokio::time::sleep(pause).await;
                    Ok(body.into())
                }
                Some(Answer::Miss(miss)) => Err(miss),
                Some(Answer::Never) => std::future::pending().await,
                None => Err(Miss::Unreachable("no such host".into())),
            }
        })
    }
}

/// What a miner says.
pub(crate) fn info(hostname: &str) -> String {
    format!(
        r#"{{"ASICModel":"BM1368","hostname":"{hostname}","version":"v2.1.8","hashRate":700,"power":14}}"#
    )
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
                Err(error) if error.to_string().contains("in use") => tokio::task::yield_now().await,
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
            flush_interval: 15 * SECOND,
            connect: net.connect(),
            clock: Clock::tokio(START_MS),
        };
        let wired = wire(config, open(file).await).unwrap();
        let spec =
            wired.children.into_iter().fold(SupervisorSpec::new(Strategy::RestForOne), SupervisorSpec::child);
        let tree = Tree::start("controller", spec).await.unwrap();
        Self { net: net.clone(), farm: wired.farm, tree }
    }

    /// Imprints miners, each of which answers.
    pub(crate) async fn imprint(&self, indices: impl IntoIterator<Item = u16>) {
        let found: Vec<_> = indices.into_iter().map(found).collect();
        for found in &found {
            self.net.serve(&found.address, &found.seen.hostname);
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
