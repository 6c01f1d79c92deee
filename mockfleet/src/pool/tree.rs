//! What a mock pool is made of, as a branch of somebody's tree.

use std::fs::File;
use std::net::TcpListener;
use std::sync::Arc;

use actix::ArbiterHandle;
use shiftboss_kernel::{Bound, Pool, PoolSpec, SpecError, Strategy, SupervisorSpec, Tx};

use super::clock::{Clock, Tempo};
use super::entrance::Entrance;
use super::house::{House, Limits};
use super::job::{EXTRANONCE1_BYTES, Maker};
use super::ledger::Ledger;
use super::session::{Admission, Difficulty, Rules};
use super::style::Style;

/// Connections that wait to be started.
const STARTING: u32 = 4_096;

/// A pool to be.
#[derive(Debug)]
pub struct Config {
    /// Where miners connect. Bound by the caller, so that a taken port is the caller's to report.
    pub listener: TcpListener,
    /// Whose manners it has.
    pub style: Style,
    /// What it asks of a share.
    pub difficulty: Difficulty,
    /// Who may mine.
    pub admission: Admission,
    /// When there are new jobs.
    pub tempo: Tempo,
    /// After so many blocks, miners that asked for it get another extranonce; 0 for never.
    pub extranonce_blocks: u32,
    /// Whether marked shares are accepted: see [`super::mark`].
    pub accept_synthetic: bool,
    /// Where every share is written to, a line of JSON each.
    pub share_log: Option<File>,
    /// The same seed makes the same jobs.
    pub seed: u64,
    /// How much it bears.
    pub limits: Limits,
}

/// A pool, ready to be put under a supervisor.
#[derive(Debug)]
pub struct Wired {
    /// The branch: a supervisor `mockpool` of `ledger`, `clock`, the pool `connections`, and `door`.
    pub bound: Bound,
    /// Knows what became of every share.
    pub ledger: Tx<Ledger>,
    /// The connections, whose ids are `conn:1` and on.
    pub connections: Tx<Pool>,
}

/// Makes a branch of a pool. It runs on `arbiter`, or on its supervisor's thread when there is none; the ledger, which
/// waits for the disk when there is a share log, runs on `books`.
///
/// # Errors
/// None that a configuration could cause; the kernel checks every specification.
pub fn wire(
    config: Config,
    arbiter: Option<ArbiterHandle>,
    books: Option<ArbiterHandle>,
) -> Result<Wired, SpecError> {
    let Config { listener, style, difficulty, admission, tempo, extranonce_blocks, .. } = config;
    let Config { accept_synthetic, share_log, seed, limits, .. } = config;
    let (ledger, keeper) = Ledger::spec(share_log).on(books).bind();
    let maker = Maker::new(seed, EXTRANONCE1_BYTES + style.extranonce2_bytes());
    let (clock, ticking) = Clock::spec(maker, tempo).on(arbiter.clone()).bind();
    let (connections, pool) = PoolSpec::default().capacity(STARTING).bind("connections", arbiter.clone())?;
    let rules = Arc::new(Rules { style, difficulty, admission, accept_synthetic, extranonce_blocks });
    let house = Arc::new(House { rules, limits, clock, ledger: ledger.clone() });
    let (_, door) = Entrance::spec(listener, connections.clone(), house).on(arbiter).bind();
    // Whichever fails, the others go on: what it kept belongs to its child, and all addresses stay.
    let spec = SupervisorSpec::new(Strategy::OneForOne).child(keeper).child(ticking).child(pool).child(door);
    let (_, bound) = spec.bind("mockpool")?;
    Ok(Wired { bound, ledger, connections })
}
