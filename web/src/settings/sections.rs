//! The settings as the program uses them: typed, complete, already checked. The defaults stand here, once;
//! Settings.toml repeats them with a comment each, and a test keeps the two equal.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

mod mockfleet;
mod mockpool;

pub use mockfleet::Mockfleet;
pub use mockpool::{Authorize, Mockpool, Style};

/// Every setting of the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the databases live. A relative path counts from the working directory.
    pub data_dir: PathBuf,
    /// The controller's own HTTP server.
    pub web: Web,
    /// Polling and keeping of the imprinted devices.
    pub farm: Farm,
    /// Finding devices.
    pub discovery: Discovery,
    /// The mock miners.
    pub mockfleet: Mockfleet,
    /// The mock pool.
    pub mockpool: Mockpool,
    /// What becomes of a thread that does not turn.
    pub watchdog: Watchdog,
    /// Faults on purpose.
    pub chaos: Chaos,
    /// What is written to standard error.
    pub log: Log,
}

/// The controller's own HTTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Address and port of the API; port 0 takes any free one.
    pub listen: SocketAddr,
    /// HTTP worker threads.
    pub workers: usize,
    /// The longest request body that is read.
    pub body_limit_bytes: usize,
    /// Whether `/metrics` also carries the names that the Node.js dashboards query.
    pub compat_metrics: bool,
}

/// Polling and keeping of the imprinted devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Farm {
    /// How often each device is asked.
    pub poll_interval_ms: u64,
    /// How long a device may take to answer before it counts as unreachable.
    pub poll_timeout_ms: u64,
    /// The longest pause between two attempts at an unreachable device.
    pub backoff_max_ms: u64,
    /// The longest answer that is read from a device.
    pub body_limit_bytes: usize,
    /// Whether all imprinted devices are polled from the start, without a call to `/devices/listen`.
    pub auto_listen: bool,
    /// Whether what is stored of a device goes when it is removed.
    pub delete_data_on_device_remove: bool,
    /// Threads that share the device actors.
    pub arbiters: usize,
    /// How often the latest readings go to disk.
    pub flush_interval_ms: u64,
    /// The share of device actors that must have failed beyond their budget within a minute for all to begin anew.
    pub escalate_percent: u8,
}

/// Finding devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discovery {
    /// A mock fleet's listing server, asked at `/servers`; an empty text when there is none.
    #[serde(with = "empty_is_none")]
    pub listing_url: Option<String>,
    /// A discovery service of the Node.js system, asked at `/discover`; an empty text when there is none.
    #[serde(with = "empty_is_none")]
    pub service_url: Option<String>,
    /// How long a device may take to say what it is.
    pub timeout_ms: u64,
    /// Devices asked at once.
    pub concurrency: usize,
}

/// What becomes of a thread that does not turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watchdog {
    /// The silence of an arbiter that makes `/healthz` fail.
    pub stale_ms: u64,
    /// The silence of an arbiter that ends the process; 0 for none.
    pub exit_ms: u64,
}

/// Faults on purpose, to see how the program bears them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// The same seed strikes the same messages of an actor.
    pub seed: u64,
    /// The faults as [`shiftboss_kernel::Fault`] reads them; none by default.
    pub faults: Vec<String>,
}

/// What is written to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The least important records that are written.
    pub level: LogLevel,
    /// How a record looks.
    pub format: LogFormat,
}

/// Importance of a log record, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What an operator must look at.
    Error,
    /// What went wrong and was coped with.
    Warn,
    /// Starts, stops and changes of state.
    Info,
    /// Each step.
    Debug,
    /// Each message.
    Trace,
}

/// How a log record looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line to read.
    Text,
    /// A line with one JSON object, to collect.
    Json,
}

// === impl Settings ===

impl Default for Settings {
    fn default() -> Self {
        Settings {
            data_dir: PathBuf::from("data"),
            web: Web::default(),
            farm: Farm::default(),
            discovery: Discovery::default(),
            mockfleet: Mockfleet::default(),
            mockpool: Mockpool::default(),
            watchdog: Watchdog::default(),
            chaos: Chaos::default(),
            log: Log::default(),
        }
    }
}

impl Settings {
    /// The faults on purpose, for the tree.
    #[must_use]
    pub fn chaos(&self) -> shiftboss_kernel::Chaos {
        // The rules have refused what is no fault; a text that came past them strikes nothing.
        let faults = self.chaos.faults.iter().filter_map(|text| text.parse().ok());
        shiftboss_kernel::Chaos::new(self.chaos.seed, faults)
    }
}

impl Default for Web {
    fn default() -> Self {
        Web {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7776)),
            workers: 2,
            body_limit_bytes: 262_144,
            compat_metrics: true,
        }
    }
}

impl Default for Farm {
    fn default() -> Self {
        Farm {
            poll_interval_ms: 5_000,
            poll_timeout_ms: 5_000,
            backoff_max_ms: 30_000,
            body_limit_bytes: 65_536,
            auto_listen: false,
            delete_data_on_device_remove: false,
            arbiters: 1,
            flush_interval_ms: 15_000,
            escalate_percent: 50,
        }
    }
}

impl Default for Discovery {
    fn default() -> Self {
        Discovery { listing_url: None, service_url: None, timeout_ms: 2_000, concurrency: 32 }
    }
}

impl Default for Watchdog {
    fn default() -> Self {
        Watchdog { stale_ms: 5_000, exit_ms: 30_000 }
    }
}

impl Default for Chaos {
    fn default() -> Self {
        Chaos { seed: 1, faults: Vec::new() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: LogLevel::Info, format: LogFormat::Text }
    }
}

/// TOML has no null: a setting that may be absent is written as an empty text. So a layer can also take away
/// what a lower one gave.
mod empty_is_none {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_str(""),
        }
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Some(text).filter(|text| !text.is_empty()).map(|text| text.parse().map_err(Error::custom)).transpose()
    }
}
