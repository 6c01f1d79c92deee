use std::path::{Path, PathBuf};

use redb::{ReadableDatabase, TableDefinition};

use super::super::Database;
use super::{Contents, FOUND, KEY, META, RECORDS, SEEN, Step, contents, steps};
use crate::error::Error;

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const RECORD: &str = r#"{"mac":"02:00:00:00:00:01","address":"10.0.0.1:80","created_ms":1,"updated_ms":2}"#;

/// A file as a program of a version has left it, table by table.
pub(in crate::store) fn left(path: &Path, version: u32) {
    let redb = redb::Database::create(path).unwrap();
    let write = redb.begin_write().unwrap();
    write.open_table(META).unwrap().insert(KEY, version).unwrap();
    write.open_table(RECORDS).unwrap().insert(MAC, RECORD.as_bytes()).unwrap();
    let said = br#"{"ASICModel":"BM1368","hostname":"axe"}"#;
    write.open_table(SEEN).unwrap().insert(MAC, (7, said.as_slice())).unwrap();
    write.open_table(FOUND).unwrap();
    write.commit().unwrap();
}

pub(in crate::store) fn version(path: &Path) -> u32 {
    match contents(&redb::Database::open(path).unwrap()).unwrap() {
        Contents::Tables(version) => version,
        Contents::Nothing | Contents::Foreign => panic!("it has no version"),
    }
}

fn copies(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains("farm.redb.v")).collect()
}

fn refusal(path: &Path) -> String {
    Database::open(path).expect_err("refused").to_string()
}

#[test]
fn a_file_of_version_1_is_copied_and_brought_to_the_present_with_all_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    left(&path, 1);

    let database = Database::open(&path).unwrap();
    let devices = database.devices().unwrap();
    assert_eq!((devices.len(), devices[0].0.address.as_str()), (1, "10.0.0.1:80"));
    assert_eq!(devices[0].1.as_ref().map(|seen| seen.at_ms), Some(7));
    assert_eq!(database.presets().unwrap(), []);
    drop(database);
    assert_eq!(version(&path), super::VERSION);

    let copies = copies(folder.path());
    assert_eq!(copies.len(), 1, "{copies:?}");
    assert!(copies[0].to_string_lossy().contains("farm.redb.v1-"));
    assert_eq!(version(&copies[0]), 1);
    let copy = redb::Database::open(&copies[0]).unwrap().begin_read().unwrap();
    assert_eq!(copy.open_table(RECORDS).unwrap().get(MAC).unwrap().unwrap().value(), RECORD.as_bytes());
}

#[test]
fn a_file_of_the_present_version_is_not_copied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    for _ in 0..2 {
        Database::open(&path).unwrap();
    }
    assert_eq!(version(&path), super::VERSION);
    assert!(copies(folder.path()).is_empty());
}

#[test]
fn a_newer_file_or_that_of_another_program_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let newer = folder.path().join("newer.redb");
    left(&newer, 99);
    assert!(
        refusal(&newer).contains("its schema version is 99, this program knows 2"),
        "{}",
        refusal(&newer)
    );

    let foreign = folder.path().join("foreign.redb");
    let redb = redb::Database::create(&foreign).unwrap();
    let write = redb.begin_write().unwrap();
    write.open_table(TableDefinition::<u8, u8>::new("theirs")).unwrap();
    write.commit().unwrap();
    drop(redb);
    assert!(refusal(&foreign).contains("another program"), "{}", refusal(&foreign));
    let tables = redb::Database::open(&foreign).unwrap().begin_read().unwrap().list_tables().unwrap().count();
    assert_eq!(tables, 1);
}

#[test]
fn a_step_that_fails_leaves_what_the_one_before_it_made() {
    fn add(transaction: &redb::WriteTransaction) -> Result<(), redb::Error> {
        transaction.open_table(TableDefinition::<u8, u8>::new("added"))?;
        Ok(())
    }
    fn fail(transaction: &redb::WriteTransaction) -> Result<(), redb::Error> {
        transaction.delete_table(RECORDS)?;
        Err(redb::Error::Corrupted("on purpose".into()))
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    left(&path, 1);
    let redb = redb::Database::open(&path).unwrap();
    let faulty: [Step; 2] = [add, fail];
    assert!(steps(&redb, 1, &faulty).is_err());
    assert!(matches!(contents(&redb), Ok(Contents::Tables(2))));
    assert!(redb.begin_read().unwrap().open_table(RECORDS).unwrap().get(MAC).unwrap().is_some());
    // And goes on from there.
    let mended: [Step; 2] = [fail, add];
    steps(&redb, 2, &mended).unwrap();
    assert!(matches!(contents(&redb), Ok(Contents::Tables(3))));
}

#[test]
fn a_file_that_cannot_be_copied_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    left(&path, 1);
    // Names so long that none can be added to.
    let long = folder.path().join("x".repeat(250));
    std::fs::rename(&path, &long).unwrap();
    let error = Database::open(&long).unwrap_err();
    assert!(matches!(&error, Error::Open { cause, .. } if cause.contains("cannot be copied")), "{error}");
    assert_eq!(version(&long), 1);
}
