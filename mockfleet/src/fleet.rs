//! The fleet: starts the miners in their pool, and is the one place that knows them all.
//!
//! It never talks to their clients. When the pool has been restarted it starts all miners again; when only it has
//! been, the miners run on.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::fut::ready;
use actix::{
    Actor, ActorFutureExt, AsyncContext, Handler, Message, ResponseActFuture, ResponseFuture, SpawnHandle,
    WrapFuture,
};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use shiftboss_kernel::{Bound, ChildError, Ctx, Pool, Spec, StartChild, Terminate, To, Tx, supervised};

use crate::axe::{self, Flash};
use crate::error::Error;
use crate::faults::{Affliction, Flaw, Kept, Suffer};
use crate::miner::{MinerState, State};
use crate::places::Places;
use faults::Standing;
pub(crate) use faults::{Afflict, Afflicted, InForce};
pub(crate) use making::Making;

mod faults;
mod making;
#[cfg(test)]
mod tests;

/// Miners that are started at a time.
const STARTED_TOGETHER: usize = 64;

/// The time that the pool has to start one of them.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The time that a miner has to say where it is.
const STATE_WITHIN: Duration = Duration::from_secs(1);

/// How much the miners are like real ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fidelity {
    /// They are the mocks of the Node.js system: two shapes, drawn values, 503 while they restart.
    #[default]
    Seed,
    /// They answer as devices of 16 firmwares do, over a physical model, and are unreachable while they restart.
    Device,
}

/// The keeper of the miners.
pub struct Fleet {
    pool: Tx<Pool>,
    making: Making,
    places: Arc<Places>,
    roster: Roster,
    /// What notes the ends of faults.
    ends: Vec<SpawnHandle>,
}

/// The miners in the order of the fleet. They belong to the child, not to one value of it: after a panic here the
/// miners run on, and the fresh value reaches them by their addresses.
type Roster = Arc<Mutex<Staff>>;

/// The miners, and what strikes them.
struct Staff {
    seats: Vec<Seat>,
    standing: Vec<Standing>,
}

/// What the fleet keeps of a miner.
struct Seat {
    index: u32,
    place: SocketAddr,
    /// The place with the port that the system has chosen, as far as it is known.
    home: SocketAddr,
    /// A device's own, which outlives even the pool.
    flash: Option<Flash>,
    /// What it suffers, which outlives the pool as well.
    kept: Kept,
    /// Where it is asked, once it has started.
    miner: Option<Ways>,
}

/// The ways to a miner.
#[derive(Clone)]
struct Ways {
    state: To<State>,
    suffer: To<Suffer>,
}

/// Asks who and where the miners are, in the order of the fleet. One that does not answer in time is left out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<MinerState>")]
pub struct States;

/// Starts one more miner, at a place, or after the last.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<MinerState, Error>")]
pub(crate) struct Add(pub(crate) Option<SocketAddr>);

/// Stops a miner for good, by its name.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub(crate) struct Remove(pub(crate) String);

impl Fleet {
    /// A fleet whose miners suffer these faults from the beginning.
    ///
    /// # Errors
    /// A fault that none of its miners can have.
    pub(crate) fn spec(
        pool: Tx<Pool>,
        making: Making,
        places: &Places,
        faults: Vec<Affliction>,
    ) -> Result<Spec<Self>, Flaw> {
        let seats = (0_u32..).zip(places.list()).map(|(index, place)| making.seat(index, place)).collect();
        let mut staff = Staff { seats, standing: Vec::new() };
        // None of them runs yet, so that nobody needs to be told.
        drop(staff.afflict(&making, places, faults)?);
        let roster = Roster::new(Mutex::new(staff));
        let places = Arc::new(places.clone());
        Ok(Spec::new("fleet", move || Self {
            pool: pool.clone(),
            making,
            places: Arc::clone(&places),
            roster: Arc::clone(&roster),
            ends: Vec::new(),
        }))
    }

    fn roster(&self) -> MutexGuard<'_, Staff> {
        open(&self.roster)
    }

    /// Takes a seat for one more miner.
    fn engage(&self, place: Option<SocketAddr>) -> Result<(u32, Ways, Bound), Error> {
        let mut roster = self.roster();
        let last = roster.seats.last().map(|seat| seat.place);
        let place = place.or_else(|| self.places.after(last)).ok_or(Error::NoPlace)?;
        if place.port() != 0 && roster.seats.iter().any(|seat| seat.place == place) {
            return Err(Error::PlaceTaken(place));
        }
        let index = roster.seats.last().map_or(0, |seat| seat.index + 1);
        let seat = self.making.seat(index, place);
        let (miner, bound) = self.making.miner(&seat);
        roster.seats.push(seat);
        roster.strike_newcomer(&self.making, &self.places);
        Ok((index, miner, bound))
    }

    /// Takes the seat of a miner away.
    fn dismiss(&self, hostname: &str) -> Result<String, Error> {
        let mut roster = self.roster();
        let which = roster.seats.iter().position(|seat| axe::hostname(seat.index) == hostname);
        let seat = roster.seats.remove(which.ok_or_else(|| Error::NoMiner(hostname.to_owned()))?);
        roster.spare(seat.index);
        Ok(id_of(seat.index))
    }

    /// Notes where a miner is, once it has started.
    fn note(&self, index: u32, miner: Ways, started: Result<(), ChildError>) {
        let mut roster = self.roster();
        let Some(seat) = roster.seat(index) else { return };
        match started {
            Ok(()) => seat.miner = Some(miner),
            // It was started by a former value of this actor, and runs on at the address that is known.
            Err(ChildError::AlreadyStarted | ChildError::AlreadyPresent) if seat.miner.is_some() => {}
            Err(error) => {
                log::error!(target: "shiftboss::mockfleet", "{} does not run: {error}", id_of(index));
            }
        }
    }
}

impl Actor for Fleet {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let pool = self.pool.clone();
        self.tell_faults();
        self.note_ends(ctx);
        let miners: Vec<_> =
            self.roster().seats.iter().map(|seat| (seat.index, self.making.miner(seat))).collect();
        let starts = stream::iter(miners)
            .map(move |(index, (miner, bound))| {
                let started = start(pool.clone(), bound);
                async move { (index, miner, started.await) }
            })
            .buffer_unordered(STARTED_TOGETHER)
            .collect::<Vec<_>>();
        // The fleet has started when its miners have.
        ctx.wait(starts.into_actor(self).map(|started, this, _| {
            for (index, miner, result) in started {
                this.note(index, miner, result);
            }
        }));
    }
}

/// The roster, also after a panic of whoever had it.
fn open(roster: &Roster) -> MutexGuard<'_, Staff> {
    roster.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn start(pool: Tx<Pool>, miner: Bound) -> Result<(), ChildError> {
    // A pool that does not answer is about to be restarted, and this actor with it.
    pool.ask(StartChild(miner), START_WITHIN).await.unwrap_or(Err(ChildError::Ending))
}

supervised!(Fleet);

/// The id of a miner among the actors.
pub(crate) fn id_of(index: u32) -> String {
    format!("miner:{}", index + 1)
}

impl Handler<Add> for Fleet {
    type Result = ResponseActFuture<Self, Result<MinerState, Error>>;

    fn handle(&mut self, Add(place): Add, _: &mut Ctx<Self>) -> Self::Result {
        let (index, miner, bound) = match self.engage(place) {
            Ok(engaged) => engaged,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let (pool, asked) = (self.pool.clone(), miner.state.clone());
        let started = async move {
            let started = start(pool, bound).await;
            (started, asked.ask(State, STATE_WITHIN).await.map_err(Error::Silent))
        };
        Box::pin(started.into_actor(self).map(move |(started, state), this, _| {
            match started {
                Ok(()) => {
                    this.note(index, miner, started);
                    if let Ok(state) = &state {
                        this.roster().welcome(index, state.home);
                    }
                    state
                }
                Err(error) => {
                    let hostname = axe::hostname(index);
                    // Its seat is there: nobody has taken it since.
                    let _ = this.dismiss(&hostname);
                    Err(Error::NotStarted { hostname, cause: error.to_string() })
                }
            }
        }))
    }
}

impl Handler<Remove> for Fleet {
    type Result = ResponseFuture<Result<(), Error>>;

    fn handle(&mut self, Remove(hostname): Remove, _: &mut Ctx<Self>) -> Self::Result {
        let (pool, dismissed) = (self.pool.clone(), self.dismiss(&hostname));
        Box::pin(async move {
            // It has no seat any more: whatever becomes of its end, it is not started again.
            match pool.ask(Terminate(dismissed?.into()), START_WITHIN).await? {
                Ok(()) | Err(ChildError::NotFound) => Ok(()),
                Err(error) => Err(Error::NotStopped { hostname, cause: error.to_string() }),
            }
        })
    }
}

impl Handler<States> for Fleet {
    type Result = ResponseFuture<Vec<MinerState>>;

    fn handle(&mut self, _: States, _: &mut Ctx<Self>) -> Self::Result {
        let miners: Vec<_> = self.roster().seats.iter().filter_map(|seat| seat.miner.clone()).collect();
        Box::pin(async move {
            let asked = miners.iter().map(|miner| miner.state.ask(State, STATE_WITHIN));
            join_all(asked).await.into_iter().flatten().collect()
        })
    }
}
