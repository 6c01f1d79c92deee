//! Events that fall while others are still at work: what must never be seen, whatever the order they come in.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use shiftboss_kernel::Strategy;

use crate::kid::{Kid, kids};
use crate::op::{Op, raw_ops};
use crate::{config, paused};

mod laws;
mod run;

/// Ids of children that are there from the beginning.
const FIRST: [&str; 6] = ["m", "z", "b", "k", "a", "q"];

/// Ids of children that are started in the storm. None is used twice.
const LATER: [&str; 8] = ["x", "c", "y", "g", "n", "f", "w", "d"];

const WINDOW: Duration = Duration::from_secs(10);

proptest! {
    #![proptest_config(config(768))]

    #[test]
    fn no_law_is_broken_in_a_storm(scene in scenes()) {
        paused(scene.jitter, run::run(&scene))?;
    }
}

/// Who has the children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum House {
    Supervisor(Strategy),
    Pool,
}

#[derive(Clone)]
struct Scene {
    house: House,
    /// Restarts that are bearable within the window, of all children of a supervisor or of one of a pool.
    max: u32,
    /// Whether the house is started again when it fails; else the tree ends.
    again: bool,
    /// The children, and which of their starts fails.
    children: Vec<(Kid, Option<u32>)>,
    /// What happens, and how much time passes after it; without any, it happens together with the next.
    ops: Vec<(Op, Option<Duration>)>,
    jitter: u64,
}

fn scenes() -> impl Generator<Value = Scene> {
    let house = prop_oneof![
        Just(House::Supervisor(Strategy::OneForOne)),
        Just(House::Supervisor(Strategy::RestForOne)),
        Just(House::Supervisor(Strategy::OneForAll)),
        Just(House::Pool),
    ];
    let children = prop::collection::vec((kids(), prop::option::weighted(0.2, 2..5_u32)), 2..=FIRST.len());
    let time = prop_oneof![Just(0), Just(1), Just(700), Just(2_500), Just(20_000)];
    let time = prop::option::weighted(0.7, time.prop_map(Duration::from_millis));
    let ops = prop::collection::vec((raw_ops(), time), 1..60);
    let scene = (house, 0..8_u32, any::<bool>(), any::<bool>(), children, ops, any::<u64>());
    scene.prop_map(|(house, max, again, operated, children, raw, jitter)| {
        let mut ids = FIRST[..children.len()].to_vec();
        let mut later = LATER.into_iter();
        let ops = raw.into_iter().filter_map(|(raw, time)| {
            let op = match Op::of(raw, &ids) {
                Op::Start(_, kid) => Op::Start(later.next().inspect(|id| ids.push(id))?, kid),
                Op::Resume(_) | Op::Restart(_) | Op::Panic if !operated => return None,
                Op::Shutdown => return None,
                op => op,
            };
            Some((op, time))
        });
        let ops = ops.collect();
        Scene { house, max, again, children, ops, jitter }
    })
}

impl Scene {
    /// Whether the house may have had more than one life.
    fn may_start_again(&self) -> bool {
        self.again || self.ops.iter().any(|(op, _)| matches!(op, Op::Panic))
    }
}

impl fmt::Debug for Scene {
    /// A line for the house, for each child and for each event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { house, max, again, children, ops, jitter } = self;
        writeln!(f, "\n  {house:?}, {max} restarts, started again: {again}, jitter {jitter}")?;
        for (id, (kid, fails_start)) in FIRST.iter().zip(children) {
            write!(f, "  child {id}: {kid:?}")?;
            fails_start.iter().try_for_each(|start| write!(f, ", start {start} fails"))?;
            writeln!(f)?;
        }
        for (op, time) in ops {
            write!(f, "  {op:?}")?;
            match time {
                None => f.write_str(", and at the same time")?,
                Some(time) => write!(f, ", then {time:?}")?,
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
