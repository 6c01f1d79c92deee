//! The farm as a whole: what is summed over its devices, and our families of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use prometheus_client::encoding::DescriptorEncoder;
use shiftboss_axeos::pool_name;
use shiftboss_farm::record::{Observation, State};

use crate::api::excerpt;
use crate::metrics::gauges::{family, lone};
use crate::metrics::scrape::{Scrape, name};

/// The states of a polled device.
const POLLED: [State; 5] = [State::Waiting, State::Online, State::Stale, State::Offline, State::Restarting];

/// Sums over the devices that are online; what these do not say adds nothing.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Overview<'a> {
    /// Polled devices by state, in the order of [`POLLED`].
    pub(super) states: [u32; POLLED.len()],
    pub(super) hashrate_ghs: f64,
    pub(super) power_w: f64,
    /// Online devices by firmware.
    pub(super) versions: BTreeMap<&'a str, u32>,
    pub(super) accepted: BTreeMap<Cow<'a, str>, f64>,
    pub(super) rejected: BTreeMap<Cow<'a, str>, f64>,
}

impl<'a> Overview<'a> {
    pub(super) fn of(scrape: &'a Scrape) -> Self {
        let mut overview = Self::default();
        for device in &scrape.devices {
            let state = POLLED.iter().position(|state| *state == device.row.state);
            state.into_iter().for_each(|index| overview.states[index] += 1);
            device.present().into_iter().for_each(|seen| overview.add(seen));
        }
        overview
    }

    fn add(&mut self, seen: &'a Observation) {
        let Observation { reading, version, pool, .. } = seen;
        self.hashrate_ghs += reading.hashrate_ghs.unwrap_or_default();
        self.power_w += reading.power_w.unwrap_or_default();
        let version = if version.is_empty() { "unknown" } else { excerpt(version) };
        *self.versions.entry(version).or_default() += 1;

        let Some((url, port)) = pool.as_ref().filter(|(url, _)| !url.is_empty()) else { return };
        let pool = pool_name(excerpt(url), *port);
        let shares =
            [(&mut self.accepted, reading.shares_accepted), (&mut self.rejected, reading.shares_rejected)];
        for (sums, shares) in shares {
            if let Some(shares) = shares {
                *sums.entry(pool.clone()).or_default() += shares;
            }
        }
    }

    pub(super) fn monitored(&self) -> u32 {
        self.states.iter().sum()
    }

    pub(super) fn online(&self) -> u32 {
        POLLED.iter().zip(self.states).filter(|(state, _)| state.is_online()).map(|(_, count)| count).sum()
    }

    /// Unknown while nothing is hashed.
    pub(super) fn efficiency_joules_per_terahash(&self) -> Option<f64> {
        (self.hashrate_ghs > 0.0).then(|| self.power_w / (self.hashrate_ghs / 1000.0))
    }
}

pub(super) fn encode(
    overview: &Overview<'_>,
    meters_missing: usize,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let mut devices = family(encoder, "shiftboss_devices", &None, "Polled devices by state")?;
    for (state, count) in POLLED.iter().zip(overview.states) {
        devices.encode_family(&[("state", name(*state))])?.encode_gauge(&count)?;
    }
    let efficiency = overview.efficiency_joules_per_terahash();
    let sums = [
        ("shiftboss_hashrate", "ghs", "Hash rate of all online devices in GH/s", Some(overview.hashrate_ghs)),
        ("shiftboss_power", "watts", "Electrical power of all online devices", Some(overview.power_w)),
        (
            "shiftboss_efficiency",
            "joules_per_terahash",
            "Energy per work of all online devices in J/TH",
            efficiency,
        ),
    ];
    for (name, unit, help, value) in sums {
        lone(encoder, name, unit, help, value)?;
    }
    let help = "Meters that did not answer this scrape; the series of their devices are missing";
    lone(encoder, "shiftboss_scrape_meters_missing", "", help, Some(meters_missing))
}
