//! Presets: pool settings under a name, to be given to many devices. Which they are, and how they change; the actor
//! [`Presets`] keeps them.

use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use shiftboss_axeos::command::Changes;
use shiftboss_axeos::{Error, Setting, is_secret};
use uuid::Uuid;

use crate::record::UnixMs;

mod keeper;

pub use keeper::{AlterPreset, CreatePreset, ListPresets, LookPreset, Presets, RemovePreset};

/// Which preset: a UUID of version 7, always drawn here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PresetId(Uuid);

impl PresetId {
    /// One that no other preset has.
    pub fn draw() -> Self {
        Self(Uuid::now_v7())
    }

    /// As a key of the store: in the order in which they were drawn.
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl Display for PresetId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0.hyphenated(), f)
    }
}

impl FromStr for PresetId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

/// A name, and what is given under it. Its `Debug` shows no value: some are passwords.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Which.
    pub id: PresetId,
    /// What people call it.
    pub name: String,
    /// Settings by their names, and whatever else a client keeps there. Passwords are in it, for they are to be given.
    pub configuration: Configuration,
    /// When it was made.
    pub created_ms: UnixMs,
    /// When it was changed last.
    pub updated_ms: UnixMs,
}

impl Debug for Preset {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preset").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a preset gives. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Configuration(Map<String, Value>);

impl Debug for Configuration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Configuration {
    /// Checks the settings among the members; the others are kept as they are, and given to nobody.
    ///
    /// # Errors
    /// Names the first setting whose value will not do.
    pub fn new(members: Map<String, Value>) -> Result<Self, Error> {
        let configuration = Self(members);
        configuration.changes()?;
        Ok(configuration)
    }

    /// All of it that is no secret, at any depth.
    pub fn shown(&self) -> Map<String, Value> {
        shown(&self.0)
    }

    /// The names of its passwords.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str).filter(|name| is_secret(name))
    }

    /// What it asks of a device.
    ///
    /// # Errors
    /// Those of [`Self::new`]: of what was checked there are none.
    pub fn changes(&self) -> Result<Changes, Error> {
        self.changes_of(|_| true)
    }

    /// The pool without its user, which the Node.js system leaves to each device.
    ///
    /// # Errors
    /// As [`Self::changes`].
    pub fn pool(&self) -> Result<Changes, Error> {
        let of_pool = [Setting::StratumUrl, Setting::StratumPort, Setting::StratumPassword];
        self.changes_of(|setting| of_pool.contains(&setting))
    }

    fn changes_of(&self, wanted: impl Fn(Setting) -> bool) -> Result<Changes, Error> {
        // A form that was left blank asks for nothing; a password may be blank.
        let is_blank = |name: &str, value: &Value| value.is_null() || value == "" && !is_secret(name);
        let is_wanted =
            |name: &str, value: &Value| !is_blank(name, value) && Setting::named(name).is_some_and(&wanted);
        let settings = self.0.iter().filter(|(name, value)| is_wanted(name, value));
        Changes::parse(&settings.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// This one with other members in place of its own, or beside them; null takes one away. Passwords that are not
    /// named stay: nobody who reads a preset can send them back.
    fn altered(&self, Alteration { mode, members }: &Alteration) -> Self {
        let stays = |name: &String| matches!(mode, Mode::Merge) || is_secret(name);
        let kept = self.0.iter().filter(|(name, _)| stays(name) && !members.contains_key(*name));
        let new = members.iter().filter(|(_, value)| !value.is_null());
        Self(kept.chain(new).map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

fn shown(members: &Map<String, Value>) -> Map<String, Value> {
    let open = members.iter().filter(|(name, _)| !is_secret(name));
    open.map(|(name, value)| (name.clone(), without_secrets(value))).collect()
}

fn without_secrets(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(shown(members)),
        Value::Array(items) => items.iter().map(without_secrets).collect(),
        other => other.clone(),
    }
}

/// What is to become of a configuration. Its `Debug` shows names only.
#[derive(Clone)]
pub struct Alteration {
    /// What becomes of members that are not named.
    pub mode: Mode,
    /// Those that are; null takes one away.
    pub members: Map<String, Value>,
}

impl Debug for Alteration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entry(&self.mode).entries(self.members.keys()).finish()
    }
}

/// What becomes of members that are not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They go.
    Replace,
    /// They stay.
    Merge,
}

#[cfg(test)]
mod tests;
