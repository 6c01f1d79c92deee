//! Devices of every firmware that is known do what they are told, and what they did is what is told of them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use shiftboss_axeos::command::{Changes, Shown};
use shiftboss_axeos::{Asic, Mac};
use shiftboss_farm::command::{Command, Configure, Outcome, Stage, Verdict};
use shiftboss_farm::device::Polling;
use shiftboss_farm::device::transport::Http;
use shiftboss_farm::directory::{List, Look};
use shiftboss_farm::discovery::{Discover, DiscoveryConfig};
use shiftboss_farm::record::{Found, State, View};
use shiftboss_farm::rollout::{LookRollout, Progress, Share, StartRollout};
use shiftboss_farm::router::{Imprint, ORDER_WITHIN, Order, Policy};
use shiftboss_farm::store::Database;
use shiftboss_farm::{Clock, Farm, FarmConfig};
use shiftboss_kernel::{PoolSpec, Strategy, SupervisorSpec, Tree};
use shiftboss_mockfleet::{Fidelity, FleetConfig, Places};

use crate::support::{PATIENCE, own_address};

/// One for each firmware that the mock fleet plays.
const DEVICES: u16 = 16;

/// A device is away for some ten seconds when it restarts.
const RESTARTS_WITHIN: Duration = Duration::from_secs(60);

const SECRET: &str = "hunter22";

/// What is asked of a device that is seen so.
type Wish = fn(&View) -> Value;

/// A farm and a fleet on one thread, over real sockets.
struct Bench {
    farm: Farm,
    macs: Vec<Mac>,
    _tree: Tree,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let host = own_address();
        let places = Places::Ports { host: host.into(), ports: (8001..8001 + DEVICES).collect() };
        let listing = std::net::TcpListener::bind((host, 7770)).expect("free");
        let fleet = FleetConfig { fidelity: Fidelity::Device, ..FleetConfig::new(places, listing) };
        let fleet = shiftboss_mockfleet::wire(fleet, None).expect("sound");
        let database = Database::open(&folder.path().join("farm.redb")).expect("new");
        let wired = shiftboss_farm::wire(config(format!("http://{host}:7770")), database).expect("sound");
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(fleet.bound);
        let spec = wired.children.into_iter().fold(spec, SupervisorSpec::child);
        let tree = Tree::start("bench", spec).await.expect("it starts");
        let found = wired.farm.discovery.ask(Discover::default(), PATIENCE).await;
        let found = found.expect("answered").expect("found");
        let macs: Vec<_> = found.iter().map(|found| found.mac).collect();
        assert_eq!(macs.len(), usize::from(DEVICES));
        wired.farm.router.ask(Imprint(found), PATIENCE).await.expect("answered").expect("imprinted");
        Self { farm: wired.farm, macs, _tree: tree, _folder: folder }
    }

    async fn views(&self) -> Vec<View> {
        self.farm.directory.ask(List, PATIENCE).await.expect("answered")
    }

    async fn tell(&self, mac: Mac, command: Command) -> Outcome {
        let order = self.farm.router.ask(Order { mac, command }, ORDER_WITHIN).await;
        order.expect("answered").unwrap_or_else(|refused| panic!("{refused}"))
    }

    /// Tells every device what is made of its view.
    async fn tell_all(&self, wish: Wish) -> BTreeMap<String, Outcome> {
        let views = self.views().await;
        let told = views.iter().map(|view| async {
            let outcome = self.tell(view.record.mac, configure(&wish(view))).await;
            (shown(view).firmware().to_string(), outcome)
        });
        futures_util::future::join_all(told).await.into_iter().collect()
    }

    /// Waits until the view of a device is as wanted.
    async fn until(&self, mac: Mac, wanted: impl Fn(&View) -> bool) {
        let looks = async {
            loop {
                let view = self.farm.directory.ask(Look(mac), PATIENCE).await.expect("answered");
                if wanted(&view.expect("it is imprinted")) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(RESTARTS_WITHIN, looks)
            .await
            .unwrap_or_else(|_| panic!("{mac} does not come to that"));
    }
}

fn config(listing_url: String) -> FarmConfig {
    let timeout = Duration::from_secs(4);
    FarmConfig {
        polling: Polling {
            interval: Duration::from_secs(1),
            timeout,
            backoff_max: Duration::from_secs(1),
            body_limit_bytes: 65_536,
        },
        discovery: DiscoveryConfig {
            listing_url: Some(listing_url),
            service_url: None,
            timeout,
            concurrency: 16,
            body_limit_bytes: 65_536,
        },
        policy: Policy { auto_listen: true, delete_data: false },
        arbiters: 0,
        pools: PoolSpec::default(),
        flush_interval: Duration::from_secs(15),
        connect: Http::connect(),
        clock: Clock::System,
    }
}

fn shown(view: &View) -> Shown {
    Shown::read(view.seen.as_ref().expect("seen").body.as_bytes()).expect("readable")
}

fn configure(asked: &Value) -> Command {
    let changes = Changes::parse(asked.as_object().expect("an object")).expect("good");
    Command::Configure(Configure { changes, ..Configure::default() })
}

/// A frequency and a core voltage that are safe for a device.
fn safe(view: &View) -> Value {
    let seen = view.seen.as_ref().expect("seen");
    let info: Value = serde_json::from_str(&seen.body).expect("JSON");
    let asic = Asic::find(&seen.asic_model, info["boardVersion"].as_str()).expect("known");
    let (frequencies, voltages) = (asic.frequency_mhz.values, asic.core_voltage_mv.values);
    json!({ "frequency": frequencies[1], "coreVoltage": voltages[1] })
}

#[actix_rt::test]
async fn every_firmware_takes_settings_by_its_own_ways_and_shows_them_afterwards() {
    let bench = Bench::new().await;
    let wishes: [(&str, Wish); 4] = [
        ("its speed", safe),
        ("its fan", |_| json!({ "autofanspeed": 0, "fanspeed": 70 })),
        ("its screen", |_| json!({ "invertscreen": true })),
        ("its pool", |_| json!({ "stratumURL": "tcp://pool.example:4444", "stratumUser": "me.test" })),
    ];
    for (about, wish) in wishes {
        let told = bench.tell_all(wish).await;
        assert_eq!(told.len(), usize::from(DEVICES));
        for (firmware, outcome) in told {
            assert_eq!(outcome.verdict, Verdict::Verified, "{firmware}: {about}, {outcome:?}");
        }
    }
    for view in bench.views().await {
        let view_of = format!("{} {:?}", shown(&view).firmware(), view.status);
        assert!(view.status.drift.is_empty(), "{view_of}");
        assert!(!view.record.desired.settings.is_empty(), "{view_of}");
    }
}

#[actix_rt::test]
async fn a_rollout_gives_a_pool_and_its_password_to_a_fleet_of_mixed_firmware() {
    let bench = Bench::new().await;
    let changes = json!({ "stratumURL": "pool.example", "stratumPort": "4444", "wifiPass": SECRET });
    let changes = Changes::parse(changes.as_object().expect("an object")).expect("good");
    let configure = Configure { changes, ..Configure::default() };
    let start = StartRollout { configure, macs: bench.macs.clone() };
    let id = bench.farm.rollouts.ask(start, PATIENCE).await.expect("answered").expect("begun");
    let progress: std::sync::Arc<Progress> = loop {
        let look = bench.farm.rollouts.ask(LookRollout(id), PATIENCE).await;
        match look.expect("answered").expect("known") {
            ended if ended.ended_ms.is_some() => break ended,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    assert_eq!(progress.done.len(), usize::from(DEVICES));
    for (mac, share) in &progress.done {
        let Share::Told(outcome) = share else { panic!("{mac}: {share:?}") };
        assert_eq!(outcome.verdict, Verdict::Verified, "{mac}: {outcome:?}");
        assert!(outcome.needs_restart, "the Wi-Fi is read at boot");
    }
    let all = format!("{progress:?} {:?}", bench.views().await);
    assert!(!all.contains(SECRET));
}

#[actix_rt::test]
async fn every_firmware_restarts_when_it_is_told_to_and_its_uptime_shows_it() {
    let bench = Bench::new().await;
    let told = bench.macs.iter().map(|mac| bench.tell(*mac, Command::Restart));
    for outcome in futures_util::future::join_all(told).await {
        assert_eq!(outcome.verdict, Verdict::Acknowledged);
    }
    for mac in &bench.macs {
        bench
            .until(*mac, |view| {
                let stage = view.status.command.as_ref().map(|last| &last.stage);
                assert!(!matches!(stage, Some(Stage::Unconfirmed(_))), "{mac}: {stage:?}");
                stage == Some(&Stage::Confirmed) && view.status.state == State::Online
            })
            .await;
    }
}

#[actix_rt::test]
async fn a_device_that_is_discovered_elsewhere_is_found_again_and_keeps_its_record() {
    let bench = Bench::new().await;
    let view = bench.views().await.into_iter().find(|view| shown(view).mac().is_some()).expect("a newer one");
    let (mac, seen) = (view.record.mac, view.seen.expect("seen"));
    let strayed = Found { mac, address: "127.0.0.1:1".to_owned(), seen };
    bench.farm.router.ask(Imprint(vec![strayed]), PATIENCE).await.expect("answered").expect("imprinted");
    bench.until(mac, |view| view.status.state == State::Offline).await;
    bench.farm.discovery.ask(Discover::default(), PATIENCE).await.expect("answered").expect("found");
    bench.until(mac, |view| view.status.state == State::Online).await;
    let found = bench.farm.directory.ask(Look(mac), PATIENCE).await.expect("answered").expect("imprinted");
    assert_eq!(
        (&found.record.address, found.record.created_ms),
        (&view.record.address, view.record.created_ms)
    );
}
