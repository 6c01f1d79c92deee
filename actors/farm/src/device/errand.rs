//! One command, from the first look at a device to the last: a straight line of requests, each with a deadline.

use std::rc::Rc;
use std::time::Duration;

use shiftboss_axeos::command::{self, Request, Shown};
use shiftboss_axeos::{Mac, Setting, redact};

use super::life::Miss;
use super::read;
use super::transport::{Reply, Transport};
use crate::clock::Clock;
use crate::command::{Command, CommandError, Configure, Failure, Outcome, Verdict};
use crate::record::Observation;

/// For one request of a command. A device has one task for all its clients, and stalls for seconds at times.
const STEP_WITHIN: Duration = Duration::from_secs(5);

/// Looks whether a device shows what it took, and the pause between them: old firmware acts every two seconds.
const LOOKS: u32 = 4;
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is read of the answer to a command: some lines.
const ANSWER_LIMIT_BYTES: usize = 4096;

/// What is kept of it.
const SAID_CHARS: usize = 200;

/// What is answered for a device that gave no status of its own.
const NO_ANSWER: u16 = 500;

/// The way to one device, for one command.
pub(super) struct Errand {
    pub(super) transport: Rc<dyn Transport>,
    pub(super) address: String,
    pub(super) mac: Mac,
    pub(super) info_limit_bytes: usize,
    pub(super) clock: Clock,
    /// What it said last.
    pub(super) seen: Option<Observation>,
}

/// An errand that was not done: refused, or failed.
enum Undone {
    Refused(CommandError),
    Failed(Failure),
}

impl From<Failure> for Undone {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Errand {
    /// Carries a command out, and keeps what the device said last.
    pub(super) async fn run(&mut self, command: &Command) -> Result<Outcome, CommandError> {
        let mut outcome =
            Outcome { verdict: Verdict::Acknowledged, sent: Vec::new(), needs_restart: false, said: None };
        let done = match command {
            Command::Configure(configure) => self.configure(configure, &mut outcome).await,
            Command::Restart => {
                self.simply(|shown| Ok(command::restart(shown.firmware())), &mut outcome).await
            }
            Command::Pause => self.pause(true, &mut outcome).await,
            Command::Resume => self.pause(false, &mut outcome).await,
            Command::Identify => self.simply(|shown| command::identify(shown.firmware()), &mut outcome).await,
        };
        match done {
            Ok(verdict) => Ok(Outcome { verdict, ..outcome }),
            Err(Undone::Failed(failure)) => {
                Ok(Outcome { verdict: Verdict::Failed(failure), needs_restart: false, ..outcome })
            }
            Err(Undone::Refused(error)) => Err(error),
        }
    }

    async fn configure(&mut self, asked: &Configure, outcome: &mut Outcome) -> Result<Verdict, Undone> {
        let shown = self.look().await?;
        let plan = command::plan(&shown, &asked.changes, asked.force).map_err(|why| self.refused(why))?;
        outcome.sent = plan.changes;
        outcome.needs_restart = plan.needs_restart;
        for (nth, request) in plan.requests.iter().enumerate() {
            let after = if nth == 0 { "" } else { "; what came before it was taken" };
            outcome.said = self
                .send(request)
                .await
                .map_err(|failure| Failure { reason: format!("{}{after}", failure.reason), ..failure })?;
        }
        if plan.requests.is_empty() {
            return Ok(Verdict::Verified);
        }
        let wanted = asked.changes.settings();
        let differing: Vec<Setting> =
            self.look_until(|shown| command::differing(wanted, shown), Vec::is_empty).await?;
        Ok(if differing.is_empty() { Verdict::Verified } else { Verdict::Drifted(differing) })
    }

    /// Sends one request, and takes the device at its word.
    async fn simply(
        &mut self,
        request: impl Fn(&Shown) -> Result<Request, shiftboss_axeos::Error>,
        outcome: &mut Outcome,
    ) -> Result<Verdict, Undone> {
        let shown = self.look().await?;
        let request = request(&shown).map_err(|why| self.refused(why))?;
        outcome.said = self.send(&request).await?;
        Ok(Verdict::Acknowledged)
    }

    async fn pause(&mut self, wanted: bool, outcome: &mut Outcome) -> Result<Verdict, Undone> {
        let request = if wanted { command::pause } else { command::resume };
        self.simply(|shown| request(shown.firmware()), outcome).await?;
        let is_paused = self.look_until(Shown::is_paused, |paused| *paused == Some(wanted)).await?;
        if is_paused == Some(wanted) {
            return Ok(Verdict::Verified);
        }
        let reason = format!("it took the command, but shows miningPaused as {}", !wanted);
        Err(Failure { status: NO_ANSWER, reason }.into())
    }

    /// Looks again and again until the device shows what is wanted, or for some seconds; what it showed last.
    async fn look_until<T>(
        &mut self,
        read: impl Fn(&Shown) -> T,
        is_wanted: impl Fn(&T) -> bool,
    ) -> Result<T, Undone> {
        let mut looks = 1;
        loop {
            let looked = self.look().await.map(|shown| read(&shown));
            if looks == LOOKS || matches!(&looked, Ok(found) if is_wanted(found)) {
                return looked.map_err(|undone| match undone {
                    Undone::Failed(failure) => {
                        let reason = format!("it took the command, but then {}", failure.reason);
                        Undone::Failed(Failure { reason, ..failure })
                    }
                    refused @ Undone::Refused(_) => refused,
                });
            }
            looks += 1;
            tokio::time::sleep(LOOK_AGAIN_AFTER).await;
        }
    }

    /// What the device shows, if it is the device.
    async fn look(&mut self) -> Result<Shown, Undone> {
        let asked = self.transport.get_info(&self.address, self.info_limit_bytes);
        let looked = within(asked).await.and_then(|body| {
            let seen = read(self.mac, &body, self.clock.now_ms())?;
            Ok((seen, body))
        });
        let (seen, body) = looked.map_err(|miss| Failure::of(&miss, ""))?;
        self.seen = Some(seen);
        Shown::read(&body).map_err(|why| self.refused(why))
    }

    /// Sends a request; what the device said to it.
    async fn send(&self, request: &Request) -> Result<Option<String>, Failure> {
        let asked = self.transport.send(&self.address, request, ANSWER_LIMIT_BYTES);
        let to = format!(", asked to {} {}", request.method, request.path);
        match within(asked).await {
            Ok(Reply { status: 200..=299, body }) => Ok(said(&body, request)),
            Ok(Reply { status, body }) => {
                let failure = Failure::of(&Miss::Status(status), &to);
                let said = said(&body, request).map(|said| format!(": {said}")).unwrap_or_default();
                Err(Failure { reason: format!("{}{said}", failure.reason), ..failure })
            }
            Err(miss) if request.may_stay_silent && !matches!(miss, Miss::Unreachable(_)) => Ok(None),
            Err(miss) => Err(Failure::of(&miss, &to)),
        }
    }

    fn refused(&self, why: shiftboss_axeos::Error) -> Undone {
        Undone::Refused(CommandError::Refused { mac: self.mac, why })
    }
}

async fn within<T>(asked: impl Future<Output = Result<T, Miss>>) -> Result<T, Miss> {
    tokio::time::timeout(STEP_WITHIN, asked).await.unwrap_or(Err(Miss::Silent(STEP_WITHIN)))
}

impl Failure {
    fn of(miss: &Miss, to: &str) -> Self {
        let status = match miss {
            Miss::Status(status @ 400..) => *status,
            _ => NO_ANSWER,
        };
        Self { status, reason: format!("{miss}{to}") }
    }
}

/// The words of an answer, as far as they are fit to be shown: what names a secret and cannot be read is not, nor what
/// gives a secret of the request back.
fn said(body: &[u8], request: &Request) -> Option<String> {
    let text = redact(body).ok().filter(|text| !request.gives_away(text))?;
    let text: String = text.trim().chars().filter(|c| !c.is_control()).take(SAID_CHARS).collect();
    (!text.is_empty()).then_some(text)
}
