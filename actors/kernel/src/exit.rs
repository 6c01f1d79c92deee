//! Why an incarnation ended, and where a panic came from.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

/// Why an incarnation of a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The actor stopped by itself, and nothing was wrong.
    Normal,
    /// It was asked to stop.
    Shutdown,
    /// It gave up, and said why.
    Failed(Arc<str>),
    /// It panicked.
    Panic(Arc<Panicked>),
    /// It overran its time to stop, or its thread ended.
    Killed,
    /// It looked whether it is needed, and declined to start.
    Declined,
}

/// The ways to end, each in one word: [`Exit::reason`].
pub(crate) const REASONS: [&str; 6] = ["normal", "shutdown", "failed", "panic", "killed", "declined"];

/// What is known of a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    /// The panic's message.
    pub message: String,
    /// `file:line` in the source, when the panic hook of this crate saw it.
    pub place: Option<String>,
    /// The type of the message that was being handled, or the hook or future that ran.
    pub handling: &'static str,
}

impl Exit {
    /// An exit with a stated reason.
    pub fn failed(reason: impl Into<Arc<str>>) -> Self {
        Self::Failed(reason.into())
    }

    /// Whether a transient child is restarted after it.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Panic(_) | Self::Killed)
    }

    /// One word for tables and metrics: normal, shutdown, failed, panic, killed or declined.
    pub fn reason(&self) -> &'static str {
        let index = match self {
            Self::Normal => 0,
            Self::Shutdown => 1,
            Self::Failed(_) => 2,
            Self::Panic(_) => 3,
            Self::Killed => 4,
            Self::Declined => 5,
        };
        REASONS[index]
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(reason) => f.write_str(reason),
            Self::Panic(panicked) => write!(f, "{panicked}"),
            other => f.write_str(other.reason()),
        }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic: {}", self.message)?;
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
        }
        write!(f, " while handling {}", self.handling)
    }
}

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `body`; a panic in it becomes a [`Panicked`] instead of a printed backtrace.
///
/// `handling` says what was being done. For what is no actor and may meet a library that panics; actors need none of it.
///
/// # Errors
/// It panicked.
pub fn contain<T>(body: impl FnOnce() -> T, handling: &'static str) -> Result<T, Panicked> {
    install_hook();
    let outer = CONTAINED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    CONTAINED.set(outer);
    result.map_err(|payload| Panicked {
        message: message_of(payload),
        place: PLACE.with_borrow_mut(Option::take),
        handling,
    })
}

/// Notes the place of contained panics, and leaves all others to the hook that was there before.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if CONTAINED.get() {
                let place = info.location().map(|at| format!("{}:{}", at.file(), at.line()));
                PLACE.with_borrow_mut(|slot| *slot = place);
            } else {
                before(info);
            }
        }));
    });
}

/// The text of a panic's payload. The payload may itself panic when it is dropped: that is contained too.
fn message_of(payload: Box<dyn Any + Send>) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a payload that is not text".to_owned());
    let dropped = panic::catch_unwind(AssertUnwindSafe(move || drop(payload)));
    // A payload whose destructor panics is leaked with its second payload: there is nobody left to tell.
    if let Err(second) = dropped {
        std::mem::forget(second);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contained_panic_keeps_message_place_and_what_was_being_handled() {
        let panicked = contain(|| panic!("fan {} stuck", 2), "Poll").unwrap_err();
        assert_eq!(panicked.message, "fan 2 stuck");
        assert!(panicked.place.as_deref().is_some_and(|place| place.contains("exit.rs:")));
        assert!(panicked.to_string().ends_with("while handling Poll"));
    }

    #[test]
    fn a_payload_that_panics_when_dropped_is_contained() {
        struct Spiteful;
        impl Drop for Spiteful {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        let panicked = contain(|| panic::panic_any(Spiteful), "Poll").unwrap_err();
        assert_eq!(panicked.message, "a payload that is not text");
    }

    #[test]
    fn only_failures_are_failures() {
        assert!(!Exit::Normal.is_failure() && !Exit::Shutdown.is_failure());
        assert!(Exit::failed("x").is_failure() && Exit::Killed.is_failure());
    }
}
