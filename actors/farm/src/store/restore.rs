//! Puts a backup in the place of a database that nobody has open. Blocks: for the command line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Database;
use super::copies::{self, Unfinished, beside, sync_folder};
use super::opening::opened;
use super::schema::{self, Contents, VERSION};
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
    let held = match path.exists().then(|| opened(|builder| builder.open(path))) {
        Some(Err(redb::DatabaseError::DatabaseAlreadyOpen)) => {
            return Err(Error::InUse { path: path.display().to_string() });
        }
        held => held,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut checked = Unfinished::anew(beside(path, ".restoring")).map_err(failed)?;
    fs::File::open(backup)
        .and_then(|mut backup| io::copy(&mut backup, checked.file()))
        .map_err(|error| refuse(backup, format!("cannot be copied: {error}; nothing has changed")))?;
    bring_to_the_present(checked.path()).map_err(|error| refuse(backup, error.to_string()))?;
    let (devices, presets) = Database::open_checked(checked.path()).map_err(|error| match error {
        // Nobody knows the copy.
        Error::Open { cause, .. } => refuse(backup, cause),
        other => other,
    })?;
    let before = match path.exists() {
        // Two names for a moment, so that there is a file by the first one at any time.
        true => Some(copies::copy(path, "before", Clock::System.now_ms()).map_err(failed)?),
        false => None,
    };
    checked.rename(path).map_err(failed)?;
    let before = before.map(Unfinished::keep);
    sync_folder(path).map_err(|error| {
        refuse(path, format!("is in its place, and may not be after a power failure: {error}"))
    })?;
    drop(held);
    Ok(Restored { devices, presets, before })
}

/// Takes the copy of a backup of an old version through the steps; no copy of it is kept, for the backup itself is one.
/// What is no backup at all is left to be told by whoever reads it.
fn bring_to_the_present(copy: &Path) -> Result<(), redb::Error> {
    let Ok(redb) = opened(|builder| builder.open(copy)) else { return Ok(()) };
    match schema::contents(&redb)? {
        Contents::Tables(old @ 1..VERSION) => schema::migrate(&redb, old),
        _ => Ok(()),
    }
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
        let refusal = restore(&backup, &path).unwrap_err().to_string();
        assert!(refusal.starts_with(&backup.display().to_string()), "{refusal}");
        assert!(restore(&folder.path().join("none"), &path).is_err());
        assert_eq!(Database::open(&path).unwrap().presets().unwrap().len(), 1);
        assert_eq!(names(folder.path()), ["backup.redb", "farm.redb"]);
    }

    #[test]
    fn a_backup_of_an_older_version_is_brought_to_the_present_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backup.redb"));
        schema::tests::left(&backup, 1);
        let old = fs::read(&backup).unwrap();
        assert_eq!(restore(&backup, &path).unwrap().devices, 1);
        assert_eq!(schema::tests::version(&path), VERSION);
        assert_eq!(fs::read(&backup).unwrap(), old);
        assert_eq!(names(folder.path()), ["backup.redb", "farm.redb"]);

        // Of a version to come nothing is left either.
        fs::remove_file(&backup).unwrap();
        schema::tests::left(&backup, VERSION + 1);
        assert!(restore(&backup, &path).is_err());
        assert_eq!(names(folder.path()), ["backup.redb", "farm.redb"]);
    }

    #[test]
    fn what_cannot_be_put_in_place_leaves_no_copies() {
        let folder = tempfile::tempdir().unwrap();
        let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backup.redb"));
        file_with(&backup, 1);
        // A folder that is not empty keeps its place.
        fs::create_dir_all(path.join("below")).unwrap();
        assert!(restore(&backup, &path).unwrap_err().to_string().contains("nothing has changed"));
        assert_eq!(names(folder.path()), ["backup.redb", "farm.redb"]);
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }
}
