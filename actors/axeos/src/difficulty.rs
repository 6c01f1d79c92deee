//! Share difficulties as devices write them: `4.29M`, `12.3k`, `700`.
//!
//! ESP-Miner before 2.11.0 and NerdQAxe before 1.0.35 send `bestDiff` and `bestSessionDiff` as such texts, later
//! firmware as plain numbers.

use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};

/// The suffixes of the firmware, largest first.
const SUFFIXES: [(char, f64); 6] =
    [('E', 1e18), ('P', 1e15), ('T', 1e12), ('G', 1e9), ('M', 1e6), ('k', 1e3)];

/// A share difficulty that prints, also through serde, the firmware's way: three digits and a suffix.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Difficulty(pub f64);

impl Difficulty {
    /// Reads `4.29M`, `12.3k` or `4290000`; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, scale) = SUFFIXES
            .iter()
            .find_map(|(suffix, scale)| Some((text.strip_suffix(*suffix)?, *scale)))
            .unwrap_or((text, 1.0));
        let value = number.trim_end().parse::<f64>().ok()? * scale;
        (value.is_finite() && value >= 0.0).then_some(Self(value))
    }
}

impl Display for Difficulty {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // 999.5k and more would round to 1000k: it is 1M.
        let Some((suffix, scale)) = SUFFIXES.iter().find(|(_, scale)| self.0 >= 0.9995 * scale) else {
            return write!(f, "{}", self.0.trunc());
        };
        let mantissa = self.0 / scale;
        let steps = match mantissa {
            ..9.995 => 100.0,
            ..99.95 => 10.0,
            _ => 1.0,
        };
        write!(f, "{}{suffix}", (mantissa * steps).round() / steps)
    }
}

impl Serialize for Difficulty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_scales_the_number() {
        for (text, value) in [
            ("0", 0.0),
            ("700", 700.0),
            ("12.3k", 12_300.0),
            ("4.29M", 4_290_000.0),
            (" 1.5 G ", 1.5e9),
            ("2T", 2e12),
            ("3P", 3e15),
            ("1E", 1e18),
            ("4290123.5", 4_290_123.5),
        ] {
            assert_eq!(Difficulty::parse(text), Some(Difficulty(value)), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_difficulty_reads_as_none() {
        for text in ["", " ", "M", "n/a", "4.29m", "4,29M", "NaN", "inf", "infM", "-1", "1e400", "4.29€"] {
            assert_eq!(Difficulty::parse(text), None, "{text}");
        }
    }

    #[test]
    fn it_prints_three_digits_and_a_suffix() {
        for (value, text) in [
            (0.0, "0"),
            (700.9, "700"),
            (999.4, "999"),
            (999.6, "1k"),
            (1_000.0, "1k"),
            (12_345.0, "12.3k"),
            (999_600.0, "1M"),
            (4_294_967.0, "4.29M"),
            (4_200_000.0, "4.2M"),
            (450_270_000.0, "450M"),
            (1.5e9, "1.5G"),
            (1e18, "1E"),
        ] {
            assert_eq!(Difficulty(value).to_string(), text);
        }
    }

    #[test]
    fn what_it_prints_it_reads_back_to_three_digits() {
        let mut value = 1.0;
        while value < 1e18 {
            let text = Difficulty(value).to_string();
            let Difficulty(read) = Difficulty::parse(&text).unwrap();
            // Below 1k the firmware drops the fraction, above it keeps three digits.
            let slack = if value < 999.5 { 1.0 } else { value * 0.005_001 };
            assert!((read - value).abs() <= slack, "{value} printed {text}, read {read}");
            value *= 1.37;
        }
    }
}
