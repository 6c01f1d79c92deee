//! A database whose disk fails at any moment: what is there when it is opened again, and who may open it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{record, refused};
use crate::record::Record;
use crate::store::disk::Disk;
use crate::store::{Change, Database, snapshot};

const RECORDS: u16 = 10;
const BYTES: usize = 40_000;

/// Records whose addresses say of which change they are: enough that the file grows.
fn change(name: &str) -> Vec<Change> {
    let name = name.repeat(BYTES);
    (0..RECORDS).map(|index| Change::Record(Record { address: name.clone(), ..record(index) })).collect()
}

/// Of which change all that is there is.
fn state_of(database: &Database) -> String {
    let devices = database.devices().unwrap();
    assert_eq!(devices.len(), usize::from(RECORDS));
    let mut addresses: Vec<_> = devices.into_iter().map(|(record, _)| record.address).collect();
    addresses.dedup();
    assert_eq!(addresses.len(), 1, "a half of a change is there");
    addresses[0][..1].to_owned()
}

#[test]
fn wherever_a_write_fails_what_was_acknowledged_is_there_and_no_half_of_what_was_not() {
    let calls = {
        let disk = Disk::default();
        let database = disk.database().unwrap();
        database.commit(&change("a")).unwrap();
        let before = (disk.calls(), disk.bytes());
        database.commit(&change("b")).unwrap();
        assert!(disk.bytes() > before.1, "the file does not grow");
        disk.calls() - before.0
    };
    let mut outcomes = BTreeMap::<String, u32>::new();
    for at in 0..calls {
        let disk = Disk::default();
        let database = disk.database().unwrap();
        database.commit(&change("a")).unwrap();
        disk.break_after(at);
        database.commit(&change("b")).unwrap_err();
        // A program that was killed now finds the same, and opens it at once.
        let killed = state_of(&disk.as_killed().database().unwrap());
        let no_repair = |_: &mut redb::RepairSession| panic!("it must be repaired");
        let killed_disk = disk.as_killed();
        redb::Database::builder().set_repair_callback(no_repair).create_with_backend(killed_disk).unwrap();
        let unpowered = state_of(&disk.as_without_power().database().unwrap());
        assert!(unpowered == "a" || unpowered == killed, "{unpowered}");
        // What is tried next fails too, sooner or later.
        for next in 0..4 {
            disk.break_after(next);
            database.commit(&change("c")).unwrap_err();
        }
        disk.mend();
        let left = state_of(&database);
        assert_eq!(killed, left);
        assert_eq!(
            state_of(&disk.as_without_power().database().unwrap()),
            left,
            "it only seemed to be there"
        );
        *outcomes.entry(left).or_default() += 1;
        database.commit(&change("d")).unwrap();
        for disk in [disk.as_killed(), disk.as_without_power()] {
            assert_eq!(state_of(&disk.database().unwrap()), "d");
        }
    }
    // Only the last write, and its sync, make it done.
    let outcomes: Vec<_> = outcomes.into_iter().collect();
    assert_eq!(outcomes, [("a".into(), calls - 2), ("b".into(), 2)]);
}

#[test]
fn wherever_the_making_of_a_database_fails_it_is_made_when_there_is_room() {
    let made = Disk::default();
    let database = made.database().unwrap();
    let calls = made.calls();
    drop(database);
    for at in 0..calls {
        let disk = Disk::default();
        disk.break_after(at);
        disk.database().unwrap_err();
        disk.mend();
        let database = disk.database().unwrap();
        database.commit(&change("a")).unwrap();
        assert_eq!(state_of(&database), "a");
    }
}

#[test]
fn nobody_else_takes_the_file_while_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    let database = Database::open(&path).unwrap();
    database.commit(&[Change::Record(record(1))]).unwrap();
    let failed = database.with(|_| Err::<(), _>(redb::Error::Corrupted("on purpose".into())));
    assert_eq!(failed.unwrap_err().to_string(), "the database refused: DB corrupted: on purpose");
    assert!(refused(&path).contains("in use by another program"));
    database.commit(&[Change::Record(record(2))]).unwrap();
    assert!(refused(&path).contains("in use by another program"));
    assert_eq!(database.devices().unwrap().len(), 2);
    drop(database);
    assert_eq!(Database::open(&path).unwrap().devices().unwrap().len(), 2);
}

#[test]
fn a_file_that_somebody_has_emptied_is_not_taken_for_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    let database = Database::open(&path).unwrap();
    database.with(|_| Err::<(), _>(redb::Error::Corrupted("on purpose".into()))).unwrap_err();
    std::fs::write(&path, "").unwrap();
    for _ in 0..2 {
        let error = database.commit(&[Change::Record(record(1))]).unwrap_err().to_string();
        assert!(error.ends_with("somebody has emptied the file; restore it from a backup"), "{error}");
    }
}

#[test]
fn a_panic_in_the_midst_of_a_write_leaves_a_database_that_can_be_used() {
    let database = Disk::default().database().unwrap();
    database.commit(&[Change::Record(record(1))]).unwrap();
    let panicking = || {
        database.with(|redb| {
            let _transaction = redb.begin_write()?;
            panic!("on purpose") as Result<(), redb::Error>
        })
    };
    catch_unwind(AssertUnwindSafe(panicking)).unwrap_err();
    database.commit(&[Change::Record(record(2))]).unwrap();
    assert_eq!(database.devices().unwrap().len(), 2);
}

#[test]
fn a_backup_under_way_is_not_in_the_way_and_shows_the_moment_at_which_it_began() {
    let (disk, folder) = (Disk::default(), tempfile::tempdir().unwrap());
    let database = disk.database().unwrap();
    database.commit(&change("a")).unwrap();
    // All of it is read once, and so in memory: what else such a backup needs of the disk, it does not get.
    assert_eq!(state_of(&database), "a");
    let reader = database.reader().unwrap();
    disk.fill();
    database.commit(&change("b")).unwrap_err();
    disk.mend();
    database.commit(&change("c")).unwrap();
    let target = folder.path().join("one.redb");
    snapshot::write(&reader, &target).unwrap();
    assert_eq!(state_of(&Database::open(&target).unwrap()), "a");
    assert_eq!(state_of(&database), "c");
}
