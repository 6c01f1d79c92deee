//! What the farm reports, as the API refuses with it.

use shiftboss_farm::Error;

use super::{Flaw, Problem, UNDONE};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy { actor, refused } => Self::refused(actor)(refused),
            Error::Searching => Self::Searching,
            Error::NoSource | Error::Neighbour { .. } => {
                Self::failed("Discovery service failed", error.to_string())
            }
            Error::Nameless { .. } => Flaw::parameter("mac", error.to_string()).into(),
            Error::AddressTaken { .. }
            | Error::ManyPresets { .. }
            | Error::BackingUp
            | Error::BackupExists { .. } => Self::Conflict(error.to_string()),
            Error::Store(_) | Error::Backup { .. } => Self::Passing(error.to_string()),
            Error::PresetName { .. } => Flaw::body(&[&"name"], error.to_string()).into(),
            Error::LongPreset { .. } => Flaw::body(&[&"configuration"], error.to_string()).into(),
            Error::Preset(why) => Flaw::of_setting(&["configuration"], &why).into(),
            // What these say further is for the log: it may hold a place in the source or on the disk.
            Error::NotStarted { mac, .. } | Error::NotEnded { mac, .. } => {
                log::error!("{error}");
                Self::failed(UNDONE, format!("the actor of device {mac} failed; the log says why"))
            }
            // Of these the last two are the command line's own, and never come this way.
            Error::Open { .. } | Error::InUse { .. } | Error::Export { .. } | Error::Import { .. } => {
                log::error!("{error}");
                Self::failed(UNDONE, "the database cannot be opened; the log says why")
            }
        }
    }
}
