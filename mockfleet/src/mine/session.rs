//! A device's side of one connection to a pool: what it says, what it was told, and what became of each share.
//!
//! Pure: lines and times go in; bytes and events come out. It says configure, subscribe and authorize in one go, and
//! numbers its requests from 1 on, as the Bitaxe firmware does. A difficulty counts from the next job on.

use std::collections::VecDeque;

use super::said::Said;
use super::share::{Draft, Share};
use crate::pool::Work;
use crate::pool::hex;
use crate::pool::session::Farewell;

#[cfg(test)]
mod tests;

/// The requests of the handshake.
const CONFIGURE: u64 = 1;
const SUBSCRIBE: u64 = 2;
const AUTHORIZE: u64 = 3;

/// Shares without an answer. While there are so many, no other is sent: nothing is to be lost.
const UNANSWERED: usize = 64;

/// A pool has no more room for the miner's own part of the extranonce than this, as far as a device cares.
const EXTRANONCE2_BYTES: usize = 32;

/// What a pool that said nothing of it asks for.
const DIFFICULTY: f64 = 1.0;

/// How a device introduces itself. Has no `Debug`: there is a password in it.
pub(crate) struct Login {
    pub(crate) agent: Box<str>,
    pub(crate) user: Box<str>,
    pub(crate) password: Box<str>,
    /// 0 is no suggestion.
    pub(crate) suggested_difficulty: u32,
    pub(crate) subscribes_to_extranonces: bool,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    /// The pool lets it mine.
    Authorised,
    /// There is another job, or another difficulty.
    Retold { difficulty: f64 },
    /// A share is in the pool's books.
    Accepted { difficulty: f64, after_ms: u64 },
    /// A share is not, and why.
    Rejected { reason: String, after_ms: u64 },
}

pub(crate) struct Session {
    login: Login,
    is_authorised: bool,
    /// None until the pool has answered the subscription.
    extranonce: Option<(Vec<u8>, usize)>,
    version_mask: u32,
    /// For the next job.
    difficulty: f64,
    job: Option<(Work, f64)>,
    next_id: u64,
    shares: u64,
    unanswered: VecDeque<Unanswered>,
}

struct Unanswered {
    id: u64,
    sent_ms: u64,
    difficulty: f64,
}

impl Session {
    pub(crate) fn new(login: Login) -> Self {
        Self {
            login,
            is_authorised: false,
            extranonce: None,
            version_mask: 0,
            difficulty: DIFFICULTY,
            job: None,
            next_id: AUTHORIZE + 1,
            shares: 0,
            unanswered: VecDeque::new(),
        }
    }

    /// The first that it says.
    pub(crate) fn greet(&self, out: &mut Vec<u8>) {
        let Login { agent, user, password, .. } = &self.login;
        let mask = "[[\"version-rolling\"],{\"version-rolling.mask\":\"ffffffff\"}]";
        request(CONFIGURE, "mining.configure", mask, out);
        request(SUBSCRIBE, "mining.subscribe", &format!("[{}]", text(agent)), out);
        request(AUTHORIZE, "mining.authorize", &format!("[{},{}]", text(user), text(password)), out);
    }

    /// Takes one line of the pool.
    ///
    /// # Errors
    /// Why the device hangs up.
    pub(crate) fn line(
        &mut self,
        line: &[u8],
        now_ms: u64,
        out: &mut Vec<u8>,
        events: &mut Vec<Event>,
    ) -> Result<(), Farewell> {
        // What is no JSON is overheard, as the firmware does.
        let Some(said) = Said::read(line.trim_ascii()) else { return Ok(()) };
        match said.method.as_deref() {
            Some(method) => self.told(method, &said, out, events),
            None => self.answered(&said, now_ms, out, events),
        }
    }

    fn told(
        &mut self,
        method: &str,
        said: &Said<'_>,
        out: &mut Vec<u8>,
        events: &mut Vec<Event>,
    ) -> Result<(), Farewell> {
        match method {
            "mining.notify" => {
                if let Some(work) = said.raw_params().and_then(Work::from_notify) {
                    self.job = Some((work, self.difficulty));
                    events.push(Event::Retold { difficulty: self.difficulty });
                }
            }
            "mining.set_difficulty" => {
                let told = said.params::<(f64,)>().map(|(difficulty,)| difficulty);
                if let Some(difficulty) =
                    told.filter(|difficulty| difficulty.is_finite() && *difficulty > 0.0)
                {
                    self.difficulty = difficulty;
                }
            }
            "mining.set_version_mask" => {
                if let Some(mask) = said.params::<(String,)>().and_then(|(mask,)| hex::word(&mask)) {
                    self.version_mask = mask;
                }
            }
            "mining.set_extranonce" => {
                let told = said.params::<(String, usize)>();
                if let Some(extranonce) = told.and_then(|(prefix, bytes)| extranonce(&prefix, bytes)) {
                    self.extranonce = Some(extranonce);
                }
            }
            "mining.ping" => {
                answer(&format!("{{\"id\":{},\"method\":\"pong\",\"params\":[]}}", said.id()), out);
            }
            "client.get_version" => {
                let (id, agent) = (said.id(), text(&self.login.agent));
                answer(&format!("{{\"id\":{id},\"result\":{agent},\"error\":null}}"), out);
            }
            // To its own pool again, whatever the pool names.
            "client.reconnect" => return Err(Farewell("was told to connect anew")),
            _ => {}
        }
        Ok(())
    }

    fn answered(
        &mut self,
        said: &Said<'_>,
        now_ms: u64,
        out: &mut Vec<u8>,
        events: &mut Vec<Event>,
    ) -> Result<(), Farewell> {
        match said.answers() {
            Some(CONFIGURE) => {
                let agreed = said.result::<serde_json::Value>();
                let mask = agreed.as_ref().and_then(|agreed| agreed.get("version-rolling.mask")?.as_str());
                self.version_mask = mask.and_then(hex::word).unwrap_or(0);
            }
            Some(SUBSCRIBE) => {
                let told = said.result::<(serde_json::Value, String, usize)>();
                let agreed = told.and_then(|(_, prefix, bytes)| extranonce(&prefix, bytes));
                self.extranonce = Some(agreed.ok_or(Farewell("was not subscribed"))?);
            }
            Some(AUTHORIZE) if said.verdict().is_ok() => {
                self.is_authorised = true;
                self.ask_for_more(out);
                events.push(Event::Authorised);
            }
            Some(AUTHORIZE) => return Err(Farewell("was not authorised")),
            Some(id) => {
                let Some(which) = self.unanswered.iter().position(|share| share.id == id) else {
                    return Ok(());
                };
                let Some(share) = self.unanswered.remove(which) else { return Ok(()) };
                let after_ms = now_ms.saturating_sub(share.sent_ms);
                events.push(match said.verdict() {
                    Ok(()) => Event::Accepted { difficulty: share.difficulty, after_ms },
                    Err(reason) => Event::Rejected { reason, after_ms },
                });
            }
            None => {}
        }
        Ok(())
    }

    /// What it asks of a pool that lets it mine.
    fn ask_for_more(&mut self, out: &mut Vec<u8>) {
        let Login { suggested_difficulty, subscribes_to_extranonces, .. } = self.login;
        if suggested_difficulty > 0 {
            let id = self.take_id();
            request(id, "mining.suggest_difficulty", &format!("[{suggested_difficulty}]"), out);
        }
        if subscribes_to_extranonces {
            let id = self.take_id();
            request(id, "mining.extranonce.subscribe", "[]", out);
        }
    }

    fn take_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// The difficulty of the work that it has, once it may mine.
    pub(crate) fn mines_at(&self) -> Option<f64> {
        let may_mine = self.is_authorised && self.extranonce.is_some() && self.unanswered.len() < UNANSWERED;
        self.job.as_ref().filter(|_| may_mine).map(|(_, difficulty)| *difficulty)
    }

    /// The next share, but for the nonce.
    pub(crate) fn draft(&mut self) -> Option<Draft> {
        self.mines_at()?;
        let ((work, difficulty), (prefix, bytes)) = (self.job.as_ref()?, self.extranonce.as_ref()?);
        self.shares += 1;
        Some(Draft::new(work, prefix, *bytes, self.version_mask, self.shares, *difficulty))
    }

    /// Sends a share that is worth so much.
    pub(crate) fn submit(&mut self, share: &Share, worth: f64, now_ms: u64, out: &mut Vec<u8>) {
        let id = self.take_id();
        let Share { job, extranonce2, ntime, nonce, version_bits, .. } = share;
        let (user, job, extranonce2) = (text(&self.login.user), text(job), hex::text(extranonce2));
        let params = format!(
            "[{user},{job},\"{extranonce2}\",\"{ntime:08x}\",\"{nonce:08x}\",\"{version_bits:08x}\"]"
        );
        request(id, "mining.submit", &params, out);
        self.unanswered.push_back(Unanswered { id, sent_ms: now_ms, difficulty: worth });
    }
}

fn extranonce(prefix: &str, bytes: usize) -> Option<(Vec<u8>, usize)> {
    Some((hex::bytes(prefix)?, bytes.min(EXTRANONCE2_BYTES)))
}

/// A text in JSON.
fn text(plain: &str) -> String {
    serde_json::Value::from(plain).to_string()
}

fn request(id: u64, method: &str, params: &str, out: &mut Vec<u8>) {
    answer(&format!("{{\"id\":{id},\"method\":\"{method}\",\"params\":{params}}}"), out);
}

fn answer(line: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(line.as_bytes());
    out.push(b'\n');
}
