//! The settings of the mock pool, and what they stand for there.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shiftboss_mockfleet::pool;

use super::empty_is_none;

/// The mock pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mockpool {
    /// Where miners connect; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Whose manners the pool has.
    pub style: Style,
    /// Who may mine.
    pub authorize: Authorize,
    /// The difficulty of all miners; 0 for one that is fitted to each.
    pub difficulty: f64,
    /// The shares that a miner should send, when the difficulty is fitted.
    pub shares_per_minute: u32,
    /// From one job to the next.
    pub job_seconds: u64,
    /// From one block to the next.
    pub block_seconds: u64,
    /// After so many blocks, miners that asked for it get another extranonce; 0 for never.
    pub extranonce_blocks: u32,
    /// Whether shares count that are marked as synthetic.
    pub accept_synthetic: bool,
    /// A file to which every share is added, a line of JSON each; an empty text when there is none.
    #[serde(with = "empty_is_none")]
    pub share_log: Option<String>,
    /// The same seed makes the same jobs.
    pub seed: u64,
}

/// The pool whose manners are mocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// ckpool of today.
    Ckpool,
    /// ckpool as it was, with `reject-reason`.
    Classic,
    /// public-pool, which leaves much unanswered.
    PublicPool,
    /// NiceHash, which renews extranonces.
    Nicehash,
    /// Pools whose errors are objects.
    Object,
}

/// Who may mine at the mock pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorize {
    /// Anybody with a name.
    Any,
    /// Whoever gives the password `x`.
    Password,
    /// Whoever is called `address.worker`.
    Worker,
}

impl Default for Mockpool {
    fn default() -> Self {
        Mockpool {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3333)),
            style: Style::Ckpool,
            authorize: Authorize::Any,
            difficulty: 0.0,
            shares_per_minute: 6,
            job_seconds: 30,
            block_seconds: 600,
            extranonce_blocks: 0,
            accept_synthetic: true,
            share_log: None,
            seed: 1,
        }
    }
}

impl Mockpool {
    /// What the pool asks of a share.
    #[must_use]
    pub fn difficulty(&self) -> pool::Difficulty {
        if self.difficulty > 0.0 {
            pool::Difficulty::Fixed(self.difficulty)
        } else {
            pool::Difficulty::Variable { shares_per_minute: f64::from(self.shares_per_minute) }
        }
    }

    /// When there is something new to mine.
    #[must_use]
    pub fn tempo(&self) -> pool::Tempo {
        let [job, block] = [self.job_seconds, self.block_seconds].map(Duration::from_secs);
        pool::Tempo { job, block }
    }

    /// The path of the share log, when there is one.
    #[must_use]
    pub fn share_log(&self) -> Option<PathBuf> {
        self.share_log.as_ref().map(PathBuf::from)
    }
}

impl From<Style> for pool::Style {
    fn from(style: Style) -> Self {
        match style {
            Style::Ckpool => Self::Ckpool,
            Style::Classic => Self::Classic,
            Style::PublicPool => Self::PublicPool,
            Style::Nicehash => Self::Nicehash,
            Style::Object => Self::Object,
        }
    }
}

impl From<Authorize> for pool::Admission {
    fn from(authorize: Authorize) -> Self {
        match authorize {
            Authorize::Any => Self::Any,
            Authorize::Password => Self::Password,
            Authorize::Worker => Self::Worker,
        }
    }
}
