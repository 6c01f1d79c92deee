//! Faults on purpose: which message of which actor meets a panic, a loss or a delay.
//!
//! Says what strikes and never strikes itself. No actor, no clock, and no chance but that of a seed: a run repeats.

use std::sync::Arc;
use std::time::Duration;

mod grammar;
#[cfg(test)]
mod tests;

pub use grammar::FaultError;

/// The name of an actor's start among those of messages: only a fault that names it strikes there.
const START: &str = "started";

/// The faults of a whole tree, and the seed that they are drawn from. The default has none.
#[derive(Clone, Debug, Default)]
pub struct Chaos {
    seed: u64,
    faults: Arc<[Fault]>,
}

/// One fault: what happens, when, and to whom. It is written as words with blanks between.
///
/// | word | means | default |
/// | --- | --- | --- |
/// | `panic` | the actor panics over the message instead of handling it | |
/// | `drop` | the message is not handled, nor answered | |
/// | `delay=<time>` | it is handled that much later: a whole number of `ms` or `s`, from `1ms` to `60s` | |
/// | `share=<number>` | strikes this share of the messages at random: above 0, at most 1 | |
/// | `every=<n>` | strikes each nth message | |
/// | `nth=<n>` | strikes the nth message, once | |
/// | `kind=<name>` | of actors of this type only, without its path | of all |
/// | `id=<pattern>` | of actors with this id only; `*` stands for any run of characters | of all |
/// | `message=<name>` | messages of this type only, without its path; `started` is the start of an actor | all messages |
///
/// One of the first three comes first; exactly one of the next three follows, and the rest as needed, in any order.
///
/// Each actor counts for itself, over all its incarnations, the messages that match. When several faults strike the
/// same message, the one that was listed first does, and the others have counted it. A start is struck only by a fault
/// with `message=started`, and cannot be dropped.
///
/// ```
/// use std::str::FromStr;
///
/// use shiftboss_kernel::Fault;
///
/// let fault = Fault::from_str("delay=2000ms every=100 message=Poll kind=Device id=device:*").expect("sound");
/// assert_eq!(fault.to_string(), "delay=2s every=100 kind=Device id=device:* message=Poll");
///
/// let error = Fault::from_str("panic kind=Device").expect_err("it does not say when");
/// assert_eq!(error.to_string(), "it does not say when; give one of share=0.01, every=100 and nth=3");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    strike: Strike,
    when: When,
    kind: Option<Arc<str>>,
    id: Option<Arc<str>>,
    message: Option<Arc<str>>,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    Panic,
    Drop,
    Delay(Duration),
}

/// Which of the messages that match are struck. Numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Share(f64),
    Every(u64),
    Nth(u64),
}

/// The faults of one actor, with what they have counted.
#[derive(Debug)]
pub(crate) struct Aim {
    rng: fastrand::Rng,
    faults: Vec<Aimed>,
}

#[derive(Debug)]
struct Aimed {
    strike: Strike,
    when: When,
    message: Option<Arc<str>>,
    counted: u64,
}

impl Chaos {
    /// These faults. The same seed strikes the same messages of an actor again.
    pub fn new(seed: u64, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { seed, faults: faults.into_iter().collect() }
    }

    /// Whether there are no faults.
    pub fn is_off(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults that can strike this actor; `None` when there are none.
    pub(crate) fn aim(&self, kind: &str, id: &str) -> Option<Aim> {
        let faults: Vec<_> =
            self.faults.iter().filter(|fault| fault.is_about(kind, id)).map(Aimed::new).collect();
        (!faults.is_empty()).then(|| Aim { rng: fastrand::Rng::with_seed(blend(self.seed, id)), faults })
    }
}

impl Fault {
    fn is_about(&self, kind: &str, id: &str) -> bool {
        self.kind.as_deref().is_none_or(|wanted| wanted == kind)
            && self.id.as_deref().is_none_or(|pattern| fits(pattern, id))
    }
}

impl Aim {
    /// What strikes the next message, which is of this type. To be called once for each.
    pub(crate) fn strike(&mut self, message: &str) -> Option<Strike> {
        let Self { rng, faults } = self;
        let mut first = None;
        for fault in faults.iter_mut().filter(|fault| fault.counts(message)) {
            // Before the first one is looked at: all count, and draw, whichever strikes.
            let is_due = fault.is_due(rng);
            first = first.or(is_due.then_some(fault.strike));
        }
        first
    }
}

impl Aimed {
    fn new(fault: &Fault) -> Self {
        Self { strike: fault.strike, when: fault.when, message: fault.message.clone(), counted: 0 }
    }

    fn counts(&self, message: &str) -> bool {
        self.message.as_deref().map_or(message != START, |wanted| wanted == message)
    }

    fn is_due(&mut self, rng: &mut fastrand::Rng) -> bool {
        self.counted += 1;
        match self.when {
            When::Share(share) => rng.f64() < share,
            When::Every(n) => self.counted.is_multiple_of(n),
            When::Nth(n) => self.counted == n,
        }
    }
}

/// Whether an id fits a pattern, in which `*` stands for any run of characters, none too.
fn fits(pattern: &str, id: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == id };
    let Some(rest) = id.strip_prefix(head) else { return false };
    let Some((middle, last)) = tail.rsplit_once('*') else { return rest.ends_with(tail) };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    middle.split('*').all(|part| {
        let found = rest.split_once(part);
        rest = found.map_or(rest, |(_, after)| after);
        found.is_some()
    })
}

/// The seed of one actor (FNV-1a: unlike the hashers of the standard library, it is the same in every release).
fn blend(seed: u64, id: &str) -> u64 {
    seed.to_le_bytes()
        .iter()
        .chain(id.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
