use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use shiftboss_kernel::{Action, Strategy, SupervisorSpec, Tree, Tx};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::pool::{
    Admission, Config, Difficulty, Ledger, Limits, Style, Sums, Tempo, Wired, Work, mark, wire,
};

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

const HANDSHAKE: &[u8] = b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n\
    {\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"a.b\",\"x\"]}\n";

/// A pool that runs.
struct Rig {
    address: SocketAddr,
    ledger: Tx<Ledger>,
    tree: Tree,
}

fn config() -> Config {
    Config {
        listener: std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
        style: Style::Nicehash,
        difficulty: Difficulty::Fixed(1e6),
        admission: Admission::Any,
        tempo: Tempo { job: Duration::from_secs(3_600), block: Duration::from_secs(3_600) },
        extranonce_blocks: 0,
        accept_synthetic: true,
        share_log: None,
        seed: 1,
        limits: Limits::default(),
    }
}

impl Rig {
    async fn new(config: Config) -> Self {
        let address = config.listener.local_addr().unwrap();
        let Wired { bound, ledger, .. } = wire(config, None, None).unwrap();
        // As the program's own top: the branch alone is started again, which a test would take for good.
        let spec = SupervisorSpec::new(Strategy::OneForOne).intensity(0, Duration::from_secs(1)).child(bound);
        Self { address, ledger, tree: Tree::start("top", spec).await.unwrap() }
    }

    async fn with(limits: Limits) -> Self {
        Self::new(Config { limits, ..config() }).await
    }

    async fn connect(&self) -> Miner {
        Miner(BufReader::new(TcpStream::connect(self.address).await.unwrap()))
    }
}

/// A miner's end of a connection.
struct Miner(BufReader<TcpStream>);

impl Miner {
    async fn says(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).await.unwrap();
    }

    /// The next line; none when the pool hung up.
    async fn line(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = tokio::time::timeout(SOON, self.0.read_line(&mut line)).await.expect("in time");
        // A reset is a hang-up too: the pool left something of ours unread.
        if read.unwrap_or(0) == 0 { None } else { Some(serde_json::from_str(&line).unwrap()) }
    }

    /// Waits for the first job.
    async fn job(&mut self) -> Work {
        loop {
            let line = self.line().await.expect("the pool goes on");
            if line["method"] == "mining.notify" {
                let params = serde_json::value::to_raw_value(&line["params"]).unwrap();
                return Work::from_notify(&params).unwrap();
            }
        }
    }

    async fn begins(&mut self) -> (String, Work) {
        self.says(HANDSHAKE).await;
        let subscribed = self.line().await.unwrap();
        (subscribed["result"][1].as_str().unwrap().to_owned(), self.job().await)
    }

    /// Sends so many marked shares in one segment, and counts how many were accepted.
    async fn mines(&mut self, extranonce1: &str, work: &Work, count: u32) -> u32 {
        let extranonce1 = super::super::hex::bytes(extranonce1).unwrap();
        let share = |number: u32| {
            let header = work.header(&extranonce1, &number.to_be_bytes());
            let (id, ntime, nonce) = (&work.id, header.ntime, mark(&header));
            format!(
                "{{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"a.b\",\"{id}\",\"{number:08x}\",\"{ntime:08x}\",\"{nonce:08x}\"]}}\n"
            )
        };
        let segment: String = (0..count).map(share).collect();
        self.says(segment.as_bytes()).await;
        let mut accepted = 0;
        for _ in 0..count {
            accepted += u32::from(self.line().await.unwrap()["result"] == true);
        }
        accepted
    }
}

#[actix_rt::test]
async fn of_many_miners_at_once_no_share_is_lost() {
    let rig = Rig::new(config()).await;
    let miners = futures_util::future::join_all((0..50).map(async |_| {
        let mut miner = rig.connect().await;
        let (extranonce1, work) = miner.begins().await;
        (miner.mines(&extranonce1, &work, 200).await, extranonce1)
    }))
    .await;
    assert!(miners.iter().all(|(accepted, _)| *accepted == 200));
    let extranonces: std::collections::HashSet<_> = miners.into_iter().map(|(_, own)| own).collect();
    assert_eq!(extranonces.len(), 50);
    let total = rig.ledger.ask(Sums, SOON).await.unwrap().total;
    assert_eq!((total.accepted, total.synthetic, total.rejected_total()), (10_000, 10_000, 0));
}

#[actix_rt::test]
async fn a_line_may_come_in_halves_and_many_in_one_piece() {
    let rig = Rig::new(config()).await;
    let mut miner = rig.connect().await;
    let ping = b"{\"id\":\"a\",\"method\":\"mining.ping\",\"params\":[]}\r\n";
    miner.says(&ping[..20]).await;
    tokio::task::yield_now().await;
    miner.says(&[&ping[20..], b"\n\n", ping, ping].concat()).await;
    for _ in 0..3 {
        assert_eq!(miner.line().await.unwrap()["result"], "pong");
    }
}

#[actix_rt::test]
async fn garbage_and_a_line_without_end_are_hung_up_on_and_the_others_stay() {
    let rig = Rig::new(Config { style: Style::Ckpool, ..config() }).await;
    let mut good = rig.connect().await;
    good.begins().await;
    let mut garbage = rig.connect().await;
    garbage.says(b"GET / HTTP/1.0\n").await;
    let mut words = String::new();
    garbage.0.read_to_string(&mut words).await.unwrap();
    assert_eq!(words, "Invalid JSON, disconnecting\n");
    let mut endless = rig.connect().await;
    endless.says(&[b'x'; 1_025]).await;
    assert_eq!(endless.line().await, None);
    assert_eq!(good.line().await.unwrap()["id"], 2, "its work came before");
    good.says(b"{\"id\":1,\"method\":\"mining.ping\"}\n").await;
    assert_eq!(good.line().await.unwrap()["result"], "pong");
}

#[actix_rt::test]
async fn whoever_is_silent_is_hung_up_on_before_and_after_it_works() {
    let short = Duration::from_millis(100);
    let rig = Rig::with(Limits { handshake: short, ..Limits::default() }).await;
    let (mut silent, mut working) = (rig.connect().await, rig.connect().await);
    working.begins().await;
    assert_eq!(silent.line().await, None);
    working.says(b"{\"id\":1,\"method\":\"mining.ping\"}\n").await;
    assert_eq!(working.line().await.unwrap()["result"], "pong");

    let rig = Rig::with(Limits { idle: short, ..Limits::default() }).await;
    let mut miner = rig.connect().await;
    miner.begins().await;
    assert_eq!(miner.line().await, None);
}

#[actix_rt::test]
async fn whoever_comes_when_all_seats_are_taken_waits_for_one() {
    let rig = Rig::with(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = rig.connect().await;
    first.begins().await;
    let mut second = rig.connect().await;
    second.says(HANDSHAKE).await;
    let waiting = tokio::time::timeout(Duration::from_millis(50), second.0.fill_buf()).await;
    assert!(waiting.is_err(), "it is not served yet");
    drop(first);
    second.job().await;
}

#[actix_rt::test]
async fn a_miner_that_takes_nothing_is_hung_up_on_at_the_limit() {
    let tempo = Tempo { job: Duration::from_millis(5), block: Duration::from_secs(3_600) };
    let limits = Limits { unsent_bytes: 100, ..Limits::default() };
    let rig = Rig::new(Config { tempo, limits, ..config() }).await;
    let mut miner = rig.connect().await;
    // The answer to so much is more than the limit, in one piece.
    miner.says(&b"{\"id\":1,\"method\":\"mining.ping\"}\n".repeat(100)).await;
    assert_eq!(miner.line().await, None);
}

#[actix_rt::test]
async fn miners_are_told_of_every_job_and_block() {
    let tempo = Tempo { job: Duration::from_millis(20), block: Duration::from_millis(70) };
    let rig = Rig::new(Config { tempo, ..config() }).await;
    let mut miner = rig.connect().await;
    let (_, mut last) = miner.begins().await;
    let (mut jobs, mut blocks) = (0, 0);
    for _ in 0..20 {
        let next = miner.job().await;
        assert_eq!(next.is_clean, next.previous != last.previous);
        if next.is_clean {
            blocks += 1;
        } else {
            jobs += 1;
        }
        last = next;
    }
    assert!(blocks > 1 && jobs > blocks, "{jobs} jobs and {blocks} blocks");
}

#[actix_rt::test]
async fn a_new_start_of_clock_door_or_ledger_costs_no_connection_no_job_and_no_sum() {
    let rig = Rig::new(config()).await;
    let mut miner = rig.connect().await;
    let (extranonce1, work) = miner.begins().await;
    assert_eq!(miner.mines(&extranonce1, &work, 2).await, 2);
    let operator = rig.tree.operator();
    for id in ["clock", "door", "ledger"] {
        let path = format!("mockpool/{id}");
        operator.order(&path, Action::Terminate, SOON).await.unwrap();
        operator.order(&path, Action::Restart, SOON).await.unwrap();
    }
    assert_eq!(miner.mines(&extranonce1, &work, 3).await, 1, "two are known already");
    assert_eq!(rig.ledger.ask(Sums, SOON).await.unwrap().total.accepted, 3);
    let mut later = rig.connect().await;
    assert_eq!(later.begins().await.1.id, work.id);
}

#[actix_rt::test]
async fn no_share_is_answered_before_it_is_in_the_books() {
    let rig = Rig::new(config()).await;
    let mut miner = rig.connect().await;
    let (extranonce1, work) = miner.begins().await;
    let operator = rig.tree.operator();
    operator.order("mockpool/ledger", Action::Terminate, SOON).await.unwrap();
    {
        let mut mining = std::pin::pin!(miner.mines(&extranonce1, &work, 1));
        let early = tokio::time::timeout(Duration::from_millis(100), &mut mining).await;
        assert!(early.is_err(), "there are no books to be in");
        operator.order("mockpool/ledger", Action::Restart, SOON).await.unwrap();
        assert_eq!(mining.await, 1);
    }
    assert_eq!(rig.ledger.ask(Sums, SOON).await.unwrap().total.accepted, 1);
}

#[actix_rt::test]
async fn at_the_end_every_connection_is_closed() {
    let mut rig = Rig::new(config()).await;
    let mut miner = rig.connect().await;
    miner.begins().await;
    rig.tree.shutdown();
    rig.tree.ended().await;
    assert_eq!(miner.line().await, None);
}
