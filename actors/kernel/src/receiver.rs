//! The actor's end of its mailbox, from before its first start to its end for good.

use std::vec::IntoIter;

use actix::Actor;

use crate::context::Ctx;
use crate::envelope::Letter;
use crate::tx::Tx;

/// Takes messages out. Dropping it ends the mailbox, with all that is in it.
pub(crate) struct Receiver<A: Actor<Context = Ctx<A>>> {
    tx: Tx<A>,
    /// Taken out together, and not yet handled: what is left stays over a restart.
    taken: IntoIter<Box<dyn Letter<A>>>,
}

impl<A: Actor<Context = Ctx<A>>> Receiver<A> {
    pub(crate) fn new(tx: Tx<A>) -> Self {
        Self { tx, taken: Vec::new().into_iter() }
    }

    pub(crate) fn tx(&self) -> &Tx<A> {
        &self.tx
    }

    /// The next message. Without any, the next one that comes wakes the cell.
    pub(crate) fn next(&mut self) -> Option<Box<dyn Letter<A>>> {
        if let Some(letter) = self.taken.next() {
            return Some(letter);
        }
        self.taken = self.tx.mailbox().take(&self.tx.ctl().in_hand)?.into_iter();
        self.taken.next()
    }

    /// Gives back the place of one that was taken out.
    pub(crate) fn release(&self) {
        self.tx.ctl().in_hand.release();
    }
}

impl<A: Actor<Context = Ctx<A>>> Drop for Receiver<A> {
    fn drop(&mut self) {
        drop(self.tx.mailbox().clear(&self.tx.ctl().in_hand));
    }
}
