//! Owns the database. Runs on a thread of its own, because every write waits for the disk.
//!
//! Changes of records are answered when they are on the disk; those that queue up meanwhile share one commit.
//! What devices said last arrives in batches that are conflated where they come from. No device is polled here.
//!
//! When a write fails, whoever waits for it is told so at once; what nobody waits for is kept, and written when the disk
//! takes it again. That is tried after growing pauses, and with each change that somebody waits for.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Message, MessageResult, ResponseFuture, SpawnHandle};
use shiftboss_kernel::{Ctx, supervised};
use tokio::sync::{Mutex, oneshot};
use tokio::time::Instant;

use crate::error::Error;
use crate::preset::Preset;
use crate::record::Found;

mod advice;
mod copies;
mod database;
#[cfg(any(test, feature = "testkit"))]
pub(crate) mod disk;
mod file;
mod memory;
mod messages;
mod opening;
mod outage;
mod portable;
mod restore;
mod schema;
mod snapshot;

pub(crate) use database::Change;
pub use database::Database;
pub use messages::{
    BackUp, Condition, DropPreset, Inspect, KeepFound, KeepPreset, KeepSeen, LoadDevices, LoadFound,
    LoadPresets, PutRecords, RemoveRecord, Stored,
};
use outage::{Kept, Outage};
pub use portable::{Came, Export, Imported, Lacking, Mode, Secrets, export, import};
pub use restore::{Restored, restore};

/// Commits what has queued up.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Commit;

/// A commit that was told this long ago, and not done, has been lost.
const COMMIT_WITHIN: Duration = Duration::from_secs(1);

type Waiter = oneshot::Sender<Result<(), Error>>;

/// The actor.
pub struct Store {
    database: Arc<Database>,
    queued: Vec<Change>,
    waiters: Vec<Waiter>,
    /// When the last commit was told.
    told_at: Option<Instant>,
    /// Since a write failed, until one is done.
    outage: Option<Outage>,
    /// Its next try.
    retry: Option<SpawnHandle>,
    kept: Kept,
    failures: u64,
    /// Held by the backup that is being made.
    backup: Arc<Mutex<()>>,
}

impl Store {
    /// A store over an open database.
    pub fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            queued: Vec::new(),
            waiters: Vec::new(),
            told_at: None,
            outage: None,
            retry: None,
            kept: Kept::default(),
            failures: 0,
            backup: Arc::default(),
        }
    }

    fn queue(
        &mut self,
        changes: impl IntoIterator<Item = Change>,
        waiter: Option<Waiter>,
        ctx: &mut Ctx<Self>,
    ) {
        let first = self.queued.is_empty() && self.waiters.is_empty();
        // Nobody waits for it, and the next try is set.
        if first && waiter.is_none() && self.outage.is_some() {
            changes.into_iter().for_each(|change| self.kept.keep(change));
            return;
        }
        self.queued.extend(changes);
        self.waiters.extend(waiter);
        // Told to itself, so that all changes queued before it share the commit; and again, if that was lost.
        let is_told = !first && self.told_at.is_some_and(|at| at.elapsed() < COMMIT_WITHIN);
        if !is_told {
            self.told_at = Some(Instant::now());
            if ctx.tx().tell(Commit).is_err() {
                self.commit(ctx);
            }
        }
    }

    fn commit(&mut self, ctx: &mut Ctx<Self>) {
        self.write();
        if let Some(retry) = self.retry.take() {
            ctx.cancel_future(retry);
        }
        if let Some(outage) = &mut self.outage {
            self.retry = Some(ctx.run_later(outage.next_pause(), |store, ctx| {
                store.retry = None;
                store.commit(ctx);
            }));
        }
    }

    /// Writes what was kept and what has queued up, and tells those who wait.
    fn write(&mut self) {
        let queued = std::mem::take(&mut self.queued);
        let waiters = std::mem::take(&mut self.waiters);
        let is_idle = queued.is_empty() && self.outage.is_none();
        let result = if is_idle { Ok(()) } else { self.try_write(queued) };
        for waiter in waiters {
            // One that does not wait any more had a deadline; its change was one of them all the same.
            let _ = waiter.send(result.clone());
        }
    }

    fn try_write(&mut self, queued: Vec<Change>) -> Result<(), Error> {
        let mut changes = self.kept.take();
        changes.extend(queued);
        let written = self.database.commit(&changes);
        match &written {
            Ok(()) => {
                if let Some(outage) = self.outage.take() {
                    log::warn!("{}", outage.report(Instant::now(), self.kept.take_lost()));
                }
            }
            Err(error) => {
                self.failures += 1;
                changes.into_iter().for_each(|change| self.kept.keep(change));
                if self.outage.is_none() {
                    self.outage = Some(Outage::new(Instant::now()));
                    log::error!("the store cannot write, and tries again until it can: {error}");
                }
            }
        }
        written
    }

    fn durable(
        &mut self,
        changes: impl IntoIterator<Item = Change>,
        ctx: &mut Ctx<Self>,
    ) -> ResponseFuture<Result<(), Error>> {
        let (waiter, done) = oneshot::channel();
        self.queue(changes, Some(waiter), ctx);
        Box::pin(async move {
            done.await
                .unwrap_or_else(|_| Err(Error::Store("the store restarted; look whether it was done".into())))
        })
    }
}

impl Actor for Store {
    type Context = Ctx<Self>;

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.write();
        let unwritten = self.kept.take().len();
        if unwritten > 0 {
            log::error!("the store ends and still cannot write: {unwritten} changes are lost");
        }
    }
}

supervised!(Store);

impl Handler<PutRecords> for Store {
    type Result = ResponseFuture<Result<(), Error>>;

    fn handle(&mut self, PutRecords(records): PutRecords, ctx: &mut Ctx<Self>) -> Self::Result {
        self.durable(records.into_iter().map(Change::Record), ctx)
    }
}

impl Handler<RemoveRecord> for Store {
    type Result = ResponseFuture<Result<(), Error>>;

    fn handle(&mut self, remove: RemoveRecord, ctx: &mut Ctx<Self>) -> Self::Result {
        self.durable([Change::Remove(remove)], ctx)
    }
}

impl Handler<KeepSeen> for Store {
    type Result = ();

    fn handle(&mut self, KeepSeen(seen): KeepSeen, ctx: &mut Ctx<Self>) {
        self.queue(seen.into_iter().map(|(mac, seen)| Change::Seen(mac, seen)), None, ctx);
    }
}

impl Handler<KeepFound> for Store {
    type Result = ();

    fn handle(&mut self, KeepFound(found): KeepFound, ctx: &mut Ctx<Self>) {
        self.queue(found.into_iter().map(Change::Found), None, ctx);
    }
}

impl Handler<LoadDevices> for Store {
    type Result = Result<Vec<Stored>, Error>;

    fn handle(&mut self, _: LoadDevices, ctx: &mut Ctx<Self>) -> Self::Result {
        self.commit(ctx);
        self.database.devices()
    }
}

impl Handler<LoadFound> for Store {
    type Result = Result<Vec<Found>, Error>;

    fn handle(&mut self, _: LoadFound, ctx: &mut Ctx<Self>) -> Self::Result {
        self.commit(ctx);
        self.database.found()
    }
}

impl Handler<BackUp> for Store {
    type Result = ResponseFuture<Result<u64, Error>>;

    fn handle(&mut self, BackUp(target): BackUp, ctx: &mut Ctx<Self>) -> Self::Result {
        self.commit(ctx);
        let Ok(only_one) = Arc::clone(&self.backup).try_lock_owned() else {
            return Box::pin(ready(Err(Error::BackingUp)));
        };
        // A reader only: when a write fails, the database is opened anew, and no backup is in the way of that.
        let reader = match self.database.reader() {
            Ok(reader) => reader,
            Err(error) => return Box::pin(ready(Err(error))),
        };
        let writing = tokio::task::spawn_blocking(move || {
            let written = snapshot::write(&reader, &target);
            drop(only_one);
            written
        });
        Box::pin(async move { writing.await.unwrap_or_else(|error| Err(Error::Store(error.to_string()))) })
    }
}

impl Handler<KeepPreset> for Store {
    type Result = ResponseFuture<Result<(), Error>>;

    fn handle(&mut self, KeepPreset(preset): KeepPreset, ctx: &mut Ctx<Self>) -> Self::Result {
        self.durable([Change::Preset(preset)], ctx)
    }
}

impl Handler<DropPreset> for Store {
    type Result = ResponseFuture<Result<(), Error>>;

    fn handle(&mut self, DropPreset(id): DropPreset, ctx: &mut Ctx<Self>) -> Self::Result {
        self.durable([Change::DropPreset(id)], ctx)
    }
}

impl Handler<LoadPresets> for Store {
    type Result = Result<Vec<Preset>, Error>;

    fn handle(&mut self, _: LoadPresets, ctx: &mut Ctx<Self>) -> Self::Result {
        self.commit(ctx);
        self.database.presets()
    }
}

impl Handler<Inspect> for Store {
    type Result = MessageResult<Inspect>;

    fn handle(&mut self, _: Inspect, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(Condition { is_writable: self.outage.is_none(), failures: self.failures })
    }
}

impl Handler<Commit> for Store {
    type Result = ();

    fn handle(&mut self, _: Commit, ctx: &mut Ctx<Self>) {
        self.commit(ctx);
    }
}

#[cfg(test)]
mod tests;
