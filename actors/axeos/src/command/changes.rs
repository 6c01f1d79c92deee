//! What is asked of a device: read from JSON and checked, passwords included.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Shown;
use super::setting::Setting;
use super::settings::{Settings, Value};
use super::takes::{HIDDEN, Takes, scalar, secret};
use crate::error::excerpt;
use crate::pool::host_and_port;
use crate::{Error, Secret};

/// The schemes of a pool that need nothing but a host and a port.
const PLAIN_SCHEMES: [&str; 3] = ["stratum+tcp", "stratum", "tcp"];

/// Unknown names that an error names.
const NAMED: usize = 8;

/// The longest name of a host.
const HOST_BYTES: usize = 255;

/// What is asked of a device, passwords included. Its `Debug` shows none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub(super) settings: Settings,
    pub(super) secrets: BTreeMap<Setting, Secret>,
}

impl Changes {
    /// Reads an object of settings by their names, old or new. Numbers and flags may come as texts, and a pool as
    /// `stratum+tcp://host:port`.
    ///
    /// # Errors
    /// Names the members that are no settings, or the first whose value will not do.
    pub fn parse(members: &Map<String, Json>) -> Result<Self, Error> {
        let is_unknown = |name: &&String| Setting::named(name).is_none();
        let unknown = members.keys().filter(is_unknown).count();
        if unknown > 0 {
            let names = members.keys().filter(is_unknown).take(NAMED).map(|name| excerpt(name)).collect();
            return Err(Error::NoSettings { names, more: unknown.saturating_sub(NAMED) });
        }
        let mut changes = Self::default();
        for (name, json) in members {
            if let Some(setting) = Setting::named(name) {
                changes.take(setting, json)?;
            }
        }
        Ok(changes)
    }

    /// Reads what a client has made of a whole answer of the device: only those settings in it count that the device
    /// does not show so already. What is no setting, or `null`, or stands for a hidden password, is skipped.
    ///
    /// # Errors
    /// Names the first setting whose value will not do.
    pub fn of_info(members: &Map<String, Json>, shown: &Shown) -> Result<Self, Error> {
        let mut changes = Self::default();
        for (name, json) in members {
            let Some(setting) = Setting::named(name) else { continue };
            let is_other_name = name != setting.name() && members.contains_key(setting.name());
            let is_hidden = json.is_null() || json.as_str() == Some(HIDDEN);
            let as_shown = || scalar(json).and_then(|scalar| setting.takes().read(scalar));
            if is_other_name || is_hidden || as_shown().is_some_and(|value| shown.shows(setting, &value)) {
                continue;
            }
            changes.take(setting, json)?;
        }
        Ok(changes)
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.secrets.is_empty()
    }

    /// All that is no secret.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which passwords are asked for.
    pub fn secrets(&self) -> impl Iterator<Item = Setting> {
        self.secrets.keys().copied()
    }

    /// Takes over all that the others ask, in place of what is asked here by the same name.
    pub fn extend(&mut self, others: Self) {
        self.settings.extend(&others.settings);
        self.secrets.extend(others.secrets);
    }

    fn take(&mut self, setting: Setting, json: &Json) -> Result<(), Error> {
        let bad = |problem: String| Error::BadSetting { setting, problem };
        let scalar = scalar(json).ok_or_else(|| bad("must be a single value".into()))?;
        if let Takes::Secret(longest) = setting.takes() {
            let secret = secret(&scalar, longest).map_err(|problem| bad(problem.into()))?;
            self.secrets.insert(setting, secret);
            return Ok(());
        }
        let value =
            setting.takes().read(scalar).ok_or_else(|| bad(format!("must be {}", setting.takes())))?;
        if let (Takes::Host, Value::Text(url)) = (setting.takes(), &value) {
            return self.take_pool(setting, url);
        }
        if !setting.takes().allows(&value) {
            return Err(bad(format!("must be {}, not {value}", setting.takes())));
        }
        match self.settings.get(setting) {
            // The port of a URL gives way to one of its own.
            Some(other) if other != &value && !is_port(setting) => {
                Err(bad(format!("is asked for under two names, as {other} and as {value}")))
            }
            _ => {
                self.settings.set(setting, value);
                Ok(())
            }
        }
    }

    /// Takes a URL apart: devices take a bare host, and a port of its own.
    fn take_pool(&mut self, setting: Setting, url: &str) -> Result<(), Error> {
        let bad = |problem: String| Error::BadSetting { setting, problem };
        if let Some((scheme, _)) = url.split_once("://").filter(|(scheme, _)| !PLAIN_SCHEMES.contains(scheme))
        {
            return Err(bad(format!(
                "cannot have the scheme {:?}; write host or host:port",
                excerpt(scheme)
            )));
        }
        let (host, port) = host_and_port(url);
        let is_host = |c: char| !c.is_whitespace() && !c.is_control();
        if host.is_empty() || host.len() > HOST_BYTES || !host.chars().all(is_host) {
            return Err(bad(format!("must be {}, not {:?}", Takes::Host, excerpt(url))));
        }
        if port == Some(0) {
            return Err(bad(format!("must be {}, and no port is 0", Takes::Host)));
        }
        self.settings.set(setting, Value::Text(host.to_owned()));
        let port_setting =
            if setting == Setting::StratumUrl { Setting::StratumPort } else { Setting::FallbackPort };
        if let Some(port) = port.filter(|_| self.settings.get(port_setting).is_none()) {
            self.settings.set(port_setting, Value::Number(port.into()));
        }
        Ok(())
    }
}

impl From<Settings> for Changes {
    /// Asks for settings that were kept.
    fn from(settings: Settings) -> Self {
        Self { settings, secrets: BTreeMap::new() }
    }
}

fn is_port(setting: Setting) -> bool {
    matches!(setting, Setting::StratumPort | Setting::FallbackPort)
}
