//! Who may ask: since ESP-Miner 2.5 a peer of a private network, and a page of a private network.
//!
//! The rule of the devices is RFC 1918 alone. Here the loopback counts as private too: mocks are asked from their own
//! machine, where a device could not be.

use std::net::{IpAddr, Ipv4Addr};

use super::firmware::{Family, Firmware};

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'r> {
    pub(crate) peer: IpAddr,
    /// The header `Origin`: which page a browser asks for.
    pub(crate) origin: Option<&'r str>,
}

/// Whether a firmware answers him.
pub(crate) fn is_allowed(firmware: Firmware, own_hostname: &str, client: Client<'_>) -> bool {
    let since = match firmware.family {
        Family::EspMiner => (2, 5, 0),
        // The first of the tags that are known to have it.
        Family::NerdQaxe => (1, 0, 30),
    };
    firmware.version < since
        || (is_private_peer(client.peer)
            && client.origin.is_none_or(|origin| is_private_page(firmware, own_hostname, origin)))
}

fn is_private_peer(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(peer) => is_private(peer),
        IpAddr::V6(peer) => peer.to_ipv4_mapped().map_or(peer.is_loopback(), is_private),
    }
}

fn is_private(address: Ipv4Addr) -> bool {
    address.is_private() || address.is_loopback()
}

/// What stands between `http://` and the next slash must be an address: a port behind it makes it none.
fn is_private_page(firmware: Firmware, own_hostname: &str, origin: &str) -> bool {
    let Some((_, rest)) = origin.split_once("http://") else { return false };
    let host = rest.split('/').next().unwrap_or(rest);
    if host.parse().is_ok_and(is_private) {
        return true;
    }
    let is_name = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    match firmware.family {
        Family::NerdQaxe => host == "localhost",
        Family::EspMiner if firmware.version >= (2, 15, 0) => {
            is_name || host.ends_with(".local") || host.eq_ignore_ascii_case(own_hostname)
        }
        Family::EspMiner => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Firmware = Firmware::esp_miner(2, 4, 0);
    const MIDDLE: Firmware = Firmware::esp_miner(2, 12, 0);
    const NEW: Firmware = Firmware::esp_miner(2, 15, 0);
    const NERD: Firmware = Firmware::nerdqaxe(1, 0, 37);

    fn answers(firmware: Firmware, peer: &str, origin: Option<&str>) -> bool {
        is_allowed(firmware, "axe7", Client { peer: peer.parse().unwrap(), origin })
    }

    #[test]
    fn only_a_private_peer_is_answered_since_2_5() {
        for (peer, private) in [
            ("10.0.0.1", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.9", true),
            ("100.64.0.1", false),
            ("8.8.8.8", false),
            ("127.0.0.1", true),
            ("127.3.2.1", true),
            ("::1", true),
            ("::ffff:192.168.1.9", true),
            ("fe80::1", false),
        ] {
            assert!(answers(OLD, peer, None), "{peer}");
            for firmware in [MIDDLE, NEW, NERD] {
                assert_eq!(answers(firmware, peer, None), private, "{firmware:#} {peer}");
            }
        }
        assert!(!answers(Firmware::esp_miner(2, 5, 0), "8.8.8.8", None));
    }

    #[test]
    fn a_page_must_be_of_a_private_address_without_a_port() {
        for (origin, old, middle, new, nerd) in [
            ("http://192.168.1.5", true, true, true, true),
            ("http://192.168.1.5/", true, true, true, true),
            ("http://192.168.1.5:3000", true, false, false, false),
            ("https://192.168.1.5", true, false, false, false),
            ("http://8.8.8.8", true, false, false, false),
            ("http://example.org", true, false, false, false),
            ("null", true, false, false, false),
            ("http://localhost", true, false, true, true),
            ("http://bitaxe.local", true, false, true, false),
            ("http://axe7", true, false, true, false),
        ] {
            for (firmware, allowed) in [(OLD, old), (MIDDLE, middle), (NEW, new), (NERD, nerd)] {
                assert_eq!(answers(firmware, "192.168.1.9", Some(origin)), allowed, "{firmware:#} {origin}");
                assert!(
                    firmware == OLD || !answers(firmware, "8.8.8.8", Some(origin)),
                    "{firmware:#} {origin}"
                );
            }
        }
    }
}
