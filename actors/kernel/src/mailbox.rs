//! What is queued for one actor, over all handles to it, and how much may be.
//!
//! Senders queue under a lock. The actor takes out all that has come at once and works it off without the lock, so
//! that two threads meet once a batch and not at every message. Tested in `tests/model`, over every interleaving.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use crate::sync::{AtomicU32, Mutex, MutexGuard};

pub(crate) struct Mailbox<M> {
    inbox: Mutex<Inbox<M>>,
    /// The most messages that are accepted and not yet handled.
    capacity: u32,
}

struct Inbox<M> {
    queued: Vec<M>,
    /// How many of those queued hold a place.
    placed: u32,
    /// More than this are not in hand; it is looked up when it matters.
    in_hand_at_most: u32,
    is_shut: bool,
    /// Whether the actor is going to look by itself.
    is_awake: bool,
}

/// How many the actor has taken out and not yet begun to handle, of those that hold a place. Only the actor writes it,
/// at each message: it lies apart from the mailbox, so as not to disturb the senders.
pub(crate) struct InHand(AtomicU32);

/// What a sender needs to know of a message that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Places that are taken with it; exact where it is more than was known.
    pub(crate) depth: u32,
    /// Whether the actor sleeps, and is to be woken.
    pub(crate) wakes: bool,
}

/// Why a message is handed back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turned {
    Full,
    Shut,
}

impl<M> Mailbox<M> {
    pub(crate) fn new(capacity: u32) -> Self {
        let inbox =
            Inbox { queued: Vec::new(), placed: 0, in_hand_at_most: 0, is_shut: false, is_awake: false };
        Self { inbox: Mutex::new(inbox), capacity }
    }

    pub(crate) fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Messages that hold a place.
    pub(crate) fn depth(&self, in_hand: &InHand) -> u32 {
        self.inbox().placed + in_hand.count()
    }

    /// Queues a message that needs a place, if there is one. `known` is the greatest depth that nobody has to be told.
    pub(crate) fn push(&self, message: M, known: u32, in_hand: &InHand) -> Result<Accepted, (Turned, M)> {
        let mut inbox = self.inbox();
        if inbox.is_shut {
            return Err((Turned::Shut, message));
        }
        if inbox.placed + inbox.in_hand_at_most >= self.capacity.min(known) {
            inbox.in_hand_at_most = in_hand.count();
        }
        let taken = inbox.placed + inbox.in_hand_at_most;
        if taken >= self.capacity {
            return Err((Turned::Full, message));
        }
        inbox.placed += 1;
        Ok(Accepted { depth: taken + 1, wakes: inbox.queue(message) })
    }

    /// Queues a message outside of any capacity; whether the actor is to be woken.
    pub(crate) fn force(&self, message: M) -> Result<bool, M> {
        let mut inbox = self.inbox();
        if inbox.is_shut { Err(message) } else { Ok(inbox.queue(message)) }
    }

    /// Takes all out, in their order. With none left, the actor may sleep: the next message wakes it. For the actor,
    /// once it has begun to handle all that it took before.
    pub(crate) fn take(&self, in_hand: &InHand) -> Option<Vec<M>> {
        let mut inbox = self.inbox();
        if inbox.queued.is_empty() {
            inbox.is_awake = false;
            return None;
        }
        inbox.in_hand_at_most = std::mem::take(&mut inbox.placed);
        in_hand.0.store(inbox.in_hand_at_most, Relaxed);
        Some(std::mem::take(&mut inbox.queued))
    }

    /// Accepts nothing from now on. What is queued stays.
    pub(crate) fn shut(&self) {
        self.inbox().is_shut = true;
    }

    /// Accepts nothing from now on, and hands out what is queued. For the actor, when it goes for good.
    pub(crate) fn clear(&self, in_hand: &InHand) -> Vec<M> {
        let mut inbox = self.inbox();
        inbox.is_shut = true;
        inbox.placed = 0;
        in_hand.0.store(0, Relaxed);
        std::mem::take(&mut inbox.queued)
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox<M>> {
        // Nothing panics while it is locked.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InHand {
    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Gives the place of a message back that was taken out. For the actor.
    pub(crate) fn release(&self) {
        self.0.store(self.count() - 1, Relaxed);
    }

    fn count(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

impl<M> Inbox<M> {
    fn queue(&mut self, message: M) -> bool {
        self.queued.push(message);
        !std::mem::replace(&mut self.is_awake, true)
    }
}
