//! Who is who: devices under new addresses, and others under theirs.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::Error;
use crate::record::{Found, Observation};
use crate::router::Sighted;
use crate::testing::{START_MS, full_info};

/// A device that says its MAC.
fn says(index: u16, at: u16) -> Found {
    let body = full_info(&json!({"macAddr": mac(index).to_string()}));
    let seen = Observation::parse(body.as_bytes(), START_MS).unwrap();
    Found { mac: mac(index), address: address(at), seen: Arc::new(seen) }
}

fn body(index: u16) -> Answer {
    Answer::Body(says(index, index).seen.body.to_string())
}

impl Bench {
    async fn sighted(&self, found: Vec<Found>) {
        self.farm.router.ask(Sighted(found), SOON).await.unwrap();
    }

    async fn imprint_refused(&self, found: Vec<Found>) -> Error {
        self.farm.router.ask(Imprint(found), SOON).await.unwrap().unwrap_err()
    }
}

#[actix_rt::test]
async fn a_device_that_comes_back_elsewhere_keeps_its_record_and_what_it_said_and_is_polled_there() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=2).await;
    bench.net.answer(&address(1), body(1));
    bench.listen(1..=2).await;
    bench.intervals(2).await;
    let before = bench.view(1).await;

    bench.net.silence(&address(1));
    bench.net.answer(&address(9), body(1));
    bench.sighted(vec![says(1, 9), says(7, 7)]).await;
    bench.intervals(2).await;
    let view = bench.view(1).await;
    assert_eq!((view.record.address.as_str(), view.status.state), (address(9).as_str(), State::Online));
    assert_eq!(view.record.created_ms, before.record.created_ms);
    assert_eq!(bench.views().await.len(), 2, "one that is not imprinted stays out");

    let net = bench.net.clone();
    bench.stop().await;
    let again = Bench::new(&folder.path().join("farm.redb"), &net, Policy::default()).await;
    assert_eq!(again.view(1).await.record.address, address(9), "also after a restart");
}

#[actix_rt::test]
async fn a_device_seen_where_it_is_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    let before = bench.view(1).await.record;
    bench.intervals(1).await;
    bench.sighted(vec![says(1, 1)]).await;
    assert_eq!(bench.view(1).await.record, before);
}

#[actix_rt::test]
async fn another_device_at_a_known_address_is_refused_and_both_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.net.answer(&address(1), body(1));
    bench.listen([1]).await;
    bench.intervals(2).await;
    let before = bench.view(1).await;
    bench.net.answer(&address(1), body(9));
    bench.intervals(1).await;
    let view = bench.view(1).await;
    assert_eq!((view.status.state, view.status.stranger), (State::Offline, Some(mac(9))));
    let fault = view.status.fault.as_deref().unwrap();
    assert!(fault.contains(&mac(1).to_string()) && fault.contains(&mac(9).to_string()), "{fault}");
    assert_eq!(
        view.seen.unwrap().mac,
        before.seen.unwrap().mac,
        "what the other says is not taken for its own"
    );

    bench.net.answer(&address(1), body(1));
    bench.intervals(1).await;
    let status = bench.view(1).await.status;
    assert_eq!((status.state, status.stranger), (State::Online, None));
}

#[actix_rt::test]
async fn two_devices_are_not_imprinted_at_one_address() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    let taken = Error::AddressTaken { address: address(1), mac: mac(2), known: mac(1) };
    assert_eq!(bench.imprint_refused(vec![says(3, 3), says(2, 1)]).await, taken);
    assert_eq!(bench.views().await.len(), 1, "nothing of it is done");
    bench.imprint_refused(vec![says(4, 4), says(5, 4)]).await;

    // The one that was there has moved: then the other can be.
    bench.sighted(vec![says(1, 9)]).await;
    bench.farm.router.ask(Imprint(vec![says(2, 1)]), SOON).await.unwrap().unwrap();
    assert_eq!(bench.views().await.len(), 2);
}
