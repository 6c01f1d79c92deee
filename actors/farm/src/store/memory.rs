//! Opens in memory what a database file holds: the file is only read, and its folder left as it is.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::file::Held;
use super::schema::{self, Contents, VERSION};
use crate::error::Error;

/// The longest file that is read.
const FILE_BYTES: u64 = 1 << 30;

/// Reads a file that nobody writes to, and brings what it holds to the present.
pub(super) fn open(path: &Path) -> Result<(redb::Database, Held), Error> {
    let refuse = |cause: String| Error::Open { path: path.display().to_string(), cause };
    // Held while it is read. One that nobody has open and cannot be opened so, as after a crash, is told below.
    let held = match redb::ReadOnlyDatabase::open(path) {
        Err(redb::DatabaseError::DatabaseAlreadyOpen) => {
            return Err(Error::InUse { path: path.display().to_string() });
        }
        held => held,
    };
    let bytes = read(path).map_err(|error| refuse(format!("it cannot be read: {error}")))?;
    drop(held);
    let unusable = |error: String| refuse(format!("it cannot be used: {error}"));
    let (redb, file) = in_memory(&bytes).map_err(|error| unusable(error.to_string()))?;
    match schema::contents(&redb).map_err(|error| unusable(error.to_string()))? {
        Contents::Tables(VERSION) => {}
        Contents::Tables(old @ 1..VERSION) => {
            schema::migrate(&redb, old).map_err(|error| unusable(error.to_string()))?;
        }
        Contents::Tables(other) => {
            return Err(unusable(format!(
                "its schema version is {other}, this program knows {VERSION}; use the program that wrote it"
            )));
        }
        Contents::Nothing | Contents::Foreign => {
            return Err(refuse("it is no database of this program".into()));
        }
    }
    Ok((redb, file))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES {
        let told = format!("it is longer than {FILE_BYTES} bytes, the most that is read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    fs::read(path)
}

fn in_memory(bytes: &[u8]) -> Result<(redb::Database, Held), redb::DatabaseError> {
    let backend = InMemoryBackend::new();
    backend.set_len(bytes.len() as u64)?;
    backend.write(0, bytes)?;
    Held::take(Arc::new(backend))
}
