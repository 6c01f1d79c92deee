//! How a mock device mines: the Stratum V1 of its firmware, over one connection that lives and dies with the device.
//!
//! | module | what it decides, without a clock or a socket |
//! | --- | --- |
//! | `session` | what to say to a pool, what it has said, what became of each share |
//! | `said` | what one line of a pool means |
//! | `share` | how a share is made: by a search where that is quick, by a mark where not |
//! | `pace` | when the next share is found |
//! | `choice` | which of its two pools it turns to, and when |
//! | `reach` | where a mock may connect to at all |
//!
//! `link` connects and waits, `talk` owns the connection that stands and carries out what they say; `tally` is what the
//! device shows of it.

pub(crate) mod choice;
pub(crate) mod link;
pub(crate) mod pace;
pub(crate) mod reach;
pub(crate) mod said;
pub(crate) mod session;
pub(crate) mod share;
mod talk;
pub(crate) mod tally;
