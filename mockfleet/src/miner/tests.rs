use std::net::{Ipv4Addr, TcpListener};

use serde_json::Value;
use shiftboss_kernel::{Backoff, InjectPanic, Refused, Strategy, SupervisorSpec, Tree, Tx};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const HABITS: Habits = Habits { host: IpAddr::V4(Ipv4Addr::LOCALHOST), seed: 1, logs: false };

/// A miner under a supervisor of its own.
struct Rig {
    miner: Tx<Miner>,
    tree: Tree,
}

impl Rig {
    async fn new(port: u16, habits: Habits) -> Self {
        Self::of(Miner::spec(0, port, habits, Kept::default())).await
    }

    async fn of(spec: Spec<Miner>) -> Self {
        let (miner, bound) = spec.bind();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
        Self { miner, tree: Tree::start("rig", spec).await.expect("a miner starts whatever its port is") }
    }

    async fn body(&self) -> Result<Value, Error> {
        let body = self.miner.ask(Info, SECOND).await.expect("the miner answers")?;
        Ok(serde_json::from_slice(&body).unwrap())
    }

    async fn patch(&self, body: &str) -> Result<(), Error> {
        let patch = Patch::parse(body.as_bytes()).unwrap();
        self.miner.ask(Apply(patch), SECOND).await.expect("the miner answers")
    }

    async fn restart(&self) -> Result<(), Error> {
        self.miner.ask(Restart, SECOND).await.expect("the miner answers")
    }

    async fn state(&self) -> MinerState {
        self.miner.ask(State, SECOND).await.expect("the miner answers")
    }

    async fn panic_and_come_back(&self) {
        let fault = InjectPanic { id: self.miner.id().into(), nth: 1 };
        self.tree
            .root()
            .ask(fault, SECOND)
            .await
            .expect("the supervisor answers")
            .expect("it knows the miner");
        assert_eq!(self.miner.ask(State, SECOND).await, Err(Refused::Gone));
        self.miner.ask(State, 10 * SECOND).await.expect("the miner is back");
    }
}

/// An address of this machine that no other test and no other program uses, so that a free port of it stays free.
fn own_host(test: u8) -> IpAddr {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    Ipv4Addr::new(127, high | 0x80, low, test).into()
}

fn free_port(host: IpAddr) -> u16 {
    TcpListener::bind((host, 0)).unwrap().local_addr().unwrap().port()
}

/// Keeps every error that is logged, for a test to look for its own.
struct Errors(Mutex<Vec<String>>);

static ERRORS: Errors = Errors(Mutex::new(Vec::new()));

impl log::Log for Errors {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() == log::Level::Error
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[actix_rt::test]
async fn a_restart_takes_5_s_in_which_every_request_is_refused() {
    tokio::time::pause();
    let rig = Rig::new(0, HABITS).await;
    rig.restart().await.unwrap();
    tokio::time::advance(Duration::from_millis(4_990)).await;
    assert!(matches!(rig.body().await, Err(Error::Restarting)));
    assert!(matches!(rig.patch("{}").await, Err(Error::Restarting)));
    assert!(matches!(rig.restart().await, Err(Error::Restarting)), "a second one does not prolong the first");
    assert!(rig.state().await.restarting);
    tokio::time::advance(Duration::from_millis(10)).await;
    assert!(!rig.state().await.restarting);
    rig.body().await.unwrap();
}

#[actix_rt::test]
async fn uptime_counts_seconds_and_runs_on_over_a_restart() {
    tokio::time::pause();
    let rig = Rig::new(0, HABITS).await;
    assert_eq!(rig.body().await.unwrap()["uptimeSeconds"], 0);
    tokio::time::advance(90 * SECOND).await;
    assert_eq!(rig.body().await.unwrap()["uptimeSeconds"], 90);
    rig.restart().await.unwrap();
    tokio::time::advance(5 * SECOND).await;
    assert_eq!(rig.body().await.unwrap()["uptimeSeconds"], 95);
}

#[actix_rt::test]
async fn a_patch_shows_in_every_answer_and_names_the_miner_anew() {
    let rig = Rig::new(0, HABITS).await;
    rig.patch(r#"{"hostname":"axe","frequency":1}"#).await.unwrap();
    rig.patch(r#"{"frequency":2,"extra":[]}"#).await.unwrap();
    for _ in 0..3 {
        let body = rig.body().await.unwrap();
        assert_eq!(
            (&body["hostname"], &body["frequency"], &body["extra"]),
            (&"axe".into(), &2.into(), &Value::Array(vec![]))
        );
    }
    assert_eq!(rig.state().await.hostname, "mockaxe1", "the fleet knows it by its own name");
}

#[actix_rt::test]
async fn a_panic_costs_uptime_and_a_restart_but_no_patch_and_no_port() {
    tokio::time::pause();
    let host = own_host(1);
    let port = free_port(host);
    let pause = Backoff::new(4 * SECOND, 4 * SECOND);
    let rig = Rig::of(Miner::spec(0, port, Habits { host, ..HABITS }, Kept::default()).backoff(pause)).await;
    rig.patch(r#"{"hostname":"axe"}"#).await.unwrap();
    rig.restart().await.unwrap();
    tokio::time::advance(SECOND).await;
    rig.panic_and_come_back().await;
    let body = rig.body().await.unwrap();
    assert_eq!((&body["hostname"], &body["uptimeSeconds"]), (&"axe".into(), &0.into()));
    assert_eq!(rig.state().await.port, Some(port), "the port of the old value was free again");
}

#[actix_rt::test]
async fn a_taken_port_is_told_once_and_taken_over_when_it_is_free() {
    log::set_logger(&ERRORS).expect("no other test sets a logger");
    log::set_max_level(log::LevelFilter::Error);
    tokio::time::pause();
    let host = own_host(2);
    let other = TcpListener::bind((host, 0)).unwrap();
    let address = other.local_addr().unwrap();
    let rig = Rig::new(address.port(), Habits { host, ..HABITS }).await;
    tokio::time::sleep(12 * SECOND).await;
    assert_eq!(rig.state().await.port, None);
    drop(other);
    tokio::time::sleep(5 * SECOND).await;
    assert_eq!(rig.state().await.port, Some(address.port()));
    let told = ERRORS.0.lock().unwrap().clone();
    let told: Vec<_> = told.iter().filter(|error| error.contains(&address.to_string())).collect();
    let [told] = told[..] else { panic!("{told:?}") };
    assert!(told.starts_with(&format!("mockaxe1 cannot listen on {address} ")), "{told}");
    assert!(told.contains("mockfleet.ports") && !told.contains('\n'), "{told}");
}

#[actix_rt::test]
async fn after_a_panic_it_listens_on_its_port_again_whoever_was_connected() {
    let host = own_host(4);
    let port = free_port(host);
    let rig = Rig::new(port, Habits { host, ..HABITS }).await;
    let mut client = TcpStream::connect((host, port)).await.unwrap();
    client.write_all(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n").await.unwrap();
    client.read_u8().await.unwrap();
    rig.panic_and_come_back().await;
    assert_eq!(rig.state().await.port, Some(port));
}

#[actix_rt::test]
async fn a_port_is_closed_with_its_miner() {
    let host = own_host(3);
    let port = free_port(host);
    let mut rig = Rig::new(port, Habits { host, ..HABITS }).await;
    assert!(TcpListener::bind((host, port)).is_err());
    rig.tree.shutdown();
    rig.tree.ended().await;
    assert!(TcpListener::bind((host, port)).is_ok());
}
