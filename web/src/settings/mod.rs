//! Settings: defaults in code, then Settings.toml, then the environment, then flags; the later layer wins.
//!
//! [`load`] reads all layers and gives complete, checked [`Settings`], or every problem at once, each in one
//! line that names the setting, its value and its source. The variables are an argument; only [`environment`]
//! reads those of the process.

use std::collections::BTreeMap;
use std::path::Path;

mod check;
mod problem;
mod rules;
mod sections;
mod show;
mod sources;
#[cfg(test)]
mod tests;

pub use problem::{Invalid, Problem};
pub use sections::{Chaos, Discovery, Farm, Log, LogFormat, LogLevel, Mockfleet, Settings, Watchdog, Web};
pub use show::{Entry, as_toml, with_origins};
pub use sources::{FILE_NAME, Flag, Flags, environment};

/// The settings in effect, and where they came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What the program uses.
    pub settings: Settings,
    /// Every setting with its value and origin, in the order of Settings.toml.
    pub entries: Vec<Entry>,
}

/// Reads all layers. Settings.toml is looked for in `directory`, and a relative `--config` counts from there.
///
/// # Errors
///
/// All problems of all layers together.
pub fn load(
    flags: &Flags,
    variables: impl IntoIterator<Item = (String, String)>,
    directory: &Path,
) -> Result<Loaded, Invalid> {
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    let mut layers = sources::Layers::defaults();
    layers.file(flags.config.as_deref(), directory);
    layers.environment(&variables);
    layers.flags(&flags.values);

    let figment = layers.figment;
    let settings = check::check(&figment, layers.problems).map_err(|problems| Invalid { problems })?;
    let entry = |key| Entry {
        key,
        value: problem::toml_text(&check::value(&figment, key)),
        origin: check::origin(&figment, key),
    };
    Ok(Loaded { settings, entries: rules::RULES.iter().map(|(key, _)| entry(key)).collect() })
}
