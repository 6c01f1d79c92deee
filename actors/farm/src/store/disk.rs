//! A disk in memory that fails on demand, for tests of what becomes of the store then.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use super::Database;
use super::file::Held;
use super::schema;
use crate::error::Error;

/// Where the header of a database is.
const FIRST_PAGE: u64 = 4096;

/// A disk. It outlives the databases on it, as a real one does.
#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What is read: the memory of the system, before it is on the disk.
    bytes: Vec<u8>,
    /// What a loss of power leaves.
    durable: Vec<u8>,
    /// What the next sync brings to the disk.
    unsynced: Vec<Range<usize>>,
    /// Writes, syncs and changes of length so far.
    calls: u32,
    /// All such calls after so many fail.
    breaks_after: Option<u32>,
    /// Whether there is no room but in the first page, as a full disk takes what is written in place.
    is_full: bool,
    /// Whether reads fail too.
    is_gone: bool,
}

impl Disk {
    /// The database on it; a new one at the first time.
    ///
    /// # Errors
    /// The disk fails.
    pub fn database(&self) -> Result<Database, Error> {
        let opened = Held::take(Arc::new(self.clone())).map_err(redb::Error::from);
        let (redb, file) = opened.map_err(|error| Error::Store(error.to_string()))?;
        if matches!(schema::contents(&redb), Ok(schema::Contents::Nothing)) {
            schema::create(&redb).map_err(|error| Error::Store(error.to_string()))?;
        }
        Ok((redb, file).into())
    }

    /// Has no more room. The database can be opened then, and not be written.
    pub fn fill(&self) {
        self.state().is_full = true;
    }

    /// Takes nothing at all after so many calls; of what the first that fails writes, a half is there.
    pub fn break_after(&self, calls: u32) {
        let mut state = self.state();
        state.breaks_after = Some(state.calls + calls);
    }

    /// Does not even let itself be read.
    pub fn take_away(&self) {
        self.break_after(0);
        self.state().is_gone = true;
    }

    /// Another disk, as good as new, with what a program that is killed now leaves.
    #[must_use]
    pub fn as_killed(&self) -> Self {
        self.with(|state| &state.bytes)
    }

    /// Another disk, as good as new, with what a loss of power leaves now: what was never synced is not there, and
    /// neither is what was to be synced when that failed, though it could be read until then.
    #[must_use]
    pub fn as_without_power(&self) -> Self {
        self.with(|state| &state.durable)
    }

    fn with(&self, bytes: impl FnOnce(&State) -> &Vec<u8>) -> Self {
        let bytes = bytes(&self.state()).clone();
        Self(Arc::new(Mutex::new(State { durable: bytes.clone(), bytes, ..State::default() })))
    }

    /// Is as good as new.
    pub fn mend(&self) {
        let mut state = self.state();
        (state.breaks_after, state.is_full, state.is_gone) = (None, false, false);
    }

    /// Writes, syncs and changes of length so far.
    pub fn calls(&self) -> u32 {
        self.state().calls
    }

    /// The length of what is on it.
    pub fn bytes(&self) -> usize {
        self.state().bytes.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Counts a call that changes what is there up to `end`.
    fn call(&mut self, end: u64) -> io::Result<()> {
        self.calls += 1;
        if self.breaks_after.is_some_and(|calls| self.calls > calls) {
            return Err(io::Error::other("the disk is broken"));
        }
        if self.is_full && end > FIRST_PAGE {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

fn range(offset: u64, length: usize) -> io::Result<Range<usize>> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    Ok(start..start + length)
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        if state.is_gone {
            return Err(io::Error::other("the disk is gone"));
        }
        let bytes = state.bytes.get(range(offset, out.len())?).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        // A file can be emptied wherever it is.
        if len > 0 {
            state.call(len)?;
        }
        let length = range(len, 0)?.start;
        state.bytes.resize(length, 0);
        state.unsynced.retain_mut(|range| {
            range.end = range.end.min(length);
            range.start < range.end
        });
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        let synced = state.call(0);
        // Whether it fails or not, the system takes it for done and never tries it again.
        let unsynced = std::mem::take(&mut state.unsynced);
        if synced.is_ok() {
            let State { bytes, durable, .. } = &mut *state;
            durable.resize(bytes.len(), 0);
            for range in unsynced {
                durable[range.clone()].copy_from_slice(&bytes[range]);
            }
        }
        synced
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let called = state.call(offset + data.len() as u64);
        let torn = state.breaks_after.is_some_and(|calls| state.calls == calls + 1);
        let written = if called.is_ok() {
            data.len()
        } else if torn {
            data.len() / 2
        } else {
            0
        };
        let place = range(offset, written)?;
        let bytes = state.bytes.get_mut(place.clone()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(&data[..written]);
        state.unsynced.push(place);
        called
    }
}
