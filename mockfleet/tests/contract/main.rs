//! What a client of the Node.js mock service may rely on, over real sockets.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod devices;
mod faults;
mod listing;
mod logs;
mod miners;
mod mining;
mod requests;
mod sockets;

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
    tree: Tree,
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
        let listing = TcpListener::bind((HOST, 0)).unwrap();
        Self::like(FleetConfig { fidelity, logs, ..FleetConfig::new(places, listing) }).await
    }

    async fn like(config: FleetConfig) -> Self {
        let listing = config.listing.local_addr().unwrap().port();
        let wired = wire(config, None).unwrap();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(wired.bound);
        let tree = Tree::start("root", spec).await.expect("the fleet starts");
        Self { miners: wired.miners, fleet: wired.fleet, listing, tree }
    }

    async fn states(&self) -> Vec<MinerState> {
        self.fleet.ask(States, SOON).await.expect("the fleet answers")
    }

    /// How often miners were started again.
    async fn restarts(&self) -> u32 {
        let root = self.tree.observer().snapshot(SOON).await;
        let miners = root.find(["mockfleet", "miners"]).expect("it is there");
        miners.children.iter().map(|miner| miner.restarts).sum()
    }

    /// The ports of the miners that listen.
    async fn ports(&self) -> Vec<u16> {
        self.states().await.into_iter().filter_map(|state| state.port).collect()
    }
}
