//! `GET /api/system/statistics`: rows of the past since boot, if the device was told to keep any.

use crate::device::json::{Json, Style, document};
use crate::device::nvs::Key;
use crate::device::told::Told;
use crate::device::vitals::Sample;

/// The most rows that a device keeps.
const ROWS: usize = 720;

/// A column: its label before 2.11 and since, and what stands in it.
struct Column {
    old: Option<&'static str>,
    new: Option<(&'static str, u16)>,
    of: fn(&Sample) -> f64,
}

impl Column {
    const fn both(old: &'static str, new: &'static str, of: fn(&Sample) -> f64) -> Self {
        Self { old: Some(old), new: Some((new, 11)), of }
    }

    /// Since 2.11 or a later minor version.
    const fn new(name: &'static str, since_minor: u16, of: fn(&Sample) -> f64) -> Self {
        Self { old: None, new: Some((name, since_minor)), of }
    }

    const fn old(name: &'static str, of: fn(&Sample) -> f64) -> Self {
        Self { old: Some(name), new: None, of }
    }

    fn label(&self, minor: u16) -> Option<&'static str> {
        match self.new {
            Some((label, since)) if minor >= 11 => (minor >= since).then_some(label),
            _ if minor >= 11 => None,
            _ => self.old,
        }
    }
}

/// Those of 2.11 in their order; the temperature stood second before.
static COLUMNS: &[Column] = &[
    Column::both("hashRate", "hashrate", |row| row.hashrate_ghs),
    Column::new("hashrate_1m", 12, |row| row.hashrate_ghs),
    Column::new("hashrate_10m", 12, |row| row.hashrate_10m_ghs),
    Column::new("hashrate_1h", 12, |row| row.hashrate_1h_ghs),
    Column::new("errorPercentage", 11, |row| row.error_percent),
    Column::both("temp", "asicTemp", |row| row.temp_celsius),
    // The second sensor of a board is not in the samples: it has none.
    Column::new("asicTemp2", 14, |_| -1.0),
    Column::both("vrTemp", "vrTemp", |row| row.vr_temp_celsius),
    Column::new("asicVoltage", 11, |row| (row.core_voltage_v * 1e3).round()),
    Column::new("voltage", 11, |row| row.voltage_v * 1e3),
    Column::both("power", "power", |row| row.power_w),
    Column::old("voltage", |row| row.voltage_v * 1e3),
    Column::both("current", "current", |row| row.current_a * 1e3),
    Column::old("coreVoltageActual", |row| (row.core_voltage_v * 1e3).round()),
    Column::both("fanspeed", "fanSpeed", |row| row.fan_percent),
    Column::both("fanrpm", "fanRpm", |row| row.fan_rpm.round()),
    Column::new("fan2Rpm", 11, |_| 0.0),
    Column::both("wifiRSSI", "wifiRssi", |row| row.wifi_rssi_dbm.into()),
    Column::both("freeHeap", "freeHeap", |row| row.free_heap_bytes as f64),
    Column::new("responseTime", 11, |row| row.response_time_ms),
];

/// All columns, or those that are asked for by name, since 2.11, if one of them is known. The time is always last.
pub(super) fn statistics(told: &Told<'_>, wanted: Option<&str>) -> Vec<u8> {
    let minor = told.firmware.version.1;
    let labelled = COLUMNS.iter().filter_map(|column| Some((column.label(minor)?, column.of)));
    let mut columns: Vec<_> = labelled.collect();
    let is_wanted =
        |label: &str| wanted.is_some_and(|wanted| wanted.split([',', '%']).any(|name| is(name, label)));
    if minor >= 11 && columns.iter().any(|(label, _)| is_wanted(label)) {
        columns.retain(|(label, _)| is_wanted(label));
    }
    document(Style::of(told.firmware), |json| {
        json.key("currentTimestamp").count(told.vitals.uptime_seconds * 1_000);
        json.key("labels").array(|json| {
            columns.iter().for_each(|(label, _)| json.item().text(label));
            json.item().text("timestamp");
        });
        rows(told, json, |row, json| columns.iter().for_each(|(_, of)| json.item().float(of(row))));
    })
}

/// A comma may come as `%2C`.
fn is(name: &str, label: &str) -> bool {
    name == label || name.strip_prefix("2C").or_else(|| name.strip_prefix("2c")) == Some(label)
}

/// What the page of 2.8 to 2.10 draws.
pub(super) fn dashboard(told: &Told<'_>) -> Vec<u8> {
    document(Style::of(told.firmware), |json| {
        json.key("currentTimestamp").count(told.vitals.uptime_seconds * 1_000);
        rows(told, json, |row, json| {
            [row.hashrate_ghs, row.temp_celsius, row.power_w]
                .iter()
                .for_each(|value| json.item().float(*value));
        });
    })
}

/// The rows since boot, each with its time since boot at its end.
fn rows(told: &Told<'_>, json: &mut Json<'_>, cells: impl Fn(&Sample, &mut Json<'_>)) {
    let is_on = told.firmware.version < (2, 9, 0) || told.nvs.number(Key::StatsPeriodSeconds) > 0.0;
    let booted_unix_ms = told.booted_unix_ms();
    let since_boot = |row: &&Sample| is_on && row.unix_ms >= booted_unix_ms;
    let kept: Vec<_> = told.vitals.history.iter().filter(since_boot).collect();
    json.key("statistics").array(|json| {
        for row in &kept[kept.len().saturating_sub(ROWS)..] {
            json.item().array(|json| {
                cells(row, json);
                json.item().count(row.unix_ms - booted_unix_ms);
            });
        }
    });
}
