//! A pool does what the contract says: budgets, parking, probation, retries, and escalation only in an outage.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use shiftboss_kernel::{Backoff, PoolSpec};

use crate::kid::{Kid, kids};
use crate::op::{Op, raw_ops};
use crate::play::{HOUSE, Play};
use crate::trace::Trace;
use crate::{config, paused};
use model::Reference;

mod model;

const IDS: [&str; 8] = ["m", "z", "b", "k", "a", "q", "x", "c"];

const WINDOW: Duration = Duration::from_secs(10);

const RETRY: Backoff = Backoff::new(Duration::from_secs(20), Duration::from_secs(80));

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_pool_does_what_the_contract_says(scene in scenes()) {
        paused(scene.jitter, play(&scene))?;
    }
}

/// A random pool, and what happens to it.
#[derive(Clone)]
struct Scene {
    /// Restarts of one child that are bearable within the window.
    max: u32,
    share: f64,
    at_least: usize,
    /// Whether it is started again when it fails; else the tree ends.
    again: bool,
    ops: Vec<Op>,
    /// Whence the jitter of delays is drawn.
    jitter: u64,
}

fn scenes() -> impl Strategy<Value = Scene> {
    let first = prop::collection::vec(kids(), 2..=6);
    let outage = (prop_oneof![Just(0.3), Just(0.5), Just(1.0)], 1..5_usize);
    let ops = prop::collection::vec(raw_ops(), 1..60);
    let scene = (0..4_u32, outage, prop::bool::weighted(0.8), first, ops, any::<u64>());
    scene.prop_map(|(max, (share, at_least), again, first, raw, jitter)| {
        let start = |(id, kid): (&&'static str, Kid)| Op::Start(id, kid);
        let mut ops: Vec<_> = IDS.iter().zip(first).map(start).collect();
        ops.extend(raw.into_iter().map(|raw| Op::of(raw, &IDS)));
        Scene { max, share, at_least, again, ops, jitter }
    })
}

async fn play(scene: &Scene) -> Result<(), String> {
    let spec = PoolSpec::default().budget(scene.max, WINDOW).retry_parked(RETRY);
    let (pool, house) = spec.escalate(scene.share, scene.at_least).bind(HOUSE, None).expect("sound");
    let nobody = (Trace::default(), Vec::new());
    Play::start(house, pool.to(), scene.again, Reference::new(scene), nobody).await.run(&scene.ops).await
}

impl fmt::Debug for Scene {
    /// A line for the pool and for each event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { max, share, at_least, again, ops, jitter } = self;
        write!(f, "\n  {max} restarts each, escalates at {share} and {at_least}")?;
        writeln!(f, ", started again: {again}, jitter {jitter}")?;
        ops.iter().try_for_each(|op| writeln!(f, "  {op:?}"))
    }
}
