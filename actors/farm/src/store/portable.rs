//! All that must not be lost, as JSON that people can read, change and bring to another controller. Blocks: for the
//! command line.
//!
//! What devices said last is not in it: they say it again. `format` is the file, `check` reads one to its last field
//! before anything is touched, `merge` decides what comes of it.

use super::Database;
use crate::error::Error;
use crate::preset::Preset;
use crate::record::{Found, Record};

mod check;
mod export;
mod format;
mod import;
mod merge;
#[cfg(test)]
mod tests;

pub use export::{Export, export};
pub use format::Secrets;
pub use import::import;
pub use merge::{Came, Imported, Lacking, Mode};

/// The longest file that is written or read: of tens of thousands of devices.
const FILE_BYTES: usize = 256 << 20;

/// All rows that can be read, each kind in the order of its keys.
struct Rows {
    records: Vec<Record>,
    presets: Vec<Preset>,
    found: Vec<Found>,
}

impl Rows {
    fn of(database: &Database) -> Result<Self, Error> {
        let records = database.devices()?.into_iter().map(|(record, _)| record).collect();
        Ok(Self { records, presets: database.presets()?, found: database.found()? })
    }

    fn count(&self) -> usize {
        self.records.len() + self.presets.len() + self.found.len()
    }
}
