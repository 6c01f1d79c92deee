use std::collections::BTreeSet;
use std::time::Duration;

use shiftboss_axeos::Mac;
use shiftboss_kernel::InjectPanic;

use super::{Imprint, Policy, Remove};
use crate::meter::Rows;
use crate::record::State;
use crate::testing::{Answer, Bench, Net, SECOND, SOON, address, found, info, mac};
use crate::testkit::Disk;

mod addresses;
mod orders;
mod parking;
mod removal;
mod revise;

async fn bench(folder: &tempfile::TempDir) -> Bench {
    tokio::time::pause();
    Bench::new(&folder.path().join("farm.redb"), &Net::default(), Policy::default()).await
}

impl Bench {
    async fn states(&self) -> BTreeSet<&'static str> {
        let name = |state| match state {
            State::Idle => "idle",
            State::Waiting => "waiting",
            State::Online => "online",
            State::Stale => "stale",
            State::Offline => "offline",
            State::Restarting => "restarting",
        };
        self.views().await.iter().map(|view| name(view.status.state)).collect()
    }

    /// Lets so many intervals pass, and what happens in them happen.
    async fn intervals(&self, count: u32) {
        tokio::time::sleep(5 * SECOND * count).await;
    }

    async fn remove(&self, index: u16) -> bool {
        self.farm.router.ask(Remove(mac(index)), SOON).await.unwrap().unwrap().is_some()
    }

    async fn measured(&self) -> usize {
        self.farm.meters[0].ask(Rows, SOON).await.unwrap().len()
    }
}

#[actix_rt::test]
async fn an_imprinted_device_is_listed_and_polled_only_when_it_is_listened_to() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=3).await;
    bench.intervals(3).await;
    assert_eq!((bench.states().await, bench.measured().await), (["idle"].into(), 0));
    assert_eq!(bench.net.asked(&address(1)), 0);

    bench.listen(1..=3).await;
    bench.intervals(2).await;
    assert_eq!((bench.states().await, bench.measured().await), (["online"].into(), 3));

    bench.listen([2]).await;
    assert_eq!((bench.states().await, bench.measured().await), (["idle", "online"].into(), 1));
}

#[actix_rt::test]
async fn listening_again_and_again_to_the_same_device_works() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    for round in 1..=5 {
        bench.listen([1]).await;
        bench.intervals(1).await;
        assert_eq!(bench.net.asked(&address(1)), round);
        bench.listen([]).await;
        bench.intervals(1).await;
        assert_eq!((bench.net.asked(&address(1)), bench.measured().await), (round, 0));
    }
}

#[actix_rt::test]
async fn devices_added_at_once_while_others_are_polled_are_all_listed() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=1_000).await;
    bench.listen(1..=1_000).await;
    bench.intervals(1).await;
    let one_by_one = (1_001..=1_050).map(|index| bench.farm.router.ask(Imprint(vec![found(index)]), SOON));
    for imprinted in futures_util::future::join_all(one_by_one).await {
        assert_eq!(imprinted.unwrap().unwrap().len(), 1);
    }
    assert_eq!(bench.views().await.len(), 1_050);
}

#[actix_rt::test]
async fn what_devices_say_goes_to_the_disk_in_one_write_a_flush_the_latest_of_each() {
    const DEVICES: u16 = 100;
    tokio::time::pause();
    let disk = Disk::default();
    let bench = Bench::over(disk.database().unwrap(), &Net::default(), Policy::default()).await;
    bench.imprint(1..=DEVICES).await;
    bench.listen(1..=DEVICES).await;
    bench.intervals(6).await;
    let before = disk.calls();
    bench.intervals(6).await;
    let calls = disk.calls() - before;
    assert!((1..u32::from(DEVICES)).contains(&calls), "{calls} for 600 answers");
}

#[actix_rt::test]
async fn after_a_restart_the_imprinted_devices_are_back_and_polled_without_any_call() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=3).await;
    bench.listen(1..=2).await;
    bench.intervals(2).await;
    let net = bench.net.clone();
    bench.stop().await;
    let asked = net.asked(&address(1));

    let again = Bench::new(&folder.path().join("farm.redb"), &net, Policy::default()).await;
    let seen: Vec<_> = again.views().await.iter().map(|view| view.seen.is_some()).collect();
    assert_eq!(seen, [true; 3], "what they said last is there before the first poll");
    again.intervals(2).await;
    assert_eq!((net.asked(&address(1)), net.asked(&address(3))), (asked + 2, 0));
}

#[actix_rt::test]
async fn auto_listen_polls_whatever_is_imprinted() {
    let folder = tempfile::tempdir().unwrap();
    let first = bench(&folder).await;
    first.imprint([1]).await;
    let net = first.net.clone();
    first.stop().await;
    let policy = Policy { auto_listen: true, ..Policy::default() };
    let bench = Bench::new(&folder.path().join("farm.redb"), &net, policy).await;
    bench.imprint([2]).await;
    bench.intervals(2).await;
    assert_eq!((net.asked(&address(1)), net.asked(&address(2))), (2, 2));
}

#[actix_rt::test]
async fn imprinting_a_device_anew_takes_its_new_address_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.listen([1]).await;
    let created = bench.views().await[0].record.created_ms;
    bench.intervals(2).await;

    bench.net.answer(&address(9), Answer::Body(info("axe1")));
    let moved = crate::record::Found { address: address(9), ..found(1) };
    bench.farm.router.ask(Imprint(vec![moved]), SOON).await.unwrap().unwrap();
    bench.intervals(1).await;
    let view = &bench.views().await[0];
    assert_eq!((view.record.created_ms, view.record.listening), (created, true));
    assert_eq!((bench.net.asked(&address(1)), bench.net.asked(&address(9))), (2, 1));
}

#[actix_rt::test]
async fn a_panic_in_one_of_a_hundred_devices_costs_the_others_no_poll() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=100).await;
    bench.listen(1..=100).await;
    bench.intervals(1).await;
    let id = crate::device::Device::id(mac(42));
    let inject = InjectPanic { id: id.as_str().into(), nth: 1 };
    bench.farm.pools[0].ask(inject, SOON).await.unwrap().unwrap();
    bench.intervals(10).await;

    for index in (1..=100).filter(|index| *index != 42) {
        assert_eq!(bench.net.asked(&address(index)), 11, "miner {index}");
    }
    assert_eq!(bench.net.asked(&address(42)), 10, "only the poll that was being handled is lost");
    let root = bench.tree.observer().snapshot(SOON).await;
    let pool = root.find(["devices", "pool:0"]).unwrap();
    let restarted: Vec<_> = pool.children.iter().filter(|device| device.restarts > 0).collect();
    assert_eq!(restarted.len(), 1);
    assert_eq!((&*restarted[0].id, restarted[0].restarts), (id.as_str(), 1));
    let exit = restarted[0].last_exit().unwrap();
    assert_eq!((exit.reason, exit.handling), ("panic", Some("shiftboss_farm::device::Poll")));
    assert_eq!(bench.states().await, ["online"].into());
}

#[actix_rt::test]
async fn a_restarted_device_takes_up_its_state_and_invents_no_reading() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.listen([1]).await;
    bench.intervals(1).await;
    let before = bench.views().await.remove(0);
    let inject = InjectPanic { id: crate::device::Device::id(mac(1)).into(), nth: 1 };
    bench.farm.pools[0].ask(inject, SOON).await.unwrap().unwrap();
    let lost = before.seen.as_ref().unwrap().at_ms;
    tokio::time::sleep(5 * SECOND - Duration::from_millis(1)).await;
    let after = bench.views().await.remove(0);
    assert_eq!(after.status, before.status);
    assert_eq!(after.seen.unwrap().at_ms, lost);
}

#[actix_rt::test]
async fn a_router_that_restarts_rebuilds_itself_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=10).await;
    bench.listen(1..=10).await;
    bench.intervals(1).await;
    let inject = InjectPanic { id: "router".into(), nth: 1 };
    bench.farm.devices.ask(inject, SOON).await.unwrap().unwrap();
    assert!(bench.farm.router.ask(Remove(mac(1)), SOON).await.is_err(), "it panicked over this one");
    assert!(bench.remove(2).await, "and serves again");
    bench.intervals(2).await;
    assert_eq!((bench.views().await.len(), bench.measured().await), (9, 9));
    assert_eq!(bench.states().await, ["online"].into());
}

#[actix_rt::test]
async fn a_change_that_fails_halfway_leaves_the_farm_as_the_disk_says() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=3).await;
    let inject = InjectPanic { id: crate::device::Device::id(mac(2)).into(), nth: 1 };
    bench.farm.pools[0].ask(inject, SOON).await.unwrap().unwrap();
    let macs = (1..=3).map(mac).collect();
    let listened = bench.farm.router.ask(super::Listen { macs, trace_logs: false }, SOON).await.unwrap();
    assert!(listened.is_err(), "one device panicked over it");

    bench.intervals(2).await;
    assert_eq!((bench.states().await, bench.measured().await), (["online"].into(), 3), "it was on the disk");
    bench.listen([]).await;
    bench.intervals(2).await;
    assert_eq!((bench.states().await, bench.measured().await), (["idle"].into(), 0), "and the router knows");
}
