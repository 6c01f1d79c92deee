//! What a request says: the members of its body, the MAC of its path. A refusal names the field.

use std::collections::BTreeSet;

use actix_web::{FromRequest, HttpRequest, dev, web};
use serde_json::{Map, Value};
use shiftboss_axeos::Mac;

use crate::api::problem::{Flaw, Problem};

/// What a body looks like that names devices.
pub(super) const MACS: &str = r#"{"macs":["aa:bb:cc:dd:ee:05"]}"#;

/// More flaws of one body than these are not told.
const FLAWS_AT_MOST: usize = 10;

/// A whole body of at most `limit_bytes`.
pub(super) async fn bytes(body: web::Payload, limit_bytes: usize) -> Result<web::Bytes, Problem> {
    let read = body.to_bytes_limited(limit_bytes).await.map_err(|_| Problem::TooLarge { limit_bytes })?;
    Ok(read.map_err(|_| Flaw::body(&[], "the body could not be read to its end"))?)
}

/// A body that is a JSON object, whatever its content type says.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body of at most `limit_bytes`; a refusal shows `example`.
    pub(super) async fn read(body: web::Payload, limit_bytes: usize, example: &str) -> Result<Self, Problem> {
        Self::parse(&bytes(body, limit_bytes).await?, example)
    }

    /// A refusal shows `example`.
    pub(super) fn parse(body: &[u8], example: &str) -> Result<Self, Problem> {
        let refuse = |what: &str| {
            Flaw::body(&[], format!("the body {what}; send a JSON object such as {example}")).into()
        };
        if body.trim_ascii().is_empty() {
            return Err(refuse("is empty"));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(other) => Err(refuse(&format!("is {}", kind(&other)))),
            Err(error) => Err(refuse(&format!("is not valid JSON ({error})"))),
        }
    }

    /// A list of MAC addresses, which may be empty but not missing. Each one that is none is told.
    pub(super) fn macs(&self, field: &str) -> Result<BTreeSet<Mac>, Problem> {
        let list = self.needed(field)?;
        let Value::Array(items) = list else {
            let told = format!("{field} must be a list of MAC addresses, not {}", kind(list));
            return Err(Flaw::body(&[&field], told).into());
        };
        let mut flaws = Vec::new();
        let mut macs = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            match mac_of(&format!("{field}[{index}]"), item) {
                Ok(mac) => drop(macs.insert(mac)),
                Err(told) if flaws.len() < FLAWS_AT_MOST => flaws.push(Flaw::body(&[&field, &index], told)),
                Err(_) => break,
            }
        }
        if flaws.is_empty() { Ok(macs) } else { Err(Problem::Bad(flaws)) }
    }

    /// A MAC address, which may not be missing.
    pub(super) fn mac(&self, field: &str) -> Result<Mac, Flaw> {
        mac_of(field, self.needed(field)?).map_err(|told| Flaw::body(&[&field], told))
    }

    /// A text, which may not be missing.
    pub(super) fn text(&self, field: &str) -> Result<&str, Flaw> {
        match self.needed(field)? {
            Value::String(text) => Ok(text),
            other => Err(wrong(field, "a text in quotes", other)),
        }
    }

    /// A boolean; false when it is missing.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Flaw> {
        match self.0.get(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(wrong(field, "true or false", other)),
        }
    }

    /// The names of all members.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is such a member, be it null.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// Whether there is such a member that says something: not null, and not blank.
    pub(super) fn filled(&self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| !value.is_null() && value != "")
    }

    /// An object; empty when it is missing.
    pub(super) fn object(&self, field: &str) -> Result<Map<String, Value>, Flaw> {
        match self.0.get(field) {
            None => Ok(Map::new()),
            Some(Value::Object(members)) => Ok(members.clone()),
            Some(other) => Err(wrong(field, "an object", other)),
        }
    }

    /// Refuses a member that would be lost: it may be one of these with a slip of the pen.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Flaw> {
        match self.0.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => {
                let (shown, known) = (excerpt(name), known.join(", "));
                Err(Flaw::body(&[name], format!("{shown:?} is not known here; there are {known}")))
            }
        }
    }

    /// A member that may not be missing.
    pub(super) fn needed(&self, field: &str) -> Result<&Value, Flaw> {
        self.0.get(field).ok_or_else(|| Flaw::body(&[&field], format!("{field} is missing")))
    }
}

fn mac_of(place: &str, value: &Value) -> Result<Mac, String> {
    match value {
        Value::String(text) => text.parse().map_err(|error| format!("{place}: {error}")),
        other => Err(format!("{place} must be a MAC address in quotes, not {}", kind(other))),
    }
}

fn wrong(field: &str, wanted: &str, found: &Value) -> Flaw {
    Flaw::body(&[&field], format!("{field} must be {wanted}, not {}", kind(found)))
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
        let mac = request.match_info().query("mac").parse();
        std::future::ready(
            mac.map(Self).map_err(|error| Flaw::parameter("mac", format!("the path: {error}")).into()),
        )
    }
}

/// Of a path of ours without a query: a key would be lost, so it is refused.
pub(super) struct NoQuery;

impl FromRequest for NoQuery {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let key = request.query_string().split(['&', '=']).find(|key| !key.is_empty()).map(excerpt);
        std::future::ready(match key {
            None => Ok(Self),
            Some(key) => {
                let told = format!("the query: {key:?} is not known here; this path has no query");
                Err(Flaw::parameter(key.to_owned(), told).into())
            }
        })
    }
}

/// A key of the query that holds a MAC address, or nothing.
pub(super) fn mac(key: &'static str, text: &str) -> Result<Option<Mac>, Flaw> {
    let refusal = |error| Flaw::parameter(key, format!("{key}: {error}"));
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(refusal) }
}

/// As much of a foreign text as is shown.
pub(crate) fn excerpt(text: &str) -> &str {
    const BYTES: usize = 64;
    let end = (0..=BYTES.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn every_item_that_is_no_mac_is_told_up_to_a_limit() {
        let told = |body: &str| Fields::parse(body.as_bytes(), "").unwrap().macs("macs").unwrap_err();
        let two = told(r#"{"macs":["axe","aa:bb:cc:dd:ee:05",7]}"#);
        assert!(two.to_string().ends_with("(and 1 more, see errors)"), "{two}");
        let Problem::Bad(flaws) = told(&json!({"macs": vec![1; 50]}).to_string()) else { panic!() };
        assert_eq!(flaws.len(), FLAWS_AT_MOST);
    }

    #[test]
    fn a_mac_that_is_given_twice_is_one() {
        let body = br#"{"macs":["AA:BB:CC:DD:EE:05","aa-bb-cc-dd-ee-05"],"traceLogs":true,"more":1}"#;
        let fields = Fields::parse(body, "").unwrap();
        assert_eq!(fields.macs("macs").unwrap().len(), 1);
        assert!(fields.flag("traceLogs").unwrap());
    }
}
