//! The fleet: starts the miners in their pool, and is the one place that knows them all.
//!
//! It never talks to their clients. When the pool has been restarted it starts all miners again; when only it has
//! been, the miners run on.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, ResponseFuture, WrapFuture};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use shiftboss_kernel::{Bound, ChildError, Ctx, Pool, Spec, StartChild, To, Tx, supervised};

use crate::axe::{Axe, Flash, World};
use crate::clock::Clock;
use crate::miner::{Habits, Miner, MinerState, State};
use crate::places::Places;

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

/// How to make a miner of this fleet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Making {
    pub(crate) fidelity: Fidelity,
    pub(crate) seed: u64,
    pub(crate) logs: bool,
    pub(crate) clock: Clock,
}

/// The keeper of the miners.
pub struct Fleet {
    pool: Tx<Pool>,
    making: Making,
    roster: Roster,
}

/// The miners in the order of the fleet. They belong to the child, not to one value of it: after a panic here the
/// miners run on, and the fresh value reaches them by their addresses.
type Roster = Arc<Mutex<Vec<Seat>>>;

/// What the fleet keeps of a miner.
struct Seat {
    index: u32,
    place: SocketAddr,
    /// A device's own, which outlives even the pool.
    flash: Option<Flash>,
    /// Where it is asked, once it has started.
    miner: Option<To<State>>,
}

/// Asks who and where the miners are, in the order of the fleet. One that does not answer in time is left out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<MinerState>")]
pub struct States;

impl Making {
    /// A miner that waits to be started, and the way to it.
    fn miner(&self, seat: &Seat) -> (To<State>, Bound) {
        let Self { seed, logs, clock, .. } = *self;
        match &seat.flash {
            Some(flash) => {
                let world = World { seed, clock };
                let (axe, bound) = Axe::spec(seat.index, seat.place, world, Arc::clone(flash)).bind();
                (axe.to(), bound)
            }
            None => {
                let habits = Habits { host: seat.place.ip(), seed, logs };
                let (miner, bound) = Miner::spec(seat.index, seat.place.port(), habits).bind();
                (miner.to(), bound)
            }
        }
    }

    fn seat(&self, index: u32, place: SocketAddr) -> Seat {
        let Self { fidelity, seed, clock, .. } = *self;
        let flash = (fidelity == Fidelity::Device).then(|| Axe::flash(index, place, World { seed, clock }));
        Seat { index, place, flash, miner: None }
    }
}

impl Fleet {
    pub(crate) fn spec(pool: Tx<Pool>, making: Making, places: &Places) -> Spec<Self> {
        let seats = (0_u32..).zip(places.list()).map(|(index, place)| making.seat(index, place)).collect();
        let roster = Roster::new(Mutex::new(seats));
        Spec::new("fleet", move || Self { pool: pool.clone(), making, roster: Arc::clone(&roster) })
    }

    fn roster(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where a miner is, once it has started.
    fn note(&self, index: u32, miner: To<State>, started: Result<(), ChildError>) {
        let mut roster = self.roster();
        // Indices only grow, so that they are in order.
        let Ok(which) = roster.binary_search_by_key(&index, |seat| seat.index) else { return };
        let seat = &mut roster[which];
        match started {
            Ok(()) => seat.miner = Some(miner),
            // It was started by a former value of this actor, and runs on at the address that is known.
            Err(ChildError::AlreadyStarted | ChildError::AlreadyPresent) if seat.miner.is_some() => {}
            Err(error) => {
                log::error!(target: "shiftboss::mockfleet", "miner:{} does not run: {error}", index + 1);
            }
        }
    }
}

impl Actor for Fleet {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let pool = self.pool.clone();
        let miners: Vec<_> = self.roster().iter().map(|seat| (seat.index, self.making.miner(seat))).collect();
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

async fn start(pool: Tx<Pool>, miner: Bound) -> Result<(), ChildError> {
    // A pool that does not answer is about to be restarted, and this actor with it.
    pool.ask(StartChild(miner), START_WITHIN).await.unwrap_or(Err(ChildError::Ending))
}

supervised!(Fleet);

impl Handler<States> for Fleet {
    type Result = ResponseFuture<Vec<MinerState>>;

    fn handle(&mut self, _: States, _: &mut Ctx<Self>) -> Self::Result {
        let miners: Vec<_> = self.roster().iter().filter_map(|seat| seat.miner.clone()).collect();
        Box::pin(async move {
            let asked = miners.iter().map(|miner| miner.ask(State, STATE_WITHIN));
            join_all(asked).await.into_iter().flatten().collect()
        })
    }
}
