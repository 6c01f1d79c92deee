//! Knows all rollouts: begins them, says how they stand, and forgets those that ended long ago.
//!
//! It tells no device anything. What it knows is lost with the process; what the devices were asked is not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{
    Actor, ActorFutureExt, AsyncContext, Handler, Message, MessageResult, ResponseActFuture, WrapFuture,
};
use shiftboss_kernel::{
    ChildEvent, Ctx, Exit, News, Pool, Refused, Restart, Shutdown, Spec, StartChild, To, Tx, Watch,
    supervised,
};

use super::course::{Cancel, Course, Ways};
use super::{
    CancelRollout, DEVICES_AT_MOST, ListRollouts, LookRollout, Progress, REMEMBERED, REMEMBERED_MS,
    ROLLOUTS_AT_MOST, RolloutError, RolloutId, StartRollout,
};
use crate::clock::Clock;
use crate::record::UnixMs;
use crate::router::Order;

/// The time that the pool has to do its part.
const POOL_WITHIN: Duration = Duration::from_secs(10);

/// How a rollout stands.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Stands(pub(super) Arc<Progress>);

/// How a rollout ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Ended(pub(super) Arc<Progress>);

struct Known {
    progress: Arc<Progress>,
    /// None of one that was begun before this incarnation.
    course: Option<Tx<Course>>,
}

/// The actor.
pub struct Desk {
    pool: Tx<Pool>,
    orders: To<Order>,
    clock: Clock,
    rollouts: BTreeMap<RolloutId, Known>,
}

impl Desk {
    /// A desk whose rollouts run in `pool`, and whose orders go to `orders`.
    pub fn new(pool: Tx<Pool>, orders: To<Order>, clock: Clock) -> Self {
        Self { pool, orders, clock, rollouts: BTreeMap::new() }
    }

    fn accepts(&self, start: &StartRollout) -> Result<(), RolloutError> {
        let running = self.rollouts.values().filter(|known| known.progress.ended_ms.is_none()).count();
        match start.macs.len() {
            0 => Err(RolloutError::NoDevices),
            named if named > DEVICES_AT_MOST => Err(RolloutError::TooMany { named, most: DEVICES_AT_MOST }),
            _ if start.configure.changes.is_empty() => Err(RolloutError::NoChanges),
            _ if running >= ROLLOUTS_AT_MOST => Err(RolloutError::Busy(running)),
            _ => Ok(()),
        }
    }

    /// Takes note of how a rollout stands. One that was cancelled meanwhile is told again: that may have been lost.
    fn note(&mut self, progress: Arc<Progress>) {
        let known = self
            .rollouts
            .entry(progress.id)
            .or_insert_with(|| Known { progress: Arc::clone(&progress), course: None });
        if known.progress.ended_ms.is_some() {
            return;
        }
        let was_cancelled = known.progress.cancelled && !progress.cancelled;
        known.progress = progress;
        if was_cancelled {
            known.cancel(self.clock.now_ms());
        }
        self.forget();
    }

    /// Forgets those that ended long ago, and the oldest when there are too many.
    fn forget(&mut self) {
        let now_ms = self.clock.now_ms();
        let is_old = |progress: &Progress| {
            progress.ended_ms.is_some_and(|at_ms| now_ms.saturating_sub(at_ms) >= REMEMBERED_MS)
        };
        self.rollouts.retain(|_, known| !is_old(&known.progress));
        let mut ended: Vec<_> = self
            .rollouts
            .values()
            .filter_map(|known| Some((known.progress.ended_ms?, known.progress.id)))
            .collect();
        ended.sort_unstable();
        for (_, id) in ended.iter().take(ended.len().saturating_sub(REMEMBERED)) {
            self.rollouts.remove(id);
        }
    }
}

impl Known {
    /// Marks it as cancelled, and tells it. One that is full, or loses it, is told again when it tells how it stands;
    /// one that is gone, and has not told its end, will tell nothing any more.
    fn cancel(&mut self, now_ms: UnixMs) {
        let told = self.course.as_ref().map(|course| course.tell(Cancel));
        let progress = Arc::make_mut(&mut self.progress);
        progress.cancelled = true;
        if told == Some(Err(Refused::Gone)) {
            progress.abort("its actor had ended", now_ms);
        }
    }
}

impl Actor for Desk {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let (pool, watcher) = (self.pool.clone(), ctx.tx().to());
        let watching = async move { pool.ask(Watch(watcher), POOL_WITHIN).await };
        ctx.wait(watching.into_actor(self).map(|watched, _, ctx| {
            if let Err(refused) = watched {
                ctx.exit(Exit::failed(format!("the pool of rollouts cannot be watched: {refused}")));
            }
        }));
    }
}

supervised!(Desk);

impl Handler<StartRollout> for Desk {
    type Result = ResponseActFuture<Self, Result<RolloutId, RolloutError>>;

    fn handle(&mut self, start: StartRollout, ctx: &mut Ctx<Self>) -> Self::Result {
        if let Err(refused) = self.accepts(&start) {
            return Box::pin(actix::fut::ready(Err(refused)));
        }
        let id = RolloutId::draw();
        let progress = Progress::new(id, start, self.clock.now_ms());
        let ways = Ways {
            orders: self.orders.clone(),
            stands: ctx.tx().to(),
            ended: ctx.tx().to(),
            clock: self.clock,
        };
        let first = progress.clone();
        let spec = Spec::new(id.to_string(), move || Course::new(first.clone(), ways.clone()));
        let (course, bound) = spec.restart(Restart::Temporary).shutdown(Shutdown::Kill).bind();
        self.rollouts.insert(id, Known { progress: Arc::new(progress), course: Some(course) });
        let pool = self.pool.clone();
        let starting = async move { pool.ask(StartChild(bound), POOL_WITHIN).await };
        Box::pin(starting.into_actor(self).map(move |started, this, _| {
            let why = match started {
                Ok(Ok(())) => return Ok(id),
                Ok(Err(error)) => error.to_string(),
                Err(refused) => refused.to_string(),
            };
            this.rollouts.remove(&id);
            Err(RolloutError::NotStarted(why))
        }))
    }
}

impl Handler<LookRollout> for Desk {
    type Result = MessageResult<LookRollout>;

    fn handle(&mut self, LookRollout(id): LookRollout, _: &mut Ctx<Self>) -> Self::Result {
        self.forget();
        MessageResult(self.rollouts.get(&id).map(|known| Arc::clone(&known.progress)))
    }
}

impl Handler<ListRollouts> for Desk {
    type Result = MessageResult<ListRollouts>;

    fn handle(&mut self, _: ListRollouts, _: &mut Ctx<Self>) -> Self::Result {
        self.forget();
        // A later one has a greater id.
        MessageResult(self.rollouts.values().rev().map(|known| Arc::clone(&known.progress)).collect())
    }
}

impl Handler<CancelRollout> for Desk {
    type Result = MessageResult<CancelRollout>;

    fn handle(&mut self, CancelRollout(id): CancelRollout, _: &mut Ctx<Self>) -> Self::Result {
        let known = self.rollouts.get_mut(&id);
        MessageResult(known.map(|known| {
            if known.progress.ended_ms.is_none() {
                known.cancel(self.clock.now_ms());
            }
            Arc::clone(&known.progress)
        }))
    }
}

impl Handler<Stands> for Desk {
    type Result = ();

    fn handle(&mut self, Stands(progress): Stands, _: &mut Ctx<Self>) {
        self.note(progress);
    }
}

impl Handler<Ended> for Desk {
    type Result = ();

    fn handle(&mut self, Ended(progress): Ended, _: &mut Ctx<Self>) {
        log::info!("rollout {} has ended with {} devices", progress.id, progress.done.len());
        self.note(progress);
    }
}

impl Handler<ChildEvent> for Desk {
    type Result = ();

    /// A rollout whose actor ended before it told its end.
    fn handle(&mut self, event: ChildEvent, _: &mut Ctx<Self>) {
        let News::Exited(exit) = &event.news else { return };
        let Some(known) = event.id.parse().ok().and_then(|id| self.rollouts.get_mut(&id)) else { return };
        if known.progress.ended_ms.is_none() {
            let why = format!("the rollout ended: {exit}");
            log::error!("{}: {why}", event.id);
            Arc::make_mut(&mut known.progress).abort(&why, self.clock.now_ms());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{START_MS, mac};

    #[test]
    fn a_rollout_whose_end_was_not_heard_of_is_over_when_it_is_cancelled() {
        let start = StartRollout { configure: Default::default(), macs: vec![mac(1), mac(2)] };
        let progress = Progress::new(RolloutId::draw(), start, START_MS);
        let (course, never_run) = Spec::new("gone", || -> Course { unreachable!("it never runs") }).bind();
        drop(never_run);
        let mut known = Known { progress: Arc::new(progress), course: Some(course) };
        known.cancel(START_MS + 1);
        assert_eq!(known.progress.ended_ms, Some(START_MS + 1));
        assert!(known.progress.cancelled && known.progress.fault.is_some());
    }
}
