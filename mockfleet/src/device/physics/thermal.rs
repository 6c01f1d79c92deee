//! Where the heat of a board goes: the temperatures that it settles at, and the fan that it takes.

use super::board::Board;
use super::chip::Heat;
use super::knobs::Fan;
use super::noise::{Noise, Subject};

/// How long chip and regulator take for all but a third (1/e) of the way to where they settle.
pub(crate) const CHIP_SECONDS: f64 = 70.0;
pub(crate) const VR_SECONDS: f64 = 85.0;

/// A regulator rises above the air by so many times what its chips do.
const VR_RISE: f64 = 1.2;

/// What a chip of default settings rises above the air with the cooler's unit of resistance.
const RISE_PER_UNIT_KELVIN: f64 = 16.5;

/// No chip gets hotter, because it stops to work; no regulator either.
const CHIP_LIMIT_CELSIUS: f64 = 125.0;
const VR_LIMIT_CELSIUS: f64 = 150.0;

/// Where the oldest firmware holds a chip that is too hot.
const THROTTLED_CELSIUS: f64 = 90.0;

/// How much faster a fan turns for each kelvin above where it settles.
const FAN_PER_KELVIN: f64 = 0.04;

/// Heatsink and fan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cooler {
    /// Kelvin a watt.
    unit: f64,
    fan: Fan,
}

/// Where temperatures and fan settle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settled {
    pub(crate) chip_celsius: f64,
    pub(crate) vr_celsius: f64,
    /// From 0 to 1.
    pub(crate) fan: f64,
}

impl Cooler {
    /// Some heatsinks sit better than others.
    pub(crate) fn new(board: &Board, noise: Noise, fan: Fan) -> Self {
        let fit = 1.0 + 0.08 * noise.for_life(Subject::Cooler, 0);
        Self { unit: fit * RISE_PER_UNIT_KELVIN / Heat::rated_w(board), fan }
    }

    /// Where it ends in air of a temperature, with a share of the full clock.
    pub(crate) fn settle(&self, heat: Heat, clocked: f64, ambient_celsius: f64) -> Settled {
        let fan = match self.fan {
            Fan::Manual(percent) => percent / 100.0,
            Fan::Auto { target_celsius, min_percent } => {
                let heat_w = heat.total_w(target_celsius, clocked);
                let wanted = ((target_celsius - ambient_celsius) / heat_w).max(0.0);
                self.fan_for(wanted).clamp(min_percent / 100.0, 1.0)
            }
        };
        let resistance = self.resistance(fan);
        // Heat grows with the temperature that it makes: this is where both agree.
        let at_zero_w = heat.total_w(0.0, clocked);
        let feedback = (resistance * heat.per_kelvin_w()).min(0.8);
        let chip_celsius =
            ((ambient_celsius + resistance * at_zero_w) / (1.0 - feedback)).min(CHIP_LIMIT_CELSIUS);
        Settled { chip_celsius, vr_celsius: vr_celsius(chip_celsius, ambient_celsius), fan }
    }

    /// How fast the fan turns, from 0 to 1, while the chip is not yet where it settles.
    pub(crate) fn turns(&self, settled: Settled, chip_celsius: f64) -> f64 {
        match self.fan {
            Fan::Manual(_) => settled.fan,
            Fan::Auto { min_percent, .. } => (settled.fan
                + FAN_PER_KELVIN * (chip_celsius - settled.chip_celsius))
                .clamp(min_percent / 100.0, 1.0),
        }
    }

    /// The share of a clock that keeps the chip from overheating in air of a temperature.
    pub(crate) fn bearable(&self, heat: Heat, ambient_celsius: f64) -> f64 {
        let fan = match self.fan {
            Fan::Manual(percent) => percent / 100.0,
            Fan::Auto { .. } => 1.0,
        };
        let bearable_w = (THROTTLED_CELSIUS - ambient_celsius) / self.resistance(fan);
        let leaking_w = heat.total_w(THROTTLED_CELSIUS, 0.0);
        ((bearable_w - leaking_w) / heat.switching_w).clamp(0.01, 1.0)
    }

    fn resistance(&self, fan: f64) -> f64 {
        self.unit * (0.5 + 4.0 / (1.0 + 4.0 * fan))
    }

    /// The inverse of the resistance; more than 1 where no fan is enough.
    fn fan_for(&self, resistance: f64) -> f64 {
        let of_air = resistance / self.unit - 0.5;
        if of_air > 0.0 { (4.0 / of_air - 1.0) / 4.0 } else { f64::INFINITY }
    }
}

/// Of the regulator beside a chip.
pub(crate) fn vr_celsius(chip_celsius: f64, ambient_celsius: f64) -> f64 {
    (ambient_celsius + VR_RISE * (chip_celsius - ambient_celsius)).min(VR_LIMIT_CELSIUS)
}

#[cfg(test)]
mod tests {
    use super::super::board::{BOARDS, Board, GAMMA};
    use super::super::chip::Drive;
    use super::*;

    const AUTO: Fan = Fan::Auto { target_celsius: 60.0, min_percent: 25.0 };

    fn settle(board: &Board, fan: Fan, ambient_celsius: f64) -> Settled {
        let heat =
            Heat::new(board, Drive::new(board.default_frequency_mhz(), board.model.default_voltage_mv));
        Cooler::new(board, Noise::new(1, 0), fan).settle(heat, 1.0, ambient_celsius)
    }

    #[test]
    fn every_board_comes_to_its_target_with_some_of_its_fan() {
        for board in &BOARDS {
            let settled = settle(board, AUTO, 25.0);
            assert!((settled.chip_celsius - 60.0).abs() < 1e-6, "{}: {settled:?}", board.model.device_model);
            assert!((0.25..0.5).contains(&settled.fan), "{}: {settled:?}", board.model.device_model);
        }
    }

    #[test]
    fn a_fan_works_harder_in_warmer_air_and_gives_up_at_full_speed() {
        let [cool, warm, hot] = [25.0, 35.0, 55.0].map(|ambient| settle(&GAMMA, AUTO, ambient));
        assert!(cool.fan < warm.fan && warm.fan < 1.0 && hot.fan == 1.0);
        assert!(hot.chip_celsius > 70.0);
    }

    #[test]
    fn a_manual_fan_leaves_the_temperature_to_the_air() {
        let [still, half, full] =
            [0.0, 50.0, 100.0].map(|percent| settle(&GAMMA, Fan::Manual(percent), 25.0));
        assert!(still.chip_celsius > 85.0 && half.chip_celsius < 65.0 && full.chip_celsius < 55.0);
        let warmer = settle(&GAMMA, Fan::Manual(50.0), 35.0);
        assert!(warmer.chip_celsius > half.chip_celsius + 9.0);
    }

    #[test]
    fn a_throttled_clock_holds_the_chip_where_it_should() {
        let heat = Heat::new(&GAMMA, Drive::new(900.0, 1_400));
        let cooler = Cooler::new(&GAMMA, Noise::new(1, 0), Fan::Manual(20.0));
        let share = cooler.bearable(heat, 30.0);
        assert!((0.05..0.9).contains(&share), "{share}");
        assert!((cooler.settle(heat, share, 30.0).chip_celsius - 90.0).abs() < 0.5);
    }
}
