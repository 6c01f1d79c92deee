//! The answer to `GET /api/system/info`, of every firmware family and version.

use std::borrow::Cow;
use std::fmt::{self, Formatter};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::excerpt;
use crate::wire::Scalar;
use crate::{Error, Mac};

/// What a device says about itself, in the units of the wire.
///
/// No field but `ASICModel` is sent by every firmware. A field that is absent, `null`, not finite or of a wrong type
/// is `None`, never zero; unknown fields are skipped. If a name comes twice, the last usable value counts.
/// For values in SI units, with the firmware's sentinels removed, see [`Reading`](crate::Reading).
///
/// Field names and their history come from the sources of ESP-Miner 2.0.0 to 2.15.0 and NerdQAxe 1.0.x.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SystemInfo<'a> {
    /// `ASICModel`, for example `BM1368`; never empty.
    pub asic_model: Cow<'a, str>,
    /// `hostname`; absent before ESP-Miner 2.1.5, and `bitaxe` on every unit until somebody changes it.
    pub hostname: Option<Cow<'a, str>>,
    /// `version`, the firmware's.
    pub version: Option<Cow<'a, str>>,
    /// `deviceModel`, NerdQAxe only.
    pub device_model: Option<Cow<'a, str>>,
    /// `boardVersion`, for example `401`.
    pub board_version: Option<Cow<'a, str>>,
    /// `macAddr`; absent before ESP-Miner 2.3.0 and NerdQAxe 1.0.30.
    pub mac: Option<Mac>,
    /// `power`.
    pub power_w: Option<f64>,
    /// `voltage`, at the input.
    pub voltage_mv: Option<f64>,
    /// `current`.
    pub current_ma: Option<f64>,
    /// `temp`; -1 means no sensor or an ASIC that is off.
    pub temp_celsius: Option<f64>,
    /// `vrTemp`; -1 or 0 means no sensor.
    pub vr_temp_celsius: Option<f64>,
    /// `fanSpeedRpm`, ESP-Miner 2.1.4 to 2.1.8.
    pub fan_speed_rpm: Option<f64>,
    /// `fanrpm`, ESP-Miner since 2.1.9 and NerdQAxe.
    pub fanrpm: Option<f64>,
    /// `fanSpeed`, which was in RPM, ESP-Miner before 2.1.4.
    pub early_fan_speed_rpm: Option<f64>,
    /// `fanspeed`, in percent of full speed.
    pub fanspeed_percent: Option<f64>,
    /// `hashRate`; NerdQAxe 1.0.2 to 1.0.19 sends averages only.
    pub hashrate_ghs: Option<f64>,
    /// `hashRate_10m`, averaged over ten minutes.
    pub hashrate_10m_ghs: Option<f64>,
    /// `hashRate_1h`, averaged over an hour.
    pub hashrate_1h_ghs: Option<f64>,
    /// `hashRate_1d`, averaged over a day; NerdQAxe only.
    pub hashrate_1d_ghs: Option<f64>,
    /// `frequency`, a whole number before ESP-Miner 2.13.0.
    pub frequency_mhz: Option<f64>,
    /// `coreVoltage`, as set.
    pub core_voltage_mv: Option<f64>,
    /// `coreVoltageActual`, as measured.
    pub core_voltage_actual_mv: Option<f64>,
    /// `sharesAccepted`, since the last restart.
    pub shares_accepted: Option<f64>,
    /// `sharesRejected`, since the last restart.
    pub shares_rejected: Option<f64>,
    /// `uptimeSeconds`, or `uptime`.
    pub uptime_seconds: Option<f64>,
    /// `freeHeap`.
    pub free_heap_bytes: Option<f64>,
    /// `freeHeapInternal`, or NerdQAxe's `freeHeapInt`.
    pub free_heap_internal_bytes: Option<f64>,
    /// `freeHeapSpiram`.
    pub free_heap_spiram_bytes: Option<f64>,
    /// `stratumURL`: a bare host, though some tools write a scheme into it.
    pub stratum_url: Option<Cow<'a, str>>,
    /// `stratumPort`.
    pub stratum_port: Option<u16>,
    /// `stratumUser`.
    pub stratum_user: Option<Cow<'a, str>>,
    /// `bestDiff`, a number or a text such as `4.29M`; also `best_diff`, `bestDifficulty`, `best_difficulty`.
    pub best_difficulty: Option<f64>,
    /// `bestSessionDiff`, as `bestDiff`, since the last restart.
    pub best_session_difficulty: Option<f64>,
    /// `overheat_mode` (`overheat` in ESP-Miner 2.1.9): the device has throttled or stopped itself.
    pub overheat_mode: Option<bool>,
    /// `miningPaused`, ESP-Miner since 2.14.0.
    pub mining_paused: Option<bool>,
    /// `power_fault`, present only while there is one.
    pub power_fault: Option<Cow<'a, str>>,
    /// `hardware_fault`, present only while there is one.
    pub hardware_fault: Option<Cow<'a, str>>,
    /// `efficiency`, in J/TH; no ESP-Miner or NerdQAxe known sends it.
    pub efficiency_joules_per_terahash: Option<f64>,
}

impl<'a> SystemInfo<'a> {
    /// Reads the body of an answer.
    ///
    /// Texts are borrowed from `body` unless they are written with escapes.
    ///
    /// # Errors
    /// The body is empty, not a JSON object, cut short, malformed (also: a text of ours that is not UTF-8, a number of
    /// ours that no `f64` can hold), or without a non-empty `ASICModel`.
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        match body.trim_ascii_start().first() {
            None => return Err(Error::Empty),
            Some(b'<') => return Err(Error::WebPage),
            Some(b'{') => {}
            Some(_) => return Err(Error::NotAnObject { excerpt: excerpt(&String::from_utf8_lossy(body)) }),
        }
        let mut json = serde_json::Deserializer::from_slice(body);
        let info = json
            .deserialize_map(Members)
            .and_then(|info| json.end().map(|()| info))
            .map_err(|error| Error::of_json(body, &error))?;
        if info.asic_model.trim().is_empty() { Err(Error::NoAsicModel) } else { Ok(info) }
    }

    /// Where the value of a wire name belongs; `None` for a name that is not read.
    fn slot(&mut self, wire_name: &str) -> Option<Slot<'_, 'a>> {
        Some(match wire_name {
            "ASICModel" => Slot::Model(&mut self.asic_model),
            "hostname" => Slot::Text(&mut self.hostname),
            "version" => Slot::Text(&mut self.version),
            "deviceModel" => Slot::Text(&mut self.device_model),
            "boardVersion" => Slot::Text(&mut self.board_version),
            "macAddr" => Slot::Mac(&mut self.mac),
            "power" => Slot::Number(&mut self.power_w),
            "voltage" => Slot::Number(&mut self.voltage_mv),
            "current" => Slot::Number(&mut self.current_ma),
            "temp" => Slot::Number(&mut self.temp_celsius),
            "vrTemp" => Slot::Number(&mut self.vr_temp_celsius),
            "fanSpeedRpm" => Slot::Number(&mut self.fan_speed_rpm),
            "fanrpm" => Slot::Number(&mut self.fanrpm),
            "fanSpeed" => Slot::Number(&mut self.early_fan_speed_rpm),
            "fanspeed" => Slot::Number(&mut self.fanspeed_percent),
            "hashRate" => Slot::Number(&mut self.hashrate_ghs),
            "hashRate_10m" => Slot::Number(&mut self.hashrate_10m_ghs),
            "hashRate_1h" => Slot::Number(&mut self.hashrate_1h_ghs),
            "hashRate_1d" => Slot::Number(&mut self.hashrate_1d_ghs),
            "frequency" => Slot::Number(&mut self.frequency_mhz),
            "coreVoltage" => Slot::Number(&mut self.core_voltage_mv),
            "coreVoltageActual" => Slot::Number(&mut self.core_voltage_actual_mv),
            "sharesAccepted" => Slot::Number(&mut self.shares_accepted),
            "sharesRejected" => Slot::Number(&mut self.shares_rejected),
            "uptimeSeconds" | "uptime" => Slot::Number(&mut self.uptime_seconds),
            "freeHeap" => Slot::Number(&mut self.free_heap_bytes),
            "freeHeapInternal" | "freeHeapInt" => Slot::Number(&mut self.free_heap_internal_bytes),
            "freeHeapSpiram" => Slot::Number(&mut self.free_heap_spiram_bytes),
            "stratumURL" => Slot::Text(&mut self.stratum_url),
            "stratumPort" => Slot::Port(&mut self.stratum_port),
            "stratumUser" => Slot::Text(&mut self.stratum_user),
            "bestDiff" | "best_diff" | "bestDifficulty" | "best_difficulty" => {
                Slot::Difficulty(&mut self.best_difficulty)
            }
            "bestSessionDiff" | "best_session_diff" | "bestSessionDifficulty" | "best_session_difficulty" => {
                Slot::Difficulty(&mut self.best_session_difficulty)
            }
            "overheat_mode" | "overheat" => Slot::Flag(&mut self.overheat_mode),
            "miningPaused" => Slot::Flag(&mut self.mining_paused),
            "power_fault" => Slot::Text(&mut self.power_fault),
            "hardware_fault" => Slot::Text(&mut self.hardware_fault),
            "efficiency" => Slot::Number(&mut self.efficiency_joules_per_terahash),
            _ => return None,
        })
    }
}

/// A field that waits for its value, with what it can make of one.
enum Slot<'s, 'a> {
    Model(&'s mut Cow<'a, str>),
    Text(&'s mut Option<Cow<'a, str>>),
    Number(&'s mut Option<f64>),
    Difficulty(&'s mut Option<f64>),
    Flag(&'s mut Option<bool>),
    Port(&'s mut Option<u16>),
    Mac(&'s mut Option<Mac>),
}

impl<'a> Slot<'_, 'a> {
    /// Takes a value if it is usable; otherwise the field stays as it was.
    fn fill(self, value: Scalar<'a>) {
        match self {
            Self::Model(model) => {
                if let Some(text) = value.text() {
                    *model = text;
                }
            }
            Self::Text(text) => replace(text, value.text()),
            Self::Number(number) => replace(number, value.number()),
            Self::Difficulty(difficulty) => replace(difficulty, value.difficulty()),
            Self::Flag(flag) => replace(flag, value.flag()),
            Self::Port(port) => replace(port, value.port()),
            Self::Mac(mac) => replace(mac, value.mac()),
        }
    }
}

fn replace<T>(field: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *field = value;
    }
}

/// The name of a member, borrowed unless it is written with escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Reads the members of the document one by one.
///
/// Not derived: a derived reader refuses the whole document for one field of an odd type, or one that comes twice.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = SystemInfo<'de>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the system info of an AxeOS device")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<SystemInfo<'de>, A::Error> {
        let mut info = SystemInfo::default();
        while let Some(Name(name)) = members.next_key()? {
            match info.slot(&name) {
                Some(slot) => slot.fill(members.next_value()?),
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(info)
    }
}

#[cfg(test)]
mod tests;
