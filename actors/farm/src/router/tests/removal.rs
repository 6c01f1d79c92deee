//! What is left of a device that is removed, from the moment on in which that is answered.

use super::*;
use crate::command::CommandError;
use crate::discovery::{Known, Recall, Wanted};
use crate::record::Record;
use crate::router::Order;
use crate::store::{KeepFound, LoadDevices, LoadFound, PutRecords};
use crate::testing::{Manner, configure, full_info};

impl Bench {
    async fn reopened(self, policy: Policy, folder: &tempfile::TempDir) -> Self {
        let net = self.net.clone();
        self.stop().await;
        Self::new(&folder.path().join("farm.redb"), &net, policy).await
    }

    /// Whom discovery remembers, by both ways to ask it.
    async fn remembered(&self) -> Vec<Mac> {
        let recalled = self.farm.discovery.ask(Recall(Wanted::default()), SOON).await.unwrap();
        let recalled: Vec<_> = recalled.iter().map(|found| found.mac).collect();
        let known = self.farm.discovery.ask(Known(vec![mac(1), mac(2)]), SOON).await.unwrap();
        assert_eq!(known.iter().map(|found| found.mac).collect::<Vec<_>>(), recalled);
        recalled
    }

    /// What is stored of miner 1 but its record: whether it was found, and whether it said something.
    async fn stored(&self) -> (bool, bool) {
        let found = self.farm.store.ask(LoadFound, SOON).await.unwrap().unwrap();
        // What a device said is told with its record only.
        let record = Record { mac: mac(1), ..Record::clone(&self.views().await[0].record) };
        self.farm.store.ask(PutRecords(vec![record]), SOON).await.unwrap().unwrap();
        let devices = self.farm.store.ask(LoadDevices, SOON).await.unwrap().unwrap();
        let said = devices.iter().any(|(record, seen)| record.mac == mac(1) && seen.is_some());
        (found.iter().any(|found| found.mac == mac(1)), said)
    }
}

#[actix_rt::test]
async fn a_removed_device_is_never_polled_again_and_does_not_come_back_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=2).await;
    bench.net.answer(&address(1), Answer::After(3 * SECOND, info("slow")));
    bench.listen(1..=2).await;
    while bench.net.asked(&address(1)) == 0 {
        tokio::time::sleep(SECOND / 10).await;
    }
    assert!(bench.remove(1).await, "while its answer is on its way");
    assert_eq!((bench.views().await.len(), bench.measured().await), (1, 1), "at once");
    assert!(!bench.remove(1).await, "there is none any more");
    bench.intervals(5).await;
    assert_eq!(bench.net.asked(&address(1)), 1);
    assert_eq!(bench.views().await.iter().map(|view| view.record.mac).collect::<Vec<_>>(), [mac(2)]);
    assert_eq!(bench.measured().await, 1);

    let again = bench.reopened(Policy::default(), &folder).await;
    assert_eq!(again.views().await.len(), 1, "also not after a restart");
}

#[actix_rt::test]
async fn a_device_that_is_removed_amid_a_command_is_asked_nothing_more_and_whoever_gave_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.net.answer(&address(1), Answer::Body(full_info(&serde_json::json!({}))));
    bench.listen([1]).await;
    bench.intervals(2).await;
    bench.net.manner(&address(1), Manner::Dawdles(2 * SECOND));
    let command = configure(&serde_json::json!({ "fanspeed": 70 }));
    let told = bench.farm.router.ask(Order { mac: mac(1), command }, SOON * 10);
    let removed = async {
        while bench.net.sent(&address(1)).is_empty() {
            tokio::time::sleep(SECOND / 10).await;
        }
        assert!(bench.remove(1).await);
        bench.net.asked(&address(1))
    };
    let (told, asked) = futures_util::future::join(told, removed).await;
    let told = told.unwrap();
    assert!(matches!(&told, Err(CommandError::Lost { mac: lost, .. }) if *lost == mac(1)), "{told:?}");
    bench.intervals(10).await;
    assert_eq!((bench.net.asked(&address(1)), bench.net.sent(&address(1)).len()), (asked, 1));
}

/// Removes miner 1 of two under a policy; these are to be remembered, and whether what is stored of it is.
async fn removed(delete_data: bool, remembered: &[Mac], stored: bool) {
    let folder = tempfile::tempdir().unwrap();
    let policy = Policy { delete_data, ..Policy::default() };
    let first = bench(&folder).await;
    first.farm.store.tell(KeepFound(vec![found(1), found(2)])).unwrap();
    let bench = first.reopened(policy, &folder).await;
    bench.imprint(1..=2).await;
    bench.listen(1..=2).await;
    // Some of what it says has been written, and what it said last is still to be.
    bench.intervals(4).await;
    assert!(bench.remove(1).await);
    assert_eq!(bench.remembered().await, remembered, "at once");
    bench.intervals(4).await;
    let bench = bench.reopened(policy, &folder).await;
    assert_eq!(bench.remembered().await, remembered, "and after a restart");
    assert_eq!(bench.stored().await, (stored, stored));
}

#[actix_rt::test]
async fn of_a_removed_device_all_but_its_record_is_kept() {
    removed(false, &[mac(1), mac(2)], true).await;
}

#[actix_rt::test]
async fn of_a_removed_device_nothing_is_kept_when_its_data_is_to_be_deleted() {
    removed(true, &[mac(2)], false).await;
}
