//! What a request is for, and the answers to requests that are for nothing.
//!
//! | a path or method that a firmware does not have | before ESP-Miner 2.9, and NerdQAxe | since 2.9, under `/api/` |
//! | --- | --- | --- |
//! | `GET` | 302 to `/` | 404 `{"error":"unknown route"}` |
//! | any other method | 405 | 404 `{"error":"unknown route"}` |

use std::net::IpAddr;

use super::access::{Client, is_allowed};
use super::firmware::{Family, Firmware};
use super::json::{Style, document};
use super::page;
use super::reply::Reply;
use super::told::Past;
use table::ENDPOINTS;

mod table;
#[cfg(test)]
mod tests;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Page,
    Recovery,
    Preflight,
    Info,
    Asic,
    Statistics,
    Dashboard,
    Scoreboard,
    WifiScan,
    Theme,
    SetTheme,
    Swarm,
    PatchSwarm,
    Patch,
    PutPool,
    DeletePool,
    Restart,
    Pause,
    Resume,
    Identify,
    DismissBlock,
    Boot,
    /// The caller's: a text of what the device has logged, in chunks.
    Logs,
    /// The caller's: the upgrade to a stream of the log.
    LogStream,
    /// The caller's: the upgrade to a stream of what changes in the info document.
    LiveStream,
    Firmware,
    FirmwareFromGithub,
    FirmwareState,
    Www,
    ShutDown,
    ResetStatistics,
    Influx,
    PatchInflux,
    Alert,
    PatchAlert,
    TestAlert,
    OtpStatus,
    SetOtp,
}

impl Route {
    /// Whether the body is kept, and so must be shorter than a patch may be.
    pub(crate) fn keeps_body(self) -> bool {
        matches!(self, Self::Patch | Self::PatchSwarm | Self::PatchInflux | Self::PatchAlert)
    }

    /// Whether the body is of any length, and thrown away as it comes.
    pub(crate) fn discards_body(self) -> bool {
        matches!(self, Self::Firmware | Self::Www)
    }
}

/// How many may listen to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listeners {
    /// One: whoever comes takes the stream from him who had it, and who stays connected and hears nothing.
    Last,
    /// So many, those of the live stream among them; the next is refused with [`too_many_listeners`].
    AtMost(usize),
}

pub(crate) fn listeners(firmware: Firmware) -> Listeners {
    if firmware.is_esp_miner_from((2, 10, 0)) { Listeners::AtMost(10) } else { Listeners::Last }
}

pub(crate) fn too_many_listeners(firmware: Firmware) -> Reply {
    Reply::error(429, "Max WebSocket clients reached").closing(firmware)
}

/// A request without its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'r> {
    pub(crate) method: &'r str,
    /// Without the query.
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    pub(crate) content_length: Option<u64>,
    pub(crate) peer: IpAddr,
    pub(crate) origin: Option<&'r str>,
}

const HOUR_MS: u64 = 3_600_000;

impl<'r> Request<'r> {
    /// What stands behind the last slash.
    pub(crate) fn last_segment(&self) -> &'r str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A parameter of the query, as it was sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'r str> {
        let pairs = self.query?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).next()
    }

    /// The past that a NerdQAxe is asked for.
    pub(crate) fn past(&self, firmware: Firmware) -> Option<Past> {
        if firmware.family != Family::NerdQaxe {
            return None;
        }
        let number =
            |name| self.parameter(name).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        let from_unix_ms = Some(number("ts")).filter(|ts| *ts > 0)?;
        let span_ms =
            Some(number("history_span")).filter(|span| *span > 0).unwrap_or(HOUR_MS).min(3 * HOUR_MS);
        Some(Past { from_unix_ms, span_ms, limit: number("limit").min(1_000) as usize })
    }
}

/// Finds what a request is for.
///
/// # Errors
/// It is for nothing that this firmware has, or from somebody whom it does not answer: the answer to that.
pub(crate) fn route(firmware: Firmware, own_hostname: &str, request: &Request<'_>) -> Result<Route, Reply> {
    let known = ENDPOINTS.iter().find(|endpoint| endpoint.takes(firmware, request.method, request.path));
    let is_api = request.path.starts_with("/api/");
    let answers_unknown = firmware.is_esp_miner_from((2, 9, 0)) && is_api;
    let guarded = known.map_or(answers_unknown, |endpoint| endpoint.route != Route::Page);
    let client = Client { peer: request.peer, origin: request.origin };
    if guarded && !is_allowed(firmware, own_hostname, client) {
        return Err(Reply::error(401, "Unauthorized").closing(firmware));
    }
    match known {
        // A page with a query is another file, and not there.
        Some(endpoint) if endpoint.route != Route::Page || request.query.is_none() => Ok(endpoint.route),
        None if answers_unknown => Err(unknown(firmware)),
        None if request.method != "GET" => {
            Err(Reply::error(405, "Specified method is invalid for this resource").closing(firmware))
        }
        _ => Err(page::redirect(firmware)),
    }
}

fn unknown(firmware: Firmware) -> Reply {
    let body = document(Style::of(firmware), |json| json.key("error").text("unknown route"));
    Reply { status: (404, "Not Found"), ..Reply::json(body) }.of_api(firmware)
}
