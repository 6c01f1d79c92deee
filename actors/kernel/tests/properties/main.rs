//! What holds of a tree whatever happens to it, tried with random trees and random events under paused time.
//!
//! [`supervisor`] and [`pool`] let a tree come to rest after every event, and compare it with a model that says exactly
//! what is to be seen. [`storm`] lets events fall while others are still at work, and looks for what must never be seen.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod kid;
#[path = "../support/ledger.rs"]
mod ledger;
mod mail;
mod op;
mod play;
mod pool;
mod storm;
mod supervisor;
mod trace;
mod worker;

use std::fmt::Debug;
use std::time::Duration;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestCaseResult};

const SECOND: Duration = Duration::from_secs(1);

/// A deadline far beyond anything here; the clock is paused, so it costs nothing.
const EVER: Duration = Duration::from_secs(1_000_000);

/// The same cases in every run. To try others: `PROPTEST_RNG_SEED=<number>`; to try more: `PROPTEST_CASES=<number>`.
fn config(cases: u32) -> Config {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(1);
    }
    println!("{} cases, {:?}", config.cases, config.rng_seed);
    config
}

/// Runs one case on a runtime of its own whose clock stands still until all there is waits for it.
fn paused(jitter: u64, case: impl Future<Output = Result<(), String>>) -> TestCaseResult {
    fastrand::seed(jitter);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| TestCaseError::reject(error.to_string()))?;
    tokio::task::LocalSet::new().block_on(&runtime, case).map_err(TestCaseError::fail)
}

/// Lets the paused clock go on. It returns when all that could be done by then is done.
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

fn same<T: PartialEq + Debug>(what: &str, seen: &T, expected: &T) -> Result<(), String> {
    if seen == expected { Ok(()) } else { Err(format!("{what}: seen {seen:?}, expected {expected:?}")) }
}
