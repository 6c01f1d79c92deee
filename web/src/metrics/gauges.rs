//! The readings of a device that are shown, each under our name and under that of the Node.js system.

use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use shiftboss_axeos::Reading;

/// One reading.
pub(super) struct Gauge {
    /// Our name is `shiftboss_device_<name>`, and the unit behind it.
    pub(super) name: &'static str,
    /// Empty for a count.
    pub(super) unit: &'static str,
    /// The Node.js system's name is `<hostname>_<compat>`.
    pub(super) compat: &'static str,
    pub(super) help: &'static str,
    pub(super) of: fn(&Reading) -> Option<f64>,
}

pub(super) const GAUGES: [Gauge; 17] = [
    Gauge {
        name: "power",
        unit: "watts",
        compat: "power_watts",
        help: "Electrical power",
        of: |reading| reading.power_w,
    },
    Gauge {
        name: "voltage",
        unit: "volts",
        compat: "voltage_volts",
        help: "Input voltage",
        of: |reading| reading.voltage_v,
    },
    Gauge {
        name: "current",
        unit: "amperes",
        compat: "current_amps",
        help: "Input current",
        of: |reading| reading.current_a,
    },
    Gauge {
        name: "fan",
        unit: "rpm",
        compat: "fanspeed_rpm",
        help: "Fan speed in revolutions per minute",
        of: |reading| reading.fan_rpm,
    },
    Gauge {
        name: "temperature",
        unit: "celsius",
        compat: "temperature_celsius",
        help: "Temperature of the ASIC",
        of: |reading| reading.temperature_celsius,
    },
    Gauge {
        name: "vr_temperature",
        unit: "celsius",
        compat: "vr_temperature_celsius",
        help: "Temperature of the voltage regulator",
        of: |reading| reading.vr_temperature_celsius,
    },
    Gauge {
        name: "hashrate",
        unit: "ghs",
        compat: "hashrate_ghs",
        help: "Hash rate in GH/s: the current one, else the average of ten minutes",
        of: |reading| reading.hashrate_ghs,
    },
    Gauge {
        name: "shares_accepted",
        unit: "",
        compat: "shares_accepted",
        help: "Shares accepted since the last restart of the device",
        of: |reading| reading.shares_accepted,
    },
    Gauge {
        name: "shares_rejected",
        unit: "",
        compat: "shares_rejected",
        help: "Shares rejected since the last restart of the device",
        of: |reading| reading.shares_rejected,
    },
    Gauge {
        name: "uptime",
        unit: "seconds",
        compat: "uptime_seconds",
        help: "Time since the last restart of the device",
        of: |reading| reading.uptime_seconds,
    },
    Gauge {
        name: "free_heap",
        unit: "bytes",
        compat: "free_heap_bytes",
        help: "Free memory",
        of: |reading| reading.free_heap_bytes,
    },
    Gauge {
        name: "free_heap_internal",
        unit: "bytes",
        compat: "free_heap_internal_bytes",
        help: "Free internal memory",
        of: |reading| reading.free_heap_internal_bytes,
    },
    Gauge {
        name: "free_heap_spiram",
        unit: "bytes",
        compat: "free_heap_spiram_bytes",
        help: "Free external memory",
        of: |reading| reading.free_heap_spiram_bytes,
    },
    Gauge {
        name: "core_voltage",
        unit: "volts",
        compat: "core_voltage_volts",
        help: "Core voltage as set",
        of: |reading| reading.core_voltage_v,
    },
    Gauge {
        name: "core_voltage_actual",
        unit: "volts",
        compat: "core_voltage_actual_volts",
        help: "Core voltage as measured",
        of: |reading| reading.core_voltage_actual_v,
    },
    Gauge {
        name: "frequency",
        unit: "mhz",
        compat: "frequency_mhz",
        help: "Frequency of the ASIC as set, in MHz",
        of: |reading| reading.frequency_mhz,
    },
    Gauge {
        name: "efficiency",
        unit: "joules_per_terahash",
        compat: "efficiency",
        help: "Energy per work in J/TH: power over hash rate",
        of: |reading| reading.efficiency_joules_per_terahash,
    },
];

/// Begins a family of gauges. Its name ends in its unit, as the formats want it.
pub(super) fn family<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    unit: &'e Option<Unit>,
    help: &str,
) -> Result<MetricEncoder<'e>, std::fmt::Error> {
    encoder.encode_descriptor(name, help, unit.as_ref(), MetricType::Gauge)
}

/// A whole family of one gauge without labels; without a value there is no family.
pub(super) fn lone(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    unit: &'static str,
    help: &str,
    value: Option<impl EncodeGaugeValue>,
) -> std::fmt::Result {
    let Some(value) = value else { return Ok(()) };
    family(encoder, name, &named(unit), help)?.encode_gauge(&value)
}

/// A unit by its name; none for a count.
pub(super) fn named(unit: &str) -> Option<Unit> {
    (!unit.is_empty()).then(|| Unit::Other(unit.to_owned()))
}
