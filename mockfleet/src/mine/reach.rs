//! Where a mock may connect to: to this machine and to private networks. No real pool is to hear from it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use thiserror::Error;

use crate::device::pool::Pool;

/// Why a mock does not mine at a pool.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Unreachable {
    #[error("it has no pool")]
    None,
    #[error(
        "{0:?} is a name, and a mock bothers no real pool: give it a loopback or private address, or localhost"
    )]
    Name(String),
    #[error("{0} is a public address, and a mock bothers no real pool: give it a loopback or private one")]
    Public(IpAddr),
    #[error("the pool is to be spoken to by {0}, which a mock does not speak")]
    Protocol(&'static str),
}

/// The address of a pool.
///
/// # Errors
/// Why a mock does not go there.
pub(crate) fn address(pool: &Pool) -> Result<SocketAddr, Unreachable> {
    let host = pool.url.trim();
    if host.is_empty() || pool.port == 0 {
        return Err(Unreachable::None);
    }
    if pool.is_v2 {
        return Err(Unreachable::Protocol("Stratum V2"));
    }
    if pool.tls != 0 {
        return Err(Unreachable::Protocol("TLS"));
    }
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let ip = match bare.parse() {
        Ok(ip) => ip,
        Err(_) if host.eq_ignore_ascii_case("localhost") => Ipv4Addr::LOCALHOST.into(),
        Err(_) => return Err(Unreachable::Name(host.to_owned())),
    };
    if is_near(ip) { Ok(SocketAddr::new(ip, pool.port)) } else { Err(Unreachable::Public(ip)) }
}

/// Whether an address is this machine's, or one of a private network.
#[must_use]
pub fn is_near(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::pool::EMPTY;

    fn at(url: &str) -> Result<SocketAddr, Unreachable> {
        address(&Pool { url: url.to_owned().into(), port: 3333, ..EMPTY.clone() })
    }

    #[test]
    fn this_machine_and_private_networks_are_near() {
        for (url, expected) in [
            ("127.0.0.1", "127.0.0.1:3333"),
            (" localhost ", "127.0.0.1:3333"),
            ("10.1.2.3", "10.1.2.3:3333"),
            ("192.168.1.20", "192.168.1.20:3333"),
            ("[::1]", "[::1]:3333"),
            ("fd00::1", "[fd00::1]:3333"),
        ] {
            assert_eq!(at(url), Ok(expected.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn no_name_and_no_public_address_is() {
        for url in ["solo.ckpool.org", "stratum+tcp://127.0.0.1:3333", "localhost.example"] {
            assert_eq!(at(url), Err(Unreachable::Name(url.to_owned())));
        }
        assert_eq!(at("8.8.8.8"), Err(Unreachable::Public(Ipv4Addr::new(8, 8, 8, 8).into())));
        assert_eq!(at(""), Err(Unreachable::None));
    }

    #[test]
    fn what_a_mock_does_not_speak_is_said() {
        let pool = |tls, is_v2| Pool { url: "127.0.0.1".into(), port: 1, tls, is_v2, ..EMPTY.clone() };
        assert_eq!(address(&pool(1, false)), Err(Unreachable::Protocol("TLS")));
        assert_eq!(address(&pool(0, true)), Err(Unreachable::Protocol("Stratum V2")));
    }
}
