//! `shiftboss mockfleet`: mock miners and their listing, alone.

use std::net::SocketAddr;

use actix::Arbiter;
use shiftboss_mockfleet::{FleetConfig, States};

use super::serve::{ANSWER_WITHIN, Running, listen, start, until_stopped};
use super::{chaos, print};
use crate::fault::Fault;
use crate::settings::{Mockfleet, Settings};

/// Files that are open beside those of each miner: connections of clients, databases, threads.
const SPARE_FILES: u64 = 64;

pub(super) fn run(settings: &Settings, allow_chaos: bool) -> Result<(), Fault> {
    let chaos = chaos::accepted(settings, allow_chaos)?;
    until_stopped(settings, async |watchdog| {
        let arbiter = Arbiter::new();
        watchdog.watch("mockfleet", &arbiter.handle());
        let (config, listing) = config(&settings.mockfleet, Pool::Elsewhere)?;
        let miners = config.places.list().len();
        let fleet = shiftboss_mockfleet::wire(config, Some(arbiter.handle()))?;
        let tree = start([fleet.bound], chaos, watchdog).await?;
        let states = fleet.fleet.ask(States, ANSWER_WITHIN).await.unwrap_or_default();
        let up = states.iter().filter(|miner| miner.port.is_some()).count();
        print(&format!(
            "shiftboss mockfleet: {up} of {miners} miners are up, listed at http://{listing}/servers\n"
        ))?;
        Ok(Running { tree, arbiters: vec![arbiter] })
    })
}

/// Where the pool is that miners mine at, if they do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pool {
    /// In this process, where the other ends of their connections are open, too.
    Here,
    Elsewhere,
}

/// A fleet as the settings say, with its listing's port bound, and where that is.
pub(super) fn config(settings: &Mockfleet, pool: Pool) -> Result<(FleetConfig, SocketAddr), Fault> {
    let places = settings.places();
    let needed = places.list().len() as u64 * files_of_a_miner(settings.mine, pool) + SPARE_FILES;
    match rlimit::Resource::NOFILE.get_soft() {
        Ok(limit) if limit < needed => return Err(Fault::OpenFiles { needed, limit }),
        // Where nobody can tell the limit, it is met or not.
        _ => {}
    }
    let address = SocketAddr::new(settings.listen_host, settings.listing_port);
    let listing = listen("mockfleet.listing_port", "--listing-port", address)?;
    let bound = listing.local_addr().map_err(Fault::System)?;
    let config = FleetConfig {
        places,
        listing,
        seed: settings.seed,
        fidelity: settings.fidelity,
        logs: settings.logs,
        pool: settings.pool,
        mine: settings.mine,
        // All of them are faults: the settings have been checked.
        faults: settings.faults.iter().filter_map(|text| text.parse().ok()).collect(),
    };
    Ok((config, bound))
}

/// Its port, and one end or both of its connection to the pool.
fn files_of_a_miner(mines: bool, pool: Pool) -> u64 {
    match pool {
        _ if !mines => 1,
        Pool::Elsewhere => 2,
        Pool::Here => 3,
    }
}
