//! Which firmware a device runs: what it takes, and under which names, follows family and version.

use std::fmt::{self, Display, Formatter};

use crate::SystemInfo;

/// Major, minor and patch of a tag. A tag of a test version, such as `v2.6.0b11`, counts as its release.
pub type Version = (u16, u16, u16);

/// Who makes the firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Bitaxe. Its HTTP API began with 2.0.
    EspMiner,
    /// NerdQAxe and its kin, at 1.0 yet.
    NerdQaxe,
}

/// A firmware by family and version; prints as `esp-miner v2.12.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Firmware {
    /// Who makes it.
    pub family: Family,
    /// Which.
    pub version: Version,
}

impl Firmware {
    /// ESP-Miner of a version.
    pub const fn esp_miner(major: u16, minor: u16, patch: u16) -> Self {
        Self { family: Family::EspMiner, version: (major, minor, patch) }
    }

    /// NerdQAxe of a version.
    pub const fn nerdqaxe(major: u16, minor: u16, patch: u16) -> Self {
        Self { family: Family::NerdQaxe, version: (major, minor, patch) }
    }

    /// The firmware that answered so; `None` if it says no version.
    ///
    /// Only NerdQAxe says `deviceModel`, and only since 1.0.15; before that its number tells it apart, because no
    /// ESP-Miner before 2.0 can be asked.
    pub fn of(info: &SystemInfo<'_>) -> Option<Self> {
        let version = version_of(info.version.as_deref()?)?;
        let is_nerdqaxe = info.device_model.is_some() || version < (2, 0, 0);
        let family = if is_nerdqaxe { Family::NerdQaxe } else { Family::EspMiner };
        Some(Self { family, version })
    }

    /// Whether this is ESP-Miner of that version or a newer one.
    pub fn is_esp_miner_from(self, version: Version) -> bool {
        self.family == Family::EspMiner && self.version >= version
    }

    /// Whether this is ESP-Miner older than that version.
    pub fn is_esp_miner_before(self, version: Version) -> bool {
        self.family == Family::EspMiner && self.version < version
    }

    /// Whether this is NerdQAxe of that version or a newer one.
    pub fn is_nerdqaxe_from(self, version: Version) -> bool {
        self.family == Family::NerdQaxe && self.version >= version
    }
}

impl Display for Firmware {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let family = match self.family {
            Family::EspMiner => "esp-miner",
            Family::NerdQaxe => "nerdqaxe",
        };
        let (major, minor, patch) = self.version;
        write!(f, "{family} v{major}.{minor}.{patch}")
    }
}

/// Reads `v2.12.0`, `2.12`, `v2.6.0b11` and `v2.4.1-12-gabcdef-dirty`.
fn version_of(text: &str) -> Option<Version> {
    let mut parts = text.trim().trim_start_matches(['v', 'V']).splitn(3, '.');
    let major = parts.next()?.parse().ok()?;
    let minor = leading_number(parts.next()?)?;
    let patch = parts.next().and_then(leading_number).unwrap_or_default();
    Some((major, minor, patch))
}

fn leading_number(text: &str) -> Option<u16> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firmware(body: &str) -> Option<Firmware> {
        Firmware::of(&SystemInfo::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn the_family_is_known_by_the_model_and_by_the_number() {
        for (body, expected) in [
            (r#"{"ASICModel":"BM1368","version":"v2.1.8"}"#, Firmware::esp_miner(2, 1, 8)),
            (r#"{"ASICModel":"BM1370","version":"v2.15.0"}"#, Firmware::esp_miner(2, 15, 0)),
            (r#"{"ASICModel":"BM1368","version":"v1.0.3"}"#, Firmware::nerdqaxe(1, 0, 3)),
            (
                r#"{"ASICModel":"BM1368","version":"v1.0.35","deviceModel":"NerdQAxe+"}"#,
                Firmware::nerdqaxe(1, 0, 35),
            ),
        ] {
            assert_eq!(firmware(body), Some(expected), "{body}");
        }
    }

    #[test]
    fn a_version_may_say_more_than_three_numbers_but_not_less_than_two() {
        for (text, version) in [
            ("v2.12.0", Some((2, 12, 0))),
            ("2.12", Some((2, 12, 0))),
            ("v2.6.0b11", Some((2, 6, 0))),
            ("v2.4.1-12-gabcdef-dirty", Some((2, 4, 1))),
            ("v2.13.2.1", Some((2, 13, 2))),
            ("", None),
            ("v2", None),
            ("main", None),
            ("v2.x", None),
            ("v99999.0.0", None),
        ] {
            assert_eq!(version_of(text), version, "{text}");
        }
    }
}
