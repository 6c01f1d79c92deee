//! The server on a real socket.

use std::net::SocketAddr;
use std::time::Duration;

use actix::{Handler, Message};
use futures_util::future::join;
use shiftboss_kernel::testkit::Probe;
use shiftboss_kernel::{
    ChildEvent, News, Phase, RestartChild, Strategy, Supervisor, SupervisorSpec, Terminate, Tree, Tx, Watch,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::*;
use crate::testing::{BEAT, Bench};

const SOON: Duration = Duration::from_secs(10);

/// A fault in the server's own actor.
#[derive(Message)]
#[rtype(result = "()")]
struct Boom;

impl Handler<Boom> for Http {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        panic!("boom");
    }
}

/// An end of the server that its actor did not ask for.
#[derive(Message)]
#[rtype(result = "()")]
struct Fell;

impl Handler<Fell> for Http {
    type Result = ();

    fn handle(&mut self, _: Fell, _: &mut Ctx<Self>) {
        drop(self.server.as_ref().unwrap().stop(false));
    }
}

struct Site {
    address: SocketAddr,
    http: Tx<Http>,
    tree: Tree,
    /// The farm that it serves.
    bench: Bench,
}

impl Site {
    async fn open() -> Self {
        let bench = Bench::on_real_time().await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (http, bound) = spec(listener, 2, bench.api.clone()).bind();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
        let tree = Tree::start("site", spec).await.unwrap();
        Self { address, http, tree, bench }
    }

    fn supervisor(&self) -> Tx<Supervisor> {
        self.tree.root()
    }

    /// All that comes back for a whole request on a connection of its own.
    async fn ask(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn status(&self) -> String {
        let answer = self.ask(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        answer.lines().next().unwrap_or_default().to_owned()
    }

    /// A request whose head the server has, and whose body it waits for.
    async fn begun(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head =
            "PUT /devices/listen HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream
    }

    async fn has_begun_to_stop(&self) {
        let observer = self.tree.observer();
        let runs = async || observer.snapshot(SOON).await.children[0].phase == Phase::Running;
        let stopping = async { while runs().await {} };
        tokio::time::timeout(SOON, stopping).await.unwrap();
    }

    /// Waits until exactly these threads are watched.
    async fn watched(&self, names: &[&str]) {
        let sorted = || {
            let pulses = self.bench.api.watchdog.pulses();
            let mut names: Vec<_> = pulses.iter().map(|pulse| pulse.arbiter.to_string()).collect();
            names.sort_unstable();
            names
        };
        let reached = async {
            while sorted() != names {
                tokio::time::sleep(BEAT).await;
            }
        };
        let reached = tokio::time::timeout(SOON, reached).await;
        assert!(reached.is_ok(), "{:?}, and not {names:?}", sorted());
    }

    async fn close(mut self) -> Exit {
        self.tree.shutdown();
        self.tree.ended().await
    }
}

#[actix_web::test]
async fn it_answers_on_the_port_that_it_was_given() {
    let site = Site::open().await;
    assert_eq!(site.status().await, "HTTP/1.1 200 OK");
    assert_eq!(site.close().await, Exit::Shutdown);
}

#[actix_web::test]
async fn the_head_of_an_answer_has_the_length_of_the_body_that_is_left_out() {
    let site = Site::open().await;
    let answer = site.ask(b"HEAD /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.contains("content-length: 15\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    site.close().await;
}

#[actix_web::test]
async fn a_client_that_sends_far_too_much_can_read_that_it_did() {
    let site = Site::open().await;
    for head in ["content-length: 10000000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n989680\r\n"] {
        let mut request = b"PUT /devices/listen HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".to_vec();
        request.extend(head.as_bytes());
        request.resize(request.len() + 10_000_000, b' ');
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        // The server may have hung up before the last byte.
        let _ = stream.write_all(&request).await;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413");
    }
    site.close().await;
}

#[actix_web::test]
async fn a_restart_finds_its_port_whether_it_was_stopped_or_panicked() {
    let site = Site::open().await;
    for _ in 0..3 {
        assert!(site.http.ask(Boom, SOON).await.is_err());
        assert_eq!(site.status().await, "HTTP/1.1 200 OK");
    }
    site.supervisor().ask(Terminate("http".into()), SOON).await.unwrap().unwrap();
    assert!(site.supervisor().ask(RestartChild("http".into()), SOON).await.unwrap().is_ok());
    assert_eq!(site.status().await, "HTTP/1.1 200 OK");
    assert_eq!(site.close().await, Exit::Shutdown);
}

#[actix_web::test]
async fn its_threads_are_watched_and_those_of_a_new_server_take_the_names_of_the_old_ones() {
    let site = Site::open().await;
    for _ in 0..3 {
        site.watched(&["http:0", "http:1"]).await;
        site.supervisor().ask(Terminate("http".into()), SOON).await.unwrap().unwrap();
        site.watched(&[]).await;
        assert!(site.supervisor().ask(RestartChild("http".into()), SOON).await.unwrap().is_ok());
    }
    for _ in 0..3 {
        assert!(site.http.ask(Boom, SOON).await.is_err());
        assert_eq!(site.status().await, "HTTP/1.1 200 OK");
    }
    let two = async {
        while site.bench.api.watchdog.pulses().len() != 2 {
            tokio::time::sleep(BEAT).await;
        }
    };
    tokio::time::timeout(SOON, two).await.expect("those of servers that panicked are gone");
    site.close().await;
}

#[actix_web::test]
async fn a_server_that_ends_by_itself_is_a_failure_and_is_started_again() {
    let site = Site::open().await;
    let (mut probe, news, bound) = Probe::<ChildEvent>::new("probe");
    let watcher =
        Tree::start("watcher", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await.unwrap();
    site.supervisor().ask(Watch(news), SOON).await.unwrap();
    site.http.ask(Fell, SOON).await.unwrap();
    let failed =
        |event: &ChildEvent| matches!(&event.news, News::Exited(Exit::Failed(why)) if why.contains("ended"));
    probe.expect_where(SOON, failed).await;
    assert_eq!(site.status().await, "HTTP/1.1 200 OK");
    site.close().await;
    drop(watcher);
}

#[actix_web::test]
async fn a_request_that_has_begun_is_answered_before_the_server_stops() {
    let site = Site::open().await;
    let mut begun = site.begun().await;
    let supervisor = site.supervisor();
    let stop = async { supervisor.ask(Terminate("http".into()), SOON).await };
    let client = async {
        site.has_begun_to_stop().await;
        begun.write_all(br#"{"macs":[]}"#).await.unwrap();
        let mut answer = String::new();
        begun.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let (stopped, answer) = join(stop, client).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert_eq!(stopped, Ok(Ok(())));
}

#[actix_web::test]
async fn a_client_that_stays_connected_does_not_hold_up_the_stop() {
    let site = Site::open().await;
    let mut idle = TcpStream::connect(site.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut first = [0; 15];
    idle.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let began = Instant::now();
    assert_eq!(site.close().await, Exit::Shutdown);
    assert!(began.elapsed() < Duration::from_secs(STOP_WITHIN_SECONDS));
}
