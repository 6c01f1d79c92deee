//! Which settings each firmware has, and by which names it takes and shows them.
//!
//! Read from the sources of ESP-Miner 2.0.0 to 2.15.0 and NerdQAxe 1.0.x.

use super::setting::Setting;
use super::takes::Takes;
use crate::firmware::{Family, Firmware, Version};

/// Of a range that is still open.
const NEWEST: Version = (u16::MAX, u16::MAX, u16::MAX);

/// The first ESP-Miner that has slots for pools, and takes none at the top level any more.
const WITH_SLOTS: Version = (2, 15, 0);

/// One name of a setting, and the versions that have it.
struct Row {
    setting: Setting,
    family: Family,
    since: Version,
    last: Version,
    name: &'static str,
}

const fn esp(setting: Setting, name: &'static str, since: Version) -> Row {
    Row { setting, family: Family::EspMiner, since, last: NEWEST, name }
}

const fn nerd(setting: Setting, name: &'static str, since: Version) -> Row {
    Row { setting, family: Family::NerdQaxe, since, last: NEWEST, name }
}

impl Row {
    const fn until(self, last: Version) -> Self {
        Self { last, ..self }
    }
}

static ROWS: &[Row] = &[
    esp(Setting::Hostname, "hostname", (2, 1, 5)),
    esp(Setting::Frequency, "frequency", (2, 0, 0)),
    esp(Setting::CoreVoltage, "coreVoltage", (2, 0, 0)),
    esp(Setting::AutoFan, "autofanspeed", (2, 0, 2)),
    esp(Setting::FanSpeed, "fanspeed", (2, 0, 2)).until((2, 10, u16::MAX)),
    esp(Setting::FanSpeed, "manualFanSpeed", (2, 11, 0)),
    esp(Setting::MinFanSpeed, "minFanSpeed", (2, 10, 0)),
    esp(Setting::TargetTemperature, "temptarget", (2, 7, 0)),
    esp(Setting::OverheatMode, "overheat_mode", (2, 1, 10)),
    esp(Setting::FlipScreen, "flipscreen", (2, 0, 0)).until((2, 8, u16::MAX)),
    esp(Setting::InvertScreen, "invertscreen", (2, 0, 0)),
    esp(Setting::InvertFanPolarity, "invertfanpolarity", (2, 0, 2)).until((2, 6, u16::MAX)),
    esp(Setting::DisplayTimeout, "displayTimeout", (2, 7, 0)),
    esp(Setting::Rotation, "rotation", (2, 9, 0)),
    esp(Setting::StatsFrequency, "statsFrequency", (2, 9, 0)),
    esp(Setting::Ssid, "ssid", (2, 0, 0)),
    esp(Setting::WifiPassword, "wifiPass", (2, 0, 0)),
    esp(Setting::StratumUrl, "stratumURL", (2, 0, 0)),
    esp(Setting::StratumPort, "stratumPort", (2, 0, 0)),
    esp(Setting::StratumUser, "stratumUser", (2, 0, 0)),
    esp(Setting::StratumPassword, "stratumPassword", (2, 1, 0)),
    esp(Setting::FallbackUrl, "fallbackStratumURL", (2, 3, 0)),
    esp(Setting::FallbackPort, "fallbackStratumPort", (2, 3, 0)),
    esp(Setting::FallbackUser, "fallbackStratumUser", (2, 3, 0)),
    esp(Setting::FallbackPassword, "fallbackStratumPassword", (2, 3, 0)),
    esp(Setting::UseFallback, "useFallbackStratum", WITH_SLOTS),
    nerd(Setting::Hostname, "hostname", (1, 0, 0)),
    nerd(Setting::Frequency, "frequency", (1, 0, 0)),
    nerd(Setting::CoreVoltage, "coreVoltage", (1, 0, 0)),
    nerd(Setting::AutoFan, "autofanspeed", (1, 0, 0)),
    nerd(Setting::FanSpeed, "fanspeed", (1, 0, 0)).until((1, 0, 34)),
    nerd(Setting::FanSpeed, "manualFanSpeed", (1, 0, 35)),
    nerd(Setting::TargetTemperature, "pidTargetTemp", (1, 0, 29)),
    nerd(Setting::OverheatTemperature, "overheat_temp", (1, 0, 4)),
    nerd(Setting::OverheatMode, "overheat_mode", (1, 0, 0)).until((1, 0, 3)),
    nerd(Setting::FlipScreen, "flipscreen", (1, 0, 0)),
    nerd(Setting::InvertScreen, "invertscreen", (1, 0, 0)),
    nerd(Setting::InvertFanPolarity, "invertfanpolarity", (1, 0, 0)),
    nerd(Setting::AutoScreenOff, "autoscreenoff", (1, 0, 0)),
    nerd(Setting::Ssid, "ssid", (1, 0, 0)),
    nerd(Setting::WifiPassword, "wifiPass", (1, 0, 0)),
    nerd(Setting::StratumUrl, "stratumURL", (1, 0, 0)),
    nerd(Setting::StratumPort, "stratumPort", (1, 0, 0)),
    nerd(Setting::StratumUser, "stratumUser", (1, 0, 0)),
    nerd(Setting::StratumPassword, "stratumPassword", (1, 0, 0)),
    nerd(Setting::FallbackUrl, "fallbackStratumURL", (1, 0, 25)),
    nerd(Setting::FallbackPort, "fallbackStratumPort", (1, 0, 25)),
    nerd(Setting::FallbackUser, "fallbackStratumUser", (1, 0, 25)),
    nerd(Setting::FallbackPassword, "fallbackStratumPassword", (1, 0, 25)),
];

/// What ESP-Miner 2.0 reads without a look whether it is there.
pub(super) const REQUIRED_BY_2_0: [Setting; 12] = [
    Setting::StratumUrl,
    Setting::StratumUser,
    Setting::StratumPort,
    Setting::Ssid,
    Setting::WifiPassword,
    Setting::CoreVoltage,
    Setting::Frequency,
    Setting::FlipScreen,
    Setting::InvertScreen,
    Setting::InvertFanPolarity,
    Setting::AutoFan,
    Setting::FanSpeed,
];

/// The name by which a firmware takes a setting, and shows it unless it is a secret; `None` if it has no such setting.
pub(super) fn name(setting: Setting, firmware: Firmware) -> Option<&'static str> {
    let holds = |row: &&Row| {
        row.setting == setting
            && row.family == firmware.family
            && (row.since..=row.last).contains(&firmware.version)
    };
    ROWS.iter().find(holds).map(|row| row.name)
}

/// The name by which a firmware shows a setting.
pub(super) fn shown_as(setting: Setting, firmware: Firmware) -> Option<&'static str> {
    name(setting, firmware).filter(|_| !setting.is_secret())
}

/// Whether `fanspeed` is what the fan does, while it is the name of what it is set to.
pub(super) fn shows_what_the_fan_does(firmware: Firmware) -> bool {
    match firmware.family {
        Family::EspMiner => ((2, 1, 9)..(2, 11, 0)).contains(&firmware.version),
        Family::NerdQaxe => firmware.version < (1, 0, 35),
    }
}

/// Whether pools have slots of their own.
pub(super) fn has_slots(firmware: Firmware) -> bool {
    firmware.is_esp_miner_from(WITH_SLOTS)
}

/// Whether all settings must be sent with each.
pub(super) fn wants_all(firmware: Firmware) -> bool {
    firmware.is_esp_miner_before((2, 1, 0))
}

/// Whether a frequency may have a fraction.
pub(super) fn takes_fractions(firmware: Firmware) -> bool {
    firmware.is_esp_miner_from((2, 13, 0))
}

/// Whether a flag is a boolean: NerdQAxe skips a number in its place, at least since 1.0.30; cJSON before it takes
/// both, as ESP-Miner does, whose own page sends numbers.
pub(super) fn has_booleans(firmware: Firmware) -> bool {
    firmware.family == Family::NerdQaxe
}

/// Whether a device must be restarted before it acts on a setting: a pool, until the firmware learned to change it
/// while it runs, and whatever is read at boot only.
pub(super) fn needs_restart(setting: Setting, firmware: Firmware) -> bool {
    let changes_pools_live = has_slots(firmware) || firmware.is_nerdqaxe_from((1, 0, 35));
    match setting {
        Setting::Hostname | Setting::Ssid | Setting::WifiPassword => true,
        // Since 2.11.0 a device that has cooled down goes on by itself.
        Setting::OverheatMode => firmware.is_esp_miner_before((2, 11, 0)),
        _ => setting.seat().is_some() && !changes_pools_live,
    }
}

/// Whether a value that is in the range of its setting is one that this firmware has.
pub(super) fn has_value(setting: Setting, number: f64, firmware: Firmware) -> bool {
    match setting.takes() {
        Takes::Number(..) => takes_fractions(firmware) || number.fract() == 0.0,
        _ if setting == Setting::AutoFan => number < 2.0 || firmware.family == Family::NerdQaxe,
        _ => true,
    }
}
