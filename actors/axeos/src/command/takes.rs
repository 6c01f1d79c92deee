//! What a setting may be, and how it is read.

use std::fmt::{self, Display, Formatter};

use serde::Deserialize;
use serde_json::Value as Json;

use super::settings::Value;
use crate::Secret;
use crate::wire::Scalar;

/// What devices show in place of a password.
pub(super) const HIDDEN: &str = "*****";

/// What a setting may be. A text's range is that of its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Takes {
    Text(usize, usize),
    /// A text of letters, digits and hyphens.
    Hostname,
    /// A host, or a URL with a host and a port.
    Host,
    Secret(usize),
    Whole(f64, f64),
    Number(f64, f64),
    Flag,
    /// One of these numbers, where `true` is 1.
    OneOf(&'static [f64]),
}

/// A single value; `None` for an array, an object or `null`.
pub(super) fn scalar(json: &Json) -> Option<Scalar<'_>> {
    Scalar::deserialize(json).ok().filter(|scalar| *scalar != Scalar::Nothing)
}

impl Takes {
    /// A value of this type, whatever its range. Secrets have none.
    pub(super) fn read(self, scalar: Scalar<'_>) -> Option<Value> {
        match self {
            Self::Secret(_) => None,
            Self::Text(..) | Self::Hostname | Self::Host => {
                scalar.text().map(|text| Value::Text(text.into_owned()))
            }
            Self::Flag => scalar.flag().map(Value::Flag),
            Self::Whole(..) | Self::Number(..) => scalar.number().map(Value::Number),
            Self::OneOf(_) => {
                let flag = || scalar.flag().map(|flag| f64::from(u8::from(flag)));
                scalar.number().or_else(flag).map(Value::Number)
            }
        }
    }

    /// Whether a value will do.
    pub(super) fn allows(self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text(low, high), Value::Text(text)) => {
                (low..=high).contains(&text.len()) && !text.chars().any(char::is_control)
            }
            (Self::Hostname, Value::Text(text)) => {
                (1..=32).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
            }
            (Self::Whole(low, high), Value::Number(number)) => {
                number.fract() == 0.0 && (low..=high).contains(number)
            }
            (Self::Number(low, high), Value::Number(number)) => (low..=high).contains(number),
            (Self::OneOf(values), Value::Number(number)) => values.contains(number),
            (Self::Flag, Value::Flag(_)) => true,
            _ => false,
        }
    }
}

/// A password. What is wrong with one is said without a word of it.
pub(super) fn secret(scalar: &Scalar<'_>, longest: usize) -> Result<Secret, &'static str> {
    match scalar {
        Scalar::Text(text) if text == HIDDEN => Err("stands for a hidden password and cannot be one"),
        Scalar::Text(text) if text.len() > longest => Err("is longer than devices take"),
        Scalar::Text(text) if text.chars().any(char::is_control) => Err("must be a text of one line"),
        Scalar::Text(text) => Ok(Secret::new(text.clone())),
        _ => Err("must be a text"),
    }
}

impl Display for Takes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(low, high) => write!(f, "a text of {low} to {high} bytes in one line"),
            Self::Hostname => write!(f, "a text of 1 to 32 letters, digits and hyphens"),
            Self::Host => write!(f, "a host, or stratum+tcp://host:port"),
            Self::Secret(high) => write!(f, "a text of at most {high} bytes"),
            Self::Whole(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Number(low, high) => write!(f, "a number from {low} to {high}"),
            Self::Flag => write!(f, "true or false, 1 or 0"),
            Self::OneOf(values) => {
                let values: Vec<_> = values.iter().map(f64::to_string).collect();
                write!(f, "{}", values.join(", "))
            }
        }
    }
}
