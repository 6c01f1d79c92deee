//! A device with its physics: what it is told turns the knobs, and what happens to it is written into its flash.
//!
//! Pure: the time comes from outside.

use std::borrow::Cow;
use std::net::SocketAddr;

use shiftboss_axeos::Mac;

use super::{World, outfit};
use crate::device::Device;
use crate::device::firmware::{Family, Firmware};
use crate::device::nvs::Key;
use crate::device::physics::Physics;
use crate::device::physics::board::Board;
use crate::device::physics::knobs::{Fan, Knobs, OverheatRule, Surroundings};
use crate::device::reply::{Changes, Effect, Reply};
use crate::device::routes::{Request, Route};
use crate::device::told::BootCause;
use crate::device::vitals::{Sample, Vitals};
use crate::faults::{Lies, Mask};
use crate::mine::tally::Tally;

/// What a pool asks for that was not told what is wanted.
const POOL_DIFFICULTY: f64 = 1_000.0;

/// What a firmware without such a setting does with its fan.
const TARGET_CELSIUS: f64 = 60.0;
const MIN_FAN_PERCENT: f64 = 25.0;

/// How often a NerdQAxe notes its hash rates, and how many rows it keeps: three hours.
const NERDQAXE_PERIOD_MS: u64 = 10_000;
const NERDQAXE_ROWS: usize = 1_080;

/// The most rows of statistics that ESP-Miner keeps.
const STATISTICS_ROWS: usize = 720;

/// A device on its board.
pub(crate) struct Body {
    pub(crate) device: Device,
    physics: Physics,
    /// What the pool that it mines at asks for.
    pool_difficulty: f64,
    /// Whether it has ever been switched on.
    has_run: bool,
    /// What came of its mining; none of a device whose shares the model supposes.
    mined: Option<Box<Tally>>,
    /// What it says that is not so. Most say nothing of the kind, and keep no room for it.
    mask: Option<Box<Mask>>,
}

impl Body {
    /// Device `index` of the fleet of `seed`, out of the box.
    pub(crate) fn new(index: u32, place: SocketAddr, world: World) -> Self {
        let World { seed, clock, pool, mines } = world;
        let now_ms = clock.unix_ms();
        let device = outfit::device(seed, index, place, pool);
        let board = Board::of(device.nvs.board());
        let pool_difficulty = asked_by_pool(&device);
        let knobs = knobs(&device, pool_difficulty);
        let physics = Physics::new(seed, index, board, Surroundings::default(), knobs, now_ms);
        let mined = mines.then(Box::default);
        Self { device, physics, pool_difficulty, has_run: false, mined, mask: None }
    }

    /// Boots it, with power or after a crash.
    pub(crate) fn switch_on(&mut self, now_ms: u64) {
        let cause = if self.has_run { BootCause::Crash } else { BootCause::PowerOn };
        self.has_run = true;
        self.boot(cause, now_ms);
    }

    /// Forgets what only its memory holds, counts from 0, and mines with the settings of its flash.
    pub(crate) fn boot(&mut self, cause: BootCause, now_ms: u64) {
        self.measure(now_ms);
        self.device.boot(cause);
        self.physics.reboot(now_ms);
        self.pool_difficulty = asked_by_pool(&self.device);
        self.count_anew();
        self.turn(now_ms);
    }

    /// Answers a request that is for this device; see [`Device::answer`].
    pub(crate) fn answer(&mut self, route: Route, request: &Request<'_>, body: &[u8], now_ms: u64) -> Reply {
        let mut vitals = self.measure(now_ms);
        vitals.history = self.history(route, request, now_ms);
        let reply = match self.masked(&mut vitals).filter(|_| request.method == "GET") {
            Some(mut shown) => shown.answer(route, request, body, &vitals),
            None => self.device.answer(route, request, body, &vitals),
        };
        match reply.then {
            Some(Effect::Apply(changes)) => self.apply(changes, now_ms),
            Some(Effect::Pause | Effect::Resume | Effect::ShutDown) => self.turn(now_ms),
            Some(Effect::ResetStatistics) => {
                self.physics.reset_statistics(now_ms);
                self.count_anew();
            }
            Some(Effect::Reboot { .. } | Effect::Identify { .. } | Effect::DismissBlock) | None => {}
        }
        reply
    }

    /// The info document.
    pub(crate) fn info(&mut self, now_ms: u64) -> Vec<u8> {
        let mut vitals = self.measure(now_ms);
        let shown = self.masked(&mut vitals);
        let shown = shown.as_ref().unwrap_or(&self.device);
        shown.shape.render(&shown.told(&vitals, None))
    }

    /// Lies so from now on, or no more; whether it is to turn to another pool for it.
    pub(crate) fn wear(&mut self, lies: Option<Lies>) -> bool {
        let did_elsewhere = self.mines_elsewhere();
        self.mask = lies.map(|lies| Box::new(Mask::put_on(self.mask.take().map(|old| *old), lies)));
        did_elsewhere || self.mines_elsewhere()
    }

    fn mines_elsewhere(&self) -> bool {
        self.mask.as_deref().is_some_and(Mask::mines_elsewhere)
    }

    /// The device with the pools that it mines at, be it by a fault.
    pub(crate) fn as_it_mines(&self) -> Cow<'_, Device> {
        match &self.mask {
            Some(mask) if mask.mines_elsewhere() => Cow::Owned(mask.wear(&self.device)),
            _ => Cow::Borrowed(&self.device),
        }
    }

    /// The device that it says it is, if that is another; what that measures.
    fn masked(&mut self, vitals: &mut Vitals) -> Option<Device> {
        let mask = self.mask.as_mut()?;
        mask.measure(vitals);
        Some(mask.wear(&self.device))
    }

    /// The MAC that it shows.
    pub(crate) fn shown_mac(&self) -> Mac {
        self.mask.as_deref().and_then(Mask::mac).unwrap_or(self.device.identity.mac)
    }

    /// Is too hot, by the rule of its firmware. A chip that is off is not.
    pub(crate) fn overheat(&mut self, now_ms: u64) {
        self.physics.force_overheat(now_ms);
        self.measure(now_ms);
    }

    /// When it booted.
    pub(crate) fn booted_unix_ms(&self) -> u64 {
        self.physics.booted_ms()
    }

    /// Since its boot.
    pub(crate) fn uptime_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.booted_unix_ms())
    }

    /// What it hashes now for its pool.
    pub(crate) fn mining_ghs(&mut self, now_ms: u64) -> f64 {
        if self.mask.as_deref().is_some_and(Mask::withholds_shares) {
            return 0.0;
        }
        self.measure(now_ms).hashrate_ghs
    }

    /// What came of its mining.
    pub(crate) fn mined(&mut self) -> &mut Tally {
        self.mined.get_or_insert_default()
    }

    fn count_anew(&mut self) {
        if let Some(tally) = &mut self.mined {
            tally.begin_anew();
        }
    }

    /// What it measures, once what has happened to it is in its flash and its memory.
    fn measure(&mut self, now_ms: u64) -> Vitals {
        let mut vitals = self.physics.at(now_ms);
        if let Some(tally) = &self.mined {
            tally.show(&mut vitals);
        }
        self.device.state.has_job |= vitals.hashrate_ghs > 0.0;
        let (wanted, real) = (self.knobs().sane(), *self.physics.knobs());
        if real != wanted {
            self.write(real, wanted.fan != real.fan, vitals.overheated);
        }
        vitals
    }

    /// Overheating has changed the settings.
    fn write(&mut self, knobs: Knobs, fan_too: bool, overheated: bool) {
        let nvs = &mut self.device.nvs;
        nvs.set_number(Key::FrequencyMhz, knobs.frequency_mhz);
        nvs.set_number(Key::CoreVoltageMv, knobs.core_voltage_mv.into());
        if let (Fan::Manual(percent), true) = (knobs.fan, fan_too) {
            nvs.set_number(Key::AutoFan, 0.0);
            nvs.set_number(Key::ManualFanPercent, percent);
        }
        if knobs.overheat == OverheatRule::Old && overheated {
            nvs.set_number(Key::OverheatMode, 1.0);
        }
    }

    fn apply(&mut self, changes: Changes, now_ms: u64) {
        if changes.pool && changes_pool_at_once(self.device.firmware) {
            self.pool_difficulty = asked_by_pool(&self.device);
        }
        if !self.device.nvs.flag(Key::OverheatMode) {
            self.physics.clear_overheat(now_ms);
        }
        self.turn(now_ms);
    }

    fn turn(&mut self, now_ms: u64) {
        self.physics.set(now_ms, self.knobs());
    }

    fn knobs(&self) -> Knobs {
        knobs(&self.device, self.pool_difficulty)
    }

    /// The rows of the past that an answer may show; few requests are for any.
    fn history(&mut self, route: Route, request: &Request<'_>, now_ms: u64) -> Vec<Sample> {
        let Device { firmware, nvs, .. } = &self.device;
        let (period_ms, rows) = match route {
            Route::Info if request.past(*firmware).is_some() => (NERDQAXE_PERIOD_MS, NERDQAXE_ROWS),
            Route::Statistics | Route::Dashboard if firmware.version < (2, 9, 0) => {
                // So many rows over so many minutes.
                let rows = nvs.number(Key::StatsLimit).clamp(1.0, STATISTICS_ROWS as f64);
                ((nvs.number(Key::StatsDuration).max(1.0) * 60_000.0 / rows) as u64, rows as usize)
            }
            Route::Statistics | Route::Dashboard if nvs.flag(Key::StatsPeriodSeconds) => {
                (nvs.number(Key::StatsPeriodSeconds) as u64 * 1_000, STATISTICS_ROWS)
            }
            _ => return Vec::new(),
        };
        self.physics.history(now_ms, period_ms, rows)
    }
}

/// Of what the flash and the memory hold, that which the board feels.
fn knobs(device: &Device, pool_difficulty: f64) -> Knobs {
    let Device { firmware, nvs, state, .. } = device;
    Knobs {
        frequency_mhz: nvs.number(Key::FrequencyMhz),
        core_voltage_mv: nvs.number(Key::CoreVoltageMv) as u32,
        fan: fan(device),
        paused: state.paused || state.shut_down,
        pool_difficulty,
        overheat: overheat_rule(*firmware),
    }
}

/// NerdQAxe's own curve is taken for a target of 60 °C.
fn fan(device: &Device) -> Fan {
    let Device { firmware, nvs, .. } = device;
    let auto = nvs.number(Key::AutoFan);
    if auto == 0.0 {
        return Fan::Manual(nvs.number(Key::ManualFanPercent));
    }
    match firmware.family {
        Family::NerdQaxe if auto == 2.0 => {
            Fan::Auto { target_celsius: nvs.number(Key::PidTargetCelsius), min_percent: MIN_FAN_PERCENT }
        }
        Family::NerdQaxe => Fan::Auto { target_celsius: TARGET_CELSIUS, min_percent: MIN_FAN_PERCENT },
        Family::EspMiner => {
            let since = |version, key, before| {
                if firmware.version >= version { nvs.number(key) } else { before }
            };
            Fan::Auto {
                target_celsius: since((2, 7, 0), Key::TargetCelsius, TARGET_CELSIUS),
                min_percent: since((2, 10, 0), Key::MinFanPercent, MIN_FAN_PERCENT),
            }
        }
    }
}

/// How a NerdQAxe bears heat is not known well enough to be played: it is taken to slow down.
fn overheat_rule(firmware: Firmware) -> OverheatRule {
    match firmware.family {
        Family::NerdQaxe => OverheatRule::None,
        Family::EspMiner if firmware.version < (2, 1, 9) => OverheatRule::None,
        Family::EspMiner if firmware.version < (2, 11, 0) => OverheatRule::Old,
        Family::EspMiner => OverheatRule::New,
    }
}

/// Whether a pool that is changed is mined at without a restart.
pub(super) fn changes_pool_at_once(firmware: Firmware) -> bool {
    firmware.is_esp_miner_from((2, 15, 0)) || firmware.is_nerdqaxe_from((1, 0, 35))
}

fn asked_by_pool(device: &Device) -> f64 {
    match device.suggested_difficulty() {
        0 => POOL_DIFFICULTY,
        suggested => suggested.into(),
    }
}
