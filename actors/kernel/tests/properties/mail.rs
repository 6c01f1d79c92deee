//! The messages to one worker, and what should have become of them.

use shiftboss_kernel::Refused;

use crate::kid::CAPACITY;
use crate::same;
use crate::worker::{Job, Outside};

pub(crate) struct Mail {
    pub(crate) worker: Outside,
    queued: u64,
    refused: u64,
    handled: u64,
    lost: u64,
    discarded: u64,
    gone: bool,
}

impl Mail {
    pub(crate) fn new(worker: Outside) -> Self {
        Self { worker, queued: 0, refused: 0, handled: 0, lost: 0, discarded: 0, gone: false }
    }

    /// One message of work: accepted while there is room and somebody to come for it.
    pub(crate) fn tell(&mut self) -> Result<(), String> {
        let expected = match self.queued < u64::from(CAPACITY) {
            _ if self.gone => Err(Refused::Gone),
            true => Ok(()),
            false => Err(Refused::Full),
        };
        *if expected.is_ok() { &mut self.queued } else { &mut self.refused } += 1;
        same("a tell", &self.worker.tell(Job::Work), &expected)
    }

    /// A message over which the worker, which runs and is at rest, ends.
    pub(crate) fn end(&mut self, job: Job) -> Result<(), String> {
        *if job == Job::Crash { &mut self.lost } else { &mut self.handled } += 1;
        same("a tell", &self.worker.tell(job), &Ok(()))
    }

    /// The worker runs, and has handled all there was.
    pub(crate) fn worked(&mut self) {
        self.handled += std::mem::take(&mut self.queued);
    }

    /// The worker has gone for good, and its messages with it.
    pub(crate) fn went(&mut self) {
        self.gone = true;
        self.discarded += std::mem::take(&mut self.queued);
    }

    pub(crate) fn compare(&self) -> Result<(), String> {
        let Self { worker, queued, refused, handled, lost, discarded, .. } = self;
        let seen =
            [worker.ledger.handled(), worker.ledger.lost(), worker.ledger.unseen(), worker.ledger.open()];
        let expected = [*handled, *lost, *discarded + *refused, *queued];
        let what = format!("the messages of {:?} (handled, lost, discarded or refused, queued)", worker.name);
        same(&what, &seen, &expected)
    }
}
