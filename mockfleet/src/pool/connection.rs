//! One miner's connection: owns the socket and the session, and nothing of the pool.
//!
//! At rest it holds no buffer. It reads into one that its thread shares, answers only what is in the books, and
//! reads no further while the miner does not take what it was sent.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix::{Actor, ActorContext, ActorFuture, ActorFutureExt, AsyncContext, Handler, Message, WrapFuture};
use jiff::Timestamp;
use shiftboss_kernel::{Ctx, Exit, Restart, Spec, supervised};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};

use super::clock::{ANSWER_WITHIN, Join, Leave};
use super::house::House;
use super::job::Window;
use super::ledger::{Booking, book};
use super::lines::{self, Lines};
use super::session::{Moment, Note, Outcome, Session};

#[cfg(test)]
mod tests;

/// Jobs that wait for it: a miner needs the last one only, and has it with the next when the mailbox was full.
const CAPACITY: u32 = 8;

/// A miner's connection.
pub(crate) struct Connection {
    number: u32,
    house: Arc<House>,
    stream: TcpStream,
    session: Session,
    lines: Lines,
    /// Not yet taken by the miner. Nothing of it goes out while `booking` is under way.
    unsent: Vec<u8>,
    booking: Option<Booking>,
    /// To be told once all is sent.
    farewell: Option<End>,
    opened: Instant,
    heard: Instant,
    is_warned: bool,
    /// Given back when the connection ends.
    _seat: OwnedSemaphorePermit,
}

/// Tells of the jobs of now.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Announced(pub(crate) Arc<Window>);

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The miner hung up, or its network did.
    Gone(io::Error),
    /// The pool hangs up, for what the miner does.
    Wrong(&'static str),
    /// The ledger takes no more.
    Unbooked,
}

impl Connection {
    pub(crate) fn spec(
        number: u32,
        stream: TcpStream,
        house: &Arc<House>,
        seat: OwnedSemaphorePermit,
    ) -> Spec<Self> {
        let house = Arc::clone(house);
        let mut parts = Some((stream, seat));
        // A temporary child is made once; the socket of one that failed is gone with it.
        let make = move || {
            #[expect(clippy::expect_used, reason = "the kernel makes one value of a temporary child")]
            let (stream, seat) = parts.take().expect("a temporary child is made once");
            Self::new(number, stream, Arc::clone(&house), seat)
        };
        Spec::new(format!("conn:{number}"), make).restart(Restart::Temporary).capacity(CAPACITY)
    }

    fn new(number: u32, stream: TcpStream, house: Arc<House>, seat: OwnedSemaphorePermit) -> Self {
        let now = Instant::now();
        Self {
            number,
            stream,
            session: Session::new(number, Arc::clone(&house.rules)),
            house,
            lines: Lines::default(),
            unsent: Vec::new(),
            booking: None,
            farewell: None,
            opened: now,
            heard: now,
            is_warned: false,
            _seat: seat,
        }
    }

    fn moment(&self) -> Moment {
        Moment { since_start: self.opened.elapsed(), time: Timestamp::now() }
    }

    fn announce(&mut self, window: Arc<Window>) {
        let mut outcome = Outcome::default();
        self.session.announce(window, self.moment(), &mut outcome);
        self.carry_out(outcome);
    }

    /// Carries out what the session decided.
    fn carry_out(&mut self, outcome: Outcome) {
        let Outcome { bytes, records, notes } = outcome;
        if self.unsent.is_empty() {
            self.unsent = bytes;
        } else {
            self.unsent.extend(bytes);
        }
        if self.unsent.len() > self.house.limits.unsent_bytes {
            self.farewell.get_or_insert(End::Wrong("does not take what it is sent"));
            self.unsent = Vec::new();
        }
        if !records.is_empty() {
            self.booking = Some(book(self.house.ledger.clone(), records.into()));
        }
        for note in notes {
            self.note(&note);
        }
    }

    fn note(&mut self, note: &Note) {
        match note {
            Note::Authorised(worker) => {
                log::info!(target: "shiftboss::mockpool", "connection {}: {worker:?} is authorised", self.number);
            }
            // Once a connection: a miner that does it again and again must not fill the log.
            Note::Wrong(what) if !self.is_warned => {
                self.is_warned = true;
                log::warn!(target: "shiftboss::mockpool", "connection {}: it {what}", self.number);
            }
            Note::Wrong(_) => {}
        }
    }

    /// Books, sends and reads, in this order, until one of them has to wait.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            if let Some(booking) = &mut self.booking {
                let booked = ready!(booking.as_mut().poll(cx));
                self.booking = None;
                if booked.is_err() {
                    return Poll::Ready(End::Unbooked);
                }
            }
            if let Err(error) = ready!(lines::send(&self.stream, &mut self.unsent, cx)) {
                return Poll::Ready(End::Gone(error));
            }
            if let Some(end) = self.farewell.take() {
                return Poll::Ready(end);
            }
            if let Err(error) = ready!(self.read(cx)) {
                return Poll::Ready(End::Gone(error));
            }
        }
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.stream.poll_read_ready(cx))?;
        let at = self.moment();
        let mut outcome = Outcome::default();
        let line_bytes = self.house.rules.style.line_bytes();
        let (session, stream) = (&mut self.session, &self.stream);
        let read = self.lines.read(line_bytes, stream, |line| session.line(line, at, &mut outcome));
        match read {
            Ok(farewell) => {
                self.heard = Instant::now();
                if let Some(farewell) = farewell {
                    self.farewell = Some(End::Wrong(farewell.0));
                }
            }
            // It was not ready after all: the next turn waits until it is.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
        self.carry_out(outcome);
        Poll::Ready(Ok(()))
    }

    /// The moment at which its silence has lasted too long.
    fn deadline(&self) -> Instant {
        let limits = &self.house.limits;
        if self.session.is_working() { self.heard + limits.idle } else { self.opened + limits.handshake }
    }

    fn tell_end(&mut self, end: &End) {
        match end {
            End::Gone(error) => {
                log::debug!(target: "shiftboss::mockpool", "connection {}: it is gone: {error}", self.number);
            }
            End::Wrong(what) => self.note(&Note::Wrong(what)),
            End::Unbooked => {
                let number = self.number;
                log::error!(target: "shiftboss::mockpool", "connection {number}: its shares cannot be booked; it is closed without an answer");
            }
        }
    }
}

impl Actor for Connection {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let (clock, join) = (self.house.clock.clone(), Join { number: self.number, connection: ctx.tx() });
        let joined = async move { clock.ask(join, ANSWER_WITHIN).await };
        ctx.wait(joined.into_actor(self).map(|window, this, ctx| match window {
            Ok(window) => this.announce(window),
            Err(refused) => {
                ctx.exit(Exit::failed(format!("connection {}: the clock: {refused}", this.number)));
            }
        }));
        let deadline = self.deadline();
        ctx.spawn(Serve { patience: Box::pin(sleep_until(deadline)) });
    }

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        // A clock that does not take it finds out with the next job.
        let _ = self.house.clock.tell(Leave(self.number));
    }
}

supervised!(Connection);

impl Handler<Announced> for Connection {
    type Result = ();

    fn handle(&mut self, Announced(window): Announced, _: &mut Ctx<Self>) {
        // It goes out when `Serve` is polled, which is after every message.
        self.announce(window);
    }
}

/// Serves the socket for as long as the connection lives.
struct Serve {
    patience: Pin<Box<Sleep>>,
}

impl Serve {
    fn out_of_patience(&mut self, connection: &Connection, cx: &mut Context<'_>) -> Option<End> {
        // The deadline moves on with every line; the timer only when it has run out, or would do so too late.
        let deadline = connection.deadline();
        if deadline < self.patience.deadline() {
            self.patience.as_mut().reset(deadline);
        }
        while self.patience.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Some(End::Wrong("has been silent for too long"));
            }
            self.patience.as_mut().reset(deadline);
        }
        None
    }
}

impl ActorFuture<Connection> for Serve {
    type Output = ();

    fn poll(
        mut self: Pin<&mut Self>,
        connection: &mut Connection,
        ctx: &mut Ctx<Connection>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let end = match connection.turn(cx) {
            Poll::Ready(end) => Some(end),
            Poll::Pending => self.out_of_patience(connection, cx),
        };
        let Some(end) = end else { return Poll::Pending };
        connection.tell_end(&end);
        ctx.stop();
        Poll::Ready(())
    }
}
