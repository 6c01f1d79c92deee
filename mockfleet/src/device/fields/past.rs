//! NerdQAxe's arrays and objects: its pools, fans and chips, and the past that a client asks for with `?ts=`.

use super::nerdqaxe::PING_MS;
use crate::device::json::Json;
use crate::device::nvs::Key;
use crate::device::told::{Past, Told};
use crate::device::vitals::Sample;

/// A pool that is asked for more than it offers would set this.
const NO_ERROR: bool = false;

pub(super) fn stratum(told: &Told<'_>, json: &mut Json<'_>) {
    json.object(|json| {
        json.key("poolMode").number(told.nvs.number(Key::PoolMode));
        json.key("activePoolMode").number(told.nvs.number(Key::PoolMode));
        json.key("poolBalance").number(told.nvs.number(Key::PoolBalance));
        json.key("totalBestDiff").number(told.vitals.best_difficulty.round());
        json.key("usingFallback").bool(told.state.on_fallback);
        json.key("pools").array(|json| {
            let active = usize::from(told.state.on_fallback);
            (0..2).for_each(|index| json.item().object(|json| pool(index == active, told, json)));
        });
    });
}

/// The pool that is not mined at is connected to, but knows nothing.
fn pool(active: bool, told: &Told<'_>, json: &mut Json<'_>) {
    let of_active = |number: f64| if active { number } else { 0.0 };
    json.key("connected").bool(active);
    json.key("poolDifficulty").number(of_active(told.vitals.pool_difficulty));
    json.key("networkDifficulty").number(of_active(told.vitals.network_difficulty));
    json.key("poolDiffErr").bool(NO_ERROR);
    json.key("accepted").number(of_active(told.vitals.shares_accepted as f64));
    json.key("rejected").number(of_active(told.vitals.shares_rejected as f64));
    json.key("pingRtt").float(of_active(PING_MS));
    json.key("pingLoss").number(0);
    json.key("bestDiff").number(of_active(told.vitals.best_session_difficulty.round()));
}

pub(super) fn fans(told: &Told<'_>, json: &mut Json<'_>) {
    let (nvs, vitals) = (told.nvs, told.vitals);
    json.array(|json| {
        for fan in 0..told.board().fans {
            json.item().object(|json| {
                json.key("label").text(if fan == 0 { "ASIC" } else { "VR" });
                json.key("mode").number(nvs.number(Key::AutoFan));
                json.key("manualSpeed").number(nvs.number(Key::ManualFanPercent));
                json.key("overheatTemp").number(nvs.number(Key::OverheatCelsius));
                json.key("rpm").number(vitals.fan_rpm.round());
                json.key("speedPerc").number(vitals.fan_percent.round());
                json.key("pid").object(|json| {
                    json.key("targetTemp").number(nvs.number(Key::PidTargetCelsius));
                    json.key("p").float(nvs.number(Key::PidP));
                    json.key("i").float(nvs.number(Key::PidI));
                    json.key("d").float(nvs.number(Key::PidD));
                });
            });
        }
    });
}

/// One sensor is all that the model has: the chips are told to be as hot as each other.
pub(super) fn asic_temps(told: &Told<'_>, json: &mut Json<'_>) {
    let temp_celsius = told.vitals.temp_celsius.unwrap_or(-1.0);
    json.array(|json| (0..told.board().asic_count).for_each(|_| json.item().float(temp_celsius)));
}

/// Hash rates are in hundredths of GH/s; times count from the one that was asked for.
pub(super) fn history(told: &Told<'_>, json: &mut Json<'_>) {
    let Some(past) = told.past else { return json.null() };
    let rows = rows(past, &told.vitals.history);
    let hundredths = |json: &mut Json<'_>, name, of: fn(&Sample) -> f64| {
        json.key(name)
            .array(|json| rows.iter().for_each(|row| json.item().number((of(row) * 100.0).round())));
    };
    json.object(|json| {
        if told.firmware.is_nerdqaxe_from((1, 0, 31)) {
            hundredths(json, "hashrate_1m", |row| row.hashrate_ghs);
        }
        hundredths(json, "hashrate_10m", |row| row.hashrate_10m_ghs);
        hundredths(json, "hashrate_1h", |row| row.hashrate_1h_ghs);
        hundredths(json, "hashrate_1d", |row| row.hashrate_1d_ghs);
        if told.firmware.is_nerdqaxe_from((1, 0, 35)) {
            hundredths(json, "vregTemp", |row| row.vr_temp_celsius);
            hundredths(json, "asicTemp", |row| row.temp_celsius);
        }
        json.key("timestamps").array(|json| {
            rows.iter().for_each(|row| json.item().count(row.unix_ms - past.from_unix_ms));
        });
        json.key("timestampBase").count(past.from_unix_ms);
        if told.firmware.is_nerdqaxe_from((1, 0, 35)) {
            json.key("hasMore").bool(rows.len() < in_span(past, &told.vitals.history).count());
        }
    });
}

fn in_span(past: Past, history: &[Sample]) -> impl Iterator<Item = &Sample> {
    let span = past.from_unix_ms..past.from_unix_ms.saturating_add(past.span_ms);
    history.iter().filter(move |row| span.contains(&row.unix_ms))
}

fn rows(past: Past, history: &[Sample]) -> Vec<&Sample> {
    let limit = if past.limit == 0 { usize::MAX } else { past.limit };
    in_span(past, history).take(limit).collect()
}
