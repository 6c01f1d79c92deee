//! Before a miner works: what it agrees on with the pool, and who it is.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{Admission, Moment, NAME_BYTES, Note, Outcome, Session, WORKERS};
use crate::pool::hex;
use crate::pool::style::Extra;
use crate::pool::vardiff::within;
use crate::pool::wire::{self, Call, Text};

/// The version bits that a miner may roll at this pool: those of BIP 320.
const VERSION_MASK: u32 = 0x1fff_e000;

/// What `mining.configure` says of the extensions it names.
#[derive(Default, Deserialize)]
struct Options<'a> {
    #[serde(rename = "version-rolling.mask", borrow, default)]
    mask: Option<Text<'a>>,
    #[serde(rename = "minimum-difficulty.value", default)]
    minimum: Option<f64>,
}

impl Session {
    pub(super) fn configure(&mut self, call: &Call<'_>, out: &mut Outcome) {
        let asked = call.params::<(Vec<Text<'_>>, Options<'_>)>();
        // The second list may be left out when no extension needs it.
        let (names, options) = asked
            .or_else(|| call.params::<(Vec<Text<'_>>,)>().map(|(names,)| (names, Options::default())))
            .unwrap_or_default();
        let had = self.version_mask;
        let agreed: Vec<_> = names.iter().filter_map(|Text(name)| self.extension(name, &options)).collect();
        wire::result(call.id(), &format!("{{{}}}", agreed.join(",")), &mut out.bytes);
        if self.rules.style.tells_mask() && self.version_mask != had {
            let mask = format!("\"{:08x}\"", self.version_mask);
            wire::notification("mining.set_version_mask", &mask, &mut out.bytes);
        }
    }

    /// What is said of one extension; nothing of one that is not known.
    fn extension(&mut self, name: &str, options: &Options<'_>) -> Option<String> {
        match name {
            "version-rolling" => {
                let asked = options.mask.as_ref().map_or(Some(u32::MAX), |Text(mask)| mask_of(mask));
                self.version_mask = asked.unwrap_or_default() & VERSION_MASK;
                let mask = self.version_mask;
                let line = format!("\"version-rolling\":true,\"version-rolling.mask\":\"{mask:08x}\"");
                Some(if mask == 0 { "\"version-rolling\":false".to_owned() } else { line })
            }
            "minimum-difficulty" => {
                let minimum = options.minimum.filter(|minimum| *minimum >= 0.0);
                let is_taken = self.vardiff.is_some() && minimum.is_some();
                if let Some(minimum) = minimum.filter(|_| is_taken) {
                    self.floor = within(minimum, 0.0);
                    self.start = within(self.start, self.floor);
                }
                Some(format!("\"minimum-difficulty\":{is_taken}"))
            }
            "subscribe-extranonce" => {
                self.takes_extranonces = self.rules.style.renews_extranonces();
                Some(format!("\"subscribe-extranonce\":{}", self.takes_extranonces))
            }
            _ => None,
        }
    }

    pub(super) fn subscribe(&mut self, call: &Call<'_>, at: Moment, out: &mut Outcome) {
        // Whatever stands in the list is fine: a name, a former session, where the miner thinks that it connects to.
        if call.params::<Vec<Value>>().is_none() {
            out.notes.push(Note::Wrong("subscribes with parameters that are no list"));
            return self.rules.style.refuse_subscription(call.id(), &mut out.bytes);
        }
        self.is_subscribed = true;
        let style = self.rules.style;
        let (extranonce1, bytes) = (hex::text(&self.extranonce1()), style.extranonce2_bytes());
        let subscriptions = style.subscriptions(&format!("{:08x}", self.number));
        wire::result(call.id(), &format!("[{subscriptions},\"{extranonce1}\",{bytes}]"), &mut out.bytes);
        self.start(at, out);
    }

    pub(super) fn authorize(&mut self, call: &Call<'_>, at: Moment, out: &mut Outcome) {
        let Some(worker) = self.admitted(call) else {
            out.notes.push(Note::Wrong("asks for a worker that may not mine here"));
            return self.rules.style.refuse_worker(call.id(), &mut out.bytes);
        };
        if !self.workers.contains(&worker) {
            self.workers.push(Arc::clone(&worker));
            out.notes.push(Note::Authorised(worker));
        }
        if self.rules.style.works_first() {
            self.start(at, out);
        }
        wire::result(call.id(), "true", &mut out.bytes);
        self.start(at, out);
    }

    /// The worker that a miner names, when it may mine.
    fn admitted(&self, call: &Call<'_>) -> Option<Arc<str>> {
        let params = call.params::<Vec<Option<Text<'_>>>>()?;
        let at = |index: usize| params.get(index)?.as_ref().map(|Text(text)| text.as_ref());
        let worker = at(0).filter(|worker| (1..=NAME_BYTES).contains(&worker.len()))?;
        let is_admitted = match self.rules.admission {
            Admission::Any => true,
            Admission::Password => at(1) == Some("x"),
            Admission::Worker => {
                worker.split_once('.').is_some_and(|(address, name)| !address.is_empty() && !name.is_empty())
            }
        };
        let has_room = self.workers.len() < WORKERS || self.workers.iter().any(|known| **known == *worker);
        (is_admitted && has_room).then(|| worker.into())
    }

    pub(super) fn suggest(&mut self, call: &Call<'_>, at: Moment, out: &mut Outcome) {
        let suggested = call.params::<(f64,)>().map(|(suggested,)| suggested).filter(|number| *number > 0.0);
        if let (Some(suggested), Some(vardiff)) = (suggested, &mut self.vardiff) {
            let difficulty = within(suggested, self.floor);
            if !self.is_working {
                self.start = difficulty;
            } else if difficulty != self.grades.now() {
                vardiff.restart(at.since_start);
                let next = self.window.as_ref().and_then(|window| window.current()).map(|job| job.number + 1);
                self.grade(next.unwrap_or_default(), difficulty, out);
            }
        }
        self.extra(call, Extra::Suggestion, out);
    }
}

/// A mask as miners write it, with or without the leading zeros.
fn mask_of(text: &str) -> Option<u32> {
    let is_hexadecimal = text.bytes().all(|letter| letter.is_ascii_hexdigit());
    u32::from_str_radix(text, 16).ok().filter(|_| is_hexadecimal)
}
