//! The settings that are safe for each ASIC: what the web page of the firmware offers, and its defaults.
//!
//! The device itself accepts any frequency and core voltage from 1 to 65,535, so whoever sends a setting must keep to
//! these lists or be told to leave them. Source: `device_config.h` of ESP-Miner 2.15.0.

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// An ASIC and the settings its firmware offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asic {
    /// The key by which it is found, for example `BM1368`.
    pub model: &'static str,
    /// Frequencies, in MHz.
    pub frequency_mhz: Options,
    /// Core voltages, in mV.
    pub core_voltage_mv: Options,
    /// Small cores per ASIC: one hashes once a cycle, so that hash rate in GH/s = MHz × small cores × ASICs / 1000.
    pub small_core_count: u32,
}

/// The BM1370XP of the GammaDuo calls itself BM1370 too; only its board tells it apart.
const GAMMA_DUO_BOARD: &str = "650";

const BM1397: Asic = Asic {
    model: "BM1397",
    frequency_mhz: Options { values: &[400, 425, 450, 475, 485, 500, 525, 550, 575, 600], default: 425 },
    core_voltage_mv: Options {
        values: &[1100, 1150, 1200, 1250, 1300, 1350, 1400, 1450, 1500],
        default: 1400,
    },
    small_core_count: 672,
};

const BM1366: Asic = Asic {
    model: "BM1366",
    frequency_mhz: Options { values: &[400, 425, 450, 475, 485, 500, 525, 550, 575], default: 485 },
    core_voltage_mv: Options { values: &[1100, 1150, 1200, 1250, 1300], default: 1200 },
    small_core_count: 894,
};

const BM1368: Asic = Asic {
    model: "BM1368",
    frequency_mhz: Options { values: &[400, 425, 450, 475, 485, 490, 500, 525, 550, 575], default: 490 },
    core_voltage_mv: Options { values: &[1100, 1150, 1166, 1200, 1250, 1300], default: 1166 },
    small_core_count: 1276,
};

const BM1370: Asic = Asic {
    model: "BM1370",
    frequency_mhz: Options { values: &[400, 490, 525, 550, 600, 625], default: 525 },
    core_voltage_mv: Options { values: &[1000, 1060, 1100, 1150, 1200, 1250], default: 1150 },
    small_core_count: 2040,
};

const BM1370XP: Asic = Asic {
    model: "BM1370",
    frequency_mhz: Options { values: &[350, 375, 380, 400, 410], default: 400 },
    core_voltage_mv: BM1370.core_voltage_mv,
    small_core_count: 2040,
};

impl Asic {
    /// Finds an ASIC by the first `BM` with four digits in `ASICModel`; `boardVersion`, where known, tells variants
    /// of one model apart. `None` for models that ESP-Miner 2.15.0 does not know.
    pub fn find(asic_model: &str, board_version: Option<&str>) -> Option<&'static Self> {
        match model_key(asic_model)? {
            "BM1397" => Some(&BM1397),
            "BM1366" => Some(&BM1366),
            "BM1368" => Some(&BM1368),
            "BM1370" if board_version == Some(GAMMA_DUO_BOARD) => Some(&BM1370XP),
            "BM1370" => Some(&BM1370),
            _ => None,
        }
    }
}

/// The first `BM` with four digits.
fn model_key(asic_model: &str) -> Option<&str> {
    let is_key = |six: &[u8]| six.starts_with(b"BM") && six[2..].iter().all(u8::is_ascii_digit);
    let start = asic_model.as_bytes().windows(6).position(is_key)?;
    asic_model.get(start..start + 6)
}

/// The values that a setting may safely take, ascending. By default none: those of an unknown ASIC.
///
/// Through serde it is the list that a menu needs: `[{"label":"485 (default)","value":485}, …]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The values.
    pub values: &'static [u32],
    /// The one that the device leaves the factory with.
    pub default: u32,
}

impl Options {
    /// From the lowest to the highest value; `None` if there are none.
    pub fn range(self) -> Option<RangeInclusive<u32>> {
        Some(*self.values.first()?..=*self.values.last()?)
    }

    /// Whether a value, listed or not, lies in the safe range. Of an unknown ASIC nothing is known to be safe.
    pub fn allows(self, value: f64) -> bool {
        self.range()
            .is_some_and(|range| f64::from(*range.start()) <= value && value <= f64::from(*range.end()))
    }

    /// The values with their labels.
    pub fn choices(self) -> impl Iterator<Item = Choice> {
        self.values.iter().map(move |value| Choice { value: *value, is_default: *value == self.default })
    }
}

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.choices())
    }
}

/// One value that a menu offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The value, in the unit of its list.
    pub value: u32,
    /// Whether it is the default.
    pub is_default: bool,
}

impl Display for Choice {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.value, if self.is_default { " (default)" } else { "" })
    }
}

impl Serialize for Choice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut choice = serializer.serialize_struct("Choice", 2)?;
        choice.serialize_field("label", &format_args!("{self}"))?;
        choice.serialize_field("value", &self.value)?;
        choice.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&Asic; 5] = [&BM1397, &BM1366, &BM1368, &BM1370, &BM1370XP];

    #[test]
    fn the_model_is_found_wherever_it_stands_in_the_text() {
        for text in ["BM1368", " BM1368 ", "BM1368 rev1", "2x BM1368", "BMx BM1368", "xBM13681"] {
            assert_eq!(Asic::find(text, None), Some(&BM1368), "{text}");
        }
    }

    #[test]
    fn an_unknown_model_has_no_options() {
        for text in ["", "BM", "BM136", "bm1368", "NerdQAxe+", "BM9999", "€BM13é8"] {
            assert_eq!(Asic::find(text, None), None, "{text}");
        }
        assert_eq!(serde_json::to_string(&Options::default()).unwrap(), "[]");
        assert!(!Options::default().allows(0.0));
    }

    #[test]
    fn a_gamma_duo_is_told_from_a_gamma_by_its_board() {
        let highest_mhz = |board| {
            Asic::find("BM1370", board).and_then(|asic| asic.frequency_mhz.range()).map(|range| *range.end())
        };
        assert_eq!(highest_mhz(Some("601")), Some(625));
        assert_eq!(highest_mhz(Some("650")), Some(410));
        assert_eq!(highest_mhz(None), Some(625));
    }

    #[test]
    fn a_list_is_ready_for_a_menu_and_marks_the_default() {
        let json = serde_json::to_string(&BM1368.core_voltage_mv).unwrap();
        assert_eq!(
            json,
            r#"[{"label":"1100","value":1100},{"label":"1150","value":1150},{"label":"1166 (default)","value":1166},{"label":"1200","value":1200},{"label":"1250","value":1250},{"label":"1300","value":1300}]"#
        );
    }

    #[test]
    fn the_safe_range_spans_the_list() {
        assert_eq!(BM1366.frequency_mhz.range(), Some(400..=575));
        assert!(BM1366.frequency_mhz.allows(400.0) && BM1366.frequency_mhz.allows(512.5));
        for unsafe_mhz in [399.9, 575.1, -1.0, f64::NAN, f64::INFINITY] {
            assert!(!BM1366.frequency_mhz.allows(unsafe_mhz), "{unsafe_mhz}");
        }
    }

    /// Facts of `device_config.h`: whoever changes them must have read them there.
    #[test]
    fn ranges_and_defaults_are_those_of_the_firmware() {
        for (asic, mhz, default_mhz, mv, default_mv, cores) in [
            (BM1397, 400..=600, 425, 1100..=1500, 1400, 672),
            (BM1366, 400..=575, 485, 1100..=1300, 1200, 894),
            (BM1368, 400..=575, 490, 1100..=1300, 1166, 1276),
            (BM1370, 400..=625, 525, 1000..=1250, 1150, 2040),
            (BM1370XP, 350..=410, 400, 1000..=1250, 1150, 2040),
        ] {
            let (frequency, voltage) = (asic.frequency_mhz, asic.core_voltage_mv);
            assert_eq!((frequency.range(), frequency.default), (Some(mhz), default_mhz), "{}", asic.model);
            assert_eq!((voltage.range(), voltage.default), (Some(mv), default_mv), "{}", asic.model);
            assert_eq!(asic.small_core_count, cores, "{}", asic.model);
        }
    }

    #[test]
    fn every_list_ascends_and_holds_its_default() {
        for asic in KNOWN {
            for options in [asic.frequency_mhz, asic.core_voltage_mv] {
                assert!(options.values.is_sorted(), "{asic:?}");
                assert_eq!(options.choices().filter(|choice| choice.is_default).count(), 1, "{asic:?}");
            }
        }
    }
}
