//! What others may ask of a supervisor. Every question is answered at any time.

use actix::{Handler, MessageResult, ResponseFuture};
use tokio::sync::oneshot;

use super::{Stage, Step, Supervisor};
use crate::child::{
    Child, ChildError, Fate, InjectPanic, Park, Reply, RestartChild, Resume, StartChild, Terminate, Watch,
    answer,
};
use crate::context::Ctx;
use crate::control::{Action, Control, Controlled};
use crate::exit::Exit;
use crate::snapshot::{Phase, Snapshot, complete};

type Answer = ResponseFuture<Result<(), ChildError>>;

/// An answer that comes when the child has started or ended.
pub(crate) fn later() -> (Reply, Answer) {
    let (reply, answer) = oneshot::channel();
    // A supervisor that dies before it answers is ending.
    (reply, Box::pin(async move { answer.await.unwrap_or(Err(ChildError::Ending)) }))
}

pub(crate) fn now(result: Result<(), ChildError>) -> Answer {
    Box::pin(std::future::ready(result))
}

impl Supervisor {
    fn by_id(&mut self, id: &str) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| &**child.id() == id)
    }

    fn admit(&mut self, id: &str) -> Result<(), ChildError> {
        if matches!(self.stage, Stage::Ending(_)) {
            return Err(ChildError::Ending);
        }
        match self.by_id(id) {
            Some(child) if child.is_alive() => Err(ChildError::AlreadyStarted),
            Some(_) => Err(ChildError::AlreadyPresent),
            None => Ok(()),
        }
    }
}

impl Supervisor {
    /// Stops a child and leaves it to its fate; answered when it has ended.
    fn take_away(&mut self, key: u64, fate: Fate, ctx: &mut Ctx<Self>) -> Answer {
        let Some(child) = self.child(key) else { return now(Err(ChildError::NotFound)) };
        child.fate = fate;
        if child.is_alive() {
            let (reply, answer) = later();
            child.stoppers.push(reply);
            if matches!(self.waiting, Some(Step::Start(awaited)) if awaited == key) {
                // Its start may never end.
                self.waiting = None;
                self.plan.push_front(Step::Stop(vec![key]));
            } else {
                self.plan.push_back(Step::Stop(vec![key]));
            }
            self.advance(ctx);
            return answer;
        }
        child.enter(Phase::Down);
        answer(child.starter.take(), Err(ChildError::NotStarted(Exit::Shutdown)));
        self.late.retain(|(late, ..)| *late != key);
        // Those that were to come back with it do so without it.
        let group = self.take_comeback(key, ctx).unwrap_or_default();
        self.bring_back(group);
        match fate {
            Fate::Held => self.hold(key),
            Fate::Wanted | Fate::Terminated => self.retire(key),
        }
        self.advance(ctx);
        now(Ok(()))
    }
}

impl Handler<StartChild> for Supervisor {
    type Result = Answer;

    fn handle(&mut self, StartChild(bound): StartChild, ctx: &mut Ctx<Self>) -> Answer {
        let admitted = self.spec.check_child(&bound).map_err(ChildError::from);
        if let Err(refused) = admitted.and_then(|()| self.admit(bound.id())) {
            return now(Err(refused));
        }
        let (reply, answer) = later();
        let child = Child::dynamic(bound, reply);
        self.plan.push_back(Step::Start(child.key()));
        self.children.push(child);
        self.advance(ctx);
        answer
    }
}

impl Handler<Terminate> for Supervisor {
    type Result = Answer;

    fn handle(&mut self, Terminate(id): Terminate, ctx: &mut Ctx<Self>) -> Answer {
        match self.by_id(&id) {
            Some(child) => {
                let key = child.key();
                self.take_away(key, Fate::Terminated, ctx)
            }
            None => now(Err(ChildError::NotFound)),
        }
    }
}

impl Handler<Park> for Supervisor {
    type Result = Answer;

    fn handle(&mut self, Park(id): Park, ctx: &mut Ctx<Self>) -> Answer {
        if matches!(self.stage, Stage::Ending(_)) {
            return now(Err(ChildError::Ending));
        }
        match self.by_id(&id) {
            None => now(Err(ChildError::NotFound)),
            Some(child) if child.is_leaving() => now(Err(ChildError::NotFound)),
            Some(child) if child.is_temporary() => now(Err(ChildError::Temporary)),
            Some(child) if child.fate == Fate::Held => now(Err(ChildError::Held)),
            Some(child) => {
                let key = child.key();
                self.take_away(key, Fate::Held, ctx)
            }
        }
    }
}

impl Handler<Resume> for Supervisor {
    type Result = Result<(), ChildError>;

    fn handle(&mut self, Resume(id): Resume, ctx: &mut Ctx<Self>) -> Self::Result {
        match self.by_id(&id) {
            Some(child) if child.phase() != Phase::Parked => Err(ChildError::NotParked),
            _ => self.handle(RestartChild(id), ctx),
        }
    }
}

impl Handler<RestartChild> for Supervisor {
    type Result = Result<(), ChildError>;

    fn handle(&mut self, RestartChild(id): RestartChild, ctx: &mut Ctx<Self>) -> Self::Result {
        if matches!(self.stage, Stage::Ending(_)) {
            return Err(ChildError::Ending);
        }
        let child = self.by_id(&id).ok_or(ChildError::NotFound)?;
        if child.is_alive() {
            return Err(ChildError::Running);
        }
        child.pardon();
        let key = child.key();
        let group = self.take_comeback(key, ctx).unwrap_or_else(|| vec![key]);
        self.bring_back(group);
        self.advance(ctx);
        Ok(())
    }
}

impl Handler<Watch> for Supervisor {
    type Result = ();

    fn handle(&mut self, Watch(watcher): Watch, _: &mut Ctx<Self>) {
        self.watchers.add(watcher);
    }
}

impl Handler<InjectPanic> for Supervisor {
    type Result = MessageResult<InjectPanic>;

    fn handle(&mut self, InjectPanic { id, nth }: InjectPanic, _: &mut Ctx<Self>) -> Self::Result {
        let child = self.by_id(&id).ok_or(ChildError::NotFound);
        MessageResult(child.map(|child| child.bound.ctl.inject_panic(nth)))
    }
}

impl Handler<Snapshot> for Supervisor {
    type Result = ResponseFuture<Vec<crate::snapshot::Node>>;

    fn handle(&mut self, Snapshot { within }: Snapshot, _: &mut Ctx<Self>) -> Self::Result {
        let rows = self.children.iter().map(Child::row).collect();
        Box::pin(complete(rows, within))
    }
}

impl Handler<Control> for Supervisor {
    type Result = Controlled;

    fn handle(&mut self, control: Control, ctx: &mut Ctx<Self>) -> Controlled {
        let id = control.id().clone();
        if !control.is_here() {
            return control.passed_on(self.by_id(&id).map(|child| &*child));
        }
        let answer = match control.action {
            Action::Terminate => self.handle(Terminate(id), ctx),
            Action::Park => self.handle(Park(id), ctx),
            Action::Restart => now(self.handle(RestartChild(id), ctx)),
            Action::Resume => now(self.handle(Resume(id), ctx)),
        };
        control.answered(answer)
    }
}
