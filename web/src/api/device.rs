//! A device as the API shows it: its record, its last answer and how it does, in one object.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::{self, Display};

use actix_web::HttpResponse;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use shiftboss_axeos::command::Settings;
use shiftboss_axeos::{Mac, Setting};
use shiftboss_farm::preset::PresetId;
use shiftboss_farm::record::{Desired, Found, Observation, State, UnixMs, View};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::endpoint::Schemas;
use crate::api::info::Info;
use crate::api::outcome::Commanded;
use crate::api::rows::{self, Row};
use crate::api::schema;

/// The members of the Node.js system, in its names.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Device<'a> {
    /// Where it answers HTTP, with the port if it is not 80.
    #[schema(example = "192.168.1.20")]
    ip: &'a str,
    /// Its identity.
    #[schema(value_type = String, example = "aa:bb:cc:dd:ee:05")]
    mac: Mac,
    /// Always `unknown`.
    r#type: &'static str,
    info: Info<'a>,
    /// The preset that it was given last.
    #[schema(value_type = Option<String>)]
    preset_uuid: Option<PresetId>,
    /// Whether it is polled and answers.
    tracing: bool,
    /// When it was imprinted, or of one that is not, found.
    #[schema(schema_with = schema::time)]
    created_at: Iso,
    /// When its record was changed or it answered, whichever was later.
    #[schema(schema_with = schema::time)]
    updated_at: Iso,
}

/// One that is imprinted: what we know of it stands beside the members of the Node.js system.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Imprinted<'a> {
    #[serde(flatten)]
    device: Device<'a>,
    /// `idle` (not to be polled), `waiting` (for its first answer), `online`, `stale` (missed the last poll), `offline`
    /// or `restarting`.
    #[schema(schema_with = schema::state)]
    state: State,
    /// Since when.
    #[schema(schema_with = schema::time)]
    since: Iso,
    /// Polls missed in a row.
    misses: u32,
    /// Why it missed the last one.
    last_error: Option<&'a str>,
    /// The device that answers in its place, at its address.
    #[schema(value_type = Option<String>)]
    stranger: Option<Mac>,
    /// What it was asked to be set to; null if nothing.
    desired: Option<Wanted<'a>>,
    /// The settings that it shows otherwise.
    #[schema(value_type = Vec<String>)]
    drift: &'a [Setting],
    /// The last command that it was given since the controller started.
    command: Option<Commanded<'a>>,
}

/// What a device was asked to be set to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Wanted<'a> {
    /// The latest of each, by name.
    #[schema(value_type = Map<String, Value>)]
    settings: &'a Settings,
    /// The passwords that were asked for, by name.
    secrets: &'a BTreeSet<String>,
    /// When something was asked last.
    #[schema(schema_with = schema::time)]
    asked_at: Iso,
}

impl<'a> From<&'a View> for Imprinted<'a> {
    fn from(View { record, status, seen }: &'a View) -> Self {
        let last_seen_ms = seen.as_ref().map_or(0, |seen| seen.at_ms);
        let device = Device {
            ip: &record.address,
            mac: record.mac,
            r#type: "unknown",
            info: Info(seen.as_deref()),
            preset_uuid: record.preset,
            tracing: status.state.is_online(),
            created_at: Iso(record.created_ms),
            updated_at: Iso(record.updated_ms.max(last_seen_ms)),
        };
        Self {
            device,
            state: status.state,
            since: Iso(status.since_ms),
            misses: status.misses,
            last_error: status.fault.as_deref(),
            stranger: status.stranger,
            desired: (record.desired.asked_ms != 0).then(|| Wanted::from(&record.desired)),
            drift: &status.drift,
            command: status.command.as_deref().map(Commanded::from),
        }
    }
}

impl<'a> From<&'a Desired> for Wanted<'a> {
    fn from(Desired { settings, secrets, asked_ms }: &'a Desired) -> Self {
        Self { settings, secrets, asked_at: Iso(*asked_ms) }
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
        }
    }
}

/// Milliseconds since 1970, shown as `2026-01-31T23:59:59.999Z`.
#[derive(Clone, Copy)]
pub(super) struct Iso(pub(super) UnixMs);

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
pub(super) struct Envelope<T> {
    message: &'static str,
    data: T,
}

/// An answer with devices.
pub(super) type Listed = Envelope<Vec<Imprinted<'static>>>;

/// An answer with one device.
pub(super) type Single = Envelope<Imprinted<'static>>;

impl<T: ToSchema> PartialSchema for Envelope<T> {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().property("message", schema::text("Device retrieved successfully"));
        object.required("message").property("data", T::schema()).required("data").into()
    }
}

impl<T: ToSchema> ToSchema for Envelope<T> {
    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}

pub(super) fn one(message: &'static str, view: &View) -> HttpResponse {
    enveloped(message, Imprinted::from(view))
}

pub(super) fn enveloped<T: Serialize>(message: &'static str, data: T) -> HttpResponse {
    HttpResponse::Ok().json(Envelope { message, data })
}

impl Row for View {
    fn shown(&self) -> impl Serialize {
        Imprinted::from(self)
    }
}

impl Row for Found {
    fn shown(&self) -> impl Serialize {
        Device::from(self)
    }
}

/// The newest first.
pub(super) fn many(message: &'static str, mut views: Vec<View>) -> HttpResponse {
    views.sort_by_key(|view| (Reverse(view.record.created_ms), view.record.mac));
    rows::array(&format!(r#"{{"message":{},"data":"#, json!(message)), views, "}")
}

/// Devices that were found, as the Node.js system lists them: bare, the newest first.
pub(super) fn bare(mut found: Vec<Found>) -> HttpResponse {
    found.sort_by_key(|found| (Reverse(found.seen.at_ms), found.mac));
    rows::array("", found, "")
}

/// What the document shows of an imprinted device.
fn example() -> Value {
    let mut example = example_found()[0].clone();
    example["tracing"] = json!(true);
    example["state"] = json!("online");
    example["since"] = json!("2026-01-31T23:59:59.999Z");
    example["misses"] = json!(0);
    for absent in ["lastError", "stranger", "desired", "command"] {
        example[absent] = Value::Null;
    }
    example["drift"] = json!([]);
    example
}

pub(super) fn example_one(message: &str) -> Value {
    json!({"message": message, "data": example()})
}

pub(super) fn example_list(message: &str) -> Value {
    json!({"message": message, "data": [example()]})
}

pub(super) fn example_found() -> Value {
    let seen = Observation::parse(br#"{"ASICModel":"BM1370","hostname":"bitaxe","power":14.2}"#, 0);
    let time = "2026-01-31T23:59:59.999Z";
    json!([{
        "ip": "192.168.1.20", "mac": "aa:bb:cc:dd:ee:05", "type": "unknown", "info": Info(seen.ok().as_ref()),
        "presetUuid": null, "tracing": false, "createdAt": time, "updatedAt": time,
    }])
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
