//! How a child ended, each time: the last of its exits, over all incarnations of its supervisor too.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::exit::Exit;
use crate::orders::Incarnation;

/// Exits of one child that are remembered; an earlier one is forgotten.
pub const EXITS_KEPT: usize = 32;

/// How one incarnation of a child ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExitRecord {
    /// Which incarnation it was.
    pub incarnation: Incarnation,
    /// When it ended, in seconds since 1970.
    pub at_seconds: f64,
    /// How long it had run.
    pub ran_seconds: f64,
    /// normal, shutdown, failed, panic, killed or declined.
    pub reason: &'static str,
    /// The reason given, or the panic's message.
    pub cause: String,
    /// The message that was being handled at a panic, or the hook or future that ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<&'static str>,
    /// `file:line` of a panic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl ExitRecord {
    fn now(incarnation: Incarnation, exit: &Exit, ran: Duration) -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (cause, handling, place) = match exit {
            Exit::Panic(panicked) => {
                (panicked.message.clone(), Some(panicked.handling), panicked.place.clone())
            }
            other => (other.to_string(), None, None),
        };
        Self {
            incarnation,
            at_seconds: since.as_secs_f64(),
            ran_seconds: ran.as_secs_f64(),
            reason: exit.reason(),
            cause,
            handling,
            place,
        }
    }
}

impl fmt::Display for ExitRecord {
    /// The reason, and what is known of it, in one sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)?;
        if self.cause != self.reason {
            write!(f, ": {}", self.cause)?;
        }
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
        }
        if let Some(handling) = self.handling {
            write!(f, " while handling {handling}")?;
        }
        Ok(())
    }
}

/// The last exits of a child. Takes no memory of its own before the first.
#[derive(Default)]
pub(crate) struct History(Mutex<Vec<Arc<ExitRecord>>>);

impl History {
    pub(crate) fn record(&self, incarnation: Incarnation, exit: &Exit, ran: Duration) {
        let mut exits = self.lock();
        exits.truncate(EXITS_KEPT - 1);
        exits.insert(0, Arc::new(ExitRecord::now(incarnation, exit, ran)));
    }

    /// How the last incarnation ended, in one word.
    pub(crate) fn last_reason(&self) -> Option<&'static str> {
        self.lock().first().map(|exit| exit.reason)
    }

    /// The exits, the last one first.
    pub(crate) fn exits(&self) -> Vec<Arc<ExitRecord>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<ExitRecord>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::contain;

    #[test]
    fn the_last_exits_are_kept_and_the_last_one_is_the_first() {
        let history = History::default();
        for incarnation in 1..=EXITS_KEPT as u32 + 3 {
            history.record(incarnation, &Exit::Normal, Duration::ZERO);
        }
        let exits = history.exits();
        assert_eq!(exits.len(), EXITS_KEPT);
        assert_eq!(exits.first().map(|exit| exit.incarnation), Some(EXITS_KEPT as u32 + 3));
        assert_eq!(exits.last().map(|exit| exit.incarnation), Some(4));
    }

    #[test]
    fn a_record_tells_reason_cause_place_and_message() {
        let panicked = contain(|| panic!("fan {} stuck", 2), "Poll").unwrap_err();
        let record = ExitRecord::now(1, &Exit::Panic(Arc::new(panicked)), Duration::from_secs(3));
        assert_eq!((record.cause.as_str(), record.handling), ("fan 2 stuck", Some("Poll")));
        let text = record.to_string();
        assert!(
            text.starts_with("panic: fan 2 stuck at ") && text.ends_with(" while handling Poll"),
            "{text}"
        );
        assert_eq!(ExitRecord::now(1, &Exit::Killed, Duration::ZERO).to_string(), "killed");
        assert_eq!(
            ExitRecord::now(1, &Exit::failed("no disk"), Duration::ZERO).to_string(),
            "failed: no disk"
        );
    }
}
