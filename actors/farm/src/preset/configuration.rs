//! What a preset sets: any JSON object, with the pool in members that are known, and its secrets sealed.

use std::fmt::{self, Debug, Formatter};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use shiftboss_axeos::is_secret;

use crate::error::Error;

/// The largest configuration, as JSON text.
const LIMIT_BYTES: usize = 16 * 1024;

const PORT: &str = "stratumPort";

/// The members that are texts, and how long each may be.
const TEXTS: [(&str, usize); 3] = [("stratumURL", 255), ("stratumUser", 255), ("stratumPassword", 255)];

/// The settings of a preset. Its `Debug` and its `Serialize` leave the secrets out, at any depth; for the one place
/// that must send or store them there is [`Configuration::expose`].
#[derive(Clone, Default, PartialEq)]
pub struct Configuration(Map<String, Json>);

impl Configuration {
    /// Checks the members that are known; others may be anything. A port may come as a text, as old clients send it.
    ///
    /// # Errors
    /// Names the member that will not do. A value is never quoted.
    pub fn parse(mut members: Map<String, Json>) -> Result<Self, Error> {
        let bad = |field: &str, problem: String| Error::BadPreset { field: field.into(), problem };
        for (name, longest) in TEXTS {
            let is_good = |json: &Json| json.as_str().is_some_and(|text| text.len() <= longest);
            if members.get(name).is_some_and(|json| !is_good(json)) {
                return Err(bad(name, format!("must be a text of at most {longest} bytes")));
            }
        }
        if let Some(port) = members.get_mut(PORT) {
            let number =
                read_port(port).ok_or_else(|| bad(PORT, "must be a number from 1 to 65535".into()))?;
            *port = number.into();
        }
        let configuration = Self(members);
        let length = serde_json::to_string(&configuration.0).map_or(usize::MAX, |text| text.len());
        if length > LIMIT_BYTES {
            return Err(bad("configuration", format!("must be at most {LIMIT_BYTES} bytes of JSON")));
        }
        Ok(configuration)
    }

    /// All members, secrets too: for who sends them to a device or to the disk, and for nobody else.
    pub fn expose(&self) -> &Map<String, Json> {
        &self.0
    }

    /// All members but the secrets.
    pub fn shown(&self) -> Map<String, Json> {
        without_secrets(&self.0)
    }

    /// These members, with the secrets of this configuration where they have none. A secret that is `null` is to go.
    pub(super) fn secrets_kept(&self, mut members: Map<String, Json>) -> Map<String, Json> {
        keep_secrets(&self.0, &mut members);
        members
    }
}

impl Debug for Configuration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.shown().fmt(f)
    }
}

impl Serialize for Configuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.shown().serialize(serializer)
    }
}

fn read_port(json: &Json) -> Option<u16> {
    let port = match json {
        Json::Number(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    port.filter(|port| *port > 0)
}

fn without_secrets(members: &Map<String, Json>) -> Map<String, Json> {
    let shown = members.iter().filter(|(name, _)| !is_secret(name));
    shown.map(|(name, json)| (name.clone(), shown_of(json))).collect()
}

fn shown_of(json: &Json) -> Json {
    match json {
        Json::Object(members) => Json::Object(without_secrets(members)),
        Json::Array(items) => items.iter().map(shown_of).collect(),
        other => other.clone(),
    }
}

fn keep_secrets(old: &Map<String, Json>, new: &mut Map<String, Json>) {
    for (name, known) in old {
        match new.get_mut(name) {
            None if is_secret(name) => {
                new.insert(name.clone(), known.clone());
            }
            None => {}
            Some(json) => keep_within(known, json),
        }
    }
    new.retain(|name, json| !(is_secret(name) && json.is_null()));
}

fn keep_within(old: &Json, new: &mut Json) {
    match (old, new) {
        (Json::Object(old), Json::Object(new)) => keep_secrets(old, new),
        (Json::Array(old), Json::Array(new)) => {
            for (old, new) in old.iter().zip(new) {
                // An item that changed may be another pool, which must not get to know the password of this one.
                if shown_of(old) == shown_of(new) {
                    keep_within(old, new);
                }
            }
        }
        _ => {}
    }
}
