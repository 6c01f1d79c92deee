//! What the names of a device's families begin with: its hostname, made a name, and made unlike any other.

use std::collections::HashSet;
use std::fmt::Write as _;

use shiftboss_axeos::Mac;

/// What a device without a hostname is called.
const NAMELESS: &str = "device";

/// What the names of our own families begin with.
const OURS: &str = "shiftboss";

/// The overview has one name that is made like a device's: `total_power_watts`.
const OVERVIEW: &str = "total";

/// What some readings' names begin with while the rest of it is another reading's whole name: the voltage of
/// `axe_core` would be the core voltage of `axe`.
const OVERLAPS: [&str; 2] = ["_core", "_vr"];

/// The prefixes that are taken. To be asked in the order of MACs: the lowest keeps the plain hostname.
#[derive(Default)]
pub(super) struct Prefixes {
    taken: HashSet<String>,
}

impl Prefixes {
    /// The prefix of a device: its hostname, and when that is taken `__` and its MAC behind it.
    pub(super) fn claim(&mut self, hostname: &str, mac: Mac) -> String {
        let mut prefix = as_name(hostname);
        while !self.is_free(&prefix) {
            prefix += "__";
            for octet in mac.0 {
                // Writing to a text cannot fail.
                let _ = write!(prefix, "{octet:02x}");
            }
        }
        self.taken.insert(prefix.clone());
        prefix
    }

    fn is_free(&self, prefix: &str) -> bool {
        let clashes = |overlap: &str| {
            let shorter = prefix.strip_suffix(overlap);
            shorter.is_some_and(|shorter| self.taken.contains(shorter))
                || self.taken.contains(&format!("{prefix}{overlap}"))
        };
        prefix != OVERVIEW && !self.taken.contains(prefix) && !OVERLAPS.iter().any(|overlap| clashes(overlap))
    }
}

/// A hostname as the Node.js system writes it: `__` for each UTF-16 unit that a name may not hold. One that this
/// would not make a name, or make one of ours, gets a `_` before it.
fn as_name(hostname: &str) -> String {
    let mut name = String::with_capacity(hostname.len() + 1);
    if hostname.starts_with(|first: char| first.is_ascii_digit()) || hostname.starts_with(OURS) {
        name.push('_');
    }
    for c in hostname.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '_' => name.push(c),
            other => (0..other.len_utf16()).for_each(|_| name.push_str("__")),
        }
    }
    if name.is_empty() { NAMELESS.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::gauges::GAUGES;

    const LOW: Mac = Mac([0, 0, 0, 0, 0, 1]);
    const HIGH: Mac = Mac([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0x0f]);

    #[test]
    fn a_hostname_is_written_as_the_former_system_did_and_always_a_valid_name() {
        for (hostname, name) in [
            ("mockaxe1", "mockaxe1"),
            ("my-axe", "my__axe"),
            ("a.b c", "a__b__c"),
            ("ax\u{e9}", "ax__"),
            ("\u{1f680}", "____"),
            ("1st", "_1st"),
            ("", "device"),
            ("shiftboss_device", "_shiftboss_device"),
            ("a\"\n{}", "a________"),
        ] {
            assert_eq!(as_name(hostname), name, "{hostname:?}");
        }
    }

    #[test]
    fn the_second_device_of_a_hostname_has_its_mac_in_its_prefix() {
        let mut prefixes = Prefixes::default();
        assert_eq!(prefixes.claim("my-axe", LOW), "my__axe");
        assert_eq!(prefixes.claim("my.axe", HIGH), "my__axe__aabbccddee0f");
        assert_eq!(prefixes.claim("", LOW), "device");
        assert_eq!(prefixes.claim("", HIGH), "device__aabbccddee0f");
    }

    #[test]
    fn a_hostname_that_looks_like_such_a_prefix_does_not_get_it_twice() {
        let mut prefixes = Prefixes::default();
        let claims = [("axe", LOW), ("axe__aabbccddee0f", LOW), ("axe", HIGH), ("axe", HIGH)];
        let all: HashSet<_> = claims.map(|(hostname, mac)| prefixes.claim(hostname, mac)).into();
        assert_eq!(all.len(), 4, "{all:?}");
    }

    #[test]
    fn the_overlaps_are_all_that_the_readings_names_allow() {
        let heads = GAUGES.iter().flat_map(|long| {
            GAUGES.iter().filter_map(|short| long.compat.strip_suffix(short.compat)?.strip_suffix('_'))
        });
        let heads: HashSet<_> = heads.map(|head| format!("_{head}")).collect();
        assert_eq!(heads, OVERLAPS.map(str::to_owned).into());
    }

    #[test]
    fn no_two_devices_share_a_name_of_a_family() {
        let hostnames =
            ["axe", "axe_core", "axe_vr", "axe_core_core", "axe", "vr_axe", "total", "Total", "axe-core"];
        for hostnames in [hostnames.to_vec(), hostnames.iter().rev().copied().collect()] {
            let mut prefixes = Prefixes::default();
            let mut names = HashSet::from(["total_power_watts".to_owned()]);
            for (last, hostname) in (0..).zip(hostnames) {
                let prefix = prefixes.claim(hostname, Mac([0, 0, 0, 0, 0, last]));
                for gauge in &GAUGES {
                    assert!(names.insert(format!("{prefix}_{}", gauge.compat)), "{prefix}_{}", gauge.compat);
                }
            }
        }
    }
}
