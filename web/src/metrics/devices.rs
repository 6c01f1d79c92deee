//! Our families of devices, labelled by MAC and hostname.

use prometheus_client::encoding::DescriptorEncoder;

use crate::api::excerpt;
use crate::metrics::gauges::{GAUGES, family, named};
use crate::metrics::scrape::{Measured, Scrape, name};

pub(super) fn encode(scrape: &Scrape, encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    state(&scrape.devices, encoder)?;
    about(&scrape.devices, encoder)?;
    for gauge in &GAUGES {
        let (name, unit) = (format!("shiftboss_device_{}", gauge.name), named(gauge.unit));
        let mut family = family(encoder, &name, &unit, gauge.help)?;
        for device in &scrape.devices {
            if let Some(value) = device.reading().and_then(gauge.of) {
                family.encode_family(&device.labels())?.encode_gauge(&value)?;
            }
        }
    }
    Ok(())
}

/// Whether each is there, where it is, and since when nothing was heard of it.
fn state(devices: &[Measured], encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    let help = "Whether the device answers: 1 for online or stale, else 0";
    let mut up = family(encoder, "shiftboss_device_up", &None, help)?;
    for device in devices {
        up.encode_family(&device.labels())?.encode_gauge(&u32::from(device.row.state.is_online()))?;
    }
    let help = "The state that the device is in, as a label: waiting, online, stale or offline";
    let mut state = family(encoder, "shiftboss_device_state", &None, help)?;
    for device in devices {
        let [mac, hostname] = device.labels();
        let labels = [mac, hostname, ("state", name(device.row.state))];
        state.encode_family(&labels)?.encode_gauge(&1_u32)?;
    }
    let (help, unit) = ("When the device answered last, in seconds since 1970", named("seconds"));
    let mut last_seen = family(encoder, "shiftboss_device_last_seen_timestamp", &unit, help)?;
    for device in devices {
        if let Some(seen) = device.seen() {
            last_seen.encode_family(&device.labels())?.encode_gauge(&(seen.at_ms as f64 / 1000.0))?;
        }
    }
    Ok(())
}

/// What each is.
fn about(devices: &[Measured], encoder: &mut DescriptorEncoder<'_>) -> std::fmt::Result {
    let help = "Firmware and ASIC of the device, as labels";
    let mut info = family(encoder, "shiftboss_device_info", &None, help)?;
    for device in devices {
        if let Some(seen) = device.seen() {
            let [mac, hostname] = device.labels();
            let (version, asic_model) = (excerpt(&seen.version), excerpt(&seen.asic_model));
            let labels = [mac, hostname, ("version", version), ("asic_model", asic_model)];
            info.encode_family(&labels)?.encode_gauge(&1_u32)?;
        }
    }
    Ok(())
}
