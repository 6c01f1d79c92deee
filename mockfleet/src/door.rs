//! The way in from the network: opens a port, and lets in so many connections at a time.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;

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
                    log::warn!(target: "shiftboss::mockfleet", "{name} cannot take a connection: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
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
