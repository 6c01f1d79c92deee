use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};

use serde_json::Value;
use shiftboss_axeos::{Reading, SystemInfo};
use shiftboss_kernel::{InjectPanic, Refused, Strategy, SupervisorSpec, Tree, Tx};

use super::*;
use crate::device::firmware::{Firmware, SUPPORTED};
use crate::faults::{Ill, Suffer};

const SECOND: Duration = Duration::from_secs(1);

/// The longest boot.
const BOOTED: Duration = Duration::from_secs(13);

/// A device under a supervisor of its own, on an address that no other test and no other program uses.
struct Rig {
    axe: Tx<Axe>,
    tree: Tree,
    host: IpAddr,
    kept: Kept,
}

impl Rig {
    /// A device of the fleet of seed 1 that runs this firmware. Time must stand still.
    async fn new(test: u8, firmware: Firmware) -> Self {
        let [high, low] = (std::process::id() as u16).to_be_bytes();
        let host = Ipv4Addr::new(127, high & 0x3f, low, 128 | test);
        Self::at(SocketAddr::new(host.into(), 8_080), firmware).await
    }

    async fn at(place: SocketAddr, firmware: Firmware) -> Self {
        let index = (0..16).find(|index| outfit::device(1, *index, place, None).firmware == firmware);
        let index = index.expect("sixteen in a row run them all");
        let world = World { seed: 1, clock: Clock::new(), pool: None, mines: false };
        let kept = Kept::default();
        let (axe, bound) =
            Axe::spec(index, place, world, Axe::flash(index, place, world), kept.clone()).bind();
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
        let tree = Tree::start("rig", spec).await.expect("a device starts whatever its port is");
        Self { axe, tree, host: place.ip(), kept }
    }

    async fn call(&self, method: Method, path: &'static str, body: &'static str) -> Reply {
        self.call_from(self.host, method, path, body).await
    }

    async fn call_from(&self, peer: IpAddr, method: Method, path: &'static str, body: &'static str) -> Reply {
        let call = Call {
            method,
            uri: Uri::from_static(path),
            origin: None,
            content_length: Some(body.len() as u64),
            peer,
            body: Bytes::from_static(body.as_bytes()),
        };
        match self.axe.ask(call, SECOND).await.expect("the device answers") {
            Answer::Reply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    async fn suffer(&self, ills: Vec<Ill>) {
        self.kept.replace(ills);
        self.axe.ask(Suffer, SECOND).await.expect("the device answers");
    }

    async fn info(&self) -> Value {
        let reply = self.call(Method::GET, "/api/system/info", "").await;
        serde_json::from_slice(&reply.body).expect("JSON")
    }

    async fn number(&self, field: &str) -> f64 {
        let info = self.info().await;
        info[field].as_f64().unwrap_or_else(|| panic!("{field} of {info}"))
    }

    async fn patch(&self, body: &'static str) {
        assert_eq!(self.call(Method::PATCH, "/api/system", body).await.status.0, 200);
    }

    async fn state(&self) -> MinerState {
        self.axe.ask(State, SECOND).await.expect("the device answers")
    }

    /// Whether somebody listens at its port.
    async fn is_reachable(&self) -> bool {
        let port = self.state().await.port.expect("it has one");
        TcpStream::connect((self.host, port)).is_ok()
    }
}

async fn pass(time: Duration) {
    // In steps, so that whatever is due on the way happens in its order.
    for _ in 0..time.as_secs() {
        tokio::time::advance(SECOND).await;
        tokio::task::yield_now().await;
    }
}

#[actix_rt::test]
async fn a_restart_refuses_connections_and_resets_all_but_the_flash() {
    tokio::time::pause();
    let rig = Rig::new(1, Firmware::esp_miner(2, 12, 0)).await;
    rig.patch(r#"{"frequency":490,"hostname":"axe"}"#).await;
    pass(600 * SECOND).await;
    let before = rig.info().await;
    assert_eq!(before["uptimeSeconds"], 600);
    assert!(before["sharesAccepted"].as_u64() > Some(0), "{before}");
    let port = rig.state().await.port;

    assert_eq!(rig.call(Method::POST, "/api/system/restart", "").await.status.0, 200);
    assert!(rig.is_reachable().await, "it answers first");
    pass(2 * SECOND).await;
    assert!(!rig.is_reachable().await && rig.state().await.restarting);
    pass(BOOTED).await;
    assert!(rig.is_reachable().await && !rig.state().await.restarting);
    let after = rig.info().await;
    assert!(after["uptimeSeconds"].as_u64() < Some(13), "{after}");
    assert_eq!((&after["sharesAccepted"], &after["bestSessionDiff"]), (&0.into(), &0.into()));
    assert_eq!((&after["frequency"], &after["hostname"]), (&490.into(), &"axe".into()));
    assert_eq!(after["resetReason"], "Software reset via esp_restart");
    assert!(after["bestDiff"].as_f64() >= before["bestSessionDiff"].as_f64(), "the best ever is kept");
    assert_eq!(rig.state().await.port, port);
}

#[actix_rt::test]
async fn old_firmware_restarts_without_an_answer_and_crashes_over_half_a_patch() {
    tokio::time::pause();
    let rig = Rig::new(2, Firmware::esp_miner(2, 0, 3)).await;
    for (method, path, body) in
        [(Method::POST, "/api/system/restart", ""), (Method::PATCH, "/api/system", r#"{"frequency":400}"#)]
    {
        assert!(rig.call(method, path, body).await.is_silent(), "{path}");
        pass(SECOND).await;
        assert!(!rig.is_reachable().await, "{path}");
        pass(BOOTED).await;
        assert!(rig.is_reachable().await, "{path}");
    }
}

#[actix_rt::test]
async fn a_peer_from_outside_is_answered_and_obeyed_before_2_5_only() {
    tokio::time::pause();
    for (test, firmware, status) in
        [(12, Firmware::esp_miner(2, 4, 0), 200), (13, Firmware::esp_miner(2, 14, 0), 401)]
    {
        let rig = Rig::new(test, firmware).await;
        let stranger = IpAddr::from([8, 8, 8, 8]);
        let info = rig.call_from(stranger, Method::GET, "/api/system/info", "").await;
        let patch = rig.call_from(stranger, Method::PATCH, "/api/system", r#"{"frequency":400}"#).await;
        assert_eq!((info.status.0, patch.status.0), (status, status), "{firmware:#}");
        assert_eq!(rig.number("frequency").await == 400.0, status == 200, "{firmware:#}");
    }
}

#[actix_rt::test]
async fn a_frequency_takes_effect_at_once() {
    tokio::time::pause();
    for (test, firmware) in [(3, Firmware::esp_miner(2, 1, 8)), (4, Firmware::nerdqaxe(1, 0, 35))] {
        let rig = Rig::new(test, firmware).await;
        rig.patch(r#"{"frequency":400}"#).await;
        pass(60 * SECOND).await;
        let (slow, cool) = (rig.number("hashRate").await, rig.number("power").await);
        rig.patch(r#"{"frequency":500}"#).await;
        pass(60 * SECOND).await;
        let (fast, warm) = (rig.number("hashRate").await, rig.number("power").await);
        assert!(fast > 1.1 * slow && warm > cool, "{firmware:#}: {slow} to {fast} GH/s, {cool} to {warm} W");
    }
}

#[actix_rt::test]
async fn a_pause_lasts_until_it_is_resumed() {
    tokio::time::pause();
    let rig = Rig::new(5, Firmware::esp_miner(2, 14, 0)).await;
    pass(30 * SECOND).await;
    assert!(rig.number("hashRate").await > 0.0);
    rig.call(Method::POST, "/api/system/pause", "").await;
    let paused = rig.info().await;
    assert_eq!((&paused["miningPaused"], &paused["hashRate"]), (&true.into(), &0.into()));
    let shares = paused["sharesAccepted"].clone();
    pass(600 * SECOND).await;
    assert_eq!(rig.info().await["sharesAccepted"], shares);
    rig.call(Method::POST, "/api/system/resume", "").await;
    pass(30 * SECOND).await;
    assert!(rig.number("hashRate").await > 0.0);
}

/// Settings that no cooler bears.
const RECKLESS: &str =
    r#"{"frequency":900,"coreVoltage":1500,"autofanspeed":0,"fanspeed":5,"manualFanSpeed":5}"#;

#[actix_rt::test]
async fn an_old_firmware_that_was_too_hot_keeps_safe_settings_until_it_is_told_others_and_restarted() {
    tokio::time::pause();
    let rig = Rig::new(6, Firmware::esp_miner(2, 9, 0)).await;
    rig.patch(RECKLESS).await;
    pass(900 * SECOND).await;
    let hot = rig.info().await;
    assert_eq!((&hot["frequency"], &hot["coreVoltage"]), (&50.into(), &1000.into()), "{hot}");
    assert_eq!((&hot["overheat_mode"], &hot["autofanspeed"]), (&1.into(), &0.into()), "{hot}");
    assert!(hot["hashRate"].as_f64() < Some(400.0), "{hot}");
    rig.patch(r#"{"overheat_mode":0,"frequency":450,"coreVoltage":1150}"#).await;
    rig.call(Method::POST, "/api/system/restart", "").await;
    pass(SECOND + BOOTED + 30 * SECOND).await;
    let again = rig.info().await;
    assert_eq!((&again["overheat_mode"], &again["frequency"]), (&0.into(), &450.into()), "{again}");
    assert!(again["hashRate"].as_f64() > hot["hashRate"].as_f64(), "{again}");
}

#[actix_rt::test]
async fn a_new_firmware_that_was_too_hot_comes_back_lower_by_itself() {
    tokio::time::pause();
    let rig = Rig::new(7, Firmware::esp_miner(2, 13, 0)).await;
    rig.patch(RECKLESS).await;
    pass(1_200 * SECOND).await;
    let after = rig.info().await;
    assert!(after["frequency"].as_f64() <= Some(800.0), "{after}");
    assert!(after["coreVoltage"].as_f64() <= Some(1_400.0), "{after}");
}

#[actix_rt::test]
async fn hi_is_said_for_30_s() {
    tokio::time::pause();
    let rig = Rig::new(8, Firmware::esp_miner(2, 15, 0)).await;
    let greet = async || rig.call(Method::POST, "/api/system/identify", "").await.body;
    let on = greet().await;
    pass(31 * SECOND).await;
    assert_eq!(greet().await, on, "it had ended by itself");
    assert_ne!(greet().await, on, "it is ended by a second request");
}

#[actix_rt::test]
async fn a_panic_is_a_crash_that_costs_the_memory_and_neither_the_flash_nor_the_port() {
    tokio::time::pause();
    let rig = Rig::new(9, Firmware::esp_miner(2, 15, 0)).await;
    rig.patch(r#"{"frequency":490}"#).await;
    pass(600 * SECOND).await;
    let port = rig.state().await.port;
    let fault = InjectPanic { id: rig.axe.id().into(), nth: 1 };
    rig.tree.root().ask(fault, SECOND).await.expect("it answers").expect("it knows the device");
    assert_eq!(rig.axe.ask(State, SECOND).await, Err(Refused::Gone));
    let info = rig.info().await;
    assert_eq!((&info["frequency"], &info["uptimeSeconds"]), (&490.into(), &0.into()));
    assert_eq!(info["resetReason"], "Software reset due to exception/panic");
    assert!(info["totalUptimeSeconds"].as_u64() >= Some(600), "{info}");
    assert_eq!(rig.state().await.port, port);
}

#[actix_rt::test]
async fn a_taken_port_is_taken_over_when_it_is_free() {
    tokio::time::pause();
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let place = other.local_addr().unwrap();
    let rig = Rig::at(place, Firmware::esp_miner(2, 2, 2)).await;
    assert_eq!(rig.state().await.port, None);
    drop(other);
    pass(6 * SECOND).await;
    assert_eq!(rig.state().await.port, Some(place.port()));
}

#[actix_rt::test]
async fn a_controller_reads_every_firmware() {
    tokio::time::pause();
    for (test, firmware) in (16..).zip(SUPPORTED) {
        let rig = Rig::new(test, firmware).await;
        pass(60 * SECOND).await;
        let reply = rig.call(Method::GET, "/api/system/info", "").await;
        let info = SystemInfo::parse(&reply.body).expect("it can be read");
        assert_eq!(info.version.as_deref(), Some(&*firmware.to_string()), "{firmware:#}");
        let reading = Reading::from(&info);
        assert!(reading.power_w > Some(0.0), "{firmware:#}: {reading:?}");
        assert!(reading.hashrate_ghs > Some(0.0), "{firmware:#}: {reading:?}");
    }
}

/// Lets the device suffer this and nothing else.
async fn suffer_from(rig: &Rig, fault: &str) {
    let ill = Ill {
        what: Arc::new(fault.parse().expect("a fault")),
        since: tokio::time::Instant::now(),
        until: None,
        mac: None,
        place: None,
    };
    rig.suffer(vec![ill]).await;
}

#[actix_rt::test]
async fn a_device_that_is_made_too_hot_does_what_its_firmware_does_for_as_long_as_it_lasts() {
    tokio::time::pause();
    let old = Rig::new(9, Firmware::esp_miner(2, 9, 0)).await;
    let new = Rig::new(10, Firmware::esp_miner(2, 12, 0)).await;
    pass(60 * SECOND).await;
    suffer_from(&old, "overheat").await;
    suffer_from(&new, "overheat").await;
    pass(2 * SECOND).await;
    assert_eq!((old.number("overheat_mode").await, old.number("frequency").await), (1.0, 50.0));
    assert_eq!(new.number("hashRate").await, 0.0, "its chip is off");
    let asked = new.number("frequency").await;
    pass(300 * SECOND).await;
    assert!(new.number("frequency").await < asked, "each time it comes back lower");
    old.suffer(Vec::new()).await;
    pass(60 * SECOND).await;
    assert_eq!(old.number("overheat_mode").await, 1.0, "an old firmware waits for somebody");
}

#[actix_rt::test]
async fn a_live_stream_and_the_statistics_lie_as_the_info_document_does() {
    tokio::time::pause();
    let rig = Rig::new(11, Firmware::esp_miner(2, 15, 0)).await;
    rig.patch(r#"{"statsFrequency":10}"#).await;
    pass(300 * SECOND).await;
    let real = rig.number("hashRate_10m").await;
    suffer_from(&rig, "lying-hashrate factor=100").await;
    let lie = rig.number("hashRate_10m").await;
    assert!(lie > 50.0 * real, "{lie}, really {real}");
    let live: Value =
        serde_json::from_slice(&rig.axe.ask(Tell, SECOND).await.expect("it answers")).expect("JSON");
    assert_eq!(live["hashRate_10m"].as_f64(), Some(lie));
    let reply = rig.call(Method::GET, "/api/system/statistics?columns=hashrate", "").await;
    let told: Value = serde_json::from_slice(&reply.body).expect("JSON");
    let last = told["statistics"].as_array().expect("rows").last().expect("one").clone();
    assert!(last[0].as_f64() > Some(50.0 * real), "{last}");
}
