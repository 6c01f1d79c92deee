//! Owns the database. Runs on a thread of its own, because every write waits for the disk.
//!
//! Changes of records are answered when they are on the disk; those that queue up meanwhile share one commit.
//! What devices said last arrives in batches that are conflated where they come from. No device is polled here.

use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Handler, Message, ResponseFuture};
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, supervised};
use tokio::sync::{Mutex, oneshot};
use tokio::time::Instant;

use crate::error::Error;
use crate::preset::{Preset, PresetId};
use crate::record::{Found, Observation, Record};

mod copies;
mod database;
mod memory;
mod opening;
mod portable;
mod restore;
mod schema;
mod snapshot;

pub(crate) use database::Change;
pub use database::Database;
pub use portable::{Came, Export, Imported, Lacking, Mode, Secrets, export, import};
pub use restore::{Restored, restore};

/// A stored device: its record, and what it said last.
pub type Stored = (Record, Option<Observation>);

/// Writes records, each new or in place of the one before, in one piece; answered when they are on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct PutRecords(pub Vec<Record>);

/// Removes a record; answered when that is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct RemoveRecord {
    /// Whose.
    pub mac: Mac,
    /// Also what the device said, and that it was ever found.
    pub with_data: bool,
}

/// Keeps what devices said last. Of a device without a record nothing is kept.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct KeepSeen(pub Vec<(Mac, Arc<Observation>)>);

/// Keeps what discovery found.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct KeepFound(pub Vec<Found>);

/// Writes all that was told before to a file of its own, and answers with its length. Changes go on meanwhile.
#[derive(Debug, Message)]
#[rtype(result = "Result<u64, Error>")]
pub struct BackUp(pub PathBuf);

/// All devices.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Stored>, Error>")]
pub struct LoadDevices;

/// All that discovery ever found.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Found>, Error>")]
pub struct LoadFound;

/// Writes a preset, new or in place of the one before; answered when it is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct KeepPreset(pub Arc<Preset>);

/// Removes a preset; answered when that is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct DropPreset(pub PresetId);

/// All presets.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Preset>, Error>")]
pub struct LoadPresets;

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
    /// Held by the backup that is being made.
    backup: Arc<Mutex<()>>,
}

impl Store {
    /// A store over an open database.
    pub fn new(database: Arc<Database>) -> Self {
        Self { database, queued: Vec::new(), waiters: Vec::new(), told_at: None, backup: Arc::default() }
    }

    fn queue(
        &mut self,
        changes: impl IntoIterator<Item = Change>,
        waiter: Option<Waiter>,
        ctx: &mut Ctx<Self>,
    ) {
        let first = self.queued.is_empty() && self.waiters.is_empty();
        self.queued.extend(changes);
        self.waiters.extend(waiter);
        // Told to itself, so that all changes queued before it share the commit; and again, if that was lost.
        let is_told = !first && self.told_at.is_some_and(|at| at.elapsed() < COMMIT_WITHIN);
        if !is_told {
            self.told_at = Some(Instant::now());
            if ctx.tx().tell(Commit).is_err() {
                self.commit();
            }
        }
    }

    fn commit(&mut self) {
        let changes = std::mem::take(&mut self.queued);
        let waiters = std::mem::take(&mut self.waiters);
        let result = if changes.is_empty() { Ok(()) } else { self.database.commit(&changes) };
        if let Err(error) = &result {
            log::error!("{} changes are not stored: {error}", changes.len());
        }
        for waiter in waiters {
            // One that does not wait any more had a deadline; its change is stored all the same.
            let _ = waiter.send(result.clone());
        }
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
        self.commit();
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

    fn handle(&mut self, _: LoadDevices, _: &mut Ctx<Self>) -> Self::Result {
        self.commit();
        self.database.devices()
    }
}

impl Handler<LoadFound> for Store {
    type Result = Result<Vec<Found>, Error>;

    fn handle(&mut self, _: LoadFound, _: &mut Ctx<Self>) -> Self::Result {
        self.commit();
        self.database.found()
    }
}

impl Handler<BackUp> for Store {
    type Result = ResponseFuture<Result<u64, Error>>;

    fn handle(&mut self, BackUp(target): BackUp, _: &mut Ctx<Self>) -> Self::Result {
        self.commit();
        let Ok(only_one) = Arc::clone(&self.backup).try_lock_owned() else {
            return Box::pin(ready(Err(Error::BackingUp)));
        };
        let database = Arc::clone(&self.database);
        let writing = tokio::task::spawn_blocking(move || {
            let written = database.back_up(&target);
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

    fn handle(&mut self, _: LoadPresets, _: &mut Ctx<Self>) -> Self::Result {
        self.commit();
        self.database.presets()
    }
}

impl Handler<Commit> for Store {
    type Result = ();

    fn handle(&mut self, _: Commit, _: &mut Ctx<Self>) {
        self.commit();
    }
}

#[cfg(test)]
mod tests;
