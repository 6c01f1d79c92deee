//! One miner's side of the pool: what it has agreed on, and the answer to each of its lines.
//!
//! Pure: lines and jobs go in; bytes, records of shares and notes for the log come out.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::books::Record;
use super::grades::Grades;
use super::hex;
use super::job::{EXTRANONCE1_BYTES, Window};
use super::share::Seen;
use super::style::{Extra, Style};
use super::vardiff::{START, Vardiff};
use super::wire::{self, Call};

mod handshake;
mod submit;
#[cfg(test)]
mod tests;

/// Workers that one connection may authorise.
pub(crate) const WORKERS: usize = 256;

/// The letters of a worker's name that count.
const NAME_BYTES: usize = 256;

/// What all connections of a pool have in common.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) style: Style,
    pub(crate) difficulty: Difficulty,
    pub(crate) admission: Admission,
    pub(crate) accept_synthetic: bool,
    /// After so many blocks a miner that asked for it gets another extranonce; 0 for never.
    pub(crate) extranonce_blocks: u32,
}

/// The difficulty that the pool asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Difficulty {
    /// The same for all, whatever they suggest.
    Fixed(f64),
    /// Fitted to each miner by doubling and halving.
    Variable {
        /// The shares that a miner should send.
        shares_per_minute: f64,
    },
}

/// Who may mine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Admission {
    /// Anybody with a name.
    #[default]
    Any,
    /// Whoever gives the password `x`.
    Password,
    /// Whoever calls itself `address.worker`.
    Worker,
}

/// When something happens: on the clock of the connection, which begins with it, and on that of the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) since_start: Duration,
    pub(crate) time: Timestamp,
}

/// What came of some lines or jobs.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// For the miner, once the records are in the books.
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<Record>,
    pub(crate) notes: Vec<Note>,
}

/// What a log should know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// A worker may mine from now on.
    Authorised(Arc<str>),
    /// The miner does what it should not.
    Wrong(&'static str),
}

/// Why the pool hangs up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Farewell(pub(crate) &'static str);

/// What is known of one connection.
pub(crate) struct Session {
    rules: Arc<Rules>,
    number: u32,
    /// How often the extranonce was renewed.
    renewals: u32,
    is_subscribed: bool,
    takes_extranonces: bool,
    is_working: bool,
    version_mask: u32,
    workers: Vec<Arc<str>>,
    /// No lower difficulty, by the miner's own wish.
    floor: f64,
    /// What the first job is told with.
    start: f64,
    grades: Grades,
    vardiff: Option<Vardiff>,
    window: Option<Arc<Window>>,
    /// By job; those of a block that is over are forgotten.
    seen: Vec<(u32, Seen)>,
}

impl Session {
    pub(crate) fn new(number: u32, rules: Arc<Rules>) -> Self {
        let (start, vardiff) = match rules.difficulty {
            Difficulty::Fixed(difficulty) => (difficulty, None),
            Difficulty::Variable { shares_per_minute } => {
                (START, Some(Vardiff::new(shares_per_minute, Duration::ZERO)))
            }
        };
        Self {
            rules,
            number,
            renewals: 0,
            is_subscribed: false,
            takes_extranonces: false,
            is_working: false,
            version_mask: 0,
            workers: Vec::new(),
            floor: 0.0,
            start,
            grades: Grades::default(),
            vardiff,
            window: None,
            seen: Vec::new(),
        }
    }

    /// Whether it has told a miner of a job.
    pub(crate) fn is_working(&self) -> bool {
        self.is_working
    }

    /// Takes one line, without its end.
    pub(crate) fn line(&mut self, line: &[u8], at: Moment, out: &mut Outcome) -> Result<(), Farewell> {
        let line = wire::trimmed(line);
        if line.is_empty() {
            return Ok(());
        }
        let Some(call) = Call::read(line) else {
            out.bytes.extend_from_slice(self.rules.style.last_words().as_bytes());
            return Err(Farewell("sends what is not a JSON object"));
        };
        // An answer to something that the pool asked, or a pong: nothing waits for it.
        let Some(method) = call.method.as_deref().filter(|method| *method != "pong") else { return Ok(()) };
        if call.has_null_id() && !self.rules.style.takes_null_ids() {
            self.rules.style.refuse_null_id(&mut out.bytes);
            return Ok(());
        }
        match method {
            "mining.submit" => self.submit(&call, at, out),
            "mining.configure" => self.configure(&call, out),
            "mining.subscribe" => self.subscribe(&call, at, out),
            "mining.authorize" => self.authorize(&call, at, out),
            "mining.suggest_difficulty" => self.suggest(&call, at, out),
            "mining.extranonce.subscribe" => {
                self.takes_extranonces = self.rules.style.renews_extranonces();
                self.extra(&call, Extra::ExtranonceSubscription, out);
            }
            "mining.ping" => self.extra(&call, Extra::Ping, out),
            "mining.get_transactions" => self.extra(&call, Extra::Transactions, out),
            _ => {
                out.notes.push(Note::Wrong("asks for a method that the pool does not know"));
                self.extra(&call, Extra::Unknown, out);
            }
        }
        Ok(())
    }

    /// Takes the jobs of now, and tells the miner of the last one when it works.
    pub(crate) fn announce(&mut self, window: Arc<Window>, at: Moment, out: &mut Outcome) {
        let first = window.first();
        self.seen.retain(|(job, _)| *job >= first);
        self.grades.forget_before(first);
        let number = window.current().map(|job| job.number).unwrap_or_default();
        let block = window.block;
        let is_clean = self.window.replace(window).is_none_or(|former| former.block != block);
        if !self.is_working {
            return self.start(at, out);
        }
        if let Some(vardiff) = &mut self.vardiff
            && let Some(next) = vardiff.due(at.since_start, self.grades.now(), self.floor)
        {
            self.grade(number, next, out);
        }
        // Only with a new block: no share for an older job can be accepted then, whatever extranonce it has.
        if is_clean && self.takes_extranonces && is_due(block, self.rules.extranonce_blocks) {
            self.renewals += 1;
            let extranonce1 = hex::text(&self.extranonce1());
            let bytes = self.rules.style.extranonce2_bytes();
            wire::notification(
                "mining.set_extranonce",
                &format!("\"{extranonce1}\",{bytes}"),
                &mut out.bytes,
            );
        }
        self.tell(is_clean, out);
    }

    /// Tells a miner that has subscribed and been authorised of its first job.
    fn start(&mut self, at: Moment, out: &mut Outcome) {
        let may_start = self.is_subscribed && !self.workers.is_empty() && !self.is_working;
        if !may_start || self.window.is_none() {
            return;
        }
        self.is_working = true;
        if let Some(vardiff) = &mut self.vardiff {
            vardiff.restart(at.since_start);
        }
        // In force for all jobs: it may mine one that was told to others.
        self.grade(0, self.start, out);
        self.tell(true, out);
    }

    /// Changes the difficulty from this job on.
    fn grade(&mut self, job: u32, difficulty: f64, out: &mut Outcome) {
        self.grades.set(job, difficulty);
        wire::notification("mining.set_difficulty", &difficulty.to_string(), &mut out.bytes);
    }

    fn tell(&self, is_clean: bool, out: &mut Outcome) {
        if let Some(job) = self.window.as_ref().and_then(|window| window.current()) {
            job.tell(is_clean, &mut out.bytes);
        }
    }

    fn extra(&self, call: &Call<'_>, extra: Extra, out: &mut Outcome) {
        self.rules.style.answer_extra(call.id(), extra, &mut out.bytes);
    }

    /// Differs from that of every other connection, and from what this one had before.
    fn extranonce1(&self) -> [u8; EXTRANONCE1_BYTES] {
        let [_, a, b, c] = self.number.to_be_bytes();
        [self.renewals as u8, a, b, c]
    }
}

fn is_due(block: u32, every: u32) -> bool {
    every > 0 && block.is_multiple_of(every)
}

/// As much of a name as is kept.
fn shortened(name: &str, limit: usize) -> &str {
    let end = (0..=limit.min(name.len())).rfind(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or_default()]
}
