//! Presets: pool settings under a name, to be given to many devices.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use shiftboss_axeos::Mac;
use uuid::Uuid;

use crate::error::Error;
use crate::record::{UnixMs, View};

mod configuration;

pub use configuration::Configuration;

/// The longest name of a preset, in characters.
pub const NAME_CHARS: usize = 100;

/// Which preset: a UUID of version 7, always drawn here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PresetId(Uuid);

impl PresetId {
    /// One that no other preset has.
    pub fn draw() -> Self {
        Self(Uuid::now_v7())
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    pub(crate) fn into_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl Display for PresetId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for PresetId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::try_parse(text).map(Self)
    }
}

/// Settings under a name. Neither its `Debug` nor its `Serialize` shows a secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preset {
    /// Which.
    pub id: PresetId,
    /// What people call it.
    pub name: String,
    /// What it sets.
    pub configuration: Configuration,
    /// When it was made.
    pub created_ms: UnixMs,
    /// When it was changed last.
    pub updated_ms: UnixMs,
}

impl Preset {
    /// A new one, checked.
    ///
    /// # Errors
    /// Names the field that will not do.
    pub fn new(name: &str, configuration: Map<String, Json>, now_ms: UnixMs) -> Result<Self, Error> {
        let (name, configuration) = (checked(name)?, Configuration::parse(configuration)?);
        Ok(Self { id: PresetId::draw(), name, configuration, created_ms: now_ms, updated_ms: now_ms })
    }

    /// This one with another name or other settings, checked. A secret that is not given stays.
    ///
    /// # Errors
    /// Names the field that will not do.
    pub fn changed(
        &self,
        name: Option<&str>,
        configuration: Option<Map<String, Json>>,
        now_ms: UnixMs,
    ) -> Result<Self, Error> {
        let name = name.map_or_else(|| Ok(self.name.clone()), checked)?;
        let configuration = match configuration {
            Some(members) => Configuration::parse(self.configuration.secrets_kept(members))?,
            None => self.configuration.clone(),
        };
        Ok(Self { name, configuration, updated_ms: now_ms, ..*self })
    }

    /// The devices whose records name it, out of these.
    pub fn used_by(id: PresetId, devices: &[View]) -> Vec<Mac> {
        let using = devices.iter().filter(|view| view.record.preset == Some(id));
        using.map(|view| view.record.mac).collect()
    }
}

fn checked(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        let problem = format!("must be a text of 1 to {NAME_CHARS} characters in one line");
        return Err(Error::BadPreset { field: "name".into(), problem });
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests;
