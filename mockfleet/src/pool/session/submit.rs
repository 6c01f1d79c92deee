//! A share comes in: it is judged, credited, recorded and answered.

use std::sync::Arc;

use super::{Moment, NAME_BYTES, Note, Outcome, Session, shortened};
use crate::pool::books::Record;
use crate::pool::hex;
use crate::pool::share::{self, Credit, Reason, Refused, Seen, Share, Terms};
use crate::pool::wire::{self, Call, Text};

/// The letters of a job's id that are recorded.
const JOB_BYTES: usize = 32;

impl Session {
    pub(super) fn submit(&mut self, call: &Call<'_>, at: Moment, out: &mut Outcome) {
        let params = call.params::<Vec<Text<'_>>>().unwrap_or_default();
        let text = |index: usize| params.get(index).map(|Text(text)| text.as_ref());
        let (worker, job) = (text(0).unwrap_or_default(), text(1).unwrap_or_default());
        let share = || {
            let version_bits = match text(5) {
                Some(bits) => Some(hex::word(bits)?),
                None => None,
            };
            Some(Share {
                extranonce2: hex::bytes(text(2)?)?,
                ntime: hex::word(text(3)?)?,
                nonce: hex::word(text(4)?)?,
                version_bits,
            })
        };
        let (difficulty, outcome) = self.judged(worker, job, share());
        let (share_difficulty, synthetic, reason) = match outcome {
            Ok(Credit::Real(share_difficulty)) => (Some(share_difficulty), false, None),
            Ok(Credit::Synthetic) => (None, true, None),
            Err(Refused { reason, share_difficulty }) => (share_difficulty, false, Some(reason)),
        };
        out.records.push(Record {
            time: at.time,
            connection: self.number,
            worker: self.named(worker),
            job: shortened(job, JOB_BYTES).into(),
            difficulty,
            share_difficulty,
            synthetic,
            reason,
        });
        self.reply(call, reason, out);
    }

    /// The difficulty in force, and what comes of the share.
    fn judged(
        &mut self,
        worker: &str,
        job: &str,
        share: Option<Share>,
    ) -> (Option<f64>, Result<Credit, Refused>) {
        let window = match self.admit(worker, share.is_some()) {
            Ok(window) => window,
            Err(reason) => return (None, Err(reason.into())),
        };
        let (job, share) = match (share::job(&window, job), share) {
            (Ok(job), Some(share)) => (job, share),
            (Err(reason), _) => return (None, Err(reason.into())),
            (Ok(_), None) => return (None, Err(Reason::Malformed.into())),
        };
        let difficulty = self.grades.at(job.number);
        let terms = Terms {
            extranonce1: &self.extranonce1(),
            extranonce2_bytes: self.rules.style.extranonce2_bytes(),
            version_mask: self.version_mask,
            difficulty,
            accept_synthetic: self.rules.accept_synthetic,
        };
        (Some(difficulty), share::judge(&share, job, &terms, self.seen_of(job.number)))
    }

    /// The jobs of now, for a miner that may send shares.
    fn admit(&self, worker: &str, is_share: bool) -> Result<Arc<super::Window>, Reason> {
        if !is_share {
            return Err(Reason::Malformed);
        }
        if !self.is_subscribed {
            return Err(Reason::NotSubscribed);
        }
        if !self.workers.iter().any(|known| **known == *worker) {
            return Err(Reason::Unauthorised);
        }
        self.window.clone().ok_or(Reason::JobUnknown)
    }

    fn seen_of(&mut self, job: u32) -> &mut Seen {
        let known = self.seen.iter().position(|(number, _)| *number == job);
        let index = known.unwrap_or_else(|| {
            self.seen.push((job, Seen::default()));
            self.seen.len() - 1
        });
        &mut self.seen[index].1
    }

    /// The name that this connection keeps already, or a copy.
    fn named(&self, worker: &str) -> Arc<str> {
        let known = self.workers.iter().find(|known| ***known == *worker);
        known.map_or_else(|| shortened(worker, NAME_BYTES).into(), Arc::clone)
    }

    fn reply(&mut self, call: &Call<'_>, reason: Option<Reason>, out: &mut Outcome) {
        let Some(reason) = reason else {
            if let Some(vardiff) = &mut self.vardiff {
                vardiff.share();
            }
            return wire::result(call.id(), "true", &mut out.bytes);
        };
        let wrong = match reason {
            Reason::Malformed => Some("sends a share that cannot be read"),
            Reason::NotSubscribed => Some("sends a share before it has subscribed"),
            Reason::Unauthorised => Some("sends a share of a worker that is not authorised"),
            Reason::JobUnknown => Some("sends a share of a job that there never was"),
            Reason::VersionMask => Some("rolls version bits that were not agreed on"),
            // The rest happens to the best of miners.
            Reason::Stale | Reason::NtimeOutOfRange | Reason::AboveTarget | Reason::Duplicate => None,
        };
        out.notes.extend(wrong.map(Note::Wrong));
        self.rules.style.refuse(call.id(), reason, &mut out.bytes);
    }
}
