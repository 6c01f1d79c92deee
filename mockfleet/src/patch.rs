//! What clients have changed of a miner: fields laid over those that its model generates.
//!
//! A patch replaces whole values, as the spread of one JavaScript object over another: it does not look into them.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{self, MapAccess};
use serde::{Deserialize, Deserializer, Serializer};
use serde_json::value::RawValue;

use crate::error::Error;

#[cfg(test)]
mod tests;

/// How much a miner keeps of all its patches.
pub(crate) const KEPT_BYTES: usize = 16 * 1024;

/// What a kept field costs beside its text.
const FIELD_BYTES: usize = 32;

/// Fields and their new values, as they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patch(Vec<(Box<str>, Box<RawValue>)>);

impl Patch {
    /// Reads a request's body; an empty one changes nothing.
    ///
    /// # Errors
    /// The body is not a JSON object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Error> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let Members(fields) = serde_json::from_slice(body).map_err(Error::NotAnObject)?;
        Ok(Self(fields))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a newer patch over this one. A field keeps the place that it first had.
    ///
    /// # Errors
    /// Both together are more than a miner keeps; nothing has changed then.
    pub(crate) fn merge(&mut self, newer: Self) -> Result<(), Error> {
        if self.weight_bytes() + newer.weight_bytes() > KEPT_BYTES {
            return Err(Error::Full);
        }
        for (name, value) in newer.0 {
            match self.0.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => self.0.push((name, value)),
            }
        }
        Ok(())
    }

    /// Lays the patch over a generated document: its fields keep their places, new ones follow.
    pub(crate) fn over(&self, document: &[u8]) -> serde_json::Result<Vec<u8>> {
        let Members::<&str, &RawValue>(generated) = serde_json::from_slice(document)?;
        let patched = generated.iter().map(|(name, value)| (*name, self.value(name).unwrap_or(value)));
        let own = self.0.iter().map(|(name, value)| (&**name, &**value));
        let added = own.filter(|(name, _)| !generated.iter().any(|(known, _)| known == name));
        let mut body = Vec::with_capacity(document.len() + self.weight_bytes());
        serde_json::Serializer::new(&mut body).collect_map(patched.chain(added))?;
        Ok(body)
    }

    fn value(&self, name: &str) -> Option<&RawValue> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    fn weight_bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| FIELD_BYTES + name.len() + value.get().len()).sum()
    }
}

/// The members of a JSON object in the order in which they stand there.
pub(crate) struct Members<K, V>(pub(crate) Vec<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Members<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

struct InOrder<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> de::Visitor<'de> for InOrder<K, V> {
    type Value = Members<K, V>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<K, V>, A::Error> {
        let mut found = Vec::new();
        while let Some(member) = members.next_entry()? {
            found.push(member);
        }
        Ok(Members(found))
    }
}
