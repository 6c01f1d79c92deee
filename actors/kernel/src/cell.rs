//! The task that runs one child over all its incarnations.
//!
//! It polls the actor under `catch_unwind`. On a failure it builds a fresh value and swaps it into the same
//! `ContextFut`, so that mailbox and addresses survive; then it waits to be started again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix::dev::{ContextFut, Mailbox, channel};
use actix::{Actor, ActorContext, Supervised};
use tokio::time::Instant;

use crate::chaos::Chaos;
use crate::context::Ctx;
use crate::ctl::Ctl;
use crate::event::{Event, Parent, What};
use crate::exit::{Exit, Panicked, contain};
use crate::kind::Outcome;
use crate::orders::{Incarnation, Order};
use crate::receiver::Receiver;

/// Builds a fresh value of a child's actor.
pub(crate) type Factory<A> = Box<dyn FnMut() -> A + Send>;

/// How often the swap to a fresh value is tried, when destructors of the old one panic: once for the
/// futures it waits for, once for those it spawned, once for itself, and once more to go through.
const SWAP_ATTEMPTS: u32 = 4;

/// The way of a cell, or of its launch, to its supervisor. Reports `Killed` when it is dropped untold.
pub(crate) struct Reporter {
    pub(crate) ctl: Arc<Ctl>,
    pub(crate) parent: Parent,
    /// When the incarnation that runs has begun.
    pub(crate) began: Option<Instant>,
}

impl Reporter {
    fn started(&self, incarnation: Incarnation) {
        self.parent.tell(Event { key: self.ctl.key, incarnation, what: What::Started });
    }

    fn exited(&mut self, incarnation: Incarnation, exit: Exit) {
        let ran = self.began.take().map(|at| at.elapsed()).unwrap_or_default();
        self.ctl.history.record(incarnation, &exit, ran);
        self.ctl.orders.mark_ended(incarnation);
        self.parent.tell(Event { key: self.ctl.key, incarnation, what: What::Exited(exit) });
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Some(incarnation) = self.ctl.orders.close() {
            self.exited(incarnation, Exit::Killed);
        }
    }
}

pub(crate) struct Cell<A: Actor<Context = Ctx<A>>> {
    /// None when the cell has ended for good.
    actor: Option<ContextFut<A, Ctx<A>>>,
    make: Factory<A>,
    reporter: Reporter,
    incarnation: Incarnation,
    running: bool,
    announced: bool,
}

impl<A: Actor<Context = Ctx<A>> + Supervised> Cell<A> {
    /// Builds the first value. A panic in the factory is the end of the cell.
    pub(crate) fn new(
        receiver: Receiver<A>,
        mut make: Factory<A>,
        mut reporter: Reporter,
        chaos: Chaos,
    ) -> Option<Self> {
        let (sender, addressed) = channel::channel(0);
        let mailbox = Mailbox::new(addressed);
        let ctx = Ctx::new(&mailbox, sender, receiver, chaos);
        match contain(&mut make, "the factory") {
            Ok(value) => {
                let actor = Some(ContextFut::new(ctx, value, mailbox));
                Some(Self { actor, make, reporter, incarnation: 0, running: false, announced: false })
            }
            Err(panicked) => {
                let incarnation = reporter.ctl.orders.incarnation();
                reporter.ctl.orders.mark_gone();
                reporter.exited(incarnation, Exit::Panic(Arc::new(panicked)));
                None
            }
        }
    }

    /// Carries out the latest order.
    fn obey(&mut self) {
        match self.reporter.ctl.orders.latest() {
            Order::Forget => self.discard_for_good(),
            Order::Start(incarnation) if incarnation > self.incarnation => self.start(incarnation),
            Order::Stop(incarnation) if incarnation > self.incarnation => {
                self.skip(incarnation, Exit::Shutdown);
            }
            Order::Kill(incarnation) if incarnation > self.incarnation => {
                self.skip(incarnation, Exit::Killed);
            }
            Order::Stop(_) if self.running => self.stop(),
            Order::Kill(_) if self.running => self.end(Exit::Killed),
            _ => {}
        }
    }

    fn start(&mut self, incarnation: Incarnation) {
        let Some(actor) = &mut self.actor else { return };
        actor.ctx().begin();
        self.incarnation = incarnation;
        self.reporter.began = Some(Instant::now());
        self.running = true;
        self.announced = false;
    }

    /// Answers for an incarnation that was to be stopped before it was seen to start.
    fn skip(&mut self, incarnation: Incarnation, exit: Exit) {
        self.incarnation = incarnation;
        self.reporter.exited(incarnation, exit);
    }

    fn stop(&mut self) {
        let Some(actor) = &mut self.actor else { return };
        let ctx = actor.ctx();
        if ctx.exit.is_none() {
            ctx.exit(Exit::Shutdown);
        }
    }

    /// Lets the actor turn once.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Exit> {
        let Some(actor) = &mut self.actor else { return Poll::Pending };
        let began = Instant::now();
        actor.ctx().turned_at = Some(began);
        let turned = contain(|| Pin::new(&mut *actor).poll(cx), "");
        let ctx = actor.ctx();
        ctx.ctl().turned(began.elapsed());
        if turned.is_err() && ctx.in_flight {
            ctx.ctl().kind.ended(Outcome::Lost);
        }
        let (handling, exit) = (ctx.handling, ctx.exit.take_if(|_| matches!(turned, Ok(Poll::Ready(())))));
        if ctx.started && !self.announced {
            self.announced = true;
            self.reporter.started(self.incarnation);
        }
        match turned {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(exit.unwrap_or(Exit::Normal)),
            Err(panicked) => Poll::Ready(Exit::Panic(Arc::new(Panicked { handling, ..panicked }))),
        }
    }

    /// Ends the incarnation: the old value goes now, before any back-off.
    fn end(&mut self, exit: Exit) {
        self.running = false;
        let swapped = if self.reporter.ctl.temporary { self.discard() } else { self.swap() };
        let exit = match swapped {
            // The first failure tells more than what it left behind.
            Err(panicked) if exit.is_failure() => {
                log::warn!(target: "shiftboss::kernel", "{}, after {exit}: {panicked}", self.reporter.ctl.id);
                exit
            }
            Err(panicked) => Exit::Panic(Arc::new(panicked)),
            Ok(()) => exit,
        };
        self.reporter.exited(self.incarnation, exit);
    }

    /// Swaps a fresh value in. A value that cannot be replaced ends the cell.
    fn swap(&mut self) -> Result<(), Panicked> {
        let Some(actor) = &mut self.actor else { return Ok(()) };
        let fresh = match contain(&mut self.make, "the factory") {
            Ok(fresh) => fresh,
            Err(panicked) => {
                self.discard()?;
                return Err(panicked);
            }
        };
        actor.ctx().fresh = Some(Box::new(fresh));
        let mut failure = None;
        for _ in 0..SWAP_ATTEMPTS {
            failure = contain(|| actor.restart(), "the destructor").err().or(failure);
            if actor.ctx().fresh.is_none() {
                return failure.map_or(Ok(()), Err);
            }
        }
        self.discard()?;
        failure.map_or(Ok(()), Err)
    }
}

impl<A: Actor<Context = Ctx<A>>> Cell<A> {
    /// Ends the cell: drops the actor, its mailbox and what is queued in it. Runs no hook.
    fn discard(&mut self) -> Result<(), Panicked> {
        self.running = false;
        self.reporter.ctl.orders.mark_gone();
        let Some(mut actor) = self.actor.take() else { return Ok(()) };
        // Terminated first, so that its destructor does not poll it once more.
        actor.ctx().terminate();
        contain(move || drop(actor), "the destructor")
    }

    fn discard_for_good(&mut self) {
        if let Err(panicked) = self.discard() {
            log::warn!(target: "shiftboss::kernel", "{}: {panicked}", self.reporter.ctl.id);
        }
    }
}

impl<A: Actor<Context = Ctx<A>> + Supervised> Future for Cell<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.reporter.ctl.orders.listen(cx.waker());
        loop {
            this.obey();
            if this.actor.is_none() {
                return Poll::Ready(());
            }
            if !this.running {
                return Poll::Pending;
            }
            match this.turn(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(exit) => this.end(exit),
            }
        }
    }
}

impl<A: Actor<Context = Ctx<A>>> Drop for Cell<A> {
    /// Reached untimely only when the thread ends.
    fn drop(&mut self) {
        self.discard_for_good();
    }
}
