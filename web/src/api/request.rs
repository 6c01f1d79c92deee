//! What a request says: the members of its body, the MAC of its path. A refusal names the field.

use std::collections::BTreeSet;

use actix_web::{FromRequest, HttpRequest, dev, web};
use serde_json::{Map, Value};
use shiftboss_axeos::Mac;

use crate::api::problem::Problem;

/// A whole body of at most `limit_bytes`.
pub(super) async fn bytes(body: web::Payload, limit_bytes: usize) -> Result<web::Bytes, Problem> {
    let read = body.to_bytes_limited(limit_bytes).await.map_err(|_| Problem::TooLarge { limit_bytes })?;
    read.map_err(|_| Problem::Bad("the body could not be read to its end".into()))
}

/// A body that is a JSON object, whatever its content type says.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body of at most `limit_bytes` that names devices.
    pub(super) async fn read(body: web::Payload, limit_bytes: usize) -> Result<Self, Problem> {
        Self::parse(&bytes(body, limit_bytes).await?, r#"{"macs":["aa:bb:cc:dd:ee:05"]}"#)
    }

    /// A refusal shows `example`.
    pub(super) fn parse(body: &[u8], example: &str) -> Result<Self, Problem> {
        let refuse =
            |what: &str| Problem::Bad(format!("the body {what}; send a JSON object such as {example}"));
        if body.trim_ascii().is_empty() {
            return Err(refuse("is empty"));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(other) => Err(refuse(&format!("is {}", kind(&other)))),
            Err(error) => Err(refuse(&format!("is not valid JSON ({error})"))),
        }
    }

    /// A list of MAC addresses, which may be empty but not missing.
    pub(super) fn macs(&self, field: &str) -> Result<BTreeSet<Mac>, Problem> {
        let list = self.0.get(field).ok_or_else(|| Problem::Bad(format!("{field} is missing")))?;
        let Value::Array(items) = list else {
            return Err(Problem::Bad(format!("{field} must be a list of MAC addresses, not {}", kind(list))));
        };
        let mac = |(index, item): (usize, &Value)| match item {
            Value::String(text) => {
                text.parse().map_err(|error| Problem::Bad(format!("{field}[{index}]: {error}")))
            }
            other => {
                let what = kind(other);
                Err(Problem::Bad(format!("{field}[{index}] must be a MAC address in quotes, not {what}")))
            }
        };
        items.iter().enumerate().map(mac).collect()
    }

    /// A text, which may not be missing.
    pub(super) fn text(mut self, field: &str) -> Result<String, Problem> {
        match self.0.remove(field) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => {
                Err(Problem::Bad(format!("{field} must be a text in quotes, not {}", kind(&other))))
            }
            None => Err(Problem::Bad(format!("{field} is missing"))),
        }
    }

    /// A boolean; false when it is missing.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Problem> {
        match self.0.get(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(Problem::Bad(format!("{field} must be true or false, not {}", kind(other)))),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The `{mac}` of a path.
pub(super) struct MacInPath(pub(super) Mac);

impl FromRequest for MacInPath {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        std::future::ready(mac("the path", request.match_info().query("mac")).map(Self))
    }
}

/// The MAC address that stands at `place`.
pub(super) fn mac(place: &str, text: &str) -> Result<Mac, Problem> {
    text.parse().map_err(|error| Problem::Bad(format!("{place}: {error}")))
}

/// As much of a foreign text as is shown.
pub(crate) fn excerpt(text: &str) -> &str {
    const BYTES: usize = 64;
    let end = (0..=BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(body: &str) -> String {
        let read = Fields::parse(body.as_bytes(), r#"{"macs":[]}"#);
        let read = read.and_then(|fields| Ok((fields.macs("macs")?, fields.flag("traceLogs")?)));
        read.unwrap_err().to_string()
    }

    #[test]
    fn a_field_that_cannot_be_used_is_named_with_what_stands_there() {
        for (body, told) in [
            ("{}", "macs is missing"),
            (r#"{"macs":"aa:bb:cc:dd:ee:05"}"#, "macs must be a list of MAC addresses, not a text"),
            (r#"{"macs":null}"#, "macs must be a list of MAC addresses, not null"),
            (r#"{"macs":["aa:bb:cc:dd:ee:05",7]}"#, "macs[1] must be a MAC address in quotes, not a number"),
            (r#"{"macs":["axe"]}"#, r#"macs[0]: "axe" is not a MAC address"#),
            (r#"{"macs":[],"traceLogs":1}"#, "traceLogs must be true or false, not a number"),
        ] {
            assert!(refusal(body).starts_with(told), "{body}: {}", refusal(body));
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_with_an_example() {
        for (body, told) in [
            (" ", "the body is empty"),
            ("[]", "the body is a list"),
            ("12", "the body is a number"),
            (r#"{"macs":"#, "the body is not valid JSON (EOF"),
            ("<html>", "the body is not valid JSON (expected value at line 1 column 1)"),
        ] {
            let refusal = refusal(body);
            assert!(refusal.starts_with(told) && refusal.contains(r#"{"macs":["#), "{body}: {refusal}");
        }
    }

    #[test]
    fn an_excerpt_is_the_beginning_in_whole_characters() {
        for (text, shown) in
            [(String::new(), 0), ("axe".into(), 3), ("x".repeat(65), 64), ("\u{e9}x".repeat(40), 63)]
        {
            assert_eq!(excerpt(&text).len(), shown, "{text}");
        }
        assert_eq!(excerpt(&format!("{}\u{1f680}", "x".repeat(63))).len(), 63);
    }

    #[test]
    fn a_mac_that_is_given_twice_is_one() {
        let body = br#"{"macs":["AA:BB:CC:DD:EE:05","aa-bb-cc-dd-ee-05"],"traceLogs":true,"more":1}"#;
        let fields = Fields::parse(body, "").unwrap();
        assert_eq!(fields.macs("macs").unwrap().len(), 1);
        assert!(fields.flag("traceLogs").unwrap());
    }
}
