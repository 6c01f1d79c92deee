//! What a poll measured, in SI units.

use serde::{Deserialize, Serialize};

use crate::SystemInfo;

/// One reading of one device. `None` is "not known", never zero.
///
/// The hash rate stays in GH/s, because the whole field speaks so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Electrical power.
    pub power_w: Option<f64>,
    /// Input voltage.
    pub voltage_v: Option<f64>,
    /// Input current.
    pub current_a: Option<f64>,
    /// Fan speed, by whichever name the firmware sends it. Of a document without any RPM the percentage is taken,
    /// as the exporters before this one did; no real firmware needs that.
    pub fan_rpm: Option<f64>,
    /// Fan speed as a share of full speed.
    pub fan_percent: Option<f64>,
    /// ASIC temperature.
    pub temperature_celsius: Option<f64>,
    /// Voltage regulator temperature.
    pub vr_temperature_celsius: Option<f64>,
    /// Hash rate: the current one, else the average of ten minutes.
    pub hashrate_ghs: Option<f64>,
    /// Accepted shares since the last restart of the device.
    pub shares_accepted: Option<f64>,
    /// Rejected shares since the last restart of the device.
    pub shares_rejected: Option<f64>,
    /// Time since the last restart of the device.
    pub uptime_seconds: Option<f64>,
    /// Free memory.
    pub free_heap_bytes: Option<f64>,
    /// Free internal memory.
    pub free_heap_internal_bytes: Option<f64>,
    /// Free external memory.
    pub free_heap_spiram_bytes: Option<f64>,
    /// Core voltage as set.
    pub core_voltage_v: Option<f64>,
    /// Core voltage as measured.
    pub core_voltage_actual_v: Option<f64>,
    /// ASIC frequency as set.
    pub frequency_mhz: Option<f64>,
    /// Energy per work: power over hash rate. Unknown while the device does not hash.
    pub efficiency_joules_per_terahash: Option<f64>,
}

impl From<&SystemInfo<'_>> for Reading {
    fn from(info: &SystemInfo<'_>) -> Self {
        let hashrate_ghs = info.hashrate_ghs.or(info.hashrate_10m_ghs);
        let efficiency = match (info.power_w, hashrate_ghs) {
            (Some(power_w), Some(ghs)) => (ghs > 0.0).then(|| power_w / from_milli(ghs)),
            _ => info.efficiency_joules_per_terahash,
        };
        Self {
            power_w: info.power_w,
            voltage_v: info.voltage_mv.map(from_milli),
            current_a: info.current_ma.map(from_milli),
            fan_rpm: info
                .fan_speed_rpm
                .or(info.fanrpm)
                .or(info.early_fan_speed_rpm)
                .or(info.fanspeed_percent),
            fan_percent: info.fanspeed_percent,
            temperature_celsius: info.temp_celsius.filter(|celsius| *celsius != -1.0),
            vr_temperature_celsius: info.vr_temp_celsius.filter(|celsius| ![-1.0, 0.0].contains(celsius)),
            hashrate_ghs,
            shares_accepted: info.shares_accepted,
            shares_rejected: info.shares_rejected,
            uptime_seconds: info.uptime_seconds,
            free_heap_bytes: info.free_heap_bytes,
            free_heap_internal_bytes: info.free_heap_internal_bytes,
            free_heap_spiram_bytes: info.free_heap_spiram_bytes,
            core_voltage_v: info.core_voltage_mv.map(from_milli),
            core_voltage_actual_v: info.core_voltage_actual_mv.map(from_milli),
            frequency_mhz: info.frequency_mhz,
            efficiency_joules_per_terahash: efficiency.filter(|efficiency| efficiency.is_finite()),
        }
    }
}

/// Millivolts to volts, milliamperes to amperes, and GH/s to TH/s.
fn from_milli(value: f64) -> f64 {
    value / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(json: &str) -> Reading {
        let document = format!(r#"{{"ASICModel":"BM1368",{json}}}"#);
        Reading::from(&SystemInfo::parse(document.as_bytes()).unwrap())
    }

    #[test]
    fn millivolts_and_milliamperes_become_volts_and_amperes() {
        let reading =
            reading(r#""voltage":5055,"current":2315,"coreVoltage":1150,"coreVoltageActual":1148.5"#);
        assert_eq!(reading.voltage_v, Some(5.055));
        assert_eq!(reading.current_a, Some(2.315));
        assert_eq!(reading.core_voltage_v, Some(1.15));
        assert_eq!(reading.core_voltage_actual_v, Some(1.1485));
    }

    #[test]
    fn each_kind_of_memory_has_its_own_field() {
        let reading = reading(r#""freeHeap":3,"freeHeapInternal":1,"freeHeapSpiram":2"#);
        assert_eq!(reading.free_heap_bytes, Some(3.0));
        assert_eq!(reading.free_heap_internal_bytes, Some(1.0));
        assert_eq!(reading.free_heap_spiram_bytes, Some(2.0));
    }

    #[test]
    fn what_a_device_does_not_say_is_not_known() {
        assert_eq!(reading(r#""hostname":"bitaxe""#), Reading::default());
        assert_eq!(reading(r#""power":null,"temp":null,"hashRate":"NaN""#), Reading::default());
    }

    #[test]
    fn a_zero_that_a_device_does_say_is_kept() {
        let reading = reading(r#""power":0,"hashRate":0,"sharesAccepted":0,"fanrpm":0,"temp":0"#);
        assert_eq!(reading.power_w, Some(0.0));
        assert_eq!(reading.hashrate_ghs, Some(0.0));
        assert_eq!(reading.shares_accepted, Some(0.0));
        assert_eq!(reading.fan_rpm, Some(0.0));
        assert_eq!(reading.temperature_celsius, Some(0.0));
    }

    #[test]
    fn the_fan_is_read_under_each_of_its_names() {
        for (json, rpm) in [
            (r#""fanspeed":35,"fanSpeed":3573"#, 3573.0),
            (r#""fanspeed":35,"fanSpeedRpm":4120"#, 4120.0),
            (r#""fanspeed":35,"fanrpm":2500"#, 2500.0),
            (r#""fanrpm":2500,"fanSpeedRpm":4120"#, 4120.0),
            (r#""fanspeed":35,"fanrpm":null"#, 35.0),
        ] {
            assert_eq!(reading(json).fan_rpm, Some(rpm), "{json}");
        }
        assert_eq!(reading(r#""fanspeed":35,"fanrpm":2500"#).fan_percent, Some(35.0));
    }

    #[test]
    fn a_missing_sensor_is_not_a_temperature() {
        let absent = reading(r#""temp":-1,"vrTemp":-1"#);
        assert_eq!(absent.temperature_celsius, None);
        assert_eq!(absent.vr_temperature_celsius, None);
        assert_eq!(reading(r#""vrTemp":0"#).vr_temperature_celsius, None);
        let winter = reading(r#""temp":-0.5,"vrTemp":61.5"#);
        assert_eq!(winter.temperature_celsius, Some(-0.5));
        assert_eq!(winter.vr_temperature_celsius, Some(61.5));
    }

    #[test]
    fn the_ten_minute_average_stands_in_for_a_missing_hash_rate_only() {
        assert_eq!(reading(r#""hashRate_10m":2991.5"#).hashrate_ghs, Some(2991.5));
        assert_eq!(reading(r#""hashRate":0,"hashRate_10m":2991.5"#).hashrate_ghs, Some(0.0));
    }

    #[test]
    fn efficiency_is_power_over_hash_rate_and_unknown_while_nothing_is_hashed() {
        let efficiency = |json| reading(json).efficiency_joules_per_terahash;
        assert_eq!(efficiency(r#""power":15,"hashRate":1000"#), Some(15.0));
        assert_eq!(efficiency(r#""power":60,"hashRate_10m":3000,"efficiency":99"#), Some(20.0));
        assert_eq!(efficiency(r#""power":15,"hashRate":0,"efficiency":99"#), None);
        assert_eq!(efficiency(r#""power":15,"hashRate":-1"#), None);
        assert_eq!(efficiency(r#""power":1e300,"hashRate":1e-300"#), None);
        assert_eq!(efficiency(r#""power":15"#), None);
        assert_eq!(efficiency(r#""efficiency":17.5"#), Some(17.5));
    }
}
