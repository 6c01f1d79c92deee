//! The actor that everybody sends to.

use actix::{Actor, Handler, Message};
use shiftboss_kernel::{Ctx, Exit, Spec, supervised};

use crate::ledger::Token;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    Work,
    Crash,
    Quit,
}

#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Do(pub(crate) Job, pub(crate) Token);

/// Few enough that some are refused.
const CAPACITY: u32 = 8;

pub(crate) struct Worker;

impl Worker {
    pub(crate) fn spec(index: usize) -> Spec<Self> {
        Spec::new(id(index), || Self).capacity(CAPACITY)
    }
}

pub(crate) fn id(index: usize) -> String {
    format!("w{index}")
}

impl Actor for Worker {
    type Context = Ctx<Self>;
}

supervised!(Worker);

impl Handler<Do> for Worker {
    type Result = ();

    fn handle(&mut self, Do(job, mut token): Do, ctx: &mut Ctx<Self>) {
        token.take_in_hand();
        match job {
            Job::Work => {}
            Job::Crash => panic!("{} crashes", ctx.id()),
            Job::Quit => ctx.exit(Exit::Normal),
        }
        token.done();
    }
}
