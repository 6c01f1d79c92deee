//! What a line of a pool means to a miner.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Letters of a reason that are kept.
const REASON_LETTERS: usize = 64;

/// A request, a notification or an answer of a pool.
#[derive(Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(crate) method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    /// Old ckpool says here why it refuses.
    #[serde(borrow, default, rename = "reject-reason")]
    reject_reason: Option<Cow<'a, str>>,
}

impl<'a> Said<'a> {
    /// Reads one line; `None` when it is not a JSON object.
    pub(crate) fn read(line: &'a [u8]) -> Option<Self> {
        line.starts_with(b"{").then(|| serde_json::from_slice(line).ok()).flatten()
    }

    /// The id as it is to be echoed.
    pub(crate) fn id(&self) -> &'a str {
        self.id.map_or("null", RawValue::get)
    }

    /// Which of our requests it answers; ours have numbers.
    pub(crate) fn answers(&self) -> Option<u64> {
        self.id().parse().ok()
    }

    pub(crate) fn raw_params(&self) -> Option<&'a RawValue> {
        self.params
    }

    /// The parameters; `None` when they are not of this shape.
    pub(crate) fn params<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.params?.get()).ok()
    }

    /// The result; `None` when it is not of this shape.
    pub(crate) fn result<T: Deserialize<'a>>(&self) -> Option<T> {
        serde_json::from_str(self.result?.get()).ok()
    }

    /// Whether it says yes, or why not, in whatever shape pools say that: a list, an object, a text, a word beside it.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        if self.error.is_none() && self.result::<bool>() == Some(true) {
            return Ok(());
        }
        let words = match &self.reject_reason {
            Some(reason) => reason.clone().into_owned(),
            None => self.error.and_then(words).unwrap_or_else(|| "refused".to_owned()),
        };
        Err(words.chars().filter(|letter| !letter.is_control()).take(REASON_LETTERS).collect())
    }
}

fn words(error: &RawValue) -> Option<String> {
    match serde_json::from_str(error.get()).ok()? {
        Value::String(words) => Some(words),
        Value::Array(mut list) => list.get_mut(1).and_then(|words| words.as_str().map(str::to_owned)),
        Value::Object(object) => object.get("message")?.as_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(members: &str) -> Result<(), String> {
        let line = format!("{{\"id\":7,{members}}}");
        let said = Said::read(line.as_bytes()).unwrap();
        assert_eq!(said.answers(), Some(7));
        said.verdict()
    }

    #[test]
    fn a_refusal_is_understood_in_every_shape() {
        for members in [
            r#""result":false,"error":[23,"Above target",null]"#,
            r#""result":null,"error":[23,"Above target",""]"#,
            r#""result":false,"error":null,"reject-reason":"Above target""#,
            r#""result":null,"error":{"code":23,"message":"Above target"}"#,
            r#""result":false,"error":"Above target""#,
        ] {
            assert_eq!(verdict(members), Err("Above target".to_owned()), "{members}");
        }
        assert_eq!(verdict(r#""result":false,"error":null"#), Err("refused".to_owned()));
        assert_eq!(verdict(r#""result":true,"error":null"#), Ok(()));
        assert_eq!(verdict(r#""result":true"#), Ok(()));
    }

    #[test]
    fn a_reason_is_short_and_in_one_line() {
        let long = format!(r#""error":"{}\n{}""#, "a".repeat(60), "b".repeat(60));
        assert_eq!(verdict(&long), Err(format!("{}{}", "a".repeat(60), "bbbb")));
    }

    #[test]
    fn what_is_no_object_says_nothing() {
        for line in [&b"Invalid JSON, disconnecting"[..], b"[1]", b"", b"{", b"{\"id\":\xff}"] {
            assert!(Said::read(line).is_none());
        }
    }
}
