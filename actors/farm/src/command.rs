//! What a device can be told to do, and what comes of it.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde::Serialize;
use shiftboss_axeos::command::Changes;
use shiftboss_axeos::{Mac, Setting};

use crate::error::Error;
use crate::preset::PresetId;
use crate::record::UnixMs;

/// What a device is told.
#[derive(Clone, Debug)]
pub enum Command {
    /// To take settings. They are kept as wanted before they are sent.
    Configure(Configure),
    /// To restart.
    Restart,
    /// To stop to mine, until it is resumed or restarted. ESP-Miner since 2.14.0.
    Pause,
    /// To mine again.
    Resume,
    /// To say `Hi!` on its display for half a minute, or to stop to. ESP-Miner since 2.12.0.
    Identify,
}

/// Settings for a device.
#[derive(Clone, Debug, Default)]
pub struct Configure {
    /// Which.
    pub changes: Changes,
    /// Also a frequency or core voltage that its ASIC is not known to bear.
    pub force: bool,
    /// The preset that they are from, which the record then names; without one it names the one before.
    pub preset: Option<PresetId>,
}

impl Command {
    /// What kind of command it is.
    pub fn kind(&self) -> CommandKind {
        match self {
            Self::Configure(_) => CommandKind::Configure,
            Self::Restart => CommandKind::Restart,
            Self::Pause => CommandKind::Pause,
            Self::Resume => CommandKind::Resume,
            Self::Identify => CommandKind::Identify,
        }
    }
}

/// A command by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandKind {
    /// Settings.
    Configure,
    /// A restart.
    Restart,
    /// A pause.
    Pause,
    /// The end of a pause.
    Resume,
    /// A greeting.
    Identify,
}

impl Display for CommandKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configure => "take settings",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Identify => "say hi",
        })
    }
}

/// What came of a command that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the device did it.
    pub verdict: Verdict,
    /// The settings that were sent, secrets by name only; none when the device showed all of them already.
    pub sent: Vec<Setting>,
    /// Whether it must be restarted before it acts on all of them.
    pub needs_restart: bool,
    /// What the device said to the last request, if anything, without secrets and cut to a few lines.
    pub said: Option<String>,
}

/// What a device made of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It shows what was asked.
    Verified,
    /// It took it, and shows something else in these settings.
    Drifted(Vec<Setting>),
    /// It took it; whether it did it shows later, in its view, or not at all.
    Acknowledged,
    /// It did not do it.
    Failed(Failure),
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => f.write_str("it shows what was asked"),
            Self::Drifted(settings) => {
                let names: Vec<_> = settings.iter().map(|setting| setting.name()).collect();
                write!(f, "it took it, and shows something else as {}", names.join(", "))
            }
            Self::Acknowledged => f.write_str("it took it"),
            Self::Failed(Failure { reason, .. }) => f.write_str(reason),
        }
    }
}

/// Why a device did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status that whoever asked is told: the device's own, 503 while it restarts, 500 when there is no answer.
    pub status: u16,
    /// Why, in a sentence.
    pub reason: String,
}

/// Why a command was not begun, or what is not known of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No such device.
    #[error("no device {0} is imprinted")]
    Unknown(Mac),
    /// It cannot be asked for that.
    #[error("{mac}: {why}")]
    Refused {
        /// Which device.
        mac: Mac,
        /// Why not.
        why: shiftboss_axeos::Error,
    },
    /// It has never answered, so that nobody knows what it takes.
    #[error("{0} has never answered, so what it takes is not known; discover and imprint it again")]
    Unheard(Mac),
    /// It has enough to do.
    #[error("{0} has enough commands to do; try again when they are done")]
    Busy(Mac),
    /// Its actor is parked or terminated.
    #[error("the actor of device {0} is down; the tree of actors says why")]
    Down(Mac),
    /// Its actor ended over it, or did not answer in time: what the device made of it is not known.
    #[error("what became of the command is not known: {mac} {why}; look at what the device shows")]
    Lost {
        /// Which device.
        mac: Mac,
        /// How it was lost, as the end of a sentence.
        why: String,
    },
    /// The farm could not do its part; nothing was sent.
    #[error(transparent)]
    Farm(#[from] Error),
}

/// The last command that a device was given, for its view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCommand {
    /// Its kind.
    pub kind: CommandKind,
    /// When it was begun.
    pub at_ms: UnixMs,
    /// How far it is.
    pub stage: Stage,
    /// Whether a restart is needed before the device acts on all of it.
    pub needs_restart: bool,
}

/// How far a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is being carried out.
    Running,
    /// It ended so. An acknowledged restart waits for the device to come back.
    Done(Verdict),
    /// A restart: the device runs anew, and its uptime shows it.
    Confirmed,
    /// A restart: the device has not shown one, for this reason.
    Unconfirmed(Arc<str>),
    /// The device's actor ended over it. What the device made of it is not known.
    Interrupted,
}
