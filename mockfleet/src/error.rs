//! What can go wrong between a miner, its socket and its clients.

use std::io;
use std::net::SocketAddr;

use shiftboss_kernel::{Refused, SpecError};
use thiserror::Error;

use crate::faults::Flaw;
use crate::patch::KEPT_BYTES;

/// Why a mock did not do what was asked of it.
#[derive(Debug, Error)]
pub enum Error {
    /// A miner's port is taken, or not ours to take.
    #[error(
        "{hostname} cannot listen on {address} (mockfleet.base_port, mockfleet.ports or mockfleet.port): {source}; \
         it tries again every 5 s"
    )]
    Unbound {
        /// The miner.
        hostname: String,
        /// Where it is to listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A miner plays its restart.
    #[error("it restarts, ask again in 5 s")]
    Restarting,
    /// An actor did not answer.
    #[error("it cannot answer now: {0}, ask again")]
    Silent(#[from] Refused),
    /// A patch that is not a JSON object.
    #[error("the body is not a JSON object ({0}), send one such as {{\"hostname\":\"axe\"}}")]
    NotAnObject(serde_json::Error),
    /// A request body above the limit.
    #[error("the body is longer than {0} bytes, send less")]
    TooLong(usize),
    /// Patches that together are more than a miner keeps.
    #[error("a miner keeps {KEPT_BYTES} bytes of patches and has no room for this one, send less")]
    Full,
    /// A body that did not arrive.
    #[error("the body could not be read, send it again")]
    Unreadable,
    /// The kernel does not accept a specification.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A listing's port that has no address.
    #[error("the listing's port is lost: {0}")]
    NoAddress(io::Error),
    /// No such route.
    #[error("there is nothing here, ask GET /api/system/info")]
    NotFound,
    /// A body of `POST /miners` that is none.
    #[error("{0}; send {{}} for the next place, or one such as {{\"address\":\"127.0.0.1\",\"port\":8011}}")]
    NoOrder(String),
    /// A body of `PUT /faults` that is none.
    #[error("{0}")]
    NoFault(Flaw),
    /// There is no place after the last miner's.
    #[error("there is no place after the last miner's, name one with \"address\" and \"port\"")]
    NoPlace,
    /// A miner listens there already.
    #[error("a miner of this fleet is at {0}, choose another \"port\" or \"address\"")]
    PlaceTaken(SocketAddr),
    /// No miner has that name.
    #[error("there is no miner {0:?}, see GET /servers")]
    NoMiner(String),
    /// A miner that was added did not start.
    #[error("{hostname} does not start: {cause}, ask again")]
    NotStarted {
        /// The miner.
        hostname: String,
        /// What its pool says.
        cause: String,
    },
    /// A miner that was asked to stop did not.
    #[error("{hostname} does not stop: {cause}, ask again")]
    NotStopped {
        /// The miner.
        hostname: String,
        /// What its pool says.
        cause: String,
    },
    /// An answer that could not be written.
    #[error("the answer could not be written: {0}")]
    Unwritable(serde_json::Error),
}
