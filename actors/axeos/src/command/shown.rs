//! What a device shows of its settings.

use serde_json::{Map, Value as Json};

use super::dialect;
use super::setting::Setting;
use super::settings::{Settings, Value};
use super::takes::scalar;
use crate::{Asic, Error, Firmware, Mac, Secret, SystemInfo};

/// What an answer to `GET /api/system/info` shows of a device's settings, and of whose they are.
#[derive(Clone, Debug)]
pub struct Shown {
    firmware: Firmware,
    mac: Option<Mac>,
    uptime_seconds: Option<f64>,
    is_paused: Option<bool>,
    asic_model: String,
    asic: Option<&'static Asic>,
    pub(super) settings: Settings,
    /// ESP-Miner before 2.0.5 shows it, and wants it back with every change.
    pub(super) wifi_password: Option<Secret>,
    pub(super) pools: Pools,
}

/// The pool slots of ESP-Miner since 2.15.0.
#[derive(Clone, Debug, Default)]
pub(super) struct Pools {
    pub(super) primary: u8,
    pub(super) secondary: u8,
    /// As they were written, passwords hidden.
    pub(super) slots: Vec<(u8, Slot)>,
}

/// One slot: its members, none of them a password.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Slot(pub(super) Map<String, Json>);

impl Shown {
    /// Reads an answer, be it redacted or not.
    ///
    /// # Errors
    /// It is no device's, or of a firmware whose version cannot be read.
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let info = SystemInfo::parse(body)?;
        let firmware = Firmware::of(&info).ok_or_else(|| Error::UnknownFirmware {
            version: info.version.as_deref().map(crate::error::excerpt).unwrap_or_default(),
        })?;
        let document: Map<String, Json> =
            serde_json::from_slice(body).map_err(|error| Error::of_json(body, &error))?;
        Ok(Self {
            firmware,
            mac: info.mac,
            uptime_seconds: info.uptime_seconds,
            is_paused: info.mining_paused,
            asic_model: info.asic_model.clone().into_owned(),
            asic: Asic::find(&info.asic_model, info.board_version.as_deref()),
            settings: settings(firmware, &document),
            wifi_password: document.get("wifiPass").and_then(Json::as_str).map(Secret::new),
            pools: pools(&document),
        })
    }

    /// Its firmware.
    pub fn firmware(&self) -> Firmware {
        self.firmware
    }

    /// The MAC that it says it has.
    pub fn mac(&self) -> Option<Mac> {
        self.mac
    }

    /// How long it runs.
    pub fn uptime_seconds(&self) -> Option<f64> {
        self.uptime_seconds
    }

    /// Whether it was told to pause, where it tells.
    pub fn is_paused(&self) -> Option<bool> {
        self.is_paused
    }

    /// All settings that it shows.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn asic(&self) -> Result<&'static Asic, &str> {
        self.asic.ok_or(&self.asic_model)
    }

    /// Whether it shows this value. Since 2.15.0 a hostname is kept in lower case.
    pub(super) fn shows(&self, setting: Setting, wanted: &Value) -> bool {
        match (self.settings.get(setting), wanted) {
            (Some(Value::Text(shown)), Value::Text(wanted)) if setting == Setting::Hostname => {
                shown == wanted
                    || self.firmware.is_esp_miner_from((2, 15, 0)) && shown.eq_ignore_ascii_case(wanted)
            }
            // A frequency is a 32-bit float in the firmware.
            (Some(Value::Number(shown)), Value::Number(wanted)) => (shown - wanted).abs() < 1e-3,
            (shown, wanted) => shown == Some(wanted),
        }
    }

    /// Whether what it shows of a setting is what was set, and not something that happens to go by the same name:
    /// of a fan that is automatic, older firmware shows what it does and not what it was set to.
    pub(super) fn can_compare(&self, setting: Setting) -> bool {
        let is_by_hand = self.settings.flag(Setting::AutoFan) == Some(false);
        match setting {
            Setting::FanSpeed => is_by_hand || !dialect::shows_what_the_fan_does(self.firmware),
            _ => !setting.is_secret(),
        }
    }
}

fn settings(firmware: Firmware, document: &Map<String, Json>) -> Settings {
    let mut settings = Settings::default();
    for setting in Setting::all() {
        let Some(name) = dialect::shown_as(setting, firmware) else { continue };
        if let Some(value) =
            document.get(name).and_then(scalar).and_then(|scalar| setting.takes().read(scalar))
        {
            settings.set(setting, value);
        }
    }
    settings
}

fn pools(document: &Map<String, Json>) -> Pools {
    let index = |json: Option<&Json>| json.and_then(Json::as_u64).and_then(|index| u8::try_from(index).ok());
    let slot = |pool: &Json| {
        let mut members = pool.as_object()?.clone();
        let id = index(members.remove("id").as_ref())?;
        members.retain(|name, _| !crate::is_secret(name));
        Some((id, Slot(members)))
    };
    Pools {
        primary: index(document.get("primaryPoolIndex")).unwrap_or(0),
        secondary: index(document.get("secondaryPoolIndex")).unwrap_or(1),
        slots: document
            .get("pools")
            .and_then(Json::as_array)
            .map(|pools| pools.iter().filter_map(slot).collect())
            .unwrap_or_default(),
    }
}
