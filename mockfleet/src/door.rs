//! The way in from the network: opens a port, and lets in so many connections at a time.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::apart::Apart;

/// Connections that the system holds for us until they are let in.
const BACKLOG: u32 = 64;

/// Connections that a door serves at a time, unless its owner has fewer; the others wait in the backlog.
pub(crate) const CONNECTIONS: usize = 64;

/// A peer that acknowledges nothing for so long is gone.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(10);

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
/// Each connection is a task of its own: a panic in one ends that one only.
pub(crate) fn serve<F>(
    name: String,
    listener: TcpListener,
    at_a_time: usize,
    each: impl Fn(TcpStream) -> F,
) -> impl Future<Output = ()>
where
    F: Future<Output = ()> + 'static,
{
    Apart::new(let_in(name, listener, at_a_time, each))
}

async fn let_in<F>(name: String, listener: TcpListener, at_a_time: usize, each: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    log::error!(target: "shiftboss::mockfleet", "{name}: a connection ended by a bug: {error}");
                }
            }
            accepted = listener.accept(), if connections.len() < at_a_time => match accepted {
                Ok((stream, _)) => {
                    if let Err(error) = tune(&stream) {
                        log::debug!(target: "shiftboss::mockfleet", "{name}: a connection was over at once: {error}");
                        continue;
                    }
                    connections.spawn_local(each(stream));
                }
                Err(error) => {
                    complain(&name, &error);
                    tokio::time::sleep(PAUSE).await;
                }
            },
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
