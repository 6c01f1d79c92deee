//! What the sensors and counters of a device show at a moment of a stretch: its state, and the noise of measuring it.

use super::board::Board;
use super::knobs::block_height;
use super::noise::Subject;
use super::state::{Device, WINDOWS_SECONDS};
use super::stretch::Stretch;
use super::work::{Lifetime, Work};
use crate::device::vitals::{Chip, Sample, Vitals};

/// How far a hash rate of this moment, and its averages, are off by chance, at most.
const HASHRATE_NOISE: f64 = 0.04;
const WINDOW_NOISE: [f64; 4] = [0.02, 0.008, 0.003, 0.000_8];
const WINDOW_SUBJECTS: [Subject; 4] =
    [Subject::HashrateMinute, Subject::HashrateTenMinutes, Subject::HashrateHour, Subject::HashrateDay];

/// What a sensor shows that has nothing to measure.
const NO_TEMPERATURE_CELSIUS: f64 = -1.0;

/// What the input voltage loses by the time a board draws all it may.
const DROOP: f64 = 0.02;

/// All that a device says of a moment.
pub(crate) fn vitals(
    device: &Device,
    stretch: &Stretch,
    before: Lifetime,
    booted_ms: u64,
    overheated: bool,
    unix_ms: u64,
) -> Vitals {
    let Device { board, noise, around } = device;
    let now = sample(device, stretch, booted_ms, unix_ms);
    let work = stretch.work(device, unix_ms);
    let uptime_ms = unix_ms.saturating_sub(booted_ms);
    let ever = before.and(&work, uptime_ms);
    let is_off = stretch.phase.is_off();
    Vitals {
        unix_ms,
        uptime_seconds: uptime_ms / 1_000,
        total_uptime_seconds: ever.uptime_ms / 1_000,
        power_w: now.power_w,
        voltage_v: now.voltage_v,
        current_a: now.current_a,
        core_voltage_v: now.core_voltage_v,
        frequency_mhz: stretch.clock_mhz(unix_ms),
        temp_celsius: (!is_off).then_some(now.temp_celsius),
        temp2_celsius: (!is_off && board.chips() > 1)
            .then(|| now.temp_celsius + 1.0 + 1.5 * noise.for_life(Subject::ChipTemperature, 1)),
        vr_temp_celsius: now.vr_temp_celsius,
        fan_percent: now.fan_percent,
        fan_rpm: now.fan_rpm,
        hashrate_ghs: now.hashrate_ghs,
        hashrate_1m_ghs: window_ghs(device, stretch, booted_ms, unix_ms, 0),
        hashrate_10m_ghs: now.hashrate_10m_ghs,
        hashrate_1h_ghs: now.hashrate_1h_ghs,
        hashrate_1d_ghs: now.hashrate_1d_ghs,
        expected_hashrate_ghs: stretch.expected_ghs(device, unix_ms),
        error_percent: now.error_percent,
        chips: chips(device, stretch, &work, now.hashrate_ghs),
        shares_accepted: work.shares_accepted,
        shares_rejected: work.shares_rejected,
        rejections: Vec::new(),
        best_session_difficulty: work.best_difficulty,
        best_difficulty: ever.best_difficulty,
        total_hashes: ever.gigahashes * 1e9,
        pool_difficulty: stretch.pool_difficulty,
        block_height: block_height(unix_ms),
        network_difficulty: around.network_difficulty,
        blocks_found: u64::from(work.best_difficulty >= around.network_difficulty),
        wifi_rssi_dbm: now.wifi_rssi_dbm,
        free_heap_bytes: now.free_heap_bytes,
        response_time_ms: now.response_time_ms,
        cpu_percent: 28.0 + 8.0 * noise.wander(Subject::Cpu, unix_ms, 5_000),
        overheated,
        history: Vec::new(),
    }
}

/// What the sensors show.
pub(crate) fn sample(device: &Device, stretch: &Stretch, booted_ms: u64, unix_ms: u64) -> Sample {
    let Device { board, noise, .. } = *device;
    let wander = |subject, period_ms| noise.wander(subject, unix_ms, period_ms);
    let settled = stretch.settled(device, unix_ms);
    let [chip_celsius, vr_celsius] = stretch.celsius(settled, unix_ms);
    let fan = stretch.fan(settled, chip_celsius);
    let is_off = stretch.phase.is_off();
    let drawn_w = stretch.heat.total_w(chip_celsius, stretch.clocked(unix_ms))
        + board.idle_power_w
        + board.fan_power_w * fan.powi(3);
    let power_w = (drawn_w * (1.0 + 0.008 * wander(Subject::Power, 10_000))).min(2.0 * board.max_power_w());
    let voltage_v = input_v(board, noise.for_life(Subject::Supply, 0), power_w);
    let windows_ghs = |which| window_ghs(device, stretch, booted_ms, unix_ms, which);
    Sample {
        unix_ms,
        hashrate_ghs: stretch.hashrate_ghs(device, unix_ms)
            * (1.0 + HASHRATE_NOISE * wander(Subject::Hashrate, 5_000)),
        hashrate_10m_ghs: windows_ghs(1),
        hashrate_1h_ghs: windows_ghs(2),
        hashrate_1d_ghs: windows_ghs(3),
        temp_celsius: if is_off {
            NO_TEMPERATURE_CELSIUS
        } else {
            chip_celsius + 0.4 * wander(Subject::ChipTemperature, 5_000)
        },
        vr_temp_celsius: vr_celsius + 0.5 * wander(Subject::VrTemperature, 7_000),
        power_w,
        voltage_v,
        current_a: power_w / voltage_v,
        core_voltage_v: stretch.core_v * (0.994 + 0.003 * wander(Subject::CoreVoltage, 5_000)),
        fan_percent: 100.0 * fan,
        fan_rpm: fan_rpm(board, fan) * (1.0 + 0.015 * wander(Subject::Fan, 5_000)),
        wifi_rssi_dbm: (-58.0 + 12.0 * noise.for_life(Subject::Wifi, 1) + 3.0 * wander(Subject::Wifi, 20_000))
            .round() as i32,
        free_heap_bytes: (board.free_heap_bytes as f64 * (1.0 + 0.03 * wander(Subject::Heap, 60_000))) as u64,
        response_time_ms: 45.0
            + 25.0 * noise.for_life(Subject::Latency, 1)
            + 8.0 * wander(Subject::Latency, 10_000),
        error_percent: if is_off {
            0.0
        } else {
            (100.0 * (1.0 - stretch.right) * (1.0 + 0.15 * wander(Subject::Errors, 10_000))).min(100.0)
        },
    }
}

/// An average that begins at boot, and not in the nothing before it.
fn window_ghs(device: &Device, stretch: &Stretch, booted_ms: u64, unix_ms: u64, which: usize) -> f64 {
    let seconds = unix_ms.saturating_sub(booted_ms) as f64 / 1_000.0;
    if seconds == 0.0 {
        return 0.0;
    }
    let window_seconds = WINDOWS_SECONDS[which];
    let filled = -(-seconds / window_seconds).exp_m1();
    let noise = device.noise.wander(WINDOW_SUBJECTS[which], unix_ms, (window_seconds * 250.0) as u64);
    let ghs = stretch.window_ghs(device, unix_ms, which) / filled;
    ghs.max(0.0) * (1.0 + WINDOW_NOISE[which] * noise)
}

/// Supply and cable give way under load: V = V0 - R·P/V.
fn input_v(board: &Board, supply: f64, power_w: f64) -> f64 {
    let unloaded_v = board.nominal_voltage_v() * (1.015 + 0.015 * supply);
    let ohm = DROOP * unloaded_v * unloaded_v / board.max_power_w();
    (unloaded_v + (unloaded_v * unloaded_v - 4.0 * ohm * power_w).sqrt()) / 2.0
}

fn fan_rpm(board: &Board, fan: f64) -> f64 {
    if fan > 0.0 { board.fan_rpm * (0.1 + 0.9 * fan) } else { 0.0 }
}

/// A board's hash rate and errors, parted among its chips: the errors in the same parts for life.
fn chips(device: &Device, stretch: &Stretch, work: &Work, hashrate_ghs: f64) -> Vec<Chip> {
    let Device { board, noise, .. } = *device;
    let right = f64::from(board.chips()) * stretch.right;
    let parts = |chip| 1.0 + 0.5 * noise.for_life(Subject::Errors, chip);
    let all_parts: f64 = (0..board.chips().into()).map(parts).sum();
    (0..board.chips())
        .map(|chip| Chip {
            hashrate_ghs: hashrate_ghs * stretch.quality.right_of(noise, chip) / right,
            errors: (work.errors() * parts(chip.into()) / all_parts) as u64,
        })
        .collect()
}
