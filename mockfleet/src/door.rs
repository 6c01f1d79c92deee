//! The way in from the network: opens a port, and lets in so many connections at a time.
//!
//! One more waits, or takes the place of him who was silent longest: the session that ESP-IDF's server purges.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use crate::apart::Apart;
use crate::faults::{Link, Wire};

/// Connections that the system holds for us until they are let in.
const BACKLOG: u32 = 64;

/// How many a door lets in, unless its owner is a device.
pub(crate) const ROOM: Room = Room { connections: 64, purges: false };

/// How many a door lets in at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) connections: u32,
    /// Whether he who was silent longest goes for one more, who waits in the backlog otherwise.
    pub(crate) purges: bool,
}

/// A peer that acknowledges nothing for so long is gone.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(10);

/// Before a device takes one more than it has sockets for, it reads and answers what has come from the others. A mock
/// looks so often whether it has.
const TURN: Duration = Duration::from_millis(5);

/// The pause after the system could not hand a connection over, as when it has no more file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// From one complaint of the doors of a thread to the next.
const COMPLAINT_PERIOD: Duration = Duration::from_secs(60);

/// Opens a port. Port 0 takes any free one.
///
/// # Errors
/// The port is taken, or not ours to take.
pub(crate) fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of a former listener that linger do not keep the port from us; another listener does.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves all who come, so many at a time, for as long as it is polled. Dropped, it closes the port and every connection.
///
/// Each connection is a task of its own: a panic in one ends that one only. What strikes the wire strikes them all.
pub(crate) fn serve<F>(
    name: String,
    listener: TcpListener,
    room: Room,
    wire: Rc<Wire>,
    each: impl Fn(TcpStream, Rc<Link>) -> F,
) -> impl Future<Output = ()>
where
    F: Future<Output = ()> + 'static,
{
    Apart::new(let_in(name, listener, room, wire, each))
}

async fn let_in<F>(
    name: String,
    listener: TcpListener,
    room: Room,
    wire: Rc<Wire>,
    each: impl Fn(TcpStream, Rc<Link>) -> F,
) where
    F: Future<Output = ()> + 'static,
{
    let mut inside = Inside::of(room);
    loop {
        tokio::select! {
            biased;
            Some(ended) = inside.connections.join_next() => {
                inside.forget_ended();
                match ended {
                    Err(error) if error.is_panic() => {
                        log::error!(target: "shiftboss::mockfleet", "{name}: a connection ended by a bug: {error}");
                    }
                    // It is over, or was purged.
                    _ => {}
                }
            }
            accepted = listener.accept(), if inside.takes_one() => match accepted {
                Ok((stream, _)) => {
                    if let Err(error) = tune(&stream) {
                        log::debug!(target: "shiftboss::mockfleet", "{name}: a connection was over at once: {error}");
                        continue;
                    }
                    inside.make_room().await;
                    let link = Rc::new(Link::new(Rc::clone(&wire)));
                    inside.admit(each(stream, Rc::clone(&link)), link);
                }
                Err(error) => {
                    complain(&name, &error);
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

/// Who is inside.
struct Inside {
    room: Room,
    connections: JoinSet<()>,
    /// Those of whom one may have to go. A door that purges nobody keeps none.
    guests: Vec<(Rc<Link>, AbortHandle)>,
}

impl Inside {
    fn of(room: Room) -> Self {
        Self { room, connections: JoinSet::new(), guests: Vec::new() }
    }

    /// Whether one more may come: also to a full door, if one goes for him and nobody is on his way out.
    fn takes_one(&self) -> bool {
        self.connections.len() < self.room.connections as usize + usize::from(self.room.purges)
    }

    /// Waits until there is room for one more: if need be, whoever was silent longest goes.
    async fn make_room(&mut self) {
        while self.is_full() {
            tokio::time::sleep(TURN).await;
            self.forget_ended();
            if self.is_full() {
                self.purge();
            }
        }
    }

    fn admit(&mut self, served: impl Future<Output = ()> + 'static, link: Rc<Link>) {
        let guest = self.connections.spawn_local(served);
        if self.room.purges {
            // Most devices have one guest at a time.
            self.guests.reserve_exact(1);
            self.guests.push((link, guest));
        }
    }

    fn is_full(&self) -> bool {
        self.guests.len() >= self.room.connections as usize
    }

    fn forget_ended(&mut self) {
        self.guests.retain(|(_, guest)| !guest.is_finished());
    }

    fn purge(&mut self) {
        let quiet = self.guests.iter().enumerate().filter(|(_, (link, _))| link.is_quiet());
        if let Some((most_silent, _)) = quiet.min_by_key(|(_, (link, _))| link.heard()) {
            self.guests.swap_remove(most_silent).1.abort();
        }
    }
}

thread_local! {
    /// When a door of this thread has complained last.
    static COMPLAINED: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Tells that a connection cannot be taken. What keeps one miner from it keeps them all, and is told once a minute.
fn complain(name: &str, error: &io::Error) {
    let now = Instant::now();
    if COMPLAINED.get().is_some_and(|last| now < last + COMPLAINT_PERIOD) {
        log::debug!(target: "shiftboss::mockfleet", "{name} cannot take a connection: {error}");
        return;
    }
    COMPLAINED.set(Some(now));
    log::warn!(
        target: "shiftboss::mockfleet",
        "{name} cannot take a connection: {error}; of others that cannot, the log tells at debug for a minute"
    );
}

/// Sends at once, and notices a peer that is gone.
///
/// # Errors
/// The connection is over.
pub(crate) fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}
