//! A controller at a farm whose miners suffer faults on demand: what it shows of each is right, and nothing is invented.

use std::io::{BufRead, BufReader};
use std::sync::mpsc;

use serde_json::{Value, json};

use crate::support::{Client, Farm, Mocks, PATIENCE, own_address, shiftboss, text, with};

/// A fault, and what the controller says of a device that has it.
const SHOWN: [(&str, &str); 7] = [
    (r#"{"fault":"slow","delay_ms":3000}"#, "did not answer within 400ms"),
    (r#"{"fault":"half-answer"}"#, "in the middle of its JSON"),
    (r#"{"fault":"bad-json"}"#, "JSON"),
    (r#"{"fault":"html"}"#, "web page"),
    (r#"{"fault":"status-500"}"#, "status 500"),
    (r#"{"fault":"reset"}"#, "broke"),
    (r#"{"fault":"black-hole"}"#, "did not answer within 400ms"),
];

/// A farm of mock miners, and the way to what is wrong with them.
struct Sick {
    farm: Farm,
    mocks: Client,
}

impl Sick {
    async fn new(miners: u32, settings: &[(&str, String)]) -> Self {
        let farm = Farm::with(miners, settings).await;
        let mocks = Client::new(&farm.mocks.listing());
        Self { farm, mocks }
    }

    async fn suffer(&self, faults: &Value) {
        self.mocks.put("/faults", &json!({ "faults": faults })).await.json(200);
    }

    /// The controller's view of a device.
    async fn view(&self, mac: &str) -> Value {
        self.farm.client.get(&format!("/devices/imprint/{mac}")).await.json(200)["data"].clone()
    }

    /// The devices by the names that the mock fleet has for them.
    async fn names(&self) -> Vec<(String, String)> {
        let listed = self.mocks.get("/servers").await.json(200);
        let servers = listed["servers"].as_array().expect("a list");
        servers.iter().map(|server| (text(server, "hostname"), text(server, "mac"))).collect()
    }

    /// Gives each of the first miners one of the faults; the last is well.
    async fn show_all(&self) {
        let names = self.names().await;
        let with_fault: Vec<_> = names.iter().zip(SHOWN).collect();
        let faults = with_fault.iter().map(|((name, _), (fault, _))| {
            let mut fault: Value = serde_json::from_str(fault).expect("JSON");
            fault["miners"] = json!([name]);
            fault
        });
        let faults: Value = faults.collect();
        self.suffer(&faults).await;
        for ((_, mac), (fault, expected)) in &with_fault {
            let device = self.farm.client.until_state(mac, "offline").await;
            let error = text(&device, "lastError");
            assert!(error.contains(expected), "{fault}: {error}");
            assert!(device["info"].is_object(), "{fault}: it keeps its last answer");
        }
        let (_, well) = names.last().expect("one more than faults");
        self.farm.client.until_state(well, "online").await;
        let online = names.len() - with_fault.len();
        self.farm.client.until("hardware_online", online as f64).await;
        self.nothing_is_invented(with_fault.iter().map(|((_, mac), _)| mac.as_str())).await;
        assert!(self.readings(well).await > 0);
        self.suffer(&json!([])).await;
        self.farm.client.until("hardware_online", names.len() as f64).await;
        for (_, mac) in &names {
            assert_eq!(self.view(mac).await["lastError"], Value::Null, "it is well again");
        }
    }

    /// Who is offline has no readings in the metrics, and the same last answer at every look.
    async fn nothing_is_invented(&self, macs: impl Iterator<Item = &str>) {
        for mac in macs {
            assert_eq!(self.readings(mac).await, 0, "{mac}");
            let info = self.view(mac).await["info"].clone();
            assert_eq!(self.view(mac).await["info"], info);
        }
    }

    /// How many powers and hash rates the metrics have of a device.
    async fn readings(&self, mac: &str) -> usize {
        let metrics = self.farm.client.metrics().await;
        let own = metrics.iter().filter(|line| line.contains(mac));
        own.filter(|line| line.contains("power") || line.contains("hashrate")).count()
    }
}

#[actix_rt::test]
async fn miners_of_the_seeds_that_suffer_are_offline_each_with_its_reason() {
    Sick::new(8, &[]).await.show_all().await;
}

#[actix_rt::test]
async fn devices_that_suffer_are_offline_each_with_its_reason() {
    Sick::new(8, &[("mockfleet.fidelity", "device".to_owned())]).await.show_all().await;
}

#[actix_rt::test]
async fn a_device_that_shows_another_s_mac_is_refused_and_named() {
    let sick = Sick::new(16, &[("mockfleet.fidelity", "device".to_owned())]).await;
    let names = sick.names().await;
    let mut with_mac = Vec::new();
    for (name, mac) in &names {
        sick.farm.client.until_state(mac, "online").await;
        if sick.view(mac).await["info"].get("macAddr").is_some() {
            with_mac.push((name, mac));
        }
    }
    let [(name, mac), (other, others), ..] = with_mac[..] else { panic!("firmwares tell their MAC") };
    let before = sick.view(others).await;
    sick.suffer(&json!([{ "fault": "duplicate-mac", "miners": [name], "of": other }])).await;
    let shown = sick.farm.client.until_state(mac, "offline").await;
    assert!(text(&shown, "lastError").contains(&format!("another device, {others}")), "{shown}");
    let honest = sick.farm.client.until_state(others, "online").await;
    assert_eq!(honest["ip"], before["ip"], "the other is still found where it is");
}

#[actix_rt::test]
async fn faults_of_the_settings_strike_from_the_start_and_an_answer_in_time_is_no_fault() {
    let faults = "slow delay_ms=50; status-500 miners=mockaxe2 for_seconds=86400".to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let mocks = Mocks::with(folder.path(), 2, &[("mockfleet.faults", faults)]);
    let told = Client::new(&mocks.listing()).get("/faults").await.json(200);
    assert_eq!(told["faults"][0]["strikes"], json!(["mockaxe1", "mockaxe2"]));
    assert_eq!(told["faults"][1]["for_seconds"], 86_400);
    let miner = |port| Client::new(&format!("http://{}:{port}", mocks.host));
    assert_eq!(miner(8001).get("/api/system/info").await.status, 200);
    assert_eq!(miner(8002).get("/api/system/info").await.status, 500);
}

#[test]
fn a_fault_of_the_settings_that_is_none_or_of_nobody_ends_the_start_with_its_field() {
    let folder = tempfile::tempdir().expect("a folder");
    for (fault, told) in [
        ("slow", "delay_ms is missing, give one such as 3000"),
        (
            "duplicate-mac of=mockaxe99",
            "mockfleet.faults: faults[0].of is \"mockaxe99\", there is no such miner",
        ),
    ] {
        let settings = [
            ("mockfleet.faults", fault.to_owned()),
            ("mockfleet.listen_host", own_address().to_string()),
            ("mockfleet.count", "2".to_owned()),
        ];
        let mut command = shiftboss();
        command.current_dir(folder.path()).args(with("mockfleet", &settings));
        let ended = command.output().expect("it runs");
        let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(78), "{errors}");
        assert!(errors.contains(told), "{errors}");
    }
}

#[test]
fn the_log_tells_in_a_line_each_what_strikes_and_what_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [
        ("mockfleet.faults", "html group=new for_seconds=1; reset miners=mockaxe1".to_owned()),
        ("mockfleet.listen_host", own_address().to_string()),
        ("mockfleet.count", "2".to_owned()),
    ];
    let mut command = shiftboss();
    command.current_dir(folder.path()).args(with("mockfleet", &settings));
    let mut child = command.spawn().expect("it runs");
    let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let (told, heard) = mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| told.send(line)));
    for wanted in [
        "faults in force, and how many miners each strikes: html of new (1); reset of mockaxe1 (1)",
        "a fault has ended: html of new",
    ] {
        while !heard.recv_timeout(PATIENCE).expect(wanted).contains(wanted) {}
    }
    child.kill().expect("it runs still");
    child.wait().expect("it ends");
}
