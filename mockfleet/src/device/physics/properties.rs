//! What holds for any device, whatever is done to it and whenever it is asked.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::board::{BOARDS, GAMMA};
use super::knobs::Fan;
use super::*;

/// The same cases in every run. To try others: `PROPTEST_RNG_SEED=<number>`, and `PROPTEST_CASES=<number>` for more.
pub(super) fn config() -> ProptestConfig {
    let told = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let rng_seed = if told.rng_seed == RngSeed::Random { RngSeed::Fixed(1) } else { told.rng_seed };
    ProptestConfig { rng_seed, ..told }
}

const BOOT_MS: u64 = 1_780_000_000_000;

/// What may happen to a device.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Set(Knobs),
    Reboot,
    Overheat,
    Clear,
    Nothing,
}

/// What happens, each so many milliseconds after the last.
type Script = Vec<(u64, Deed)>;

fn rule() -> impl Strategy<Value = OverheatRule> {
    prop_oneof![Just(OverheatRule::None), Just(OverheatRule::Old), Just(OverheatRule::New)]
}

fn fan() -> impl Strategy<Value = Fan> {
    let auto = (30.0..70.0, 0.0..100.0_f64)
        .prop_map(|(target_celsius, min_percent)| Fan::Auto { target_celsius, min_percent });
    prop_oneof![auto, (0.0..=100.0).prop_map(Fan::Manual)]
}

/// What users try, and anything that a device accepts.
fn knobs(overheat: OverheatRule) -> impl Strategy<Value = Knobs> {
    let frequency_mhz = prop_oneof![3 => 50.0..900.0, 1 => 1.0..65_535.0];
    let core_voltage_mv = prop_oneof![3 => 900..1_500_u32, 1 => 0..65_536_u32];
    let difficulty = (0..7).prop_map(|tens| 10_f64.powi(tens));
    (frequency_mhz, core_voltage_mv, fan(), any::<bool>(), difficulty).prop_map(
        move |(frequency_mhz, core_voltage_mv, fan, paused, pool_difficulty)| Knobs {
            frequency_mhz,
            core_voltage_mv,
            fan,
            paused,
            pool_difficulty,
            overheat,
        },
    )
}

/// Gaps from a moment to some months.
fn gap_ms() -> impl Strategy<Value = u64> {
    (0..22, 0.0..1.0).prop_map(|(exponent, part)| (3_f64.powi(exponent) * part) as u64)
}

fn deed(overheat: OverheatRule) -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => knobs(overheat).prop_map(Deed::Set),
        1 => Just(Deed::Reboot),
        1 => Just(Deed::Overheat),
        1 => Just(Deed::Clear),
        4 => Just(Deed::Nothing),
    ]
}

prop_compose! {
    fn case()(overheat in rule())(
        seed in any::<u64>(),
        board in 0..BOARDS.len(),
        ambient_celsius in 5.0..45.0,
        swing_kelvin in 0.0..10.0,
        first in knobs(overheat),
        script in vec((gap_ms(), deed(overheat)), 1..20),
    ) -> (Physics, Script) {
        let around = Surroundings { ambient_celsius, swing_kelvin, ..Surroundings::default() };
        (Physics::new(seed, 3, &BOARDS[board], around, first, BOOT_MS), script)
    }
}

fn perform(device: &mut Physics, now_ms: u64, deed: Deed) {
    match deed {
        Deed::Set(knobs) => device.set(now_ms, knobs),
        Deed::Reboot => device.reboot(now_ms),
        Deed::Overheat => device.force_overheat(now_ms),
        Deed::Clear => device.clear_overheat(now_ms),
        Deed::Nothing => (),
    }
}

/// What the device says after each deed, asked so many times evenly on the way to it.
fn play(mut device: Physics, script: &Script, asks: u64) -> Vec<(Deed, Vitals)> {
    let mut now_ms = BOOT_MS;
    let mut told = Vec::new();
    for &(gap_ms, deed) in script {
        for ask in 0..asks {
            told.push((Deed::Nothing, device.at(now_ms + gap_ms * ask / asks)));
        }
        now_ms += gap_ms;
        perform(&mut device, now_ms, deed);
        told.push((deed, device.at(now_ms)));
    }
    told
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_device_says_does_not_depend_on_how_often_it_was_asked((device, script) in case()) {
        let seldom = play(device.clone(), &script, 0);
        let often = play(device, &script, 7);
        for (nth, (_, vitals)) in seldom.iter().enumerate() {
            prop_assert_eq!(vitals, &often[nth * 8 + 7].1);
        }
    }

    #[test]
    fn counters_only_grow_but_for_a_reboot((device, script) in case()) {
        let told = play(device, &script, 3);
        for pair in told.windows(2) {
            let ((_, last), (deed, now)) = (&pair[0], &pair[1]);
            let ever = |vitals: &Vitals| [vitals.total_hashes, vitals.best_difficulty];
            prop_assert!(ever(last).iter().zip(ever(now)).all(|(last, now)| *last <= now), "{last:?} {now:?}");
            prop_assert!(last.total_uptime_seconds <= now.total_uptime_seconds);
            prop_assert!(last.block_height <= now.block_height);
            if matches!(deed, Deed::Reboot) {
                prop_assert_eq!((now.uptime_seconds, now.shares_accepted, now.shares_rejected), (0, 0, 0));
                continue;
            }
            prop_assert!(last.uptime_seconds <= now.uptime_seconds);
            prop_assert!(last.shares_accepted <= now.shares_accepted, "{last:?} {now:?}");
            prop_assert!(last.shares_rejected <= now.shares_rejected);
            prop_assert!(last.best_session_difficulty <= now.best_session_difficulty);
            prop_assert!(last.chips.iter().zip(&now.chips).all(|(last, now)| last.errors <= now.errors));
        }
    }

    #[test]
    fn every_value_is_within_what_is_possible((device, script) in case()) {
        let board = device.device.board;
        let [coldest, _] = device.device.around.extremes_celsius(device.device.noise);
        for (_, vitals) in play(device, &script, 3) {
            let temperatures = [Some(vitals.vr_temp_celsius), vitals.temp_celsius, vitals.temp2_celsius];
            for celsius in temperatures.into_iter().flatten() {
                prop_assert!((coldest - 2.0..153.0).contains(&celsius), "{vitals:?}");
            }
            prop_assert!((0.0..=100.0).contains(&vitals.fan_percent), "{vitals:?}");
            prop_assert!((0.0..=100.0).contains(&vitals.error_percent), "{vitals:?}");
            prop_assert!((0.0..=1.03 * board.fan_rpm).contains(&vitals.fan_rpm), "{vitals:?}");
            prop_assert!((0.5..=2.0 * board.max_power_w()).contains(&vitals.power_w), "{vitals:?}");
            prop_assert!((0.9..1.1).contains(&(vitals.voltage_v / board.nominal_voltage_v())), "{vitals:?}");
            prop_assert!((0.0..1.7).contains(&vitals.core_voltage_v), "{vitals:?}");
            prop_assert!((0.0..=1_200.0).contains(&vitals.frequency_mhz), "{vitals:?}");
            let hashrates = [
                vitals.hashrate_ghs, vitals.hashrate_1m_ghs, vitals.hashrate_10m_ghs, vitals.hashrate_1h_ghs,
                vitals.hashrate_1d_ghs,
            ];
            let most_ghs = 1.05 * 1_200.0 * board.ghs_per_mhz();
            prop_assert!(hashrates.iter().all(|ghs| (0.0..most_ghs).contains(ghs)), "{vitals:?}");
            prop_assert_eq!(vitals.chips.len() as u32, board.chips());
        }
    }

    #[test]
    fn power_is_voltage_times_current_and_no_hash_rate_is_above_what_the_clock_gives((device, script) in case()) {
        let board = device.device.board;
        for (_, vitals) in play(device, &script, 3) {
            prop_assert!((vitals.voltage_v * vitals.current_a / vitals.power_w - 1.0).abs() < 1e-12);
            prop_assert!(vitals.hashrate_ghs <= 1.05 * vitals.frequency_mhz * board.ghs_per_mhz());
            prop_assert!(vitals.hashrate_ghs <= 1.05 * vitals.expected_hashrate_ghs);
            let of_chips: f64 = vitals.chips.iter().map(|chip| chip.hashrate_ghs).sum();
            prop_assert!((of_chips - vitals.hashrate_ghs).abs() <= 1e-6 * vitals.hashrate_ghs);
        }
    }

    #[test]
    fn a_best_share_and_the_number_of_shares_agree((mut device, _) in case(), after_ms in 0..86_400_000_u64) {
        let vitals = device.at(BOOT_MS + after_ms);
        prop_assert_eq!(
            vitals.best_session_difficulty >= vitals.pool_difficulty, vitals.shares_accepted > 0, "{:?}", vitals
        );
    }

    #[test]
    fn a_flag_of_overheating_and_lowered_settings_come_only_by_a_rule((device, script) in case()) {
        let rule = device.knobs().overheat;
        for (_, vitals) in play(device, &script, 3) {
            match rule {
                OverheatRule::None => prop_assert!(!vitals.overheated),
                OverheatRule::New if vitals.overheated => prop_assert_eq!(vitals.hashrate_ghs, 0.0),
                OverheatRule::Old | OverheatRule::New => (),
            }
        }
    }

    #[test]
    fn a_new_firmware_is_never_hot_for_long((mut device, _) in case(), hours in 1..2_000_u64) {
        let knobs = Knobs { paused: false, overheat: OverheatRule::New, ..*device.knobs() };
        device.set(BOOT_MS, knobs);
        let vitals = device.at(BOOT_MS + hours * 3_600_000);
        if let Some(celsius) = vitals.temp_celsius {
            prop_assert!(celsius < 78.0 || device.knobs().frequency_mhz <= 50.0, "{vitals:?}");
        }
    }

    #[test]
    fn shares_come_at_the_rate_that_hash_rate_and_difficulty_give(seed: u64, tens in 2..6) {
        let knobs = Knobs {
            frequency_mhz: 525.0,
            core_voltage_mv: 1_150,
            fan: Fan::Auto { target_celsius: 60.0, min_percent: 25.0 },
            paused: false,
            pool_difficulty: 10_f64.powi(tens),
            overheat: OverheatRule::New,
        };
        let mut device = Physics::new(seed, 0, &GAMMA, Surroundings::default(), knobs, BOOT_MS);
        let early = device.at(BOOT_MS + 3_600_000);
        let late = device.at(BOOT_MS + 7 * 86_400_000);
        let hashes = late.hashrate_1d_ghs * 1e9 * (late.uptime_seconds - early.uptime_seconds) as f64;
        let expected = hashes / (knobs.pool_difficulty * 2_f64.powi(32));
        let shares = |vitals: &Vitals| (vitals.shares_accepted + vitals.shares_rejected) as f64;
        let found = shares(&late) - shares(&early);
        prop_assert!((found - expected).abs() < 5.0 * expected.sqrt() + 0.002 * expected, "{found} of {expected}");
        let hashed = late.total_hashes - early.total_hashes;
        prop_assert!((hashed / hashes - 1.0).abs() < 0.002, "{hashed} of {hashes}");
    }

    #[test]
    fn one_seed_is_one_device_and_another_seed_another((device, script) in case(), seed: u64) {
        let Device { board, around, .. } = device.device;
        let told = |seed| {
            play(Physics::new(seed, 3, board, around, *device.knobs(), BOOT_MS), &script, 1)
        };
        prop_assert_eq!(told(seed).pop(), told(seed).pop());
        prop_assert_ne!(told(seed).pop(), told(seed ^ 1).pop());
    }
}
