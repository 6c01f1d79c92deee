//! Faults as they are written: as JSON in a request, as words in a setting. Both are read as the same fields.
//!
//! ```text
//! {"fault":"slow","delay_ms":3000,"miners":["mockaxe1","mockaxe7"],"for_seconds":60}
//! slow delay_ms=3000 miners=mockaxe1,mockaxe7 for_seconds=60
//! ```

use std::str::FromStr;

use serde_json::{Map, Value};

use super::fields::{Fields, Flaw, required};
use super::target::{Group, Target};
use super::{Affliction, FAULTS, Fault};

/// The longest delay: whoever asked has given up long before.
const DELAY_MS: u64 = 600_000;

/// How often a device may restart; a boot takes it up to 12 s.
const EVERY_SECONDS: std::ops::RangeInclusive<u64> = 10..=86_400;

/// Ten years.
const SKEW_SECONDS: i64 = 315_360_000;

/// A month.
const FOR_SECONDS: u64 = 2_678_400;

/// Names or patterns of miners that one fault may list.
const NAMES: usize = 256;

const TEXT_BYTES: usize = 128;

const KNOWN: &str = "slow, half-answer, bad-json, html, status-500, reset, black-hole, frozen-hashrate, \
                     lying-hashrate, silent-miner, foreign-pool, reboot-loop, overheat, clock-skew, changed-ip \
                     or duplicate-mac";

/// Where a foreign pool is unless it is said: names that nobody has.
const FOREIGN_URL: &str = "pool.example";
const FOREIGN_PORT: u16 = 3_333;
const FOREIGN_USER: &str = "stranger.worker";

/// Reads the body of a request: `{"faults":[...]}`.
///
/// # Errors
/// It is not that, or one of them is no fault: which field is wrong and how.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Affliction>, Flaw> {
    let mut document: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| Flaw::new("the body", format!("is not a JSON object: {error}")))?;
    let list = match document.remove("faults") {
        Some(Value::Array(list)) if list.len() <= FAULTS => list,
        Some(Value::Array(list)) => {
            return Err(Flaw::new("faults", format!("has {}, it may have {FAULTS}", list.len())));
        }
        Some(_) => return Err(Flaw::new("faults", "must be a list")),
        None => return Err(Flaw::new("faults", "is missing, give one such as [{\"fault\":\"reset\"}]")),
    };
    Fields::new(document).end("this body")?;
    list.into_iter().enumerate().map(|(nth, fault)| element(nth, fault)).collect()
}

fn element(nth: usize, fault: Value) -> Result<Affliction, Flaw> {
    let path = format!("faults[{nth}]");
    match fault {
        Value::Object(fields) => affliction(fields).map_err(|flaw| flaw.inside(&path)),
        _ => Err(Flaw::new(&path, "must be an object such as {\"fault\":\"reset\"}")),
    }
}

impl FromStr for Affliction {
    type Err = Flaw;

    /// Reads words: the fault, then its fields, lists with commas.
    fn from_str(text: &str) -> Result<Self, Flaw> {
        let mut words = text.split_whitespace();
        let name = words.next().ok_or_else(|| Flaw::new("fault", format!("is missing, write {KNOWN}")))?;
        let mut fields = Map::from_iter([("fault".to_owned(), Value::from(name))]);
        for word in words {
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| Flaw::new(word, "is not a field with a value, such as share=0.05"))?;
            if fields.insert(name.to_owned(), value_of(name, value)).is_some() {
                return Err(Flaw::new(name, "is given twice, give it once"));
            }
        }
        affliction(fields)
    }
}

/// What a word means: only texts and lists of them cannot be numbers.
fn value_of(name: &str, text: &str) -> Value {
    match name {
        "miners" => text.split(',').map(Value::from).collect(),
        "url" | "user" | "of" | "group" => text.into(),
        _ => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
    }
}

fn affliction(fields: Map<String, Value>) -> Result<Affliction, Flaw> {
    let mut fields = Fields::new(fields);
    let name = required(fields.text("fault", TEXT_BYTES), "fault", "\"reset\"")?;
    let fault = fault(&name, &mut fields)?;
    let target = target(&mut fields)?;
    let for_seconds = fields.whole("for_seconds", 1..=FOR_SECONDS)?;
    let probability =
        if fault.strikes_requests() { fields.number("probability", is_share, SHARE)? } else { None };
    fields.end(&name)?;
    Ok(Affliction { fault, target, for_seconds, probability })
}

const SHARE: &str = "a number above 0 and up to 1";

fn is_share(number: f64) -> bool {
    number > 0.0 && number <= 1.0
}

fn target(fields: &mut Fields) -> Result<Target, Flaw> {
    let groups = "legacy or new, esp-miner or nerdqaxe, or a firmware such as esp-miner@2.9.0";
    Ok(Target {
        miners: fields.texts("miners", NAMES, TEXT_BYTES)?,
        group: fields.parsed::<Group>("group", groups)?,
        share: fields.number("share", is_share, SHARE)?,
    })
}

fn fault(name: &str, fields: &mut Fields) -> Result<Fault, Flaw> {
    Ok(match name {
        "slow" => {
            let delay_ms = fields.whole("delay_ms", 1..=DELAY_MS);
            Fault::Slow { delay_ms: required(delay_ms, "delay_ms", "3000")? }
        }
        "half-answer" => Fault::HalfAnswer,
        "bad-json" => Fault::BadJson,
        "html" => Fault::Html,
        "status-500" => Fault::Status500,
        "reset" => Fault::Reset,
        "black-hole" => Fault::BlackHole,
        "frozen-hashrate" => Fault::FrozenHashrate,
        "lying-hashrate" => {
            let is_good = |factor| (0.0..=1_000.0).contains(&factor);
            let factor = fields.number("factor", is_good, "a number from 0 to 1000");
            Fault::LyingHashrate { factor: required(factor, "factor", "1.5")? }
        }
        "silent-miner" => Fault::SilentMiner,
        "foreign-pool" => Fault::ForeignPool {
            url: fields.text("url", TEXT_BYTES)?.unwrap_or_else(|| FOREIGN_URL.to_owned()),
            port: fields.whole("port", 1..=u16::MAX)?.unwrap_or(FOREIGN_PORT),
            user: fields.text("user", TEXT_BYTES)?.unwrap_or_else(|| FOREIGN_USER.to_owned()),
        },
        "reboot-loop" => {
            let every_seconds = fields.whole("every_seconds", EVERY_SECONDS);
            Fault::RebootLoop { every_seconds: required(every_seconds, "every_seconds", "60")? }
        }
        "overheat" => Fault::Overheat,
        "clock-skew" => {
            let seconds = fields.whole("seconds", -SKEW_SECONDS..=SKEW_SECONDS);
            Fault::ClockSkew { seconds: required(seconds, "seconds", "-3600")? }
        }
        "changed-ip" => Fault::ChangedIp,
        "duplicate-mac" => Fault::DuplicateMac { of: fields.text("of", TEXT_BYTES)? },
        _ => return Err(Flaw::new("fault", format!("is {name:?}, it must be {KNOWN}"))),
    })
}

impl Fault {
    /// Whether it strikes one request or another, so that it may do so by chance.
    fn strikes_requests(&self) -> bool {
        matches!(
            self,
            Self::Slow { .. }
                | Self::HalfAnswer
                | Self::BadJson
                | Self::Html
                | Self::Status500
                | Self::Reset
                | Self::BlackHole
        )
    }
}
