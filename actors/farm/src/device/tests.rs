use std::rc::Rc;
use std::sync::{Arc, Mutex};

use actix::{Handler, MessageResult};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use shiftboss_axeos::command::Request;
use shiftboss_kernel::testkit::Probe;
use shiftboss_kernel::{Chaos, Restart, Spec, Strategy, SupervisorSpec, Tree, Tx, supervised};
use tokio::sync::oneshot;

use super::life::Miss;
use super::transport::{Connect, Reply, Transport};
use super::{Amend, Device, Surroundings};
use crate::Clock;
use crate::directory::{Look, Report};
use crate::record::{Desired, Record, State, View};
use crate::testing::{Answer, Net, SECOND, SOON, START_MS, address, info, mac, polling};

mod commands;

/// A directory that knows nothing.
struct Blank;

impl actix::Actor for Blank {
    type Context = shiftboss_kernel::Ctx<Self>;
}
supervised!(Blank);

impl Handler<Look> for Blank {
    type Result = MessageResult<Look>;

    fn handle(&mut self, _: Look, _: &mut Self::Context) -> Self::Result {
        MessageResult(None::<View>)
    }
}

fn record() -> Record {
    Record {
        mac: mac(1),
        address: address(1),
        created_ms: START_MS,
        updated_ms: START_MS,
        listening: true,
        trace_logs: false,
        preset: None,
        desired: Desired::default(),
    }
}

struct Alone {
    net: Net,
    device: Tx<Device>,
    reports: Probe<Report>,
    _tree: Tree,
}

/// A device between a network and a probe.
async fn alone(answer: Answer) -> Alone {
    struck(answer, Chaos::default()).await
}

/// The same, in a tree that suffers faults on purpose.
async fn struck(answer: Answer, chaos: Chaos) -> Alone {
    tokio::time::pause();
    let net = Net::default();
    net.answer(&address(1), answer);
    let connect = net.connect();
    over(net, connect, chaos).await
}

/// A device between a way to the network and a probe.
async fn over(net: Net, connect: Connect, chaos: Chaos) -> Alone {
    let (reports, to, probe) = Probe::new("probe");
    let (_, ignored, second_probe) = Probe::new("ignored");
    let (directory, blank) = Spec::new("directory", || Blank).bind();
    let around = Arc::new(Surroundings {
        polling: polling(),
        connect,
        directory: directory.to(),
        reports: [to, ignored],
        clock: Clock::tokio(START_MS),
    });
    let make = move || Device::new(Arc::new(record()), Arc::clone(&around));
    let (device, bound) = Spec::new("device", make).restart(Restart::Permanent).bind();
    let spec = [probe, second_probe, blank, bound]
        .into_iter()
        .fold(SupervisorSpec::new(Strategy::OneForOne), SupervisorSpec::child);
    let tree = Tree::start_with("root", spec, chaos).await.unwrap();
    let mut alone = Alone { net, device, reports, _tree: tree };
    assert_eq!(alone.next().await.status.state, State::Waiting, "what it reports before any poll");
    alone
}

impl Alone {
    async fn next(&mut self) -> Report {
        self.reports.expect(SOON * 10).await
    }

    async fn fault(&mut self) -> String {
        self.next().await.status.fault.expect("a fault").to_string()
    }
}

#[actix_rt::test]
async fn a_device_is_polled_once_an_interval_and_reports_what_it_says() {
    let mut alone = alone(Answer::Body(info("axe"))).await;
    let first = alone.next().await;
    assert_eq!(first.status.state, State::Online);
    let at = tokio::time::Instant::now();
    for polls in 2..10 {
        let seen = alone.next().await.seen.expect("a reading");
        assert_eq!((seen.hostname.as_str(), seen.reading.hashrate_ghs), ("axe", Some(700.0)));
        assert_eq!(alone.net.asked(&address(1)), polls);
    }
    assert_eq!(at.elapsed().as_secs_f64().round(), 40.0, "eight intervals");
}

#[actix_rt::test]
async fn a_poll_that_is_lost_costs_one_reading_and_not_the_device() {
    let chaos = Chaos::new(1, ["drop every=2 message=Poll".parse().unwrap()]);
    let mut alone = struck(Answer::Body(info("axe")), chaos).await;
    alone.next().await;
    let at = tokio::time::Instant::now();
    for _ in 0..4 {
        assert_eq!(alone.next().await.status.state, State::Online);
    }
    assert_eq!(at.elapsed().as_secs_f64().round(), 40.0, "every other interval");
}

#[actix_rt::test]
async fn a_slow_device_has_one_request_in_flight_and_keeps_its_moment() {
    let mut alone = alone(Answer::After(3 * SECOND, info("axe"))).await;
    for _ in 0..5 {
        assert_eq!(alone.next().await.status.state, State::Online);
    }
    assert_eq!(alone.net.most_in_flight(&address(1)), 1);
    assert_eq!(alone.net.asked(&address(1)), 5);
}

#[actix_rt::test]
async fn a_silent_device_is_stale_first_then_offline_and_no_reading_is_invented() {
    let mut alone = alone(Answer::Body(info("axe"))).await;
    alone.next().await;
    alone.net.answer(&address(1), Answer::Never);
    for (state, misses) in [(State::Stale, 1), (State::Offline, 2), (State::Offline, 3)] {
        let report = alone.next().await;
        assert_eq!((report.status.state, report.status.misses), (state, misses));
        assert_eq!(report.status.fault.as_deref(), Some("it did not answer within 4s"));
        assert!(report.seen.is_none());
    }
    alone.net.answer(&address(1), Answer::Body(info("axe")));
    assert_eq!(alone.next().await.status.state, State::Online);
}

#[actix_rt::test]
async fn a_device_that_cannot_be_reached_is_offline_at_once() {
    let mut alone = alone(Answer::Body(info("axe"))).await;
    alone.next().await;
    alone.net.answer(&address(1), Answer::Miss(Miss::Unreachable("connection refused".into())));
    assert_eq!(alone.next().await.status.state, State::Offline);
}

#[actix_rt::test]
async fn whatever_else_comes_instead_of_an_answer_is_a_miss_that_says_what_it_was() {
    let large = format!(r#"{{"ASICModel":"BM1368","pad":"{}"}}"#, "x".repeat(10_000));
    let cases = [
        (Answer::Body("<html><body>AxeOS</body></html>".into()), "web page"),
        (Answer::Body(info("axe")[..40].to_owned()), "in the middle of its JSON"),
        (Answer::Body(String::new()), "empty"),
        (Answer::Body(r#"{"error":"unknown route"}"#.into()), "ASICModel"),
        (Answer::Body(large), "larger than 4096 bytes"),
        (Answer::Miss(Miss::Status(302)), "status 302"),
        (Answer::Body(r#"{"ASICModel":"BM1368","macAddr":"02:00:00:00:00:09"}"#.into()), "another device"),
    ];
    let mut alone = alone(Answer::Body(info("axe"))).await;
    alone.next().await;
    for (answer, expected) in cases {
        alone.net.answer(&address(1), answer);
        let fault = alone.fault().await;
        assert!(fault.contains(expected), "{fault}");
    }
    alone.net.answer(&address(1), Answer::Body(info("axe")));
    assert_eq!(alone.next().await.status.state, State::Online);
}

#[actix_rt::test]
async fn a_device_that_is_not_listened_to_any_more_is_not_polled_even_if_a_request_is_in_flight() {
    let mut alone = alone(Answer::After(3 * SECOND, info("axe"))).await;
    while alone.net.asked(&address(1)) == 0 {
        tokio::time::sleep(SECOND / 10).await;
    }
    let silent = Record { listening: false, ..record() };
    alone.device.ask(Amend(Arc::new(silent)), SOON).await.unwrap();
    assert_eq!(alone.next().await.status.state, State::Idle);
    alone.reports.expect_none(60 * SECOND).await;
    assert_eq!(alone.net.asked(&address(1)), 1);
}

#[actix_rt::test]
async fn a_device_that_moved_is_polled_at_its_new_address() {
    let mut alone = alone(Answer::Body(info("axe"))).await;
    alone.next().await;
    alone.net.answer(&address(2), Answer::Body(info("axe")));
    alone.device.ask(Amend(Arc::new(Record { address: address(2), ..record() })), SOON).await.unwrap();
    assert!(alone.next().await.seen.is_none(), "what is reported when it moves");
    assert!(alone.next().await.seen.is_some());
    assert_eq!((alone.net.asked(&address(1)), alone.net.asked(&address(2))), (1, 1));
}

/// The answer to the request that is in flight, for the test to send.
type Gate = Arc<Mutex<Option<oneshot::Sender<Result<Bytes, Miss>>>>>;

struct Gated(Gate);

impl Transport for Gated {
    fn get_info(&self, _: &str, _: usize) -> LocalBoxFuture<'static, Result<Bytes, Miss>> {
        let (sender, answer) = oneshot::channel();
        *self.0.lock().unwrap() = Some(sender);
        Box::pin(async move { answer.await.unwrap() })
    }

    fn send(&self, _: &str, _: &Request, _: usize) -> LocalBoxFuture<'static, Result<Reply, Miss>> {
        unreachable!("no command is given")
    }
}

#[actix_rt::test]
async fn an_answer_that_comes_together_with_the_wish_not_to_poll_changes_nothing() {
    tokio::time::pause();
    let gate = Gate::default();
    let gated = Arc::clone(&gate);
    let connect: Connect = Arc::new(move || Rc::new(Gated(Arc::clone(&gated))));
    let mut alone = over(Net::default(), connect, Chaos::default()).await;
    let answer = loop {
        tokio::time::sleep(SECOND / 10).await;
        if let Some(answer) = gate.lock().unwrap().take() {
            break answer;
        }
    };
    // The device finds both in one turn, and looks at its mailbox first.
    answer.send(Ok(info("axe").into())).unwrap();
    alone.device.tell(Amend(Arc::new(Record { listening: false, ..record() }))).unwrap();
    assert_eq!(alone.next().await.status.state, State::Idle);
    alone.reports.expect_none(60 * SECOND).await;
    assert!(gate.lock().unwrap().is_none(), "and it is not polled");
}
