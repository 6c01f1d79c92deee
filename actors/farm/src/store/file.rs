//! The file of a database, as redb reads and writes it: opened and locked once, and held while redb closes the database
//! and opens it again. So no other program can take the file in between, and nothing else by its name is taken for it,
//! such as what is in the folder while its disk is not mounted.

use std::io;
use std::ops::Bound;
use std::sync::Arc;

use redb::{BackendError, DatabaseError, StorageBackend, StorageError};

use super::opening::opened;

/// A file that is held from when it is opened first until the last copy of this is gone.
#[derive(Clone, Debug)]
pub(super) struct Held {
    storage: Arc<dyn StorageBackend>,
    is_locked: bool,
}

impl Held {
    /// Opens the database in it, or makes one, and holds it from then on.
    pub(super) fn take(storage: Arc<dyn StorageBackend>) -> Result<(redb::Database, Self), DatabaseError> {
        let is_new = storage.len()? == 0;
        match (Self { storage: Arc::clone(&storage), is_locked: false }).open() {
            Ok(redb) => Ok((redb, Self { storage, is_locked: true })),
            Err(error) => {
                if is_new && !matches!(error, DatabaseError::DatabaseAlreadyOpen) {
                    // The beginning of a database would be taken for a damaged one. The first error says what is wrong.
                    let _ = storage.set_len(0);
                }
                Err(error)
            }
        }
    }

    /// Opens the database again, when the one before is closed.
    pub(super) fn reopen(&self) -> Result<redb::Database, DatabaseError> {
        // redb would make a new one.
        if self.storage.len()? == 0 {
            return Err(StorageError::Corrupted(
                "somebody has emptied the file; restore it from a backup".into(),
            )
            .into());
        }
        self.open()
    }

    fn open(&self) -> Result<redb::Database, DatabaseError> {
        opened(|builder| builder.create_with_backend(self.clone()))
    }
}

impl StorageBackend for Held {
    fn len(&self) -> io::Result<u64> {
        self.storage.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.storage.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.storage.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.storage.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.storage.write(offset, data)
    }

    // `close` does nothing, which its contract does not foresee: the locks end with the file itself.

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if self.is_locked { Ok(true) } else { self.storage.try_lock_range(start, end) }
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if self.is_locked { Ok(()) } else { self.storage.unlock_range(start, end) }
    }
}
