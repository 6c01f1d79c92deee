//! What a client of the Node.js mock service may rely on, over real sockets.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod devices;
mod faults;
mod listing;
mod logs;
mod miners;
mod requests;

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::time::Duration;

use shiftboss_kernel::{Pool, Strategy, SupervisorSpec, Tree, Tx};
use shiftboss_mockfleet::{Fidelity, Fleet, FleetConfig, MinerState, Places, States, wire};

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A fleet that runs.
struct Rig {
    miners: Tx<Pool>,
    fleet: Tx<Fleet>,
    listing: u16,
    _tree: Tree,
}

impl Rig {
    /// So many miners on any free ports.
    async fn of(count: usize) -> Self {
        Self::start(vec![0; count], false).await
    }

    async fn start(ports: Vec<u16>, logs: bool) -> Self {
        Self::at(Places::Ports { host: HOST, ports }, Fidelity::Seed, logs).await
    }

    async fn at(places: Places, fidelity: Fidelity, logs: bool) -> Self {
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let listing = listener.local_addr().unwrap().port();
        let config = FleetConfig { places, listing: listener, seed: 1, fidelity, logs, faults: Vec::new() };
        let wired = wire(config, None).unwrap();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(wired.bound);
        let tree = Tree::start("root", spec).await.expect("the fleet starts");
        Self { miners: wired.miners, fleet: wired.fleet, listing, _tree: tree }
    }

    async fn states(&self) -> Vec<MinerState> {
        self.fleet.ask(States, SOON).await.expect("the fleet answers")
    }

    /// The ports of the miners that listen.
    async fn ports(&self) -> Vec<u16> {
        self.states().await.into_iter().filter_map(|state| state.port).collect()
    }
}
