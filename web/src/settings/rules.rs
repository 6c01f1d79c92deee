//! What each setting accepts: one row per setting, in the order in which they are shown.
//! A rule says how a text from the environment or a flag is read, and why a value is refused.
//! Pure: it knows neither files nor variables.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;

use figment::value::{Num, Value};
use shiftboss_kernel::Fault;
use shiftboss_mockfleet::{Affliction, is_near};

mod faults;
mod ports;

/// What one setting accepts.
#[derive(Debug)]
pub(super) enum Rule {
    /// `true` or `false`; from a text also `1` or `0`.
    Flag,
    /// A whole number within limits.
    Whole(RangeInclusive<u128>),
    /// A number, whole or not, within limits; or 0.
    Number(RangeInclusive<f64>),
    /// One of these words.
    Word(&'static [&'static str]),
    /// An IP address.
    Ip,
    /// An IPv4 address, or nothing.
    FirstAddress,
    /// An IP address and a port.
    Address,
    /// Such a one on this machine or a private network, or nothing.
    NearAddress,
    /// Port numbers, each once; from a text separated by commas.
    Ports,
    /// An `http://` address, or nothing.
    Url,
    /// Faults of actors on purpose; from a text separated by semicolons.
    Faults,
    /// Faults of mock miners; from a text separated by semicolons.
    Afflictions,
    /// The path of a directory.
    Path,
    /// The path of a file, or nothing.
    File,
}

const INTERVAL_MS: Rule = Rule::Whole(100..=3_600_000);
const TIMEOUT_MS: Rule = Rule::Whole(50..=3_600_000);
/// An arbiter beats once a second: a shorter silence than two of these is no sign of anything.
const SILENCE_MS: Rule = Rule::Whole(2_000..=3_600_000);
const SECONDS: Rule = Rule::Whole(1..=86_400);
const THREADS: Rule = Rule::Whole(1..=64);
// A TOML integer has 63 bits and a sign.
const SEED: Rule = Rule::Whole(0..=i64::MAX as u128);

/// Every setting with its rule.
pub(super) const RULES: &[(&str, Rule)] = &[
    ("data_dir", Rule::Path),
    ("web.listen", Rule::Address),
    ("web.workers", THREADS),
    ("web.body_limit_bytes", Rule::Whole(1_024..=67_108_864)),
    ("web.compat_metrics", Rule::Flag),
    ("farm.poll_interval_ms", INTERVAL_MS),
    ("farm.poll_timeout_ms", TIMEOUT_MS),
    ("farm.backoff_max_ms", INTERVAL_MS),
    ("farm.body_limit_bytes", Rule::Whole(1_024..=16_777_216)),
    ("farm.auto_listen", Rule::Flag),
    ("farm.delete_data_on_device_remove", Rule::Flag),
    ("farm.arbiters", THREADS),
    ("farm.flush_interval_ms", INTERVAL_MS),
    ("farm.escalate_percent", Rule::Whole(1..=100)),
    ("discovery.listing_url", Rule::Url),
    ("discovery.service_url", Rule::Url),
    ("discovery.timeout_ms", TIMEOUT_MS),
    ("discovery.concurrency", Rule::Whole(1..=1_024)),
    ("mockfleet.listen_host", Rule::Ip),
    ("mockfleet.count", Rule::Whole(1..=50_000)),
    ("mockfleet.base_port", Rule::Whole(1..=65_535)),
    ("mockfleet.ports", Rule::Ports),
    ("mockfleet.addresses", Rule::FirstAddress),
    ("mockfleet.port", Rule::Whole(1..=65_535)),
    ("mockfleet.fidelity", Rule::Word(&["seed", "device"])),
    ("mockfleet.listing_port", Rule::Whole(0..=65_535)),
    ("mockfleet.seed", SEED),
    ("mockfleet.logs", Rule::Flag),
    ("mockfleet.mine", Rule::Flag),
    ("mockfleet.pool", Rule::NearAddress),
    ("mockfleet.faults", Rule::Afflictions),
    ("mockpool.listen", Rule::Address),
    ("mockpool.style", Rule::Word(&["ckpool", "classic", "public-pool", "nicehash", "object"])),
    ("mockpool.authorize", Rule::Word(&["any", "password", "worker"])),
    ("mockpool.difficulty", Rule::Number(1e-9..=1e15)),
    ("mockpool.shares_per_minute", Rule::Whole(1..=6_000)),
    ("mockpool.job_seconds", SECONDS),
    ("mockpool.block_seconds", SECONDS),
    ("mockpool.extranonce_blocks", Rule::Whole(0..=1_000_000)),
    ("mockpool.accept_synthetic", Rule::Flag),
    ("mockpool.share_log", Rule::File),
    ("mockpool.seed", SEED),
    ("watchdog.stale_ms", SILENCE_MS),
    // 0 is never; the silence that is shown must not be the longer one.
    ("watchdog.exit_ms", Rule::Whole(0..=3_600_000)),
    ("chaos.seed", SEED),
    ("chaos.faults", Rule::Faults),
    ("log.level", Rule::Word(&["error", "warn", "info", "debug", "trace"])),
    ("log.format", Rule::Word(&["text", "json"])),
];

/// The setting of this name, as the table spells it, and its rule.
pub(super) fn find(key: &str) -> Option<&'static (&'static str, Rule)> {
    RULES.iter().find(|(known, _)| *known == key)
}

/// The first setting of this section, when there is such a section.
pub(super) fn first_in_section(section: &str) -> Option<&'static str> {
    let inside = |key: &str| key.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
    RULES.iter().map(|(key, _)| *key).find(|key| inside(key))
}

/// Whether settings stand under this name.
pub(super) fn is_section(name: &str) -> bool {
    first_in_section(name).is_some()
}

/// The setting whose name takes the fewest changed letters to reach from this one.
pub(super) fn nearest(key: &str) -> &'static str {
    RULES.iter().map(|(known, _)| *known).min_by_key(|known| distance(key, known)).unwrap_or_default()
}

/// Levenshtein's distance: letters to insert, remove or replace.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

// === impl Rule ===

impl Rule {
    /// The value that a text stands for. What cannot be read stays a text, for [`Rule::refusal`] to refuse;
    /// where a text is wanted it stays one even when it looks like a number.
    pub(super) fn read(&self, text: &str) -> Value {
        let value = match self {
            Rule::Flag => flag(text.trim()).map(Value::from),
            Rule::Whole(_) => text.trim().parse::<u64>().ok().map(Value::from),
            Rule::Number(_) => text.trim().parse::<f64>().ok().map(Value::from),
            Rule::Ports => ports::read(text).map(Value::from),
            Rule::Faults | Rule::Afflictions => Some(Value::from(faults::read(text))),
            Rule::Word(_) | Rule::Ip | Rule::FirstAddress | Rule::Address | Rule::NearAddress => None,
            Rule::Url | Rule::Path | Rule::File => None,
        };
        value.unwrap_or_else(|| Value::from(text))
    }

    /// Why this value is refused, as the end of a sentence that begins with the value.
    pub(super) fn refusal(&self, value: &Value) -> Option<String> {
        let text = value.as_str();
        match self {
            Rule::Flag => refuse(value.to_bool().is_some(), "must be true or false"),
            Rule::Whole(range) => {
                let number = value.to_num().and_then(Num::to_u128_lossy);
                let limits = || format!("must be a whole number from {} to {}", range.start(), range.end());
                (!number.is_some_and(|number| range.contains(&number))).then(limits)
            }
            Rule::Number(range) => {
                // A whole number of a file is a signed one.
                let whole = |number: Num| number.to_i128().map(|whole| whole as f64);
                let number = value.to_num().and_then(|number| number.to_f64().or(whole(number)));
                let limits = || format!("must be a number from {} to {}, or 0", range.start(), range.end());
                (!number.is_some_and(|number| number == 0.0 || range.contains(&number))).then(limits)
            }
            Rule::Word(words) => {
                let known = text.is_some_and(|text| words.contains(&text));
                (!known).then(|| format!("must be one of {}", words.join(", ")))
            }
            Rule::Ip => refuse(parses::<IpAddr>(text), "must be an IP address such as 127.0.0.1"),
            Rule::FirstAddress => {
                let accepted = text == Some("") || parses::<Ipv4Addr>(text);
                refuse(accepted, "must be an IPv4 address such as 127.0.1.1, or empty for none")
            }
            Rule::Address => {
                refuse(parses::<SocketAddr>(text), "must be an IP address and a port such as 127.0.0.1:7776")
            }
            Rule::NearAddress => {
                let is_near =
                    |text: &str| text.parse().is_ok_and(|address: SocketAddr| is_near(address.ip()));
                let accepted = text.is_some_and(|text| text.is_empty() || is_near(text));
                refuse(
                    accepted,
                    "must be a loopback or private IP address and a port such as 127.0.0.1:3333, or empty for none",
                )
            }
            Rule::Ports => ports::refusal(value),
            Rule::Url => {
                let accepted = text.is_some_and(|text| text.is_empty() || is_http_url(text));
                refuse(accepted, "must be an address such as http://127.0.0.1:7770, or empty for none")
            }
            Rule::Faults => faults::refusal::<Fault>(value, "panic share=0.01 kind=Device"),
            Rule::Afflictions => faults::refusal::<Affliction>(value, "slow delay_ms=3000 share=0.1")
                .or_else(|| faults::too_many(value, shiftboss_mockfleet::FAULTS)),
            Rule::Path => refuse(text.is_some_and(is_path), "must be the path of a directory"),
            Rule::File => {
                let accepted = text.is_some_and(|text| text.is_empty() || is_path(text));
                refuse(accepted, "must be the path of a file, or empty for none")
            }
        }
    }
}

fn refuse(accepted: bool, reason: &str) -> Option<String> {
    (!accepted).then(|| reason.to_owned())
}

fn parses<T: std::str::FromStr>(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.parse::<T>().is_ok())
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether this is `http://host[:port][/path]`. A user in it is refused: a password would end up in logs.
fn is_http_url(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host_is_good = match bracketed {
        Some(host) => host.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)),
    };
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    host_is_good && port_is_good && text.chars().all(|c| c.is_ascii_graphic())
}

/// A replacement character stands where a variable was not UTF-8: such a path would name another directory.
fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_looks_like_a_number_stays_a_text_where_a_text_is_wanted() {
        assert_eq!(Rule::Path.read("12345"), Value::from("12345"));
        assert_eq!(Rule::Word(&["true"]).read("true"), Value::from("true"));
    }

    #[test]
    fn limits_themselves_are_accepted_and_the_next_numbers_refused() {
        let rule = Rule::Whole(100..=200);
        for (number, accepted) in [(99_u16, false), (100, true), (200, true), (201, false)] {
            assert_eq!(rule.refusal(&Value::from(number)).is_none(), accepted, "{number}");
        }
        for value in [Value::from(-1), Value::from(150.0), Value::from("150"), Value::from(true)] {
            assert!(rule.refusal(&value).is_some(), "{value:?}");
        }
    }

    #[test]
    fn an_url_needs_http_a_host_and_no_password() {
        for good in
            ["", "http://localhost", "http://10.0.0.7:7770/x?y=1", "http://[::1]:80", "http://a_b-c.lan/"]
        {
            assert_eq!(Rule::Url.refusal(&Value::from(good)), None, "{good}");
        }
        let bad = [
            "https://a",
            "localhost:7770",
            "http://",
            "http://:80",
            "http://a:0",
            "http://a:99999",
            "http://a b",
        ];
        for bad in bad.into_iter().chain(["http://u:p@a", "http://[::1", "http://[x]", "http://a/\n"]) {
            assert!(Rule::Url.refusal(&Value::from(bad)).is_some(), "{bad}");
        }
    }

    #[test]
    fn the_nearest_setting_is_the_one_with_the_fewest_changed_letters() {
        assert_eq!(nearest("farm.pol_interval_ms"), "farm.poll_interval_ms");
        assert_eq!(nearest("poll_timeout_ms"), "farm.poll_timeout_ms");
        assert_eq!(nearest("datadir"), "data_dir");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
