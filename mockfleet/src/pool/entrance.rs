//! The entrance: owns the pool's port and makes a child of every connection that comes.
//!
//! It knows no miner. When it fails, the connections stay, and so does the port.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix::{Actor, AsyncContext, WrapFuture};
use shiftboss_kernel::{Ctx, Exit, Pool, Spec, StartChild, Tx, supervised};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::Connection;
use super::house::House;
use crate::door;

/// Connections that the system holds for us until they are let in: a farm comes back at once.
const BACKLOG: i32 = 4_096;

/// The time that the pool of connections has to start one.
const START_WITHIN: Duration = Duration::from_secs(10);

/// The pause after the system could not hand a connection over, as when it has no more file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// The way in.
pub(crate) struct Entrance {
    listener: Arc<TcpListener>,
    way: Way,
}

/// What an incarnation leaves to the next.
#[derive(Clone)]
struct Way {
    connections: Tx<Pool>,
    house: Arc<House>,
    seats: Arc<Semaphore>,
    /// Connections so far.
    count: Arc<AtomicU32>,
}

impl Entrance {
    pub(crate) fn spec(listener: TcpListener, connections: Tx<Pool>, house: Arc<House>) -> Spec<Self> {
        let listener = Arc::new(listener);
        let seats = Arc::new(Semaphore::new(house.limits.connections));
        let way = Way { connections, house, seats, count: Arc::default() };
        Spec::new("door", move || Self { listener: Arc::clone(&listener), way: way.clone() })
    }

    /// This value's own handle of the port, which is open as long as the child is.
    fn open(&self) -> io::Result<tokio::net::TcpListener> {
        let listener = self.listener.try_clone()?;
        socket2::SockRef::from(&listener).listen(BACKLOG)?;
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    }
}

impl Actor for Entrance {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        match self.open() {
            Ok(listener) => {
                ctx.spawn(serve(listener, self.way.clone()).into_actor(self));
            }
            Err(error) => ctx.exit(Exit::failed(format!("the mock pool's port is lost: {error}"))),
        }
    }
}

supervised!(Entrance);

/// Lets in all who come, for as long as there are seats.
async fn serve(listener: tokio::net::TcpListener, way: Way) {
    // The semaphore is never closed.
    while let Ok(seat) = Arc::clone(&way.seats).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => way.let_in(stream, seat).await,
            Err(error) => {
                log::warn!(target: "shiftboss::mockpool", "the mock pool cannot take a connection: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

impl Way {
    async fn let_in(&self, stream: TcpStream, seat: OwnedSemaphorePermit) {
        let number = self.count.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if let Err(error) = door::tune(&stream) {
            log::debug!(target: "shiftboss::mockpool", "connection {number} was over at once: {error}");
            return;
        }
        let (_, bound) = Connection::spec(number, stream, &self.house, seat).bind();
        let started = self.connections.ask(StartChild(bound), START_WITHIN).await;
        let refused = match started {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(refused) => refused.to_string(),
        };
        // The socket is closed with the child that did not start: the miner comes again.
        log::warn!(target: "shiftboss::mockpool", "connection {number} does not start: {refused}");
    }
}
