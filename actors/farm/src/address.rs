//! Where a device answers HTTP: `host` or `host:port`, and nothing that would ask somebody for something else. Pure.

use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest name of a host (RFC 1035, section 2.3.4, as it is written).
const HOST_BYTES: usize = 253;

/// The longest part of such a name between its dots.
const LABEL_BYTES: usize = 63;

/// Whether a text is an IPv4 address, an IPv6 address in brackets, or the name of a host, with or without a port.
pub fn is_address(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(host, port)| {
            host.parse::<Ipv6Addr>().is_ok()
                && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        });
    }
    match text.split_once(':') {
        Some((host, port)) => is_host(host) && is_port(port),
        None => is_host(text),
    }
}

fn is_host(text: &str) -> bool {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    // No name ends in a number: that would be an address with a slip of the pen.
    if text.rsplit('.').next().is_some_and(is_number) {
        return text.parse::<Ipv4Addr>().is_ok();
    }
    text.len() <= HOST_BYTES && text.split('.').all(is_label)
}

/// Names in a local network have underscores too.
fn is_label(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=LABEL_BYTES).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        let longest = ["x".repeat(63).as_str(); 4].join(".");
        let longest = &longest[2..];
        for good in [
            "192.168.1.20",
            "127.0.0.1:8001",
            "axe.lan",
            "axe",
            "axe_7.lan:80",
            "4axe",
            "AXE-7",
            "[fd00::1]",
            "[::1]:80",
            "1.2.3.4.example",
            "axe:65535",
            longest,
        ] {
            assert!(is_address(good), "{good}");
        }
    }

    #[test]
    fn what_carries_a_path_a_user_or_a_scheme_is_none() {
        for bad in [
            "http://axe",
            "axe/api",
            "axe?x",
            "axe#x",
            "u@axe",
            "a b",
            "a\\b",
            "axe\n",
            "a%2fb",
            "a,b",
            "*",
            "é",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_has_a_slip_of_the_pen_in_it_is_none() {
        for bad in [
            "",
            ".",
            "axe.",
            ".axe",
            "a..b",
            "-axe",
            "axe-",
            "axe:",
            "axe:0",
            "axe:99999",
            "axe:+80",
            "axe:8a",
            ":80",
            "::1",
            "fd00::1",
            "[::1",
            "[::1]80",
            "[::1]:",
            "[axe]",
            "[1.2.3.4]",
            "10.0.0.300",
            "10.0.0",
            "10.0.0.1.2",
            "8001",
            "10.0.0.1:80:80",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_has_a_longest_length_and_so_has_each_part_of_it() {
        assert!(!is_address(&"x".repeat(64)) && is_address(&"x".repeat(63)));
        let long = ["x".repeat(63).as_str(); 4].join(".");
        assert!(!is_address(&long[1..]), "254 bytes");
    }
}
