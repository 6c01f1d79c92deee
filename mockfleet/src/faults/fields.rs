//! The fields of a fault, taken one by one: each is checked as it is taken, and what nobody took is refused.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use thiserror::Error;

/// What is wrong with a field, and which.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} {what}")]
pub struct Flaw {
    /// Where it stands, such as `faults[1].delay_ms`.
    pub field: String,
    /// What is wrong with it, and what to write, as the end of a sentence that begins with the field.
    pub what: String,
}

/// The fields that have not been taken yet.
pub(super) struct Fields(Map<String, Value>);

type Taken<T> = Result<Option<T>, Flaw>;

impl Flaw {
    pub(crate) fn new(field: &str, what: impl Into<String>) -> Self {
        Self { field: field.to_owned(), what: what.into() }
    }

    /// The same of a field inside another.
    pub(crate) fn inside(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), ..self }
    }
}

impl Fields {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// A whole number within limits.
    pub(super) fn whole<N>(&mut self, name: &str, limits: RangeInclusive<N>) -> Taken<N>
    where
        N: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let (low, high) = (limits.start(), limits.end());
        let read = |value: &Value| N::try_from(value.as_i64()?).ok().filter(|number| limits.contains(number));
        self.take(name, read, || format!("a whole number from {low} to {high}"))
    }

    /// A number, whole or not, for which this holds.
    pub(super) fn number(&mut self, name: &str, is_good: fn(f64) -> bool, wanted: &str) -> Taken<f64> {
        let read = |value: &Value| value.as_f64().filter(|number| is_good(*number));
        self.take(name, read, || wanted.to_owned())
    }

    /// A text that is not empty, of one line.
    pub(super) fn text(&mut self, name: &str, longest: usize) -> Taken<String> {
        self.take(name, |value| plain(value, longest), || format!("a text of 1 to {longest} bytes"))
    }

    /// Texts, at least one, none of them empty.
    pub(super) fn texts(&mut self, name: &str, most: usize, longest: usize) -> Taken<Vec<String>> {
        let read = |value: &Value| {
            let list = value.as_array().filter(|list| (1..=most).contains(&list.len()))?;
            list.iter().map(|value| plain(value, longest)).collect()
        };
        self.take(name, read, || format!("a list of 1 to {most} texts of 1 to {longest} bytes"))
    }

    /// What a text stands for.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, name: &str, wanted: &str) -> Taken<T> {
        self.take(name, |value| value.as_str()?.parse().ok(), || wanted.to_owned())
    }

    fn take<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
        wanted: impl FnOnce() -> String,
    ) -> Taken<T> {
        let Some(value) = self.0.remove(name) else { return Ok(None) };
        match read(&value) {
            Some(taken) => Ok(Some(taken)),
            None => Err(Flaw::new(name, format!("is {value}, it must be {}", wanted()))),
        }
    }

    /// All that was known has been taken.
    ///
    /// # Errors
    /// There is more.
    pub(super) fn end(self, of: &str) -> Result<(), Flaw> {
        match self.0.keys().next() {
            Some(name) => Err(Flaw::new(name, format!("is no field of {of}"))),
            None => Ok(()),
        }
    }
}

/// A text without control characters, which a line of a log can show.
fn plain(value: &Value, longest: usize) -> Option<String> {
    let is_plain = |text: &&str| (1..=longest).contains(&text.len()) && !text.contains(char::is_control);
    value.as_str().filter(is_plain).map(str::to_owned)
}

/// A field without which there is nothing.
pub(super) fn required<T>(taken: Taken<T>, name: &str, such_as: &str) -> Result<T, Flaw> {
    taken?.ok_or_else(|| Flaw::new(name, format!("is missing, give one such as {such_as}")))
}
