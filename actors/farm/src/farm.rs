//! Wires the controller's actors: who knows whom, on which thread, in which order.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::{Arbiter, ArbiterHandle};
use shiftboss_kernel::{
    Backoff, Bound, Pool, PoolSpec, Shutdown, Spec, SpecError, Strategy, Supervisor, SupervisorSpec, To, Tx,
};

use crate::clock::Clock;
use crate::device::transport::Connect;
use crate::device::{Polling, Surroundings};
use crate::directory::Directory;
use crate::discovery::{Discovery, DiscoveryConfig, ForgetFound};
use crate::freshness::Freshness;
use crate::meter::Meter;
use crate::preset::Presets;
use crate::rollout::Desk;
use crate::router::{Lane, Order, Policy, Router, Sighted, Staff};
use crate::store::{Database, Store};

/// How a farm is run.
pub struct FarmConfig {
    /// How devices are polled.
    pub polling: Polling,
    /// Where devices are looked for.
    pub discovery: DiscoveryConfig,
    /// What is done without being asked.
    pub policy: Policy,
    /// Threads of devices; with 0 the whole farm, the store too, runs on the calling thread, as simulations do.
    pub arbiters: usize,
    /// How the failures of devices are borne.
    pub pools: PoolSpec,
    /// How often what devices said goes to the disk.
    pub flush_interval: Duration,
    /// The way to devices.
    pub connect: Connect,
    /// The time of day.
    pub clock: Clock,
}

/// The ways to the actors of a farm.
#[derive(Clone)]
pub struct Farm {
    /// Owns the database.
    pub store: Tx<Store>,
    /// Makes and unmakes devices.
    pub router: Tx<Router>,
    /// Knows the latest of each.
    pub directory: Tx<Directory>,
    /// Finds new ones.
    pub discovery: Tx<Discovery>,
    /// Gives settings to many devices.
    pub rollouts: Tx<Desk>,
    /// Keeps what they are given by name.
    pub presets: Tx<Presets>,
    /// Know the rows of a scrape.
    pub meters: Arc<[Tx<Meter>]>,
    /// Supervise devices, one pool a thread.
    pub pools: Arc<[Tx<Pool>]>,
    /// Supervises the pools and the router.
    pub devices: Tx<Supervisor>,
}

/// A farm that is ready to run.
pub struct Wired {
    /// The ways to its actors.
    pub farm: Farm,
    /// Its children, in the order of their start, for the supervisor of the controller.
    pub children: Vec<Bound>,
    /// Its threads by name: `store`, then `devices:0` and on. To be stopped when its tree has ended.
    pub arbiters: Vec<(String, Arbiter)>,
}

/// A store that waits for the disk is given time.
const STORE_STOP_WITHIN: Duration = Duration::from_secs(5);

/// Reports that the directory and a meter accept ahead: one of each of ten thousand devices, twice.
const REPORTS_AHEAD: u32 = 20_000;

/// Makes the actors; nothing runs yet.
///
/// # Errors
/// Only if this function itself is wrong: ids and limits are constants.
pub fn wire(config: FarmConfig, database: Database) -> Result<Wired, SpecError> {
    let threads = Threads::new(config.arbiters);

    let database = Arc::new(database);
    let (store, store_bound) = Spec::new("store", move || Store::new(Arc::clone(&database)))
        .on(threads.disk())
        .capacity(1024)
        .shutdown(Shutdown::Timeout(STORE_STOP_WITHIN))
        .bind();

    let freshness = Freshness::new(config.clock, &config.polling);
    let (keep, flush_interval) = (store.to(), config.flush_interval);
    let (directory, directory_bound) =
        Spec::new("directory", move || Directory::new(keep.clone(), flush_interval, freshness))
            .capacity(REPORTS_AHEAD)
            .bind();

    let clock = config.clock;
    let mut children = vec![store_bound, directory_bound];
    let (meters, bounds): (Vec<_>, Vec<_>) =
        threads.devices().into_iter().enumerate().map(|numbered| meter(numbered, freshness)).unzip();
    children.extend(bounds);

    let forget_found = Arc::new(OnceLock::new());
    let hands = Hands {
        store: store.clone(),
        directory: directory.clone(),
        discovery: Arc::clone(&forget_found),
        meters: meters.clone(),
    };
    let settings = Arc::new(config.discovery.clone());
    let (ward, devices) = devices(config, hands, threads.devices())?;
    let Ward { router, pools, supervisor } = ward;
    // Started before the devices, though it tells the router whom it has seen: what it has found outlives them.
    let (discovery, outside) = outside(settings, store.clone(), router.to(), clock)?;
    forget_found.get_or_init(|| discovery.to());
    let (rollouts, presets, desk) = rollouts(router.to(), store.clone(), clock)?;
    children.extend([outside, devices, desk]);

    let meters = meters.into();
    let farm =
        Farm { store, router, directory, discovery, rollouts, presets, meters, pools, devices: supervisor };
    Ok(Wired { farm, children, arbiters: threads.named() })
}

/// The store's thread first, then those of the devices; none at all for a farm on the calling thread.
struct Threads(Vec<Arbiter>);

impl Threads {
    fn new(devices: usize) -> Self {
        let all = if devices == 0 { 0 } else { 1 + devices };
        Self((0..all).map(|_| Arbiter::new()).collect())
    }

    fn disk(&self) -> Option<ArbiterHandle> {
        self.0.first().map(Arbiter::handle)
    }

    fn devices(&self) -> Vec<Option<ArbiterHandle>> {
        match self.0.get(1..) {
            Some(threads) => threads.iter().map(|thread| Some(thread.handle())).collect(),
            None => vec![None],
        }
    }

    fn named(self) -> Vec<(String, Arbiter)> {
        let devices = (0..).map(|index| format!("devices:{index}"));
        std::iter::once("store".to_owned()).chain(devices).zip(self.0).collect()
    }
}

fn meter((index, thread): (usize, Option<ArbiterHandle>), freshness: Freshness) -> (Tx<Meter>, Bound) {
    let spec = Spec::new(format!("meter:{index}"), move || Meter::new(freshness));
    spec.on(thread).capacity(REPORTS_AHEAD).bind()
}

/// What talks to the world beside devices. Its failures stay here: a neighbour that misbehaves costs patience.
fn outside(
    settings: Arc<DiscoveryConfig>,
    store: Tx<Store>,
    sightings: To<Sighted>,
    clock: Clock,
) -> Result<(Tx<Discovery>, Bound), SpecError> {
    let make = move || Discovery::new(Arc::clone(&settings), store.clone(), sightings.clone(), clock);
    let (discovery, bound) = Spec::new("discovery", make)
        .backoff(Backoff::new(Duration::from_secs(1), Duration::from_secs(30)))
        .bind();
    let spec = SupervisorSpec::new(Strategy::OneForOne).intensity(10, Duration::from_secs(60)).child(bound);
    Ok((discovery, spec.bind("outside")?.1))
}

struct Hands {
    store: Tx<Store>,
    directory: Tx<Directory>,
    discovery: Arc<OnceLock<To<ForgetFound>>>,
    meters: Vec<Tx<Meter>>,
}

/// Where devices live.
struct Ward {
    router: Tx<Router>,
    pools: Arc<[Tx<Pool>]>,
    supervisor: Tx<Supervisor>,
}

/// The pools, and after them the router, which fills them: when a pool fails the router begins anew.
fn devices(
    config: FarmConfig,
    hands: Hands,
    threads: Vec<Option<ArbiterHandle>>,
) -> Result<(Ward, Bound), SpecError> {
    let FarmConfig { polling, connect, policy, clock, pools, .. } = config;
    let mut spec = SupervisorSpec::new(Strategy::RestForOne).intensity(5, Duration::from_secs(60));
    let mut lanes = Vec::new();
    for (index, (arbiter, meter)) in threads.into_iter().zip(hands.meters).enumerate() {
        let (pool, bound) = pools.capacity(4096).bind(&format!("pool:{index}"), arbiter.clone())?;
        spec = spec.child(bound);
        let around = Arc::new(Surroundings {
            polling: polling.clone(),
            connect: Arc::clone(&connect),
            directory: hands.directory.to(),
            reports: [hands.directory.to(), meter.to()],
            clock,
        });
        lanes.push(Lane { arbiter, pool, meter, around });
    }
    let pools = lanes.iter().map(|lane| lane.pool.clone()).collect();
    let Hands { store, directory, discovery, .. } = hands;
    let staff = Staff { store, directory, discovery, lanes: lanes.into() };
    let (router, bound) =
        Spec::new("router", move || Router::new(staff.clone(), clock, policy)).capacity(256).bind();
    let (supervisor, bound) = spec.child(bound).bind("devices")?;
    Ok((Ward { router, pools, supervisor }, bound))
}

/// Rollouts in a pool of their own, the desk that begins them, and the presets that they may give. After the devices,
/// which they tell.
fn rollouts(
    orders: To<Order>,
    store: Tx<Store>,
    clock: Clock,
) -> Result<(Tx<Desk>, Tx<Presets>, Bound), SpecError> {
    let (pool, pool_bound) = PoolSpec::default().bind("runs", None)?;
    let (desk, bound) =
        Spec::new("desk", move || Desk::new(pool.clone(), orders.clone(), clock)).capacity(1024).bind();
    let (presets, presets_bound) =
        Spec::new("presets", move || Presets::new(store.clone(), clock)).capacity(1024).bind();
    let spec = SupervisorSpec::new(Strategy::RestForOne);
    let spec = spec.child(pool_bound).child(bound).child(presets_bound);
    Ok((desk, presets, spec.bind("rollouts")?.1))
}
