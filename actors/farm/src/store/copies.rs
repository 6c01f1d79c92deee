//! Files beside the database: copies that take the place of no other file, and files that are gone unless they are whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::record::UnixMs;

/// How many names are tried for a copy.
const NAMES: u64 = 1_000;

/// A new file that only its owner can read. It is removed again unless it is kept.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Unfinished {
    /// Makes it. There is none by that name yet.
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: options.open(&path)?, path, is_kept: false })
    }

    /// Makes it anew, in place of what a program that ended in the midst has left.
    pub(super) fn anew(path: PathBuf) -> io::Result<Self> {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Self::create(path),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Waits until it is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        sync_folder(&self.path)
    }

    /// Leaves it there.
    pub(super) fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        self.path.clone()
    }

    /// Gives it another name, once it is on the disk; its folder may not know yet when the power fails.
    pub(super) fn rename(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_kept {
            // What went wrong before is told; that this could not be undone either would hide it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Copies a file that nobody writes to beside it, to the disk, as `farm.redb.<label>-<milliseconds>`; in place of no
/// other file.
pub(super) fn copy(path: &Path, label: &str, now_ms: UnixMs) -> io::Result<Unfinished> {
    let mut copy = vacant(path, label, now_ms)?;
    io::copy(&mut File::open(path)?, copy.file())?;
    copy.sync()?;
    Ok(copy)
}

/// The first of these names that no file has.
fn vacant(path: &Path, label: &str, now_ms: UnixMs) -> io::Result<Unfinished> {
    let taken = |error: &io::Error| error.kind() == io::ErrorKind::AlreadyExists;
    let mut last = io::ErrorKind::AlreadyExists.into();
    for ms in now_ms..now_ms.saturating_add(NAMES) {
        match Unfinished::create(beside(path, &format!(".{label}-{ms}"))) {
            Err(error) if taken(&error) => last = error,
            made => return made,
        }
    }
    Err(last)
}

/// The path of a file whose name is this one's with an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Waits until the names in the folder of a file are on the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_of_one_moment_are_files_of_their_own_and_take_the_place_of_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("farm.redb");
        let other = folder.path().join("farm.redb.v1-7");
        fs::write(&other, "precious").unwrap();
        let mut copies = Vec::new();
        for text in ["one", "two"] {
            fs::write(&path, text).unwrap();
            copies.push(copy(&path, "v1", 7).unwrap().keep());
        }
        assert_eq!(copies, [folder.path().join("farm.redb.v1-8"), folder.path().join("farm.redb.v1-9")]);
        let texts = [&other, &copies[0], &copies[1]].map(|file| fs::read_to_string(file).unwrap());
        assert_eq!(texts, ["precious", "one", "two"]);
    }

    #[test]
    fn a_copy_that_fails_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // A folder can be opened, and not be read.
        let path = folder.path().join("farm.redb");
        fs::create_dir(&path).unwrap();
        assert!(copy(&path, "v1", 7).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
