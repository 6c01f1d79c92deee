//! How a device carries out commands: one at a time and between polls, so that it never has two requests in flight.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Handler, Message, ResponseFuture, WrapFuture};
use shiftboss_kernel::Ctx;
use tokio::sync::oneshot;

use super::Device;
use super::errand::Errand;
use crate::command::{Command, CommandError, Failure, Outcome, Verdict};
use crate::record::Observation;

/// Commands that wait for the one that is carried out. More are refused.
const COMMANDS_AHEAD: u32 = 2;

/// For the whole of one command.
const COMMAND_WITHIN: Duration = Duration::from_secs(30);

/// For a command to be answered, those before it and a poll included.
pub(crate) const ANSWER_WITHIN: Duration = COMMAND_WITHIN.saturating_mul(COMMANDS_AHEAD + 2);

/// What is answered while a device restarts.
const RESTARTING: u16 = 503;

/// Carries out a command, after those before it.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Outcome, CommandError>")]
pub struct Perform(pub Command);

/// A command, and who waits for its end.
struct Asked {
    command: Command,
    asker: oneshot::Sender<Result<Outcome, CommandError>>,
}

/// The commands of one device.
#[derive(Default)]
pub(super) struct Commands {
    waiting: VecDeque<Asked>,
    pub(super) is_running: bool,
}

impl Handler<Perform> for Device {
    type Result = ResponseFuture<Result<Outcome, CommandError>>;

    fn handle(&mut self, Perform(command): Perform, ctx: &mut Ctx<Self>) -> Self::Result {
        let mac = self.record.mac;
        if self.commands.waiting.len() == COMMANDS_AHEAD as usize {
            return Box::pin(async move { Err(CommandError::Busy(mac)) });
        }
        let (asker, answer) = oneshot::channel();
        self.commands.waiting.push_back(Asked { command, asker });
        self.command_next(ctx);
        Box::pin(async move {
            answer.await.unwrap_or_else(|_| {
                Err(CommandError::Lost { mac, why: "ended before it could be told".to_owned() })
            })
        })
    }
}

impl Device {
    /// Begins the next command, unless something is in flight: its end begins it.
    pub(super) fn command_next(&mut self, ctx: &mut Ctx<Self>) {
        while !self.commands.is_running && self.in_flight.is_none() {
            let Some(asked) = self.commands.waiting.pop_front() else { return };
            if self.life.is_restarting() {
                // Whoever asked may have given up.
                let _ = asked.asker.send(Ok(restarting()));
            } else {
                self.command(asked, ctx);
            }
        }
    }

    fn command(&mut self, Asked { command, asker }: Asked, ctx: &mut Ctx<Self>) {
        self.commands.is_running = true;
        let kind = command.kind();
        self.life.begin(kind, self.around.clock.now_ms());
        self.report(None);
        let mac = self.record.mac;
        let mut errand = Errand {
            transport: Rc::clone(&self.transport),
            address: self.record.address.clone(),
            mac,
            info_limit_bytes: self.around.polling.body_limit_bytes,
            clock: self.around.clock,
            seen: None,
        };
        let carried_out = async move {
            let done = tokio::time::timeout(COMMAND_WITHIN, errand.run(&command)).await;
            let why = || format!("did not end it within {COMMAND_WITHIN:?}");
            (done.unwrap_or_else(|_| Err(CommandError::Lost { mac, why: why() })), errand.seen)
        };
        ctx.spawn(carried_out.into_actor(self).map(move |(outcome, seen), this: &mut Self, ctx| {
            this.commands.is_running = false;
            match &outcome {
                Ok(outcome) => log::info!("{mac}, told to {kind}: {}", outcome.verdict),
                Err(error) => log::warn!("{mac}, told to {kind}: {error}"),
            }
            this.commanded(&outcome, seen);
            // Whoever asked may have given up; the outcome is in the view.
            let _ = asker.send(outcome);
            this.schedule(ctx);
            this.command_next(ctx);
        }));
    }

    /// Notes what came of a command, and what the device said last meanwhile.
    fn commanded(&mut self, outcome: &Result<Outcome, CommandError>, seen: Option<Observation>) {
        let now = self.around.clock.now_ms();
        // First: an answer from before a restart says nothing about it.
        if let Some(seen) = &seen {
            self.saw(seen, now);
        }
        match outcome {
            Ok(outcome) => self.life.end(outcome.verdict.clone(), outcome.needs_restart, now),
            Err(CommandError::Refused { why, .. }) => {
                let failure = Failure { status: REFUSED, reason: why.to_string() };
                self.life.end(Verdict::Failed(failure), false, now);
            }
            Err(_) => self.life.interrupt(),
        }
        self.report(seen.map(Arc::new));
    }
}

/// What a refusal counts as in the view.
const REFUSED: u16 = 400;

fn restarting() -> Outcome {
    let reason = "it was told to restart, and is not back yet; try again in a minute".to_owned();
    let verdict = Verdict::Failed(Failure { status: RESTARTING, reason });
    Outcome { verdict, sent: Vec::new(), needs_restart: false, said: None }
}
