//! The clock: makes the jobs in time, and tells every connection of them.
//!
//! It knows the connections by their numbers and nothing of their miners. Jobs and connections belong to the child:
//! after a panic a fresh value goes on with both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Message, MessageResult};
use jiff::Timestamp;
use shiftboss_kernel::{Ctx, Refused, Spec, Tx, supervised};

use super::connection::{Announced, Connection};
use super::job::{Maker, Window};

/// The time that it has to answer a connection.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Connections that come and go ahead of what it has handled.
const CAPACITY: u32 = 65_536;

/// When there is something new to mine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tempo {
    /// From one job to the next.
    pub job: Duration,
    /// From one block to the next.
    pub block: Duration,
}

/// The maker of jobs.
pub(crate) struct Clock {
    tempo: Tempo,
    kept: Arc<Mutex<Kept>>,
}

struct Kept {
    maker: Maker,
    /// None until it has started.
    window: Option<Arc<Window>>,
    connections: HashMap<u32, Tx<Connection>>,
}

/// A connection is to be told of jobs from now on; the answer are those of now.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Arc<Window>")]
pub(crate) struct Join {
    pub(crate) number: u32,
    pub(crate) connection: Tx<Connection>,
}

/// A connection has ended.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Leave(pub(crate) u32);

impl Clock {
    pub(crate) fn spec(maker: Maker, tempo: Tempo) -> Spec<Self> {
        let kept = Arc::new(Mutex::new(Kept { maker, window: None, connections: HashMap::new() }));
        Spec::new("clock", move || Self { tempo, kept: Arc::clone(&kept) }).capacity(CAPACITY)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // It changes in steps that cannot fail, so there is no half of one to be seen after a panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn job(&mut self, _: &mut Ctx<Self>) {
        self.kept().announce(|maker| maker.job(now()));
    }

    fn block(&mut self, _: &mut Ctx<Self>) {
        self.kept().announce(|maker| maker.block(now()));
    }
}

impl Kept {
    fn announce(&mut self, make: impl FnOnce(&mut Maker) -> Arc<Window>) {
        let window = make(&mut self.maker);
        self.window = Some(Arc::clone(&window));
        self.connections.retain(|_, connection| {
            // One that is full gets the next job, which is the better one.
            connection.tell(Announced(Arc::clone(&window))) != Err(Refused::Gone)
        });
    }

    fn window(&mut self) -> Arc<Window> {
        let Self { maker, window, .. } = self;
        Arc::clone(window.get_or_insert_with(|| maker.job(now())))
    }
}

impl Actor for Clock {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        ctx.run_interval(self.tempo.job, Self::job);
        ctx.run_interval(self.tempo.block, Self::block);
    }
}

supervised!(Clock);

impl Handler<Join> for Clock {
    type Result = MessageResult<Join>;

    fn handle(&mut self, Join { number, connection }: Join, _: &mut Ctx<Self>) -> Self::Result {
        let mut kept = self.kept();
        kept.connections.insert(number, connection);
        MessageResult(kept.window())
    }
}

impl Handler<Leave> for Clock {
    type Result = ();

    fn handle(&mut self, Leave(number): Leave, _: &mut Ctx<Self>) {
        self.kept().connections.remove(&number);
    }
}

/// Seconds since 1970, as long as a header can count them.
fn now() -> u32 {
    u32::try_from(Timestamp::now().as_second()).unwrap_or(u32::MAX)
}
