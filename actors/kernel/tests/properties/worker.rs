//! The actor of the random trees: it does as its [`Kid`] says, and notes what it did.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, ActorFutureExt, AsyncContext, Handler, Message, Running, WrapFuture};
use shiftboss_kernel::{Bound, Ctx, Exit, Refused, Spec, Tx, supervised};

use crate::kid::{Kid, Stop};
use crate::ledger::{Ledger, Token};
use crate::trace::{Moment, Trace};

/// Who a worker is: its id, which a later one may bear again, and its number, which none will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) id: &'static str,
    pub(crate) number: usize,
}

/// One child of a random tree, seen from outside.
pub(crate) struct Outside {
    pub(crate) name: Name,
    pub(crate) kid: Kid,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Messages told that make it panic, and that make it end.
    pub(crate) crashes: u64,
    pub(crate) quits: u64,
    tx: Tx<Worker>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    Work,
    Crash,
    Quit,
}

#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Do(Job, Token);

pub(crate) struct Worker {
    name: Name,
    kid: Kid,
    trace: Trace,
    /// Which value of it this is, counted from 1.
    start: u32,
    fails_start: Option<u32>,
    begun: bool,
    quits: bool,
}

impl Outside {
    /// A worker with an address of its own, ready for a supervisor.
    pub(crate) fn new(name: Name, kid: Kid, trace: &Trace) -> (Self, Bound) {
        Self::failing(name, kid, trace, None)
    }

    /// As [`Outside::new`]; its start of this number fails.
    pub(crate) fn failing(name: Name, kid: Kid, trace: &Trace, fails_start: Option<u32>) -> (Self, Bound) {
        let trace = trace.clone();
        let mut start = 0;
        let make = move || {
            start += 1;
            Worker { name, kid, trace: trace.clone(), start, fails_start, begun: false, quits: false }
        };
        let (tx, bound) = kid.spec(Spec::new(name.id, make)).bind();
        (Self { name, kid, ledger: Arc::default(), accepted: 0, refused: 0, crashes: 0, quits: 0, tx }, bound)
    }

    pub(crate) fn tell(&mut self, job: Job) -> Result<(), Refused> {
        let told = self.tx.tell(Do(job, self.ledger.issue()));
        *if told.is_ok() { &mut self.accepted } else { &mut self.refused } += 1;
        self.crashes += u64::from(job == Job::Crash);
        self.quits += u64::from(job == Job::Quit);
        told
    }
}

impl Worker {
    const SLOW_START: Duration = Duration::from_secs(1);
    pub(crate) const SLOW_STOP: Duration = Duration::from_secs(2);

    fn note(&self, moment: Moment) {
        self.trace.note(self.name, moment);
    }
}

impl Actor for Worker {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.begun = true;
        self.note(Moment::Begun);
        assert!(self.fails_start != Some(self.start), "start {} fails", self.start);
        if self.kid.slow_start {
            let pause = tokio::time::sleep(Self::SLOW_START).into_actor(self);
            ctx.wait(pause.map(|(), this, _| this.note(Moment::Ready)));
        } else {
            self.note(Moment::Ready);
        }
    }

    fn stopping(&mut self, ctx: &mut Ctx<Self>) -> Running {
        if self.quits {
            return Running::Stop;
        }
        self.note(Moment::Asked);
        match self.kid.stop {
            Stop::AtOnce | Stop::Killed => Running::Stop,
            Stop::Stubborn => Running::Continue,
            Stop::Slow => {
                ctx.run_later(Self::SLOW_STOP, |this, ctx| {
                    this.quits = true;
                    ctx.stop();
                });
                Running::Continue
            }
        }
    }
}

supervised!(Worker);

impl Handler<Do> for Worker {
    type Result = ();

    fn handle(&mut self, Do(job, mut token): Do, ctx: &mut Ctx<Self>) {
        token.take_in_hand();
        match job {
            Job::Work => {}
            Job::Crash => panic!("{} crashes", self.name.id),
            Job::Quit => {
                self.quits = true;
                ctx.exit(Exit::Normal);
            }
        }
        token.done();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if self.begun {
            self.note(Moment::Ended);
        }
    }
}
