//! What the store is told and asked.

use std::path::PathBuf;
use std::sync::Arc;

use actix::Message;
use shiftboss_axeos::Mac;

use crate::error::Error;
use crate::preset::{Preset, PresetId};
use crate::record::{Found, Observation, Record};

/// A stored device: its record, and what it said last.
pub type Stored = (Record, Option<Observation>);

/// Writes records, each new or in place of the one before, in one piece; answered when they are on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct PutRecords(pub Vec<Record>);

/// Removes a record; answered when that is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct RemoveRecord {
    /// Whose.
    pub mac: Mac,
    /// Also what the device said, and that it was ever found.
    pub with_data: bool,
}

/// Keeps what devices said last. Of a device without a record nothing is kept.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct KeepSeen(pub Vec<(Mac, Arc<Observation>)>);

/// Keeps what discovery found.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct KeepFound(pub Vec<Found>);

/// Writes all that was told before to a file of its own, and answers with its length. Changes go on meanwhile.
#[derive(Debug, Message)]
#[rtype(result = "Result<u64, Error>")]
pub struct BackUp(pub PathBuf);

/// All devices.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Stored>, Error>")]
pub struct LoadDevices;

/// All that discovery ever found.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Found>, Error>")]
pub struct LoadFound;

/// Writes a preset, new or in place of the one before; answered when it is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct KeepPreset(pub Arc<Preset>);

/// Removes a preset; answered when that is on the disk.
#[derive(Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub struct DropPreset(pub PresetId);

/// All presets.
#[derive(Debug, Message)]
#[rtype(result = "Result<Vec<Preset>, Error>")]
pub struct LoadPresets;

/// How the store does.
#[derive(Debug, Message)]
#[rtype(result = "Condition")]
pub struct Inspect;

/// How the store does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether the last write was done. While it was not, the store tries again by itself.
    pub is_writable: bool,
    /// Writes that were not done, since the store started.
    pub failures: u64,
}
