//! What a supervisor wants of a cell, and what the cell has done: one word each way.
//!
//! Tested in `tests/model`, over every interleaving.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::task::Waker;

use crate::sync::{AtomicBool, AtomicU32, AtomicU64, AtomicWaker};

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
        let incarnation = incarnation_of(word);
        match word & 3 {
            0 => Self::Start(incarnation),
            1 => Self::Stop(incarnation),
            _ => Self::Kill(incarnation),
        }
    }
}

/// The latest order to a cell, and the cell's answers.
pub(crate) struct Orders {
    word: AtomicU64,
    ended: AtomicU32,
    gone: AtomicBool,
    waker: AtomicWaker,
}

impl Orders {
    pub(crate) fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            ended: AtomicU32::new(0),
            gone: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// Gives an order and wakes the cell. An order that comes late changes nothing.
    pub(crate) fn give(&self, order: Order) {
        self.word.fetch_max(order.encode(), AcqRel);
        self.waker.wake();
    }

    /// Wakes the cell.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    /// The latest order.
    pub(crate) fn latest(&self) -> Order {
        Order::decode(self.word.load(Acquire))
    }

    /// The incarnation that was last ordered to start.
    pub(crate) fn incarnation(&self) -> Incarnation {
        incarnation_of(self.word.load(Acquire))
    }

    /// Wakes `waker` at the next order. To be called before [`Orders::latest`] is looked at.
    pub(crate) fn listen(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// The last incarnation whose end has been reported.
    pub(crate) fn ended(&self) -> Incarnation {
        self.ended.load(Acquire)
    }

    /// Notes an end that is reported. One that is noted late changes nothing.
    pub(crate) fn mark_ended(&self, incarnation: Incarnation) {
        self.ended.fetch_max(incarnation, AcqRel);
    }

    /// Whether the cell has ended for good.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Acquire)
    }

    pub(crate) fn mark_gone(&self) {
        self.gone.store(true, Release);
    }

    /// Ends the cell for good; the incarnation whose end it still has to report, if there is one.
    ///
    /// Of an order given meanwhile, the cell sees the order here, or its giver sees that the cell is gone: the word is
    /// looked at by writing it, so that one of the two comes after the other.
    pub(crate) fn close(&self) -> Option<Incarnation> {
        self.mark_gone();
        let word = self.word.fetch_max(0, AcqRel);
        let incarnation = incarnation_of(word);
        (Order::decode(word) != Order::Forget && incarnation > self.ended()).then_some(incarnation)
    }
}

fn incarnation_of(word: u64) -> Incarnation {
    u32::try_from(word >> 2).unwrap_or(u32::MAX)
}
