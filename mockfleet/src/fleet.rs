//! The fleet: starts the miners in their pool, and is the one place that knows them all.
//!
//! It never talks to their clients. When the pool has been restarted it starts all miners again; when only it has
//! been, the miners run on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, ResponseFuture, WrapFuture};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use shiftboss_kernel::{Bound, ChildError, Ctx, Pool, Spec, StartChild, Tx, supervised};

use crate::miner::{Habits, Miner, MinerState, State};

/// Miners that are started at a time.
const STARTED_TOGETHER: usize = 64;

/// The time that the pool has to start one of them.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The time that a miner has to say where it is.
const STATE_WITHIN: Duration = Duration::from_secs(1);

/// The keeper of the miners.
pub struct Fleet {
    pool: Tx<Pool>,
    habits: Habits,
    ports: Arc<[u16]>,
    roster: Roster,
}

/// The miners' addresses, in the order of the fleet. They belong to the child, not to one value of it: after a panic
/// here the miners run on, and the fresh value reaches them by these.
type Roster = Arc<Mutex<Vec<Option<Tx<Miner>>>>>;

/// Asks who and where the miners are, in the order of the fleet. One that does not answer in time is left out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<MinerState>")]
pub struct States;

impl Fleet {
    pub(crate) fn spec(pool: Tx<Pool>, habits: Habits, ports: Vec<u16>) -> Spec<Self> {
        let roster = Roster::new(Mutex::new(vec![None; ports.len()]));
        let ports: Arc<[u16]> = ports.into();
        Spec::new("fleet", move || Self {
            pool: pool.clone(),
            habits,
            ports: Arc::clone(&ports),
            roster: Arc::clone(&roster),
        })
    }

    fn roster(&self) -> MutexGuard<'_, Vec<Option<Tx<Miner>>>> {
        self.roster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where a miner is, once it has started.
    fn note(&self, index: usize, miner: Tx<Miner>, started: Result<(), ChildError>) {
        match started {
            Ok(()) => self.roster()[index] = Some(miner),
            // It was started by a former value of this actor, and runs on at the address that is known.
            Err(ChildError::AlreadyStarted | ChildError::AlreadyPresent)
                if self.roster()[index].is_some() => {}
            Err(error) => {
                log::error!(target: "shiftboss::mockfleet", "{} does not run: {error}", miner.id());
            }
        }
    }
}

impl Actor for Fleet {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let (pool, habits) = (self.pool.clone(), self.habits);
        let miners: Vec<_> = (0_u32..).zip(self.ports.iter().copied()).collect();
        let starts = stream::iter(miners)
            .map(move |(index, port)| {
                let (miner, bound) = Miner::spec(index, port, habits).bind();
                let started = start(pool.clone(), bound);
                async move { (index as usize, miner, started.await) }
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
        let miners: Vec<_> = self.roster().iter().flatten().cloned().collect();
        Box::pin(async move {
            let asked = miners.iter().map(|miner| miner.ask(State, STATE_WITHIN));
            join_all(asked).await.into_iter().flatten().collect()
        })
    }
}
