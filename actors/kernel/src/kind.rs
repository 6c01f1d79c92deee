//! What is known of all actors of one type together, over the life of the process: for metrics, by type and
//! never by id.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::exit::REASONS;
use crate::sync::{AtomicU32, AtomicU64};
use crate::tx::Refused;

/// The upper ends of the buckets of a [`Histogram`], in seconds; one more bucket has none.
pub const BUCKETS_SECONDS: [f64; 7] = [0.000_01, 0.000_1, 0.001, 0.01, 0.1, 1.0, 10.0];

const BUCKETS_NS: [u64; 7] =
    [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000];

/// Copies of what is counted at every message, so that threads do not fight for one cache line.
const SHARDS: usize = 8;

/// What became of a message that was accepted.
#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    /// Its handler returned.
    Handled,
    /// The actor panicked over it.
    Lost,
    /// Its asker gave up before it was handled.
    Abandoned,
    /// Its cell ended for good before it was handled.
    Discarded,
    /// A fault on purpose took it away.
    Dropped,
}

const OUTCOMES: [&str; 5] = ["handled", "lost", "abandoned", "discarded", "dropped"];
const REFUSALS: [&str; 3] = ["full", "gone", "late"];

/// A thing that was counted: its name, and how often.
pub type Counted = (&'static str, u64);

/// What all actors of one type did, summed up.
#[derive(Clone, Debug)]
pub struct KindStats {
    /// The type, without its path.
    pub kind: &'static str,
    /// Starts after the first, by how the incarnation before ended.
    pub restarts: [Counted; REASONS.len()],
    /// Children that are parked now.
    pub parked: usize,
    /// The most messages that ever waited in one of their mailboxes.
    pub mailbox_depth_max: u32,
    /// Accepted messages by what became of them: handled, lost (the actor panicked over it), abandoned (its
    /// asker gave up first), discarded (its actor ended for good first) or dropped (by a fault on purpose).
    pub messages: [Counted; OUTCOMES.len()],
    /// Messages that were not accepted (full, gone), and questions without an answer in time (late).
    pub refused: [Counted; REFUSALS.len()],
    /// The time that handled messages waited in the mailbox.
    pub queue_wait: Histogram,
    /// The time for which an actor kept its thread at one turn, be it for messages, futures or timers.
    pub busy: Histogram,
}

/// How often a time fell between two [`BUCKETS_SECONDS`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Histogram {
    /// How often, for each bucket by itself; the last one is that of longer times.
    pub counts: [u64; BUCKETS_SECONDS.len() + 1],
    /// All the times added up.
    pub sum_seconds: f64,
}

/// What each type of actor did since the process began, by name.
pub fn kinds() -> Vec<KindStats> {
    let mut all: Vec<_> = registry().iter().map(|kind| kind.stats()).collect();
    all.sort_unstable_by_key(|stats| stats.kind);
    all
}

fn registry() -> std::sync::MutexGuard<'static, Vec<&'static Kind>> {
    static KINDS: Mutex<Vec<&'static Kind>> = Mutex::new(Vec::new());
    KINDS.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Kind {
    pub(crate) name: &'static str,
    restarts: [AtomicU64; REASONS.len()],
    parked: AtomicUsize,
    depth_max: AtomicU32,
    outcomes: [AtomicU64; OUTCOMES.len()],
    refused: [AtomicU64; REFUSALS.len()],
    shards: [Shard; SHARDS],
}

#[derive(Default)]
#[repr(align(128))]
struct Shard {
    queue_wait: Times,
    busy: Times,
}

#[derive(Default)]
struct Times {
    counts: [AtomicU64; BUCKETS_NS.len() + 1],
    sum_ns: AtomicU64,
}

impl Kind {
    /// The one of this name. It is made when it is first asked for, and stays: a program has few types.
    pub(crate) fn named(name: &'static str) -> &'static Self {
        let mut known = registry();
        if let Some(kind) = known.iter().find(|kind| kind.name == name) {
            return kind;
        }
        let kind: &'static Self = Box::leak(Box::new(Self::new(name)));
        known.push(kind);
        kind
    }

    fn new(name: &'static str) -> Self {
        Self {
            name,
            restarts: Default::default(),
            parked: AtomicUsize::new(0),
            depth_max: AtomicU32::new(0),
            outcomes: Default::default(),
            refused: Default::default(),
            shards: Default::default(),
        }
    }

    /// A start after the first; the incarnation before ended for this reason.
    pub(crate) fn restarted(&self, reason: &'static str) {
        if let Some(index) = REASONS.iter().position(|known| *known == reason) {
            self.restarts[index].fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn parked(&self) {
        self.parked.fetch_add(1, Relaxed);
    }

    pub(crate) fn unparked(&self) {
        self.parked.fetch_sub(1, Relaxed);
    }

    /// The most messages that waited in one mailbox.
    pub(crate) fn depth_max(&self) -> u32 {
        self.depth_max.load(Relaxed)
    }

    /// More messages wait in one mailbox than ever did.
    pub(crate) fn deepened(&self, depth: u32) {
        self.depth_max.fetch_max(depth, Relaxed);
    }

    /// A message was handled that had waited for so long.
    pub(crate) fn handled(&self, waited_ns: u64) {
        self.shard().queue_wait.record(waited_ns);
    }

    /// An actor kept its thread for so long.
    pub(crate) fn turned(&self, busy_ns: u64) {
        self.shard().busy.record(busy_ns);
    }

    /// An accepted message that was not handled.
    pub(crate) fn ended(&self, outcome: Outcome) {
        self.outcomes[outcome as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn refused(&self, refused: Refused) {
        self.refused[refused as usize].fetch_add(1, Relaxed);
    }

    fn shard(&self) -> &Shard {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static SHARD: usize = THREADS.fetch_add(1, Relaxed) % SHARDS;
        }
        &self.shards[SHARD.with(|shard| *shard)]
    }

    fn stats(&self) -> KindStats {
        let queue_wait = Histogram::sum(self.shards.iter().map(|shard| &shard.queue_wait));
        let mut messages = named(&OUTCOMES, &self.outcomes);
        messages[Outcome::Handled as usize].1 = queue_wait.count();
        KindStats {
            kind: self.name,
            restarts: named(&REASONS, &self.restarts),
            parked: self.parked.load(Relaxed),
            mailbox_depth_max: self.depth_max.load(Relaxed),
            messages,
            refused: named(&REFUSALS, &self.refused),
            queue_wait,
            busy: Histogram::sum(self.shards.iter().map(|shard| &shard.busy)),
        }
    }
}

/// The name of a type without path and parameters: `farm::device::Device` is `Device`.
pub(crate) fn short_name(name: &'static str) -> &'static str {
    let plain = name.find('<').map_or(name, |generics| &name[..generics]);
    plain.rsplit("::").next().unwrap_or(plain)
}

fn named<const N: usize>(names: &[&'static str; N], counts: &[AtomicU64; N]) -> [Counted; N] {
    std::array::from_fn(|index| (names[index], counts[index].load(Relaxed)))
}

impl Times {
    fn record(&self, ns: u64) {
        let bucket = BUCKETS_NS.iter().take_while(|end| ns > **end).count();
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_ns.fetch_add(ns, Relaxed);
    }
}

impl Histogram {
    /// How many times were recorded.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn sum<'a>(times: impl Iterator<Item = &'a Times>) -> Self {
        times.fold(Self::default(), |mut sum, times| {
            for (all, count) in sum.counts.iter_mut().zip(&times.counts) {
                *all += count.load(Relaxed);
            }
            sum.sum_seconds += Duration::from_nanos(times.sum_ns.load(Relaxed)).as_secs_f64();
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_the_type_without_path_and_parameters() {
        let name = std::any::type_name::<std::collections::VecDeque<Duration>>();
        assert_eq!(short_name(name), "VecDeque");
    }

    #[test]
    fn a_kind_is_one_whoever_asks_for_it() {
        assert!(std::ptr::eq(Kind::named("TestOnce"), Kind::named("TestOnce")));
        assert_eq!(kinds().iter().filter(|stats| stats.kind == "TestOnce").count(), 1);
    }

    #[test]
    fn times_fall_into_their_bucket_and_add_up() {
        let kind = Kind::new("A");
        for ns in [10_000, 10_001, 2_000_000_000, 60_000_000_000] {
            kind.handled(ns);
        }
        let stats = kind.stats();
        assert_eq!(stats.queue_wait.counts, [1, 1, 0, 0, 0, 0, 1, 1]);
        assert!((stats.queue_wait.sum_seconds - 62.000_020_001).abs() < 1e-9);
        assert_eq!(stats.messages[0], ("handled", 4));
    }

    #[test]
    fn what_is_counted_stands_under_its_name() {
        let kind = Kind::new("A");
        kind.restarted("killed");
        kind.refused(Refused::Late);
        kind.ended(Outcome::Dropped);
        let stats = kind.stats();
        let count =
            |all: &[Counted], name| all.iter().find(|counted| counted.0 == name).map(|counted| counted.1);
        assert_eq!(count(&stats.restarts, "killed"), Some(1));
        assert_eq!(count(&stats.refused, "late"), Some(1));
        assert_eq!(count(&stats.messages, "dropped"), Some(1));
        assert_eq!(stats.restarts.iter().map(|counted| counted.1).sum::<u64>(), 1);
    }
}
