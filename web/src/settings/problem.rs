//! What can be wrong with settings: each problem is a line that names the setting, its value and its source.

use std::path::PathBuf;

use figment::value::Value;

/// All that is wrong with the settings, so that one run of `config check` is enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Invalid {
    /// Never empty.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A setting does not accept the value in effect.
    #[error("{key} = {value} ({origin}): {reason}")]
    Refused {
        /// The setting.
        key: String,
        /// Its value as TOML.
        value: String,
        /// What gave the value.
        origin: String,
        /// What the setting accepts instead.
        reason: String,
    },
    /// No setting has this name. The value is left out: a misspelt secret must not reach a log.
    #[error("{key} ({origin}): there is no such setting; the nearest is {nearest}")]
    Unknown {
        /// The name.
        key: String,
        /// What gave it.
        origin: String,
        /// The setting that was probably meant.
        nearest: &'static str,
    },
    /// A whole section was given a single value.
    #[error("{key} ({origin}): is a section; give the settings in it, such as {example}")]
    Section {
        /// The section.
        key: String,
        /// What gave it a value.
        origin: String,
        /// A setting of that section.
        example: &'static str,
    },
    /// A settings file that must be there is not, or cannot be read.
    #[error("{}: cannot read this settings file: {cause}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        cause: String,
    },
    /// A settings file is not TOML.
    #[error("{}, line {line}, column {column}: this is not TOML: {cause}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// Counted in characters from 1.
        column: usize,
        /// What the parser says, on one line.
        cause: String,
    },
}

/// The longest value that a problem repeats.
const VALUE_CHARS: usize = 80;

/// A value as TOML, which for texts, numbers, booleans and lists is what JSON writes.
pub(super) fn toml_text(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}

/// A value as a problem repeats it: on one line, not too long, and without the password of a URL.
pub(super) fn quoted(value: &Value) -> String {
    let text = match value.as_str().and_then(without_user) {
        Some(public) => toml_text(&Value::from(public)),
        None => toml_text(value),
    };
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The URL with its user part blotted out, when it has one.
fn without_user(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (_user, host) = rest.rsplit_once('@')?;
    Some(format!("{scheme}://…@{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_stays_on_one_short_line() {
        assert_eq!(quoted(&Value::from("a\nb")), r#""a\nb""#);
        assert_eq!(quoted(&Value::from("x".repeat(500))).chars().count(), VALUE_CHARS + 1);
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        assert_eq!(quoted(&Value::from("http://me:secret@host/")), r#""http://…@host/""#);
    }
}
