//! What can be wrong with what a device or an operator gave us.
//!
//! A bad answer of a device is an everyday event, so errors are plain values: comparable, cloneable, short.

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::{Firmware, Setting};

/// How much of a foreign text an error quotes.
const EXCERPT_CHARS: usize = 32;

/// Why a text from outside was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// A MAC address of the wrong length.
    #[error(
        "{text:?} is not a MAC address: it has {length} characters, not 17; write it as aa:bb:cc:dd:ee:05"
    )]
    MacLength {
        /// The text, shortened.
        text: String,
        /// Its length in characters.
        length: usize,
    },
    /// A MAC address with a character where it does not belong.
    #[error(
        "{text:?} is not a MAC address: character {position} is {found:?}, not {expected}; \
         write it as aa:bb:cc:dd:ee:05"
    )]
    MacCharacter {
        /// The text, shortened.
        text: String,
        /// Where the character stands, counted from 1.
        position: usize,
        /// The character.
        found: char,
        /// What belongs there.
        expected: &'static str,
    },
    /// An answer without a body.
    #[error("the answer is empty; the device may be restarting")]
    Empty,
    /// HTML where JSON was asked for: ESP-Miner before 2.9.0 redirects unknown paths to its web page.
    #[error("the answer is a web page, not JSON; is this address and path an AxeOS device?")]
    WebPage,
    /// JSON or plain text that is not an object.
    #[error("the answer starts with {excerpt:?}, not with a JSON object; is this an AxeOS device?")]
    NotAnObject {
        /// How the answer begins.
        excerpt: String,
    },
    /// JSON that ends too early.
    #[error("the answer stops after {length_bytes} bytes in the middle of its JSON; ask again")]
    CutShort {
        /// How much arrived.
        length_bytes: usize,
    },
    /// Text that is not JSON.
    #[error("the answer is not valid JSON ({problem}); is this an AxeOS device?")]
    Malformed {
        /// What the parser found, and where.
        problem: String,
    },
    /// An object without `ASICModel`, the field by which every AxeOS device is known.
    #[error("the answer has no ASICModel; this is JSON, but not of an AxeOS device")]
    NoAsicModel,
    /// An answer whose version is none.
    #[error("its firmware says version {version:?}, by which nobody can tell what it takes")]
    UnknownFirmware {
        /// What it says, shortened.
        version: String,
    },
    /// Names that are no settings, or none that can be asked for.
    #[error("{}{} cannot be set; leave it out", .names.join(", "), and_more(*.more))]
    NoSettings {
        /// The first of the names, shortened.
        names: Vec<String>,
        /// How many there are beside these.
        more: usize,
    },
    /// A value that will not do. Nothing of a secret is quoted.
    #[error("{setting} {problem}")]
    BadSetting {
        /// Of what.
        setting: Setting,
        /// What is wrong, as the end of a sentence.
        problem: String,
    },
    /// A setting that a firmware does not have.
    #[error("{firmware} has no {setting}; leave it out, or update the device")]
    Unsupported {
        /// Which.
        setting: Setting,
        /// Whose.
        firmware: Firmware,
    },
    /// A frequency or core voltage that its ASIC is not known to bear.
    #[error(
        "{setting} {value} is not safe for its ASIC: keep to {} to {}, or ask with force", .range.start(), .range.end()
    )]
    Unsafe {
        /// Which.
        setting: Setting,
        /// What was asked.
        value: String,
        /// What is safe.
        range: RangeInclusive<u32>,
    },
    /// A frequency or core voltage for an ASIC of which nothing is known.
    #[error("which {setting} is safe for the ASIC {asic:?} is not known; ask with force")]
    UnknownAsic {
        /// Which.
        setting: Setting,
        /// Its model, shortened.
        asic: String,
    },
    /// A setting that must be sent with every change, and that the device does not show.
    #[error(
        "{firmware} falls over a change that comes without {setting}, which it does not show; ask for it too"
    )]
    NeedsAll {
        /// Which.
        setting: Setting,
        /// Whose.
        firmware: Firmware,
    },
    /// Something that a firmware cannot be told to do.
    #[error("{firmware} cannot {command}; {since} and newer can")]
    NoCommand {
        /// What.
        command: &'static str,
        /// Which.
        firmware: Firmware,
        /// The first that can.
        since: Firmware,
    },
}

impl Error {
    /// Says in the field's words why `body` could not be read as JSON.
    pub(crate) fn of_json(body: &[u8], error: &serde_json::Error) -> Self {
        match body.trim_ascii_start().first() {
            None => Self::Empty,
            Some(b'<') => Self::WebPage,
            Some(_) if error.is_eof() => Self::CutShort { length_bytes: body.len() },
            Some(_) => Self::Malformed { problem: error.to_string() },
        }
    }
}

fn and_more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" and {count} more") }
}

/// The beginning of a foreign text, short enough for a log line. It ends at the first bracket: what stands inside may
/// be a secret.
pub(crate) fn excerpt(text: &str) -> String {
    let outside = text.split_inclusive(['[', '{']).next().unwrap_or_default();
    outside.chars().take(EXCERPT_CHARS).collect()
}
