//! What a mock miner is as a machine: its physics, and what it measures of itself.
//!
//! Pure: chance comes from a seed, time from outside.

pub(crate) mod physics;
pub(crate) mod vitals;
