//! Where the miners of a fleet listen: on many ports of one address, or on one port of many addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use shiftboss_axeos::Mac;

use crate::axe;

/// Addresses that end so are not for hosts, wherever the net is cut into pieces of 256.
const OCTETS: std::ops::RangeInclusive<u64> = 1..=254;

/// Where the miners listen, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Places {
    /// On one address, each on a port of its own. Port 0 takes any free one.
    Ports {
        /// The address.
        host: IpAddr,
        /// One for each miner.
        ports: Vec<u16>,
    },
    /// On one port, each on an address of its own; those that end in 0 or 255 are left out.
    Addresses {
        /// That of the first miner; the others follow it.
        first: Ipv4Addr,
        /// The port of them all.
        port: u16,
        /// How many there are.
        count: usize,
    },
}

impl Places {
    /// Each miner's, in the order of the fleet. Fewer than asked for when there are no more addresses.
    #[must_use]
    pub fn list(&self) -> Vec<SocketAddr> {
        match self {
            Self::Ports { host, ports } => ports.iter().map(|port| SocketAddr::new(*host, *port)).collect(),
            Self::Addresses { first, port, count } => {
                (0..*count).map_while(|n| Some(SocketAddr::new(nth(*first, n)?.into(), *port))).collect()
            }
        }
    }

    /// Where a miner goes that moves: to any free port, or to the other half of the second octet, where none is.
    pub(crate) fn elsewhere(&self, place: SocketAddr) -> SocketAddr {
        match (self, place.ip()) {
            (Self::Addresses { .. }, IpAddr::V4(address)) => {
                let moved = Ipv4Addr::from_bits(address.to_bits() ^ (1 << 23));
                SocketAddr::new(moved.into(), place.port())
            }
            (_, address) => SocketAddr::new(address, 0),
        }
    }

    /// Where one more miner would listen, after these.
    pub(crate) fn after(&self, last: Option<SocketAddr>) -> Option<SocketAddr> {
        match (self, last) {
            (Self::Ports { host, ports }, None) => {
                Some(SocketAddr::new(*host, ports.first().copied().unwrap_or_default()))
            }
            (Self::Ports { .. }, Some(last)) => {
                let port = if last.port() == 0 { 0 } else { last.port().checked_add(1)? };
                Some(SocketAddr::new(last.ip(), port))
            }
            (Self::Addresses { first, port, .. }, None) => Some(SocketAddr::new((*first).into(), *port)),
            (Self::Addresses { .. }, Some(last)) => {
                let IpAddr::V4(address) = last.ip() else { return None };
                Some(SocketAddr::new(nth(address, 1)?.into(), last.port()))
            }
        }
    }
}

/// The MAC of a miner of the seeds: by its port alone where it shares the listing's address.
pub(crate) fn seed_mac(place: SocketAddr, listing: IpAddr) -> Mac {
    if place.ip() == listing { Mac::of_mock_port(place.port()) } else { axe::mac_at(place) }
}

/// The address that comes so many hosts after another.
fn nth(first: Ipv4Addr, n: usize) -> Option<Ipv4Addr> {
    let [a, b, c, octet] = first.octets();
    let hosts = *OCTETS.end();
    let net = u64::from(u32::from_be_bytes([0, a, b, c]));
    let host = net * hosts + u64::from(octet).saturating_sub(1) + n as u64;
    let address = (host / hosts) << 8 | (host % hosts + OCTETS.start());
    Some(Ipv4Addr::from_bits(u32::try_from(address).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_each_other_and_leave_out_those_that_end_in_0_or_255() {
        let first = Ipv4Addr::new(127, 0, 1, 1);
        for (n, address) in [
            (0, [127, 0, 1, 1]),
            (253, [127, 0, 1, 254]),
            (254, [127, 0, 2, 1]),
            (9_999, [127, 0, 40, 94]),
            (254 * 255, [127, 1, 0, 1]),
        ] {
            assert_eq!(nth(first, n), Some(address.into()), "{n}");
        }
        assert_eq!(nth([127, 0, 1, 0].into(), 0), Some([127, 0, 1, 1].into()));
        assert_eq!(nth([127, 0, 1, 255].into(), 0), Some([127, 0, 2, 1].into()));
    }

    #[test]
    fn there_are_no_addresses_after_the_last() {
        let first = Ipv4Addr::new(255, 255, 255, 250);
        assert_eq!(Places::Addresses { first, port: 80, count: 50 }.list().len(), 5);
    }

    #[test]
    fn one_more_listens_after_the_last() {
        let ports = Places::Ports { host: Ipv4Addr::LOCALHOST.into(), ports: vec![8001, 8002] };
        let all = ports.list();
        assert_eq!(ports.after(all.last().copied()).map(|place| place.port()), Some(8003));
        assert_eq!(ports.after(None), all.first().copied());
        let addresses = Places::Addresses { first: [127, 0, 1, 253].into(), port: 80, count: 2 };
        let next = addresses.after(addresses.list().last().copied());
        assert_eq!(next, Some(SocketAddr::from(([127, 0, 2, 1], 80))));
    }
}
