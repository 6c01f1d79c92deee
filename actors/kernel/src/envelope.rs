//! Every message of a supervised actor passes here: counted, timed, and the one place for faults on purpose.

use std::cell::Cell;

use actix::dev::{Envelope, EnvelopeProxy, MessageResponse, OneshotSender, ToEnvelope};
use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, WrapFuture};
use tokio::time::Instant;

use crate::chaos::Strike;
use crate::context::Ctx;
use crate::kind::{Kind, Outcome};

thread_local! {
    /// Set by `Tx` around a send: the message about to be packed holds a place in a mailbox of this kind.
    static COUNTED: Cell<Option<&'static Kind>> = const { Cell::new(None) };
}

/// Runs `send`, whose message holds a place in the mailbox of an actor of this kind.
pub(crate) fn counted<T>(kind: &'static Kind, send: impl FnOnce() -> T) -> T {
    COUNTED.set(Some(kind));
    let sent = send();
    COUNTED.set(None);
    sent
}

struct Timed<M: Message> {
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
        let timed =
            Timed { message: Some(message), reply, queued_at: Instant::now(), counted: COUNTED.take() };
        Envelope::with_proxy(Box::new(timed))
    }
}

impl<A, M> EnvelopeProxy<A> for Timed<M>
where
    A: Actor<Context = Ctx<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn handle(&mut self, actor: &mut A, ctx: &mut Ctx<A>) {
        if self.counted.is_some() {
            ctx.ctl().seats.release();
        }
        ctx.spend();
        if self.reply.as_ref().is_some_and(OneshotSender::is_closed) {
            return self.end(Outcome::Abandoned);
        }
        ctx.handling = std::any::type_name::<M>();
        match self.counted.and_then(|_| ctx.strike(std::any::type_name::<M>())) {
            None => self.deliver(actor, ctx),
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
                ctx.wait(pause.map(move |(), actor, ctx| delayed.deliver(actor, ctx)));
            }
        }
    }
}

impl<M: Message> Timed<M> {
    fn deliver<A>(&mut self, actor: &mut A, ctx: &mut Ctx<A>)
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
