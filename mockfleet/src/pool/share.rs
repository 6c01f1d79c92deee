//! Whether a share is good: the checks of a pool, in their order, and the reasons of a refusal.

use std::collections::HashSet;

use serde::Serialize;

use super::hash::{Header, difficulty_of};
use super::job::{Found, Job, Window};
use super::synthetic;

/// Accepted shares of one job that one connection is remembered by, twice: beyond them the older half is forgotten.
pub(crate) const SEEN_KEPT: usize = 2_048;

/// How far ahead of its job a miner may roll the time.
const NTIME_AHEAD_SECONDS: u32 = 7_000;

/// A share as a miner sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) extranonce2: Vec<u8>,
    pub(crate) ntime: u32,
    pub(crate) nonce: u32,
    /// The bits rolled, when it says.
    pub(crate) version_bits: Option<u32>,
}

/// What a share is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) extranonce1: &'a [u8],
    pub(crate) extranonce2_bytes: usize,
    /// The bits that may be rolled; none unless that was agreed.
    pub(crate) version_mask: u32,
    /// In force when the job was told.
    pub(crate) difficulty: f64,
    pub(crate) accept_synthetic: bool,
}

/// Why a share is accepted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Credit {
    /// It meets this difficulty.
    Real(f64),
    /// It is marked: its own difficulty says nothing.
    Synthetic,
}

/// Why a share is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is not a share: a parameter is missing, or not what it should be.
    Malformed,
    /// The miner has not subscribed.
    NotSubscribed,
    /// The worker has not been authorised on this connection.
    Unauthorised,
    /// There was never such a job.
    JobUnknown,
    /// The job is over.
    Stale,
    /// The time is before the job's, or too far ahead.
    NtimeOutOfRange,
    /// Bits were rolled that are not the miner's.
    VersionMask,
    /// It does not meet the difficulty.
    AboveTarget,
    /// It was accepted before.
    Duplicate,
}

impl Reason {
    /// All of them, in the order of the checks.
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::NotSubscribed,
        Self::Unauthorised,
        Self::JobUnknown,
        Self::Stale,
        Self::NtimeOutOfRange,
        Self::VersionMask,
        Self::AboveTarget,
        Self::Duplicate,
    ];

    /// The number that pools give it.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Malformed | Self::NtimeOutOfRange | Self::VersionMask => 20,
            Self::JobUnknown | Self::Stale => 21,
            Self::Duplicate => 22,
            Self::AboveTarget => 23,
            Self::Unauthorised => 24,
            Self::NotSubscribed => 25,
        }
    }
}

/// A refusal, with the difficulty of the share when it came that far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) reason: Reason,
    pub(crate) share_difficulty: Option<f64>,
}

impl From<Reason> for Refused {
    fn from(reason: Reason) -> Self {
        Self { reason, share_difficulty: None }
    }
}

/// The job that a share names, if shares are taken for it.
pub(crate) fn job<'a>(window: &'a Window, id: &str) -> Result<&'a Job, Reason> {
    match window.find(id) {
        Found::Known(job) => Ok(job),
        Found::Stale => Err(Reason::Stale),
        Found::Unknown => Err(Reason::JobUnknown),
    }
}

/// Judges a share of a job. One that is accepted is remembered.
///
/// Only what is accepted takes memory: a flood of worthless shares does not.
pub(crate) fn judge(share: &Share, job: &Job, terms: &Terms<'_>, seen: &mut Seen) -> Result<Credit, Refused> {
    let header = header(share, job, terms)?;
    let hash = header.hash();
    let difficulty = difficulty_of(&hash);
    let credit = if difficulty >= terms.difficulty {
        Credit::Real(difficulty)
    } else if terms.accept_synthetic && synthetic::recognise(&header) {
        Credit::Synthetic
    } else {
        return Err(Refused { reason: Reason::AboveTarget, share_difficulty: Some(difficulty) });
    };
    let [a, b, c, d, e, f, g, h, ..] = hash;
    if !seen.insert(u64::from_le_bytes([a, b, c, d, e, f, g, h])) {
        let share_difficulty = matches!(credit, Credit::Real(_)).then_some(difficulty);
        return Err(Refused { reason: Reason::Duplicate, share_difficulty });
    }
    Ok(credit)
}

/// The header that the miner hashed.
fn header(share: &Share, job: &Job, terms: &Terms<'_>) -> Result<Header, Reason> {
    let Share { extranonce2, ntime, nonce, version_bits } = share;
    if extranonce2.len() != terms.extranonce2_bytes {
        return Err(Reason::Malformed);
    }
    let latest = job.work.ntime.saturating_add(NTIME_AHEAD_SECONDS);
    if !(job.work.ntime..=latest).contains(ntime) {
        return Err(Reason::NtimeOutOfRange);
    }
    let rolled = version_bits.unwrap_or_default();
    if rolled & !terms.version_mask != 0 {
        return Err(Reason::VersionMask);
    }
    let header = job.work.header(terms.extranonce1, extranonce2);
    // A miner that names no bits has rolled none, whatever was agreed.
    let version = version_bits.map_or(header.version, |bits| header.version & !terms.version_mask | bits);
    Ok(Header { version, ntime: *ntime, nonce: *nonce, ..header })
}

/// The accepted shares of one job, by a part of their hash. Takes no memory before the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl Seen {
    /// Whether it is new.
    fn insert(&mut self, share: u64) -> bool {
        if self.older.contains(&share) {
            return false;
        }
        if self.newer.len() == SEEN_KEPT {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(share)
    }
}

#[cfg(test)]
mod tests;
