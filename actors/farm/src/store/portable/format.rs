//! The file: its fields, in the order in which they are written. Unknown ones are refused, so that none gets lost.

use std::collections::BTreeSet;
use std::fmt::{self, Formatter};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use shiftboss_axeos::Mac;

use crate::preset::{Preset, PresetId};
use crate::record::{Desired, Found, Record, UnixMs};

/// What the file says that it is.
pub(super) const NAME: &str = "shiftboss-store";

/// Changes when an older program could not read the file any more.
pub(super) const FORMAT: u32 = 1;

/// Whether the passwords of presets are in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrets {
    /// None is; each preset says which it has.
    LeftOut,
    /// All are, in clear text.
    Included,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an export")]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) format: u32,
    /// The version of the tables that it was written from.
    pub(super) schema: u32,
    pub(super) exported_ms: UnixMs,
    pub(super) secrets: Secrets,
    pub(super) devices: Vec<DeviceRow>,
    pub(super) presets: Vec<PresetRow>,
    pub(super) found: Vec<FoundRow>,
}

/// An imprinted device.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a device")]
pub(super) struct DeviceRow {
    pub(super) mac: Mac,
    pub(super) address: String,
    pub(super) created_ms: UnixMs,
    pub(super) updated_ms: UnixMs,
    pub(super) listening: bool,
    pub(super) trace_logs: bool,
    pub(super) preset: Option<PresetId>,
    pub(super) desired: DesiredRow,
}

/// What it was asked to be set to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "what a device was asked to have")]
pub(super) struct DesiredRow {
    #[serde(deserialize_with = "members")]
    pub(super) settings: Map<String, Value>,
    /// Names of passwords; they themselves are in presets only.
    pub(super) secrets: BTreeSet<String>,
    pub(super) asked_ms: UnixMs,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a preset")]
pub(super) struct PresetRow {
    pub(super) id: PresetId,
    pub(super) name: String,
    pub(super) created_ms: UnixMs,
    pub(super) updated_ms: UnixMs,
    #[serde(deserialize_with = "members")]
    pub(super) configuration: Map<String, Value>,
    /// Where in the configuration the passwords were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<String>,
}

/// A device that discovery has found, and its answer to the letter.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a device that was found")]
pub(super) struct FoundRow {
    pub(super) mac: Mac,
    pub(super) address: String,
    pub(super) at_ms: UnixMs,
    pub(super) answer: Box<RawValue>,
}

/// An object of which no member is there twice: the first of two would get lost.
fn members<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut members = Map::new();
            while let Some((name, value)) = access.next_entry::<String, Value>()? {
                if members.contains_key(&name) {
                    return Err(A::Error::custom(format!("{name:?} is there twice")));
                }
                members.insert(name, value);
            }
            Ok(members)
        }
    }

    deserializer.deserialize_map(Members)
}

impl From<Record> for DeviceRow {
    fn from(record: Record) -> Self {
        let Record { mac, address, created_ms, updated_ms, listening, trace_logs, preset, desired } = record;
        Self { mac, address, created_ms, updated_ms, listening, trace_logs, preset, desired: desired.into() }
    }
}

impl From<Desired> for DesiredRow {
    fn from(Desired { settings, secrets, asked_ms }: Desired) -> Self {
        let settings = settings.iter().map(|(setting, value)| (setting.name().to_owned(), json!(value)));
        Self { settings: settings.collect(), secrets, asked_ms }
    }
}

impl PresetRow {
    pub(super) fn new(preset: Preset, secrets: Secrets) -> Self {
        let Preset { id, name, configuration, created_ms, updated_ms } = preset;
        let (left_out, configuration) = match secrets {
            Secrets::LeftOut => (configuration.secrets(), configuration.shown()),
            Secrets::Included => (Vec::new(), configuration.members().clone()),
        };
        Self { id, name, created_ms, updated_ms, configuration, left_out }
    }
}

impl TryFrom<Found> for FoundRow {
    type Error = serde_json::Error;

    /// What a device said was JSON when it was read.
    fn try_from(Found { mac, address, seen }: Found) -> Result<Self, serde_json::Error> {
        let answer = RawValue::from_string(seen.body.to_string())?;
        Ok(Self { mac, address, at_ms: seen.at_ms, answer })
    }
}
