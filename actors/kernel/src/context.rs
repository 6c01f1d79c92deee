//! The actix context of a supervised actor: its mailbox, its timers, its way out.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix::dev::channel::AddressSender;
use actix::dev::{AsyncContextParts, ContextParts, Mailbox};
use actix::{Actor, ActorContext, ActorFuture, ActorState, Addr, AsyncContext, SpawnHandle, fut};

use tokio::time::Instant;

use crate::chaos::{Aim, Chaos, Strike};
use crate::ctl::Ctl;
use crate::exit::Exit;
use crate::kind::short_name;
use crate::receiver::Receiver;
use crate::tx::Tx;

/// Messages that an actor handles before it yields its thread to its neighbours.
const BUDGET: u16 = 128;

/// The context of every supervised actor: `type Context = Ctx<Self>`.
pub struct Ctx<A: Actor<Context = Ctx<A>>> {
    parts: ContextParts<A>,
    receiver: Receiver<A>,
    /// actix restarts an actor in place only while somebody could send to it by its own ways.
    _sender: AddressSender<A>,
    /// The value that a restart is about to swap in.
    pub(crate) fresh: Option<Box<A>>,
    pub(crate) exit: Option<Exit>,
    /// What runs now, for the report of a panic.
    pub(crate) handling: &'static str,
    /// Whether it is a message that holds a place in the mailbox.
    pub(crate) in_flight: bool,
    /// None when the tree runs without faults on purpose.
    faults: Option<Box<Faults>>,
    /// Whether this incarnation has started.
    pub(crate) started: bool,
    held: bool,
    budget: u16,
    /// When this turn began, until its first message has taken it.
    pub(crate) turned_at: Option<Instant>,
}

/// The faults on purpose of the tree, and those among them that may strike this actor.
struct Faults {
    chaos: Chaos,
    aim: Option<Aim>,
}

impl<A: Actor<Context = Self>> Ctx<A> {
    pub(crate) fn new(
        mailbox: &Mailbox<A>,
        sender: AddressSender<A>,
        receiver: Receiver<A>,
        chaos: Chaos,
    ) -> Self {
        let tx = receiver.tx();
        let aim = chaos.aim(tx.ctl().kind.name, tx.id());
        let faults = (!chaos.is_off()).then(|| Box::new(Faults { chaos, aim }));
        Self {
            parts: ContextParts::new(mailbox.sender_producer()),
            receiver,
            _sender: sender,
            fresh: None,
            exit: None,
            handling: "started",
            in_flight: false,
            faults,
            started: false,
            held: false,
            budget: BUDGET,
            turned_at: None,
        }
    }

    /// The child's id, unique among its siblings.
    pub fn id(&self) -> &str {
        &self.ctl().id
    }

    /// The bounded way to this actor itself.
    pub fn tx(&self) -> Tx<A> {
        self.receiver.tx().clone()
    }

    /// Ends this incarnation for a stated reason; the supervisor decides what follows.
    pub fn exit(&mut self, why: Exit) {
        self.exit = Some(why);
        self.parts.stop();
    }

    /// Says that this actor is not needed now. It counts as started and stays down, with its place among its
    /// siblings, until it is restarted; a temporary one is forgotten. For `started` only.
    pub fn decline(&mut self) {
        self.exit(Exit::Declined);
    }

    /// Keeps the supervisor waiting with the next child until [`Ctx::confirm_start`].
    /// For `started` only.
    pub fn hold_start(&mut self) {
        self.held = true;
    }

    /// Says that a held start is done.
    pub fn confirm_start(&mut self) {
        self.held = false;
        self.started = true;
    }

    /// Puts the value built by the child's factory in place of a failed one. For [`crate::supervised!`].
    #[doc(hidden)]
    pub fn swap(&mut self, value: &mut A) {
        if let Some(fresh) = self.fresh.take() {
            *value = *fresh;
        }
    }

    pub(crate) fn ctl(&self) -> &Ctl {
        self.receiver.tx().ctl()
    }

    /// The faults on purpose of the whole tree, for a supervisor to hand on.
    pub(crate) fn chaos(&self) -> Chaos {
        self.faults.as_ref().map(|faults| faults.chaos.clone()).unwrap_or_default()
    }

    /// Counts a message towards the faults on purpose; what is to be done to it, if anything.
    pub(crate) fn strike(&mut self, message: &'static str) -> Option<Strike> {
        if self.ctl().fault_due() {
            return Some(Strike::Panic);
        }
        let aim = self.faults.as_mut()?.aim.as_mut()?;
        aim.strike(short_name(message))
    }

    /// Readies the context for a new incarnation: `started` runs at its first poll, and is announced
    /// when it and all that it waits for are done.
    pub(crate) fn begin(&mut self) {
        self.exit = None;
        self.handling = "started";
        self.in_flight = false;
        self.started = false;
        self.held = false;
        self.budget = BUDGET;
        self.parts.spawn(Intake);
        self.parts.wait(Announce);
        if let Some(aim) = self.faults.as_mut().and_then(|faults| faults.aim.as_mut()) {
            match aim.strike("started") {
                Some(Strike::Panic) => self.parts.wait(PanicAtStart),
                Some(Strike::Delay(time)) => self.parts.wait(fut::wrap_future(tokio::time::sleep(time))),
                Some(Strike::Drop) | None => {}
            }
        }
    }

    /// The time at which a message is taken from the mailbox. For the first one of a turn that of the turn does: a look
    /// at the clock costs a good part of what a message costs.
    pub(crate) fn taken_at(&mut self) -> Instant {
        self.turned_at.take().unwrap_or_else(Instant::now)
    }

    /// Gives back the place of the message that is about to be handled.
    pub(crate) fn release_place(&self) {
        self.receiver.release();
    }

    /// Counts one message, handled or not; the actor yields after each `BUDGET` of them.
    pub(crate) fn spend(&mut self) {
        self.budget -= 1;
        if self.budget == 0 {
            self.budget = BUDGET;
            self.parts.wait(YieldNow { yielded: false });
        }
    }
}

impl<A: Actor<Context = Self>> ActorContext for Ctx<A> {
    fn stop(&mut self) {
        self.parts.stop();
    }

    fn terminate(&mut self) {
        self.parts.terminate();
    }

    fn state(&self) -> ActorState {
        self.parts.state()
    }
}

impl<A: Actor<Context = Self>> AsyncContext<A> for Ctx<A> {
    fn address(&self) -> Addr<A> {
        self.parts.address()
    }

    fn spawn<F: ActorFuture<A, Output = ()> + 'static>(&mut self, future: F) -> SpawnHandle {
        self.parts.spawn(future)
    }

    fn wait<F: ActorFuture<A, Output = ()> + 'static>(&mut self, future: F) {
        self.parts.wait(future);
    }

    fn waiting(&self) -> bool {
        self.parts.waiting()
    }

    fn cancel_future(&mut self, handle: SpawnHandle) -> bool {
        self.parts.cancel_future(handle)
    }
}

impl<A: Actor<Context = Self>> AsyncContextParts<A> for Ctx<A> {
    fn parts(&mut self) -> &mut ContextParts<A> {
        &mut self.parts
    }
}

/// Lets the actor handle what comes. It is polled with every turn of the actor, and first.
struct Intake;

impl<A: Actor<Context = Ctx<A>>> ActorFuture<A> for Intake {
    type Output = ();

    fn poll(self: Pin<&mut Self>, actor: &mut A, ctx: &mut Ctx<A>, _: &mut Context<'_>) -> Poll<()> {
        while !ctx.waiting() {
            let Some(mut letter) = ctx.receiver.next() else { break };
            letter.deliver(actor, ctx);
        }
        // The mailbox wakes the cell.
        Poll::Pending
    }
}

/// First into the list of what an incarnation waits for. The list is worked from its end, so it is
/// reached when all that `started` asked to wait for is done.
struct Announce;

impl<A: Actor<Context = Ctx<A>>> ActorFuture<A> for Announce {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut A, ctx: &mut Ctx<A>, _: &mut Context<'_>) -> Poll<()> {
        ctx.handling = "a future or timer";
        if !ctx.held && ctx.state() == ActorState::Running {
            ctx.started = true;
        }
        Poll::Ready(())
    }
}

/// A fault on purpose: what `started` asked to wait for is done after it, and never is.
struct PanicAtStart;

impl<A: Actor> ActorFuture<A> for PanicAtStart {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut A, _: &mut A::Context, _: &mut Context<'_>) -> Poll<()> {
        panic!("a fault on purpose");
    }
}

/// Pending once. Waking through tokio's own yield puts the task behind those that are ready.
struct YieldNow {
    yielded: bool,
}

impl<A: Actor> ActorFuture<A> for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut A, _: &mut A::Context, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        std::pin::pin!(tokio::task::yield_now()).poll(cx)
    }
}
