use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use jiff::Timestamp;
use shiftboss_kernel::testkit::Probe;
use shiftboss_kernel::{ChildEvent, InjectPanic, News, Refused, Tree, Watch};

use super::*;
use crate::fleet::{Afflict, Afflicted};
use crate::{MinerState, States};

const SECOND: Duration = Duration::from_secs(1);

/// The branch as a whole tree, so that its supervisor can be asked.
struct Rig {
    tree: Tree,
    miners: Tx<Pool>,
    fleet: Tx<Fleet>,
}

impl Rig {
    async fn new(ports: Vec<u16>) -> Self {
        let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let listing = TcpListener::bind((host, 0)).unwrap();
        let places = Places::Ports { host, ports };
        let config = FleetConfig::new(places, listing);
        let (spec, miners, fleet) = plan(config, None, &Lookout::default()).unwrap();
        Self { tree: Tree::start("mockfleet", spec).await.expect("the fleet starts"), miners, fleet }
    }

    async fn states(&self) -> Vec<MinerState> {
        self.fleet.ask(States, 5 * SECOND).await.expect("the fleet answers")
    }

    /// Makes a child of the branch panic over a message that somebody sends it anyway.
    async fn inject(&self, id: &str) {
        let fault = InjectPanic { id: id.into(), nth: 1 };
        self.tree
            .root()
            .ask(fault, SECOND)
            .await
            .expect("the supervisor answers")
            .expect("it knows the child");
    }
}

fn starts(states: &[MinerState]) -> Vec<Timestamp> {
    states.iter().map(|state| state.started_at).collect()
}

#[actix_rt::test]
async fn when_the_tree_has_started_every_miner_listens_in_the_order_of_the_fleet() {
    let states = Rig::new(vec![0; 200]).await.states().await;
    let names: Vec<_> = states.iter().map(|state| state.hostname.clone()).collect();
    assert_eq!(names, (1..=200).map(|n| format!("mockaxe{n}")).collect::<Vec<_>>());
    assert!(states.iter().all(|state| state.port.is_some()));
}

#[actix_rt::test]
async fn a_fleet_without_miners_is_a_fleet() {
    assert_eq!(Rig::new(vec![]).await.states().await, []);
}

#[actix_rt::test]
async fn a_panic_of_the_fleet_leaves_the_miners_running_and_known() {
    let rig = Rig::new(vec![0; 100]).await;
    let before = rig.states().await;
    rig.inject("fleet").await;
    assert_eq!(rig.fleet.ask(States, 5 * SECOND).await, Err(Refused::Gone));
    assert_eq!(rig.states().await, before);
}

#[actix_rt::test]
async fn after_a_panic_of_the_pool_every_miner_is_started_again() {
    let rig = Rig::new(vec![0; 100]).await;
    let before = rig.states().await;
    let (mut probe, watcher, bound) = Probe::<ChildEvent>::new("watcher");
    let _watching =
        Tree::start("watching", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await.unwrap();
    rig.tree.root().ask(Watch(watcher), SECOND).await.unwrap();
    rig.inject("miners").await;
    let nobody = InjectPanic { id: "nobody".into(), nth: 1 };
    assert_eq!(rig.miners.ask(nobody, SECOND).await, Err(Refused::Gone));
    probe.expect_where(10 * SECOND, |event| &*event.id == "fleet" && event.news == News::Started).await;
    let after = rig.states().await;
    assert_eq!(after.len(), 100);
    assert!(after.iter().all(|state| state.port.is_some()));
    assert!(starts(&before).iter().max() < starts(&after).iter().min());
}

#[actix_rt::test]
async fn the_whole_branch_runs_on_the_thread_it_is_given() {
    let arbiter = actix::Arbiter::new();
    let host = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let listing = TcpListener::bind((host, 0)).unwrap();
    let places = Places::Ports { host, ports: vec![0; 3] };
    let config = FleetConfig::new(places, listing);
    let wired = wire(config, Some(arbiter.handle())).unwrap();
    let mut tree =
        Tree::start("root", SupervisorSpec::new(Strategy::OneForOne).child(wired.bound)).await.unwrap();
    assert_eq!(wired.fleet.ask(States, 5 * SECOND).await.unwrap().len(), 3);
    tree.shutdown();
    tree.ended().await;
    arbiter.stop();
}

#[actix_rt::test]
async fn over_a_panic_of_the_fleet_its_faults_stay_and_still_end() {
    tokio::time::pause();
    let rig = Rig::new(vec![0; 3]).await;
    let faults = ["html for_seconds=60", "reset"].map(|text| text.parse().expect("a fault"));
    rig.fleet.ask(Afflict(faults.into()), SECOND).await.expect("it answers").expect("they are faults");
    rig.inject("fleet").await;
    assert_eq!(rig.fleet.ask(States, SECOND).await, Err(Refused::Gone));
    let in_force = async || rig.fleet.ask(Afflicted, 5 * SECOND).await.expect("it answers").len();
    assert_eq!(in_force().await, 2);
    tokio::time::sleep(61 * SECOND).await;
    assert_eq!(in_force().await, 1);
}
