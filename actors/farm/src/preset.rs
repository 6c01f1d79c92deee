//! Presets: pool settings under a name, to be given to many devices. Which they are, and how they change; the actor
//! [`Presets`] keeps them.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shiftboss_axeos::command::{Changes, Value as Meant};
use shiftboss_axeos::{Error, Setting, is_secret};
use uuid::Uuid;

use crate::record::UnixMs;

mod keeper;
mod secrets;

pub(crate) use secrets::places as secrets_in;

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

/// More presets than these are not kept.
pub(crate) const PRESETS_AT_MOST: usize = 1_000;

/// The longest name, in characters.
pub const NAME_AT_MOST: usize = 100;

/// The longest configuration, as JSON.
const CONFIGURATION_BYTES: usize = 16_384;

/// Looks whether a preset may be called so.
///
/// # Errors
/// It is empty, too long, or takes more than one line.
pub fn check_name(name: &str) -> Result<(), crate::Error> {
    let is_good = (1..=NAME_AT_MOST).contains(&name.chars().count()) && !name.contains(char::is_control);
    if is_good { Ok(()) } else { Err(crate::Error::PresetName { most: NAME_AT_MOST }) }
}

/// A name, and what is given under it. Some of that are passwords: its `Debug` shows no value, and only the store writes
/// it down.
///
/// ```compile_fail
/// fn write(preset: &shiftboss_farm::preset::Preset) {
///     let _ = serde_json::to_string(preset);
/// }
/// ```
#[derive(Clone, PartialEq)]
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

/// A preset as the store keeps it, with its passwords.
#[derive(Serialize, Deserialize)]
pub(crate) struct Row<'a> {
    id: PresetId,
    name: Cow<'a, str>,
    configuration: Cow<'a, Map<String, Value>>,
    created_ms: UnixMs,
    updated_ms: UnixMs,
}

impl<'a> From<&'a Preset> for Row<'a> {
    fn from(Preset { id, name, configuration, created_ms, updated_ms }: &'a Preset) -> Self {
        Self {
            id: *id,
            name: Cow::Borrowed(name),
            configuration: Cow::Borrowed(&configuration.0),
            created_ms: *created_ms,
            updated_ms: *updated_ms,
        }
    }
}

impl From<Row<'_>> for Preset {
    /// As it was kept: it was checked before.
    fn from(Row { id, name, configuration, created_ms, updated_ms }: Row<'_>) -> Self {
        let configuration = Configuration(configuration.into_owned()).typed();
        Self { id, name: name.into_owned(), configuration, created_ms, updated_ms }
    }
}

/// What a preset gives. Its `Debug` shows names only.
#[derive(Clone, Default, PartialEq)]
pub struct Configuration(Map<String, Value>);

impl Debug for Configuration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Configuration {
    /// Checks the settings among the members, and makes numbers and flags of those that came as texts. The other members
    /// are kept as they are, and given to nobody.
    ///
    /// # Errors
    /// It is too long, or the first setting whose value will not do.
    pub fn new(members: Map<String, Value>) -> Result<Self, crate::Error> {
        let configuration = Self(members);
        configuration.changes().map_err(crate::Error::Preset)?;
        let configuration = configuration.typed();
        // A map of JSON values can always be written.
        let bytes = serde_json::to_vec(&configuration.0).map_or(usize::MAX, |json| json.len());
        let most = CONFIGURATION_BYTES;
        if bytes > most { Err(crate::Error::LongPreset { most }) } else { Ok(configuration) }
    }

    /// This one, with what is meant by the texts among its settings. One that is not checked stays as it is.
    fn typed(mut self) -> Self {
        let Ok(changes) = self.changes() else { return self };
        let texts =
            self.0.iter_mut().filter(|(_, value)| value.as_str().is_some_and(|text| !text.is_empty()));
        for (name, value) in texts {
            let meant = Setting::named(name).and_then(|setting| changes.settings().get(setting));
            if let Some(meant @ (Meant::Number(_) | Meant::Flag(_))) = meant {
                *value = json!(meant);
            }
        }
        self
    }

    /// All of it that is no secret, at any depth.
    pub fn shown(&self) -> Map<String, Value> {
        secrets::without(&self.0)
    }

    /// The places of its passwords, at any depth, such as `stratumPassword` or `pools[1].password`.
    pub fn secrets(&self) -> Vec<String> {
        secrets::places(&self.0)
    }

    /// This one, with those passwords of another that it does not name; null stands for none.
    ///
    /// # Errors
    /// It is too long with them.
    pub(crate) fn with_secrets_of(&self, other: &Self) -> Result<Self, crate::Error> {
        Self::new(secrets::kept(&other.0, &self.0))
    }

    /// Its members, passwords included: for the store alone.
    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.0
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
    /// named stay, also those inside of an object that is given anew: nobody who reads a preset can send them back.
    ///
    /// # Errors
    /// Those of [`Self::new`]: members that were checked one by one need not go together.
    fn altered(&self, Alteration { mode, members }: &Alteration) -> Result<Self, crate::Error> {
        let stays = |name: &str| matches!(mode, Mode::Merge) && !members.contains_key(name);
        let old = self.0.iter().filter(|(name, _)| stays(name));
        let old = old.map(|(name, value)| (name.clone(), value.clone()));
        let new = secrets::kept(&self.0, members).into_iter().filter(|(_, value)| !value.is_null());
        Self::new(old.chain(new).collect())
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
