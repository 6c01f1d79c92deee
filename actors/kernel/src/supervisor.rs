//! A supervisor: starts its children in order, answers their ends by its strategy, stops them in reverse.
//!
//! It works through a *plan* of steps, one awaited at a time, and never waits itself: every step ends by an
//! event or a timer, so that it answers questions in between. What else fails meanwhile is decided *late*.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::{Actor, AsyncContext, Handler, Running};

use crate::child::{Child, ChildError, Fate, News, Reply, Watchers, answer};
use crate::context::Ctx;
use crate::event::{Event, Parent, What};
use crate::exit::Exit;
use crate::orders::Incarnation;
use crate::policy::RestartLog;
use crate::snapshot::Phase;
use crate::supervised;

pub(crate) mod requests;
mod restart;
mod spec;

use restart::Comeback;
pub use spec::SupervisorSpec;

/// One move of the plan. A set of children stops together.
#[derive(Debug)]
enum Step {
    Start(u64),
    Stop(Vec<u64>),
}

enum Stage {
    Booting,
    Running,
    Ending(Exit),
}

/// The actor made of a [`SupervisorSpec`].
pub struct Supervisor {
    spec: Arc<SupervisorSpec>,
    /// Static children first, then dynamic ones, each in the order of their start.
    children: Vec<Child>,
    stage: Stage,
    plan: VecDeque<Step>,
    waiting: Option<Step>,
    late: VecDeque<(u64, Incarnation, Exit)>,
    comebacks: Vec<Comeback>,
    restarts: RestartLog,
    watchers: Watchers,
}

supervised!(Supervisor);

impl Actor for Supervisor {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        ctx.hold_start();
        // A temporary child runs once in the life of the tree.
        self.children.retain(|child| !(child.is_temporary() && child.has_run()));
        let left = self.children.iter_mut().filter_map(|child| child.adopt().then(|| child.key())).collect();
        self.plan.push_back(Step::Stop(left));
        self.plan.extend(self.children.iter().map(|child| Step::Start(child.key())));
        self.advance(ctx);
    }

    fn stopping(&mut self, ctx: &mut Ctx<Self>) -> Running {
        if !self.children.iter().any(Child::is_alive) {
            return Running::Stop;
        }
        self.end(Exit::Shutdown, ctx);
        Running::Continue
    }
}

impl Drop for Supervisor {
    /// The static children outlive this value in their cells; the dynamic ones go with their `Bound`.
    fn drop(&mut self) {
        self.children.iter_mut().for_each(Child::kill);
    }
}

impl Supervisor {
    fn new(spec: Arc<SupervisorSpec>) -> Self {
        Self {
            children: spec.children.iter().map(|bound| Child::new(Arc::clone(bound))).collect(),
            spec,
            stage: Stage::Booting,
            plan: VecDeque::new(),
            waiting: None,
            late: VecDeque::new(),
            comebacks: Vec::new(),
            restarts: RestartLog::default(),
            watchers: Watchers::default(),
        }
    }

    fn position(&self, key: u64) -> Option<usize> {
        self.children.iter().position(|child| child.key() == key)
    }

    fn child(&mut self, key: u64) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| child.key() == key)
    }

    /// Forgets a child that will not come back; a static one keeps its spec, unless it is temporary.
    fn retire(&mut self, key: u64) {
        self.children.retain(|child| child.key() != key || !(child.dynamic || child.is_temporary()));
    }

    /// An operator holds a child that has ended.
    fn hold(&mut self, key: u64) {
        if let Some(child) = self.child(key) {
            child.enter(Phase::Parked);
            let news = child.event(News::Parked);
            self.watchers.tell(&news);
        }
    }

    /// Takes the next steps of the plan, up to one that has to be waited for.
    fn advance(&mut self, ctx: &mut Ctx<Self>) {
        while self.waiting.is_none() {
            match self.plan.pop_front() {
                Some(Step::Start(key)) => self.start(key, ctx),
                Some(Step::Stop(keys)) => self.stop(keys, ctx),
                None => return self.rest(ctx),
            }
        }
    }

    /// What follows when the plan is done.
    fn rest(&mut self, ctx: &mut Ctx<Self>) {
        match &self.stage {
            Stage::Ending(why) => {
                if !self.children.iter().any(Child::is_alive) {
                    ctx.exit(why.clone());
                }
                return;
            }
            Stage::Booting => {
                self.stage = Stage::Running;
                ctx.confirm_start();
            }
            Stage::Running => {}
        }
        if let Some((key, incarnation, exit)) = self.late.pop_front() {
            if self.child(key).is_some_and(|child| child.incarnation() == incarnation) {
                self.decide(key, &exit, ctx);
            } else {
                self.advance(ctx);
            }
        }
    }

    fn start(&mut self, key: u64, ctx: &mut Ctx<Self>) {
        // What an operator has taken away since this was planned stays away.
        let Some(child) = self.child(key).filter(|child| child.fate == Fate::Wanted) else { return };
        if !child.is_alive() {
            child.start(&Parent::Supervisor(ctx.tx()), ctx.chaos());
            self.waiting = Some(Step::Start(key));
        }
    }

    fn stop(&mut self, keys: Vec<u64>, ctx: &mut Ctx<Self>) {
        let mut awaited = Vec::new();
        for key in keys {
            let Some(child) = self.child(key) else { continue };
            if !child.is_alive() {
                if child.fate != Fate::Held {
                    child.enter(Phase::Down);
                }
                continue;
            }
            awaited.push(key);
            if child.phase() == Phase::Stopping {
                continue;
            }
            if let Some(limit) = child.stop() {
                child.timer = Some(ctx.run_later(limit, move |this, _| this.overran(key)));
            }
        }
        if !awaited.is_empty() {
            self.waiting = Some(Step::Stop(awaited));
        }
    }

    fn overran(&mut self, key: u64) {
        if let Some(child) = self.child(key).filter(|child| child.phase() == Phase::Stopping) {
            child.timer = None;
            child.kill();
        }
    }

    /// Stops all children, dynamic ones together, then static ones in reverse; then ends.
    fn end(&mut self, why: Exit, ctx: &mut Ctx<Self>) {
        if matches!(self.stage, Stage::Ending(_)) {
            return;
        }
        self.stage = Stage::Ending(why);
        self.late.clear();
        let (dynamic, fixed): (Vec<_>, Vec<_>) = self.children.iter().partition(|child| child.dynamic);
        self.plan = VecDeque::from([Step::Stop(dynamic.into_iter().map(Child::key).collect())]);
        self.plan.extend(fixed.into_iter().rev().map(|child| Step::Stop(vec![child.key()])));
        for comeback in std::mem::take(&mut self.comebacks) {
            ctx.cancel_future(comeback.timer);
        }
        self.waiting.take_if(|step| matches!(step, Step::Start(_)));
        for child in &mut self.children {
            answer(child.starter.take(), Err(ChildError::Ending));
        }
        self.advance(ctx);
    }

    fn child_started(&mut self, key: u64, ctx: &mut Ctx<Self>) {
        let Some(child) = self.child(key).filter(|child| child.phase() == Phase::Starting) else { return };
        child.enter(Phase::Running);
        answer(child.starter.take(), Ok(()));
        let news = child.event(News::Started);
        self.watchers.tell(&news);
        if matches!(self.waiting, Some(Step::Start(awaited)) if awaited == key) {
            self.waiting = None;
        }
        self.advance(ctx);
    }

    fn child_exited(&mut self, key: u64, exit: Exit, ctx: &mut Ctx<Self>) {
        let Some(child) = self.child(key) else { return };
        if let Some(timer) = child.timer.take() {
            ctx.cancel_future(timer);
        }
        let (incarnation, fate) = (child.incarnation(), child.fate);
        let news = child.event(News::Exited(exit.clone()));
        child.ended();
        let starter = child.starter.take();
        self.watchers.tell(&news);
        match &mut self.waiting {
            Some(Step::Stop(keys)) if keys.contains(&key) => {
                keys.retain(|awaited| *awaited != key);
                if keys.is_empty() {
                    self.waiting = None;
                }
                answer(starter, Err(ChildError::NotStarted(exit)));
                self.stopped(key);
                self.advance(ctx);
            }
            Some(Step::Start(awaited)) if *awaited == key => {
                self.waiting = None;
                self.did_not_start(key, exit, starter, ctx);
            }
            _ if matches!(self.stage, Stage::Ending(_)) => self.advance(ctx),
            // It went before it could be stopped.
            _ if fate != Fate::Wanted => {
                self.stopped(key);
                self.advance(ctx);
            }
            Some(_) => self.late.push_back((key, incarnation, exit)),
            None => self.decide(key, &exit, ctx),
        }
    }

    /// A child ended before it had started.
    fn did_not_start(&mut self, key: u64, exit: Exit, starter: Option<Reply>, ctx: &mut Ctx<Self>) {
        let Some(child) = self.child(key) else { return self.advance(ctx) };
        if exit == Exit::Declined {
            // It keeps its place, unless it is temporary.
            if child.is_temporary() {
                self.retire(key);
            }
            answer(starter, Ok(()));
            self.advance(ctx);
        } else if child.fate != Fate::Wanted {
            answer(starter, Err(ChildError::NotStarted(exit)));
            self.stopped(key);
            self.advance(ctx);
        } else if starter.is_some() {
            self.children.retain(|child| child.key() != key);
            answer(starter, Err(ChildError::NotStarted(exit)));
            self.advance(ctx);
        } else {
            self.start_failed(key, &exit, ctx);
        }
    }

    /// A child ended because this supervisor wanted it to.
    fn stopped(&mut self, key: u64) {
        let Some(child) = self.child(key) else { return };
        let stoppers = std::mem::take(&mut child.stoppers);
        match child.fate {
            Fate::Held => self.hold(key),
            Fate::Wanted if !child.is_temporary() => {}
            Fate::Wanted | Fate::Terminated => self.retire(key),
        }
        stoppers.into_iter().for_each(|stopper| answer(Some(stopper), Ok(())));
    }
}

impl Handler<Event> for Supervisor {
    type Result = ();

    fn handle(&mut self, event: Event, ctx: &mut Ctx<Self>) {
        if !self.child(event.key).is_some_and(|child| child.is_current(&event)) {
            return;
        }
        match event.what {
            What::Started => self.child_started(event.key, ctx),
            What::Exited(exit) => self.child_exited(event.key, exit, ctx),
        }
    }
}
