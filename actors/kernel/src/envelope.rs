//! Every message of a supervised actor passes here: counted, timed, and the one place for faults on purpose.

use actix::dev::{Envelope, EnvelopeProxy, MessageResponse, OneshotSender, ToEnvelope};
use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, WrapFuture};
use tokio::time::Instant;

use crate::chaos::Strike;
use crate::context::Ctx;
use crate::kind::{Kind, Outcome};

/// A message to an actor, with its type forgotten.
pub(crate) trait Letter<A: Actor>: Send {
    /// Lets the actor handle it. To be called once.
    fn deliver(&mut self, actor: &mut A, ctx: &mut A::Context);

    /// Takes note that it was not accepted: what becomes of it is not in the accounts.
    fn turn_back(&mut self);
}

/// A message that is on its way.
pub(crate) struct Timed<M: Message> {
    message: Option<M>,
    reply: Option<OneshotSender<M::Result>>,
    queued_at: Instant,
    /// None for what the kernel itself sends: it needs no place, and no fault touches it.
    counted: Option<&'static Kind>,
}

impl<A, M> ToEnvelope<A, M> for Ctx<A>
where
    A: Actor<Context = Self> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn pack(message: M, reply: Option<OneshotSender<M::Result>>) -> Envelope<A> {
        Envelope::with_proxy(Box::new(Timed::new(message, reply, None)))
    }
}

impl<A, M> EnvelopeProxy<A> for Timed<M>
where
    A: Actor<Context = Ctx<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    /// By way of an actix address, which an actor may have of itself.
    fn handle(&mut self, actor: &mut A, ctx: &mut Ctx<A>) {
        self.deliver(actor, ctx);
    }
}

impl<A, M> Letter<A> for Timed<M>
where
    A: Actor<Context = Ctx<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn deliver(&mut self, actor: &mut A, ctx: &mut Ctx<A>) {
        if self.counted.is_some() {
            ctx.release_place();
        }
        ctx.spend();
        if self.reply.as_ref().is_some_and(OneshotSender::is_closed) {
            return self.end(Outcome::Abandoned);
        }
        ctx.handling = std::any::type_name::<M>();
        match self.counted.and_then(|_| ctx.strike(std::any::type_name::<M>())) {
            None => self.hand_over(actor, ctx),
            Some(Strike::Drop) => self.end(Outcome::Dropped),
            Some(Strike::Panic) => {
                ctx.in_flight = true;
                self.message = None;
                panic!("a fault on purpose");
            }
            Some(Strike::Delay(time)) => {
                let mut delayed = Self {
                    message: self.message.take(),
                    reply: self.reply.take(),
                    queued_at: self.queued_at,
                    counted: self.counted,
                };
                let pause = tokio::time::sleep(time).into_actor(actor);
                ctx.wait(pause.map(move |(), actor, ctx| delayed.hand_over(actor, ctx)));
            }
        }
    }

    fn turn_back(&mut self) {
        self.counted = None;
    }
}

impl<M: Message> Timed<M> {
    /// One that is sent now. Of a kind are those that hold a place in a mailbox, and are in the accounts.
    pub(crate) fn new(
        message: M,
        reply: Option<OneshotSender<M::Result>>,
        counted: Option<&'static Kind>,
    ) -> Self {
        Self { message: Some(message), reply, queued_at: Instant::now(), counted }
    }

    fn hand_over<A>(&mut self, actor: &mut A, ctx: &mut Ctx<A>)
    where
        A: Actor<Context = Ctx<A>> + Handler<M>,
        M: Send + 'static,
        M::Result: Send,
    {
        let Some(message) = self.message.take() else { return };
        let waited = ctx.taken_at().duration_since(self.queued_at);
        ctx.handling = std::any::type_name::<M>();
        ctx.in_flight = self.counted.is_some();
        actor.handle(message, ctx).handle(ctx, self.reply.take());
        ctx.in_flight = false;
        ctx.handling = "a future or timer";
        ctx.ctl().handled(waited);
    }

    /// The message goes without having been handled.
    fn end(&mut self, outcome: Outcome) {
        self.message = None;
        self.reply = None;
        if let Some(kind) = self.counted {
            kind.ended(outcome);
        }
    }
}

impl<M: Message> Drop for Timed<M> {
    fn drop(&mut self) {
        if self.message.is_some() {
            self.end(Outcome::Discarded);
        }
    }
}
