//! The tables, and how they are read and written. Blocks: for the store's own thread only.
//!
//! After a failed read or write redb refuses all that follows, until the database is closed and opened again. So it is
//! closed at once, and opened by whatever is to be done next. Each commit is one of redb's two-phase ones: what it says
//! is there has been synced before, so a sync that failed once leaves nothing behind that only seems to be on the disk.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{
    ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table, TableDefinition,
    WriteTransaction,
};
use serde::{Deserialize, Serialize};
use shiftboss_axeos::Mac;
use uuid::Uuid;

use super::advice::advised;
use super::file::Held;
use super::{RemoveRecord, Stored, memory, opening, snapshot};
use crate::error::Error;
use crate::preset::{Preset, PresetId, Row};
use crate::record::{Found, Observation, Record, UnixMs};

pub(super) const META: TableDefinition<'_, &str, u32> = TableDefinition::new("meta");
/// MAC → record, as JSON.
pub(super) const RECORDS: TableDefinition<'_, [u8; 6], &[u8]> = TableDefinition::new("records");
/// MAC → what the device said last: the time, then the answer.
pub(super) const SEEN: TableDefinition<'_, [u8; 6], (UnixMs, &[u8])> = TableDefinition::new("seen");
/// MAC → what discovery found, as JSON.
pub(super) const FOUND: TableDefinition<'_, [u8; 6], &[u8]> = TableDefinition::new("found");
/// Id → preset, as JSON. The only table that holds passwords: they are to be given to devices.
pub(super) const PRESETS: TableDefinition<'_, [u8; 16], &[u8]> = TableDefinition::new("presets");

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Change {
    /// All rows go.
    Clear,
    Record(Record),
    Remove(RemoveRecord),
    Seen(Mac, Arc<Observation>),
    Found(Found),
    Preset(Arc<Preset>),
    DropPreset(PresetId),
}

#[derive(Serialize, Deserialize)]
struct FoundRow {
    address: String,
    at_ms: UnixMs,
    body: String,
}

/// The database file.
#[derive(Debug)]
pub struct Database {
    /// None from a failure until what is done next.
    redb: Mutex<Option<redb::Database>>,
    /// After `redb`, which is closed first.
    file: Held,
}

impl Database {
    /// Opens the file, or makes it with the folders above it.
    ///
    /// # Errors
    /// Says in one line what is wrong: in use, unreadable, not a database, of another version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(opening::open(path)?.into())
    }

    /// Opens what a file holds, in memory: the file itself is only read.
    pub(super) fn open_copy(path: &Path) -> Result<Self, Error> {
        Ok(memory::open(path)?.into())
    }

    /// How many records, presets and found devices there are, be they readable or not.
    pub(super) fn rows(&self) -> Result<usize, Error> {
        self.with(|redb| {
            let reader = redb.begin_read()?;
            let (records, found) = (reader.open_table(RECORDS)?.len()?, reader.open_table(FOUND)?.len()?);
            Ok(usize::try_from(records + found + presets_in(&reader)?).unwrap_or(usize::MAX))
        })
    }

    /// Works on the open database, and closes it when that fails.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&redb::Database) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        // A panic leaves none in it.
        let mut open = self.redb.lock().unwrap_or_else(PoisonError::into_inner);
        let work_on = || {
            let redb = match open.take() {
                Some(redb) => redb,
                None => self.file.reopen()?,
            };
            let done = work(&redb)?;
            *open = Some(redb);
            Ok(done)
        };
        work_on().map_err(|error: redb::Error| Error::Store(advised(&error)))
    }

    /// Writes all changes in one piece, in their order, and waits for the disk. Even without changes it does so.
    ///
    /// # Errors
    /// Nothing is done. Only if the disk failed at the last moment, all is there all the same.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), Error> {
        self.with(|redb| {
            let mut transaction = redb.begin_write()?;
            // After a crash or a failure the file opens at once, instead of being walked through.
            transaction.set_quick_repair(true);
            Tables::open(&transaction)?.apply(changes)?;
            transaction.commit()?;
            Ok(())
        })
    }

    /// What is there at this moment. It ends with an error when the database is closed.
    pub(super) fn reader(&self) -> Result<ReadTransaction, Error> {
        self.with(|redb| Ok(redb.begin_read()?))
    }

    /// Opens a file and reads all of it. Answers with how many devices and presets it holds.
    ///
    /// # Errors
    /// As [`Database::open`], or names a row that cannot be read.
    pub(super) fn open_checked(path: &Path) -> Result<(usize, usize), Error> {
        let database = Self::open(path)?;
        let damaged = |what: &str| Error::Open {
            path: path.display().to_string(),
            cause: format!("it holds a {what} that cannot be read"),
        };
        let reader = database.reader()?;
        let rows = |table| -> Result<u64, redb::Error> { Ok(reader.open_table(table)?.len()?) };
        let (records, found) = rows(RECORDS)
            .and_then(|records| Ok((records, rows(FOUND)?)))
            .map_err(|error| Error::Store(error.to_string()))?;
        let presets = presets_in(&reader).map_err(|error| Error::Store(error.to_string()))?;
        let (devices, kept) = (database.devices()?.len(), database.presets()?.len());
        if devices as u64 != records {
            return Err(damaged("device"));
        }
        if database.found()?.len() as u64 != found {
            return Err(damaged("found device"));
        }
        if kept as u64 != presets {
            return Err(damaged("preset"));
        }
        Ok((devices, kept))
    }

    /// Writes a backup: all that is on the disk at this moment, in a file of its own. Answers with its length.
    ///
    /// # Errors
    /// It could not be written, or there is one by its name.
    pub fn back_up(&self, target: &Path) -> Result<u64, Error> {
        snapshot::write(&self.reader()?, target)
    }

    pub(super) fn devices(&self) -> Result<Vec<Stored>, Error> {
        self.with(|redb| {
            let transaction = redb.begin_read()?;
            let (records, seen) = (transaction.open_table(RECORDS)?, transaction.open_table(SEEN)?);
            let mut devices = Vec::new();
            for row in records.iter()? {
                let (key, value) = row?;
                let Some(record) = readable::<Record>("record", Mac(key.value()), value.value()) else {
                    continue;
                };
                let said = seen.get(key.value())?.and_then(|guard| {
                    let (at_ms, body) = guard.value();
                    Observation::parse(body, at_ms).ok()
                });
                devices.push((record, said));
            }
            Ok(devices)
        })
    }

    pub(super) fn found(&self) -> Result<Vec<Found>, Error> {
        self.with(|redb| {
            let table = redb.begin_read()?.open_table(FOUND)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let Some(row) = readable::<FoundRow>("found device", Mac(key.value()), value.value()) else {
                    continue;
                };
                if let Ok(seen) = Observation::parse(row.body.as_bytes(), row.at_ms) {
                    all.push(Found { mac: Mac(key.value()), address: row.address, seen: Arc::new(seen) });
                }
            }
            Ok(all)
        })
    }

    pub(super) fn presets(&self) -> Result<Vec<Preset>, Error> {
        self.with(|redb| {
            let table = redb.begin_read()?.open_table(PRESETS)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let id = Uuid::from_bytes(key.value());
                all.extend(readable::<Row<'_>>("preset", id, value.value()).map(Preset::from));
            }
            Ok(all)
        })
    }
}

impl From<(redb::Database, Held)> for Database {
    fn from((redb, file): (redb::Database, Held)) -> Self {
        Self { redb: Mutex::new(Some(redb)), file }
    }
}

fn presets_in(reader: &ReadTransaction) -> Result<u64, redb::Error> {
    Ok(reader.open_table(PRESETS)?.len()?)
}

/// The tables of one write.
struct Tables<'t> {
    records: Table<'t, [u8; 6], &'static [u8]>,
    seen: Table<'t, [u8; 6], (UnixMs, &'static [u8])>,
    found: Table<'t, [u8; 6], &'static [u8]>,
    presets: Table<'t, [u8; 16], &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self {
            records: transaction.open_table(RECORDS)?,
            seen: transaction.open_table(SEEN)?,
            found: transaction.open_table(FOUND)?,
            presets: transaction.open_table(PRESETS)?,
        })
    }

    fn apply(&mut self, changes: &[Change]) -> Result<(), redb::Error> {
        for change in changes {
            match change {
                Change::Clear => {
                    self.records.retain(|_, _| false)?;
                    self.seen.retain(|_, _| false)?;
                    self.found.retain(|_, _| false)?;
                    self.presets.retain(|_, _| false)?;
                }
                Change::Record(record) => {
                    self.records.insert(record.mac.0, json(record)?.as_slice())?;
                }
                Change::Remove(RemoveRecord { mac, with_data }) => {
                    self.records.remove(mac.0)?;
                    if *with_data {
                        self.seen.remove(mac.0)?;
                        self.found.remove(mac.0)?;
                    }
                }
                Change::Seen(mac, seen) => {
                    if self.records.get(mac.0)?.is_some() {
                        self.seen.insert(mac.0, (seen.at_ms, seen.body.as_bytes()))?;
                    }
                }
                Change::Found(found) => {
                    let seen = &found.seen;
                    let row = FoundRow {
                        address: found.address.clone(),
                        at_ms: seen.at_ms,
                        body: seen.body.to_string(),
                    };
                    self.found.insert(found.mac.0, json(&row)?.as_slice())?;
                }
                Change::Preset(preset) => {
                    self.presets.insert(preset.id.to_bytes(), json(&Row::from(&**preset))?.as_slice())?;
                }
                Change::DropPreset(id) => {
                    self.presets.remove(id.to_bytes())?;
                }
            }
        }
        Ok(())
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, redb::Error> {
    serde_json::to_vec(value).map_err(|error| redb::Error::Io(error.into()))
}

/// A row that cannot be read is left in its place and said aloud: the others are worth more than its silence.
fn readable<T: for<'de> Deserialize<'de>>(what: &str, key: impl Display, value: &[u8]) -> Option<T> {
    serde_json::from_slice(value)
        .inspect_err(|error| log::error!("the stored {what} {key} cannot be read: {error}"))
        .ok()
}
