//! Runs the built binary, talks to it over HTTP, and gives each test loopback addresses of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

mod hostile;
mod http;
mod once;

pub(crate) use hostile::Hostile;
pub(crate) use http::{Answer, Client, value};
pub(crate) use once::{printed, refused, run};

/// Far longer than anything here takes on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How often the devices of these tests are polled.
pub(crate) const INTERVAL: Duration = Duration::from_millis(200);

/// A loopback address that no other test of this run, nor another program, listens on.
pub(crate) fn own_address() -> Ipv4Addr {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    assert!(number < 250, "more addresses than one octet has");
    let [_, _, high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, (high & 0x3f) | 0x40, low, number as u8)
}

/// A running `shiftboss`. Killed when dropped.
pub(crate) struct Daemon {
    child: Child,
    /// Its first line of output.
    pub(crate) banner: String,
    /// What followed the first line at once.
    pub(crate) more: String,
    /// Reads its log to the end.
    log: Option<JoinHandle<String>>,
}

pub(crate) fn shiftboss() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shiftboss"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Daemon {
    /// Starts a command and waits for what it prints when it is up.
    pub(crate) fn start(folder: &Path, arguments: &[String]) -> Self {
        let mut command = shiftboss();
        command.args(arguments);
        Self::of(folder, command)
    }

    /// Starts a command that becomes a `shiftboss`.
    pub(crate) fn of(folder: &Path, mut command: Command) -> Self {
        let mut child = command.current_dir(folder).spawn().expect("it can be started");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut banner = String::new();
        output.read_line(&mut banner).expect("readable");
        if banner.is_empty() {
            let mut errors = String::new();
            child.stderr.take().expect("piped").read_to_string(&mut errors).expect("readable");
            panic!("{command:?} ended before it was up: {errors}");
        }
        let more = String::from_utf8_lossy(output.buffer()).into_owned();
        drain(output);
        let log = drain(child.stderr.take().expect("piped"));
        Self { child, banner, more, log: Some(log) }
    }

    /// The id of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The first `http://host:port` that it printed.
    pub(crate) fn url(&self) -> String {
        let text = format!("{}{}", self.banner, self.more);
        let start = text.find("http://").expect("an address");
        let rest = &text[start + 7..];
        format!("http://{}", rest.split('/').next().expect("a host"))
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url())
    }

    /// Sends a signal.
    pub(crate) fn send(&self, name: &str) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(sent.success());
    }

    /// Sends SIGINT, SIGTERM or SIGKILL, and waits for the end.
    pub(crate) fn signal(mut self, name: &str) -> (ExitStatus, Duration) {
        let began = Instant::now();
        self.send(name);
        let status = self.child.wait().expect("it ends");
        (status, began.elapsed())
    }

    /// Kills it, and tells all that it had logged.
    pub(crate) fn killed(mut self) -> String {
        self.send("KILL");
        self.child.wait().expect("it ends");
        self.log.take().expect("it is read once").join().expect("it is text")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended cannot be killed any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps a pipe from filling up, and tells all of it at its end.
fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("text");
        text
    })
}

fn arguments(command: &str, settings: &[(&str, String)]) -> Vec<String> {
    let set = settings.iter().flat_map(|(key, value)| ["--set".to_owned(), format!("{key}={value}")]);
    std::iter::once(command.to_owned()).chain(set).collect()
}

/// Mock miners on an address of their own, from port 8001.
pub(crate) struct Mocks {
    pub(crate) daemon: Daemon,
    pub(crate) host: Ipv4Addr,
}

impl Mocks {
    pub(crate) fn start(folder: &Path, count: u32) -> Self {
        Self::with(folder, count, &[])
    }

    /// With more settings than where they are.
    pub(crate) fn with(folder: &Path, count: u32, settings: &[(&str, String)]) -> Self {
        let host = own_address();
        let own = [
            ("mockfleet.listen_host", host.to_string()),
            ("mockfleet.listing_port", "7770".to_owned()),
            ("mockfleet.count", count.to_string()),
        ];
        Self { daemon: Daemon::start(folder, &arguments("mockfleet", &[&own, settings].concat())), host }
    }

    pub(crate) fn listing(&self) -> String {
        format!("http://{}:7770", self.host)
    }
}

/// The settings of a controller for tests: any free port, short intervals, and these.
pub(crate) fn controller(folder: &Path, settings: &[(&str, String)]) -> Daemon {
    Daemon::start(folder, &arguments("run", &[&defaults(), settings].concat()))
}

pub(crate) fn defaults() -> Vec<(&'static str, String)> {
    vec![
        ("web.listen", "127.0.0.1:0".to_owned()),
        ("farm.poll_interval_ms", INTERVAL.as_millis().to_string()),
        ("farm.poll_timeout_ms", "400".to_owned()),
        ("farm.backoff_max_ms", INTERVAL.as_millis().to_string()),
    ]
}

pub(crate) fn with(command: &str, settings: &[(&str, String)]) -> Vec<String> {
    arguments(command, settings)
}

/// A controller with a fleet, all of it imprinted and polled.
pub(crate) struct Farm {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) mocks: Mocks,
    pub(crate) controller: Daemon,
    pub(crate) client: Client,
    pub(crate) macs: Vec<String>,
}

impl Farm {
    pub(crate) async fn start(miners: u32) -> Self {
        Self::with(miners, &[]).await
    }

    /// With more settings of the mock fleet.
    pub(crate) async fn with(miners: u32, settings: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mocks = Mocks::with(folder.path(), miners, settings);
        let controller = controller(folder.path(), &[("discovery.listing_url", mocks.listing())]);
        let client = controller.client();
        let found = client.get("/devices/discover").await.json(200);
        let macs: Vec<_> =
            found.as_array().expect("a list").iter().map(|device| text(device, "mac")).collect();
        assert_eq!(macs.len(), miners as usize);
        client.put("/devices/imprint", &serde_json::json!({ "macs": macs })).await.json(200);
        client.put("/devices/listen", &serde_json::json!({ "macs": macs })).await.json(200);
        Self { folder, mocks, controller, client, macs }
    }

    /// Waits until so many devices are online.
    pub(crate) async fn online(&self, count: u32) {
        self.client.until("hardware_online", f64::from(count)).await;
    }
}

pub(crate) fn text(device: &Value, field: &str) -> String {
    device[field].as_str().unwrap_or_else(|| panic!("{field} of {device}")).to_owned()
}
