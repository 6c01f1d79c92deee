//! A device as the API shows it: its record, its last answer and how it does, in one object.

use std::cmp::Reverse;
use std::fmt::{self, Display};

use actix_web::HttpResponse;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use shiftboss_axeos::Mac;
use shiftboss_farm::record::{Found, State, UnixMs, View};

use crate::api::info::Info;

/// The members of the Node.js system, in its names; those of [`Standing`] are ours.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device<'a> {
    ip: &'a str,
    mac: Mac,
    r#type: &'static str,
    info: Info<'a>,
    preset_uuid: Option<&'a str>,
    tracing: bool,
    created_at: Iso,
    updated_at: Iso,
    #[serde(flatten)]
    standing: Option<Standing<'a>>,
}

/// How an imprinted device does.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    state: State,
    since: Iso,
    misses: u32,
    last_error: Option<&'a str>,
}

impl<'a> From<&'a View> for Device<'a> {
    fn from(View { record, status, seen }: &'a View) -> Self {
        let last_seen_ms = seen.as_ref().map_or(0, |seen| seen.at_ms);
        Self {
            ip: &record.address,
            mac: record.mac,
            r#type: "unknown",
            info: Info(seen.as_deref()),
            preset_uuid: None,
            tracing: status.state.is_online(),
            created_at: Iso(record.created_ms),
            updated_at: Iso(record.updated_ms.max(last_seen_ms)),
            standing: Some(Standing {
                state: status.state,
                since: Iso(status.since_ms),
                misses: status.misses,
                last_error: status.fault.as_deref(),
            }),
        }
    }
}

/// One that was found, imprinted or not.
impl<'a> From<&'a Found> for Device<'a> {
    fn from(Found { mac, address, seen }: &'a Found) -> Self {
        Self {
            ip: address,
            mac: *mac,
            r#type: "unknown",
            info: Info(Some(seen)),
            preset_uuid: None,
            tracing: false,
            created_at: Iso(seen.at_ms),
            updated_at: Iso(seen.at_ms),
            standing: None,
        }
    }
}

/// Milliseconds since 1970, shown as `2026-01-31T23:59:59.999Z`.
#[derive(Clone, Copy)]
struct Iso(UnixMs);

impl Display for Iso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = i64::try_from(self.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        write!(f, "{:.3}", time.unwrap_or(Timestamp::MAX))
    }
}

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An answer with a message, as the Node.js system gives them.
#[derive(Serialize)]
struct Envelope<T> {
    message: &'static str,
    data: T,
}

pub(super) fn one(message: &'static str, view: &View) -> HttpResponse {
    HttpResponse::Ok().json(Envelope { message, data: Device::from(view) })
}

/// The newest first.
pub(super) fn many(message: &'static str, mut views: Vec<View>) -> HttpResponse {
    views.sort_by_key(|view| (Reverse(view.record.created_ms), view.record.mac));
    let data: Vec<_> = views.iter().map(Device::from).collect();
    HttpResponse::Ok().json(Envelope { message, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_to_the_millisecond_in_utc() {
        for (unix_ms, shown) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (1_767_225_600_050, "2026-01-01T00:00:00.050Z"),
        ] {
            assert_eq!(Iso(unix_ms).to_string(), shown);
        }
        assert!(Iso(u64::MAX).to_string().starts_with("9999-12-"), "no panic, whatever is stored");
    }
}
