//! Settings and their values, without secrets.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Map;

use super::setting::Setting;
use super::takes::scalar;
use crate::wire::as_number;

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
            let read = scalar(json).and_then(|scalar| setting.takes().read(scalar));
            settings.set(setting, read.ok_or_else(|| D::Error::custom(format!("{name} has no such value")))?);
        }
        Ok(settings)
    }
}
