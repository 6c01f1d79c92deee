//! A backup: all tables as they are at one moment, in a new file. Blocks, and keeps no write of the store waiting.

use std::fs::{self, File};
use std::path::Path;

use redb::{Key, ReadTransaction, ReadableTable, TableDefinition, Value, WriteTransaction};

use super::advice::advised;
use super::copies::{beside, sync_folder};
use super::database::{FOUND, META, PRESETS, RECORDS, SEEN};
use super::opening::create_private;
use crate::error::Error;

/// Copies what a reader sees to a new file, which appears under its name in whole or not at all, and says how many
/// bytes it has.
pub(super) fn write(reader: &ReadTransaction, target: &Path) -> Result<u64, Error> {
    if target.exists() {
        return Err(Error::BackupExists { path: target.display().to_string() });
    }
    let unfinished = beside(target, ".unfinished");
    let written = try_write(reader, &unfinished, target);
    if written.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&unfinished);
    }
    written.map_err(|error| Error::Backup { path: target.display().to_string(), cause: cause(&error) })
}

/// Why a backup was not made.
fn cause(error: &redb::Error) -> String {
    match error {
        // What is read from is closed when a write of the store fails.
        redb::Error::DatabaseClosed | redb::Error::PreviousIo => {
            "the database failed meanwhile, and is opened anew; try again".into()
        }
        other => advised(other),
    }
}

fn try_write(reader: &ReadTransaction, unfinished: &Path, target: &Path) -> Result<u64, redb::Error> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    // What a program that ended in the midst has left.
    if unfinished.exists() {
        fs::remove_file(unfinished)?;
    }
    let redb = create_private(unfinished)?;
    let writer = redb.begin_write()?;
    copy(META, reader, &writer)?;
    copy(RECORDS, reader, &writer)?;
    copy(SEEN, reader, &writer)?;
    copy(FOUND, reader, &writer)?;
    copy(PRESETS, reader, &writer)?;
    writer.commit()?;
    drop(redb);
    let file = File::open(unfinished)?;
    file.sync_all()?;
    fs::rename(unfinished, target)?;
    sync_folder(target)?;
    Ok(file.metadata()?.len())
}

fn copy<K: Key + 'static, V: Value + 'static>(
    table: TableDefinition<'_, K, V>,
    reader: &ReadTransaction,
    writer: &WriteTransaction,
) -> Result<(), redb::Error> {
    let mut target = writer.open_table(table)?;
    for row in reader.open_table(table)?.iter()? {
        let (key, value) = row?;
        target.insert(key.value(), value.value())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_of_a_database_that_failed_meanwhile_is_to_be_tried_again() {
        for closed in [redb::Error::DatabaseClosed, redb::Error::PreviousIo] {
            assert_eq!(cause(&closed), "the database failed meanwhile, and is opened anew; try again");
        }
        let full = redb::Error::Io(std::io::ErrorKind::StorageFull.into());
        assert!(cause(&full).ends_with("make room on its disk"), "{}", cause(&full));
    }
}
