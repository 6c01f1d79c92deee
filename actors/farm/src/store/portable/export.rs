//! Writes all that a database file holds as JSON.

use std::io::{self, Write};
use std::path::Path;

use super::super::Database;
use super::super::copies::{Unfinished, beside, sync_folder};
use super::super::schema::VERSION;
use super::format::{Document, FORMAT, FoundRow, NAME, PresetRow, Secrets};
use super::{FILE_BYTES, Rows};
use crate::error::Error;
use crate::record::UnixMs;

/// A file that is not written yet. It has no `Debug`, for it may hold passwords.
pub struct Export {
    text: String,
    /// Imprinted devices.
    pub devices: usize,
    /// Presets.
    pub presets: usize,
    /// Devices that discovery has found.
    pub found: usize,
    /// Rows that cannot be read, and so are left out; the log names them.
    pub unreadable: usize,
}

/// Reads all of a database file, which stays as it is. But for the time, one store gives one text.
///
/// # Errors
/// The file is in use, or cannot be read; or the text would be longer than is read again.
pub fn export(path: &Path, secrets: Secrets, now_ms: UnixMs) -> Result<Export, Error> {
    let database = Database::open_copy(path)?;
    let rows = Rows::of(&database)?;
    let unreadable = database.rows()?.saturating_sub(rows.count());
    let (devices, presets, found) = (rows.records.len(), rows.presets.len(), rows.found.len());
    let refuse = |cause: String| Error::Export { path: path.display().to_string(), cause };
    let text = written(rows, secrets, now_ms).map_err(|error| refuse(error.to_string()))?;
    if text.len() > FILE_BYTES {
        return Err(refuse(format!("it would be longer than {FILE_BYTES} bytes, the most that is imported")));
    }
    Ok(Export { text, devices, presets, found, unreadable })
}

fn written(
    Rows { records, presets, found }: Rows,
    secrets: Secrets,
    now_ms: UnixMs,
) -> serde_json::Result<String> {
    let document = Document {
        name: NAME.to_owned(),
        format: FORMAT,
        schema: VERSION,
        exported_ms: now_ms,
        secrets,
        devices: records.into_iter().map(Into::into).collect(),
        presets: presets.into_iter().map(|preset| PresetRow::new(preset, secrets)).collect(),
        found: found.into_iter().map(FoundRow::try_from).collect::<Result<_, _>>()?,
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

impl Export {
    /// The text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes the file, which only its owner can read. It appears under its name in whole or not at all, and in place of
    /// no other.
    ///
    /// # Errors
    /// There is a file by that name, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let refuse = |cause: String| Error::Export { path: path.display().to_string(), cause };
        if path.exists() {
            return Err(refuse("it is there already; choose another name".into()));
        }
        self.try_write(path).map_err(|error| refuse(error.to_string()))
    }

    fn try_write(&self, path: &Path) -> io::Result<()> {
        let mut unfinished = Unfinished::anew(beside(path, ".unfinished"))?;
        unfinished.file().write_all(self.text.as_bytes())?;
        unfinished.rename(path)?;
        sync_folder(path)
    }
}
