//! The tables, and how they are read and written. Blocks: for the store's own thread only.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use redb::{
    ReadableDatabase, ReadableTable, ReadableTableMetadata, Table, TableDefinition, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use shiftboss_axeos::Mac;
use uuid::Uuid;

use super::{RemoveRecord, Stored, opening, snapshot};
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

/// The open database file.
#[derive(Debug)]
pub struct Database {
    redb: redb::Database,
}

impl Database {
    /// Opens the file, or makes it with the folders above it.
    ///
    /// # Errors
    /// Says in one line what is wrong: in use, unreadable, not a database, of another version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self { redb: opening::open(path)? })
    }

    /// Writes all changes in one piece, in their order, and waits for the disk.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), Error> {
        self.try_commit(changes).map_err(|error| Error::Store(error.to_string()))
    }

    fn try_commit(&self, changes: &[Change]) -> Result<(), redb::Error> {
        let mut transaction = self.redb.begin_write()?;
        // After a crash the file opens at once, instead of being walked through.
        transaction.set_quick_repair(true);
        Tables::open(&transaction)?.apply(changes)?;
        transaction.commit()?;
        Ok(())
    }

    /// Opens a file and reads all of it. Answers with how many devices and presets it holds.
    ///
    /// # Errors
    /// As [`Database::open`], or names a row that cannot be read.
    pub(super) fn open_checked(path: &Path) -> Result<(usize, usize), Error> {
        let database = Self::open(path)?;
        let damaged =
            |what: &str| Error::Store(format!("{} holds a {what} that cannot be read", path.display()));
        let reader = database.redb.begin_read().map_err(|error| Error::Store(error.to_string()))?;
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
        let reader = self.redb.begin_read().map_err(|error| Error::Store(error.to_string()))?;
        snapshot::write(&reader, target)
    }

    pub(super) fn devices(&self) -> Result<Vec<Stored>, Error> {
        self.try_devices().map_err(|error| Error::Store(error.to_string()))
    }

    fn try_devices(&self) -> Result<Vec<Stored>, redb::Error> {
        let transaction = self.redb.begin_read()?;
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
    }

    pub(super) fn found(&self) -> Result<Vec<Found>, Error> {
        self.try_found().map_err(|error| Error::Store(error.to_string()))
    }

    pub(super) fn presets(&self) -> Result<Vec<Preset>, Error> {
        self.try_presets().map_err(|error| Error::Store(error.to_string()))
    }

    fn try_presets(&self) -> Result<Vec<Preset>, redb::Error> {
        let table = self.redb.begin_read()?.open_table(PRESETS)?;
        let mut all = Vec::new();
        for row in table.iter()? {
            let (key, value) = row?;
            all.extend(
                readable::<Row<'_>>("preset", Uuid::from_bytes(key.value()), value.value()).map(Preset::from),
            );
        }
        Ok(all)
    }

    fn try_found(&self) -> Result<Vec<Found>, redb::Error> {
        let table = self.redb.begin_read()?.open_table(FOUND)?;
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
    }
}

fn presets_in(reader: &redb::ReadTransaction) -> Result<u64, redb::Error> {
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
