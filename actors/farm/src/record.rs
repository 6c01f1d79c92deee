//! What is known of a device for good, and what was last seen of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shiftboss_axeos::command::{Changes, Settings};
use shiftboss_axeos::{Mac, Reading, Setting, SystemInfo, redact};

use crate::command::LastCommand;
use crate::preset::PresetId;

/// Milliseconds since 1970, as stored and compared; printed as ISO 8601 at the edge.
pub type UnixMs = u64;

/// The durable part of an imprinted device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its identity.
    pub mac: Mac,
    /// `host` or `host:port`, where it answers HTTP.
    pub address: String,
    /// When it was imprinted first.
    pub created_ms: UnixMs,
    /// When this record was changed last.
    pub updated_ms: UnixMs,
    /// Whether it is to be polled.
    #[serde(default)]
    pub listening: bool,
    /// Whether its log stream is wanted.
    #[serde(default)]
    pub trace_logs: bool,
    /// The preset that it was given last.
    #[serde(default)]
    pub preset: Option<PresetId>,
    /// What it was asked to be set to.
    #[serde(default)]
    pub desired: Desired,
}

/// What an operator asked a device to be set to. It is compared with what the device shows, and never sent again unless
/// somebody asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// All that was asked, the latest of each.
    #[serde(default)]
    pub settings: Settings,
    /// The passwords that were asked for, by name: they themselves are not kept.
    #[serde(default)]
    pub secrets: BTreeSet<String>,
    /// When something was asked last; 0 is never.
    #[serde(default)]
    pub asked_ms: UnixMs,
}

impl Desired {
    /// Notes that changes were asked.
    pub fn ask(&mut self, changes: &Changes, now_ms: UnixMs) {
        self.settings.extend(changes.settings());
        self.secrets.extend(changes.secrets().map(|secret| secret.name().to_owned()));
        self.asked_ms = now_ms;
    }

    /// Forgets what was asked of these settings.
    pub fn forget(&mut self, settings: &[Setting]) {
        for setting in settings {
            self.settings.remove(*setting);
            self.secrets.remove(setting.name());
        }
    }
}

/// A device that answered, not necessarily imprinted.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its identity: what it said of itself, else what the listing said, else derived from a mock's port.
    pub mac: Mac,
    /// `host` or `host:port`.
    pub address: String,
    /// What it said.
    pub seen: Arc<Observation>,
}

/// One answer of a device to `GET /api/system/info`.
#[derive(Clone, Debug)]
pub struct Observation {
    /// When it came.
    pub at_ms: UnixMs,
    /// The name it goes by; most devices are called `bitaxe`.
    pub hostname: String,
    /// The firmware.
    pub version: String,
    /// Model and board, by which its safe settings are known.
    pub asic_model: String,
    /// The pool it mines at, `host` and port.
    pub pool: Option<(String, Option<u16>)>,
    /// The MAC that it says it has.
    pub mac: Option<Mac>,
    /// The numbers.
    pub reading: Reading,
    /// The whole answer, without its secrets.
    pub body: Arc<str>,
}

impl Observation {
    /// Reads an answer.
    ///
    /// # Errors
    /// It is not what an AxeOS device says.
    pub fn parse(body: &[u8], at_ms: UnixMs) -> Result<Self, shiftboss_axeos::Error> {
        let info = SystemInfo::parse(body)?;
        let text =
            |field: &Option<std::borrow::Cow<'_, str>>| field.as_deref().unwrap_or_default().to_owned();
        Ok(Self {
            at_ms,
            hostname: text(&info.hostname),
            version: text(&info.version),
            asic_model: info.asic_model.clone().into_owned(),
            pool: info.stratum_url.as_deref().map(|url| (url.to_owned(), info.stratum_port)),
            mac: info.mac,
            reading: Reading::from(&info),
            body: redact(body)?.into(),
        })
    }
}

/// Where a device is, as far as its controller can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Imprinted, and not polled.
    #[default]
    Idle,
    /// To be polled, and not heard of yet.
    Waiting,
    /// It answered the last poll.
    Online,
    /// It missed the last poll; what it said before still counts.
    Stale,
    /// It does not answer. What it said before is history.
    Offline,
    /// It was told to restart, and has not shown yet that it did.
    Restarting,
}

impl State {
    /// Whether its last reading counts as its present one.
    pub fn is_online(self) -> bool {
        matches!(self, Self::Online | Self::Stale)
    }

    /// Whether it is polled.
    pub fn is_listened(self) -> bool {
        self != Self::Idle
    }
}

/// How a device does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Where it is.
    pub state: State,
    /// Since when.
    pub since_ms: UnixMs,
    /// Polls missed in a row.
    pub misses: u32,
    /// Why it missed the last one.
    pub fault: Option<Arc<str>>,
    /// The device that answered in its place, at its address.
    pub stranger: Option<Mac>,
    /// The settings in which it differs from what it was asked to be set to, as of its last answer.
    pub drift: Arc<[Setting]>,
    /// The last command that it was given since the controller started.
    pub command: Option<Arc<LastCommand>>,
}

impl Status {
    /// Of a device that was not heard of since its record was changed.
    pub fn unheard(record: &Record) -> Self {
        let state = if record.listening { State::Waiting } else { State::Idle };
        Self { state, since_ms: record.updated_ms, ..Self::default() }
    }
}

/// All that is shown of a device.
#[derive(Clone, Debug)]
pub struct View {
    /// The durable part.
    pub record: Arc<Record>,
    /// How it does.
    pub status: Status,
    /// What it said last, be it long ago.
    pub seen: Option<Arc<Observation>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_keeps_the_answer_without_its_secrets() {
        let body = br#"{"ASICModel":"BM1368","hostname":"axe","power":12,"stratumPassword":"hunter2"}"#;
        let seen = Observation::parse(body, 7).unwrap();
        assert_eq!((seen.at_ms, seen.hostname.as_str(), seen.reading.power_w), (7, "axe", Some(12.0)));
        assert_eq!(&*seen.body, r#"{"ASICModel":"BM1368","hostname":"axe","power":12}"#);
        assert!(!format!("{seen:?}").contains("hunter2"));
    }
}
