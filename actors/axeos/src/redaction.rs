//! Removes secrets from what devices say before anybody sees or stores it.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use crate::{Error, is_secret};

/// The JSON text `body` without its secrets, at any depth; which names are secrets, [`is_secret`] says.
///
/// A text that holds no secret comes back as it is, unread: the usual case costs one pass over the bytes. One that
/// may hold a secret comes back compact, with all that is not secret unchanged: order, numbers, escapes.
/// Bytes that are not UTF-8 (an SSID may be anything) become U+FFFD.
///
/// # Errors
/// The text may hold a secret and is not valid JSON, so that nobody can say where the secret ends. Text without any
/// is not checked: [`SystemInfo::parse`](crate::SystemInfo::parse) does that.
pub fn redact(body: &[u8]) -> Result<Cow<'_, str>, Error> {
    // Checked apart, because the lossy reading is several times slower and hardly ever needed.
    let text = str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    if !may_hold_a_secret(text.as_bytes()) {
        return Ok(text);
    }
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| Error::of_json(text.as_bytes(), &error))?;
    Ok(Cow::Owned(without_secrets(&text)))
}

/// Whether the letters `pass`, which every secret's name contains, occur at all, or an escape that may stand for them.
fn may_hold_a_secret(text: &[u8]) -> bool {
    // Without a branch in it the loop becomes vector instructions, which is quicker than to stop early.
    let pass = text.windows(4).fold(false, |found, four| {
        let lower = |at: usize| four[at] | 0x20;
        found | ((lower(0) == b'p') & (lower(1) == b'a') & (lower(2) == b's') & (lower(3) == b's'))
    });
    pass || text.contains(&b'\\') && text.windows(2).any(|two| two == b"\\u")
}

/// Copies a document token by token and cuts out the members whose names are secrets.
///
/// The document must be valid JSON. A walk over tokens, unlike a tree, has no depth to limit and nothing to reorder.
fn without_secrets(document: &str) -> String {
    let mut kept = String::with_capacity(document.len());
    let mut tokens = Tokens { rest: document };
    let mut last_string_at = 0;
    while let Some(token) = tokens.next() {
        match token.as_bytes() {
            [b'"', ..] => {
                last_string_at = kept.len();
                kept.push_str(token);
            }
            // Only names are followed by a colon, so the last string is this member's name.
            b":" if names_a_secret(&kept[last_string_at..]) => {
                kept.truncate(last_string_at);
                tokens.skip_value();
            }
            // Neither stands so in valid JSON: a member was cut out in between.
            b"," if matches!(kept.as_bytes(), [.., b'{' | b',']) => {}
            b"}" if kept.ends_with(',') => {
                kept.pop();
                kept.push('}');
            }
            _ => kept.push_str(token),
        }
    }
    kept
}

/// Whether a name, as written in JSON with its quotes, is a secret's.
fn names_a_secret(quoted: &str) -> bool {
    if quoted.contains('\\') {
        // A name that is not even text (half a surrogate pair) may be anything.
        serde_json::from_str::<String>(quoted).map_or(true, |name| is_secret(&name))
    } else {
        is_secret(quoted.trim_matches('"'))
    }
}

/// The tokens of a valid JSON text: strings with their quotes, numbers and words whole, the rest one by one.
struct Tokens<'a> {
    rest: &'a str,
}

impl Tokens<'_> {
    /// Moves past one value, however deep.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        for token in self {
            match token {
                "{" | "[" => depth += 1,
                "}" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.trim_ascii_start();
        let length = match text.bytes().next()? {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            b'"' => string_length(text),
            _ => text.bytes().position(ends_a_word).unwrap_or(text.len()),
        };
        let (token, rest) = text.split_at(length);
        self.rest = rest;
        Some(token)
    }
}

/// Whether a byte can only stand behind a number or a word such as `null`.
fn ends_a_word(byte: u8) -> bool {
    matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace()
}

/// The length of the string at the start of `text`, with both quotes.
fn string_length(text: &str) -> usize {
    let mut at = 1;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
