//! The settings that can be asked for: their names, and what each may be.

use std::fmt::{self, Display, Formatter};

use serde::{Serialize, Serializer};

use super::takes::Takes;

/// A setting of a device.
///
/// Its name is that of the newest ESP-Miner, or NerdQAxe's where only that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// `hostname`.
    Hostname,
    /// `frequency`, in MHz.
    Frequency,
    /// `coreVoltage`, in mV.
    CoreVoltage,
    /// `autofanspeed`: 0 by hand, 1 by itself, 2 by NerdQAxe's controller.
    AutoFan,
    /// `manualFanSpeed`, in percent; `fanspeed` in older firmware.
    FanSpeed,
    /// `minFanSpeed`, in percent.
    MinFanSpeed,
    /// `temptarget`, in °C; `pidTargetTemp` with NerdQAxe.
    TargetTemperature,
    /// `overheat_temp`, in °C: where a NerdQAxe stops itself.
    OverheatTemperature,
    /// `overheat_mode`, which can only be cleared.
    OverheatMode,
    /// `flipscreen`, before ESP-Miner 2.9.0.
    FlipScreen,
    /// `invertscreen`.
    InvertScreen,
    /// `invertfanpolarity`.
    InvertFanPolarity,
    /// `autoscreenoff`, NerdQAxe only.
    AutoScreenOff,
    /// `displayTimeout`, in minutes; -1 never.
    DisplayTimeout,
    /// `rotation`, in degrees.
    Rotation,
    /// `statsFrequency`, in seconds; 0 never.
    StatsFrequency,
    /// `ssid`.
    Ssid,
    /// `wifiPass`, a secret.
    WifiPassword,
    /// `stratumURL`: the host.
    StratumUrl,
    /// `stratumPort`.
    StratumPort,
    /// `stratumUser`.
    StratumUser,
    /// `stratumPassword`, a secret.
    StratumPassword,
    /// `fallbackStratumURL`: the host.
    FallbackUrl,
    /// `fallbackStratumPort`.
    FallbackPort,
    /// `fallbackStratumUser`.
    FallbackUser,
    /// `fallbackStratumPassword`, a secret.
    FallbackPassword,
    /// `useFallbackStratum`, since ESP-Miner 2.15.0.
    UseFallback,
}

/// Which of a device's two pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    Primary,
    Fallback,
}

/// Every setting, with its name, its other names, and what it may be.
const TABLE: [(Setting, &str, &[&str], Takes); 27] = [
    (Setting::Hostname, "hostname", &[], Takes::Hostname),
    (Setting::Frequency, "frequency", &[], Takes::Number(1.0, 65_535.0)),
    (Setting::CoreVoltage, "coreVoltage", &[], Takes::Whole(1.0, 65_535.0)),
    (Setting::AutoFan, "autofanspeed", &[], Takes::OneOf(&[0.0, 1.0, 2.0])),
    (Setting::FanSpeed, "manualFanSpeed", &["fanspeed"], Takes::Whole(0.0, 100.0)),
    (Setting::MinFanSpeed, "minFanSpeed", &[], Takes::Whole(0.0, 99.0)),
    (Setting::TargetTemperature, "temptarget", &["pidTargetTemp"], Takes::Whole(35.0, 66.0)),
    (Setting::OverheatTemperature, "overheat_temp", &[], Takes::Whole(40.0, 90.0)),
    (Setting::OverheatMode, "overheat_mode", &[], Takes::OneOf(&[0.0])),
    (Setting::FlipScreen, "flipscreen", &[], Takes::Flag),
    (Setting::InvertScreen, "invertscreen", &[], Takes::Flag),
    (Setting::InvertFanPolarity, "invertfanpolarity", &[], Takes::Flag),
    (Setting::AutoScreenOff, "autoscreenoff", &[], Takes::Flag),
    (Setting::DisplayTimeout, "displayTimeout", &[], Takes::Whole(-1.0, 65_535.0)),
    (Setting::Rotation, "rotation", &[], Takes::OneOf(&[0.0, 90.0, 180.0, 270.0])),
    (Setting::StatsFrequency, "statsFrequency", &[], Takes::Whole(0.0, 65_535.0)),
    (Setting::Ssid, "ssid", &[], Takes::Text(1, 32)),
    (Setting::WifiPassword, "wifiPass", &["wifiPassword"], Takes::Secret(63)),
    (Setting::StratumUrl, "stratumURL", &[], Takes::Host),
    (Setting::StratumPort, "stratumPort", &[], Takes::Whole(1.0, 65_535.0)),
    (Setting::StratumUser, "stratumUser", &[], Takes::Text(1, 255)),
    (Setting::StratumPassword, "stratumPassword", &[], Takes::Secret(255)),
    (Setting::FallbackUrl, "fallbackStratumURL", &[], Takes::Host),
    (Setting::FallbackPort, "fallbackStratumPort", &[], Takes::Whole(1.0, 65_535.0)),
    (Setting::FallbackUser, "fallbackStratumUser", &[], Takes::Text(1, 255)),
    (Setting::FallbackPassword, "fallbackStratumPassword", &[], Takes::Secret(255)),
    (Setting::UseFallback, "useFallbackStratum", &[], Takes::Flag),
];

impl Setting {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(setting, ..)| *setting)
    }

    /// The setting of a name, be it its own or one that some firmware has for it. Case matters.
    pub fn named(name: &str) -> Option<Self> {
        let has_name = |known: &str, others: &[&str]| known == name || others.contains(&name);
        TABLE.iter().find(|(_, known, others, _)| has_name(known, others)).map(|(setting, ..)| *setting)
    }

    /// Its name, as the API of this controller has it.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether it is a password: sent, never shown, and so never compared.
    pub fn is_secret(self) -> bool {
        matches!(self.takes(), Takes::Secret(_))
    }

    pub(super) fn takes(self) -> Takes {
        self.row().3
    }

    /// The pool that it is a part of.
    pub(super) fn seat(self) -> Option<Seat> {
        match self {
            Self::StratumUrl | Self::StratumPort | Self::StratumUser | Self::StratumPassword => {
                Some(Seat::Primary)
            }
            Self::FallbackUrl | Self::FallbackPort | Self::FallbackUser | Self::FallbackPassword => {
                Some(Seat::Fallback)
            }
            _ => None,
        }
    }

    fn row(self) -> &'static (Self, &'static str, &'static [&'static str], Takes) {
        // The rows stand in the order of the variants, which a test makes sure of.
        &TABLE[self as usize]
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_row_in_its_place_and_a_name_of_its_own() {
        for (place, (setting, name, others, _)) in TABLE.iter().enumerate() {
            assert_eq!(*setting as usize, place);
            for name in others.iter().chain([name]) {
                assert_eq!(Setting::named(name), Some(*setting), "{name}");
            }
        }
    }

    #[test]
    fn what_is_a_secret_by_its_name_is_one_here_and_nothing_else_is() {
        for setting in Setting::all() {
            assert_eq!(setting.is_secret(), crate::is_secret(setting.name()), "{setting}");
        }
    }
}
