//! A store whose disk fails, and is mended: nobody restarts it, and nothing is lost.

use std::panic::{AssertUnwindSafe, catch_unwind};

use shiftboss_kernel::{Chaos, Tree, Tx};

use super::{mac, record, refused, seen, start};
use crate::error::Error;
use crate::record::Record;
use crate::store::disk::Disk;
use crate::store::outage::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::store::{
    BackUp, Change, Condition, Database, Inspect, KeepFound, KeepSeen, LoadDevices, LoadFound, PutRecords,
    RemoveRecord, Store, Stored, snapshot,
};
use crate::testing::{SECOND, SOON, found};

/// A store on a disk that fails on demand, on a clock that turns only while the store rests.
struct Shelf {
    disk: Disk,
    store: Tx<Store>,
    tree: Tree,
}

impl Shelf {
    /// With these records.
    async fn with(records: impl IntoIterator<Item = u16>) -> Self {
        tokio::time::pause();
        let shelf = Self::over(Disk::default()).await;
        shelf.put(records.into_iter().map(record).collect()).await.unwrap();
        shelf
    }

    async fn over(disk: Disk) -> Self {
        let (store, tree) = start(disk.database().unwrap(), Chaos::default()).await;
        Self { disk, store, tree }
    }

    /// Ends the store, and opens what is on its disk.
    async fn reopened(mut self) -> Self {
        self.tree.shutdown();
        self.tree.ended().await;
        drop((self.tree, self.store));
        Self::over(self.disk).await
    }

    async fn put(&self, records: Vec<Record>) -> Result<(), Error> {
        self.store.ask(PutRecords(records), SOON).await.unwrap()
    }

    async fn devices(&self) -> Vec<Stored> {
        self.store.ask(LoadDevices, SOON).await.unwrap().unwrap()
    }

    async fn condition(&self) -> Condition {
        self.store.ask(Inspect, SOON).await.unwrap()
    }
}

fn macs(devices: &[Stored]) -> Vec<shiftboss_axeos::Mac> {
    devices.iter().map(|(record, _)| record.mac).collect()
}

#[actix_rt::test]
async fn a_change_that_fails_is_answered_with_the_cause_and_later_ones_succeed_without_a_restart() {
    let shelf = Shelf::with([1]).await;
    shelf.disk.fill();
    for _ in 0..3 {
        let error = shelf.put(vec![record(2), record(3)]).await.unwrap_err().to_string();
        assert_eq!(error, "the database refused: no storage space; make room on its disk");
    }
    shelf.disk.mend();
    shelf.put(vec![record(4)]).await.unwrap();
    assert_eq!(macs(&shelf.devices().await), [mac(1), mac(4)]);
    assert_eq!(macs(&shelf.reopened().await.devices().await), [mac(1), mac(4)]);
}

#[actix_rt::test]
async fn what_devices_said_and_what_was_found_meanwhile_is_on_the_disk_soon_after_it_is_mended() {
    let shelf = Shelf::with([1, 2]).await;
    shelf.disk.fill();
    shelf.store.tell(KeepSeen(vec![(mac(1), seen(5)), (mac(2), seen(5))])).unwrap();
    tokio::time::sleep(60 * SECOND).await;
    shelf.store.tell(KeepSeen(vec![(mac(2), seen(6))])).unwrap();
    shelf.store.tell(KeepFound(vec![found(3)])).unwrap();
    // One that somebody waits for, and is told of, changes nothing about that.
    shelf.store.ask(RemoveRecord { mac: mac(1), with_data: true }, SOON).await.unwrap().unwrap_err();
    shelf.disk.mend();
    tokio::time::sleep(LONGEST_PAUSE + SECOND).await;

    // Not what an ordered end would write.
    let there = shelf.disk.as_killed().database().unwrap();
    let times: Vec<_> =
        there.devices().unwrap().iter().map(|(_, seen)| seen.as_ref().unwrap().at_ms).collect();
    assert_eq!(times, [5, 6]);
    assert_eq!(there.found().unwrap().len(), 1);
}

#[actix_rt::test]
async fn what_was_kept_goes_to_the_disk_before_the_next_change() {
    let shelf = Shelf::with([1]).await;
    shelf.disk.fill();
    shelf.store.tell(KeepFound(vec![found(1)])).unwrap();
    shelf.put(vec![]).await.unwrap_err();
    shelf.disk.mend();
    shelf.store.ask(RemoveRecord { mac: mac(1), with_data: true }, SOON).await.unwrap().unwrap();
    assert!(shelf.store.ask(LoadFound, SOON).await.unwrap().unwrap().is_empty());
}

#[actix_rt::test]
async fn it_tells_that_it_cannot_write_until_it_can_and_finds_that_out_by_itself() {
    let shelf = Shelf::with([1]).await;
    assert_eq!(shelf.condition().await, Condition { is_writable: true, failures: 0 });
    assert_eq!(shelf.put(vec![]).await, Ok(()));

    shelf.disk.fill();
    shelf.put(vec![record(2)]).await.unwrap_err();
    assert_eq!(shelf.condition().await, Condition { is_writable: false, failures: 1 });
    assert_eq!(shelf.put(vec![]).await.unwrap_err(), shelf.put(vec![record(2)]).await.unwrap_err());

    shelf.disk.mend();
    tokio::time::sleep(LONGEST_PAUSE + SECOND).await;
    assert!(shelf.condition().await.is_writable);
    assert_eq!(shelf.put(vec![]).await, Ok(()));
    assert_eq!(macs(&shelf.devices().await), [mac(1)]);
}

#[actix_rt::test]
async fn it_tries_again_after_growing_pauses_and_not_with_each_thing_that_a_device_says() {
    let shelf = Shelf::with([1]).await;
    shelf.disk.fill();
    shelf.put(vec![record(2)]).await.unwrap_err();
    tokio::time::sleep(4 * FIRST_PAUSE - SECOND / 100).await;
    assert_eq!(shelf.condition().await.failures, 3);
    for second in 0..600 {
        shelf.store.tell(KeepSeen(vec![(mac(1), seen(second))])).unwrap();
        tokio::time::sleep(SECOND).await;
    }
    let failures = shelf.condition().await.failures;
    assert!((60..70).contains(&failures), "{failures}");

    shelf.disk.mend();
    tokio::time::sleep(LONGEST_PAUSE + SECOND).await;
    assert_eq!(shelf.condition().await, Condition { is_writable: true, failures });
    let calls = shelf.disk.calls();
    tokio::time::sleep(600 * SECOND).await;
    assert_eq!(shelf.disk.calls(), calls, "it goes on trying");
}

#[actix_rt::test]
async fn a_full_disk_can_still_be_read_and_one_that_was_away_when_it_is_back() {
    let shelf = Shelf::with([1]).await;
    shelf.disk.fill();
    shelf.put(vec![record(2)]).await.unwrap_err();
    assert_eq!(macs(&shelf.devices().await), [mac(1)]);

    shelf.disk.take_away();
    shelf.put(vec![record(2)]).await.unwrap_err();
    let loaded = shelf.store.ask(LoadDevices, SOON).await.unwrap().map(|devices| devices.len());
    assert_eq!(loaded, Err(Error::Store("the disk is gone".into())));
    let backed_up = shelf.store.ask(BackUp("nowhere".into()), SOON).await.unwrap();
    assert_eq!(backed_up, Err(Error::Store("the disk is gone".into())));

    shelf.disk.mend();
    assert_eq!(macs(&shelf.devices().await), [mac(1)]);
}

#[actix_rt::test]
async fn a_store_that_ends_writes_what_it_kept() {
    let shelf = Shelf::with([1]).await;
    shelf.disk.fill();
    shelf.store.tell(KeepSeen(vec![(mac(1), seen(5))])).unwrap();
    assert!(shelf.put(vec![]).await.is_err());
    shelf.disk.mend();
    assert!(shelf.reopened().await.devices().await[0].1.is_some());
}

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
    let mut outcomes = std::collections::BTreeMap::<String, u32>::new();
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
