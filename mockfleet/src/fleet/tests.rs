use std::net::{Ipv4Addr, TcpListener, TcpStream};

use shiftboss_kernel::{Action, Strategy, SupervisorSpec, Tree};

use super::*;
use crate::tree::{FleetConfig, wire};

const SECOND: Duration = Duration::from_secs(1);

/// A fleet on an address that no other test and no other program uses.
struct Rig {
    fleet: Tx<Fleet>,
    tree: Tree,
}

impl Rig {
    async fn new(test: u8, fidelity: Fidelity, faults: &[&str]) -> Self {
        let [high, low] = (std::process::id() as u16).to_be_bytes();
        let first = Ipv4Addr::new(127, high & 0x3f, low, 60 + 4 * test);
        Self::at(Places::Addresses { first, port: 8_080, count: 3 }, fidelity, faults).await
    }

    async fn at(places: Places, fidelity: Fidelity, faults: &[&str]) -> Self {
        let listing = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let config = FleetConfig { fidelity, faults: read(faults), ..FleetConfig::new(places, listing) };
        let wired = wire(config, None).unwrap();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(wired.bound);
        Self { fleet: wired.fleet, tree: Tree::start("root", spec).await.expect("the fleet starts") }
    }

    async fn set(&self, faults: &[&str]) {
        let taken = self.fleet.ask(Afflict(read(faults)), 5 * SECOND).await.expect("the fleet answers");
        taken.expect("they are faults");
    }

    /// Gives an order to the first miner.
    async fn order(&self, action: Action) {
        let carried_out = self.tree.operator().order("mockfleet/miners/miner:1", action, SECOND).await;
        carried_out.expect("it can be carried out");
    }

    async fn states(&self) -> Vec<MinerState> {
        self.fleet.ask(States, 5 * SECOND).await.expect("the fleet answers")
    }

    async fn first(&self) -> MinerState {
        self.states().await.remove(0)
    }

    async fn count(&self) -> usize {
        self.fleet.ask(Afflicted, 5 * SECOND).await.expect("the fleet answers").len()
    }

    async fn is_moved(&self) -> bool {
        let state = self.first().await;
        state.home.ip() != state.host
    }
}

fn read(faults: &[&str]) -> Vec<Affliction> {
    faults.iter().map(|text| text.parse().unwrap()).collect()
}

/// Lets time pass, and everybody do what is due.
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

#[actix_rt::test]
async fn a_fault_ends_by_itself_after_its_time_with_the_miner_and_in_the_fleet() {
    tokio::time::pause();
    for (test, fidelity) in [(0, Fidelity::Seed), (1, Fidelity::Device)] {
        let rig = Rig::new(test, fidelity, &[]).await;
        rig.set(&["changed-ip for_seconds=60", "html for_seconds=90", "reset"]).await;
        assert!(rig.is_moved().await);
        pass(59 * SECOND).await;
        assert!(rig.is_moved().await);
        assert_eq!(rig.count().await, 3);
        pass(2 * SECOND).await;
        assert!(!rig.is_moved().await);
        assert_eq!(rig.count().await, 2);
        pass(30 * SECOND).await;
        assert_eq!(rig.count().await, 1);
    }
}

#[actix_rt::test]
async fn faults_of_the_settings_strike_from_the_beginning_and_their_time_runs_from_there() {
    tokio::time::pause();
    for (test, fidelity) in [(2, Fidelity::Seed), (3, Fidelity::Device)] {
        let rig = Rig::new(test, fidelity, &["changed-ip for_seconds=60 miners=mockaxe1"]).await;
        assert!(rig.is_moved().await);
        pass(61 * SECOND).await;
        assert!(!rig.is_moved().await);
    }
}

#[actix_rt::test]
async fn a_device_in_a_reboot_loop_is_away_for_each_boot_and_up_between() {
    tokio::time::pause();
    let rig = Rig::new(4, Fidelity::Device, &[]).await;
    rig.set(&["reboot-loop every_seconds=60 for_seconds=200"]).await;
    let state = rig.first().await;
    let place = (state.host, state.port.expect("it listens"));
    pass(59 * SECOND).await;
    for _ in 0..3 {
        assert!(TcpStream::connect(place).is_ok() && !rig.first().await.restarting);
        pass(2 * SECOND).await;
        assert!(TcpStream::connect(place).is_err() && rig.first().await.restarting);
        // The longest boot takes 12 s.
        pass(12 * SECOND).await;
        assert!(TcpStream::connect(place).is_ok());
        pass(46 * SECOND).await;
    }
    pass(200 * SECOND).await;
    assert!(!rig.first().await.restarting, "it has ended");
}

#[actix_rt::test]
async fn a_miner_of_the_seeds_in_a_reboot_loop_restarts_for_5_s_each_time() {
    tokio::time::pause();
    let rig = Rig::new(5, Fidelity::Seed, &[]).await;
    rig.set(&["reboot-loop every_seconds=20"]).await;
    for _ in 0..3 {
        pass(Duration::from_millis(19_000)).await;
        assert!(!rig.first().await.restarting);
        pass(Duration::from_millis(1_000)).await;
        assert!(rig.first().await.restarting);
    }
    rig.set(&[]).await;
    pass(25 * SECOND).await;
    assert!(!rig.first().await.restarting);
}

#[actix_rt::test]
async fn of_two_orders_at_once_every_miner_obeys_the_later() {
    // More miners than are told at a time.
    let count = 2 * STARTED_TOGETHER as u16;
    let places = Places::Ports { host: Ipv4Addr::LOCALHOST.into(), ports: vec![0; count.into()] };
    for fidelity in [Fidelity::Seed, Fidelity::Device] {
        let rig = Rig::at(places.clone(), fidelity, &["changed-ip"]).await;
        let of_last = format!("changed-ip miners=mockaxe{count}");
        let later = [of_last.as_str()];
        tokio::join!(rig.set(&[]), rig.set(&later));
        let states = rig.states().await;
        let moved = states.iter().filter(|state| state.port != Some(state.home.port()));
        let moved: Vec<_> = moved.map(|state| state.hostname.clone()).collect();
        assert_eq!(moved, [format!("mockaxe{count}")]);
    }
}

#[actix_rt::test]
async fn a_miner_that_is_down_when_faults_are_set_has_them_as_it_starts() {
    tokio::time::pause();
    for (test, fidelity) in [(6, Fidelity::Seed), (7, Fidelity::Device)] {
        let rig = Rig::new(test, fidelity, &[]).await;
        for (faults, is_moved) in [(&["changed-ip"][..], true), (&[], false)] {
            rig.order(Action::Park).await;
            rig.set(faults).await;
            rig.order(Action::Resume).await;
            assert_eq!(rig.is_moved().await, is_moved);
        }
    }
}
