//! One imprinted device: polls it, carries out commands, knows its state, and reports it. One request in flight, never
//! two: a poll in flight is waited for before a command, and no poll begins during one.
//!
//! It owns the state and nothing else: what was seen last lives in the directory, from which a restarted
//! device takes up where its predecessor was. It invents no reading, and zeroes none.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorFutureExt, AsyncContext, Handler, Message, SpawnHandle, WrapFuture};
use bytes::Bytes;
use shiftboss_axeos::Mac;
use shiftboss_axeos::command::{Shown, differing};
use shiftboss_kernel::{Ctx, Exit, To, supervised};

use crate::clock::Clock;
use crate::directory::{Look, Report};
use crate::record::{Observation, Record, UnixMs};

pub(crate) mod commands;
mod errand;
pub mod life;
pub mod transport;

pub use commands::Perform;

use commands::Commands;
use life::{Life, Miss};
use transport::Connect;

/// The time that the directory has to tell a restarted device where it was.
const RECALL_WITHIN: Duration = Duration::from_secs(2);

/// How devices are polled.
#[derive(Clone, Debug)]
pub struct Polling {
    /// From one poll to the next.
    pub interval: Duration,
    /// For the whole of one poll.
    pub timeout: Duration,
    /// The longest pause between polls of a device that does not answer.
    pub backoff_max: Duration,
    /// The largest answer that is read.
    pub body_limit_bytes: usize,
}

/// What all devices of one thread share.
pub struct Surroundings {
    /// How they are polled.
    pub polling: Polling,
    /// Makes the way to the network, once a thread.
    pub connect: Connect,
    /// Where they recall from what they were.
    pub directory: To<Look>,
    /// Where they report: the directory and their meter.
    pub reports: [To<Report>; 2],
    /// The time of day.
    pub clock: Clock,
}

/// Time for a poll.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Poll;

/// The device's record has changed: its address, or whether it is to be polled.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Amend(pub Arc<Record>);

/// The actor.
pub struct Device {
    record: Arc<Record>,
    around: Arc<Surroundings>,
    transport: Rc<dyn transport::Transport>,
    life: Life,
    /// The poll whose answer is awaited; of one that was cancelled none is.
    in_flight: Option<SpawnHandle>,
    polls: u64,
    timer: Option<SpawnHandle>,
    commands: Commands,
}

impl Device {
    /// A device as its record says.
    pub fn new(record: Arc<Record>, around: Arc<Surroundings>) -> Self {
        let transport = (around.connect)();
        let life = Life::new(record.listening, around.clock.now_ms());
        Self {
            record,
            around,
            transport,
            life,
            in_flight: None,
            polls: 0,
            timer: None,
            commands: Commands::default(),
        }
    }

    /// The id of its actor.
    pub fn id(mac: Mac) -> String {
        format!("device:{mac}")
    }

    /// Takes up where the predecessor was. Its record may have changed since the first start.
    fn recall(&mut self, ctx: &mut Ctx<Self>) {
        let (directory, mac) = (self.around.directory.clone(), self.record.mac);
        let asked = async move { directory.ask(Look(mac), RECALL_WITHIN).await };
        ctx.wait(asked.into_actor(self).map(|answer, this: &mut Self, ctx| match answer {
            Ok(view) => {
                let mut seen = None;
                if let Some(view) = view {
                    this.record = view.record;
                    this.life.recall(view.status, this.record.listening);
                    seen = view.seen;
                }
                // Its meter may have lost what the directory has kept: the name above all.
                this.report(seen);
                this.schedule(ctx);
            }
            Err(refused) => {
                ctx.exit(Exit::failed(format!("the directory, asked for the last state: {refused}")));
            }
        }));
    }

    /// Sets the timer for the next poll, in place of the one before.
    fn schedule(&mut self, ctx: &mut Ctx<Self>) {
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        if !self.life.is_polled() {
            return;
        }
        let polling = &self.around.polling;
        let pause = self.life.pause(
            self.record.mac,
            self.around.clock.now_ms(),
            polling.interval,
            polling.backoff_max,
        );
        self.timer = Some(ctx.run_later(pause, |this, ctx| {
            this.timer = None;
            // A full mailbox means that polls are due already.
            let _ = ctx.tx().tell(Poll);
            // For the case that this poll is lost; its answer sets the timer anew.
            this.schedule(ctx);
        }));
    }

    fn poll(&mut self, ctx: &mut Ctx<Self>) {
        let Polling { timeout, body_limit_bytes, .. } = self.around.polling;
        let asked = self.transport.get_info(&self.record.address, body_limit_bytes);
        let asked = async move {
            match tokio::time::timeout(timeout, asked).await {
                Ok(answer) => answer,
                Err(_) => Err(Miss::Silent(timeout)),
            }
        };
        self.polls += 1;
        let poll = self.polls;
        let answered = asked.into_actor(self).map(move |answer, this: &mut Self, ctx| {
            // What is cancelled in the turn in which it is done comes this far all the same.
            if this.polls != poll || this.in_flight.take().is_none() {
                return;
            }
            this.answered(answer);
            this.schedule(ctx);
            this.command_next(ctx);
        });
        self.in_flight = Some(ctx.spawn(answered));
    }

    fn answered(&mut self, answer: Result<Bytes, Miss>) {
        let now = self.around.clock.now_ms();
        match answer.and_then(|body| read(self.record.mac, &body, now)) {
            Ok(seen) => {
                self.saw(&seen, now);
                self.report(Some(Arc::new(seen)));
            }
            Err(miss) => {
                if self.life.miss(&miss, now) {
                    log::warn!(
                        "{} at {} is {:?}: {miss}",
                        self.record.mac,
                        self.record.address,
                        self.life.state()
                    );
                }
                self.report(None);
            }
        }
    }

    /// Takes note of an answer.
    fn saw(&mut self, seen: &Observation, now: UnixMs) {
        if self.life.hit(now, seen.reading.uptime_seconds) {
            log::info!("{} is online at {}", self.record.mac, self.record.address);
        }
        let wanted = &self.record.desired.settings;
        let shown = (!wanted.is_empty()).then(|| Shown::read(seen.body.as_bytes()));
        // Of a firmware that nobody knows, nobody knows how it shows what is wanted.
        let drift = shown.and_then(Result::ok).map(|shown| differing(wanted, &shown));
        self.life.drifts(drift.unwrap_or_default());
    }

    fn report(&self, seen: Option<Arc<Observation>>) {
        let report = Report { mac: self.record.mac, status: self.life.status(), seen };
        for to in &self.around.reports {
            // One that is full or restarting learns the latest with the next report.
            let _ = to.tell(report.clone());
        }
    }
}

/// Reads an answer; one of another device is not taken for ours.
fn read(wanted: Mac, body: &[u8], now: UnixMs) -> Result<Observation, Miss> {
    let seen = Observation::parse(body, now).map_err(Miss::Unreadable)?;
    match seen.mac {
        Some(other) if other != wanted => Err(Miss::Stranger { wanted, other }),
        _ => Ok(seen),
    }
}

impl Actor for Device {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.recall(ctx);
    }
}

supervised!(Device);

impl Handler<Poll> for Device {
    type Result = ();

    fn handle(&mut self, _: Poll, ctx: &mut Ctx<Self>) {
        if self.in_flight.is_none() && !self.commands.is_running && self.life.is_polled() {
            self.poll(ctx);
        }
    }
}

impl Handler<Amend> for Device {
    type Result = ();

    fn handle(&mut self, Amend(record): Amend, ctx: &mut Ctx<Self>) {
        let moved = record.address != self.record.address;
        let wanted = &record.desired.settings;
        // What is newly wanted is compared with the next answer; what is not wanted any more is no drift at once.
        let drift = self.life.status().drift;
        let drift = drift.iter().copied().filter(|setting| wanted.get(*setting).is_some()).collect();
        let eased = self.life.drifts(drift);
        self.record = record;
        // What is asked at the old address, or of a device no longer polled, is not waited for.
        let listens = self.life.listen(self.record.listening, self.around.clock.now_ms());
        if moved || listens {
            if let Some(asked) = self.in_flight.take() {
                ctx.cancel_future(asked);
            }
            self.schedule(ctx);
            self.command_next(ctx);
        }
        if moved || listens || eased {
            self.report(None);
        }
    }
}

#[cfg(test)]
mod tests;
