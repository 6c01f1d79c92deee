//! A fault as text: read word by word, written back in one order, and what can be wrong with it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::{Fault, START, Strike, When};

/// The longest delay: beyond it an actor is as good as stuck, and whoever asks it has given up.
const DELAY_AT_MOST: Duration = Duration::from_secs(60);

/// Why a text is no fault. Each names the word that is wrong, and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// There are no words.
    #[error("it is empty; write what happens, when and to whom, such as panic share=0.01 kind=Device")]
    Empty,
    /// The first word is not what a fault does.
    #[error("{0:?} is not what a fault does; begin with panic, drop or delay=250ms")]
    Deed(String),
    /// A delay of no time, too much, or something else.
    #[error("{0:?} is no delay; give a whole number of ms or s from 1ms to 60s, such as delay=250ms")]
    Delay(String),
    /// A word that is no key with a value.
    #[error("{0:?} is not known; after what happens come share=, every= or nth=, and kind=, id= or message=")]
    Word(String),
    /// A key that stands twice.
    #[error("{0:?} gives its key once more; give each at most once")]
    Twice(String),
    /// A share that is none.
    #[error("{0:?} is no share; give a number above 0 and up to 1, such as share=0.01")]
    Share(String),
    /// A count that is none.
    #[error("{0:?} is no count; give a whole number from 1, such as every=100 or nth=3")]
    Count(String),
    /// A name that no type has.
    #[error("{0:?} is no name of a type; give one without its path, such as kind=Device or message=Poll")]
    Name(String),
    /// A pattern for no id.
    #[error("{0:?} is no pattern of ids; give one such as id=device:*")]
    Pattern(String),
    /// Neither a share nor a count.
    #[error("it does not say when; give one of share=0.01, every=100 and nth=3")]
    Never,
    /// A share and a count, or two counts.
    #[error("{0:?} says when once more; give one of share=, every= and nth=")]
    When(String),
    /// A start cannot be left out.
    #[error(
        "\"message=started\" names the start of an actor, which cannot be dropped; use panic or delay=250ms"
    )]
    DroppedStart,
}

/// What has been read of a fault so far.
#[derive(Default)]
struct Draft {
    when: Option<When>,
    kind: Option<Arc<str>>,
    id: Option<Arc<str>>,
    message: Option<Arc<str>>,
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut words = text.split_whitespace();
        let strike = deed(words.next().ok_or(FaultError::Empty)?)?;
        let mut draft = Draft::default();
        let mut keys = Vec::new();
        for word in words {
            let (key, value) = word.split_once('=').ok_or_else(|| FaultError::Word(word.to_owned()))?;
            if keys.contains(&key) {
                return Err(FaultError::Twice(word.to_owned()));
            }
            draft.take(word, key, value)?;
            keys.push(key);
        }
        let Draft { when, kind, id, message } = draft;
        if strike == Strike::Drop && message.as_deref() == Some(START) {
            return Err(FaultError::DroppedStart);
        }
        Ok(Self { strike, when: when.ok_or(FaultError::Never)?, kind, id, message })
    }
}

impl Draft {
    /// Takes one word after the first.
    fn take(&mut self, word: &str, key: &str, value: &str) -> Result<(), FaultError> {
        let wrong = |error: fn(String) -> FaultError| move || error(word.to_owned());
        match key {
            "share" => {
                let share = share(value).ok_or_else(wrong(FaultError::Share))?;
                self.happens(When::Share(share), word)?;
            }
            "every" | "nth" => {
                let count = count(value).ok_or_else(wrong(FaultError::Count))?;
                self.happens(if key == "nth" { When::Nth(count) } else { When::Every(count) }, word)?;
            }
            "kind" => self.kind = Some(name(value).ok_or_else(wrong(FaultError::Name))?),
            "message" => self.message = Some(name(value).ok_or_else(wrong(FaultError::Name))?),
            "id" => self.id = Some(pattern(value).ok_or_else(wrong(FaultError::Pattern))?),
            _ => return Err(FaultError::Word(word.to_owned())),
        }
        Ok(())
    }

    fn happens(&mut self, when: When, word: &str) -> Result<(), FaultError> {
        match self.when.replace(when) {
            None => Ok(()),
            Some(_) => Err(FaultError::When(word.to_owned())),
        }
    }
}

fn deed(word: &str) -> Result<Strike, FaultError> {
    match word {
        "panic" => Ok(Strike::Panic),
        "drop" => Ok(Strike::Drop),
        "delay" => Err(FaultError::Delay(word.to_owned())),
        _ => {
            let time = word.strip_prefix("delay=").ok_or_else(|| FaultError::Deed(word.to_owned()))?;
            delay(time).map(Strike::Delay).ok_or_else(|| FaultError::Delay(word.to_owned()))
        }
    }
}

fn delay(time: &str) -> Option<Duration> {
    let (number, unit): (_, fn(u64) -> Duration) = match time.strip_suffix("ms") {
        Some(number) => (number, Duration::from_millis),
        None => (time.strip_suffix('s')?, Duration::from_secs),
    };
    let delay = unit(count(number)?);
    (delay <= DELAY_AT_MOST).then_some(delay)
}

fn share(text: &str) -> Option<f64> {
    text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0)
}

/// A whole number from 1, in digits only.
fn count(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|count| digits && *count > 0)
}

fn name(text: &str) -> Option<Arc<str>> {
    let begins = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (begins && text.chars().all(|c| c.is_alphanumeric() || c == '_')).then(|| text.into())
}

/// Any text at all: an id may be anything. One with blanks is met by a `*` in their place.
fn pattern(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

impl fmt::Display for Fault {
    /// The words in one order, from which the same fault can be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strike, when, kind, id, message } = self;
        write!(f, "{strike} {when}")?;
        for (key, value) in [("kind", kind), ("id", id), ("message", message)] {
            if let Some(value) = value {
                write!(f, " {key}={value}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic => f.write_str("panic"),
            Self::Drop => f.write_str("drop"),
            Self::Delay(delay) if delay.subsec_millis() == 0 => write!(f, "delay={}s", delay.as_secs()),
            Self::Delay(delay) => write!(f, "delay={}ms", delay.as_millis()),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "share={share}"),
            Self::Every(n) => write!(f, "every={n}"),
            Self::Nth(n) => write!(f, "nth={n}"),
        }
    }
}
