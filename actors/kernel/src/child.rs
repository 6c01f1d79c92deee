//! One child as its supervisor or pool keeps it.

use std::sync::Arc;
use std::time::Duration;

use actix::{Message, SpawnHandle};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::chaos::Chaos;
use crate::event::{Event, Parent, What};
use crate::exit::Exit;
use crate::orders::{Incarnation, Order};
use crate::policy::{Restart, Shutdown};
use crate::snapshot::{Phase, Row, row};
use crate::spec::{Bound, SpecError};
use crate::tx::To;

/// What is wanted of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// That it runs, as its policy says.
    Wanted,
    /// That it ends for good, or stays down until an operator restarts it.
    Terminated,
    /// That it is held until an operator resumes it.
    Held,
}

pub(crate) struct Child {
    pub(crate) bound: Arc<Bound>,
    phase: Phase,
    /// Whether it was started while its supervisor ran.
    pub(crate) dynamic: bool,
    pub(crate) fate: Fate,
    /// The end of the time to stop; a pool has one timer for all its children instead.
    pub(crate) timer: Option<SpawnHandle>,
    /// Who waits for its first start.
    pub(crate) starter: Option<Reply>,
    /// Who waits for its end.
    pub(crate) stoppers: Vec<Reply>,
    failures: u32,
    started_at: Option<Instant>,
}

pub(crate) type Reply = oneshot::Sender<Result<(), ChildError>>;

/// Tells whoever waits. One who does not wait any more has given up.
pub(crate) fn answer(reply: Option<Reply>, result: Result<(), ChildError>) {
    if let Some(reply) = reply {
        drop(reply.send(result));
    }
}

impl Child {
    pub(crate) fn new(bound: Arc<Bound>) -> Self {
        Self {
            bound,
            phase: Phase::Down,
            dynamic: false,
            fate: Fate::Wanted,
            timer: None,
            starter: None,
            stoppers: Vec::new(),
            failures: 0,
            started_at: None,
        }
    }

    /// A child started on request; `starter` waits for its start.
    pub(crate) fn dynamic(bound: Bound, starter: Reply) -> Self {
        let mut child = Self::new(Arc::new(bound));
        child.dynamic = true;
        child.starter = Some(starter);
        child
    }

    pub(crate) fn key(&self) -> u64 {
        self.bound.ctl.key
    }

    pub(crate) fn id(&self) -> &Arc<str> {
        &self.bound.ctl.id
    }

    pub(crate) fn incarnation(&self) -> Incarnation {
        self.bound.ctl.orders.incarnation()
    }

    /// Whether its cell ran, and has ended for good.
    pub(crate) fn has_run(&self) -> bool {
        self.bound.was_launched() && self.bound.ctl.orders.is_gone()
    }

    /// Whether an event speaks of what runs now.
    pub(crate) fn is_current(&self, event: &Event) -> bool {
        event.key == self.key() && event.incarnation == self.incarnation() && self.is_alive()
    }

    /// Whether there is an end to wait for.
    pub(crate) fn is_alive(&self) -> bool {
        self.phase.is_alive()
    }

    /// Whether it is forgotten when it has ended.
    pub(crate) fn is_leaving(&self) -> bool {
        self.dynamic && self.fate == Fate::Terminated
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.bound.restart == Restart::Temporary
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn enter(&mut self, phase: Phase) {
        let kind = self.bound.ctl.kind;
        match (self.phase == Phase::Parked, phase == Phase::Parked) {
            (false, true) => kind.parked(),
            (true, false) => kind.unparked(),
            _ => {}
        }
        self.phase = phase;
    }

    /// Starts its next incarnation; `chaos` is what its whole tree suffers.
    pub(crate) fn start(&mut self, parent: &Parent, chaos: Chaos) {
        let incarnation = self.incarnation() + 1;
        if let Some(reason) = self.bound.ctl.history.last_reason() {
            self.bound.ctl.kind.restarted(reason);
        }
        self.enter(Phase::Starting);
        self.started_at = Some(Instant::now());
        self.bound.ctl.orders.give(Order::Start(incarnation));
        if self.has_run() {
            let exit = Exit::failed("its cell has ended for good, with its thread or in its factory");
            self.bound.ctl.history.record(incarnation, &exit, Duration::ZERO);
            self.bound.ctl.orders.mark_ended(incarnation);
            let what = What::Exited(exit);
            parent.tell(Event { key: self.key(), incarnation, what });
        }
        self.bound.launch(parent.clone(), chaos);
    }

    /// Asks it to stop; the time that it has, if that is limited.
    pub(crate) fn stop(&mut self) -> Option<Duration> {
        self.enter(Phase::Stopping);
        let incarnation = self.incarnation();
        match self.bound.shutdown {
            Shutdown::Kill => {
                self.bound.ctl.orders.give(Order::Kill(incarnation));
                None
            }
            Shutdown::Infinity => {
                self.bound.ctl.orders.give(Order::Stop(incarnation));
                None
            }
            Shutdown::Timeout(limit) => {
                self.bound.ctl.orders.give(Order::Stop(incarnation));
                Some(limit)
            }
        }
    }

    pub(crate) fn kill(&mut self) {
        self.enter(Phase::Stopping);
        self.bound.ctl.orders.give(Order::Kill(self.incarnation()));
    }

    /// Takes over a child whose cell a former incarnation of the supervisor has started: kills what is
    /// left of it. True when its end is still to come.
    pub(crate) fn adopt(&mut self) -> bool {
        let left = self.incarnation() > self.bound.ctl.orders.ended();
        if left {
            self.kill();
        }
        left
    }

    /// Notes an end, and counts it towards the back-off; how long it ran.
    pub(crate) fn ended(&mut self) -> Duration {
        let ran = self.started_at.take().map(|at| at.elapsed()).unwrap_or_default();
        self.failures = self.bound.backoff.failures_after(self.failures, ran);
        if self.phase == Phase::Stopping {
            // It was asked to, for a sibling's sake or an operator's: that is no failure.
            self.failures -= 1;
        }
        self.enter(Phase::Down);
        ran
    }

    pub(crate) fn restart_delay(&self) -> Duration {
        self.bound.backoff.delay(self.failures, fastrand::f64())
    }

    /// Begins a life without a past, as when an operator restarts it.
    pub(crate) fn pardon(&mut self) {
        self.fate = Fate::Wanted;
        self.failures = 0;
    }

    pub(crate) fn row(&self) -> Row {
        row(&self.bound, self.phase)
    }

    pub(crate) fn event(&self, news: News) -> ChildEvent {
        ChildEvent { id: Arc::clone(self.id()), incarnation: self.incarnation(), news }
    }
}

impl Drop for Child {
    /// What is parked does not outlive the value of its supervisor.
    fn drop(&mut self) {
        self.enter(Phase::Down);
    }
}

/// Those who want to hear of every start and end.
#[derive(Default)]
pub(crate) struct Watchers(Vec<To<ChildEvent>>);

impl Watchers {
    pub(crate) fn add(&mut self, watcher: To<ChildEvent>) {
        self.0.push(watcher);
    }

    /// Tells all; one whose mailbox is full misses it, one that is gone is forgotten.
    pub(crate) fn tell(&mut self, event: &ChildEvent) {
        self.0.retain(|watcher| watcher.tell(event.clone()) != Err(crate::tx::Refused::Gone));
    }
}

/// News of a child, for whoever watches its supervisor.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct ChildEvent {
    /// The child's id.
    pub id: Arc<str>,
    /// The incarnation that the news is about.
    pub incarnation: Incarnation,
    /// What happened.
    pub news: News,
}

/// What happened to a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It has started.
    Started,
    /// It has ended.
    Exited(Exit),
    /// It is past its failure budget, or an operator holds it.
    Parked,
}

/// Starts a dynamic child; answered when it has started, or declined to.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct StartChild(pub Bound);

/// Stops a child; answered when it has ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct Terminate(pub Arc<str>);

/// Stops all children of a pool together, and forgets them; answered when the last one has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct TerminateAll;

/// Starts a child that is down, in back-off or parked, now.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct RestartChild(pub Arc<str>);

/// Stops a child and holds it until it is resumed; answered when it has ended.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct Park(pub Arc<str>);

/// Starts a child that is parked, for its failures or by an operator.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct Resume(pub Arc<str>);

/// Tells `0` of every start and end of a child.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Watch(pub To<ChildEvent>);

/// Makes the `nth` message from now panic in a child before it is handled; 0 takes the fault back.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), ChildError>")]
pub struct InjectPanic {
    /// The child's id.
    pub id: Arc<str>,
    /// Which message from now, counted from 1.
    pub nth: u32,
}

/// Why a supervisor did not do what was asked of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChildError {
    /// A child of this id runs.
    #[error("a child with this id is already started")]
    AlreadyStarted,
    /// A child of this id is known, but down.
    #[error("a child with this id is already present, and down; restart or terminate it")]
    AlreadyPresent,
    /// There is no child of this id.
    #[error("there is no child with this id")]
    NotFound,
    /// It runs.
    #[error("it is running")]
    Running,
    /// An operator holds it already.
    #[error("it is parked already, and held")]
    Held,
    /// It is not parked.
    #[error("it is not parked")]
    NotParked,
    /// It would not come back.
    #[error("it is temporary and would not come back; terminate it")]
    Temporary,
    /// The supervisor itself is ending.
    #[error("its supervisor is ending")]
    Ending,
    /// It did not start.
    #[error("it did not start: {0}")]
    NotStarted(Exit),
    /// Its spec makes no sense.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::context::Ctx;
    use crate::spec::Spec;

    struct Idle;

    impl actix::Actor for Idle {
        type Context = Ctx<Self>;
    }
    crate::supervised!(Idle);

    #[actix_rt::test]
    async fn an_event_of_another_incarnation_or_another_child_is_not_current() {
        let mut child = Child::new(Arc::new(Spec::new("a", || Idle).bind().1));
        let event = |key, incarnation| Event { key, incarnation, what: What::Exited(Exit::Normal) };
        let key = child.key();
        assert!(!child.is_current(&event(key, 0)), "it has not been started");
        let (program, _events) = unbounded_channel();
        for incarnation in 1..=2 {
            child.start(&Parent::Program(program.clone()), Chaos::default());
            assert!(child.is_current(&event(key, incarnation)));
            assert!(!child.is_current(&event(key, incarnation - 1)));
            assert!(!child.is_current(&event(key + 1, incarnation)));
            child.ended();
            assert!(!child.is_current(&event(key, incarnation)), "an end is told once");
        }
    }
}
