//! Reads a file to its last field, or says what is wrong with it and where. Pure.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};
use shiftboss_axeos::Setting;
use shiftboss_axeos::command::Changes;

use super::super::schema::VERSION;
use super::format::{DesiredRow, DeviceRow, Document, FORMAT, FoundRow, NAME, PresetRow, Secrets};
use crate::address::is_address;
use crate::error::Error;
use crate::preset::{Configuration, Preset, check_name, secrets_in};
use crate::record::{Desired, Found, Observation, Record};

/// What is wrong with a file, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Flaw {
    /// Such as `presets[3].configuration.stratumPort`; empty for the whole.
    place: String,
    problem: String,
}

impl Flaw {
    pub(super) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl Display for Flaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { place, problem } = self;
        if place.is_empty() { f.write_str(problem) } else { write!(f, "{place}: {problem}") }
    }
}

/// All of a file, fit for the store.
pub(super) struct Checked {
    pub(super) secrets: Secrets,
    pub(super) devices: Vec<Record>,
    pub(super) presets: Vec<Incoming>,
    pub(super) found: Vec<Found>,
}

/// A preset of a file, and where the passwords were that are not in the file.
pub(super) struct Incoming {
    pub(super) preset: Preset,
    pub(super) left_out: Vec<String>,
}

/// What tells whether the rest can be read at all.
#[derive(Deserialize)]
struct Head {
    name: Option<String>,
    format: Option<u32>,
    schema: Option<u32>,
}

pub(super) fn read(text: &str) -> Result<Checked, Flaw> {
    if !text.trim_start().starts_with('{') {
        return Err(Flaw::new("", "it is no JSON object, and so no export of shiftboss"));
    }
    head(&parse(text)?)?;
    let Document { secrets, devices, presets, found, .. } = parse(text)?;
    unique("devices", "mac", devices.iter().map(|row| row.mac))?;
    unique("presets", "id", presets.iter().map(|row| row.id))?;
    unique("found", "mac", found.iter().map(|row| row.mac))?;
    Ok(Checked {
        secrets,
        devices: each("devices", devices, device)?,
        presets: each("presets", presets, |row, place| preset(row, place, secrets))?,
        found: each("found", found, found_device)?,
    })
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Flaw> {
    let mut json = serde_json::Deserializer::from_str(text);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // The second is a name that is broken off.
        let place = Some(error.path().to_string()).filter(|place| place != "." && place != "?");
        Flaw::new(place.unwrap_or_default(), error.inner().to_string())
    })?;
    json.end().map_err(|error| Flaw::new("", error.to_string()))?;
    Ok(parsed)
}

fn head(Head { name, format, schema }: &Head) -> Result<(), Flaw> {
    if name.as_deref() != Some(NAME) {
        return Err(Flaw::new("name", format!("is not {NAME:?}; this is no export of shiftboss")));
    }
    for (field, version, known) in [("format", *format, FORMAT), ("schema", *schema, VERSION)] {
        if !version.is_some_and(|version| (1..=known).contains(&version)) {
            let is = version.map_or("is missing".into(), |version| format!("is {version}"));
            let problem = format!("{is}, this program knows 1 to {known}; use the program that wrote it");
            return Err(Flaw::new(field, problem));
        }
    }
    Ok(())
}

fn unique<K: Ord>(list: &str, field: &str, keys: impl Iterator<Item = K>) -> Result<(), Flaw> {
    let mut known = BTreeMap::new();
    for (index, key) in keys.enumerate() {
        if let Some(first) = known.insert(key, index) {
            return Err(Flaw::new(
                format!("{list}[{index}].{field}"),
                format!("is that of {list}[{first}] too"),
            ));
        }
    }
    Ok(())
}

fn each<T, U>(list: &str, rows: Vec<T>, check: impl Fn(T, &str) -> Result<U, Flaw>) -> Result<Vec<U>, Flaw> {
    rows.into_iter().enumerate().map(|(index, row)| check(row, &format!("{list}[{index}]"))).collect()
}

fn device(row: DeviceRow, place: &str) -> Result<Record, Flaw> {
    let DeviceRow { mac, address, created_ms, updated_ms, listening, trace_logs, preset, desired } = row;
    check_address(&address, place)?;
    let desired = wished(desired, &format!("{place}.desired"))?;
    Ok(Record { mac, address, created_ms, updated_ms, listening, trace_logs, preset, desired })
}

fn check_address(address: &str, place: &str) -> Result<(), Flaw> {
    let told = || Flaw::new(format!("{place}.address"), "must be a host, or host:port");
    if is_address(address) { Ok(()) } else { Err(told()) }
}

fn wished(DesiredRow { settings, secrets, asked_ms }: DesiredRow, place: &str) -> Result<Desired, Flaw> {
    let is_secret = |name: &&String| Setting::named(name).is_some_and(Setting::is_secret);
    if let Some(name) = settings.keys().find(is_secret) {
        let problem = "is a password, which is kept in presets only; name it in desired.secrets";
        return Err(Flaw::new(format!("{place}.settings.{name}"), problem));
    }
    if let Some(name) = secrets.iter().find(|name| !is_secret(name)) {
        return Err(Flaw::new(format!("{place}.secrets"), format!("{name:?} is no password of a device")));
    }
    let changes = Changes::parse(&settings)
        .map_err(|error| of_setting(&format!("{place}.settings"), &settings, &error))?;
    Ok(Desired { settings: changes.settings().clone(), secrets, asked_ms })
}

fn preset(row: PresetRow, place: &str, secrets: Secrets) -> Result<Incoming, Flaw> {
    let PresetRow { id, name, created_ms, updated_ms, configuration, left_out } = row;
    check_name(&name).map_err(|error| Flaw::new(place, error.to_string()))?;
    if secrets == Secrets::Included && !left_out.is_empty() {
        let problem = "there is something, but the file says that secrets are included";
        return Err(Flaw::new(format!("{place}.left_out"), problem));
    }
    let configuration = Configuration::new(configuration.clone())
        .map_err(|error| of_configuration(place, &configuration, &error))?;
    Ok(Incoming { preset: Preset { id, name, configuration, created_ms, updated_ms }, left_out })
}

pub(super) fn of_configuration(place: &str, members: &Map<String, Value>, error: &Error) -> Flaw {
    let place = format!("{place}.configuration");
    match error {
        Error::Preset(error) => of_setting(&place, members, error),
        other => Flaw::new(place, other.to_string()),
    }
}

/// At the setting, by the name that it has in the file.
fn of_setting(place: &str, members: &Map<String, Value>, error: &shiftboss_axeos::Error) -> Flaw {
    let shiftboss_axeos::Error::BadSetting { setting, problem } = error else {
        return Flaw::new(place, error.to_string());
    };
    let name = members.keys().find(|name| Setting::named(name) == Some(*setting));
    Flaw::new(format!("{place}.{}", name.map_or(setting.name(), String::as_str)), problem)
}

fn found_device(FoundRow { mac, address, at_ms, answer }: FoundRow, place: &str) -> Result<Found, Flaw> {
    check_address(&address, place)?;
    let place = format!("{place}.answer");
    // What cannot be taken apart is stored without its secrets all the same.
    let members: Map<String, Value> = serde_json::from_str(answer.get()).unwrap_or_default();
    if let Some(secret) = secrets_in(&members).first() {
        let problem = "is a password, and none is kept of what devices say; take it out";
        return Err(Flaw::new(format!("{place}.{secret}"), problem));
    }
    let seen = Observation::parse(answer.get().as_bytes(), at_ms)
        .map_err(|error| Flaw::new(place, error.to_string()))?;
    Ok(Found { mac, address, seen: Arc::new(seen) })
}
