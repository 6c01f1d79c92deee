//! Every message of a supervised actor passes here: counted, timed, and the one place for injected faults.

use std::cell::Cell;

use actix::dev::{Envelope, EnvelopeProxy, MessageResponse, OneshotSender, ToEnvelope};
use actix::{Actor, Handler, Message};
use tokio::time::Instant;

use crate::context::Ctx;

thread_local! {
    /// Set by `Tx` around a send: the message about to be packed holds a place in the mailbox.
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `send`, whose message holds a place in the mailbox.
pub(crate) fn counted<T>(send: impl FnOnce() -> T) -> T {
    COUNTED.set(true);
    let sent = send();
    COUNTED.set(false);
    sent
}

struct Timed<M: Message> {
    message: Option<M>,
    reply: Option<OneshotSender<M::Result>>,
    queued_at: Instant,
    counted: bool,
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
        let Some(message) = self.message.take() else { return };
        let reply = self.reply.take();
        if self.counted {
            ctx.ctl().release();
        }
        if reply.as_ref().is_some_and(OneshotSender::is_closed) {
            return;
        }
        ctx.handling = std::any::type_name::<M>();
        assert!(!ctx.ctl().fault_due(), "injected fault");
        let waited = self.queued_at.elapsed();
        actor.handle(message, ctx).handle(ctx, reply);
        ctx.handling = "a future or timer";
        ctx.ctl().stats.message(waited);
        ctx.spend();
    }
}
