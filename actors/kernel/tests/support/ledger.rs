//! What became of each message: it carries a token, and the token's end enters the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The messages of one account, by what became of them.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    issued: AtomicU64,
    handled: AtomicU64,
    lost: AtomicU64,
    unseen: AtomicU64,
}

/// The account of one message. It is closed when the message is dropped, wherever that is.
pub(crate) struct Token {
    ledger: Arc<Ledger>,
    seen: Seen,
}

#[derive(Clone, Copy)]
enum Seen {
    Never,
    InHand,
    ToItsEnd,
}

impl Ledger {
    pub(crate) fn issue(self: &Arc<Self>) -> Token {
        self.issued.fetch_add(1, SeqCst);
        Token { ledger: Arc::clone(self), seen: Seen::Never }
    }

    /// Messages whose handler returned.
    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(SeqCst)
    }

    /// Messages whose handler did not return.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(SeqCst)
    }

    /// Messages that were dropped before any handler saw them.
    pub(crate) fn unseen(&self) -> u64 {
        self.unseen.load(SeqCst)
    }

    /// Messages that still exist somewhere.
    pub(crate) fn open(&self) -> u64 {
        self.issued.load(SeqCst) - self.handled() - self.lost() - self.unseen()
    }
}

impl Token {
    /// The handler has the message now.
    pub(crate) fn take_in_hand(&mut self) {
        self.seen = Seen::InHand;
    }

    /// The handler is done with it.
    pub(crate) fn done(mut self) {
        self.seen = Seen::ToItsEnd;
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let column = match self.seen {
            Seen::Never => &self.ledger.unseen,
            Seen::InHand => &self.ledger.lost,
            Seen::ToItsEnd => &self.ledger.handled,
        };
        column.fetch_add(1, SeqCst);
    }
}
