//! A request to a device, ready to be sent, whose secrets do not show.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use serde::ser::SerializeMap;
use serde_json::Value as Json;

use crate::{Error, Firmware, Secret};

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// For settings.
    Patch,
    /// For what is done.
    Post,
    /// For a pool in its slot.
    Put,
}

impl Display for Method {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        })
    }
}

/// A member of a body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Member {
    Open(Json),
    Secret(Secret),
}

/// One request. It prints without its secrets: `PATCH /api/system {"ssid":"home","wifiPass":[redacted]}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Whether the device may do what it is asked without a word: its connection breaks, or nothing comes.
    pub may_stay_silent: bool,
    pub(super) members: Vec<(String, Member)>,
}

impl Request {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), may_stay_silent: false, members: Vec::new() }
    }

    /// The names of what it sends.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// Whether a text has one of its secrets in it.
    pub fn gives_away(&self, text: &str) -> bool {
        self.members.iter().any(|(_, member)| match member {
            Member::Secret(secret) => !secret.expose().is_empty() && text.contains(secret.expose()),
            Member::Open(_) => false,
        })
    }

    /// The body as it goes out, secrets included: for the wire and nothing else. `None` if there is none.
    pub fn expose_body(&self) -> Option<String> {
        // Texts and numbers always have a JSON form.
        (!self.members.is_empty()).then(|| serde_json::to_string(&Exposed(&self.members)).unwrap_or_default())
    }
}

struct Exposed<'a>(&'a [(String, Member)]);

impl Serialize for Exposed<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, member) in self.0 {
            match member {
                Member::Open(json) => map.serialize_entry(name, json)?,
                Member::Secret(secret) => map.serialize_entry(name, secret.expose())?,
            }
        }
        map.end()
    }
}

impl Display for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (place, (name, member)) in self.members.iter().enumerate() {
            write!(f, "{}{}:", if place == 0 { " {" } else { "," }, Json::from(name.as_str()))?;
            match member {
                Member::Open(json) => write!(f, "{json}")?,
                Member::Secret(secret) => write!(f, "{secret:?}")?,
            }
        }
        f.write_str(if self.members.is_empty() { "" } else { "}" })
    }
}

/// The request that restarts a device. ESP-Miner before 2.1.6 does so instead of an answer.
pub fn restart(firmware: Firmware) -> Request {
    let may_stay_silent = firmware.is_esp_miner_before((2, 1, 6));
    Request { may_stay_silent, ..Request::new(Method::Post, "/api/system/restart") }
}

/// The request that makes a device stop to mine, until it is resumed or restarted.
///
/// # Errors
/// The firmware cannot: ESP-Miner can since 2.14.0.
pub fn pause(firmware: Firmware) -> Result<Request, Error> {
    if_since((2, 14, 0), firmware, "pause")
}

/// The request that makes a paused device mine again.
///
/// # Errors
/// The firmware cannot: ESP-Miner can since 2.14.0.
pub fn resume(firmware: Firmware) -> Result<Request, Error> {
    if_since((2, 14, 0), firmware, "resume")
}

/// The request that makes a device say `Hi!` on its display for half a minute, or stop to.
///
/// # Errors
/// The firmware cannot: ESP-Miner can since 2.12.0.
pub fn identify(firmware: Firmware) -> Result<Request, Error> {
    if_since((2, 12, 0), firmware, "identify")
}

fn if_since(
    version: crate::firmware::Version,
    firmware: Firmware,
    command: &'static str,
) -> Result<Request, Error> {
    if firmware.is_esp_miner_from(version) {
        return Ok(Request::new(Method::Post, format!("/api/system/{command}")));
    }
    Err(Error::NoCommand { command, firmware, since: Firmware { version, ..Firmware::esp_miner(0, 0, 0) } })
}
