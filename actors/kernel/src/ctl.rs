//! What a cell, its supervisor and every `Tx` share: orders one way, counters the other.

use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64};
use std::time::Duration;

use futures_util::task::AtomicWaker;

/// Which run of a child: 1 for the first start, one more for every restart, 0 before any.
pub type Incarnation = u32;

/// What a supervisor wants of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Start(Incarnation),
    Stop(Incarnation),
    Kill(Incarnation),
    Forget,
}

impl Order {
    /// Orders as one number, so that a later order is always the greater one:
    /// start, stop and kill of one incarnation, then start of the next; forget is the last of all.
    fn encode(self) -> u64 {
        match self {
            Self::Start(incarnation) => u64::from(incarnation) << 2,
            Self::Stop(incarnation) => u64::from(incarnation) << 2 | 1,
            Self::Kill(incarnation) => u64::from(incarnation) << 2 | 2,
            Self::Forget => u64::MAX,
        }
    }

    fn decode(word: u64) -> Self {
        if word == u64::MAX {
            return Self::Forget;
        }
        let incarnation = u32::try_from(word >> 2).unwrap_or(u32::MAX);
        match word & 3 {
            0 => Self::Start(incarnation),
            1 => Self::Stop(incarnation),
            _ => Self::Kill(incarnation),
        }
    }
}

/// Counters of one child. Written by its own thread only, so that plain loads and stores do.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pub(crate) handled: AtomicU64,
    pub(crate) busy_ns: AtomicU64,
    pub(crate) wait_max_ns: AtomicU64,
}

impl Stats {
    pub(crate) fn message(&self, waited: Duration) {
        self.handled.store(self.handled.load(Relaxed) + 1, Relaxed);
        let waited_ns = nanoseconds(waited);
        if waited_ns > self.wait_max_ns.load(Relaxed) {
            self.wait_max_ns.store(waited_ns, Relaxed);
        }
    }

    pub(crate) fn turned(&self, busy: Duration) {
        self.busy_ns.store(self.busy_ns.load(Relaxed) + nanoseconds(busy), Relaxed);
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) struct Ctl {
    /// Unique among all children of the process, so that a reused id is not taken for its predecessor.
    pub(crate) key: u64,
    pub(crate) id: Arc<str>,
    /// The actor's type, without its path.
    pub(crate) kind: &'static str,
    /// A temporary child's cell ends with its first incarnation.
    pub(crate) temporary: bool,
    pub(crate) capacity: u32,
    pub(crate) stats: Stats,
    depth: AtomicU32,
    order: AtomicU64,
    ended: AtomicU32,
    gone: AtomicBool,
    waker: AtomicWaker,
    /// Messages until an injected panic; 0 when there is none.
    fault: AtomicU32,
}

impl Ctl {
    pub(crate) fn new(id: Arc<str>, kind: &'static str, temporary: bool, capacity: u32) -> Self {
        static KEYS: AtomicU64 = AtomicU64::new(1);
        Self {
            key: KEYS.fetch_add(1, Relaxed),
            id,
            kind,
            temporary,
            capacity,
            stats: Stats::default(),
            depth: AtomicU32::new(0),
            order: AtomicU64::new(0),
            ended: AtomicU32::new(0),
            gone: AtomicBool::new(false),
            waker: AtomicWaker::new(),
            fault: AtomicU32::new(0),
        }
    }

    pub(crate) fn give(&self, order: Order) {
        self.order.fetch_max(order.encode(), AcqRel);
        self.waker.wake();
    }

    /// The latest order.
    pub(crate) fn order(&self) -> Order {
        Order::decode(self.order.load(Acquire))
    }

    pub(crate) fn listen(&self, waker: &std::task::Waker) {
        self.waker.register(waker);
    }

    /// The incarnation that was last ordered to start.
    pub(crate) fn incarnation(&self) -> Incarnation {
        u32::try_from(self.order.load(Acquire) >> 2).unwrap_or(u32::MAX)
    }

    /// The last incarnation whose end has been reported.
    pub(crate) fn ended(&self) -> Incarnation {
        self.ended.load(Acquire)
    }

    pub(crate) fn mark_ended(&self, incarnation: Incarnation) {
        self.ended.store(incarnation, Release);
    }

    /// Whether the cell has ended for good.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Acquire)
    }

    pub(crate) fn mark_gone(&self) {
        self.gone.store(true, Release);
    }

    /// Takes a place in the mailbox; false when there is none left.
    pub(crate) fn admit(&self) -> bool {
        if self.depth.fetch_add(1, Relaxed) < self.capacity {
            return true;
        }
        self.release();
        false
    }

    pub(crate) fn release(&self) {
        self.depth.fetch_sub(1, Relaxed);
    }

    pub(crate) fn depth(&self) -> u32 {
        self.depth.load(Relaxed)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_order_is_never_lost_to_an_earlier_one() {
        let ctl = Ctl::new("a".into(), "A", false, 1);
        for order in [Order::Start(1), Order::Stop(1), Order::Kill(1), Order::Start(2)] {
            ctl.give(order);
            assert_eq!(ctl.order(), order);
        }
        ctl.give(Order::Kill(1));
        assert_eq!(ctl.order(), Order::Start(2));
        ctl.give(Order::Forget);
        ctl.give(Order::Start(3));
        assert_eq!(ctl.order(), Order::Forget);
    }

    #[test]
    fn a_mailbox_admits_as_many_as_its_capacity() {
        let ctl = Ctl::new("a".into(), "A", false, 2);
        assert!(ctl.admit() && ctl.admit() && !ctl.admit());
        assert_eq!(ctl.depth(), 2);
        ctl.release();
        assert!(ctl.admit());
    }

    #[test]
    fn an_injected_fault_strikes_once_and_at_the_nth_message() {
        let ctl = Ctl::new("a".into(), "A", false, 1);
        ctl.inject_panic(2);
        assert_eq!([(); 4].map(|()| ctl.fault_due()), [false, true, false, false]);
    }
}
