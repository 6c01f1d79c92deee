//! Why a request was not served, with which status, and in which words.
//!
//! Where the Node.js system had words of its own for a refusal, they stand beside ours, for its clients.

use std::collections::BTreeSet;

use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, ResponseError};
use shiftboss_axeos::Mac;
use shiftboss_farm::command::CommandError;
use shiftboss_farm::rollout::RolloutId;
use shiftboss_kernel::{Action, ChildError, ControlError, NoAction, Refused};

mod farm;
mod flaw;
mod refusal;

pub use flaw::Flaw;
pub(super) use refusal::{Refusal, content_type, example, labelled};

/// What the Node.js system says of most failures.
const UNDONE: &str = "Failed to process the request";

/// What a client is told to wait before it tries again.
const RETRY_AFTER_SECONDS: &str = "1";

/// Why a request was not served.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// Something in the request cannot be used; at least one thing is named.
    #[error("{}", told(.0))]
    Bad(Vec<Flaw>),
    /// The device that the path names is not imprinted.
    #[error("no device {0} is imprinted")]
    NoDevice(Mac),
    /// None of the devices that the body names is known.
    #[error("none of these devices is known: {}", listed(.0))]
    NoDevices(BTreeSet<Mac>),
    /// There is no such preset.
    #[error("there is no preset {0:.100}; /presets lists them")]
    NoPreset(String),
    /// A device is to be given a preset that does not exist.
    #[error("Associated Preset id not available")]
    NoSuchPreset(Flaw),
    /// There is no such rollout.
    #[error("there is no rollout {0}, or it has ended over an hour ago; /rollouts lists them")]
    NoRollout(RolloutId),
    /// There is no such route.
    #[error("nothing is served at {path:.200}")]
    NoRoute {
        /// What was asked for.
        path: String,
    },
    /// The route has no such method.
    #[error("{method:.20} is not served here, but {allow}")]
    Method {
        /// The method asked for.
        method: Method,
        /// Those that are served.
        allow: String,
    },
    /// The client takes answers in no encoding that there is.
    #[error("answers are plain, or gzip or deflate; accept one of them (Accept-Encoding)")]
    Encoding,
    /// The body is too long to be read.
    #[error("the body is longer than {limit_bytes} bytes, the most that is read (web.body_limit_bytes)")]
    TooLarge {
        /// The most that is read.
        limit_bytes: usize,
    },
    /// An actor is overloaded, or between two incarnations.
    #[error("the {0} is busy or restarting; try again")]
    Busy(&'static str),
    /// An actor did not answer.
    #[error("the {0} did not answer in time")]
    Late(&'static str),
    /// The path leads to no actor that can be seen.
    #[error(transparent)]
    NoActor(ControlError),
    /// What was ordered was not done.
    #[error("{why}{}", unsure(.why))]
    NotDone {
        /// Why not.
        why: ControlError,
    },
    /// The word is nothing that is done to an actor.
    #[error(transparent)]
    NoAction(NoAction),
    /// It would end what serves this very request.
    #[error(
        "{path}: this API is served from there; after {action} nothing could bring it back. To end it, stop the process"
    )]
    Seat {
        /// What was to be done.
        action: Action,
        /// To whom.
        path: String,
    },
    /// The page of another site made a browser send it.
    #[error("a page of another site may not order anything here")]
    Foreign,
    /// As many searches as are allowed run already.
    #[error("enough searches for devices are running; try again when one is done")]
    Searching,
    /// It makes no sense as things are.
    #[error("{0}")]
    Conflict(String),
    /// It cannot be done just now.
    #[error("{0}")]
    Passing(String),
    /// It was begun and not done, and the Node.js system has words for that.
    #[error("{words}")]
    Undone {
        /// These.
        words: &'static str,
        /// The status of that system.
        status: StatusCode,
        /// The reason.
        cause: String,
    },
}

impl Problem {
    /// The problem behind an actor's refusal.
    pub fn refused(actor: &'static str) -> impl Fn(Refused) -> Self {
        move |refused| match refused {
            Refused::Full | Refused::Gone => Self::Busy(actor),
            Refused::Late => Self::Late(actor),
        }
    }

    /// A failure of ours, in words of the Node.js system.
    pub(crate) fn failed(words: &'static str, cause: impl Into<String>) -> Self {
        Self::Undone { words, status: StatusCode::INTERNAL_SERVER_ERROR, cause: cause.into() }
    }

    /// The problem behind a command that was not begun or has no known end; `words` are the Node.js system's.
    pub(super) fn of_command(error: CommandError, words: &'static str) -> Self {
        let told = error.to_string();
        match error {
            CommandError::Unknown(_) => {
                Self::Undone { words: "Device not found", status: StatusCode::NOT_FOUND, cause: told }
            }
            CommandError::Refused { why, .. } => Flaw::of_setting(&["info"], &why).into(),
            CommandError::Unheard(_) => Self::Conflict(told),
            CommandError::Busy(_) | CommandError::Down(_) => Self::Passing(told),
            CommandError::Lost { .. } => Self::failed(words, told),
            CommandError::Farm(error) => error.into(),
        }
    }

    /// Whether it may help to try again.
    fn is_passing(&self) -> bool {
        match self {
            Self::Busy(_) | Self::Late(_) | Self::Searching | Self::Passing(_) => true,
            Self::NoActor(why) | Self::NotDone { why } => matches!(why, ControlError::Silent { .. }),
            _ => false,
        }
    }

    /// The words that the Node.js system has for it.
    fn message(&self) -> Option<&'static str> {
        match self {
            Self::NoDevice(_) => Some("Device not found"),
            Self::NoPreset(_) => Some("Preset not found"),
            Self::NoDevices(_) => Some("No devices found for the provided MAC addresses"),
            _ => None,
        }
    }

    /// The reason behind words of the Node.js system.
    fn details(&self) -> Option<&str> {
        match self {
            Self::Undone { cause, .. } => Some(cause),
            Self::NoSuchPreset(flaw) => Some(flaw.detail()),
            _ => None,
        }
    }

    /// Whether the Node.js system says that there is no data.
    fn has_data(&self) -> bool {
        matches!(self, Self::NoDevice(_) | Self::NoPreset(_))
    }

    fn flaws(&self) -> &[Flaw] {
        match self {
            Self::Bad(flaws) => flaws,
            Self::NoSuchPreset(flaw) => std::slice::from_ref(flaw),
            _ => &[],
        }
    }
}

impl From<Flaw> for Problem {
    fn from(flaw: Flaw) -> Self {
        Self::Bad(vec![flaw])
    }
}

/// The first flaw in words, and the number of the others.
fn told(flaws: &[Flaw]) -> String {
    match flaws {
        [] => "the request cannot be used".to_owned(),
        [flaw] => flaw.to_string(),
        [first, others @ ..] => format!("{first} (and {} more, see errors)", others.len()),
    }
}

/// What began before its time was over ends without an answer.
fn unsure(error: &ControlError) -> &'static str {
    match error {
        ControlError::Silent { refused: Refused::Late, .. } => "; the order may still be carried out",
        _ => "",
    }
}

/// The status of a wish that was not carried out, or of a path that leads nowhere.
fn status_of(error: &ControlError) -> StatusCode {
    match error {
        ControlError::NoPath(_) => StatusCode::BAD_REQUEST,
        ControlError::NoBranch { .. } | ControlError::Refused { cause: ChildError::NotFound, .. } => {
            StatusCode::NOT_FOUND
        }
        ControlError::Down { .. } | ControlError::Refused { .. } => StatusCode::CONFLICT,
        ControlError::Silent { .. } => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The first few of a list, so that a line stays one.
fn listed(macs: &BTreeSet<Mac>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = macs.iter().take(SHOWN).map(ToString::to_string).collect();
    let rest = macs.len() - shown.len();
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Bad(_) | Self::NoSuchPreset(_) => StatusCode::BAD_REQUEST,
            Self::NoDevice(_)
            | Self::NoDevices(_)
            | Self::NoRollout(_)
            | Self::NoPreset(_)
            | Self::NoRoute { .. }
            | Self::NoAction(_) => StatusCode::NOT_FOUND,
            Self::NoActor(why) | Self::NotDone { why } => status_of(why),
            Self::Seat { .. } | Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Encoding => StatusCode::NOT_ACCEPTABLE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy(_) | Self::Searching | Self::Passing(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::Undone { status, .. } => *status,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Method { allow, .. } => {
                response.insert_header((ALLOW, allow.as_str()));
            }
            _ if self.is_passing() => {
                response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS));
            }
            _ => {}
        }
        response.json(Refusal::new(self, self.status_code()))
    }
}

#[cfg(test)]
mod tests;
