use std::io::{Read, Seek};

use jiff::Timestamp;
use shiftboss_kernel::testkit::Probe;
use shiftboss_kernel::{ChildEvent, InjectPanic, Strategy, SupervisorSpec, Tree, Watch};

use super::*;
use crate::pool::share::Reason;

const SECOND: Duration = Duration::from_secs(1);

fn record(connection: u32, reason: Option<Reason>) -> Record {
    Record {
        time: Timestamp::UNIX_EPOCH,
        connection,
        worker: "a.b".into(),
        job: "1".into(),
        difficulty: Some(1.0),
        share_difficulty: None,
        synthetic: false,
        reason,
    }
}

async fn started(log: Option<File>) -> (Tx<Ledger>, Tree) {
    let (ledger, bound) = Ledger::spec(log).bind();
    let tree = Tree::start("books", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await.unwrap();
    (ledger, tree)
}

#[actix_rt::test]
async fn every_share_is_a_line_of_the_log_and_in_the_sums() {
    let mut log = tempfile::tempfile().unwrap();
    let (ledger, _tree) = started(Some(log.try_clone().unwrap())).await;
    book(ledger.clone(), vec![record(1, None), record(2, Some(Reason::Stale))].into()).await.unwrap();
    book(ledger.clone(), vec![record(3, None)].into()).await.unwrap();
    let mut text = String::new();
    log.rewind().unwrap();
    log.read_to_string(&mut text).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|line| line["connection"].as_u64()).collect::<Vec<_>>(), [1, 2, 3].map(Some));
    let total = ledger.ask(Sums, SECOND).await.unwrap().total;
    assert_eq!((total.accepted, total.rejected(Reason::Stale)), (2, 1));
    assert_eq!(ledger.ask(Latest(1), SECOND).await.unwrap(), [record(3, None)]);
}

#[actix_rt::test]
async fn over_a_panic_the_books_stay_and_the_share_in_flight_is_booked_once() {
    let (ledger, tree) = started(None).await;
    let (mut probe, watcher, bound) = Probe::<ChildEvent>::new("watcher");
    let _watching =
        Tree::start("watching", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await.unwrap();
    tree.root().ask(Watch(watcher), SECOND).await.unwrap();
    book(ledger.clone(), vec![record(1, None)].into()).await.unwrap();
    let fault = InjectPanic { id: "ledger".into(), nth: 1 };
    tree.root().ask(fault, SECOND).await.unwrap().unwrap();
    book(ledger.clone(), vec![record(2, None)].into()).await.unwrap();
    assert_eq!(ledger.ask(Sums, SECOND).await.unwrap().total.accepted, 2);
    probe.expect(SECOND).await;
}

#[actix_rt::test]
async fn a_log_that_cannot_be_written_leaves_the_sums_right() {
    let (ledger, _tree) = started(Some(File::open("/dev/null").unwrap())).await;
    book(ledger.clone(), vec![record(1, None)].into()).await.unwrap();
    assert_eq!(ledger.ask(Sums, SECOND).await.unwrap().total.accepted, 1);
}
