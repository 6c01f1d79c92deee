//! The settings of the mock miners, and where these listen by them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};
use shiftboss_mockfleet::{Fidelity, Places};

use super::empty_is_none;

/// The mock miners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mockfleet {
    /// Address on which miners and listing listen.
    pub listen_host: IpAddr,
    /// Number of miners, unless `ports` lists theirs.
    pub count: usize,
    /// Port of the first miner; the others follow it, unless `ports` lists theirs.
    pub base_port: u16,
    /// The miners' ports one by one; when it names any, `count` and `base_port` do not count.
    pub ports: Vec<u16>,
    /// The address of the first of miners that have one each, the others follow it; an empty text when they share
    /// `listen_host`. When it is given, `base_port` and `ports` do not count.
    #[serde(with = "empty_is_none")]
    pub addresses: Option<Ipv4Addr>,
    /// The port of miners that have addresses of their own.
    pub port: u16,
    /// How much the miners are like real ones.
    pub fidelity: Fidelity,
    /// Port of the listing server; port 0 takes any free one.
    pub listing_port: u16,
    /// The same seed draws the same fleet.
    pub seed: u64,
    /// Whether miners of the seeds publish a log over a WebSocket; devices always do.
    pub logs: bool,
    /// Whether devices mine at the pool in their flash.
    pub mine: bool,
    /// That pool; an empty text for the factory's, at which no mock mines.
    #[serde(with = "empty_is_none")]
    pub pool: Option<SocketAddr>,
    /// What is wrong with which miners, as [`shiftboss_mockfleet::Affliction`] reads it; nothing by default.
    pub faults: Vec<String>,
}

impl Default for Mockfleet {
    fn default() -> Self {
        Mockfleet {
            listen_host: IpAddr::from(Ipv4Addr::LOCALHOST),
            count: 10,
            base_port: 8001,
            ports: Vec::new(),
            addresses: None,
            port: 80,
            fidelity: Fidelity::Seed,
            listing_port: 7770,
            seed: 1,
            logs: false,
            mine: false,
            pool: None,
            faults: Vec::new(),
        }
    }
}

impl Mockfleet {
    /// Where the miners listen.
    #[must_use]
    pub fn places(&self) -> Places {
        match self.addresses {
            Some(first) => Places::Addresses { first, port: self.port, count: self.count },
            None => Places::Ports { host: self.listen_host, ports: self.miner_ports() },
        }
    }

    /// The port of each miner, in order: the given list, or `count` ports from `base_port` up.
    #[must_use]
    pub fn miner_ports(&self) -> Vec<u16> {
        if self.ports.is_empty() {
            (self.base_port..=u16::MAX).take(self.count).collect()
        } else {
            self.ports.clone()
        }
    }
}
