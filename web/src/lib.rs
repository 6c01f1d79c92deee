//! Supervises a bitcoin-mining farm as one tree of actors. This crate is what the outside sees: the command
//! line, the settings and everything that is reached over HTTP. The farm's actors live in the
//! crates under `actors/`.

pub mod api;
pub mod cli;
pub mod command;
pub mod controller;
pub mod fault;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod settings;
#[cfg(test)]
mod testing;
