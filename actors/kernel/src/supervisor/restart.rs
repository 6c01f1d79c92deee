//! What follows when a child ended by itself: who is restarted, and when.

use std::sync::Arc;

use actix::{AsyncContext, SpawnHandle};
use tokio::time::Instant;

use super::{Stage, Step, Supervisor};
use crate::child::{Child, Fate};
use crate::context::Ctx;
use crate::exit::Exit;
use crate::policy::{AutoShutdown, Intensity, Strategy};
use crate::snapshot::Phase;

/// A group that is started again when its owner's back-off is over.
pub(super) struct Comeback {
    pub(super) owner: u64,
    pub(super) group: Vec<u64>,
    pub(super) timer: SpawnHandle,
}

impl Supervisor {
    /// A child ended by itself: whether it, and who else, is restarted.
    pub(super) fn decide(&mut self, key: u64, exit: &Exit, ctx: &mut Ctx<Self>) {
        let Some(position) = self.position(key) else { return self.advance(ctx) };
        let child = &self.children[position];
        if !child.bound.restart.applies_to(exit) {
            return self.let_go(key, ctx);
        }
        let (id, delay) = (Arc::clone(child.id()), child.restart_delay());
        if !self.restarts.record(Instant::now(), self.spec.intensity) {
            let Intensity { max, window } = self.spec.intensity;
            let reason = format!("{id}: more than {max} restarts within {window:?}, the last after: {exit}");
            return self.end(Exit::failed(reason), ctx);
        }
        log::warn!(target: "shiftboss::kernel", "{}/{id} restarts in {delay:?}: {exit}", ctx.id());
        let group = self.group(position);
        let others = group.iter().rev().filter(|member| **member != key);
        self.plan.extend(others.map(|member| Step::Stop(vec![*member])));
        // A wait of a member ends with the wait of the group that now covers it.
        for member in &group {
            self.take_comeback(*member, ctx);
        }
        if delay.is_zero() {
            self.bring_back(group);
        } else {
            self.children[position].enter(Phase::Backoff);
            let timer = ctx.run_later(delay, move |this, ctx| this.backed_off(key, ctx));
            self.comebacks.push(Comeback { owner: key, group, timer });
        }
        self.advance(ctx);
    }

    /// Those that share the fate of the child at `position`, in order, itself included.
    fn group(&self, position: usize) -> Vec<u64> {
        let members = match self.spec.strategy {
            Strategy::OneForOne => &self.children[position..=position],
            Strategy::RestForOne => &self.children[position..],
            Strategy::OneForAll => &self.children[..],
        };
        members.iter().map(Child::key).collect()
    }

    /// Plans the start of a group, in order. Temporary bystanders stay down.
    pub(super) fn bring_back(&mut self, group: Vec<u64>) {
        let comes_back =
            |key: &u64| self.children.iter().any(|child| child.key() == *key && !child.is_temporary());
        let starts: Vec<_> = group.into_iter().filter(comes_back).map(Step::Start).collect();
        self.plan.extend(starts);
    }

    /// Ends the back-off of a child, if it is in one; the group that waits with it.
    pub(super) fn take_comeback(&mut self, owner: u64, ctx: &mut Ctx<Self>) -> Option<Vec<u64>> {
        let position = self.comebacks.iter().position(|comeback| comeback.owner == owner)?;
        let comeback = self.comebacks.swap_remove(position);
        ctx.cancel_future(comeback.timer);
        Some(comeback.group)
    }

    fn backed_off(&mut self, owner: u64, ctx: &mut Ctx<Self>) {
        if let Some(group) = self.take_comeback(owner, ctx) {
            self.bring_back(group);
            self.advance(ctx);
        }
    }

    /// A child ended and is not restarted.
    fn let_go(&mut self, key: u64, ctx: &mut Ctx<Self>) {
        let significant = self.child(key).is_some_and(|child| child.bound.significant);
        self.retire(key);
        let others = self.children.iter().any(|child| child.bound.significant && self.goes_on(child));
        let ends = match self.spec.auto_shutdown {
            AutoShutdown::Never => false,
            AutoShutdown::AnySignificant => significant,
            AutoShutdown::AllSignificant => significant && !others,
        };
        if ends { self.end(Exit::Shutdown, ctx) } else { self.advance(ctx) }
    }

    /// Whether a child runs, or may be restarted yet.
    fn goes_on(&self, child: &Child) -> bool {
        let key = child.key();
        let waits = || self.comebacks.iter().any(|comeback| comeback.group.contains(&key));
        child.is_alive()
            || self.late.iter().any(|(late, ..)| *late == key)
            || child.fate == Fate::Wanted && waits()
    }

    /// A child that is to run ended before it had started.
    pub(super) fn start_failed(&mut self, key: u64, exit: &Exit, ctx: &mut Ctx<Self>) {
        let Some(id) = self.child(key).map(|child| Arc::clone(child.id())) else { return self.advance(ctx) };
        match self.stage {
            Stage::Booting => {
                let reason = format!("{id} did not start: {exit}");
                self.end(Exit::failed(reason), ctx);
            }
            Stage::Running => {
                // The round begins anew, and covers those of the group that were still to be started.
                let group = self.position(key).map(|position| self.group(position)).unwrap_or_default();
                self.plan.retain(|step| !matches!(step, Step::Start(planned) if group.contains(planned)));
                self.decide(key, exit, ctx);
            }
            Stage::Ending(_) => self.advance(ctx),
        }
    }
}
