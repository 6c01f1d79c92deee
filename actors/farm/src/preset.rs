//! Presets: pool settings under a name, to be given to many devices.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which preset: a UUID of version 7, always drawn here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PresetId(Uuid);

impl PresetId {
    /// One that no other preset has.
    pub fn draw() -> Self {
        Self(Uuid::now_v7())
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
