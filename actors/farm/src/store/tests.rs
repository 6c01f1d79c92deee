use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use shiftboss_axeos::Mac;
use shiftboss_kernel::{Chaos, Refused, Spec, Strategy, SupervisorSpec, Tree, Tx};

use super::{
    BackUp, Database, KeepFound, KeepSeen, LoadDevices, LoadFound, PutRecords, RemoveRecord, Store, Stored,
};
use crate::error::Error;
use crate::record::{Desired, Observation, Record};
use crate::testing::{SECOND, SOON, found, info, mac, open};

mod outage;
mod reopening;

struct Shelf {
    folder: tempfile::TempDir,
    store: Tx<Store>,
    tree: Tree,
}

impl Shelf {
    async fn new(folder: tempfile::TempDir) -> Self {
        Self::struck(folder, Chaos::default()).await
    }

    /// In a tree that suffers faults on purpose.
    async fn struck(folder: tempfile::TempDir, chaos: Chaos) -> Self {
        let database = open(&folder.path().join("farm.redb")).await;
        let (store, tree) = start(database, chaos).await;
        Self { folder, store, tree }
    }

    async fn empty() -> Self {
        Self::new(tempfile::tempdir().unwrap()).await
    }

    /// Ends the store, and opens its file again.
    async fn reopened(mut self) -> Self {
        self.tree.shutdown();
        self.tree.ended().await;
        drop((self.tree, self.store));
        Self::new(self.folder).await
    }

    async fn put(&self, records: Vec<Record>) {
        self.store.ask(PutRecords(records), SOON).await.unwrap().unwrap();
    }

    async fn devices(&self) -> Vec<Stored> {
        self.store.ask(LoadDevices, SOON).await.unwrap().unwrap()
    }
}

async fn start(database: Database, chaos: Chaos) -> (Tx<Store>, Tree) {
    let database = Arc::new(database);
    let (store, bound) = Spec::new("store", move || Store::new(Arc::clone(&database))).bind();
    let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
    (store, Tree::start_with("root", spec, chaos).await.unwrap())
}

fn record(index: u16) -> Record {
    let mac = mac(index);
    Record {
        mac,
        address: "a".into(),
        created_ms: 1,
        updated_ms: 2,
        listening: true,
        trace_logs: false,
        preset: None,
        desired: Desired::default(),
    }
}

fn seen(at_ms: u64) -> Arc<Observation> {
    Arc::new(Observation::parse(info("axe").as_bytes(), at_ms).unwrap())
}

#[actix_rt::test]
async fn what_was_answered_is_there_after_a_restart() {
    let shelf = Shelf::empty().await;
    shelf.put(vec![record(1), record(2)]).await;
    shelf.put(vec![Record { address: "b".into(), ..record(2) }]).await;
    let devices = shelf.reopened().await.devices().await;
    let addresses: Vec<_> = devices.iter().map(|(record, _)| (record.mac, record.address.as_str())).collect();
    assert_eq!(addresses, [(mac(1), "a"), (mac(2), "b")]);
}

#[actix_rt::test]
async fn writes_that_queue_up_are_all_answered_and_all_there() {
    let shelf = Shelf::empty().await;
    let writes = (0..50).map(|index| shelf.put(vec![record(index)]));
    futures_util::future::join_all(writes).await;
    assert_eq!(shelf.reopened().await.devices().await.len(), 50);
}

#[actix_rt::test]
async fn a_commit_that_is_lost_is_made_up_for_with_the_next_change() {
    tokio::time::pause();
    let chaos = Chaos::new(1, ["drop nth=1 message=Commit".parse().unwrap()]);
    let shelf = Shelf::struck(tempfile::tempdir().unwrap(), chaos).await;
    let lost = shelf.store.ask(PutRecords(vec![record(1)]), 2 * SECOND).await;
    assert_eq!(lost.unwrap_err(), Refused::Late);
    shelf.put(vec![record(2)]).await;
    assert_eq!(shelf.devices().await.len(), 2);
}

#[actix_rt::test]
async fn what_a_device_said_last_is_kept_but_not_of_a_device_without_a_record() {
    let shelf = Shelf::empty().await;
    shelf.put(vec![record(1)]).await;
    shelf.store.tell(KeepSeen(vec![(mac(1), seen(5)), (mac(2), seen(6))])).unwrap();
    shelf.store.tell(KeepSeen(vec![(mac(1), seen(7))])).unwrap();
    let devices = shelf.reopened().await.devices().await;
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].1.as_ref().map(|seen| (seen.at_ms, seen.hostname.as_str())), Some((7, "axe")));
}

#[actix_rt::test]
async fn a_removed_record_is_gone_and_its_data_only_if_that_is_wanted() {
    let shelf = Shelf::empty().await;
    for (with_data, left) in [(false, true), (true, false)] {
        shelf.put(vec![record(1)]).await;
        shelf.store.tell(KeepSeen(vec![(mac(1), seen(5))])).unwrap();
        let remove = RemoveRecord { mac: mac(1), with_data };
        shelf.store.ask(remove, SOON).await.unwrap().unwrap();
        assert!(shelf.devices().await.is_empty());
        shelf.store.tell(KeepSeen(vec![(mac(1), seen(6))])).unwrap();
        shelf.put(vec![record(1)]).await;
        assert_eq!(shelf.devices().await[0].1.is_some(), left);
    }
}

#[actix_rt::test]
async fn what_was_found_is_remembered() {
    let shelf = Shelf::empty().await;
    shelf.store.tell(KeepFound(vec![found(3), found(4)])).unwrap();
    let shelf = shelf.reopened().await;
    let found = shelf.store.ask(LoadFound, SOON).await.unwrap().unwrap();
    let macs: Vec<Mac> = found.iter().map(|found| found.mac).collect();
    assert_eq!(macs, [mac(3), mac(4)]);
    assert_eq!(found[0].seen.hostname, "axe3");
}

/// Whether a file, as it is while its program runs and when that is killed, must be repaired to be opened.
fn needs_repair(file: &Path) -> bool {
    let left = file.with_extension("left");
    std::fs::copy(file, &left).unwrap();
    let repaired = Rc::new(Cell::new(false));
    let told = Rc::clone(&repaired);
    redb::Database::builder().set_repair_callback(move |_| told.set(true)).open(left).unwrap();
    repaired.get()
}

#[actix_rt::test]
async fn what_a_killed_program_leaves_opens_without_repair_be_it_new_or_written_to() {
    let shelf = Shelf::empty().await;
    let file = shelf.folder.path().join("farm.redb");
    assert!(!needs_repair(&file), "just made");
    for index in 1..=20 {
        shelf.put(vec![record(index)]).await;
        shelf.store.tell(KeepSeen(vec![(mac(index), seen(5))])).unwrap();
        assert!(!needs_repair(&file), "after change {index}");
    }
}

fn refused(path: &Path) -> String {
    Database::open(path).expect_err("refused").to_string()
}

#[test]
fn a_file_in_use_or_damaged_or_in_no_folder_is_refused_in_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("farm.redb");
    let held = Database::open(&path).unwrap();
    assert!(
        refused(&path)
            .ends_with("it is in use by another program; stop that one, or choose another data_dir")
    );
    drop(held);

    let damaged = folder.path().join("damaged.redb");
    std::fs::write(&damaged, b"this is a text, and not a database at all").unwrap();
    assert!(refused(&damaged).contains("damaged.redb: "), "{}", refused(&damaged));
    assert_eq!(refused(&damaged).lines().count(), 1);
    assert!(refused(&damaged.join("below")).contains("its folder cannot be made"));
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_refused_in_one_line_that_says_what_to_do() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mut path = folder.path().join("farm.redb");
    drop(Database::open(&path).unwrap());
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    let is_writable = |path: &Path| std::fs::File::options().write(true).open(path).is_ok();
    if is_writable(&path) {
        // Modes do not bind root; what the kernel tells of itself may be written by nobody.
        path = "/sys/kernel/uevent_seqnum".into();
    }
    assert!(!is_writable(&path), "{} can be written, so that this test shows nothing", path.display());
    let refusal = refused(&path);
    assert!(refusal.starts_with(&path.display().to_string()), "{refusal}");
    assert!(refusal.ends_with("let this program read and write it, or choose another data_dir"), "{refusal}");
    assert_eq!(refusal.lines().count(), 1);
}

#[actix_rt::test]
async fn a_file_that_was_cut_short_anywhere_is_refused_in_one_clear_line_and_can_be_restored() {
    let shelf = Shelf::empty().await;
    for index in 1..=50 {
        shelf.put(vec![record(index)]).await;
    }
    let whole = std::fs::read(shelf.folder.path().join("farm.redb")).unwrap();
    let (cut, backup) = (shelf.folder.path().join("cut.redb"), shelf.folder.path().join("backup.redb"));
    shelf.store.ask(BackUp(backup.clone()), SOON).await.unwrap().unwrap();
    for part in 1..32 {
        std::fs::write(&cut, &whole[..whole.len() * part / 32]).unwrap();
        let told = refused(&cut);
        assert!(told.contains("cut.redb: ") && told.contains("restore it from a backup"), "{part}: {told}");
        assert_eq!(told.lines().count(), 1, "{part}: {told}");
        assert_eq!(super::restore(&backup, &cut).unwrap().devices, 50, "{part}");
    }
}

#[actix_rt::test]
async fn a_backup_holds_what_was_answered_before_it_and_nothing_of_what_came_after() {
    let shelf = Shelf::empty().await;
    shelf.put(vec![record(1)]).await;
    shelf.store.tell(KeepSeen(vec![(mac(1), seen(5))])).unwrap();
    let file = shelf.folder.path().join("backups").join("one.redb");
    let bytes = shelf.store.ask(BackUp(file.clone()), SOON).await.unwrap().unwrap();
    shelf.put(vec![record(2)]).await;

    assert_eq!(std::fs::metadata(&file).unwrap().len(), bytes);
    let devices = Database::open(&file).unwrap().devices().unwrap();
    assert_eq!((devices.len(), devices[0].0.mac), (1, mac(1)));
    assert_eq!(devices[0].1.as_ref().map(|seen| seen.at_ms), Some(5));
    assert_eq!(shelf.devices().await.len(), 2);
}

#[actix_rt::test]
async fn a_backup_takes_the_place_of_no_other_and_leaves_nothing_unfinished() {
    let shelf = Shelf::empty().await;
    let file = shelf.folder.path().join("one.redb");
    std::fs::write(&file, "precious").unwrap();
    let error = shelf.store.ask(BackUp(file.clone()), SOON).await.unwrap().unwrap_err();
    assert!(matches!(&error, Error::BackupExists { path } if path.contains("one.redb")), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
    let names = std::fs::read_dir(shelf.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("unfinished")).count(), 0);
}

#[actix_rt::test]
async fn two_backups_at_a_time_are_one_too_many() {
    let shelf = Shelf::empty().await;
    let to = |name: &str| shelf.store.ask(BackUp(shelf.folder.path().join(name)), SOON);
    let (one, other) = futures_util::future::join(to("one.redb"), to("other.redb")).await;
    assert!(one.unwrap().is_ok());
    assert_eq!(other.unwrap(), Err(Error::BackingUp));
}

#[cfg(unix)]
#[test]
fn nobody_but_their_owner_can_read_the_file_its_backups_and_what_is_restored() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let (path, backup) = (folder.path().join("farm.redb"), folder.path().join("backups/one.redb"));
    Database::open(&path).unwrap().back_up(&backup).unwrap();
    let open = folder.path().join("open.redb");
    std::fs::copy(&backup, &open).unwrap();
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o644)).unwrap();
    let restored = folder.path().join("restored.redb");
    super::restore(&open, &restored).unwrap();
    for file in [path, backup, restored] {
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
}
