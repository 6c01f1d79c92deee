//! The policies against models so plain that they are seen to be right.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::time::Instant;

use super::{Backoff, Intensity, Restart, RestartLog};
use crate::exit::{Exit, Panicked};

/// The same cases in every run. To try others: `PROPTEST_RNG_SEED=<number>`.
fn config() -> ProptestConfig {
    let told = ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() };
    let rng_seed = if told.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { told.rng_seed };
    println!("{rng_seed:?}");
    ProptestConfig { rng_seed, ..told }
}

fn milliseconds(range: RangeInclusive<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

fn exits() -> impl Strategy<Value = Exit> {
    let panicked = Panicked { message: "boom".to_owned(), place: None, handling: "Poll" };
    prop_oneof![
        Just(Exit::Normal),
        Just(Exit::Shutdown),
        "[a-z ]*".prop_map(Exit::failed),
        Just(Exit::Panic(Arc::new(panicked))),
        Just(Exit::Killed),
    ]
}

fn restarts() -> impl Strategy<Value = Restart> {
    prop_oneof![Just(Restart::Permanent), Just(Restart::Transient), Just(Restart::Temporary)]
}

fn intensities() -> impl Strategy<Value = Intensity> {
    (0..6_u32, milliseconds(1..=2000)).prop_map(|(max, window)| Intensity::new(max, window))
}

fn backoffs() -> impl Strategy<Value = Backoff> {
    let base = prop_oneof![milliseconds(0..=20), milliseconds(0..=60_000)];
    let times = (base, milliseconds(0..=3_600_000), milliseconds(0..=600_000));
    times.prop_map(|(base, cap, healthy_after)| Backoff { base, cap, healthy_after })
}

/// What happens to a log: a restart this long after what was before, or an operator's pardon.
#[derive(Clone, Debug)]
enum Entry {
    Restart(Duration),
    Pardon,
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let entry = prop_oneof![9 => milliseconds(0..=1500).prop_map(Entry::Restart), 1 => Just(Entry::Pardon)];
    prop::collection::vec(entry, 0..60)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_restart_is_bearable_while_those_of_its_window_are_not_more_than_the_limit(
        limit in intensities(),
        entries in entries(),
    ) {
        let mut now = Instant::now();
        let (mut log, mut all) = (RestartLog::default(), Vec::new());
        for entry in entries {
            match entry {
                Entry::Restart(after) => {
                    now += after;
                    all.push(now);
                    let within = all.iter().filter(|at| now - **at <= limit.window).count();
                    prop_assert_eq!(log.record(now, limit), within <= limit.max as usize);
                }
                Entry::Pardon => {
                    all.clear();
                    log.clear();
                }
            }
        }
    }

    #[test]
    fn as_long_as_restarts_are_bearable_no_window_whatever_has_more_of_them_than_the_limit(
        limit in intensities(),
        pauses in prop::collection::vec(milliseconds(0..=1500), 0..60),
    ) {
        let mut now = Instant::now();
        let mut log = RestartLog::default();
        let bearable: Vec<_> = pauses
            .into_iter()
            .map_while(|pause| {
                now += pause;
                log.record(now, limit).then_some(now)
            })
            .collect();
        for first in &bearable {
            let within = bearable.iter().filter(|at| **at >= *first && **at - *first <= limit.window);
            prop_assert!(within.count() <= limit.max as usize);
        }
    }

    #[test]
    fn a_delay_is_within_the_upper_half_of_its_ceiling(
        backoff in backoffs(),
        failures in 1..100_u32,
        unit in 0.0..=1.0,
    ) {
        let mut ceiling = backoff.base.min(backoff.cap);
        for _ in 1..failures {
            ceiling = (ceiling * 2).min(backoff.cap);
        }
        let delay = backoff.delay(failures, unit);
        prop_assert!(delay >= ceiling / 2 && delay <= ceiling, "{delay:?} for a ceiling of {ceiling:?}");
    }

    #[test]
    fn a_delay_never_falls_with_one_failure_more_or_with_more_jitter(
        backoff in backoffs(),
        failures in 0..100_u32,
        (one, other) in (-1.0..=2.0, -1.0..=2.0),
    ) {
        prop_assert!(backoff.delay(failures, one) <= backoff.delay(failures + 1, one));
        let (less, more) = if one < other { (one, other) } else { (other, one) };
        prop_assert!(backoff.delay(failures, less) <= backoff.delay(failures, more));
    }

    #[test]
    fn the_failures_in_a_row_are_those_since_the_last_healthy_run(
        backoff in backoffs(),
        runs in prop::collection::vec(milliseconds(0..=600_000), 1..30),
    ) {
        let counted = runs.iter().fold(0, |failures, ran| backoff.failures_after(failures, *ran));
        let healthy = runs.iter().rposition(|ran| *ran >= backoff.healthy_after);
        prop_assert_eq!(counted as usize, runs.len() - healthy.unwrap_or_default());
    }

    #[test]
    fn who_comes_back_after_what_is_as_the_table_says(restart in restarts(), exit in exits()) {
        let failed = !matches!(exit, Exit::Normal | Exit::Shutdown);
        let comes_back = match restart {
            Restart::Permanent => true,
            Restart::Transient => failed,
            Restart::Temporary => false,
        };
        prop_assert_eq!(restart.applies_to(&exit), comes_back);
    }
}
