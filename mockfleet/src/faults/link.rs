//! What a connection, its door and the answers that go over it know of each other: whether it is to end, how, and when
//! its client was last heard.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::wire::{Deed, Strike, Wire};

thread_local! {
    /// Counts what comes over the connections of this thread. It tells which was heard last, and costs less than a clock.
    static HEARD: Cell<u64> = const { Cell::new(0) };
}

/// One connection.
pub(crate) struct Link {
    wire: Rc<Wire>,
    heard: Cell<u64>,
    /// Whether the client has said something since he was told something last.
    owes: Cell<bool>,
    fate: Cell<Fate>,
    client_is_gone: Cell<bool>,
}

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// No request has come yet: what is written complains of what has come instead.
    Waits,
    /// It serves requests.
    Serves,
    /// It has become a stream: each of its frames may be struck.
    Streams,
    /// It is held in silence, until the client goes.
    Held,
    /// It ends when what is written has been sent.
    Ends,
    /// It is reset instead of the next that is written.
    IsReset,
}

/// What becomes of bytes that are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Open,
    Swallowed,
}

impl Link {
    /// That of a client who is just coming: he counts as heard, for there was no time to say anything.
    pub(crate) fn new(wire: Rc<Wire>) -> Self {
        Self {
            wire,
            heard: Cell::new(next_heard()),
            owes: Cell::new(false),
            fate: Cell::new(Fate::Waits),
            client_is_gone: Cell::new(false),
        }
    }

    /// The client has said something.
    pub(crate) fn hears(&self) {
        self.heard.set(next_heard());
        self.owes.set(true);
    }

    /// Whether nobody waits for an answer. Whoever has a stream does not.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.owes.get() || self.fate.get() == Fate::Streams
    }

    /// When the client was last heard: less than another of this thread if he was silent for longer.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.get()
    }

    /// What becomes of the next request.
    pub(super) fn strike(&self) -> Option<Strike> {
        self.wire.strike()
    }

    /// A request has come, perhaps one that makes it a stream. A connection that is to end ends all the same.
    pub(super) fn takes_request(&self, is_for_stream: bool) {
        if matches!(self.fate.get(), Fate::Waits | Fate::Serves) {
            self.fate.set(if is_for_stream { Fate::Streams } else { Fate::Serves });
        }
    }

    /// Ends it once what is written has been sent.
    pub(super) fn end(&self) {
        self.fate.set(Fate::Ends);
    }

    /// Resets it instead of the next that is written.
    pub(super) fn reset(&self) {
        self.fate.set(Fate::IsReset);
    }

    /// Keeps silent until other faults are in force; then the connection is reset.
    pub(super) async fn hold(&self) {
        if !self.client_is_gone.get() {
            self.fate.set(Fate::Held);
            self.wire.changed().await;
        }
        self.reset();
    }

    /// What becomes of bytes that are to be written.
    ///
    /// # Errors
    /// The connection is reset.
    pub(crate) fn passage(&self, stream: &TcpStream) -> io::Result<Passage> {
        self.owes.set(false);
        if matches!(self.fate.get(), Fate::Waits | Fate::Streams) {
            match self.wire.strike_frame() {
                Some(Deed::Reset) => self.reset(),
                Some(_) => return Ok(Passage::Swallowed),
                None => {}
            }
        }
        match self.fate.get() {
            Fate::IsReset => Err(cut(stream)),
            Fate::Held => Ok(Passage::Swallowed),
            Fate::Waits | Fate::Serves | Fate::Streams | Fate::Ends => Ok(Passage::Open),
        }
    }

    /// Whether all is over, once what was written has been sent.
    pub(crate) fn is_over(&self) -> bool {
        self.fate.get() == Fate::Ends
    }

    /// The client says no more. Whether there is nothing to wait for then: it will not be answered.
    pub(crate) fn notes_end(&self) -> bool {
        self.client_is_gone.set(true);
        self.fate.get() == Fate::Held
    }
}

fn next_heard() -> u64 {
    let next = HEARD.get() + 1;
    HEARD.set(next);
    next
}

/// Has the connection reset as it is closed.
fn cut(stream: &TcpStream) -> io::Error {
    // If it cannot be, it is over already.
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
    io::ErrorKind::ConnectionReset.into()
}
