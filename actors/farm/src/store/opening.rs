//! Opens a database file: makes a new one, brings an old one to the present, refuses what is not ours.

use std::fs::File;
use std::io;
use std::path::Path;

use redb::{DatabaseError, StorageError};
use shiftboss_kernel::contain;

use super::schema::{self, Contents, VERSION};
use crate::error::Error;

pub(super) fn open(path: &Path) -> Result<redb::Database, Error> {
    let refuse = |cause: String| refused(path, cause);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| refuse(format!("its folder cannot be made: {error}")))?;
    }
    let redb = create(path)?;
    match schema::contents(&redb).map_err(|error| refuse(error.to_string()))? {
        Contents::Nothing => schema::create(&redb).map_err(|error| refuse(error.to_string()))?,
        Contents::Tables(VERSION) => {}
        Contents::Tables(old @ 1..VERSION) => {
            // Closed, so that the copy is what the program before has left.
            drop(redb);
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
    Ok(redb)
}

fn create(path: &Path) -> Result<redb::Database, Error> {
    create_private(path).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => Error::InUse { path: path.display().to_string() },
        DatabaseError::Storage(StorageError::Io(error)) if is_forbidden(&error) => {
            refused(path, format!("{error}; let this program read and write it, or choose another data_dir"))
        }
        other => refused(path, format!("{other}; restore it from a backup, or choose another data_dir")),
    })
}

/// Opens a file; a new one can be read by its owner only, for there are passwords in it.
pub(super) fn create_private(path: &Path) -> Result<redb::Database, DatabaseError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    opened(|builder| builder.create_file(file))
}

/// Opens a database by way of a builder. When redb panics over a file, as over one that was cut short at certain places,
/// the file is damaged.
fn opened(
    open: impl FnOnce(&redb::Builder) -> Result<redb::Database, DatabaseError>,
) -> Result<redb::Database, DatabaseError> {
    let mut builder = redb::Database::builder();
    // However a program of ours ended, its file needs no repair, which takes the longer the more is in it.
    builder.set_repair_callback(|repair| {
        log::warn!(
            "the database was not left in order: repairing it, {:.0} % are done",
            repair.progress() * 100.0
        );
    });
    contain(|| open(&builder), "opening a database").unwrap_or_else(|panicked| {
        let why = panicked.message.lines().next().unwrap_or_default();
        Err(StorageError::Corrupted(format!("redb gave up over it, {why}")).into())
    })
}

/// Lets nobody but its owner read a file.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

/// Copies a file of an old version, then takes it through the steps.
fn upgraded(path: &Path, old: u32) -> Result<redb::Database, Error> {
    let copy = schema::keep_copy(path, old).map_err(|error| {
        refused(
            path,
            format!("it is of version {old} and cannot be copied before it is changed: {error}; make room beside it"),
        )
    })?;
    let (file, copy) = (path.display(), copy.display());
    let redb = create(path)?;
    schema::migrate(&redb, old).map_err(|error| {
        let cause = format!(
            "it cannot be brought from version {old} to {VERSION}: {error}; nothing is lost, and its copy is {copy}: \
             try again, or use the program that wrote it"
        );
        refused(path, cause)
    })?;
    log::info!("{file} is of version {VERSION} now; as it was, of version {old}, it is kept as {copy}");
    Ok(redb)
}

/// Whether the system lets nobody write there, whatever is in the file.
fn is_forbidden(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn refused(path: &Path, cause: String) -> Error {
    Error::Open { path: path.display().to_string(), cause }
}
