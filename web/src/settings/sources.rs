//! The layers, the lowest first: defaults, settings file, the Node.js systems' variables, ours, flags.
//! Each value is merged on its own, so that figment remembers of every setting where it came from.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::util::nest;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::problem::Problem;
use super::{Settings, rules};

/// The settings file that is read when none is named.
pub const FILE_NAME: &str = "Settings.toml";

/// What every variable of our own begins with; `__` separates a section from its setting.
const PREFIX: &str = "SHIFTBOSS_";

/// The Node.js systems' variables and the settings that they stand for. PORT is a part of its setting.
const ALIASES: [(&str, &str); 7] = [
    ("PORT", "web.listen"),
    ("AUTO_LISTEN", "farm.auto_listen"),
    ("DELETE_DATA_ON_DEVICE_REMOVE", "farm.delete_data_on_device_remove"),
    ("DISCOVERY_SERVICE_HOST", "discovery.service_url"),
    ("LISTING_PORT", "mockfleet.listing_port"),
    ("PORTS", "mockfleet.ports"),
    ("LOGS_PUB_ENABLED", "mockfleet.logs"),
];

/// What the command line says about settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// The settings file, which must exist; without one, Settings.toml is read if it is there.
    pub config: Option<PathBuf>,
    /// Values in the order in which they count; the last one wins.
    pub values: Vec<Flag>,
}

/// A setting given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The flag as it is typed, such as `--listen`.
    pub name: &'static str,
    /// The setting, such as `web.listen`.
    pub key: String,
    /// The value, not yet read.
    pub text: String,
}

/// The variables of this process. What is not UTF-8 is replaced, and refused where a setting uses it.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect()
}

/// All layers merged, and what could not be merged.
pub(super) struct Layers {
    pub(super) figment: Figment,
    pub(super) problems: Vec<Problem>,
}

/// One value from one source.
struct Given<'a> {
    key: &'a str,
    value: Value,
    origin: &'a str,
}

impl Provider for Settings {
    fn metadata(&self) -> Metadata {
        Metadata::named("default")
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        Serialized::defaults(self).data()
    }
}

impl Provider for Given<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.to_owned())
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        let nested = nest(self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(nested))
    }
}

// === impl Layers ===

impl Layers {
    /// The defaults alone.
    pub(super) fn defaults() -> Self {
        Layers { figment: Figment::from(Settings::default()), problems: Vec::new() }
    }

    /// Adds the settings file. Parent directories are not searched: no file far away takes effect.
    pub(super) fn file(&mut self, named: Option<&Path>, directory: &Path) {
        let path = directory.join(named.unwrap_or(Path::new(FILE_NAME)));
        match fs::read_to_string(&path) {
            Ok(text) => match parse(&text, &path) {
                Ok(dict) => self.section("", &dict, &path.display().to_string()),
                Err(problem) => self.problems.push(problem),
            },
            Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => {}
            Err(error) => self.problems.push(Problem::Unreadable { path, cause: error.to_string() }),
        }
    }

    /// Adds the environment; our own form of a variable wins over theirs.
    pub(super) fn environment(&mut self, variables: &BTreeMap<String, String>) {
        for (name, key) in ALIASES {
            // They take an empty variable for one that is not set.
            let Some(text) = variables.get(name).filter(|text| !text.is_empty()) else { continue };
            let origin = format!("environment variable {name}");
            match name {
                "PORT" => self.port(text, &origin),
                _ => self.text(key, text, &origin),
            }
        }
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            if !is_of_kubernetes(rest, text) {
                let key = rest.to_lowercase().replace("__", ".");
                self.text(&key, text, &format!("environment variable {}", name.escape_debug()));
            }
        }
    }

    /// Adds the command line.
    pub(super) fn flags(&mut self, flags: &[Flag]) {
        for flag in flags {
            self.text(&flag.key, &flag.text, &format!("flag {}", flag.name));
        }
    }

    /// Merges the known settings of a section of a file, and of the sections in it.
    fn section(&mut self, section: &str, dict: &Dict, origin: &str) {
        for (name, value) in dict {
            let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
            let known = rules::find(&key).is_some();
            match value {
                // An unknown section is told by the settings in it, and by its name only when it has none.
                Value::Dict(_, inner) if !known && (!inner.is_empty() || rules::is_section(&key)) => {
                    self.section(&key, inner, origin);
                }
                _ => self.value(&key, value.clone(), origin),
            }
        }
    }

    /// Merges a text, read as its setting wants it; figment's own provider would guess a type from the text.
    fn text(&mut self, key: &str, text: &str, origin: &str) {
        let value = rules::find(key).map_or_else(|| Value::from(text), |(_, rule)| rule.read(text));
        self.value(key, value, origin);
    }

    /// Merges one value if there is such a setting.
    fn value(&mut self, key: &str, value: Value, origin: &str) {
        if rules::find(key).is_some() {
            let lower = std::mem::take(&mut self.figment);
            self.figment = lower.merge(Given { key, value, origin });
            return;
        }
        // A name may hold anything when it is quoted in TOML or in a shell.
        let (key, origin) = (key.escape_debug().to_string(), origin.to_owned());
        self.problems.push(match rules::first_in_section(&key) {
            Some(example) => Problem::Section { key, origin, example },
            None => Problem::Unknown { nearest: rules::nearest(&key), key, origin },
        });
    }

    /// Replaces the port of `web.listen` and keeps the host that the lower layers gave.
    fn port(&mut self, port: &str, origin: &str) {
        // A listen address that cannot be read is refused later, under the name of the layer that gave it.
        let Ok(listen) = self.figment.extract_inner::<SocketAddr>("web.listen") else { return };
        let listen = listen.to_string();
        let host = listen.rsplit_once(':').map_or(listen.as_str(), |(host, _)| host);
        self.text("web.listen", &format!("{host}:{}", port.trim()), origin);
    }
}

fn parse(text: &str, path: &Path) -> Result<Dict, Problem> {
    Toml::from_str::<Dict>(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Problem::Malformed {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            cause: error.message().lines().collect::<Vec<_>>().join("; "),
        }
    })
}

/// Kubernetes gives each container variables named after the services around it, and ours may well be called
/// `shiftboss`: `SHIFTBOSS_SERVICE_HOST`, `SHIFTBOSS_SERVICE_PORT…`, `SHIFTBOSS_PORT=tcp://…`
/// and `SHIFTBOSS_PORT_7776_TCP…`.
fn is_of_kubernetes(rest: &str, text: &str) -> bool {
    let numbered = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    rest.starts_with("SERVICE_HOST")
        || rest.starts_with("SERVICE_PORT")
        || (rest == "PORT" && text.contains("://"))
        || rest.strip_prefix("PORT_").is_some_and(numbered)
}
