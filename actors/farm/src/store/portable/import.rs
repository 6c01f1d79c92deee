//! Puts what a file says into a database that nobody has open, in one piece.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::super::Database;
use super::super::copies::{self, Unfinished};
use super::check::{self, Flaw};
use super::merge::{self, Imported, Mode};
use super::{FILE_BYTES, Rows};
use crate::clock::Clock;
use crate::error::Error;

/// Reads a file to its last field, then writes what it says to the database at `path`, which is made if there is none.
/// Rows of the file take the place of those of the same MAC or id. If those that are not in the file are to go, the
/// database as it was is kept beside it.
///
/// # Errors
/// Names the place in the file that is wrong; or the database is in use, or cannot be written. Then nothing has changed.
pub fn import(file: &Path, path: &Path, mode: Mode) -> Result<Imported, Error> {
    let flawed = |flaw: Flaw| Error::Import { file: file.display().to_string(), flaw: flaw.to_string() };
    let checked = check::read(&text(file, FILE_BYTES)?).map_err(flawed)?;
    let is_new = !path.exists();
    let database = Database::open(path)?;
    let (changes, mut imported) = merge::plan(checked, &Rows::of(&database)?, mode).map_err(flawed)?;
    let before = match mode {
        Mode::Replace if !is_new => Some(before(path)?),
        _ => None,
    };
    database.commit(&changes)?;
    imported.before = before.map(Unfinished::keep);
    Ok(imported)
}

/// The text of a file that is no longer than this.
fn text(file: &Path, most_bytes: usize) -> Result<String, Error> {
    let path = || file.display().to_string();
    let refuse = |error: io::Error| Error::Open {
        path: path(),
        cause: format!("it cannot be read: {error}; nothing has changed"),
    };
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(most_bytes as u64 + 1).read_to_string(&mut text))
        .map_err(refuse)?;
    if text.len() > most_bytes {
        let flaw = format!("it is longer than {most_bytes} bytes, the most that is read");
        return Err(Error::Import { file: path(), flaw });
    }
    Ok(text)
}

fn before(path: &Path) -> Result<Unfinished, Error> {
    copies::copy(path, "before", Clock::System.now_ms()).map_err(|error| Error::Open {
        path: path.display().to_string(),
        cause: format!(
            "it cannot be copied before it is replaced: {error}; make room beside it; nothing has changed"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_longest_length() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("farm.json");
        std::fs::write(&file, "0123456789").unwrap();
        assert_eq!(text(&file, 10).unwrap(), "0123456789");
        let refusal = text(&file, 9).unwrap_err().to_string();
        assert!(
            refusal.ends_with("longer than 9 bytes, the most that is read; nothing has changed"),
            "{refusal}"
        );
    }
}
