//! From what is asked and what a device shows: the requests that bring it about, and what came of them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::changes::Changes;
use super::request::{Member, Method, Request};
use super::setting::Setting;
use super::settings::{Settings, Value};
use super::shown::Shown;
use super::{dialect, pools};
use crate::{Error, Firmware, Options};

/// What is to be sent to a device, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// None when the device shows all that is asked.
    pub requests: Vec<Request>,
    /// The settings that it changes.
    pub changes: Vec<Setting>,
    /// Whether the device must be restarted before it acts on all of them.
    pub needs_restart: bool,
}

/// Whether a device can be asked for these changes, as far as that can be told beforehand. With `force` also for a
/// frequency or core voltage that is not known to be safe.
///
/// # Errors
/// Names the first setting that its firmware does not have, or whose value is not safe for its ASIC.
pub fn check(shown: &Shown, changes: &Changes, force: bool) -> Result<(), Error> {
    let firmware = shown.firmware();
    let asked = changes.settings.iter().map(|(setting, _)| setting).chain(changes.secrets());
    for setting in asked {
        if dialect::name(setting, firmware).is_none() {
            return Err(Error::Unsupported { setting, firmware });
        }
    }
    for (setting, value) in changes.settings.iter() {
        let Value::Number(number) = value else { continue };
        if !dialect::has_value(setting, *number, firmware) {
            let problem = format!("cannot be {number} with {firmware}");
            return Err(Error::BadSetting { setting, problem });
        }
        if !force {
            is_safe(shown, setting, *number)?;
        }
    }
    Ok(())
}

fn is_safe(shown: &Shown, setting: Setting, number: f64) -> Result<(), Error> {
    let unknown = |asic: &str| Error::UnknownAsic { setting, asic: crate::error::excerpt(asic) };
    let options: Options = match setting {
        Setting::Frequency => shown.asic().map_err(unknown)?.frequency_mhz,
        Setting::CoreVoltage => shown.asic().map_err(unknown)?.core_voltage_mv,
        _ => return Ok(()),
    };
    match options.range() {
        Some(range) if !options.allows(number) => {
            Err(Error::Unsafe { setting, value: number.to_string(), range })
        }
        _ => Ok(()),
    }
}

/// Makes the requests for those of the changes that the device does not show yet. What it never shows, a password
/// above all, is sent whenever it is asked.
///
/// # Errors
/// As [`check`]; also when the firmware needs more with it than is known.
pub fn plan(shown: &Shown, changes: &Changes, force: bool) -> Result<Plan, Error> {
    check(shown, changes, force)?;
    let firmware = shown.firmware();
    let is_due =
        |(setting, value): &(Setting, &Value)| !shown.can_compare(*setting) || !shown.shows(*setting, value);
    let due: BTreeSet<_> =
        changes.settings.iter().filter(is_due).map(|(setting, _)| setting).chain(changes.secrets()).collect();
    if due.is_empty() {
        return Ok(Plan::default());
    }
    let requests = if dialect::wants_all(firmware) {
        vec![with_all(shown, changes)?]
    } else if dialect::has_slots(firmware) {
        with_slots(shown, changes, &due)?
    } else {
        vec![patch(due.iter().filter_map(|setting| member(*setting, changes, firmware)))]
    };
    let needs_restart = due.iter().any(|setting| dialect::needs_restart(*setting, firmware));
    Ok(Plan { requests, changes: due.into_iter().collect(), needs_restart })
}

/// The settings that a device does not show as they are wanted. What it never shows cannot differ.
pub fn differing(wanted: &Settings, shown: &Shown) -> Vec<Setting> {
    wanted
        .iter()
        .filter(|(setting, value)| shown.can_compare(*setting) && !shown.shows(*setting, value))
        .map(|(setting, _)| setting)
        .collect()
}

fn patch(members: impl Iterator<Item = (String, Member)>) -> Request {
    Request { members: members.collect(), ..Request::new(Method::Patch, "/api/system") }
}

/// For ESP-Miner 2.0, which falls over a key that is missing.
fn with_all(shown: &Shown, changes: &Changes) -> Result<Request, Error> {
    let firmware = shown.firmware();
    let mut members = Vec::new();
    for setting in dialect::REQUIRED_BY_2_0 {
        let Some(name) = dialect::name(setting, firmware) else { continue };
        let as_asked = member(setting, changes, firmware);
        let as_shown = || match setting {
            Setting::WifiPassword => shown.wifi_password.clone().map(Member::Secret),
            _ => shown.settings.get(setting).map(|value| Member::Open(json(value, firmware))),
        };
        let member = as_asked.or_else(|| as_shown().map(|member| (name.to_owned(), member)));
        members.push(member.ok_or(Error::NeedsAll { setting, firmware })?);
    }
    Ok(patch(members.into_iter()))
}

/// For ESP-Miner since 2.15, which has slots for pools.
fn with_slots(shown: &Shown, changes: &Changes, due: &BTreeSet<Setting>) -> Result<Vec<Request>, Error> {
    let pools = pools::requests(shown, changes, due)?;
    let others = due.iter().filter(|setting| setting.seat().is_none());
    let members: Vec<_> = others
        .filter_map(|setting| member(*setting, changes, shown.firmware()))
        .chain(pools.selected)
        .collect();
    let patch = (!members.is_empty()).then(|| patch(members.into_iter()));
    Ok(pools.puts.into_iter().chain(patch).collect())
}

/// A change as this firmware wants it.
fn member(setting: Setting, changes: &Changes, firmware: Firmware) -> Option<(String, Member)> {
    let name = dialect::name(setting, firmware)?.to_owned();
    if let Some(secret) = changes.secrets.get(&setting) {
        return Some((name, Member::Secret(secret.clone())));
    }
    changes.settings.get(setting).map(|value| (name, Member::Open(json(value, firmware))))
}

/// A value as this firmware writes it.
pub(super) fn json(value: &Value, firmware: Firmware) -> Json {
    match value {
        Value::Flag(flag) if dialect::has_booleans(firmware) => (*flag).into(),
        Value::Flag(flag) => u8::from(*flag).into(),
        // A whole number without a fraction: NerdQAxe takes no other.
        Value::Number(number) if number.fract() == 0.0 => (*number as i64).into(),
        Value::Number(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
    }
}
