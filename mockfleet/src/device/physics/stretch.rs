//! A stretch of time in which nothing is turned or switched: what the device is like at any moment of it follows from
//! how it was at its start.

use super::chip::{Drive, Heat, Quality};
use super::knobs::{Fan, Knobs, OverheatRule};
use super::state::{Device, Phase, State, WINDOWS_SECONDS};
use super::thermal::{CHIP_SECONDS, Cooler, Settled, VR_SECONDS, vr_celsius};
use super::work::Work;

/// The clock rises and falls by 6.25 MHz in 0.1 s.
const RAMP_SECONDS_PER_MHZ: f64 = 0.016;

/// A stretch of time.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) start_ms: u64,
    pub(crate) phase: Phase,
    cooler: Cooler,
    pub(crate) heat: Heat,
    pub(crate) quality: Quality,
    pub(crate) core_v: f64,
    pub(crate) pool_difficulty: f64,
    /// The share of nonces that are right.
    pub(crate) right: f64,
    /// What was asked for, and where the clock was at the start and goes.
    asked_mhz: f64,
    from_mhz: f64,
    pub(crate) to_mhz: f64,
    /// The share of the full clock over the whole stretch, for the heat of it.
    clocked: f64,
    /// How far it was from where it settles, at the start.
    off_kelvin: [f64; 2],
    state: State,
}

impl Stretch {
    /// Begins a stretch with the clock at `from_mhz`.
    pub(crate) fn new(
        device: &Device,
        knobs: &Knobs,
        phase: Phase,
        start_ms: u64,
        from_mhz: f64,
        state: State,
    ) -> Self {
        let fan = if phase == Phase::Cooling { Fan::Manual(100.0) } else { knobs.fan };
        let cooler = Cooler::new(device.board, device.noise, fan);
        let drive = if phase.is_off() { Drive::OFF } else { driven(device, knobs, &cooler) };
        let heat = Heat::new(device.board, drive);
        let clocked = match phase {
            _ if drive.is_off() => 0.0,
            Phase::Ramping => (1.0 + from_mhz / drive.clock_mhz) / 2.0,
            _ => 1.0,
        };
        let mean = cooler.settle(heat, 1.0, device.around.mean_celsius(device.noise));
        let quality = Quality::new(device.board, drive, mean.chip_celsius);
        let now = cooler.settle(heat, clocked, device.around.ambient_celsius(device.noise, start_ms));
        Self {
            start_ms,
            phase,
            cooler,
            heat,
            quality,
            core_v: drive.core_v,
            pool_difficulty: knobs.pool_difficulty,
            right: quality.right(device.board, device.noise),
            asked_mhz: knobs.frequency_mhz,
            from_mhz: if phase == Phase::Ramping { from_mhz } else { drive.clock_mhz },
            to_mhz: drive.clock_mhz,
            clocked,
            off_kelvin: [state.chip_celsius - now.chip_celsius, state.vr_celsius - now.vr_celsius],
            state,
        }
    }

    /// How long the clock takes.
    pub(crate) fn ramp_seconds(&self) -> f64 {
        RAMP_SECONDS_PER_MHZ * (self.to_mhz - self.from_mhz).abs()
    }

    pub(crate) fn seconds(&self, unix_ms: u64) -> f64 {
        unix_ms.saturating_sub(self.start_ms) as f64 / 1_000.0
    }

    pub(crate) fn clock_mhz(&self, unix_ms: u64) -> f64 {
        if self.phase != Phase::Ramping {
            return self.to_mhz;
        }
        let done = (self.seconds(unix_ms) / self.ramp_seconds().max(1e-3)).min(1.0);
        self.from_mhz + (self.to_mhz - self.from_mhz) * done
    }

    /// The share of the full clock at a moment.
    pub(crate) fn clocked(&self, unix_ms: u64) -> f64 {
        if self.to_mhz > 0.0 { self.clock_mhz(unix_ms) / self.to_mhz } else { 0.0 }
    }

    /// What it would hash if it made no errors.
    pub(crate) fn expected_ghs(&self, device: &Device, unix_ms: u64) -> f64 {
        device.board.ghs_per_mhz() * self.clock_mhz(unix_ms).max(self.asked_mhz)
    }

    /// What it hashes, without the noise of a measurement.
    pub(crate) fn hashrate_ghs(&self, device: &Device, unix_ms: u64) -> f64 {
        self.right_ghs_per_mhz(device) * self.clock_mhz(unix_ms)
    }

    /// Where temperatures and fan would end if the air stayed as it is.
    pub(crate) fn settled(&self, device: &Device, unix_ms: u64) -> Settled {
        let ambient_celsius = device.around.ambient_celsius(device.noise, unix_ms);
        self.cooler.settle(self.heat, self.clocked, ambient_celsius)
    }

    /// The temperatures of chip and regulator that go with where they settle.
    pub(crate) fn celsius(&self, settled: Settled, unix_ms: u64) -> [f64; 2] {
        let seconds = self.seconds(unix_ms);
        let [chip, vr] = self.off_kelvin;
        [
            settled.chip_celsius + chip * (-seconds / CHIP_SECONDS).exp(),
            settled.vr_celsius + vr * (-seconds / VR_SECONDS).exp(),
        ]
    }

    /// What chip and regulator never pass, be it the warmest hour of a day.
    pub(crate) fn hottest_celsius(&self, device: &Device) -> [f64; 2] {
        let [cold, warm] = device.around.extremes_celsius(device.noise);
        let chip_celsius = self.cooler.settle(self.heat, self.clocked, warm).chip_celsius;
        let [chip, vr] = self.off_kelvin.map(|kelvin| kelvin.max(0.0));
        [chip_celsius + chip, vr_celsius(chip_celsius, cold) + vr]
    }

    /// How fast the fan turns, from 0 to 1.
    pub(crate) fn fan(&self, settled: Settled, chip_celsius: f64) -> f64 {
        self.cooler.turns(settled, chip_celsius)
    }

    /// How it is at a moment.
    pub(crate) fn state(&self, device: &Device, unix_ms: u64) -> State {
        let [chip_celsius, vr_celsius] = self.celsius(self.settled(device, unix_ms), unix_ms);
        State {
            work: self.work(device, unix_ms),
            windows_ghs: [0, 1, 2, 3].map(|which| self.window_ghs(device, unix_ms, which)),
            chip_celsius,
            vr_celsius,
        }
    }

    /// What it has done by a moment.
    pub(crate) fn work(&self, device: &Device, unix_ms: u64) -> Work {
        let seconds = self.seconds(unix_ms);
        let gigahashes = device.board.ghs_per_mhz() * self.mean_clock_mhz(seconds) * seconds;
        let (right, wrong) = (gigahashes * self.right, gigahashes * (1.0 - self.right));
        self.state.work.and(device.noise, right, wrong, self.pool_difficulty, self.start_ms)
    }

    /// From the start on.
    fn mean_clock_mhz(&self, seconds: f64) -> f64 {
        self.from_mhz + self.slope_mhz() * seconds / 2.0
    }

    /// A second.
    fn slope_mhz(&self) -> f64 {
        if self.phase == Phase::Ramping {
            (self.to_mhz - self.from_mhz) / self.ramp_seconds().max(1e-3)
        } else {
            0.0
        }
    }

    fn right_ghs_per_mhz(&self, device: &Device) -> f64 {
        device.board.ghs_per_mhz() * self.right
    }

    /// An average runs after a hash rate that is a line: y' = (a + b·t - y) / window.
    pub(crate) fn window_ghs(&self, device: &Device, unix_ms: u64, which: usize) -> f64 {
        let (seconds, window) = (self.seconds(unix_ms), WINDOWS_SECONDS[which]);
        let per_mhz = self.right_ghs_per_mhz(device);
        let (at_start, slope) = (per_mhz * self.from_mhz, per_mhz * self.slope_mhz());
        let behind = self.state.windows_ghs[which] - at_start + slope * window;
        at_start + slope * (seconds - window) + behind * (-seconds / window).exp()
    }
}

/// What the chips are driven with while they are on.
fn driven(device: &Device, knobs: &Knobs, cooler: &Cooler) -> Drive {
    let drive = Drive::new(knobs.frequency_mhz, knobs.core_voltage_mv);
    if knobs.overheat != OverheatRule::None {
        return drive;
    }
    let [_, warmest] = device.around.extremes_celsius(device.noise);
    let clocked = cooler.bearable(Heat::new(device.board, drive), warmest);
    Drive { clock_mhz: drive.clock_mhz * clocked, ..drive }
}
