//! What others may ask of a pool.

use actix::{Handler, MessageResult, ResponseFuture};

use super::{Member, Pool};
use crate::child::{
    Child, ChildError, Fate, InjectPanic, Park, RestartChild, Resume, StartChild, Terminate, TerminateAll,
    Watch,
};
use crate::context::Ctx;
use crate::control::{Action, Control, Controlled};
use crate::policy::RestartLog;
use crate::snapshot::{Node, Phase, Snapshot, complete};
use crate::supervisor::requests::{later, now};

type Answer = ResponseFuture<Result<(), ChildError>>;

impl Pool {
    fn admit(&mut self, id: &str) -> Result<(), ChildError> {
        if self.ending.is_some() {
            return Err(ChildError::Ending);
        }
        match self.member(id) {
            Some(member) if member.child.is_alive() => Err(ChildError::AlreadyStarted),
            Some(_) => Err(ChildError::AlreadyPresent),
            None => Ok(()),
        }
    }
}

impl Handler<StartChild> for Pool {
    type Result = Answer;

    fn handle(&mut self, StartChild(bound): StartChild, ctx: &mut Ctx<Self>) -> Answer {
        let checked = bound.check().map_err(ChildError::from);
        if let Err(refused) = checked.and_then(|()| self.admit(bound.id())) {
            return now(Err(refused));
        }
        let (reply, answer) = later();
        self.insert(Child::dynamic(bound, reply), ctx);
        answer
    }
}

impl Handler<Terminate> for Pool {
    type Result = Answer;

    fn handle(&mut self, Terminate(id): Terminate, ctx: &mut Ctx<Self>) -> Answer {
        let Some(member) = self.member(&id) else { return now(Err(ChildError::NotFound)) };
        let key = member.child.key();
        if member.child.is_alive() {
            let (reply, answer) = later();
            member.child.fate = Fate::Terminated;
            member.child.stoppers.push(reply);
            self.stop(key, ctx);
            return answer;
        }
        self.remove(key);
        now(Ok(()))
    }
}

impl Handler<Park> for Pool {
    type Result = Answer;

    fn handle(&mut self, Park(id): Park, ctx: &mut Ctx<Self>) -> Answer {
        if self.ending.is_some() {
            return now(Err(ChildError::Ending));
        }
        let known = self.member(&id).filter(|member| !member.child.is_leaving());
        let Some(Member { child, .. }) = known else { return now(Err(ChildError::NotFound)) };
        if child.is_temporary() {
            return now(Err(ChildError::Temporary));
        }
        if child.fate == Fate::Held {
            return now(Err(ChildError::Held));
        }
        child.fate = Fate::Held;
        let key = child.key();
        if child.is_alive() {
            let (reply, answer) = later();
            child.stoppers.push(reply);
            self.stop(key, ctx);
            return answer;
        }
        self.disarm(key);
        self.hold(key);
        now(Ok(()))
    }
}

impl Handler<Resume> for Pool {
    type Result = Result<(), ChildError>;

    fn handle(&mut self, Resume(id): Resume, ctx: &mut Ctx<Self>) -> Self::Result {
        match self.member(&id) {
            Some(member) if member.child.phase() != Phase::Parked => Err(ChildError::NotParked),
            _ => self.handle(RestartChild(id), ctx),
        }
    }
}

impl Handler<TerminateAll> for Pool {
    type Result = Answer;

    fn handle(&mut self, _: TerminateAll, ctx: &mut Ctx<Self>) -> Answer {
        if self.members.is_empty() {
            return now(Ok(()));
        }
        let (reply, answer) = later();
        self.clearing.push(reply);
        let keys: Vec<_> = self.members.keys().copied().collect();
        for key in keys {
            if let Some(member) = self.members.get_mut(&key).filter(|member| member.child.is_alive()) {
                member.child.fate = Fate::Terminated;
                self.stop(key, ctx);
            } else {
                self.remove(key);
            }
        }
        answer
    }
}

impl Handler<RestartChild> for Pool {
    type Result = Result<(), ChildError>;

    fn handle(&mut self, RestartChild(id): RestartChild, ctx: &mut Ctx<Self>) -> Self::Result {
        if self.ending.is_some() {
            return Err(ChildError::Ending);
        }
        let member = self.member(&id).ok_or(ChildError::NotFound)?;
        if member.child.is_alive() {
            return Err(ChildError::Running);
        }
        member.child.pardon();
        member.restarts = RestartLog::default();
        member.parkings = 0;
        let key = member.child.key();
        self.start(key, ctx);
        Ok(())
    }
}

impl Handler<Watch> for Pool {
    type Result = ();

    fn handle(&mut self, Watch(watcher): Watch, _: &mut Ctx<Self>) {
        self.watchers.add(watcher);
    }
}

impl Handler<InjectPanic> for Pool {
    type Result = MessageResult<InjectPanic>;

    fn handle(&mut self, InjectPanic { id, nth }: InjectPanic, _: &mut Ctx<Self>) -> Self::Result {
        let member = self.member(&id).ok_or(ChildError::NotFound);
        MessageResult(member.map(|member| member.child.bound.ctl.inject_panic(nth)))
    }
}

impl Handler<Snapshot> for Pool {
    type Result = ResponseFuture<Vec<Node>>;

    fn handle(&mut self, Snapshot { within }: Snapshot, _: &mut Ctx<Self>) -> Self::Result {
        let mut members: Vec<_> = self.members.values().map(|member| &member.child).collect();
        // Keys grow with every bind: the order in which the children came.
        members.sort_unstable_by_key(|child| child.key());
        let rows = members.into_iter().map(Child::row).collect();
        Box::pin(complete(rows, within))
    }
}

impl Handler<Control> for Pool {
    type Result = Controlled;

    fn handle(&mut self, control: Control, ctx: &mut Ctx<Self>) -> Controlled {
        let id = control.id().clone();
        if !control.is_here() {
            return control.passed_on(self.member(&id).map(|member| &member.child));
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
