//! Probes, scripted children and a journal, for the tests of supervised actors.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, ResponseActFuture, Running, WrapFuture};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::context::Ctx;
use crate::exit::Exit;
use crate::spec::{Bound, Spec};
use crate::supervised;
use crate::tx::{To, Tx};

/// What happened, in order: `+id` for a start, `-id` for a stop.
#[derive(Clone, Default)]
pub struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    /// Adds one entry.
    pub fn note(&self, entry: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry.into());
    }

    /// All entries since the last call, with blanks between: `"+a +b -b"`.
    pub fn take(&self) -> String {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).join(" ")
    }
}

/// An actor that keeps the messages it gets for a test to look at.
struct Recorder<M>(UnboundedSender<M>);

impl<M: Unpin + 'static> Actor for Recorder<M> {
    type Context = Ctx<Self>;
}

impl<M: Unpin + 'static> actix::Supervised for Recorder<M> {
    fn restarting(&mut self, ctx: &mut Ctx<Self>) {
        ctx.swap(self);
    }
}

impl<M: Message<Result = ()> + Send + Unpin + 'static> Handler<M> for Recorder<M> {
    type Result = ();

    fn handle(&mut self, message: M, _: &mut Ctx<Self>) {
        // A test that dropped its probe does not look any more.
        let _ = self.0.send(message);
    }
}

/// The test's end of a [`To<M>`] that it hands to the actor under test.
pub struct Probe<M> {
    messages: UnboundedReceiver<M>,
}

impl<M: Message<Result = ()> + Send + Unpin + 'static> Probe<M> {
    /// A probe, the way to it, and the child to put under a supervisor.
    pub fn new(id: &str) -> (Self, To<M>, Bound) {
        let (sender, messages) = unbounded_channel();
        let (tx, bound) = Spec::new(id, move || Recorder(sender.clone())).capacity(100_000).bind();
        (Self { messages }, tx.to(), bound)
    }

    /// The next message.
    ///
    /// # Panics
    /// When none comes within `within`.
    pub async fn expect(&mut self, within: Duration) -> M {
        match tokio::time::timeout(within, self.messages.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => panic!("the probe has ended"),
            Err(_) => panic!("no message within {within:?}"),
        }
    }

    /// The first message that `wanted` accepts; others before it are dropped.
    ///
    /// # Panics
    /// When none comes within `within`.
    pub async fn expect_where(&mut self, within: Duration, wanted: impl Fn(&M) -> bool) -> M {
        let found = tokio::time::timeout(within, async {
            loop {
                match self.messages.recv().await {
                    Some(message) if wanted(&message) => return message,
                    Some(_) => {}
                    None => panic!("the probe has ended"),
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("no such message within {within:?}"))
    }

    /// Makes sure that nothing comes for a while.
    ///
    /// # Panics
    /// When a message comes.
    pub async fn expect_none(&mut self, during: Duration) {
        let came = tokio::time::timeout(during, self.messages.recv()).await;
        assert!(!matches!(came, Ok(Some(_))), "a message came within {during:?}");
    }

    /// What has come and was not looked at yet.
    pub fn drain(&mut self) -> Vec<M> {
        std::iter::from_fn(|| self.messages.try_recv().ok()).collect()
    }
}

/// How a [`Scripted`] child behaves, beside its messages.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Its first so many starts panic.
    pub failing_starts: u32,
    /// Every start from this one on panics (1 is the first).
    pub fails_from_start: Option<u32>,
    /// `started` waits this long before it is done.
    pub slow_start: Option<Duration>,
    /// It refuses to stop.
    pub stubborn: bool,
    /// It stops this long after it was asked.
    pub slow_stop: Option<Duration>,
    /// `stopped` panics.
    pub panics_in_stopped: bool,
    /// It calls `stop` in `started`.
    pub stops_at_start: bool,
    /// Its timer panics after this time.
    pub panics_after: Option<Duration>,
    /// Its destructor panics, once it has handled a [`Boom`].
    pub panics_in_drop: bool,
}

/// A child that does as its [`Script`] says, and notes `+id` and `-id` in the journal.
pub struct Scripted {
    id: Arc<str>,
    script: Script,
    journal: Journal,
    start: u32,
    count: u32,
    hurt: bool,
}

impl Scripted {
    /// The spec of a scripted child.
    pub fn spec(id: &str, journal: &Journal, script: Script) -> Spec<Self> {
        let (id, journal): (Arc<str>, _) = (id.into(), journal.clone());
        let mut start = 0;
        Spec::new(Arc::clone(&id), move || {
            start += 1;
            Self {
                id: Arc::clone(&id),
                script: script.clone(),
                journal: journal.clone(),
                start,
                count: 0,
                hurt: false,
            }
        })
    }

    /// A child without a special script.
    pub fn plain(id: &str, journal: &Journal) -> (Tx<Self>, Bound) {
        Self::spec(id, journal, Script::default()).bind()
    }

    fn fails_to_start(&self) -> bool {
        self.start <= self.script.failing_starts
            || self.script.fails_from_start.is_some_and(|from| self.start >= from)
    }
}

impl Actor for Scripted {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.journal.note(format!("+{}", self.id));
        assert!(!self.fails_to_start(), "cannot start {}", self.id);
        if self.script.stops_at_start {
            actix::ActorContext::stop(ctx);
        }
        if let Some(delay) = self.script.slow_start {
            ctx.wait(tokio::time::sleep(delay).into_actor(self));
        }
        if let Some(delay) = self.script.panics_after {
            ctx.run_later(delay, |_, _| panic!("timer"));
        }
    }

    fn stopping(&mut self, ctx: &mut Ctx<Self>) -> Running {
        if self.script.stubborn {
            return Running::Continue;
        }
        if let Some(delay) = self.script.slow_stop.take() {
            ctx.run_later(delay, |_, ctx| actix::ActorContext::stop(ctx));
            return Running::Continue;
        }
        Running::Stop
    }

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.journal.note(format!("-{}", self.id));
        assert!(!self.script.panics_in_stopped, "cannot stop {}", self.id);
    }
}

supervised!(Scripted);

impl Drop for Scripted {
    fn drop(&mut self) {
        assert!(!(self.hurt && self.script.panics_in_drop), "cannot drop {}", self.id);
    }
}

/// Counts up, and answers how often it was told so since the last start.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "u32")]
pub struct Count;

impl Handler<Count> for Scripted {
    type Result = u32;

    fn handle(&mut self, _: Count, _: &mut Ctx<Self>) -> u32 {
        self.count += 1;
        self.count
    }
}

/// Panics in its handler.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Boom;

impl Handler<Boom> for Scripted {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        self.hurt = true;
        panic!("boom in {}", self.id);
    }
}

/// Panics in the future that answers it, after a pause.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct BoomLater(pub Duration);

impl Handler<BoomLater> for Scripted {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, BoomLater(pause): BoomLater, _: &mut Ctx<Self>) -> Self::Result {
        let pause = tokio::time::sleep(pause).into_actor(self);
        Box::pin(pause.map(|(), this, _| panic!("boom later in {}", this.id)))
    }
}

/// Ends the child for a reason.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Quit(pub Exit);

impl Handler<Quit> for Scripted {
    type Result = ();

    fn handle(&mut self, Quit(exit): Quit, ctx: &mut Ctx<Self>) {
        ctx.exit(exit);
    }
}

/// Answers after a pause, during which the child handles nothing else.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Hang(pub Duration);

impl Handler<Hang> for Scripted {
    type Result = ();

    fn handle(&mut self, Hang(pause): Hang, ctx: &mut Ctx<Self>) {
        ctx.wait(tokio::time::sleep(pause).into_actor(self));
    }
}
