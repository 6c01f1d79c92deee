//! End-to-end tests: the built binary on real sockets, and the rules that the whole workspace keeps.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod commands;
mod crash;
mod defects;
#[cfg(target_os = "linux")]
mod disk;
mod farm;
mod faults;
#[cfg(target_os = "linux")]
mod fleet;
mod growing;
mod hostile;
mod input;
mod keep;
mod mining;
mod mockpool;
mod obedience;
mod operate;
mod panics;
mod portable;
mod removal;
mod rules;
mod support;
mod watchdog;
