//! The bounded ways to an actor.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix::{Actor, Handler, Message};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use crate::context::Ctx;
use crate::ctl::Ctl;
use crate::envelope::{Letter, Timed};
use crate::kind::Kind;
use crate::mailbox::{Accepted, Mailbox, Turned};

/// Why a message was not accepted, or not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The mailbox is at its capacity.
    #[error("its mailbox is full")]
    Full,
    /// The actor has ended for good, or panicked over this message.
    #[error("it is gone")]
    Gone,
    /// No answer came within the deadline.
    #[error("it did not answer in time")]
    Late,
}

/// The way to one actor: bounded over all its clones, good over all restarts, cheap to clone.
pub struct Tx<A: Actor> {
    shared: Arc<Shared<A>>,
}

struct Shared<A: Actor> {
    mailbox: Mailbox<Box<dyn Letter<A>>>,
    /// That of `ctl`, whose other words change at every message.
    kind: &'static Kind,
    ctl: Arc<Ctl>,
}

impl<A: Actor> Clone for Tx<A> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<A: Actor> fmt::Debug for Tx<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({})", self.shared.ctl.id)
    }
}

impl<A: Actor<Context = Ctx<A>>> Tx<A> {
    pub(crate) fn new(capacity: u32, ctl: Arc<Ctl>) -> Self {
        Self { shared: Arc::new(Shared { mailbox: Mailbox::new(capacity), kind: ctl.kind, ctl }) }
    }

    pub(crate) fn ctl(&self) -> &Arc<Ctl> {
        &self.shared.ctl
    }

    pub(crate) fn mailbox(&self) -> &Mailbox<Box<dyn Letter<A>>> {
        &self.shared.mailbox
    }

    /// The mailbox with the actor's type forgotten.
    pub(crate) fn places(&self) -> Arc<dyn Places> {
        Arc::<Shared<A>>::clone(&self.shared)
    }

    /// The child's id.
    pub fn id(&self) -> &str {
        &self.shared.ctl.id
    }

    /// Messages accepted and not yet handled.
    pub fn depth(&self) -> u32 {
        self.shared.taken()
    }

    /// Whether it is down for now, as one that is parked: it keeps what it is told until it starts again.
    pub fn is_down(&self) -> bool {
        let orders = &self.shared.ctl.orders;
        !orders.is_gone() && orders.incarnation() <= orders.ended()
    }

    /// Queues one message, or says at once that it cannot.
    ///
    /// # Errors
    /// `Full` at the mailbox's capacity, `Gone` when the actor has ended for good.
    pub fn tell<M>(&self, message: M) -> Result<(), Refused>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        self.send(message, None)
    }

    /// Queues one message and waits for its answer, at most `within`.
    ///
    /// # Errors
    /// As [`Tx::tell`]; `Gone` also when the actor panicked over this message, `Late` after the deadline.
    pub async fn ask<M>(&self, message: M, within: Duration) -> Result<M::Result, Refused>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let (answer, mut reply) = oneshot::channel();
        self.send(message, Some(answer))?;
        // An actor of the same thread answers in its next turn: no timer is needed for that.
        give_way().await;
        match reply.try_recv() {
            Ok(answer) => return Ok(answer),
            Err(TryRecvError::Closed) => return Err(self.refuse(Refused::Gone)),
            Err(TryRecvError::Empty) => {}
        }
        match tokio::time::timeout(within, reply).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(self.refuse(Refused::Gone)),
            Err(_) => Err(self.refuse(Refused::Late)),
        }
    }

    /// The way for messages of one type only, with the actor's type forgotten.
    pub fn to<M>(&self) -> To<M>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        To { way: Arc::new(self.clone()) }
    }

    /// Messages queued outside of any capacity: for the kernel's own events, which must not be refused.
    pub(crate) fn force<M>(&self, message: M)
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        // An actor that is gone has no use for it.
        if let Ok(true) = self.shared.mailbox.force(Box::new(Timed::new(message, None, None))) {
            self.shared.ctl.orders.wake();
        }
    }

    fn send<M>(&self, message: M, answer: Option<oneshot::Sender<M::Result>>) -> Result<(), Refused>
    where
        A: Handler<M>,
        M: Message + Send + 'static,
        M::Result: Send,
    {
        let Shared { mailbox, kind, ctl } = &*self.shared;
        let known = kind.depth_max();
        let letter = Box::new(Timed::new(message, answer, Some(kind)));
        match mailbox.push(letter, known, &ctl.in_hand) {
            Ok(Accepted { depth, wakes }) => {
                if depth > known {
                    kind.deepened(depth);
                }
                if wakes {
                    ctl.orders.wake();
                }
                Ok(())
            }
            Err((turned, mut letter)) => {
                letter.turn_back();
                Err(self.refuse(match turned {
                    Turned::Full => Refused::Full,
                    Turned::Shut => Refused::Gone,
                }))
            }
        }
    }

    /// Counts a refusal.
    fn refuse(&self, refused: Refused) -> Refused {
        self.shared.kind.refused(refused);
        refused
    }
}

/// A mailbox, with the types of its actor and its messages forgotten.
pub(crate) trait Places: Send + Sync {
    /// Messages accepted and not yet handled.
    fn taken(&self) -> u32;

    /// How many that may be.
    fn capacity(&self) -> u32;

    /// Accepts nothing from now on.
    fn shut(&self);
}

impl<A: Actor> Places for Shared<A> {
    fn taken(&self) -> u32 {
        self.mailbox.depth(&self.ctl.in_hand)
    }

    fn capacity(&self) -> u32 {
        self.mailbox.capacity()
    }

    fn shut(&self) {
        self.mailbox.shut();
    }
}

/// Lets those that are ready go first. Not tokio's own yield, which also looks for events of the system.
async fn give_way() {
    let mut gave_way = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut gave_way, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

type Answer<M> = Pin<Box<dyn Future<Output = Result<<M as Message>::Result, Refused>> + Send>>;

trait Way<M: Message>: Send + Sync {
    fn tell(&self, message: M) -> Result<(), Refused>;
    fn ask(&self, message: M, within: Duration) -> Answer<M>;
}

impl<A, M> Way<M> for Tx<A>
where
    A: Actor<Context = Ctx<A>> + Handler<M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    fn tell(&self, message: M) -> Result<(), Refused> {
        Self::tell(self, message)
    }

    fn ask(&self, message: M, within: Duration) -> Answer<M> {
        let tx = self.clone();
        Box::pin(async move { Self::ask(&tx, message, within).await })
    }
}

/// The way to some actor that handles `M`.
pub struct To<M: Message> {
    way: Arc<dyn Way<M>>,
}

impl<M: Message> Clone for To<M> {
    fn clone(&self) -> Self {
        Self { way: Arc::clone(&self.way) }
    }
}

impl<M: Message> fmt::Debug for To<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "To<{}>", std::any::type_name::<M>())
    }
}

impl<M: Message> To<M> {
    /// As [`Tx::tell`].
    ///
    /// # Errors
    /// As [`Tx::tell`].
    pub fn tell(&self, message: M) -> Result<(), Refused> {
        self.way.tell(message)
    }

    /// As [`Tx::ask`].
    ///
    /// # Errors
    /// As [`Tx::ask`].
    pub async fn ask(&self, message: M, within: Duration) -> Result<M::Result, Refused> {
        self.way.ask(message, within).await
    }
}
