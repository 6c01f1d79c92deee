//! The places where devices are found, and how each is asked.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use awc::http::StatusCode;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::value::RawValue;
use shiftboss_axeos::Mac;

use super::{Discover, DiscoveryConfig};
use crate::address::is_address;
use crate::clock::Clock;
use crate::device::transport::Http;
use crate::error::Error;
use crate::record::{Found, Observation};

/// The largest list of devices that is read: some ten thousand of them with what they say.
const LIST_LIMIT_BYTES: usize = 32 << 20;

/// A mock fleet's answer to `GET /servers`.
#[derive(Deserialize)]
struct Listing {
    servers: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    port: u16,
    /// Sent by our own mock fleet.
    #[serde(default)]
    mac: Option<Mac>,
    /// Sent by our own of a miner that is not where the listing is.
    #[serde(default)]
    address: Option<IpAddr>,
}

impl Listed {
    fn candidate(self, listing_host: &str) -> Candidate {
        let Self { port, mac, address } = self;
        Candidate {
            address: match address {
                Some(address) => SocketAddr::new(address, port).to_string(),
                None => format!("{listing_host}:{port}"),
            },
            mac: mac.or(Some(Mac::of_mock_port(port))),
        }
    }
}

/// One device of a discovery service's answer to `GET /discover`.
#[derive(Deserialize)]
struct Served {
    ip: String,
    mac: String,
    info: Option<Box<RawValue>>,
}

/// An address to ask, and the MAC to go by if the device does not say its own.
struct Candidate {
    address: String,
    mac: Option<Mac>,
}

/// What an address turned out to be.
enum Probed {
    Device(Found),
    /// A device whose firmware does not say its MAC.
    Nameless,
    /// Nobody, or no device.
    Nothing,
}

pub(super) struct Sources {
    config: Arc<DiscoveryConfig>,
    clock: Clock,
    client: awc::Client,
}

impl Sources {
    pub(super) fn new(config: Arc<DiscoveryConfig>, clock: Clock) -> Self {
        let client = awc::Client::builder().disable_redirects().timeout(config.timeout).finish();
        Self { config, clock, client }
    }

    /// All that answers, each device once, ordered by MAC.
    pub(super) async fn search(&self, wanted: &Discover) -> Result<Vec<Found>, Error> {
        if let Some(address) = &wanted.address {
            let candidate = Candidate { address: address.clone(), mac: wanted.mac };
            return match self.probe(candidate).await {
                Probed::Device(found) => Ok(vec![found]),
                Probed::Nameless => Err(Error::Nameless { address: address.clone() }),
                Probed::Nothing => Ok(Vec::new()),
            };
        }
        if self.config.listing_url.is_none() && self.config.service_url.is_none() {
            return Err(Error::NoSource);
        }
        let mut found = BTreeMap::new();
        if let Some(url) = &self.config.service_url {
            found.extend(self.served(url).await?.into_iter().map(|found| (found.mac, found)));
        }
        if let Some(url) = &self.config.listing_url {
            found.extend(self.listed(url).await?.into_iter().map(|found| (found.mac, found)));
        }
        Ok(found.into_values().filter(|found| wanted.mac.is_none_or(|mac| mac == found.mac)).collect())
    }

    /// The devices of a mock fleet: its listing names ports, each of which is asked.
    async fn listed(&self, base: &str) -> Result<Vec<Found>, Error> {
        let host = host_of(base);
        let listing: Listing = self.fetch(&format!("{}/servers", base.trim_end_matches('/'))).await?;
        let candidates = listing.servers.into_iter().map(|listed| listed.candidate(host));
        let probes = stream::iter(candidates).map(|candidate| self.probe(candidate));
        let found =
            probes.buffer_unordered(self.config.concurrency).filter_map(async |probed| match probed {
                Probed::Device(found) => Some(found),
                Probed::Nameless | Probed::Nothing => None,
            });
        Ok(found.collect().await)
    }

    /// The devices that another discovery service has found.
    async fn served(&self, base: &str) -> Result<Vec<Found>, Error> {
        let served: Vec<Served> = self.fetch(&format!("{}/discover", base.trim_end_matches('/'))).await?;
        let now_ms = self.clock.now_ms();
        Ok(served.into_iter().filter_map(|served| served.found(now_ms)).collect())
    }

    /// Asks one address.
    async fn probe(&self, Candidate { address, mac }: Candidate) -> Probed {
        let asked = (Http::connect())().get_info(&address, self.config.body_limit_bytes);
        let Ok(answer) = tokio::time::timeout(self.config.timeout, asked).await else {
            return Probed::Nothing;
        };
        let seen = answer.map_err(|miss| miss.to_string()).and_then(|body| {
            Observation::parse(&body, self.clock.now_ms()).map_err(|error| error.to_string())
        });
        match seen {
            Err(cause) => {
                log::debug!("no device at {address}: {cause}");
                Probed::Nothing
            }
            Ok(seen) => match seen.mac.or(mac) {
                Some(mac) => Probed::Device(Found { mac, address, seen: Arc::new(seen) }),
                None => Probed::Nameless,
            },
        }
    }

    async fn fetch<T: for<'de> Deserialize<'de>>(&self, url: &str) -> Result<T, Error> {
        let refuse = |cause: String| Error::Neighbour { url: url.to_owned(), cause };
        let asked = self.client.get(url).force_close().send();
        let mut answer = asked.await.map_err(|error| refuse(error.to_string()))?;
        if answer.status() != StatusCode::OK {
            return Err(refuse(format!("it answered with status {}", answer.status().as_u16())));
        }
        let body = answer.body().limit(LIST_LIMIT_BYTES).await.map_err(|error| refuse(error.to_string()))?;
        serde_json::from_slice(&body).map_err(|error| refuse(format!("its answer cannot be read: {error}")))
    }
}

impl Served {
    /// Nothing, unless it has an address, said something and has a MAC: one that is `unknown` stays out.
    fn found(self, now_ms: u64) -> Option<Found> {
        if !is_address(&self.ip) {
            log::debug!("{:.100} of the discovery service is no address", self.ip.escape_debug());
            return None;
        }
        let seen = Observation::parse(self.info?.get().as_bytes(), now_ms).ok()?;
        let mac = seen.mac.or_else(|| self.mac.parse().ok())?;
        Some(Found { mac, address: self.ip, seen: Arc::new(seen) })
    }
}

/// The host of `http://host:port/path`; an IPv6 address keeps its brackets.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::{Listed, Served, host_of};

    #[test]
    fn a_listed_miner_is_at_its_own_address_or_else_where_the_listing_is() {
        for (listed, address, mac) in [
            (r#"{"port":8001}"#, "mocks:8001", "ff:ff:ff:ff:1f:41"),
            (
                r#"{"port":80,"address":"127.0.1.7","mac":"02:00:00:00:00:07"}"#,
                "127.0.1.7:80",
                "02:00:00:00:00:07",
            ),
            (r#"{"port":80,"address":"fd00::7"}"#, "[fd00::7]:80", "ff:ff:ff:ff:00:50"),
        ] {
            let candidate = serde_json::from_str::<Listed>(listed).unwrap().candidate("mocks");
            assert_eq!((candidate.address.as_str(), candidate.mac), (address, mac.parse().ok()));
        }
    }

    #[test]
    fn a_device_of_a_discovery_service_stays_out_without_a_mac_an_address_or_a_word_of_its_own() {
        let known = |served: &str| {
            let found = serde_json::from_str::<Served>(served).unwrap().found(0);
            found.map(|found| (found.mac.to_string(), found.address))
        };
        let axe = |mac: &str| Some((mac.to_owned(), "axe".to_owned()));
        let (one, two) = ("02:00:00:00:00:01", "02:00:00:00:00:02");
        for (served, expected) in [
            (r#"{"ip":"axe","mac":"02:00:00:00:00:01","info":{"ASICModel":"BM1368"}}"#, axe(one)),
            (
                r#"{"ip":"axe","mac":"unknown","info":{"ASICModel":"BM1370","macAddr":"02:00:00:00:00:02"}}"#,
                axe(two),
            ),
            (r#"{"ip":"axe","mac":"unknown","info":{"ASICModel":"BM1368"}}"#, None),
            (r#"{"ip":"axe/x?","mac":"02:00:00:00:00:01","info":{"ASICModel":"BM1368"}}"#, None),
            (r#"{"ip":"axe","mac":"02:00:00:00:00:01","info":{}}"#, None),
            (r#"{"ip":"axe","mac":"02:00:00:00:00:01"}"#, None),
        ] {
            assert_eq!(known(served), expected, "{served}");
        }
    }

    #[test]
    fn the_host_of_a_url_is_what_stands_before_its_port() {
        for (url, host) in [
            ("http://127.0.0.1:7770", "127.0.0.1"),
            ("http://mocks/", "mocks"),
            ("http://[::1]:7770/x:1", "[::1]"),
            ("http://[::1]", "[::1]"),
        ] {
            assert_eq!(host_of(url), host);
        }
    }
}
