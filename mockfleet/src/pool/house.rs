//! What all connections of a pool share: the rules, the limits, and whom they talk to.

use std::sync::Arc;
use std::time::Duration;

use shiftboss_kernel::Tx;

use super::clock::Clock;
use super::ledger::Ledger;
use super::session::Rules;

/// How much of anything the pool bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; the others wait until one ends.
    pub connections: usize,
    /// The time from connecting to the first job.
    pub handshake: Duration,
    /// The silence of a miner that works.
    pub idle: Duration,
    /// What a miner may leave unread, beyond what the system holds for it.
    pub unsent_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 50_000,
            handshake: Duration::from_secs(60),
            idle: Duration::from_secs(600),
            unsent_bytes: 65_536,
        }
    }
}

/// What all connections of a pool share.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) rules: Arc<Rules>,
    pub(crate) limits: Limits,
    pub(crate) clock: Tx<Clock>,
    pub(crate) ledger: Tx<Ledger>,
}
