//! What is asked of a device: read from JSON, checked, and ready to be kept or compared.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::Shown;
use super::setting::{Setting, Takes};
use crate::error::excerpt;
use crate::pool::host_and_port;
use crate::wire::{Scalar, as_number};
use crate::{Error, Secret};

/// What devices show in place of a password.
pub(super) const HIDDEN: &str = "*****";

/// The schemes of a pool that need nothing but a host and a port.
const PLAIN_SCHEMES: [&str; 3] = ["stratum+tcp", "stratum", "tcp"];

/// The longest name of a host.
const HOST_BYTES: usize = 255;

/// What a setting is, or is to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, in the unit of its setting.
    Number(f64),
    /// On or off; on the wire also 1 or 0.
    Flag(bool),
    /// A text.
    Text(String),
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => as_number(number, serializer),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
        }
    }
}

/// Settings and what each is, or is to be; never a secret. Through serde an object of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(BTreeMap<Setting, Value>);

impl Settings {
    /// One of them.
    pub fn get(&self, setting: Setting) -> Option<&Value> {
        self.0.get(&setting)
    }

    /// All, in the order of [`Setting`].
    pub fn iter(&self) -> impl Iterator<Item = (Setting, &Value)> {
        self.0.iter().map(|(setting, value)| (*setting, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over all of the others, in place of those of the same name.
    pub fn extend(&mut self, others: &Self) {
        self.0.extend(others.0.clone());
    }

    /// Forgets one; false if it was not there.
    pub fn remove(&mut self, setting: Setting) -> bool {
        self.0.remove(&setting).is_some()
    }

    pub(super) fn set(&mut self, setting: Setting, value: Value) {
        self.0.insert(setting, value);
    }

    pub(super) fn flag(&self, setting: Setting) -> Option<bool> {
        match self.get(setting)? {
            Value::Flag(flag) => Some(*flag),
            Value::Number(number) => Some(*number != 0.0),
            Value::Text(_) => None,
        }
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (setting, value) in &self.0 {
            map.serialize_entry(setting.name(), value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Settings {
    /// Reads what it has written. A name that it does not know, as after a step back to an older program, is skipped:
    /// the rest is worth more.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let mut settings = Self::default();
        for (name, json) in &members {
            let Some(setting) = Setting::named(name).filter(|setting| !setting.is_secret()) else { continue };
            let read = scalar(json).and_then(|scalar| read(setting, scalar));
            settings.set(setting, read.ok_or_else(|| D::Error::custom(format!("{name} has no such value")))?);
        }
        Ok(settings)
    }
}

/// What is asked of a device, passwords included. Its `Debug` shows none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub(super) settings: Settings,
    pub(super) secrets: BTreeMap<Setting, Secret>,
}

impl Changes {
    /// Reads an object of settings by their names, old or new. Numbers and flags may come as texts, and a pool as
    /// `stratum+tcp://host:port`.
    ///
    /// # Errors
    /// Names every member that is no setting, or the first whose value will not do.
    pub fn parse(members: &Map<String, Json>) -> Result<Self, Error> {
        let names = members.keys().filter(|name| Setting::named(name).is_none());
        let unknown: Vec<_> = names.map(|name| excerpt(name)).collect();
        if !unknown.is_empty() {
            return Err(Error::NoSettings { names: unknown });
        }
        let mut changes = Self::default();
        for (name, json) in members {
            if let Some(setting) = Setting::named(name) {
                changes.take(setting, json)?;
            }
        }
        Ok(changes)
    }

    /// Reads what a client has made of a whole answer of the device: only those settings in it count that the device
    /// does not show so already. What is no setting, or `null`, or stands for a hidden password, is skipped.
    ///
    /// # Errors
    /// Names the first setting whose value will not do.
    pub fn of_info(members: &Map<String, Json>, shown: &Shown) -> Result<Self, Error> {
        let mut changes = Self::default();
        for (name, json) in members {
            let Some(setting) = Setting::named(name) else { continue };
            let is_other_name = name != setting.name() && members.contains_key(setting.name());
            let is_hidden = json.is_null() || json.as_str() == Some(HIDDEN);
            let as_shown = || scalar(json).and_then(|scalar| read(setting, scalar));
            if is_other_name || is_hidden || as_shown().is_some_and(|value| shown.shows(setting, &value)) {
                continue;
            }
            changes.take(setting, json)?;
        }
        Ok(changes)
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.secrets.is_empty()
    }

    /// All that is no secret.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which passwords are asked for.
    pub fn secrets(&self) -> impl Iterator<Item = Setting> {
        self.secrets.keys().copied()
    }

    /// Takes over all that the others ask, in place of what is asked here by the same name.
    pub fn extend(&mut self, others: Self) {
        self.settings.0.extend(others.settings.0);
        self.secrets.extend(others.secrets);
    }

    fn take(&mut self, setting: Setting, json: &Json) -> Result<(), Error> {
        let bad = |problem: String| Error::BadSetting { setting, problem };
        let scalar = scalar(json).ok_or_else(|| bad("must be a single value".into()))?;
        if let Takes::Secret(longest) = setting.takes() {
            let secret = secret(&scalar, longest).map_err(|problem| bad(problem.into()))?;
            self.secrets.insert(setting, secret);
            return Ok(());
        }
        let value = read(setting, scalar).ok_or_else(|| bad(format!("must be {}", setting.takes())))?;
        if let (Takes::Host, Value::Text(url)) = (setting.takes(), &value) {
            return self.take_pool(setting, url);
        }
        if !is_in_range(setting.takes(), &value) {
            return Err(bad(format!("must be {}, not {value}", setting.takes())));
        }
        match self.settings.get(setting) {
            // The port of a URL gives way to one of its own.
            Some(other) if other != &value && !is_port(setting) => {
                Err(bad(format!("is asked for under two names, as {other} and as {value}")))
            }
            _ => {
                self.settings.set(setting, value);
                Ok(())
            }
        }
    }

    /// Takes a URL apart: devices take a bare host, and a port of its own.
    fn take_pool(&mut self, setting: Setting, url: &str) -> Result<(), Error> {
        let bad = |problem: String| Error::BadSetting { setting, problem };
        if let Some((scheme, _)) = url.split_once("://").filter(|(scheme, _)| !PLAIN_SCHEMES.contains(scheme))
        {
            return Err(bad(format!(
                "cannot have the scheme {:?}; write host or host:port",
                excerpt(scheme)
            )));
        }
        let (host, port) = host_and_port(url);
        let is_host = |c: char| !c.is_whitespace() && !c.is_control();
        if host.is_empty() || host.len() > HOST_BYTES || !host.chars().all(is_host) {
            return Err(bad(format!("must be {}, not {:?}", Takes::Host, excerpt(url))));
        }
        self.settings.set(setting, Value::Text(host.to_owned()));
        let port_setting =
            if setting == Setting::StratumUrl { Setting::StratumPort } else { Setting::FallbackPort };
        if let Some(port) = port.filter(|_| self.settings.get(port_setting).is_none()) {
            self.settings.set(port_setting, Value::Number(port.into()));
        }
        Ok(())
    }
}

impl From<Settings> for Changes {
    /// Asks for settings that were kept.
    fn from(settings: Settings) -> Self {
        Self { settings, secrets: BTreeMap::new() }
    }
}

fn is_port(setting: Setting) -> bool {
    matches!(setting, Setting::StratumPort | Setting::FallbackPort)
}

/// A single value; `None` for an array, an object or `null`.
pub(super) fn scalar(json: &Json) -> Option<Scalar<'_>> {
    Scalar::deserialize(json).ok().filter(|scalar| *scalar != Scalar::Nothing)
}

/// A value of a setting's type, whatever its range. Secrets have none.
pub(super) fn read(setting: Setting, scalar: Scalar<'_>) -> Option<Value> {
    match setting.takes() {
        Takes::Secret(_) => None,
        Takes::Text(..) | Takes::Hostname | Takes::Host => {
            scalar.text().map(|text| Value::Text(text.into_owned()))
        }
        Takes::Flag => scalar.flag().map(Value::Flag),
        Takes::Whole(..) | Takes::Number(..) | Takes::OneOf(_) => {
            let flag = || scalar.flag().map(|flag| f64::from(u8::from(flag)));
            scalar.number().or_else(flag).map(Value::Number)
        }
    }
}

fn is_in_range(takes: Takes, value: &Value) -> bool {
    match (takes, value) {
        (Takes::Text(low, high), Value::Text(text)) => {
            (low..=high).contains(&text.len()) && !text.chars().any(char::is_control)
        }
        (Takes::Hostname, Value::Text(text)) => {
            (1..=32).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
        }
        (Takes::Whole(low, high), Value::Number(number)) => {
            number.fract() == 0.0 && (low..=high).contains(number)
        }
        (Takes::Number(low, high), Value::Number(number)) => (low..=high).contains(number),
        (Takes::OneOf(values), Value::Number(number)) => values.contains(number),
        (Takes::Flag, Value::Flag(_)) => true,
        _ => false,
    }
}

/// A password. What is wrong with one is said without a word of it.
fn secret(scalar: &Scalar<'_>, longest: usize) -> Result<Secret, &'static str> {
    match scalar {
        Scalar::Text(text) if text == HIDDEN => Err("stands for a hidden password and cannot be one"),
        Scalar::Text(text) if text.len() > longest => Err("is longer than devices take"),
        Scalar::Text(text) if text.chars().any(char::is_control) => Err("must be a text of one line"),
        Scalar::Text(text) => Ok(Secret::new(text.clone())),
        _ => Err("must be a text"),
    }
}

impl Display for Takes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(low, high) => write!(f, "a text of {low} to {high} bytes in one line"),
            Self::Hostname => write!(f, "a text of 1 to 32 letters, digits and hyphens"),
            Self::Host => write!(f, "a host, or stratum+tcp://host:port"),
            Self::Secret(high) => write!(f, "a text of at most {high} bytes"),
            Self::Whole(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Number(low, high) => write!(f, "a number from {low} to {high}"),
            Self::Flag => write!(f, "true or false, 1 or 0"),
            Self::OneOf(values) => {
                let values: Vec<_> = values.iter().map(f64::to_string).collect();
                write!(f, "{}", values.join(", "))
            }
        }
    }
}
