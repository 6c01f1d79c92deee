//! Opens a database file: makes a new one, brings an old one to the present, refuses what is not ours.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{DatabaseError, StorageError};
use shiftboss_kernel::contain;

use super::advice::{advice, advised};
use super::file::Held;
use super::schema::{self, Contents, VERSION};
use crate::error::Error;

pub(super) fn open(path: &Path) -> Result<(redb::Database, Held), Error> {
    let refuse = |cause: String| refused(path, cause);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| refuse(no_folder(&error)))?;
    }
    let (redb, file) = create(path)?;
    match schema::contents(&redb).map_err(|error| refuse(unusable(&error)))? {
        Contents::Nothing => schema::create(&redb).map_err(|error| refuse(unusable(&error)))?,
        Contents::Tables(VERSION) => {}
        Contents::Tables(old @ 1..VERSION) => {
            // Closed, so that the copy is what the program before has left.
            drop((redb, file));
            return upgraded(path, old);
        }
        Contents::Tables(other) => {
            return Err(refuse(format!(
                "its schema version is {other}, this program knows {VERSION}; use the program that wrote it"
            )));
        }
        Contents::Foreign => {
            return Err(refuse("it is the database of another program; choose another data_dir".into()));
        }
    }
    Ok((redb, file))
}

fn create(path: &Path) -> Result<(redb::Database, Held), Error> {
    let opened = private(path)
        .map_err(DatabaseError::from)
        .and_then(|file| Held::take(Arc::new(FileBackend::new(file)?)));
    opened.map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path.display().to_string() },
        other => refused(path, unusable(&other.into())),
    })
}

/// Opens a file; a new one can be read by its owner only, for there are passwords in it.
pub(super) fn create_private(path: &Path) -> Result<redb::Database, DatabaseError> {
    redb::Database::builder().create_file(private(path)?)
}

/// Opens a database that may be damaged. redb panics over a file that was cut short at certain places.
pub(super) fn opened(
    open: impl FnOnce(&redb::Builder) -> Result<redb::Database, DatabaseError>,
) -> Result<redb::Database, DatabaseError> {
    let mut builder = redb::Database::builder();
    // However a program of ours ended, its file needs no repair, which takes the longer the more is in it.
    builder.set_repair_callback(|repair| {
        let percent = repair.progress() * 100.0;
        log::warn!("the database was not left in order: repairing it, {percent:.0} % are done");
    });
    contain(|| open(&builder), "opening a database").unwrap_or_else(|panicked| {
        let why = panicked.message.lines().next().unwrap_or_default();
        Err(StorageError::Corrupted(format!("redb gave up over it, {why}")).into())
    })
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Copies a file of an old version, then takes it through the steps.
fn upgraded(path: &Path, old: u32) -> Result<(redb::Database, Held), Error> {
    let copy = schema::keep_copy(path, old).map_err(|error| {
        refused(
            path,
            format!("it is of version {old} and cannot be copied before it is changed: {error}; make room beside it"),
        )
    })?;
    let (name, copy) = (path.display(), copy.display());
    let (redb, file) = create(path)?;
    schema::migrate(&redb, old).map_err(|error| {
        let cause = format!(
            "it cannot be brought from version {old} to {VERSION}: {error}; nothing is lost, and its copy is {copy}: \
             try again, or use the program that wrote it"
        );
        refused(path, cause)
    })?;
    log::info!("{name} is of version {VERSION} now; as it was, of version {old}, it is kept as {copy}");
    Ok((redb, file))
}

/// Why a folder is not there.
fn no_folder(error: &io::Error) -> String {
    let advice = advice(error.kind()).map_or_else(String::new, |advice| format!("{advice}, or "));
    format!("its folder cannot be made: {error}; {advice}choose another data_dir")
}

/// Why a file cannot be opened. What the disk does not let happen says nothing about what is in the file.
fn unusable(error: &redb::Error) -> String {
    let is_told = matches!(error, redb::Error::Io(cause) if advice(cause.kind()).is_some());
    let advice = if is_told { ", or" } else { "; restore it from a backup, or" };
    format!("{}{advice} choose another data_dir", advised(error))
}

fn refused(path: &Path, cause: String) -> Error {
    Error::Open { path: path.display().to_string(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_lets_nobody_write_is_not_taken_for_a_damaged_file() {
        let told = |kind: io::ErrorKind| unusable(&redb::Error::Io(kind.into()));
        for (kind, help) in [
            (io::ErrorKind::PermissionDenied, "let this program read and write it"),
            (io::ErrorKind::ReadOnlyFilesystem, "let this program read and write it"),
            (io::ErrorKind::StorageFull, "make room on its disk"),
        ] {
            assert!(told(kind).ends_with(&format!("; {help}, or choose another data_dir")), "{}", told(kind));
            let folder = no_folder(&kind.into());
            assert!(folder.ends_with(&format!("; {help}, or choose another data_dir")), "{folder}");
        }
        assert!(
            told(io::ErrorKind::InvalidData)
                .ends_with("; restore it from a backup, or choose another data_dir")
        );
        let damaged = unusable(&redb::Error::Corrupted("a page".into()));
        assert!(damaged.ends_with("; restore it from a backup, or choose another data_dir"), "{damaged}");
    }
}
