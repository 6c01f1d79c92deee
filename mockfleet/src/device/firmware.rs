//! Which firmware a device runs: its family and version, compared and printed as the firmwares themselves do.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

/// Major, minor and patch of a tag.
pub(crate) type Version = (u16, u16, u16);

/// Of a range that is still open.
pub(crate) const NEWEST: Version = (u16::MAX, u16::MAX, u16::MAX);

/// Who makes the firmware. Their numbers do not meet: ESP-Miner's HTTP API began with 2.0, NerdQAxe is at 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    EspMiner,
    NerdQaxe,
}

impl Family {
    /// What an operator writes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EspMiner => "esp-miner",
            Self::NerdQaxe => "nerdqaxe",
        }
    }
}

/// A released firmware. `v2.12.0` in the API, and `esp-miner v2.12.0` as `{:#}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Firmware {
    pub(crate) family: Family,
    pub(crate) version: Version,
}

/// A text that names no firmware with an API that is known.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is no firmware that is known, write esp-miner v2.0.0 to v2.15.99 or nerdqaxe v1.0.0 to v1.0.99"
)]
pub(crate) struct UnknownFirmware(String);

impl Firmware {
    pub(crate) const fn esp_miner(major: u16, minor: u16, patch: u16) -> Self {
        Self { family: Family::EspMiner, version: (major, minor, patch) }
    }

    pub(crate) const fn nerdqaxe(major: u16, minor: u16, patch: u16) -> Self {
        Self { family: Family::NerdQaxe, version: (major, minor, patch) }
    }

    /// Whether this is ESP-Miner of that version or a newer one.
    pub(crate) fn is_esp_miner_from(self, version: Version) -> bool {
        self.family == Family::EspMiner && self.version >= version
    }

    /// Whether this is NerdQAxe of that version or a newer one.
    pub(crate) fn is_nerdqaxe_from(self, version: Version) -> bool {
        self.family == Family::NerdQaxe && self.version >= version
    }

    /// Whether it reads and prints with ArduinoJson, as NerdQAxe does since it has a `handler_system`; all others use
    /// cJSON. The tag of the change is not known: the first one listed that surely has it counts.
    pub(crate) fn has_arduino_json(self) -> bool {
        self.is_nerdqaxe_from((1, 0, 30))
    }
}

/// The firmwares that the mock fleet is tested to speak; those between them speak as the next older one, but for
/// the fields whose own version is known.
pub(crate) const SUPPORTED: [Firmware; 16] = [
    Firmware::esp_miner(2, 0, 3),
    Firmware::esp_miner(2, 1, 8),
    Firmware::esp_miner(2, 2, 2),
    Firmware::esp_miner(2, 4, 0),
    Firmware::esp_miner(2, 6, 0),
    Firmware::esp_miner(2, 9, 0),
    Firmware::esp_miner(2, 11, 0),
    Firmware::esp_miner(2, 12, 0),
    Firmware::esp_miner(2, 13, 0),
    Firmware::esp_miner(2, 14, 0),
    Firmware::esp_miner(2, 15, 0),
    Firmware::nerdqaxe(1, 0, 15),
    Firmware::nerdqaxe(1, 0, 30),
    Firmware::nerdqaxe(1, 0, 35),
    Firmware::nerdqaxe(1, 0, 36),
    Firmware::nerdqaxe(1, 0, 37),
];

impl Display for Firmware {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            write!(f, "{} ", self.family.name())?;
        }
        let (major, minor, patch) = self.version;
        write!(f, "v{major}.{minor}.{patch}")
    }
}

impl FromStr for Firmware {
    type Err = UnknownFirmware;

    /// Reads `v2.12.0`, `2.12`, `esp-miner v2.12.0` or `nerdqaxe 1.0.35`.
    fn from_str(text: &str) -> Result<Self, UnknownFirmware> {
        let read = || {
            let (family, version) = text.trim().rsplit_once([' ', '@']).unwrap_or(("", text.trim()));
            let version = version_of(version.trim_start_matches('v'))?;
            let known = match version {
                (2, 0..=15, _) => Family::EspMiner,
                (1, 0, _) => Family::NerdQaxe,
                _ => return None,
            };
            let named = family.is_empty() || family.eq_ignore_ascii_case(known.name());
            named.then_some(Self { family: known, version })
        };
        read().ok_or_else(|| UnknownFirmware(text.to_owned()))
    }
}

fn version_of(text: &str) -> Option<Version> {
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    let patch = parts.next().map_or(Ok(0), str::parse).ok()?;
    parts.next().is_none().then_some((major, minor, patch))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_firmware_reads_as_it_prints() {
        for firmware in SUPPORTED {
            assert_eq!(firmware.to_string().parse(), Ok(firmware));
            assert_eq!(format!("{firmware:#}").parse(), Ok(firmware));
        }
        assert_eq!("2.12".parse(), Ok(Firmware::esp_miner(2, 12, 0)));
        assert_eq!(format!("{:#}", Firmware::nerdqaxe(1, 0, 35)), "nerdqaxe v1.0.35");
    }

    #[test]
    fn what_has_no_known_api_is_no_firmware() {
        for text in ["", "v2", "v1.2.0", "v2.16.0", "v3.0.0", "2.1.x", "2.1.8.1", "nerdqaxe v2.1.8"] {
            assert_eq!(text.parse::<Firmware>(), Err(UnknownFirmware(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn versions_compare_by_number_not_by_text() {
        assert!(Firmware::esp_miner(2, 11, 0).is_esp_miner_from((2, 9, 0)));
        assert!(!Firmware::esp_miner(2, 1, 8).is_esp_miner_from((2, 1, 10)));
        assert!(!Firmware::nerdqaxe(1, 0, 35).is_esp_miner_from((1, 0, 0)));
    }
}
