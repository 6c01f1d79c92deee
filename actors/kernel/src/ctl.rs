//! What a cell, its supervisor and every `Tx` share: orders one way, counters the other.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::history::History;
use crate::kind::Kind;
use crate::mailbox::InHand;
use crate::orders::Orders;
use crate::sync::{AtomicU32, AtomicU64};

/// Counters of one child. Written by its own thread only, so that plain loads and stores do.
#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) handled: AtomicU64,
    pub(crate) busy_ns: AtomicU64,
    pub(crate) wait_max_ns: AtomicU64,
}

pub(crate) struct Ctl {
    /// Unique among all children of the process, so that a reused id is not taken for its predecessor.
    pub(crate) key: u64,
    pub(crate) id: Arc<str>,
    pub(crate) kind: &'static Kind,
    /// A temporary child's cell ends with its first incarnation.
    pub(crate) temporary: bool,
    pub(crate) orders: Orders,
    pub(crate) stats: Stats,
    pub(crate) in_hand: InHand,
    /// Written by the cell itself: an end is remembered also when no supervisor is there to hear of it.
    pub(crate) history: History,
    /// Messages until an injected panic; 0 when there is none.
    fault: AtomicU32,
}

impl Ctl {
    pub(crate) fn new(id: Arc<str>, kind: &'static Kind, temporary: bool) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        Self {
            key: KEYS.fetch_add(1, Relaxed),
            id,
            kind,
            temporary,
            orders: Orders::new(),
            stats: Stats::default(),
            in_hand: InHand::new(),
            history: History::default(),
            fault: AtomicU32::new(0),
        }
    }

    /// Counts a message that was handled.
    pub(crate) fn handled(&self, waited: Duration) {
        let (stats, waited_ns) = (&self.stats, nanoseconds(waited));
        stats.handled.store(stats.handled.load(Relaxed) + 1, Relaxed);
        if waited_ns > stats.wait_max_ns.load(Relaxed) {
            stats.wait_max_ns.store(waited_ns, Relaxed);
        }
        self.kind.handled(waited_ns);
    }

    /// Counts a turn of the actor.
    pub(crate) fn turned(&self, busy: Duration) {
        let (stats, busy_ns) = (&self.stats, nanoseconds(busy));
        stats.busy_ns.store(stats.busy_ns.load(Relaxed) + busy_ns, Relaxed);
        self.kind.turned(busy_ns);
    }

    /// Makes the `nth` message from now panic before it is handled; 0 takes the fault back.
    pub(crate) fn inject_panic(&self, nth: u32) {
        self.fault.store(nth, Relaxed);
    }

    /// Counts one message towards an injected fault; true when it is the one.
    pub(crate) fn fault_due(&self) -> bool {
        match self.fault.load(Relaxed) {
            0 => false,
            left => {
                self.fault.store(left - 1, Relaxed);
                left == 1
            }
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injected_fault_strikes_once_and_at_the_nth_message() {
        let ctl = Ctl::new("a".into(), Kind::named("A"), false);
        ctl.inject_panic(2);
        assert_eq!([(); 4].map(|()| ctl.fault_due()), [false, true, false, false]);
    }
}
