//! How devices spell a single value.
//!
//! Reading is tolerant: firmware generations write the same number as `5`, `5.0`, `"5"` or `null`, and a boolean as
//! `0`, `"1"` or `true`. Printing follows cJSON, the printer of the firmware.

use std::borrow::Cow;
use std::fmt::{self, Formatter};

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

use crate::{Difficulty, Mac};

/// The largest number up to which a double holds every integer: 2^53.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// One JSON value, before anybody knows what it should mean. `null`, arrays and objects are `Nothing`.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Number(f64),
    Flag(bool),
    Text(Cow<'a, str>),
    Nothing,
}

impl<'a> Scalar<'a> {
    /// A finite number, also one in quotes.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Flag(_) | Self::Nothing => None,
        }
        .filter(|number: &f64| number.is_finite())
    }

    /// A boolean; a number counts as C counts it.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) if text.trim() == "true" => Some(true),
            Self::Text(text) if text.trim() == "false" => Some(false),
            other => other.number().map(|number| number != 0.0),
        }
    }

    /// A difficulty, as a number or as a text with a suffix.
    pub(crate) fn difficulty(&self) -> Option<f64> {
        match self {
            Self::Text(text) => Difficulty::parse(text).map(|difficulty| difficulty.0),
            other => other.number(),
        }
    }

    /// A TCP port; 0 is none.
    pub(crate) fn port(&self) -> Option<u16> {
        let number = self.number()?;
        (number.fract() == 0.0 && (1.0..=65_535.0).contains(&number)).then_some(number as u16)
    }

    /// A MAC address.
    pub(crate) fn mac(&self) -> Option<Mac> {
        match self {
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A text.
    pub(crate) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

/// Accepts whatever JSON can hold.
struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Scalar<'de>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Nothing)
    }
}

/// Prints a number the way cJSON does: a whole one without a fraction (`5234`, not `5234.0`), NaN as `null`.
pub(crate) fn as_number<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.fract() == 0.0 && number.abs() < LARGEST_WHOLE {
        serializer.serialize_i64(*number as i64)
    } else {
        serializer.serialize_f64(*number)
    }
}

/// Prints a boolean as 0 or 1, as the firmware does.
pub(crate) fn as_0_or_1<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_number_may_be_quoted_but_must_be_finite() {
        for (json, number) in [
            ("5", Some(5.0)),
            ("-1", Some(-1.0)),
            ("11.6700000762939", Some(11.670_000_076_293_9)),
            ("18446744073709551615", Some(18_446_744_073_709_551_615.0)),
            (r#"" 42 ""#, Some(42.0)),
            (r#""1.5e3""#, Some(1500.0)),
            (r#""""#, None),
            (r#""NaN""#, None),
            (r#""inf""#, None),
            (r#""hot""#, None),
            ("true", None),
            ("null", None),
            ("[5]", None),
            (r#"{"value":5}"#, None),
        ] {
            assert_eq!(scalar(json).number(), number, "{json}");
        }
    }

    #[test]
    fn a_boolean_may_be_a_number_or_quoted() {
        for json in ["true", "1", "2", r#""1""#, r#""true""#] {
            assert_eq!(scalar(json).flag(), Some(true), "{json}");
        }
        for json in ["false", "0", "0.0", r#""0""#, r#""false""#] {
            assert_eq!(scalar(json).flag(), Some(false), "{json}");
        }
        for json in ["null", "[]", r#""""#, r#""maybe""#] {
            assert_eq!(scalar(json).flag(), None, "{json}");
        }
    }

    #[test]
    fn a_port_is_a_whole_number_from_1_to_65535() {
        assert_eq!(scalar("3333").port(), Some(3333));
        assert_eq!(scalar(r#""3333""#).port(), Some(3333));
        for json in ["0", "-1", "65536", "33.5", "null"] {
            assert_eq!(scalar(json).port(), None, "{json}");
        }
    }

    fn printed(number: f64) -> String {
        let mut json = Vec::new();
        as_number(&number, &mut serde_json::Serializer::new(&mut json)).unwrap();
        String::from_utf8(json).unwrap()
    }

    #[test]
    fn whole_numbers_print_without_a_fraction_and_nan_as_null() {
        for (number, text) in [
            (5234.0, "5234"),
            (0.0, "0"),
            (-1.0, "-1"),
            (11.25, "11.25"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(printed(number), text);
        }
    }

    #[test]
    fn a_number_too_large_for_an_integer_keeps_its_value() {
        for number in [1e16, -1e19, 1e300] {
            assert_eq!(printed(number).parse(), Ok(number));
        }
    }
}
