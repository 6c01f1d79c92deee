//! The versions of the tables, and the steps from each to the next.
//!
//! A step is one transaction, and says its version in it: a program that ends in the midst of several goes on where it
//! was. Before the first, the file is copied, so that the program that wrote it can have it back.

use std::io;
use std::path::{Path, PathBuf};

use redb::{ReadableDatabase, TableError, WriteTransaction};

use super::copies::{self, Unfinished};
use super::database::{FOUND, META, PRESETS, RECORDS, SEEN};
use crate::clock::Clock;

/// The format of the tables.
pub(super) const VERSION: u32 = 2;

const KEY: &str = "schema_version";

type Step = fn(&WriteTransaction) -> Result<(), redb::Error>;

/// The first leads from version 1 to 2, the next to 3, and so on.
const STEPS: [Step; VERSION as usize - 1] = [add_presets];

fn add_presets(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(PRESETS)?;
    Ok(())
}

/// What a database file holds.
pub(super) enum Contents {
    /// Nothing yet.
    Nothing,
    /// Tables of this version.
    Tables(u32),
    /// Tables of another program.
    Foreign,
}

pub(super) fn contents(redb: &impl ReadableDatabase) -> Result<Contents, redb::Error> {
    let transaction = redb.begin_read()?;
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(TableError::TableDoesNotExist(_)) => {
            let is_empty = transaction.list_tables()?.next().is_none();
            return Ok(if is_empty { Contents::Nothing } else { Contents::Foreign });
        }
        // Another program's table by that name.
        Err(TableError::TableTypeMismatch { .. }) => return Ok(Contents::Foreign),
        Err(error) => return Err(error.into()),
    };
    let version = meta.get(KEY)?.map(|guard| guard.value());
    Ok(version.map_or(Contents::Foreign, Contents::Tables))
}

/// After a crash the file opens at once, as after any other change.
fn begin(redb: &redb::Database) -> Result<WriteTransaction, redb::Error> {
    let mut transaction = redb.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

/// Makes the tables of a new file.
pub(super) fn create(redb: &redb::Database) -> Result<(), redb::Error> {
    let transaction = begin(redb)?;
    transaction.open_table(META)?.insert(KEY, VERSION)?;
    for table in [RECORDS, FOUND] {
        transaction.open_table(table)?;
    }
    transaction.open_table(SEEN)?;
    transaction.open_table(PRESETS)?;
    transaction.commit()?;
    Ok(())
}

/// Takes the steps from `version` on.
pub(super) fn migrate(redb: &redb::Database, version: u32) -> Result<(), redb::Error> {
    steps(redb, version, &STEPS)
}

fn steps(redb: &redb::Database, version: u32, steps: &[Step]) -> Result<(), redb::Error> {
    for (from, step) in (1..).zip(steps).skip_while(|(from, _)| *from < version) {
        let transaction = begin(redb)?;
        step(&transaction)?;
        transaction.open_table(META)?.insert(KEY, from + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

/// Copies a file of an old version, that nobody has open, beside it: `farm.redb.v1-1800000000000`, with the millisecond
/// of the copy in its name.
pub(super) fn keep_copy(path: &Path, version: u32) -> io::Result<PathBuf> {
    copies::copy(path, &format!("v{version}"), Clock::System.now_ms()).map(Unfinished::keep)
}

#[cfg(test)]
pub(super) mod tests;
