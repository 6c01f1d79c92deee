//! What a miner of the seeds says that is not so: its document, member by member; those that are not lied about stay as
//! they were written.

use std::borrow::Cow;

use serde::Serializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::lies::Lies;
use crate::patch::Members;

/// Hash rates in the document, and in its history; timestamps there count from one that is skewed.
const HASHRATES: [&str; 4] = ["hashRate", "hashRate_10m", "hashRate_1h", "hashRate_1d"];
const PAST_HASHRATES: [&str; 3] = ["hashrate_10m", "hashrate_1h", "hashrate_1d"];
const SHARES: [&str; 2] = ["sharesAccepted", "sharesRejected"];

/// A miner's lies, and what they hold on to.
pub(crate) struct Retold {
    lies: Lies,
    held: Vec<(&'static str, Box<RawValue>)>,
}

impl Retold {
    /// What was held on to stays as long as it is to be.
    pub(crate) fn begin(old: Option<Self>, lies: Lies) -> Self {
        let mut held = old.map(|old| old.held).unwrap_or_default();
        held.retain(|(name, _)| if SHARES.contains(name) { lies.is_silent } else { lies.is_frozen });
        Self { lies, held }
    }

    /// The document as the miner tells it.
    ///
    /// # Errors
    /// It is no JSON object.
    pub(crate) fn tell(&mut self, document: &[u8]) -> serde_json::Result<Vec<u8>> {
        let Members::<&str, &RawValue>(members) = serde_json::from_slice(document)?;
        let mut told = Vec::with_capacity(members.len());
        for (name, value) in members {
            told.push((name, self.member(name, value)?));
        }
        written(document.len(), &told)
    }

    fn member<'a>(&mut self, name: &str, value: &'a RawValue) -> serde_json::Result<Cow<'a, RawValue>> {
        let lies = &self.lies;
        if let Some(known) = known(&HASHRATES, name) {
            let value = if lies.is_frozen { self.hold(known, value) } else { value.to_owned() };
            return times(&value, self.lies.factor).map(Cow::Owned);
        }
        if let Some(known) = known(&SHARES, name).filter(|_| lies.is_silent) {
            return Ok(Cow::Owned(self.hold(known, value)));
        }
        match (name, &lies.pool) {
            ("history", _) => self.history(value),
            ("uptimeSeconds", _) => whole(value, |seconds| lies.skewed_seconds(seconds)),
            ("hashRateTimestamp", _) => whole(value, |unix_ms| lies.skewed_ms(unix_ms)),
            ("stratumURL", Some(pool)) => serde_json::value::to_raw_value(&pool.url).map(Cow::Owned),
            ("stratumPort", Some(pool)) => serde_json::value::to_raw_value(&pool.port).map(Cow::Owned),
            ("stratumUser", Some(pool)) => serde_json::value::to_raw_value(&pool.user).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(value)),
        }
    }

    /// What stood there when the lie began.
    fn hold(&mut self, name: &'static str, value: &RawValue) -> Box<RawValue> {
        match self.held.iter().find(|(known, _)| *known == name) {
            Some((_, held)) => held.clone(),
            None => {
                self.held.push((name, value.to_owned()));
                value.to_owned()
            }
        }
    }

    fn history<'a>(&mut self, value: &'a RawValue) -> serde_json::Result<Cow<'a, RawValue>> {
        let Ok(Members::<&str, &RawValue>(members)) = serde_json::from_str(value.get()) else {
            // A client has laid something else over it.
            return Ok(Cow::Borrowed(value));
        };
        let mut told = Vec::with_capacity(members.len());
        for (name, value) in members {
            let value = match known(&PAST_HASHRATES, name) {
                Some(known) => {
                    let value = if self.lies.is_frozen { self.hold(known, value) } else { value.to_owned() };
                    Cow::Owned(times(&value, self.lies.factor)?)
                }
                None if name == "timestampBase" => whole(value, |unix_ms| self.lies.skewed_ms(unix_ms))?,
                None => Cow::Borrowed(value),
            };
            told.push((name, value));
        }
        let text = String::from_utf8_lossy(&written(value.get().len(), &told)?).into_owned();
        RawValue::from_string(text).map(Cow::Owned)
    }
}

fn known(names: &[&'static str], name: &str) -> Option<&'static str> {
    names.iter().find(|known| **known == name).copied()
}

/// So many times a number, or each number of a list; anything else as it is.
fn times(value: &RawValue, factor: f64) -> serde_json::Result<Box<RawValue>> {
    if factor == 1.0 {
        return Ok(value.to_owned());
    }
    let multiply = |value: &Value| match value.as_f64() {
        Some(number) => Value::from(number * factor),
        None => value.clone(),
    };
    let told = match serde_json::from_str(value.get())? {
        Value::Array(list) => list.iter().map(multiply).collect(),
        value => multiply(&value),
    };
    serde_json::value::to_raw_value(&told)
}

/// A whole number that is told otherwise; anything else as it is.
fn whole(value: &RawValue, told: impl Fn(u64) -> u64) -> serde_json::Result<Cow<'_, RawValue>> {
    match value.get().parse().map(told) {
        Ok(number) => serde_json::value::to_raw_value(&number).map(Cow::Owned),
        Err(_) => Ok(Cow::Borrowed(value)),
    }
}

fn written(capacity_bytes: usize, members: &[(&str, Cow<'_, RawValue>)]) -> serde_json::Result<Vec<u8>> {
    let mut document = Vec::with_capacity(capacity_bytes);
    let members = members.iter().map(|(name, value)| (name, &**value));
    serde_json::Serializer::new(&mut document).collect_map(members)?;
    Ok(document)
}
