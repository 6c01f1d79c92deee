//! `PATCH /api/system`: what each firmware makes of a body, from the crash of the oldest to the checks of the newest.
//!
//! | firmware | a key that is missing | a value of a wrong type or range | a body that is no JSON |
//! | --- | --- | --- | --- |
//! | ESP-Miner 2.0 | it crashes | it crashes over a text, takes 0 for a number | it crashes |
//! | 2.1 to 2.5, NerdQAxe before 1.0.30 | is left alone | the same | 200 |
//! | 2.6 to 2.10 | is left alone | a text is left alone, a number is taken | 200 |
//! | 2.11 on | is left alone | 400, and nothing is applied | 400 |
//! | NerdQAxe 1.0.30 on | is left alone | is left alone | 400 |

use serde_json::Value;

use super::firmware::{Family, Firmware};
use super::json::{Style, document};
use super::nvs::{Key, Nvs};
use super::pool::Pool;
use super::reply::{Changes, Effect, HTML, Reply};
use rules::{Part, RULES, Rule, Takes, To};

pub(crate) mod pools;
mod rules;
#[cfg(test)]
mod tests;

/// A body of this length or more is not read.
pub(crate) const BODY_BYTES: usize = 10_240;

const WRONG: &str = "Wrong API input";
pub(crate) const INVALID: &str = "Invalid JSON";
pub(crate) const TOO_LONG: &str = "content too long";

/// The displays that a device can be told to have, by the names of ESP-Miner 2.15.
const DISPLAYS: [&str; 5] =
    ["NONE", "SSD1306 (128x32)", "SSD1309 (128x64)", "SH1107 (64x128)", "SH1107 (128x128)"];

/// Takes a patch, and tells the device's answer.
pub(crate) fn patch(firmware: Firmware, nvs: &mut Nvs, body: &[u8]) -> Reply {
    if body.len() >= BODY_BYTES {
        return Reply::error(500, TOO_LONG).of_api(firmware);
    }
    let value = read(body);
    let reply = match manner(firmware) {
        Manner::All => take_all(firmware, nvs, value.as_ref()),
        Manner::Loose { nulls } => take_loosely(firmware, nvs, value.as_ref(), nulls),
        Manner::Checked => take_checked(firmware, nvs, value.as_ref()),
        Manner::Typed => take_typed(firmware, nvs, value.as_ref()),
    };
    reply.of_api(firmware)
}

/// The first JSON value of a body. What follows it is of no interest to either parser.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    serde_json::Deserializer::from_slice(body).into_iter().next()?.ok()
}

/// How a firmware reads a patch.
enum Manner {
    All,
    /// With `nulls`, a text of a wrong type is a null pointer that somebody follows.
    Loose {
        nulls: bool,
    },
    Checked,
    Typed,
}

fn manner(firmware: Firmware) -> Manner {
    match (firmware.family, firmware.version) {
        (Family::NerdQaxe, _) if firmware.has_arduino_json() => Manner::Typed,
        (Family::NerdQaxe, _) => Manner::Loose { nulls: true },
        (Family::EspMiner, version) if version < (2, 1, 0) => Manner::All,
        (Family::EspMiner, version) if version < (2, 11, 0) => Manner::Loose { nulls: version < (2, 6, 0) },
        (Family::EspMiner, _) => Manner::Checked,
    }
}

fn rules(firmware: Firmware) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.holds(firmware.family, firmware.version))
}

/// cJSON finds a member whatever its case.
pub(super) fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_object()?;
    members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn take_all(firmware: Firmware, nvs: &mut Nvs, value: Option<&Value>) -> Reply {
    let is_there = |rule: &Rule| value.is_some_and(|value| find(value, rule.name).is_some());
    if !rules(firmware).filter(|rule| rule.is_required_by_2_0()).all(is_there) {
        return Reply::crash();
    }
    take_loosely(firmware, nvs, value, true)
}

fn take_loosely(firmware: Firmware, nvs: &mut Nvs, value: Option<&Value>, nulls: bool) -> Reply {
    let mut changes = None;
    for rule in rules(firmware) {
        let Some(item) = value.and_then(|value| find(value, rule.name)) else { continue };
        let taken = match rule.takes {
            Takes::Text(..) | Takes::Display | Takes::Protocol if item.is_string() => Some(item.clone()),
            Takes::Text(..) | Takes::Display | Takes::Protocol if nulls => return Reply::crash(),
            Takes::Text(..) | Takes::Display | Takes::Protocol => None,
            _ if !nulls && is_power(rule) && whole(item) <= 0.0 => None,
            Takes::Whole(low, _) if low < 0.0 => Some(whole(item).into()),
            _ => Some(f64::from(whole(item) as i64 as u16).into()),
        };
        if let Some(taken) = taken {
            store(rule, &taken, nvs, &mut changes);
        }
    }
    answered(changes)
}

/// The settings that 2.6 began to look at: none of them may be 0.
fn is_power(rule: &Rule) -> bool {
    matches!(rule.to, To::Setting(Key::FrequencyMhz | Key::CoreVoltageMv))
}

/// What cJSON has for an integer in a value of any type.
fn whole(value: &Value) -> f64 {
    match value {
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        _ => value.as_f64().unwrap_or_default().trunc().clamp(f64::from(i32::MIN), f64::from(i32::MAX)),
    }
}

fn take_checked(firmware: Firmware, nvs: &mut Nvs, value: Option<&Value>) -> Reply {
    let Some(value) = value else { return Reply::error(400, INVALID) };
    let items = || rules(firmware).filter_map(|rule| Some((rule, find(value, rule.name)?)));
    let has_pools = firmware.is_esp_miner_from((2, 15, 0));
    let Some(pools) = (if has_pools { pools::of_patch(value, nvs) } else { Some(Vec::new()) }) else {
        return Reply::error(400, WRONG);
    };
    if !items().all(|(rule, item)| is_in_range(rule.takes, item)) {
        return Reply::error(400, WRONG);
    }
    let hostname_was = nvs.text(Key::Hostname).to_owned();
    let mut changes = None;
    items().for_each(|(rule, item)| store(rule, item, nvs, &mut changes));
    for (slot, pool) in pools {
        nvs.set_pool(slot, Some(pool));
        note(&mut changes, Changes { pool: true, ..Changes::default() });
    }
    if has_pools {
        normalize_hostname(nvs);
        if nvs.text(Key::Hostname) != hostname_was {
            return Reply { then: changes.map(Effect::Apply), ..redirect(firmware, nvs) };
        }
    }
    answered(changes)
}

fn is_in_range(takes: Takes, item: &Value) -> bool {
    let number_in = |low: f64, high: f64, number: f64| item.is_number() && (low..=high).contains(&number);
    match takes {
        Takes::Text(low, high) => item.as_str().is_some_and(|text| (low..=high).contains(&text.len())),
        Takes::Whole(low, high) => number_in(low, high, whole(item)),
        Takes::Fraction(low, high) => number_in(low, high, item.as_f64().unwrap_or_default()),
        Takes::Flag => (item.is_number() || item.is_boolean()) && (0.0..=1.0).contains(&whole(item)),
        Takes::OneOf(values) => item.is_number() && values.contains(&whole(item)),
        Takes::Display => item.as_str().is_some_and(|text| DISPLAYS.contains(&text)),
        Takes::Protocol => item.as_str().is_some_and(|text| pools::is_v2(text).is_some()),
    }
}

/// A name on the network: what may not stand in one becomes a hyphen.
fn normalize_hostname(nvs: &mut Nvs) {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = nvs.text(Key::Hostname).chars().map(allowed).collect();
    if name != nvs.text(Key::Hostname) {
        nvs.set_text(Key::Hostname, &name);
    }
}

/// JSON under the content type of a page, as 2.15 sends it: nobody has told it another.
fn redirect(firmware: Firmware, nvs: &Nvs) -> Reply {
    let body = document(Style::of(firmware), |json| {
        json.key("status").text("success");
        json.key("redirect").object(|json| {
            json.key("url").text(&format!("http://{}.local", nvs.text(Key::Hostname)));
            json.key("delay").number(2_000);
            json.key("message").text("Hostname updated. Redirecting to new address...");
        });
    });
    Reply::ok(HTML, body)
}

fn take_typed(firmware: Firmware, nvs: &mut Nvs, value: Option<&Value>) -> Reply {
    let Some(value) = value else { return Reply::error(400, INVALID) };
    let mut changes = None;
    for rule in rules(firmware) {
        if let Some(item) = value.get(rule.name).filter(|item| has_type(rule, item)) {
            store(rule, item, nvs, &mut changes);
        }
    }
    answered(changes)
}

/// ArduinoJson's `is`: a fraction is no integer, a number is no boolean.
fn has_type(rule: &Rule, item: &Value) -> bool {
    match rule.takes {
        Takes::Text(_, high) => item.as_str().is_some_and(|text| text.len() <= high),
        Takes::Whole(low, high) => {
            item.as_i64().is_some_and(|number| (low..=high).contains(&(number as f64)))
        }
        Takes::Flag => item.is_boolean() || (rule.name == "stratum_keep" && item.is_i64()),
        takes => is_in_range(takes, item),
    }
}

/// Keeps a value that was found to be good.
fn store(rule: &Rule, item: &Value, nvs: &mut Nvs, changes: &mut Option<Changes>) {
    match (rule.to, item.as_str()) {
        (To::Setting(key), Some(text)) => nvs.set_text(key, text),
        (To::Setting(key), None) => nvs.set_number(key, number(rule.takes, item)),
        (To::Pool(slot, part), _) => {
            nvs.change_pool(slot, |pool| change(pool, part, item));
        }
    }
    note(changes, touched(rule.to));
}

fn number(takes: Takes, item: &Value) -> f64 {
    match takes {
        Takes::Fraction(..) => f64::from(item.as_f64().unwrap_or_default() as f32),
        Takes::Flag => f64::from(u8::from(whole(item) != 0.0)),
        _ => whole(item),
    }
}

fn change(pool: &mut Pool, part: Part, item: &Value) {
    let text = item.as_str().unwrap_or_default();
    let short_enough = text.len() < super::nvs::TEXT_BYTES;
    match part {
        Part::Port => pool.port = whole(item) as u16,
        Part::Difficulty => pool.suggested_difficulty = whole(item) as u32,
        Part::Extranonce => pool.extranonce_subscribe = whole(item) != 0.0,
        Part::Tls => pool.tls = whole(item) as u16,
        Part::DecodeCoinbase => pool.decode_coinbase = whole(item) != 0.0,
        Part::Protocol => pool.is_v2 = pools::is_v2(text).unwrap_or_default(),
        _ if !short_enough => {}
        Part::Url => pool.url = text.to_owned().into(),
        Part::User => pool.user = text.to_owned().into(),
        Part::Password => pool.password = text.to_owned().into(),
        Part::Cert => pool.cert = text.to_owned().into(),
        Part::AuthorityPubkey => pool.v2_authority_pubkey = text.to_owned().into(),
        Part::ChannelType => pool.v2_channel_type = text.to_owned().into(),
    }
}

/// What a setting is for.
fn touched(to: To) -> Changes {
    let none = Changes::default();
    let To::Setting(key) = to else { return Changes { pool: true, ..none } };
    match key {
        Key::StatsPeriodSeconds | Key::StatsLimit | Key::StatsDuration => {
            Changes { statistics: true, ..none }
        }
        Key::PrimarySlot | Key::SecondarySlot | Key::UseFallback => Changes { pool: true, ..none },
        Key::PoolMode | Key::PoolBalance | Key::PoolDifficulty => Changes { pool: true, ..none },
        Key::Ssid | Key::WifiPassword | Key::Hostname => Changes { at_boot: true, ..none },
        Key::Display | Key::FlipScreen | Key::InvertScreen | Key::RotationDegrees => none,
        Key::DisplayTimeoutMinutes | Key::AutoScreenOff | Key::CustomPage => none,
        _ => Changes { live: true, ..none },
    }
}

fn note(changes: &mut Option<Changes>, more: Changes) {
    *changes = Some(changes.unwrap_or_default().and(more));
}

fn answered(changes: Option<Changes>) -> Reply {
    Reply { then: changes.map(Effect::Apply), ..Reply::done() }
}
