//! A supervisor does what the contract says: after every event, each worker, each answer, each row of the snapshot and
//! each message is where the model has it.

use std::fmt;
use std::time::Duration;

use proptest::prelude::*;
use proptest::strategy::Strategy as Generator;
use shiftboss_kernel::{Strategy, SupervisorSpec};

use crate::kid::{Kid, kids};
use crate::op::{DYNAMIC, Op, raw_ops};
use crate::play::Play;
use crate::trace::Trace;
use crate::worker::{Name, Outside};
use crate::{config, paused};
use model::Reference;

mod model;

/// In no alphabetical order, so that an order by name is not taken for the right one.
const STATIC: [&str; 6] = ["m", "z", "b", "k", "a", "q"];

const WINDOW: Duration = Duration::from_secs(10);

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn a_supervisor_does_what_the_contract_says(scene in scenes()) {
        paused(scene.jitter, play(&scene))?;
    }
}

/// A random supervisor, and what happens to it.
#[derive(Clone)]
struct Scene {
    strategy: Strategy,
    /// Restarts that are bearable within the window.
    max: u32,
    /// Whether it is started again when it fails; else the tree ends.
    again: bool,
    children: Vec<Kid>,
    ops: Vec<Op>,
    /// Whence the jitter of back-offs is drawn.
    jitter: u64,
}

fn scenes() -> impl Generator<Value = Scene> {
    let strategy =
        prop_oneof![Just(Strategy::OneForOne), Just(Strategy::RestForOne), Just(Strategy::OneForAll)];
    let children = prop::collection::vec(kids(), 2..=STATIC.len());
    let ops = prop::collection::vec(raw_ops(), 1..40);
    let scene = (strategy, 0..5_u32, any::<bool>(), children, ops, any::<u64>());
    scene.prop_map(|(strategy, max, again, children, raw, jitter)| {
        let ids: Vec<_> = STATIC[..children.len()].iter().chain(&DYNAMIC).copied().collect();
        let ops = raw.into_iter().map(|raw| Op::of(raw, &ids)).collect();
        Scene { strategy, max, again, children, ops, jitter }
    })
}

async fn play(scene: &Scene) -> Result<(), String> {
    let trace = Trace::default();
    let mut spec = SupervisorSpec::new(scene.strategy).intensity(scene.max, WINDOW);
    let (mut names, mut workers) = (Vec::new(), Vec::new());
    for (number, (id, kid)) in STATIC.into_iter().zip(&scene.children).enumerate() {
        let name = Name { id, number };
        let (worker, bound) = Outside::new(name, *kid, &trace);
        names.push(name);
        workers.push(worker);
        spec = spec.child(bound);
    }
    let (supervisor, house) = spec.bind(crate::play::HOUSE).expect("sound");
    let model = Reference::new(scene, &names);
    Play::start(house, supervisor.to(), scene.again, model, (trace, workers)).await.run(&scene.ops).await
}

impl fmt::Debug for Scene {
    /// A line for the supervisor, for each child and for each event.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strategy, max, again, children, ops, jitter } = self;
        writeln!(f, "\n  {strategy:?}, {max} restarts, started again: {again}, jitter {jitter}")?;
        for (id, kid) in STATIC.iter().zip(children) {
            writeln!(f, "  child {id}: {kid:?}")?;
        }
        ops.iter().try_for_each(|op| writeln!(f, "  {op:?}"))
    }
}
