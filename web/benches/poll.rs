//! A thousand devices polled every five seconds by the built controller: CPU a poll, memory, age of the data;
//! beside the same requests without a controller (awc, one parse, nothing else).
//!
//! `cargo bench -p shiftboss --bench poll [-- DEVICES SECONDS]`; loopback only, about two minutes.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on says why and ends")]

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

const HOST: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);
const INTERVAL: Duration = Duration::from_secs(5);

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [name, devices, seconds] = arguments.as_slice()
        && name == "bare"
    {
        return actix::System::new().block_on(bare(number(devices), number(seconds)));
    }
    let devices = arguments.first().map_or(1000, |text| number(text));
    let seconds = arguments.get(1).map_or(30, |text| number(text));
    actix::System::new().block_on(compare(devices, seconds));
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("{text} is not a number"))
}

/// A child process that says when it is up. Killed when dropped.
struct Process(Child, String);

impl Process {
    fn start(program: &str, arguments: &[String]) -> Self {
        let mut child =
            Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().expect("it can be started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("readable");
        Self(child, line)
    }

    fn cpu_seconds(&self) -> f64 {
        cpu_seconds(&self.0.id().to_string())
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("shown");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed any more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The time that all threads of a process ran, to the nanosecond. The usual `/proc/<pid>/stat` samples at the
/// kernel's tick, and charges work that a timer wakes, as all of this is, several times over.
fn cpu_seconds(process: &str) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("it runs");
    let ran_ns = |thread: std::io::Result<std::fs::DirEntry>| -> f64 {
        let text = std::fs::read_to_string(thread.expect("a thread").path().join("schedstat"));
        let text = text.expect("a kernel with CONFIG_SCHED_INFO");
        text.split_whitespace().next().and_then(|ns| ns.parse().ok()).expect("a number")
    };
    threads.map(ran_ns).sum::<f64>() / 1e9
}

async fn compare(devices: u64, seconds: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = env!("CARGO_BIN_EXE_shiftboss");
    let fleet = [
        "mockfleet".to_owned(),
        "--set".to_owned(),
        format!("mockfleet.listen_host={HOST}"),
        "--count".to_owned(),
        devices.to_string(),
    ];
    let fleet = Process::start(binary, &fleet);
    println!("{}", fleet.1.trim());

    let own = std::env::current_exe().expect("known");
    let bare = Process::start(
        &own.display().to_string(),
        &["bare".to_owned(), devices.to_string(), seconds.to_string()],
    );
    println!("{}", bare.1.trim());
    drop(bare);

    let controller = [
        "run".to_owned(),
        "--data-dir".to_owned(),
        folder.path().display().to_string(),
        "--set".to_owned(),
        "web.listen=127.0.0.1:0".to_owned(),
        "--set".to_owned(),
        format!("discovery.listing_url=http://{HOST}:7770"),
        "--set".to_owned(),
        "log.level=warn".to_owned(),
    ];
    let controller = Process::start(binary, &controller);
    let rest = controller.1.split("http://").nth(1).expect("an address");
    let base = format!("http://{}", rest.split('/').next().expect("a host"));
    measure(&controller, &base, devices, seconds).await;
}

async fn measure(controller: &Process, base: &str, devices: u64, seconds: u64) {
    let client = awc::Client::builder().timeout(Duration::from_secs(60)).finish();
    let found = client
        .get(format!("{base}/devices/discover"))
        .send()
        .await
        .expect("an answer")
        .body()
        .limit(64 << 20)
        .await;
    let found: Value = serde_json::from_slice(&found.expect("a body")).expect("JSON");
    let macs: Vec<_> = found.as_array().expect("a list").iter().map(|device| device["mac"].clone()).collect();
    assert_eq!(macs.len() as u64, devices, "all are found");
    for path in ["imprint", "listen"] {
        let began = Instant::now();
        let answer = client.put(format!("{base}/devices/{path}")).send_json(&json!({ "macs": macs })).await;
        assert!(answer.expect("an answer").status().is_success(), "{path}");
        println!("PUT /devices/{path} of {devices} MACs: {:.3} s", began.elapsed().as_secs_f64());
    }
    tokio::time::sleep(INTERVAL * 2).await;
    list(&client, controller, base).await;

    let (cpu, polls) = (controller.cpu_seconds(), polls(&client, base).await);
    let mut ages = Vec::new();
    for _ in 0..seconds / 5 {
        tokio::time::sleep(INTERVAL).await;
        ages.extend(age_of_data(&client, base).await);
    }
    let polls = self::polls(&client, base).await - polls;
    let micros = (controller.cpu_seconds() - cpu) * 1e6 / polls;
    ages.sort_by(f64::total_cmp);
    let at = |share: f64| ages[((ages.len() - 1) as f64 * share) as usize];
    println!(
        "controller: {polls} polls, {micros:.1} us of CPU a poll (scrapes and snapshots of this measurement \
         included), {:.1} MB resident, age of the data p50 {:.2} s, p99 {:.2} s",
        controller.resident_mb(),
        at(0.5),
        at(0.99)
    );
}

/// How long the controller takes to list all of its devices: to the head of the answer, to its end, and in CPU.
async fn list(client: &awc::Client, controller: &Process, base: &str) {
    const LISTS: usize = 11;
    let (mut heads, mut ends) = (Vec::new(), Vec::new());
    let (cpu, mut bytes) = (controller.cpu_seconds(), 0);
    for _ in 0..LISTS {
        let began = Instant::now();
        let mut answer = client.get(format!("{base}/devices/imprint")).send().await.expect("an answer");
        heads.push(began.elapsed().as_secs_f64() * 1e3);
        bytes = answer.body().limit(256 << 20).await.expect("a body").len();
        ends.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let cpu_ms = (controller.cpu_seconds() - cpu) * 1e3 / LISTS as f64;
    let [head, end] = [heads, ends].map(|mut times| {
        times.sort_by(f64::total_cmp);
        format!("{:.1} ms ({:.1} to {:.1})", times[LISTS / 2], times[0], times[LISTS - 1])
    });
    println!(
        "GET /devices/imprint, median of {LISTS}: the head after {head}, all of {:.1} MB after {end}, {cpu_ms:.1} ms of CPU",
        bytes as f64 / 1e6,
    );
}

/// Messages that all device actors have handled: one a poll.
async fn polls(client: &awc::Client, base: &str) -> f64 {
    let body =
        client.get(format!("{base}/tree")).send().await.expect("an answer").body().limit(64 << 20).await;
    let tree: Value = serde_json::from_slice(&body.expect("a body")).expect("JSON");
    fn handled(node: &Value) -> f64 {
        let own = if node["kind"] == "Device" {
            node["messages_handled"].as_f64().unwrap_or_default()
        } else {
            0.0
        };
        own + node["children"].as_array().into_iter().flatten().map(handled).sum::<f64>()
    }
    handled(&tree)
}

async fn age_of_data(client: &awc::Client, base: &str) -> Vec<f64> {
    let body =
        client.get(format!("{base}/metrics")).send().await.expect("an answer").body().limit(64 << 20).await;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let text = String::from_utf8(body.expect("a body").to_vec()).expect("text");
    let seen = text.lines().filter(|line| line.starts_with("shiftboss_device_last_seen_timestamp_seconds{"));
    seen.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).map(|at| now - at).collect()
}

/// The requests of a controller, and nothing else: each device once an interval, evenly spread, read and parsed.
async fn bare(devices: u64, seconds: u64) {
    let connector = awc::Connector::new().limit(0);
    let client = awc::Client::builder().connector(connector).disable_redirects().finish();
    let rounds = seconds / 5 + 1;
    let begin = Instant::now();
    let mut start = 0.0;
    let mut polls = 0_u64;
    for round in 0..=rounds {
        if round == 1 {
            start = cpu_seconds("self");
            polls = 0;
        }
        let round_start = begin + INTERVAL * u32::try_from(round).expect("few rounds");
        let asked = (0..devices).map(|index| {
            let client = client.clone();
            async move {
                // At a hundred moments of the interval, as the controller polls.
                tokio::time::sleep_until(round_start + INTERVAL.mul_f64((index % 100) as f64 / 100.0)).await;
                let url = format!("http://{HOST}:{}/api/system/info", 8001 + index);
                let mut answer = client.get(url).force_close().send().await.expect("an answer");
                let body = answer.body().await.expect("a body");
                u64::from(shiftboss_axeos::SystemInfo::parse(&body).is_ok())
            }
        });
        polls += join_all(asked).await.into_iter().sum::<u64>();
    }
    let micros = (cpu_seconds("self") - start) * 1e6 / polls as f64;
    println!("bare: {polls} requests, {micros:.1} us of CPU each (awc, Connection: close, one parse)");
}
