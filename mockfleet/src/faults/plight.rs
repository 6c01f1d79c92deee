//! What an actor of a miner keeps of its faults, and how they begin and end with it.

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, AsyncContext, Message, SpawnHandle};
use shiftboss_kernel::Ctx;
use tokio::time::Instant;

use super::{Fault, Ill, Wire};

/// How often a device that has cooled down is too hot again.
const HOT_AGAIN: Duration = Duration::from_secs(10);

/// What a miner suffers. It belongs to the child, not to one value of it, as a device's flash does: whoever changes it
/// may find the miner down, and it starts with what is there then.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Ill>>>);

/// Makes a miner suffer what is kept for it by now, and nothing else.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Suffer;

impl Kept {
    /// Takes other faults for those that are kept.
    pub(crate) fn replace(&self, ills: Vec<Ill>) {
        *self.lock() = ills;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Ill>> {
        // The list is replaced as a whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The faults of one miner, as its actor has them.
pub(crate) struct Plight {
    kept: Kept,
    wire: Rc<Wire>,
    /// What ends them, and what they do from time to time.
    timers: Vec<SpawnHandle>,
}

/// A miner that faults can strike.
pub(crate) trait Suffers: Actor<Context = Ctx<Self>> {
    fn plight(&mut self) -> &mut Plight;

    /// Lies and moves as these faults have it.
    fn show(&mut self, ills: &[Ill], ctx: &mut Ctx<Self>);

    /// Restarts by itself, unless it does.
    fn reboot(&mut self, ctx: &mut Ctx<Self>);

    /// Believes that it is too hot.
    fn overheat(&mut self);
}

impl Plight {
    /// Of miner `index` of the fleet of `seed`.
    pub(crate) fn new(seed: u64, index: u32, kept: Kept) -> Self {
        Self { kept, wire: Rc::new(Wire::new(seed, index)), timers: Vec::new() }
    }

    /// What strikes its connections.
    pub(crate) fn wire(&self) -> &Rc<Wire> {
        &self.wire
    }

    /// What is in force; what has ended is forgotten.
    fn in_force(&self, now: Instant) -> Vec<Ill> {
        let mut kept = self.kept.lock();
        kept.retain(|ill| ill.until.is_none_or(|until| until > now));
        kept.clone()
    }
}

/// Lets the faults that are in force strike: at the start of a miner, when they were replaced, and when one has ended.
pub(crate) fn suffer<A: Suffers>(miner: &mut A, ctx: &mut Ctx<A>) {
    for timer in std::mem::take(&mut miner.plight().timers) {
        ctx.cancel_future(timer);
    }
    let now = Instant::now();
    let ills = miner.plight().in_force(now);
    miner.plight().wire.set(&ills);
    let mut timers = Vec::new();
    if let Some(end) = ills.iter().filter_map(|ill| ill.until).min() {
        timers.push(ctx.run_later(end - now, suffer));
    }
    for ill in &ills {
        match ill.what.fault {
            Fault::RebootLoop { every_seconds } => {
                let every = Duration::from_secs(every_seconds);
                timers.push(ctx.run_later(next(ill.since, every, now) - now, move |miner: &mut A, ctx| {
                    miner.reboot(ctx);
                    let again = ctx.run_interval(every, A::reboot);
                    miner.plight().timers.push(again);
                }));
            }
            Fault::Overheat => {
                miner.overheat();
                timers.push(ctx.run_interval(HOT_AGAIN, |miner, _| miner.overheat()));
            }
            _ => {}
        }
    }
    miner.plight().timers = timers;
    miner.show(&ills, ctx);
}

/// The next time that something happens which happens so often, whatever was set since.
fn next(since: Instant, every: Duration, now: Instant) -> Instant {
    let times = now.duration_since(since).as_millis() / every.as_millis() + 1;
    since + every * u32::try_from(times).unwrap_or(u32::MAX)
}
