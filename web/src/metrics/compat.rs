//! The names of the Node.js system, for dashboards that query them: a family for each reading of each device,
//! with the hostname in its name, and the overview.
//!
//! Two devices of one hostname, which that system did not survive, have two names here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue};

use crate::metrics::fleet::Overview;
use crate::metrics::gauges::{GAUGES, family, lone};
use crate::metrics::scrape::Scrape;

mod prefixes;

use prefixes::Prefixes;

pub(super) fn encode(
    scrape: &Scrape,
    overview: &Overview<'_>,
    encoder: &mut DescriptorEncoder<'_>,
) -> std::fmt::Result {
    let mut prefixes = Prefixes::default();
    let mut name = String::new();
    for device in &scrape.devices {
        // Also one that is offline keeps its name, so that no other takes it over.
        let prefix = prefixes.claim(device.hostname(), device.row.mac);
        let Some(reading) = device.reading() else { continue };
        for gauge in &GAUGES {
            name.clear();
            write!(name, "{prefix}_{}", gauge.compat)?;
            lone(encoder, &name, "", gauge.help, (gauge.of)(reading))?;
        }
    }
    overall(overview, encoder)
}

fn overall(overview: &Overview<'_>, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    let (monitored, online) = (f64::from(overview.monitored()), f64::from(overview.online()));
    let (hashrate, efficiency) = (overview.hashrate_ghs, overview.efficiency_joules_per_terahash());
    let average = (monitored > 0.0).then(|| hashrate / monitored);
    let gauges = [
        ("total_hardware", "Polled devices", Some(monitored)),
        ("hardware_online", "Polled devices that answer", Some(online)),
        ("hardware_offline", "Polled devices that do not answer", Some(monitored - online)),
        ("total_hashrate", "Hash rate of all online devices in GH/s", Some(hashrate)),
        ("average_hashrate", "Hash rate over all polled devices in GH/s", average),
        ("total_power_watts", "Power of all online devices", Some(overview.power_w)),
        ("total_efficiency", "Energy per work of all online devices in J/TH", efficiency),
    ];
    for (name, help, value) in gauges {
        lone(encoder, name, "", help, value)?;
    }
    let versions = ("firmware_version_distribution", "Online devices by firmware");
    labelled(encoder, versions, "version", &overview.versions)?;
    let accepted = ("shares_by_pool_accepted", "Accepted shares of all online devices by pool");
    labelled(encoder, accepted, "pool", &overview.accepted)?;
    let rejected = ("shares_by_pool_rejected", "Rejected shares of all online devices by pool");
    labelled(encoder, rejected, "pool", &overview.rejected)
}

fn labelled<L: AsRef<str>, V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    label: &'static str,
    values: &BTreeMap<L, V>,
) -> std::fmt::Result {
    let mut family = family(encoder, name, &None, help)?;
    for (key, value) in values {
        family.encode_family(&[(label, key.as_ref())])?.encode_gauge(value)?;
    }
    Ok(())
}
