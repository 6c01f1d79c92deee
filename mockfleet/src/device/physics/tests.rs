use super::board::{GAMMA, MAX, NERDQAXE_PLUS, NERDQAXE_PLUS_PLUS, SUPRA, ULTRA};
use super::knobs::Fan;
use super::*;

const BOOT_MS: u64 = 1_780_000_000_000;
const SECOND_MS: u64 = 1_000;
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 3_600_000;

fn defaults(board: &Board, overheat: OverheatRule) -> Knobs {
    Knobs {
        frequency_mhz: board.default_frequency_mhz(),
        core_voltage_mv: board.model.default_voltage_mv,
        fan: Fan::Auto { target_celsius: 60.0, min_percent: 25.0 },
        paused: false,
        pool_difficulty: 1_000.0,
        overheat,
    }
}

fn device(board: &'static Board, overheat: OverheatRule) -> Physics {
    Physics::new(1, 0, board, Surroundings::default(), defaults(board, overheat), BOOT_MS)
}

/// Settings that no cooler bears.
fn reckless(knobs: &Knobs) -> Knobs {
    Knobs { frequency_mhz: 800.0, core_voltage_mv: 1_350, fan: Fan::Manual(10.0), ..*knobs }
}

fn after(ms: u64) -> u64 {
    BOOT_MS + ms
}

#[test]
fn every_board_draws_and_hashes_at_its_defaults_what_owners_report() {
    let reported = [
        (&MAX, 286.0, 13.0),
        (&ULTRA, 434.0, 12.0),
        (&SUPRA, 625.0, 14.0),
        (&GAMMA, 1_071.0, 17.0),
        (&NERDQAXE_PLUS, 2_500.0, 56.0),
        (&NERDQAXE_PLUS_PLUS, 4_896.0, 76.0),
    ];
    for (board, ghs, power_w) in reported {
        let vitals = device(board, OverheatRule::New).at(after(HOUR_MS));
        assert!(
            (vitals.hashrate_10m_ghs / ghs - 1.0).abs() < 0.04,
            "{}: {vitals:?}",
            board.model.device_model
        );
        assert!((vitals.power_w / power_w - 1.0).abs() < 0.06, "{}: {vitals:?}", board.model.device_model);
        assert!(
            (vitals.temp_celsius.unwrap() - 60.0).abs() < 1.0,
            "{}: {vitals:?}",
            board.model.device_model
        );
        assert!(vitals.error_percent < 4.0, "{}: {vitals:?}", board.model.device_model);
    }
}

#[test]
fn a_boot_takes_some_seconds_and_the_clock_some_more() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let booting = device.at(after(2 * SECOND_MS));
    assert_eq!((booting.hashrate_ghs, booting.frequency_mhz), (0.0, 0.0));
    assert_eq!(booting.temp_celsius, None);
    assert!((booting.expected_hashrate_ghs - 1_071.0).abs() < 1e-9);
    let mut last_mhz = 0.0;
    for second in 3..20 {
        let mhz = device.at(after(second * SECOND_MS)).frequency_mhz;
        assert!(last_mhz <= mhz && mhz - last_mhz <= 63.0, "{last_mhz} then {mhz} MHz");
        last_mhz = mhz;
    }
    assert_eq!(last_mhz, 525.0);
}

#[test]
fn a_chip_warms_within_minutes_and_an_hour_average_begins_at_boot() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let celsius = |device: &mut Physics, ms| device.at(after(ms)).temp_celsius.unwrap();
    let early = celsius(&mut device, 30 * SECOND_MS);
    let later = celsius(&mut device, 90 * SECOND_MS);
    let warm = celsius(&mut device, 10 * MINUTE_MS);
    assert!(early < 45.0 && early + 5.0 < later && later + 5.0 < warm, "{early} {later} {warm}");
    let vitals = device.at(after(10 * MINUTE_MS));
    assert!((vitals.hashrate_1h_ghs / 1_071.0 - 1.0).abs() < 0.04, "{vitals:?}");
}

#[test]
fn averages_follow_a_slower_clock_each_at_its_own_pace() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let halved = Knobs { frequency_mhz: 262.5, ..*device.knobs() };
    device.set(after(6 * HOUR_MS), halved);
    let vitals = device.at(after(6 * HOUR_MS + 10 * MINUTE_MS));
    let parts = [
        vitals.hashrate_ghs,
        vitals.hashrate_1m_ghs,
        vitals.hashrate_10m_ghs,
        vitals.hashrate_1h_ghs,
        vitals.hashrate_1d_ghs,
    ]
    .map(|ghs| ghs / 1_071.0);
    let wanted = [0.5, 0.5, 0.68, 0.92, 0.98];
    for (part, wanted) in parts.iter().zip(wanted) {
        assert!((part - wanted).abs() < 0.04, "{parts:?}");
    }
}

#[test]
fn warmer_air_takes_more_fan_and_then_more_heat_power_and_errors() {
    let at = |ambient_celsius| {
        let around = Surroundings { ambient_celsius, ..Surroundings::default() };
        let knobs = Knobs { fan: Fan::Manual(60.0), ..defaults(&GAMMA, OverheatRule::New) };
        let auto = Physics::new(1, 0, &GAMMA, around, defaults(&GAMMA, OverheatRule::New), BOOT_MS);
        let manual = Physics::new(1, 0, &GAMMA, around, knobs, BOOT_MS);
        [auto, manual].map(|mut device| device.at(after(HOUR_MS)))
    };
    let ([auto, manual], [warm_auto, warm_manual]) = (at(15.0), at(33.0));
    assert!(warm_auto.fan_percent > auto.fan_percent + 15.0);
    assert!(warm_manual.temp_celsius.unwrap() > manual.temp_celsius.unwrap() + 15.0);
    assert!(warm_manual.power_w > manual.power_w);
    assert!(warm_manual.hashrate_1h_ghs < manual.hashrate_1h_ghs);
}

#[test]
fn undervolting_saves_power_and_costs_more_hash_rate_than_it_should() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let knobs = Knobs { core_voltage_mv: 1_050, ..*device.knobs() };
    let before = device.at(after(HOUR_MS));
    device.set(after(HOUR_MS), knobs);
    let under = device.at(after(2 * HOUR_MS));
    assert!(under.power_w < 0.9 * before.power_w);
    assert!(under.error_percent > 10.0 && under.hashrate_10m_ghs < 0.9 * before.hashrate_10m_ghs);
    assert_eq!(under.expected_hashrate_ghs, before.expected_hashrate_ghs);
}

#[test]
fn an_old_firmware_that_overheats_falls_back_and_waits_for_somebody() {
    let mut device = device(&GAMMA, OverheatRule::Old);
    let knobs = reckless(device.knobs());
    device.set(after(HOUR_MS), knobs);
    let hot = device.at(after(2 * HOUR_MS));
    assert!(hot.overheated && hot.frequency_mhz == 50.0 && hot.fan_percent == 100.0, "{hot:?}");
    assert!((hot.hashrate_10m_ghs / 102.0 - 1.0).abs() < 0.05 && hot.power_w < 8.0, "{hot:?}");
    assert_eq!(*device.knobs(), overheat::safe(knobs));

    device.clear_overheat(after(3 * HOUR_MS));
    device.set(after(3 * HOUR_MS), defaults(&GAMMA, OverheatRule::Old));
    let patched = device.at(after(4 * HOUR_MS));
    assert!(!patched.overheated && patched.frequency_mhz == 50.0, "settings wait for a reboot: {patched:?}");

    device.reboot(after(4 * HOUR_MS));
    let well = device.at(after(5 * HOUR_MS));
    assert!(!well.overheated && well.frequency_mhz == 525.0, "{well:?}");
}

#[test]
fn the_flag_of_an_old_firmware_outlives_a_reboot() {
    let mut device = device(&GAMMA, OverheatRule::Old);
    device.force_overheat(after(HOUR_MS));
    device.reboot(after(HOUR_MS + MINUTE_MS));
    let vitals = device.at(after(2 * HOUR_MS));
    assert!(vitals.overheated && vitals.frequency_mhz == 50.0, "{vitals:?}");
}

#[test]
fn a_new_firmware_that_overheats_cools_down_and_comes_back_lower_by_itself() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let quiet = Knobs { fan: Fan::Manual(40.0), ..*device.knobs() };
    device.set(BOOT_MS, quiet);
    device.force_overheat(after(HOUR_MS));
    let cooling = device.at(after(HOUR_MS + 29 * SECOND_MS));
    assert!(cooling.overheated && cooling.hashrate_ghs == 0.0, "{cooling:?}");
    assert_eq!((cooling.temp_celsius, cooling.fan_percent), (None, 100.0));
    assert!(cooling.power_w < 4.5, "{cooling:?}");
    assert_eq!(device.knobs().frequency_mhz, 525.0);

    let back = device.at(after(HOUR_MS + 2 * MINUTE_MS));
    assert!(!back.overheated && back.frequency_mhz == 425.0, "{back:?}");
    assert_eq!(*device.knobs(), Knobs { frequency_mhz: 425.0, core_voltage_mv: 1_050, ..quiet });
    assert!(back.shares_accepted >= cooling.shares_accepted && back.uptime_seconds > 3_600);
}

#[test]
fn a_new_firmware_lowers_its_settings_until_it_keeps_cool() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let knobs = reckless(device.knobs());
    device.set(after(HOUR_MS), knobs);
    let vitals = device.at(after(4 * HOUR_MS));
    let lowered_by = knobs.frequency_mhz - device.knobs().frequency_mhz;
    assert!(lowered_by >= 200.0 && lowered_by % 100.0 == 0.0, "{:?}", device.knobs());
    assert!(!vitals.overheated && vitals.temp_celsius.unwrap() < 76.0, "{vitals:?}");
}

#[test]
fn a_device_overheats_in_the_afternoon_and_not_at_night() {
    let around = Surroundings { ambient_celsius: 30.0, swing_kelvin: 12.0, ..Surroundings::default() };
    let fan = |percent| Knobs { fan: Fan::Manual(percent), ..defaults(&GAMMA, OverheatRule::Old) };
    // Between what bears the afternoon and what does not bear the night.
    let midnight = BOOT_MS / 86_400_000 * 86_400_000;
    let trips = |percent| {
        let mut device = Physics::new(1, 0, &GAMMA, around, fan(percent), midnight);
        (0..48).find(|hour| device.at(midnight + hour * HOUR_MS).overheated)
    };
    assert_eq!(trips(100.0), None);
    assert!(trips(35.0).is_some_and(|hour| (8..16).contains(&hour)), "{:?}", trips(35.0));
}

#[test]
fn the_oldest_firmware_slows_its_clock_and_sets_no_flag() {
    let mut device = device(&ULTRA, OverheatRule::None);
    let knobs = reckless(device.knobs());
    device.set(after(HOUR_MS), knobs);
    let vitals = device.at(after(2 * HOUR_MS));
    assert!(!vitals.overheated && vitals.frequency_mhz < 700.0, "{vitals:?}");
    assert!((80.0..92.0).contains(&vitals.temp_celsius.unwrap()), "{vitals:?}");
    assert_eq!(device.knobs().frequency_mhz, 800.0);
}

#[test]
fn a_pause_stops_the_chip_and_a_reboot_ends_it() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let paused = Knobs { paused: true, ..*device.knobs() };
    device.set(after(HOUR_MS), paused);
    let at_once = device.at(after(HOUR_MS));
    let later = device.at(after(2 * HOUR_MS));
    assert_eq!((later.hashrate_ghs, later.temp_celsius), (0.0, None));
    assert_eq!(later.shares_accepted, at_once.shares_accepted);
    assert!(later.hashrate_1m_ghs < 1.0 && later.power_w < 4.5, "{later:?}");
    device.reboot(after(2 * HOUR_MS));
    assert!(!device.knobs().paused && device.at(after(3 * HOUR_MS)).hashrate_ghs > 1_000.0);
}

#[test]
fn a_reboot_resets_what_counts_from_boot_and_keeps_what_counts_for_ever() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let before = device.at(after(5 * HOUR_MS));
    device.reboot(after(5 * HOUR_MS));
    let after_it = device.at(after(5 * HOUR_MS));
    assert_eq!((after_it.uptime_seconds, after_it.shares_accepted, after_it.shares_rejected), (0, 0, 0));
    assert_eq!((after_it.best_session_difficulty, after_it.hashrate_1d_ghs), (0.0, 0.0));
    assert!(after_it.chips.iter().all(|chip| chip.errors == 0));
    assert_eq!(after_it.total_uptime_seconds, before.total_uptime_seconds);
    assert_eq!(after_it.total_hashes, before.total_hashes);
    assert_eq!(after_it.best_difficulty, before.best_difficulty);
    let second = device.at(after(10 * HOUR_MS));
    assert_ne!(second.shares_accepted, before.shares_accepted, "each boot has its own chance");
}

#[test]
fn the_past_is_told_as_it_was() {
    let mut device = device(&GAMMA, OverheatRule::New);
    let mut seen = Vec::new();
    for minute in 1..=30 {
        if minute == 15 {
            let knobs = Knobs { frequency_mhz: 600.0, core_voltage_mv: 1_200, ..*device.knobs() };
            device.set(after(14 * MINUTE_MS + 1), knobs);
        }
        seen.push(device.at(after(minute * MINUTE_MS)));
    }
    let history = device.history(after(30 * MINUTE_MS), MINUTE_MS, 720);
    assert_eq!(history.len(), 30);
    for (sample, seen) in history.iter().zip(&seen) {
        assert_eq!(
            (sample.unix_ms, sample.hashrate_ghs, sample.power_w, sample.hashrate_1h_ghs),
            (seen.unix_ms, seen.hashrate_ghs, seen.power_w, seen.hashrate_1h_ghs)
        );
        assert_eq!(Some(sample.temp_celsius), seen.temp_celsius);
    }
    assert_eq!(device.history(after(30 * MINUTE_MS), MINUTE_MS, 10), history[20..]);
    device.reboot(after(31 * MINUTE_MS));
    assert!(device.history(after(31 * MINUTE_MS), MINUTE_MS, 720).is_empty());
}

#[test]
fn settings_that_are_turned_all_the_time_cost_no_more_memory() {
    let mut device = device(&GAMMA, OverheatRule::New);
    for minute in 1..1_000 {
        let fan = Fan::Manual(50.0 + (minute % 2) as f64);
        let knobs = Knobs { fan, ..*device.knobs() };
        device.set(after(minute * MINUTE_MS), knobs);
    }
    let history = device.history(after(1_000 * MINUTE_MS), MINUTE_MS, 720);
    assert!((2..20).contains(&history.len()), "{}", history.len());
}

#[test]
fn a_device_fits_into_a_kilobyte() {
    assert!(size_of::<Physics>() <= 640, "{} bytes", size_of::<Physics>());
}
