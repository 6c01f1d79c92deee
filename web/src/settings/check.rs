//! Whether the merged values can be used: each by its own rule, then those that must fit each other.
//! Only values in effect are judged; one that a higher layer replaced does no harm.

use std::net::Ipv4Addr;

use figment::Figment;
use figment::value::Value;
use shiftboss_mockfleet::Fidelity;

use super::problem::{Problem, quoted};
use super::rules::RULES;
use super::{Mockfleet, Settings, Watchdog};

/// The settings, or everything that is wrong with them beside what the layers already found.
pub(super) fn check(figment: &Figment, mut problems: Vec<Problem>) -> Result<Settings, Vec<Problem>> {
    for (key, rule) in RULES {
        let value = value(figment, key);
        problems.extend(rule.refusal(&value).map(|reason| refused(figment, key, reason)));
    }
    if let Ok(mockfleet) = figment.extract_inner::<Mockfleet>("mockfleet") {
        let conflicts = port_conflict(&mockfleet).into_iter().chain(mining_conflict(&mockfleet));
        problems.extend(conflicts.map(|(key, reason)| refused(figment, key, reason)));
    }
    if let Ok(watchdog) = figment.extract_inner::<Watchdog>("watchdog") {
        problems.extend(early_exit(&watchdog).map(|(key, reason)| refused(figment, key, reason)));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    // The rules are narrower than the types; where one is not, the type has the last word.
    figment.extract().map_err(|error| vec![refused(figment, &error.path.join("."), error.kind.to_string())])
}

/// The value in effect. There always is one: the defaults name every setting.
pub(super) fn value(figment: &Figment, key: &str) -> Value {
    figment.find_value(key).unwrap_or_else(|_| Value::from(""))
}

/// What gave the value in effect.
pub(super) fn origin(figment: &Figment, key: &str) -> String {
    figment.find_metadata(key).map_or_else(|| "unknown".to_owned(), |metadata| metadata.name.to_string())
}

fn refused(figment: &Figment, key: &str, reason: String) -> Problem {
    let value = quoted(&value(figment, key));
    Problem::Refused { key: key.to_owned(), value, origin: origin(figment, key), reason }
}

/// The setting to change, and why, when the mock fleet's ports do not fit beside each other.
fn port_conflict(mockfleet: &Mockfleet) -> Option<(&'static str, String)> {
    let Mockfleet { ports, base_port, count, listing_port, addresses, .. } = mockfleet;
    if let Some(first) = addresses {
        return address_conflict(mockfleet, *first);
    }
    let last = usize::from(*base_port) + count.saturating_sub(1);
    if ports.is_empty() && last > usize::from(u16::MAX) {
        let room = usize::from(u16::MAX) - usize::from(*base_port) + 1;
        let reason = format!("above mockfleet.base_port = {base_port} there is room for {room} miners only");
        return Some(("mockfleet.count", reason));
    }
    mockfleet.miner_ports().contains(listing_port).then(|| {
        let among =
            if ports.is_empty() { format!("{base_port} to {last}") } else { "mockfleet.ports".to_owned() };
        ("mockfleet.listing_port", format!("is also a miner's port; choose one outside {among}"))
    })
}

/// The same of miners with addresses of their own.
fn address_conflict(mockfleet: &Mockfleet, first: Ipv4Addr) -> Option<(&'static str, String)> {
    let Mockfleet { listen_host, count, listing_port, port, .. } = mockfleet;
    let places = mockfleet.places().list();
    if places.len() < *count {
        let reason = format!("from mockfleet.addresses = {first} on there is room for {} only", places.len());
        return Some(("mockfleet.count", reason));
    }
    let is_taken = listing_port == port
        && (listen_host.is_unspecified() || places.iter().any(|place| place.ip() == *listen_host));
    is_taken.then(|| {
        let reason =
            format!("is a miner's port at {listen_host}; choose another than mockfleet.port = {port}");
        ("mockfleet.listing_port", reason)
    })
}

/// The setting to change, and why, when miners that are to mine cannot.
fn mining_conflict(mockfleet: &Mockfleet) -> Option<(&'static str, String)> {
    let Mockfleet { mine, fidelity, pool, .. } = mockfleet;
    let missing = match (fidelity, pool) {
        _ if !mine => return None,
        (Fidelity::Seed, _) => "mockfleet.fidelity = \"device\": mocks of the Node.js system do not mine",
        (Fidelity::Device, None) => {
            "a mockfleet.pool to mine at: the factory's is a real one, which no mock bothers"
        }
        (Fidelity::Device, Some(_)) => return None,
    };
    Some(("mockfleet.mine", format!("needs {missing}")))
}

/// The setting to change, and why, when the process would end before `/healthz` failed.
fn early_exit(watchdog: &Watchdog) -> Option<(&'static str, String)> {
    let Watchdog { stale_ms, exit_ms } = watchdog;
    (1..*stale_ms).contains(exit_ms).then(|| {
        let reason =
            format!("is less than watchdog.stale_ms = {stale_ms}; choose as much or more, or 0 for never");
        ("watchdog.exit_ms", reason)
    })
}
