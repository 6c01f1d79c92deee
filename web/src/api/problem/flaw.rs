//! What of a request cannot be used: where it stands, and what is wrong with it.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that cannot be used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"pointer": "#/macs/1", "detail": "macs[1] must be a MAC address in quotes, not a number"}))]
pub struct Flaw {
    /// The place in the body, a JSON pointer as a URI fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The part of the path or the key of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    parameter: Option<Cow<'static, str>>,
    /// One line that names it, says what is wrong with it, and what to do.
    detail: String,
}

impl Flaw {
    /// In the request as a whole.
    pub(in crate::api) fn new(detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: None, detail: detail.into() }
    }

    /// In the path or the query.
    pub(in crate::api) fn parameter(
        parameter: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { parameter: Some(parameter.into()), ..Self::new(detail) }
    }

    /// In the body, below these members and indices; none for the whole of it.
    pub(in crate::api) fn body(place: &[&dyn Display], detail: impl Into<String>) -> Self {
        let mut pointer = String::from("#");
        for part in place {
            pointer.push('/');
            pointer.push_str(&fragment(&part.to_string()));
        }
        Self { pointer: Some(pointer), ..Self::new(detail) }
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// In a setting that stands below these members.
    pub(in crate::api) fn of_setting(place: &[&'static str], error: &shiftboss_axeos::Error) -> Self {
        let mut place: Vec<&dyn Display> = place.iter().map(|part| part as _).collect();
        if let shiftboss_axeos::Error::BadSetting { setting, .. } = error {
            place.push(setting);
        }
        Self::body(&place, error.to_string())
    }
}

impl Display for Flaw {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// A member's name as a part of a pointer in a URI (RFC 6901, sections 3 and 6), cut if it is long.
fn fragment(name: &str) -> String {
    const CHARACTERS: usize = 64;
    let mut text = String::new();
    for c in name.chars().take(CHARACTERS) {
        match c {
            '~' => text.push_str("~0"),
            '/' => text.push_str("~1"),
            c if c.is_ascii_alphanumeric() || "-._".contains(c) => text.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| text.push_str(&format!("%{byte:02X}"))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_body_is_a_pointer_that_a_uri_may_hold() {
        for (place, pointer) in [
            (&[][..], "#"),
            (&[&"macs" as &dyn Display, &1], "#/macs/1"),
            (&[&"a/b~c"], "#/a~1b~0c"),
            (&[&"q \u{e9}\n"], "#/q%20%C3%A9%0A"),
        ] {
            let flaw = serde_json::to_value(Flaw::body(place, "no")).unwrap();
            assert_eq!(flaw, serde_json::json!({"pointer": pointer, "detail": "no"}));
        }
    }
}
