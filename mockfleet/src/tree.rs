//! What a mock fleet is made of, as a branch of somebody's tree.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix::{Actor, ArbiterHandle, Supervised};
use shiftboss_kernel::{Bound, Ctx, Observer, Pool, PoolSpec, Spec, Strategy, SupervisorSpec, Tx};

use crate::clock::Clock;
use crate::error::Error;
use crate::faults::Affliction;
use crate::fleet::{Fidelity, Fleet, Making};
use crate::listing::{Listing, Lookout};
use crate::places::Places;

#[cfg(test)]
mod tests;

/// A fleet to be.
#[derive(Debug)]
pub struct FleetConfig {
    /// Where the miners listen: one for each place, in this order. `mockaxe1` is the first.
    pub places: Places,
    /// Where the listing listens. Bound by the caller, so that a taken port is the caller's to report.
    pub listing: TcpListener,
    /// The same seed draws the same fleet.
    pub seed: u64,
    /// How much the miners are like real ones.
    pub fidelity: Fidelity,
    /// Whether miners of the seeds publish a log over a WebSocket; devices always do.
    pub logs: bool,
    /// The pool that is in the flash of devices, instead of the factory's.
    pub pool: Option<SocketAddr>,
    /// Whether devices mine there. The shares of those that do not are supposed.
    pub mine: bool,
    /// What is wrong with miners from the beginning.
    pub faults: Vec<Affliction>,
}

impl FleetConfig {
    /// Mocks of the Node.js system with nothing wrong, that publish no log: what is to be otherwise is set in its field.
    pub fn new(places: Places, listing: TcpListener) -> Self {
        Self {
            places,
            listing,
            seed: 1,
            fidelity: Fidelity::Seed,
            logs: false,
            pool: None,
            mine: false,
            faults: Vec::new(),
        }
    }
}

/// A fleet, ready to be put under a supervisor.
#[derive(Debug)]
pub struct Wired {
    /// The branch: a supervisor `mockfleet` of the pool `miners`, the actor `fleet` and the actor `listing`.
    pub bound: Bound,
    /// The pool of the miners, whose ids are `miner:1` and on.
    pub miners: Tx<Pool>,
    /// Knows who and where the miners are.
    pub fleet: Tx<Fleet>,
}

/// Makes a branch of a fleet. All of it runs on `arbiter`, or on its supervisor's thread when there is none.
///
/// It has started when every miner has, be it bound to its port or not.
///
/// # Errors
/// A fault that names a miner which is not there, or a listing without an address. The kernel checks every
/// specification, which no configuration can make wrong.
pub fn wire(config: FleetConfig, arbiter: Option<ArbiterHandle>) -> Result<Wired, Error> {
    let lookout = Lookout::default();
    let (spec, miners, fleet) = plan(config, arbiter, &lookout)?;
    let (branch, bound) = spec.bind("mockfleet")?;
    // Nobody else has it yet.
    let _ = lookout.set(Observer::new(branch));
    Ok(Wired { bound, miners, fleet })
}

fn plan(
    config: FleetConfig,
    arbiter: Option<ArbiterHandle>,
    lookout: &Lookout,
) -> Result<(SupervisorSpec, Tx<Pool>, Tx<Fleet>), Error> {
    let FleetConfig { places, listing, seed, fidelity, logs, pool, mine, faults } = config;
    let address = listing.local_addr().map_err(Error::NoAddress)?.ip();
    let making = Making { fidelity, seed, logs, clock: Clock::new(), listing: address, pool, mines: mine };
    let (miners, pool) = PoolSpec::default().bind("miners", arbiter.clone())?;
    let keeper = Fleet::spec(miners.clone(), making, &places, faults).map_err(Error::NoFault)?;
    let (fleet, keeper) = on(keeper, arbiter.clone()).bind();
    let (_, listing) = on(Listing::spec(listing, fleet.clone(), Arc::clone(lookout)), arbiter).bind();
    let spec = SupervisorSpec::new(Strategy::RestForOne).child(pool).child(keeper).child(listing);
    Ok((spec, miners, fleet))
}

fn on<A: Actor<Context = Ctx<A>> + Supervised>(spec: Spec<A>, arbiter: Option<ArbiterHandle>) -> Spec<A> {
    match arbiter {
        Some(arbiter) => spec.on(arbiter),
        None => spec,
    }
}
