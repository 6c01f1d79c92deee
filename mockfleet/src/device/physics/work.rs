//! What a device has done since its boot, and what came of it by chance. All of it only grows.

use super::noise::{Noise, Subject};
use super::shares;
use crate::draw::scatter;

/// The work of a share of difficulty 1, in 10^9 hashes.
const GIGAHASHES_PER_DIFFICULTY: f64 = 4.294_967_296;

/// A chip reports nonces of this difficulty and more.
const TICKET_DIFFICULTY: f64 = 256.0;

/// A nonce that is no share has this difficulty at most, of that of a share.
const NEARLY: f64 = 0.99;

/// What a device has done since its boot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// Which chance the shares of this boot have.
    luck: u64,
    /// 10^9 hashes, the right ones and the wrong ones.
    pub(crate) gigahashes: f64,
    wrong_gigahashes: f64,
    /// Shares as they would be without chance.
    expected_shares: f64,
    pub(crate) shares_accepted: u64,
    pub(crate) shares_rejected: u64,
    pub(crate) best_difficulty: f64,
}

impl Work {
    pub(crate) fn new(booted_ms: u64) -> Self {
        Self {
            luck: scatter(booted_ms),
            gigahashes: 0.0,
            wrong_gigahashes: 0.0,
            expected_shares: 0.0,
            shares_accepted: 0,
            shares_rejected: 0,
            best_difficulty: 0.0,
        }
    }

    /// With what was done in a stretch of time that began with this.
    pub(crate) fn and(
        self,
        noise: Noise,
        gigahashes: f64,
        wrong_gigahashes: f64,
        pool_difficulty: f64,
        stretch_ms: u64,
    ) -> Self {
        let shares = gigahashes / (pool_difficulty * GIGAHASHES_PER_DIFFICULTY);
        let expected_shares = self.expected_shares + shares;
        // Late shares are rejected, 1 to 5 in 1000: thinned out of a Poisson process, they are one of their own.
        let late = 0.003 + 0.002 * noise.for_life(Subject::RejectedShare, 0);
        let count = |subject, expected| shares::count(noise.key(subject) ^ self.luck, expected);
        let mut work = Self {
            gigahashes: self.gigahashes + gigahashes,
            wrong_gigahashes: self.wrong_gigahashes + wrong_gigahashes,
            expected_shares,
            shares_accepted: count(Subject::Accepted, expected_shares * (1.0 - late)),
            shares_rejected: count(Subject::Rejected, expected_shares * late),
            ..self
        };
        let found = work.shares_accepted - self.shares_accepted;
        let best = work.best_of(noise, found, pool_difficulty, stretch_ms);
        work.best_difficulty = self.best_difficulty.max(best);
        work
    }

    /// Nonces that the chips got wrong.
    pub(crate) fn errors(&self) -> f64 {
        self.wrong_gigahashes / (TICKET_DIFFICULTY * GIGAHASHES_PER_DIFFICULTY)
    }

    /// The best of the shares that were found in a stretch, or of the nonces that fell short: that there are shares and
    /// that one is good enough must agree.
    fn best_of(&self, noise: Noise, found: u64, pool_difficulty: f64, stretch_ms: u64) -> f64 {
        let key = noise.key(Subject::Record) ^ self.luck;
        if found > 0 {
            return pool_difficulty * shares::record(key ^ stretch_ms, found);
        }
        let tickets = self.gigahashes / (TICKET_DIFFICULTY * GIGAHASHES_PER_DIFFICULTY);
        (TICKET_DIFFICULTY * shares::record(key, tickets as u64)).min(NEARLY * pool_difficulty)
    }
}

/// What earlier boots left behind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lifetime {
    pub(crate) uptime_ms: u64,
    pub(crate) gigahashes: f64,
    pub(crate) best_difficulty: f64,
}

impl Lifetime {
    /// With a session that lasted so long.
    pub(crate) fn and(self, session: &Work, uptime_ms: u64) -> Self {
        Self {
            uptime_ms: self.uptime_ms + uptime_ms,
            gigahashes: self.gigahashes + session.gigahashes,
            best_difficulty: self.best_difficulty.max(session.best_difficulty),
        }
    }
}
