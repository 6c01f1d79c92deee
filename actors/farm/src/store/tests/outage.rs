//! A store whose disk fails, and is mended: nobody restarts it, and nothing is lost.

use shiftboss_kernel::{Chaos, Tree, Tx};

use super::{mac, record, seen, start};
use crate::error::Error;
use crate::record::Record;
use crate::store::disk::Disk;
use crate::store::outage::{FIRST_PAUSE, LONGEST_PAUSE};
use crate::store::{
    BackUp, Condition, Inspect, KeepFound, KeepSeen, LoadDevices, LoadFound, PutRecords, RemoveRecord, Store,
    Stored,
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
