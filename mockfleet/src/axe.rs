//! One mock miner that answers as a real device of its firmware does: owns its port, its connections and its body.
//!
//! While it reboots nobody listens: connections end, and new ones are refused. A port that is taken is a state of it,
//! as of every miner. A panic is a crash of the device: its flash stays, its memory is gone.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Message, MessageResult, SpawnHandle, WrapFuture};
use actix_http::Method;
use actix_web::http::Uri;
use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use jiff::Timestamp;
use shiftboss_kernel::{Ctx, Spec, supervised};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::device::reply::{Effect, Reply, TEXT};
use crate::device::routes::{Request, Route, too_many_listeners};
use crate::device::told::BootCause;
use crate::door;
use crate::draw::Draw;
use crate::error::Error;
use crate::faults::{Kept, Plight, suffer};
use crate::mine::link::Mining;
use crate::miner::{MinerState, RETRY_BIND, State};
use body::{Body, changes_pool_at_once};
use ears::{Ear, Ears};
use http::Line;
use streams::Log;

pub(crate) mod body;
mod ears;
mod faults;
mod http;
mod outfit;
mod socket;
mod streams;

pub(crate) use outfit::{firmware, hostname, mac_at};
#[cfg(test)]
mod tests;

/// How long a boot takes, from the end of all connections to the first that is taken again, and how much longer or
/// shorter it is by chance, for life. Devices were seen to take 10 to 30 s.
const BOOT_TAKES: Duration = Duration::from_secs(10);
const BOOT_SPREAD_MS: u32 = 2_000;

/// Of other draws of the same seed.
const BOOT: u64 = 0x626f_6f74_0000_0000;
const LOG: u64 = 0x6c6f_6700_0000_0000;
const MINE: u64 = 0x6d69_6e65_0000_0000;

/// How much of its log a device still has.
const LOG_SECONDS: u64 = 60;

/// How long the display says `Hi!`.
const SAYS_HI: Duration = Duration::from_secs(30);

/// Questions that a device accepts ahead of what it has answered: one for each of its connections, and more.
const CAPACITY: u32 = 128;

/// What all devices of a fleet have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) clock: Clock,
    /// The pool that is in their flash, instead of the factory's.
    pub(crate) pool: Option<SocketAddr>,
    /// Whether they mine there. The shares of those that do not are supposed by the model.
    pub(crate) mines: bool,
}

/// A mock device.
pub(crate) struct Axe {
    index: u32,
    world: World,
    /// Where it is to listen, unless a fault has moved it.
    home: SocketAddr,
    place: SocketAddr,
    boot_takes: Duration,
    flash: Flash,
    /// Where it listens, while it does or boots.
    port: Option<u16>,
    /// Whether the port was reported as taken.
    reported: bool,
    started_at: Timestamp,
    plight: Plight,
    /// Its listener and all that is connected, or what tries its port again, while it is up.
    serving: Option<SpawnHandle>,
    /// Its way to its pool, while it is up and mines.
    mining: Option<SpawnHandle>,
    /// Why it goes down, once it was told to.
    rebooting: Option<BootCause>,
    /// Whether it boots.
    is_down: bool,
    ears: Ears,
    /// What ends `Hi!`.
    greeting: Option<SpawnHandle>,
}

/// The device itself. It belongs to the child, not to one value of it: a crash cools no chip and clears no flash.
pub(crate) type Flash = Arc<Mutex<Body>>;

/// A request, and as much of its body as a device keeps.
#[derive(Debug, Message)]
#[rtype(result = "Answer")]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) origin: Option<HeaderValue>,
    pub(crate) content_length: Option<u64>,
    pub(crate) peer: std::net::IpAddr,
    pub(crate) body: Bytes,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Reply(Reply),
    /// A WebSocket for the log.
    Log(Ear),
    /// A WebSocket for what changes in the info document.
    Live(Ear),
}

/// Asks for the info document as it is now.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<u8>")]
pub(crate) struct Tell;

impl Axe {
    /// The body of miner `index` of a fleet, counted from 0.
    pub(crate) fn flash(index: u32, place: SocketAddr, world: World) -> Flash {
        Arc::new(Mutex::new(Body::new(index, place, world)))
    }

    /// A miner with that body.
    pub(crate) fn spec(index: u32, place: SocketAddr, world: World, flash: Flash, kept: Kept) -> Spec<Self> {
        let new = move || Self {
            index,
            world,
            home: place,
            place,
            boot_takes: boot_takes(world.seed, index),
            flash: Arc::clone(&flash),
            port: None,
            reported: false,
            started_at: Timestamp::now(),
            plight: Plight::new(world.seed, index, kept.clone()),
            serving: None,
            mining: None,
            rebooting: None,
            is_down: false,
            ears: Ears::default(),
            greeting: None,
        };
        Spec::new(format!("miner:{}", index + 1), new).capacity(CAPACITY)
    }

    fn hostname(&self) -> String {
        hostname(self.index)
    }

    pub(crate) fn unix_ms(&self) -> u64 {
        self.world.clock.unix_ms()
    }

    /// What it hashes now for its pool.
    pub(crate) fn mining_ghs(&self) -> f64 {
        self.body().mining_ghs(self.unix_ms())
    }

    pub(crate) fn body(&self) -> MutexGuard<'_, Body> {
        // After a panic the device boots, which makes a whole of whatever was left.
        self.flash.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bind(&mut self, ctx: &mut Ctx<Self>) {
        let place = SocketAddr::new(self.place.ip(), self.port.unwrap_or(self.place.port()));
        let opened = door::open(place).and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        match opened {
            Ok((port, listener)) => self.serve(port, listener, ctx),
            Err(source) => self.stay_unbound(place, source, ctx),
        }
    }

    fn serve(&mut self, port: u16, listener: TcpListener, ctx: &mut Ctx<Self>) {
        if self.reported {
            self.reported = false;
            log::info!(target: "shiftboss::mockfleet", "{} listens on {} now", self.hostname(), self.place);
        }
        self.port = Some(port);
        if self.place == self.home {
            // A port that the system has chosen is its home, too.
            self.home.set_port(port);
            self.place = self.home;
        }
        let firmware = self.body().device.firmware;
        let (server, axe, wire) = (http::server(), ctx.tx(), Rc::clone(self.plight.wire()));
        let serving =
            door::serve(self.hostname(), listener, http::sockets(firmware), wire, move |stream, link| {
                let (server, axe) = (server.clone(), axe.clone());
                async move {
                    // Whoever is gone by now needs no answer.
                    if let Ok(peer) = stream.peer_addr() {
                        server.serve(stream, Line { axe, firmware, peer: peer.ip() }, link).await;
                    }
                }
            });
        self.serving = Some(ctx.spawn(serving.into_actor(self)));
        self.mine(ctx);
    }

    /// Begins to mine, or begins anew with the pools that are in the flash by now.
    fn mine(&mut self, ctx: &mut Ctx<Self>) {
        self.stop_mining(ctx);
        if self.world.mines {
            let draw = Draw::new(self.world.seed ^ MINE, self.index);
            let mining = Mining::new(self.index, draw, &self.body());
            self.mining = Some(ctx.spawn(mining));
        }
    }

    fn stop_mining(&mut self, ctx: &mut Ctx<Self>) {
        if let Some(mining) = self.mining.take() {
            ctx.cancel_future(mining);
        }
    }

    fn stay_unbound(&mut self, address: SocketAddr, source: std::io::Error, ctx: &mut Ctx<Self>) {
        self.port = None;
        if !self.reported {
            self.reported = true;
            let error = Error::Unbound { hostname: self.hostname(), address, source };
            log::error!(target: "shiftboss::mockfleet", "{error}");
        }
        self.serving = Some(ctx.run_later(RETRY_BIND, Self::bind));
    }

    /// Lets one more listen to a stream, as the firmware lets him.
    fn seat(&mut self) -> Result<Ear, Reply> {
        let (firmware, booted_unix_ms) = {
            let body = self.body();
            (body.device.firmware, body.booted_unix_ms())
        };
        let draw = Draw::new(self.world.seed ^ LOG, self.index);
        let ear = self.ears.admit(firmware, draw, booted_unix_ms, self.world.clock);
        ear.ok_or_else(|| too_many_listeners(firmware))
    }

    /// Carries out what an answer brings with it.
    fn follow(&mut self, effect: Effect, ctx: &mut Ctx<Self>) {
        match effect {
            Effect::Reboot { after_ms, crash, .. } if self.rebooting.is_none() => {
                self.rebooting = Some(if crash { BootCause::Crash } else { BootCause::Restart });
                ctx.run_later(Duration::from_millis(after_ms.into()), Self::go_down);
            }
            Effect::Identify { on } => {
                if let Some(greeting) = self.greeting.take() {
                    ctx.cancel_future(greeting);
                }
                self.greeting =
                    on.then(|| ctx.run_later(SAYS_HI, |this, _| this.body().device.state.says_hi = false));
            }
            Effect::Apply(changes) if changes.pool && changes_pool_at_once(self.body().device.firmware) => {
                self.mine(ctx);
            }
            // The body has felt the others.
            _ => {}
        }
    }

    fn go_down(&mut self, ctx: &mut Ctx<Self>) {
        if let Some(serving) = self.serving.take() {
            ctx.cancel_future(serving);
        }
        self.stop_mining(ctx);
        self.is_down = true;
        ctx.run_later(self.boot_takes, Self::come_up);
    }

    fn come_up(&mut self, ctx: &mut Ctx<Self>) {
        let cause = self.rebooting.take().unwrap_or_default();
        self.body().boot(cause, self.unix_ms());
        self.started_at = Timestamp::now();
        self.is_down = false;
        self.bind(ctx);
    }
}

fn boot_takes(seed: u64, index: u32) -> Duration {
    let by_chance = Draw::new(seed ^ BOOT, index).whole(0, 2 * BOOT_SPREAD_MS);
    BOOT_TAKES + Duration::from_millis(by_chance.into()) - Duration::from_millis(BOOT_SPREAD_MS.into())
}

impl Actor for Axe {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.body().switch_on(self.unix_ms());
        // The value may be older than its start, by a back-off or a parking.
        self.started_at = Timestamp::now();
        suffer(self, ctx);
    }
}

supervised!(Axe);

impl Handler<Call> for Axe {
    type Result = MessageResult<Call>;

    fn handle(&mut self, call: Call, ctx: &mut Ctx<Self>) -> Self::Result {
        let request = Request {
            method: call.method.as_str(),
            path: call.uri.path(),
            query: call.uri.query(),
            content_length: call.content_length,
            peer: call.peer,
            origin: call.origin.as_ref().and_then(|origin| origin.to_str().ok()),
        };
        let now_ms = self.unix_ms();
        let mut body = self.body();
        let reply = match body.device.route(&request) {
            Err(refusal) => refusal,
            Ok(Route::LogStream) => {
                drop(body);
                return MessageResult(self.seat().map_or_else(Answer::Reply, Answer::Log));
            }
            Ok(Route::LiveStream) => {
                drop(body);
                return MessageResult(self.seat().map_or_else(Answer::Reply, Answer::Live));
            }
            Ok(Route::Logs) => {
                let mut log = Log::new(Draw::new(self.world.seed ^ LOG, self.index), body.device.firmware);
                let text = log.tail(body.uptime_ms(now_ms), LOG_SECONDS);
                Reply { chunked: true, ..Reply::ok(TEXT, text) }.of_api(body.device.firmware)
            }
            Ok(route) => body.answer(route, &request, &call.body, now_ms),
        };
        drop(body);
        if let Some(effect) = reply.then {
            self.follow(effect, ctx);
        }
        MessageResult(Answer::Reply(reply))
    }
}

impl Handler<Tell> for Axe {
    type Result = MessageResult<Tell>;

    fn handle(&mut self, _: Tell, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(self.body().info(self.unix_ms()))
    }
}

impl Handler<State> for Axe {
    type Result = MessageResult<State>;

    fn handle(&mut self, _: State, _: &mut Ctx<Self>) -> Self::Result {
        MessageResult(MinerState {
            hostname: self.hostname(),
            host: self.place.ip(),
            home: self.home,
            port: self.port,
            mac: Some(self.body().shown_mac()),
            started_at: self.started_at,
            restarting: self.rebooting.is_some(),
        })
    }
}
