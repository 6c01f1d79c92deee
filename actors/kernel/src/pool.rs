//! A supervisor for thousands of like children, in no order.
//!
//! Each child has its own failure budget. Past it the child is parked: listed, retried slowly, and brought
//! back at once by an operator. The pool itself fails only when a large share of its children is parked.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Running, SpawnHandle};
use tokio::time::Instant;

use crate::child::{Child, ChildError, Fate, News, Reply, Watchers, answer};
use crate::context::Ctx;
use crate::event::{Event, Parent, What};
use crate::exit::Exit;
use crate::policy::RestartLog;
use crate::snapshot::Phase;
use crate::supervised;

mod deadlines;
mod outage;
mod requests;
mod spec;

use deadlines::Deadlines;
use outage::Outage;
pub use spec::PoolSpec;

/// A child and its budget.
struct Member {
    child: Child,
    restarts: RestartLog,
    /// Times in a row that it was parked.
    parkings: u32,
    /// When it was parked last, if that was within the window.
    parked_at: Option<Instant>,
    /// When its time to stop, its back-off or its parking is over.
    due: Option<Instant>,
}

/// The actor made of a [`PoolSpec`].
pub struct Pool {
    spec: PoolSpec,
    members: HashMap<u64, Member>,
    keys: HashMap<Arc<str>, u64>,
    /// Members with an end to wait for.
    alive: usize,
    outage: Outage,
    deadlines: Deadlines,
    /// The timer for the first of the deadlines.
    alarm: Option<(Instant, SpawnHandle)>,
    ending: Option<Exit>,
    /// Those who wait until no child is left.
    clearing: Vec<Reply>,
    watchers: Watchers,
}

supervised!(Pool);

impl Actor for Pool {
    type Context = Ctx<Self>;

    fn stopping(&mut self, ctx: &mut Ctx<Self>) -> Running {
        if self.alive == 0 {
            return Running::Stop;
        }
        self.end(Exit::Shutdown, ctx);
        Running::Continue
    }
}

impl Pool {
    fn new(spec: PoolSpec) -> Self {
        Self {
            spec,
            members: HashMap::new(),
            keys: HashMap::new(),
            alive: 0,
            outage: Outage::default(),
            deadlines: Deadlines::default(),
            alarm: None,
            ending: None,
            clearing: Vec::new(),
            watchers: Watchers::default(),
        }
    }

    fn member(&mut self, id: &str) -> Option<&mut Member> {
        self.members.get_mut(self.keys.get(id)?)
    }

    fn insert(&mut self, child: Child, ctx: &mut Ctx<Self>) {
        let key = child.key();
        self.keys.insert(Arc::clone(child.id()), key);
        let restarts = RestartLog::default();
        self.members.insert(key, Member { child, restarts, parkings: 0, parked_at: None, due: None });
        self.start(key, ctx);
    }

    fn remove(&mut self, key: u64) {
        self.disarm(key);
        let Some(member) = self.members.remove(&key) else { return };
        if let Entry::Occupied(entry) = self.keys.entry(Arc::clone(member.child.id())) {
            entry.remove();
        }
        self.outage.forget(&member);
        if self.members.is_empty() {
            self.clearing.drain(..).for_each(|reply| answer(Some(reply), Ok(())));
        }
    }

    fn start(&mut self, key: u64, ctx: &mut Ctx<Self>) {
        self.disarm(key);
        let Some(member) = self.members.get_mut(&key) else { return };
        if member.child.is_alive() || self.ending.is_some() {
            return;
        }
        member.child.start(&Parent::Pool(ctx.tx()), ctx.chaos());
        self.alive += 1;
    }

    fn stop(&mut self, key: u64, ctx: &mut Ctx<Self>) {
        let Some(child) = self.members.get_mut(&key).map(|member| &mut member.child) else { return };
        if child.is_alive()
            && child.phase() != Phase::Stopping
            && let Some(limit) = child.stop()
        {
            self.arm(key, limit, ctx);
        }
    }

    /// Sets the time after which something is due for a child.
    fn arm(&mut self, key: u64, after: Duration, ctx: &mut Ctx<Self>) {
        self.disarm(key);
        let Some(member) = self.members.get_mut(&key) else { return };
        let at = Instant::now() + after;
        member.due = Some(at);
        self.deadlines.add(at, key);
        self.set_alarm(ctx);
    }

    fn disarm(&mut self, key: u64) {
        if let Some(at) = self.members.get_mut(&key).and_then(|member| member.due.take()) {
            self.deadlines.remove(at, key);
        }
    }

    /// Makes sure that the pool wakes for the first of the deadlines.
    fn set_alarm(&mut self, ctx: &mut Ctx<Self>) {
        let Some(first) = self.deadlines.first() else { return };
        if self.alarm.is_some_and(|(at, _)| at <= first) {
            return;
        }
        if let Some((_, timer)) = self.alarm.take() {
            ctx.cancel_future(timer);
        }
        let after = first.saturating_duration_since(Instant::now());
        self.alarm = Some((first, ctx.run_later(after, Self::alarmed)));
    }

    fn alarmed(&mut self, ctx: &mut Ctx<Self>) {
        self.alarm = None;
        let now = Instant::now();
        while let Some(key) = self.deadlines.take_due(now) {
            let Some(member) = self.members.get_mut(&key) else { continue };
            member.due = None;
            if member.child.phase() == Phase::Stopping {
                member.child.kill();
            } else {
                self.start(key, ctx);
            }
        }
        self.set_alarm(ctx);
    }

    /// Stops all children together; then ends.
    fn end(&mut self, why: Exit, ctx: &mut Ctx<Self>) {
        if self.ending.is_some() {
            return;
        }
        self.ending = Some(why);
        let keys: Vec<_> = self.members.keys().copied().collect();
        for key in keys {
            self.stop(key, ctx);
        }
        self.finish(ctx);
    }

    /// Ends, when it is to end and no child is left.
    fn finish(&mut self, ctx: &mut Ctx<Self>) {
        if let Some(why) = self.ending.clone().filter(|_| self.alive == 0) {
            ctx.exit(why);
        }
    }

    fn child_started(&mut self, key: u64) {
        let Some(child) = self.members.get_mut(&key).map(|member| &mut member.child) else { return };
        if child.phase() == Phase::Starting {
            child.enter(Phase::Running);
            answer(child.starter.take(), Ok(()));
            let news = child.event(News::Started);
            self.watchers.tell(&news);
        }
    }

    fn child_exited(&mut self, key: u64, exit: Exit, ctx: &mut Ctx<Self>) {
        self.disarm(key);
        let Some(Member { child, .. }) = self.members.get_mut(&key) else { return };
        let was_running = child.phase() != Phase::Starting;
        let news = child.event(News::Exited(exit.clone()));
        let ran = child.ended();
        self.alive -= 1;
        let (starter, stoppers) = (child.starter.take(), std::mem::take(&mut child.stoppers));
        let comes_back = child.bound.restart.applies_to(&exit);
        self.watchers.tell(&news);
        let (declined, fate) = (exit == Exit::Declined && !was_running, child.fate);
        if self.ending.is_some() {
            answer(starter, Err(ChildError::Ending));
            self.finish(ctx);
        } else if fate == Fate::Held {
            answer(starter, Err(ChildError::NotStarted(exit)));
            self.hold(key);
        } else if declined && !child.is_temporary() {
            answer(starter, Ok(()));
        } else if starter.is_some() {
            self.remove(key);
            answer(starter, if declined { Ok(()) } else { Err(ChildError::NotStarted(exit)) });
        } else if fate == Fate::Terminated || !comes_back {
            self.remove(key);
        } else {
            self.bring_back(key, ran, &exit, ctx);
        }
        stoppers.into_iter().for_each(|stopper| answer(Some(stopper), Ok(())));
    }

    /// An operator holds a child that has ended.
    fn hold(&mut self, key: u64) {
        let Some(Member { child, .. }) = self.members.get_mut(&key) else { return };
        child.enter(Phase::Parked);
        let news = child.event(News::Parked);
        self.watchers.tell(&news);
    }

    /// Restarts a child within its budget, or parks it.
    fn bring_back(&mut self, key: u64, ran: Duration, exit: &Exit, ctx: &mut Ctx<Self>) {
        let Some(member) = self.members.get_mut(&key) else { return };
        if ran >= self.spec.budget.window {
            member.parkings = 0;
        }
        let within_budget = member.restarts.record(Instant::now(), self.spec.budget);
        // A child that was parked is on probation: it has to last a window before it has a budget again.
        if member.parkings > 0 || !within_budget {
            return self.park(key, exit, ctx);
        }
        let delay = member.child.restart_delay();
        log::warn!(target: "shiftboss::kernel", "{}/{} restarts in {delay:?}: {exit}", ctx.id(), member.child.id());
        if delay.is_zero() {
            return self.start(key, ctx);
        }
        member.child.enter(Phase::Backoff);
        self.arm(key, delay, ctx);
    }

    fn park(&mut self, key: u64, exit: &Exit, ctx: &mut Ctx<Self>) {
        let Some(member) = self.members.get_mut(&key) else { return };
        member.parkings += 1;
        member.restarts.clear();
        let retry = self.spec.retry_parked.delay(member.parkings, fastrand::f64());
        let child = &mut member.child;
        child.enter(Phase::Parked);
        let (id, news) = (Arc::clone(child.id()), child.event(News::Parked));
        self.watchers.tell(&news);
        self.arm(key, retry, ctx);
        log::error!(target: "shiftboss::kernel", "{}/{id} is parked for {retry:?}: {exit}", ctx.id());
        let parked = self.outage.parked(key, &mut self.members, self.spec.budget.window);
        let all = self.members.len();
        if parked >= self.spec.escalate_at_least && parked as f64 >= self.spec.escalate_share * all as f64 {
            let window = self.spec.budget.window;
            let reason =
                format!("{parked} of {all} children were parked within {window:?}; the last, {id}: {exit}");
            self.end(Exit::failed(reason), ctx);
        }
    }
}

impl Handler<Event> for Pool {
    type Result = ();

    fn handle(&mut self, event: Event, ctx: &mut Ctx<Self>) {
        if !self.members.get(&event.key).is_some_and(|member| member.child.is_current(&event)) {
            return;
        }
        match event.what {
            What::Started => self.child_started(event.key),
            What::Exited(exit) => self.child_exited(event.key, exit, ctx),
        }
    }
}
