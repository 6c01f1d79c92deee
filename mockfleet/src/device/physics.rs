//! The physics of one device: what it draws, hashes, heats and finds, by its settings, its surroundings and the time.
//!
//! Time is cut into stretches in which nothing is turned. Within a stretch every value is a closed formula of the time
//! since its start, and a stretch ends by a setting, or at a moment that is known when it begins. So what a device says
//! at a moment does not depend on how often it was asked before, and a month without a question costs what a second does.

pub(crate) mod board;
mod chip;
mod history;
pub(crate) mod knobs;
mod noise;
mod overheat;
mod reading;
mod shares;
mod state;
mod stretch;
mod thermal;
mod work;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::mem;

use board::Board;
use history::Past;
use knobs::{Knobs, OverheatRule, Surroundings};
use noise::{Noise, Subject};
use state::{Device, Phase, State};
use stretch::Stretch;
use work::{Lifetime, Work};

use super::vitals::{Sample, Vitals};

/// What the firmware takes from a reset to the first turn of the clock, and how much longer or shorter by chance.
const BOOT_MS: f64 = 6_000.0;
const BOOT_SPREAD_MS: f64 = 2_000.0;

/// The physics of one device.
#[derive(Clone, Debug)]
pub(crate) struct Physics {
    device: Device,
    knobs: Knobs,
    stretch: Stretch,
    /// What ends this stretch by itself, and when.
    next: Option<(u64, Turn)>,
    past: Past,
    booted_ms: u64,
    before: Lifetime,
    /// The flag; it may stay when nothing is hot any more.
    overheated: bool,
    /// Whether an old firmware has stopped to look after clock, voltage and fan, until it reboots.
    has_given_up: bool,
}

/// What happens to a device by itself.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Started,
    Ramped,
    Overheated,
    Cooled,
}

impl Physics {
    /// Device `index` of the fleet of `seed`, as cold as the air, booting.
    pub(crate) fn new(
        seed: u64,
        index: u32,
        board: &'static Board,
        around: Surroundings,
        knobs: Knobs,
        booted_ms: u64,
    ) -> Self {
        let device = Device { board, noise: Noise::new(seed, index), around };
        let knobs = knobs.sane();
        let ambient_celsius = around.ambient_celsius(device.noise, booted_ms);
        let state = State::booted(booted_ms, [ambient_celsius; 2]);
        Self {
            device,
            knobs,
            stretch: Stretch::new(&device, &knobs, Phase::Starting, booted_ms, 0.0, state),
            next: Some((started_at(&device, booted_ms), Turn::Started)),
            past: Past::default(),
            booted_ms,
            before: Lifetime::default(),
            overheated: false,
            has_given_up: false,
        }
    }

    /// When it booted, in milliseconds since 1970.
    pub(crate) fn booted_ms(&self) -> u64 {
        self.booted_ms
    }

    /// The settings as they are now: overheating changes them, as it does in a device's flash.
    pub(crate) fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Turns the knobs. Those that are as they were change nothing.
    pub(crate) fn set(&mut self, now_ms: u64, knobs: Knobs) {
        let now_ms = self.advance(now_ms);
        let knobs = knobs.sane();
        if knobs == self.knobs {
            return;
        }
        self.knobs = knobs;
        match self.stretch.phase {
            // The chip stays off for as long as it would have.
            phase @ (Phase::Starting | Phase::Cooling) => {
                let next = self.next;
                self.begin(now_ms, phase);
                self.next = next;
            }
            Phase::Ramping | Phase::Running | Phase::Paused => self.run(now_ms),
        }
    }

    /// Starts anew: what counts from boot counts from 0, and the chip goes through its start.
    pub(crate) fn reboot(&mut self, now_ms: u64) {
        let now_ms = self.advance(now_ms);
        let last = self.stretch.state(&self.device, now_ms);
        self.before = self.before.and(&last.work, now_ms - self.booted_ms);
        self.knobs.paused = false;
        self.has_given_up = false;
        // The flag of an old firmware lies in its flash.
        self.overheated &= self.knobs.overheat == OverheatRule::Old;
        self.booted_ms = now_ms;
        self.past = Past::default();
        let state = State::booted(now_ms, [last.chip_celsius, last.vr_celsius]);
        self.stretch = Stretch::new(&self.device, &self.knobs, Phase::Starting, now_ms, 0.0, state);
        self.next = Some((started_at(&self.device, now_ms), Turn::Started));
    }

    /// Clears the flag that an old firmware leaves up. One that is cooling down keeps it.
    pub(crate) fn clear_overheat(&mut self, now_ms: u64) {
        self.advance(now_ms);
        self.overheated &= self.stretch.phase == Phase::Cooling;
    }

    /// Counts its shares, and the best of them, anew.
    pub(crate) fn reset_statistics(&mut self, now_ms: u64) {
        let now_ms = self.advance(now_ms);
        let State { work, .. } = self.stretch.state(&self.device, now_ms);
        self.before = Lifetime { best_difficulty: 0.0, ..self.before.and(&work, 0) };
        let (phase, next) = (self.stretch.phase, self.next);
        let state = State { work: Work::new(now_ms), ..self.stretch.state(&self.device, now_ms) };
        self.begin_as(now_ms, phase, state);
        // The chip stays off for as long as it would have.
        if matches!(phase, Phase::Starting | Phase::Cooling) {
            self.next = next;
        }
    }

    /// Makes it believe that it is too hot, by its rule. A chip that is off is not.
    pub(crate) fn force_overheat(&mut self, now_ms: u64) {
        let now_ms = self.advance(now_ms);
        if !self.stretch.phase.is_off() {
            self.overheat(now_ms);
        }
    }

    /// What it measures of itself at a moment, without its history. Moments before its last change are that moment.
    pub(crate) fn at(&mut self, now_ms: u64) -> Vitals {
        let now_ms = self.advance(now_ms);
        reading::vitals(&self.device, &self.stretch, self.before, self.booted_ms, self.overheated, now_ms)
    }

    /// What it measured, once a period since boot, at most so many rows, the oldest first. Of a device whose settings
    /// change often the oldest rows are lost.
    pub(crate) fn history(&mut self, now_ms: u64, period_ms: u64, rows: usize) -> Vec<Sample> {
        let now_ms = self.advance(now_ms);
        self.past.samples(&self.device, &self.stretch, self.booted_ms, now_ms, period_ms, rows)
    }

    /// Lets happen what is due. Time does not run backwards.
    fn advance(&mut self, now_ms: u64) -> u64 {
        while let Some((at_ms, turn)) = self.next.filter(|(at_ms, _)| *at_ms <= now_ms) {
            match turn {
                Turn::Started => self.run(at_ms),
                Turn::Ramped => self.begin(at_ms, Phase::Running),
                Turn::Overheated => self.overheat(at_ms),
                Turn::Cooled => {
                    self.knobs = overheat::lower(self.knobs);
                    self.overheated = false;
                    self.run(at_ms);
                }
            }
        }
        now_ms.max(self.stretch.start_ms)
    }

    fn run(&mut self, now_ms: u64) {
        self.begin(now_ms, if self.knobs.paused { Phase::Paused } else { Phase::Ramping });
    }

    fn overheat(&mut self, now_ms: u64) {
        match self.knobs.overheat {
            OverheatRule::None => (),
            OverheatRule::Old => {
                self.knobs = overheat::safe(self.knobs);
                self.overheated = true;
                self.has_given_up = true;
                self.run(now_ms);
            }
            OverheatRule::New => {
                self.overheated = true;
                self.begin(now_ms, Phase::Cooling);
            }
        }
    }

    /// Ends this stretch and begins the next.
    fn begin(&mut self, now_ms: u64, phase: Phase) {
        let state = self.stretch.state(&self.device, now_ms);
        self.begin_as(now_ms, phase, state);
    }

    fn begin_as(&mut self, now_ms: u64, phase: Phase, state: State) {
        let from_mhz = self.stretch.clock_mhz(now_ms);
        let in_force = if self.has_given_up { overheat::safe(self.knobs) } else { self.knobs };
        let stretch = Stretch::new(&self.device, &in_force, phase, now_ms, from_mhz, state);
        self.past.keep(mem::replace(&mut self.stretch, stretch), now_ms);
        self.next = self.foresee();
    }

    fn foresee(&self) -> Option<(u64, Turn)> {
        let start_ms = self.stretch.start_ms;
        match self.stretch.phase {
            Phase::Starting | Phase::Paused => None,
            Phase::Ramping => {
                Some((start_ms + (self.stretch.ramp_seconds() * 1_000.0).ceil() as u64, Turn::Ramped))
            }
            Phase::Running if self.knobs.overheat == OverheatRule::None => None,
            Phase::Running => {
                overheat::trips_at(&self.stretch, &self.device).map(|at_ms| (at_ms, Turn::Overheated))
            }
            Phase::Cooling => Some((overheat::cooled_at(&self.stretch, &self.device), Turn::Cooled)),
        }
    }
}

/// When the clock begins to turn after a boot.
fn started_at(device: &Device, booted_ms: u64) -> u64 {
    booted_ms + (BOOT_MS + BOOT_SPREAD_MS * device.noise.for_life(Subject::Boot, booted_ms)) as u64
}
