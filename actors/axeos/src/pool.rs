//! Names for pools, so that a chart says "Ocean Main" rather than a host and a port.

use std::borrow::Cow;

/// Host, port and name of the pools that have one.
const NAMED: [(&str, u16, &str); 4] = [
    ("mine.ocean.xyz", 3334, "Ocean Main"),
    ("solo.ckpool.org", 3333, "CKPool Main"),
    ("solo.ckpool.org", 4334, "CKPool High Diff"),
    ("umbrel.local", 2018, "Public Pool Local"),
];

/// The name of the pool at `stratumURL` and `stratumPort`, or `host:port` for one without a name.
///
/// A device should send a bare host, but some tools write `stratum+tcp://host:port/path` into it: scheme, path and
/// port are dropped. That port counts only where the device sends none; with neither, the host alone is the name.
///
/// ```
/// use shiftboss_axeos::pool_name;
///
/// assert_eq!(pool_name("solo.ckpool.org", Some(3333)), "CKPool Main");
/// assert_eq!(pool_name("stratum+tcp://pool.example:3333/", Some(4444)), "pool.example:4444");
/// ```
pub fn pool_name(stratum_url: &str, stratum_port: Option<u16>) -> Cow<'_, str> {
    let (host, port_in_url) = host_and_port(stratum_url);
    let Some(port) = stratum_port.or(port_in_url) else {
        return Cow::Borrowed(host);
    };
    NAMED
        .iter()
        .find(|(known, known_port, _)| host.eq_ignore_ascii_case(known) && port == *known_port)
        .map_or_else(|| Cow::Owned(format!("{host}:{port}")), |(_, _, name)| Cow::Borrowed(*name))
}

/// Takes a URL apart; an IPv6 address keeps its brackets.
pub(crate) fn host_and_port(url: &str) -> (&str, Option<u16>) {
    let url = url.trim();
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_pool_has_a_name() {
        assert_eq!(pool_name("mine.ocean.xyz", Some(3334)), "Ocean Main");
        assert_eq!(pool_name("solo.ckpool.org", Some(3333)), "CKPool Main");
        assert_eq!(pool_name("Solo.CKPool.org", Some(4334)), "CKPool High Diff");
        assert_eq!(pool_name("umbrel.local", Some(2018)), "Public Pool Local");
    }

    #[test]
    fn any_other_pool_is_its_host_and_port() {
        assert_eq!(pool_name("solo.ckpool.org", Some(1)), "solo.ckpool.org:1");
        assert_eq!(pool_name("192.168.1.20", Some(3333)), "192.168.1.20:3333");
    }

    #[test]
    fn scheme_path_and_port_in_the_url_do_not_matter() {
        for url in [
            "solo.ckpool.org",
            "solo.ckpool.org:9999",
            "stratum+tcp://solo.ckpool.org",
            "stratum+tcp://solo.ckpool.org:3333",
            "stratum+tcp://solo.ckpool.org:3333/worker?x=1",
            " solo.ckpool.org/ ",
        ] {
            assert_eq!(pool_name(url, Some(3333)), "CKPool Main", "{url}");
        }
    }

    #[test]
    fn a_port_in_the_url_counts_where_the_device_sends_none() {
        assert_eq!(pool_name("stratum+tcp://solo.ckpool.org:4334", None), "CKPool High Diff");
        assert_eq!(pool_name("pool.example", None), "pool.example");
        assert_eq!(pool_name("", None), "");
    }

    #[test]
    fn an_ipv6_address_is_not_cut_at_its_colons() {
        assert_eq!(pool_name("[fd00::1]:3333", Some(3334)), "[fd00::1]:3334");
        assert_eq!(pool_name("fd00::1", Some(3334)), "fd00::1:3334");
    }
}
