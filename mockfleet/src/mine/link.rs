//! The connection of a device to its pool: owns the socket, and carries out what the session decides.
//!
//! A future of the device's own actor: it ends with the device's boot, and what it learns goes straight into what the
//! device shows. A pool that is absent, silent or mad is a state and a pause, never an exit.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix::ActorFuture;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use shiftboss_kernel::Ctx;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::choice::{Choice, PROBE_PERIOD};
use super::reach;
use super::session::Login;
use super::talk::{Talk, Working};
use crate::axe::body::Body;
use crate::axe::{Axe, hostname};
use crate::door;
use crate::draw::Draw;

/// The time that a pool has to take a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How much longer a pause is by chance, so that a fleet does not come back as one.
const JITTER_MS: u32 = 1_000;

/// A device's mining.
pub(crate) struct Mining {
    index: u32,
    choice: Choice,
    draw: Draw,
    state: State,
    /// What ends that state if nothing else does.
    timer: Pin<Box<Sleep>>,
    /// Looks whether the primary is back.
    probe: Option<Connecting>,
    probe_at: Instant,
}

type Connecting = LocalBoxFuture<'static, io::Result<TcpStream>>;

enum State {
    /// Until the timer is over.
    Resting,
    Connecting(Connecting),
    Talking(Box<Talk>),
    /// None of its pools is one for a mock, and that stays so until its settings change.
    Idle,
}

impl Mining {
    /// The mining of device `index`, with the pools that are in its flash.
    pub(crate) fn new(index: u32, draw: Draw, body: &Body) -> Self {
        let device = body.as_it_mines();
        let primary = reach::address(device.nvs.primary());
        let has_fallback = device.has_fallback() && reach::address(device.nvs.fallback()).is_ok();
        let choice = Choice::new(device.state.on_fallback || primary.is_err(), has_fallback);
        let state = match primary {
            Err(unreachable) if !has_fallback => {
                log::warn!(target: "shiftboss::mockfleet", "{} does not mine: {unreachable}", hostname(index));
                State::Idle
            }
            _ => State::Resting,
        };
        let now = Instant::now();
        Self {
            index,
            choice,
            draw,
            state,
            timer: Box::pin(sleep_until(now)),
            probe: None,
            probe_at: now + PROBE_PERIOD,
        }
    }

    /// Goes on until it has to wait.
    fn turn(&mut self, axe: &mut Axe, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.state {
                State::Idle => return Poll::Pending,
                State::Resting => {
                    ready!(self.timer.as_mut().poll(cx));
                    self.connect(&mut axe.body());
                }
                State::Connecting(connecting) => match ready!(connecting.as_mut().poll(cx)) {
                    Ok(stream) => self.greet(stream, &axe.body()),
                    Err(error) => self.failed(&error.to_string(), &mut axe.body()),
                },
                State::Talking(_) => {
                    let ended = ready!(self.talk(axe, cx));
                    self.failed(&ended, &mut axe.body());
                }
            }
        }
    }

    fn connect(&mut self, body: &mut Body) {
        body.device.state.on_fallback = self.choice.on_fallback;
        let address = reach::address(body.as_it_mines().pool());
        match address {
            Ok(address) => self.state = State::Connecting(connect(address)),
            Err(unreachable) => self.failed(&unreachable.to_string(), body),
        }
    }

    fn greet(&mut self, stream: TcpStream, body: &Body) {
        self.probe_at = Instant::now() + PROBE_PERIOD;
        self.state = State::Talking(Box::new(Talk::new(stream, login(body))));
    }

    /// The connection did not come about, or has ended; shares without an answer are nobody's any more.
    fn failed(&mut self, why: &str, body: &mut Body) {
        log::debug!(target: "shiftboss::mockfleet", "{}: its pool: {why}", hostname(self.index));
        let was_connected = matches!(self.state, State::Talking(_));
        let pause =
            self.choice.failed(was_connected) + Duration::from_millis(self.draw.below(JITTER_MS.into()));
        body.device.state.on_fallback = self.choice.on_fallback;
        self.state = State::Resting;
        self.timer.as_mut().reset(Instant::now() + pause);
    }

    /// Sends, reads and mines, until it has to wait; what ended it.
    fn talk(&mut self, axe: &mut Axe, cx: &mut Context<'_>) -> Poll<String> {
        loop {
            let State::Talking(talk) = &mut self.state else { return Poll::Pending };
            if let Poll::Ready(ended) = talk.exchange(axe, &mut self.choice, cx) {
                return Poll::Ready(ended);
            }
            let now = Instant::now();
            if now >= talk.patience() {
                return Poll::Ready("it has been silent for too long".to_owned());
            }
            if let Some(working) = talk.mine(axe, &mut self.draw, now) {
                if working == Working::StillSearching {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                continue;
            }
            if let Poll::Ready(stream) = self.probe(axe, now, cx) {
                self.choice.back_to_primary();
                axe.body().device.state.on_fallback = false;
                self.greet(stream, &axe.body());
                continue;
            }
            ready!(self.wait(cx));
        }
    }

    /// From the fallback, looks whether the primary is back.
    fn probe(&mut self, axe: &Axe, now: Instant, cx: &mut Context<'_>) -> Poll<TcpStream> {
        if !self.choice.on_fallback {
            return Poll::Pending;
        }
        if self.probe.is_none() && now >= self.probe_at {
            self.probe_at = now + PROBE_PERIOD;
            self.probe = reach::address(axe.body().as_it_mines().nvs.primary()).ok().map(connect);
        }
        let Some(probe) = &mut self.probe else { return Poll::Pending };
        let probed = ready!(probe.as_mut().poll(cx));
        self.probe = None;
        probed.map_or(Poll::Pending, Poll::Ready)
    }

    /// Until the next share, the end of patience or the next look for the primary, whichever comes first.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let State::Talking(talk) = &self.state else { return Poll::Pending };
        let patience = talk.patience();
        let due = talk.due().unwrap_or(patience);
        let probe_at = if self.choice.on_fallback { self.probe_at } else { patience };
        let until = due.min(probe_at).min(patience);
        if self.timer.deadline() != until {
            self.timer.as_mut().reset(until);
        }
        self.timer.as_mut().poll(cx)
    }
}

impl ActorFuture<Axe> for Mining {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, axe: &mut Axe, _: &mut Ctx<Axe>, cx: &mut Context<'_>) -> Poll<()> {
        self.turn(axe, cx)
    }
}

fn connect(address: SocketAddr) -> Connecting {
    let connecting = async move {
        let stream = timeout(CONNECT_WITHIN, TcpStream::connect(address)).await??;
        door::tune(&stream)?;
        Ok(stream)
    };
    connecting.boxed_local()
}

fn login(body: &Body) -> Login {
    let device = body.as_it_mines();
    let pool = device.pool();
    Login {
        agent: device.agent().into(),
        user: (&*pool.user).into(),
        password: (&*pool.password).into(),
        suggested_difficulty: device.suggested_difficulty(),
        subscribes_to_extranonces: pool.extranonce_subscribe,
    }
}
