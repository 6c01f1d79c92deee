//! Devices that mine at the mock pool: what they show is what is in its books. The clock stands still until all there
//! is waits for it, so that hours of mining take as long as their shares.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use shiftboss_kernel::{Strategy, SupervisorSpec, Tree, Tx};
use shiftboss_mockfleet::pool::{
    self, Accounts, Admission, Config, Difficulty, Ledger, Limits, Style, Sums, Tempo,
};
use shiftboss_mockfleet::{Fidelity, FleetConfig, Places};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::client::{call, info};
use crate::{HOST, Rig, SOON};

/// One in about 16 hashes meets it: searched for, and checked as any pool would.
const EASY: f64 = 1.0 / 268_435_456.0;

/// What real pools ask of such miners.
const HARD: f64 = 2_000.0;

const HOUR: Duration = Duration::from_secs(3_600);

struct MockPool {
    tree: Tree,
    ledger: Tx<Ledger>,
    address: SocketAddr,
}

impl MockPool {
    async fn new(difficulty: f64, style: Style) -> Self {
        Self::at((HOST, 0).into(), difficulty, style).await
    }

    /// One that takes marked shares where nobody could search for real ones.
    async fn at(address: SocketAddr, difficulty: f64, style: Style) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config {
            listener,
            style,
            difficulty: Difficulty::Fixed(difficulty),
            admission: Admission::Worker,
            tempo: Tempo { job: Duration::from_secs(30), block: Duration::from_secs(600) },
            extranonce_blocks: 2,
            accept_synthetic: difficulty > 1.0,
            share_log: None,
            seed: 1,
            limits: Limits::default(),
        };
        let wired = pool::wire(config, None, None).unwrap();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(wired.bound);
        let tree = Tree::start("pool", spec).await.expect("the pool starts");
        Self { tree, ledger: wired.ledger, address }
    }

    async fn accounts(&self) -> Accounts {
        self.ledger.ask(Sums, SOON).await.expect("the ledger answers")
    }

    async fn stop(mut self) -> SocketAddr {
        self.tree.shutdown();
        self.tree.ended().await;
        self.address
    }
}

async fn miners(count: usize, pool: Option<SocketAddr>) -> Rig {
    let listing = TcpListener::bind((HOST, 0)).unwrap();
    let places = Places::Ports { host: HOST, ports: vec![0; count] };
    let fidelity = Fidelity::Device;
    Rig::like(FleetConfig { fidelity, pool, mine: true, ..FleetConfig::new(places, listing) }).await
}

async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Shares accepted and rejected, as a device shows them.
fn shares(info: &Value) -> (u64, u64) {
    let count = |name: &str| info[name].as_u64().unwrap_or_else(|| panic!("{name} of {info}"));
    (count("sharesAccepted"), count("sharesRejected"))
}

/// Accepted and rejected shares, by the name of the device.
type Counts = BTreeMap<String, (u64, u64)>;

async fn booked(pool: &MockPool) -> Counts {
    let name = |worker: &str| worker.split_once('.').expect("a name").1.to_owned();
    let workers = pool.accounts().await.workers;
    workers.iter().map(|(worker, tally)| (name(worker), (tally.accepted, tally.rejected_total()))).collect()
}

async fn shown(rig: &Rig) -> Counts {
    let mut shown = Counts::new();
    for state in rig.states().await {
        shown.insert(state.hostname, shares(&info(state.port.expect("it listens")).await));
    }
    shown
}

/// Compares what the pool has in its books with what each device shows, in a moment without a share under way.
async fn reconcile(rig: &Rig, pool: &MockPool) {
    const MOMENTS: usize = 50;
    for _ in 0..MOMENTS {
        let (before, shown, after) = (booked(pool).await, shown(rig).await, booked(pool).await);
        assert_eq!(shown.len(), after.len());
        for (name, counts) in &shown {
            assert!(counts <= &after[name], "{name} shows {counts:?}, and {:?} are booked", after[name]);
        }
        if before == after && shown == after {
            return;
        }
    }
    panic!("{MOMENTS} moments, and a share was under way, or lost, in each");
}

async fn port_of(rig: &Rig, version: &str) -> u16 {
    for port in rig.ports().await {
        if info(port).await["version"] == version {
            return port;
        }
    }
    panic!("no device runs {version}")
}

async fn on_fallback(port: u16) -> u64 {
    info(port).await["isUsingFallbackStratum"].as_u64().expect("a number")
}

#[actix_rt::test]
async fn devices_of_all_firmwares_find_real_shares_and_show_what_the_pool_has_booked() {
    tokio::time::pause();
    for style in [Style::Ckpool, Style::PublicPool, Style::Nicehash] {
        let pool = MockPool::new(EASY, style).await;
        let rig = miners(16, Some(pool.address)).await;
        pass(HOUR / 30).await;
        let accounts = pool.accounts().await;
        assert!(accounts.total.accepted > 500, "{style:?}: {accounts:?}");
        assert_eq!((accounts.total.synthetic, accounts.total.rejected_total()), (0, 0), "{style:?}");
        reconcile(&rig, &pool).await;
    }
}

#[actix_rt::test]
async fn five_hundred_devices_mine_over_a_connection_each_and_nothing_is_lost() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    tokio::time::pause();
    let pool = MockPool::new(HARD, Style::Ckpool).await;
    let rig = miners(500, Some(pool.address)).await;
    pass(HOUR / 10).await;
    let accounts = pool.accounts().await;
    assert!(accounts.total.accepted > 10_000, "{}", accounts.total.accepted);
    assert_eq!(accounts.total.synthetic, accounts.total.accepted, "nobody could search for them");
    reconcile(&rig, &pool).await;
}

#[actix_rt::test]
async fn shares_are_found_as_often_as_the_shown_hash_rate_and_difficulty_say() {
    tokio::time::pause();
    let pool = MockPool::new(HARD, Style::Ckpool).await;
    let rig = miners(1, Some(pool.address)).await;
    pass(HOUR).await;
    let before = pool.accounts().await.total.accepted;
    pass(10 * HOUR).await;
    let found = (pool.accounts().await.total.accepted - before) as f64;
    let info = info(rig.ports().await[0]).await;
    let hashrate_ghs = info["hashRate"].as_f64().or(info["hashRate_10m"].as_f64()).expect("a hash rate");
    let expected = 36_000.0 * hashrate_ghs * 1e9 / (HARD * 4_294_967_296.0);
    assert!((found / expected - 1.0).abs() < 0.15, "{found} of {expected}");
    assert!(info.get("poolDifficulty").is_none_or(|told| told.as_f64() == Some(HARD)), "{info}");
}

#[actix_rt::test]
async fn a_restart_ends_the_connection_and_counts_from_0() {
    tokio::time::pause();
    let pool = MockPool::new(HARD, Style::Ckpool).await;
    let rig = miners(16, Some(pool.address)).await;
    let port = port_of(&rig, "v2.12.0").await;
    pass(HOUR).await;
    let before = shares(&info(port).await).0;
    assert!(before > 100, "{before}");
    assert_eq!(call(port, "POST", "/api/system/restart", "").await.status, 200);
    pass(Duration::from_secs(30)).await;
    let after = shares(&info(port).await).0;
    assert!(after < before / 10, "{after} after {before}");
    pass(HOUR).await;
    assert!(shares(&info(port).await).0 > after + 100);
}

#[actix_rt::test]
async fn a_device_whose_pool_refuses_it_twice_mines_at_its_fallback_until_the_pool_is_back() {
    tokio::time::pause();
    let (primary, fallback) =
        (MockPool::new(HARD, Style::Ckpool).await, MockPool::new(HARD, Style::Object).await);
    let rig = miners(16, Some(primary.address)).await;
    let port = port_of(&rig, "v2.12.0").await;
    let patch = format!(
        r#"{{"fallbackStratumURL":"127.0.0.1","fallbackStratumPort":{},"fallbackStratumUser":"a.mockaxe"}}"#,
        fallback.address.port()
    );
    assert_eq!(call(port, "PATCH", "/api/system", &patch).await.status, 200);
    assert_eq!(call(port, "POST", "/api/system/restart", "").await.status, 200);
    pass(HOUR / 10).await;
    assert_eq!(on_fallback(port).await, 0);
    let address = primary.stop().await;
    pass(HOUR / 10).await;
    assert_eq!(on_fallback(port).await, 1);
    assert!(fallback.accounts().await.total.accepted > 0);

    let primary = MockPool::at(address, HARD, Style::Ckpool).await;
    pass(HOUR / 10).await;
    assert_eq!(on_fallback(port).await, 0);
    let (at_primary, at_fallback) = (primary.accounts().await, fallback.accounts().await);
    pass(HOUR).await;
    assert!(primary.accounts().await.total.accepted > at_primary.total.accepted);
    assert_eq!(fallback.accounts().await.total.accepted, at_fallback.total.accepted);
}

#[actix_rt::test]
async fn a_paused_device_finds_no_shares_and_goes_on_when_it_is_resumed() {
    tokio::time::pause();
    let pool = MockPool::new(HARD, Style::Ckpool).await;
    let rig = miners(16, Some(pool.address)).await;
    let port = port_of(&rig, "v2.15.0").await;
    pass(HOUR / 10).await;
    assert_eq!(call(port, "POST", "/api/system/pause", "").await.status, 200);
    pass(Duration::from_secs(5)).await;
    let paused = shares(&info(port).await);
    pass(HOUR).await;
    assert_eq!(shares(&info(port).await), paused);
    assert_eq!(call(port, "POST", "/api/system/resume", "").await.status, 200);
    pass(HOUR / 10).await;
    assert!(shares(&info(port).await).0 > paused.0);
}

#[actix_rt::test]
async fn a_mock_bothers_no_real_pool_and_shows_no_share_then() {
    tokio::time::pause();
    let rig = miners(2, None).await;
    pass(HOUR).await;
    for port in rig.ports().await {
        assert_eq!(shares(&info(port).await), (0, 0));
    }
}

/// Says what a pool should not, to whoever comes.
async fn mad_pool(says: &'static [u8]) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind((HOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_rt::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            // One that has hung up by then needs no words.
            let _ = stream.write_all(says).await;
            kept.push(stream);
        }
    });
    address
}

#[actix_rt::test]
async fn a_pool_that_talks_nonsense_or_nothing_costs_shares_and_nothing_else() {
    static LONG: [u8; 100_000] = [b'a'; 100_000];
    tokio::time::pause();
    let refusal = b"{\"id\":3,\"result\":false}\n";
    for says in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", refusal, &LONG] {
        let rig = miners(2, Some(mad_pool(says).await)).await;
        pass(HOUR / 10).await;
        for port in rig.ports().await {
            assert_eq!(shares(&info(port).await), (0, 0));
        }
        assert_eq!(rig.restarts().await, 0, "no miner has failed over it");
    }
}

#[actix_rt::test]
async fn a_silent_miner_submits_nothing_and_one_with_a_foreign_pool_mines_there() {
    tokio::time::pause();
    let (own, foreign) = (MockPool::new(HARD, Style::Ckpool).await, MockPool::new(HARD, Style::Object).await);
    let rig = miners(2, Some(own.address)).await;
    pass(HOUR).await;
    let before = own.accounts().await;
    let faults = json!({ "faults": [
        { "fault": "silent-miner", "miners": ["mockaxe1"] },
        { "fault": "foreign-pool", "url": "127.0.0.1", "port": foreign.address.port(), "user": "thief.x",
          "miners": ["mockaxe2"] },
    ] });
    let put = call(rig.listing, "PUT", "/faults", &faults.to_string()).await;
    assert_eq!(put.status, 200, "{}", put.body);
    pass(HOUR).await;
    let of = |accounts: &Accounts, name: &str| {
        let named = accounts.workers.iter().find(|(worker, _)| worker.ends_with(name));
        named.map_or(0, |(_, tally)| tally.accepted)
    };
    let struck = own.accounts().await;
    // One may have been on its way.
    assert!(of(&struck, ".mockaxe1") <= of(&before, ".mockaxe1") + 1, "{struck:?}");
    assert!(of(&foreign.accounts().await, "thief.x") > 100);

    assert_eq!(call(rig.listing, "DELETE", "/faults", "").await.status, 204);
    pass(HOUR).await;
    let cured = own.accounts().await;
    for name in [".mockaxe1", ".mockaxe2"] {
        assert!(of(&cured, name) > of(&struck, name) + 100, "{name}");
    }
}

/// What each connection to a pool has said, line by line.
type Heard = Rc<RefCell<Vec<Vec<Value>>>>;

/// A pool that keeps all that it hears, and says this of the handshake.
async fn listening_pool(says: &'static [u8]) -> (SocketAddr, Heard) {
    let listener = tokio::net::TcpListener::bind((HOST, 0)).await.unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Heard::default());
    let kept = Rc::clone(&heard);
    actix_rt::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (number, kept) = (kept.borrow().len(), Rc::clone(&kept));
            kept.borrow_mut().push(Vec::new());
            actix_rt::spawn(async move {
                let mut lines = BufReader::new(stream).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    let line: Value = serde_json::from_str(&line).expect("JSON");
                    let is_last_of_handshake = line["id"] == 3;
                    kept.borrow_mut()[number].push(line);
                    if is_last_of_handshake {
                        lines.get_mut().get_mut().write_all(says).await.expect("the device listens");
                    }
                }
            });
        }
    });
    (address, heard)
}

#[actix_rt::test]
async fn a_pool_that_is_silent_for_180_s_is_left_and_connected_to_anew() {
    tokio::time::pause();
    let (address, heard) = listening_pool(b"").await;
    let rig = miners(1, Some(address)).await;
    let handshake = ["mining.configure", "mining.subscribe", "mining.authorize"].map(Value::from).to_vec();
    for (after_seconds, connections) in [(170, 1), (20, 2), (160, 2), (20, 3)] {
        pass(Duration::from_secs(after_seconds)).await;
        let heard = heard.borrow();
        let methods = heard.iter().map(|lines| lines.iter().map(|line| line["method"].clone()).collect());
        assert_eq!(methods.collect::<Vec<Vec<_>>>(), vec![handshake.clone(); connections]);
    }
    assert_eq!(rig.restarts().await, 0);
}

#[actix_rt::test]
async fn a_device_asks_its_pool_for_the_difficulty_and_the_extranonces_that_its_settings_name() {
    tokio::time::pause();
    let welcome =
        b"{\"id\":1,\"result\":{}}\n{\"id\":2,\"result\":[[],\"01\",4]}\n{\"id\":3,\"result\":true}\n";
    let (address, heard) = listening_pool(welcome).await;
    let rig = miners(16, Some(address)).await;
    for (version, patch) in [
        (
            "v2.12.0",
            r#"{"stratumUser":"a.new","stratumSuggestedDifficulty":2048,"stratumExtranonceSubscribe":1}"#,
        ),
        ("v1.0.37", r#"{"stratumUser":"a.nerd","stratumDifficulty":2048,"stratumEnonceSubscribe":true}"#),
    ] {
        let port = port_of(&rig, version).await;
        assert_eq!(call(port, "PATCH", "/api/system", patch).await.status, 200);
        assert_eq!(call(port, "POST", "/api/system/restart", "").await.status, 200);
    }
    pass(Duration::from_secs(60)).await;
    let heard = heard.borrow();
    let of = |worker: &str| heard.iter().rfind(|lines| lines[2]["params"][0] == worker);
    for worker in ["a.new", "a.nerd"] {
        let lines = of(worker).unwrap_or_else(|| panic!("{worker} has not come"));
        let more: Vec<_> =
            lines[3..].iter().map(|line| (&line["id"], &line["method"], &line["params"])).collect();
        let (suggests, subscribes) =
            (json!("mining.suggest_difficulty"), json!("mining.extranonce.subscribe"));
        let expected = [(&json!(4), &suggests, &json!([2048])), (&json!(5), &subscribes, &json!([]))];
        assert_eq!(more, expected, "{worker}");
    }
}
