//! Puts a backup in the place of a database that nobody has open. Blocks: for the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Database;
use super::opening::make_private;
use super::schema::sync_folder;
use crate::clock::Clock;
use crate::error::Error;

/// What was put in place.
#[derive(Debug)]
pub struct Restored {
    /// Devices that it knows.
    pub devices: usize,
    /// Presets that it holds.
    pub presets: usize,
    /// Where the file is now that was there before, if there was one.
    pub before: Option<PathBuf>,
}

/// Checks a backup to its last row, then puts a copy of it at `path`. What is there is kept beside it.
///
/// # Errors
/// The file at `path` is in use, or the backup cannot be read in whole. Then nothing has changed.
pub fn restore(backup: &Path, path: &Path) -> Result<Restored, Error> {
    let refuse = |path: &Path, cause: String| Error::Open { path: path.display().to_string(), cause };
    let failed =
        |error: io::Error| refuse(path, format!("cannot be put in place: {error}; nothing has changed"));
    // Held to the end, so that no controller starts with it meanwhile. One that is damaged holds nothing up.
    let held = match path.exists().then(|| redb::Database::open(path)) {
        Some(Err(redb::DatabaseError::DatabaseAlreadyOpen)) => {
            return Err(Error::InUse { path: path.display().to_string() });
        }
        held => held,
    };
    let checked = beside(path, ".restoring");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::copy(backup, &checked)
        .map_err(|error| refuse(backup, format!("cannot be copied: {error}; nothing has changed")))?;
    // A copy has the mode of the backup, whoever made that.
    make_private(&checked).map_err(failed)?;
    let (devices, presets) = Database::open_checked(&checked).inspect_err(|_| {
        // The copy of a file that is no backup; what matters is told already.
        let _ = fs::remove_file(&checked);
    })?;
    fs::File::open(&checked).and_then(|file| file.sync_all()).map_err(failed)?;
    let before = path.exists().then(|| beside(path, &format!(".before-{}", Clock::System.now_ms())));
    if let Some(before) = &before {
        // Two names for a moment, so that there is a file by the first one at any time.
        fs::copy(path, before).map_err(failed)?;
        fs::File::open(before).and_then(|file| file.sync_all()).map_err(failed)?;
    }
    fs::rename(&checked, path).map_err(failed)?;
    sync_folder(path).map_err(failed)?;
    drop(held);
    Ok(Restored { devices, presets, before })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::preset::{Configuration, Preset, PresetId};
    use crate::store::Change;

    fn file_with(path: &Path, presets: usize) {
        let preset = || Preset {
            id: PresetId::draw(),
            name: "one".to_owned(),
            configuration: Configuration::default(),
            created_ms: 1,
            updated_ms: 1,
        };
        let made: Vec<_> = (0..presets).map(|_| Change::Preset(Arc::new(preset()))).collect();
        Database::open(path).unwrap().commit(&made).unwrap();
    }

    #[test]
    fn a_backup_takes_the_place_of_the_file_which_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backup.redb"));
        file_with(&path, 1);
        file_with(&backup, 2);
        let restored = restore(&backup, &path).unwrap();
        assert_eq!((restored.devices, restored.presets), (0, 2));
        assert_eq!(Database::open(&path).unwrap().presets().unwrap().len(), 2);
        assert_eq!(Database::open(&restored.before.unwrap()).unwrap().presets().unwrap().len(), 1);
        assert_eq!(Database::open(&backup).unwrap().presets().unwrap().len(), 2);
    }

    #[test]
    fn a_damaged_file_or_none_at_all_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backup.redb"));
        file_with(&backup, 2);
        assert_eq!(restore(&backup, &path).unwrap().before, None);
        fs::write(&path, "damaged").unwrap();
        let before = restore(&backup, &path).unwrap().before.unwrap();
        assert_eq!(fs::read_to_string(before).unwrap(), "damaged");
        assert_eq!(Database::open(&path).unwrap().presets().unwrap().len(), 2);
    }

    #[test]
    fn a_file_in_use_stays_and_so_does_one_when_the_backup_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backup.redb"));
        file_with(&path, 1);
        file_with(&backup, 2);
        let held = Database::open(&path).unwrap();
        assert!(matches!(restore(&backup, &path), Err(Error::InUse { .. })));
        drop(held);
        fs::write(&backup, "no database").unwrap();
        assert!(restore(&backup, &path).is_err());
        assert!(restore(&folder.path().join("none"), &path).is_err());
        assert_eq!(Database::open(&path).unwrap().presets().unwrap().len(), 1);
        assert!(!beside(&path, ".restoring").exists());
    }
}
