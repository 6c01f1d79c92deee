//! One mock miner: owns its port, its connections and what it says.
//!
//! A port that is taken is a state of it (*unbound*), not a failure: it tries again until the port is free.
//! Patches stay for the life of the process, as in a device's flash; a panic costs the rest, uptime included.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Message, MessageResult, SpawnHandle, WrapFuture};
use bytes::Bytes;
use jiff::Timestamp;
use shiftboss_axeos::Mac;
use shiftboss_kernel::{Ctx, Spec, supervised};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::door;
use crate::draw::Draw;
use crate::error::Error;
use crate::faults::{Kept, Plight, Retold, suffer};
use crate::http::{self, Line};
use crate::model::{Model, Moment};
use crate::patch::Patch;

mod faults;
#[cfg(test)]
mod tests;

/// How long a restart takes, during which nothing is answered.
const RESTART_TAKES: Duration = Duration::from_secs(5);

/// When an unbound miner tries its port again.
pub(crate) const RETRY_BIND: Duration = Duration::from_secs(5);

/// Questions that a miner accepts ahead of what it has answered: one for each of its connections, and more.
const CAPACITY: u32 = 128;

/// What all miners of a fleet have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    pub(crate) host: IpAddr,
    pub(crate) seed: u64,
    pub(crate) logs: bool,
}

/// A mock miner.
pub(crate) struct Miner {
    /// Where it is to listen, unless a fault has moved it.
    home: SocketAddr,
    address: SocketAddr,
    model: Model,
    log: Option<Draw>,
    flash: Flash,
    /// Where it listens, while it does.
    port: Option<u16>,
    /// Whether the port was reported as taken.
    reported: bool,
    /// Its listener and all that is connected, or what tries its port again.
    serving: Option<SpawnHandle>,
    plight: Plight,
    /// What it says that is not so. Most say nothing of the kind, and keep no room for it.
    retold: Option<Box<Retold>>,
    /// Another's, if it shows that.
    mac: Option<Mac>,
    started: Instant,
    started_at: Timestamp,
    restarting_until: Option<Instant>,
}

/// What is kept over a crash. It belongs to the child, not to one value of it.
type Flash = Arc<Mutex<Patch>>;

/// Asks for the body of `GET /api/system/info`.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Bytes, Error>")]
pub(crate) struct Info;

/// Lays fields over those that are generated.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub(crate) struct Apply(pub(crate) Patch);

/// Makes it answer nothing for 5 s. Its uptime runs on.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), Error>")]
pub(crate) struct Restart;

/// Asks a miner who and where it is.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "MinerState")]
pub(crate) struct State;

/// Who and where a miner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinerState {
    /// `mockaxe1` is the first of the fleet. A patch of the hostname does not change it.
    pub hostname: String,
    /// The address that it listens on.
    pub host: IpAddr,
    /// Where it listened at first: a miner of the seeds is known by that.
    pub home: SocketAddr,
    /// The port that it listens on, also while it reboots; `None` while that is taken by somebody else.
    pub port: Option<u16>,
    /// A device's own, or another's that it shows; a miner of the seeds is known by its home.
    pub mac: Option<Mac>,
    /// When it started.
    pub started_at: Timestamp,
    /// Whether it plays a restart: it answers nothing but 503, or, as a device, not at all.
    pub restarting: bool,
}

impl Miner {
    /// Miner `index` of a fleet, counted from 0.
    pub(crate) fn spec(index: u32, port: u16, habits: Habits, kept: Kept) -> Spec<Self> {
        let flash = Flash::default();
        let new = move || {
            let plight = Plight::new(habits.seed, index, kept.clone());
            Self::new(index, port, habits, Arc::clone(&flash), plight)
        };
        Spec::new(format!("miner:{}", index + 1), new).capacity(CAPACITY)
    }

    fn new(index: u32, port: u16, habits: Habits, flash: Flash, plight: Plight) -> Self {
        let home = SocketAddr::new(habits.host, port);
        Self {
            home,
            address: home,
            model: Model::new(habits.seed, index),
            log: habits.logs.then(|| Draw::new(habits.seed, index)),
            flash,
            port: None,
            reported: false,
            serving: None,
            plight,
            retold: None,
            mac: None,
            started: Instant::now(),
            started_at: Timestamp::now(),
            restarting_until: None,
        }
    }

    fn bind(&mut self, ctx: &mut Ctx<Self>) {
        let opened =
            door::open(self.address).and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        match opened {
            Ok((port, listener)) => self.serve(port, listener, ctx),
            Err(source) => self.stay_unbound(source, ctx),
        }
    }

    fn serve(&mut self, port: u16, listener: TcpListener, ctx: &mut Ctx<Self>) {
        let hostname = self.model.hostname().to_owned();
        if self.reported {
            self.reported = false;
            log::info!(target: "shiftboss::mockfleet", "{hostname} listens on {} now", self.address);
        }
        self.port = Some(port);
        if self.address == self.home {
            // A port that the system has chosen is its home, too.
            self.home.set_port(port);
            self.address = self.home;
        }
        let (server, line) = (http::server(), Line { miner: ctx.tx(), log: self.log.clone() });
        let wire = Rc::clone(self.plight.wire());
        let serving = door::serve(hostname, listener, door::ROOM, wire, move |stream, link| {
            let (server, line) = (server.clone(), line.clone());
            async move { server.serve(stream, line, link).await }
        });
        self.serving = Some(ctx.spawn(serving.into_actor(self)));
    }

    fn stay_unbound(&mut self, source: std::io::Error, ctx: &mut Ctx<Self>) {
        if !self.reported {
            self.reported = true;
            let error =
                Error::Unbound { hostname: self.model.hostname().to_owned(), address: self.address, source };
            log::error!(target: "shiftboss::mockfleet", "{error}");
        }
        self.serving = Some(ctx.run_later(RETRY_BIND, Self::bind));
    }

    fn is_restarting(&self) -> bool {
        self.restarting_until.is_some_and(|until| Instant::now() < until)
    }

    fn available(&self) -> Result<(), Error> {
        if self.is_restarting() { Err(Error::Restarting) } else { Ok(()) }
    }

    fn flash(&self) -> MutexGuard<'_, Patch> {
        // A patch is merged in steps that cannot fail, so there is no half of one to be seen after a panic.
        self.flash.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Actor for Miner {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        // The value may be older than its start, by a back-off or a parking.
        self.started = Instant::now();
        self.started_at = Timestamp::now();
        suffer(self, ctx);
    }
}

supervised!(Miner);

impl Handler<Info> for Miner {
    type Result = Result<Bytes, Error>;

    fn handle(&mut self, _: Info, _: &mut Ctx<Self>) -> Self::Result {
        self.available()?;
        let at = Moment {
            unix_ms: Timestamp::now().as_millisecond().unsigned_abs(),
            uptime_seconds: self.started.elapsed().as_secs(),
        };
        let generated = self.model.render(at).map_err(Error::Unwritable)?;
        let patch = self.flash();
        let body =
            if patch.is_empty() { generated } else { patch.over(&generated).map_err(Error::Unwritable)? };
        drop(patch);
        match &mut self.retold {
            Some(retold) => Ok(retold.tell(&body).map_err(Error::Unwritable)?.into()),
            None => Ok(body.into()),
        }
    }
}

impl Handler<Apply> for Miner {
    type Result = Result<(), Error>;

    fn handle(&mut self, Apply(patch): Apply, _: &mut Ctx<Self>) -> Self::Result {
        self.available()?;
        self.flash().merge(patch)
    }
}

impl Handler<Restart> for Miner {
    type Result = Result<(), Error>;

    fn handle(&mut self, _: Restart, _: &mut Ctx<Self>) -> Self::Result {
        self.available()?;
        self.restarting_until = Some(Instant::now() + RESTART_TAKES);
        Ok(())
    }
}

impl Handler<State> for Miner {
    type Result = MessageResult<State>;

    fn handle(&mut self, _: State, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(MinerState {
            hostname: self.model.hostname().to_owned(),
            host: self.address.ip(),
            home: self.home,
            port: self.port,
            mac: self.mac,
            started_at: self.started_at,
            restarting: self.is_restarting(),
        })
    }
}
