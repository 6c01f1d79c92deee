//! One of those who send, and what it learns of its messages.

use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use shiftboss_kernel::{Refused, Tx};

use crate::ledger::Ledger;
use crate::worker::{Do, Job, Worker};
use crate::{DOOMED, WORKERS};

/// Questions that one sender has open.
const ASKS_AT_ONCE: usize = 64;

/// Short enough that some come late.
const DEADLINES: [Duration; 2] = [Duration::from_millis(2), Duration::from_secs(60)];

/// What became of messages, as their senders see it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) told: u64,
    pub(crate) answered: u64,
    /// Asked, accepted, and not handled, or so it was said.
    pub(crate) failed: u64,
    pub(crate) full: u64,
    pub(crate) gone: u64,
    pub(crate) late: u64,
    /// Of those that are gone: told, so that they were never accepted.
    gone_at_once: u64,
}

pub(crate) struct Sender {
    rng: fastrand::Rng,
    workers: Vec<Tx<Worker>>,
    ledger: Arc<Ledger>,
    sent: Sent,
}

impl Sent {
    pub(crate) fn accepted(&self) -> u64 {
        self.told + self.answered + self.failed
    }

    /// Messages that were handed back at once.
    pub(crate) fn refused(&self) -> u64 {
        self.full + self.gone_at_once
    }

    fn count_tell(&mut self, told: Result<(), Refused>) {
        match told {
            Ok(()) => self.told += 1,
            Err(Refused::Full) => self.full += 1,
            Err(Refused::Gone | Refused::Late) => {
                self.gone += 1;
                self.gone_at_once += 1;
            }
        }
    }

    /// Whoever is asked is never terminated: what was refused for another reason than want of room was accepted.
    pub(crate) fn count_ask(&mut self, answer: Result<(), Refused>) {
        match answer {
            Ok(()) => self.answered += 1,
            Err(Refused::Full) => self.full += 1,
            Err(Refused::Gone) => {
                self.gone += 1;
                self.failed += 1;
            }
            Err(Refused::Late) => {
                self.late += 1;
                self.failed += 1;
            }
        }
    }
}

impl AddAssign for Sent {
    fn add_assign(&mut self, other: Self) {
        self.told += other.told;
        self.answered += other.answered;
        self.failed += other.failed;
        self.full += other.full;
        self.gone += other.gone;
        self.late += other.late;
        self.gone_at_once += other.gone_at_once;
    }
}

impl Sender {
    pub(crate) fn new(seed: u64, workers: Vec<Tx<Worker>>, ledger: Arc<Ledger>) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), workers, ledger, sent: Sent::default() }
    }

    /// Sends until so many were accepted; half of them are told, and half asked.
    pub(crate) async fn send(mut self, messages: u64) -> Sent {
        let mut asks = FuturesUnordered::new();
        while self.sent.accepted() + asks.len() as u64 <= messages {
            let job = match self.rng.u32(..1_000) {
                0..3 => Job::Crash,
                3 => Job::Quit,
                _ => Job::Work,
            };
            let message = Do(job, self.ledger.issue());
            if self.rng.bool() {
                let worker = &self.workers[self.rng.usize(..2 * WORKERS)];
                let told = worker.tell(message);
                self.sent.count_tell(told);
                if told == Err(Refused::Full) {
                    tokio::task::yield_now().await;
                }
            } else {
                let worker = self.workers[self.rng.usize(..2 * WORKERS - DOOMED)].clone();
                let within = DEADLINES[usize::from(self.rng.u32(..10) > 0)];
                asks.push(async move { worker.ask(message, within).await });
            }
            if asks.len() == ASKS_AT_ONCE {
                let answer = asks.next().await.expect("one is open");
                self.sent.count_ask(answer);
            }
        }
        while let Some(answer) = asks.next().await {
            self.sent.count_ask(answer);
        }
        self.sent
    }
}
