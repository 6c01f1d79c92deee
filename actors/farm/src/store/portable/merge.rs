//! What becomes of the store when a file is imported. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use shiftboss_axeos::Mac;

use super::super::Change;
use super::Rows;
use super::check::{Checked, Flaw, Incoming, of_configuration};
use super::format::Secrets;
use crate::preset::{PRESETS_AT_MOST, Preset, PresetId};
use crate::record::Record;
use crate::router::plain_address;

/// What becomes of rows that are not in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They stay.
    Merge,
    /// They go.
    Replace,
}

/// How many rows of one kind came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// All of the file.
    pub imported: usize,
    /// Those of them that took the place of another.
    pub replaced: usize,
}

/// A preset that came without passwords, and found none in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What people call it.
    pub name: String,
    /// Where they are missing.
    pub secrets: Vec<String>,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Imprinted devices.
    pub devices: Came,
    /// Presets.
    pub presets: Came,
    /// Devices that discovery has found.
    pub found: Came,
    /// Rows of all kinds that were not in the file, and are gone.
    pub removed: usize,
    /// Presets without all their passwords.
    pub lacking: Vec<Lacking>,
    /// Where the file is now that was there before, if all of it was replaced.
    pub before: Option<PathBuf>,
}

/// What is to be written in one piece, and what is to be told of it.
pub(super) fn plan(checked: Checked, rows: &Rows, mode: Mode) -> Result<(Vec<Change>, Imported), Flaw> {
    let Checked { secrets, devices, presets, found } = checked;
    check_addresses(&devices, rows, mode)?;
    let (presets, lacking) = with_secrets(presets, &rows.presets, secrets)?;
    let macs: BTreeSet<Mac> = rows.records.iter().map(|record| record.mac).collect();
    let ids: BTreeSet<PresetId> = rows.presets.iter().map(|preset| preset.id).collect();
    let known: BTreeSet<Mac> = rows.found.iter().map(|found| found.mac).collect();
    let mut imported = Imported {
        devices: came(devices.iter().map(|record| macs.contains(&record.mac))),
        presets: came(presets.iter().map(|preset| ids.contains(&preset.id))),
        found: came(found.iter().map(|found| known.contains(&found.mac))),
        lacking,
        ..Imported::default()
    };
    let others = if mode == Mode::Merge { ids.len() - imported.presets.replaced } else { 0 };
    if others + presets.len() > PRESETS_AT_MOST {
        let problem = format!(
            "there would be {} presets, and {PRESETS_AT_MOST} are the most that are kept",
            others + presets.len()
        );
        return Err(Flaw::new("presets", problem));
    }
    let mut changes = Vec::new();
    if mode == Mode::Replace {
        let replaced = imported.devices.replaced + imported.presets.replaced + imported.found.replaced;
        imported.removed = rows.count() - replaced;
        changes.push(Change::Clear);
    }
    changes.extend(devices.into_iter().map(Change::Record));
    changes.extend(presets.into_iter().map(|preset| Change::Preset(Arc::new(preset))));
    changes.extend(found.into_iter().map(Change::Found));
    Ok((changes, imported))
}

fn came(is_known: impl Iterator<Item = bool>) -> Came {
    is_known.fold(Came::default(), |came, known| Came {
        imported: came.imported + 1,
        replaced: came.replaced + usize::from(known),
    })
}

/// No two devices are at one address, neither of the file nor of those that stay.
fn check_addresses(devices: &[Record], rows: &Rows, mode: Mode) -> Result<(), Flaw> {
    let come: BTreeSet<Mac> = devices.iter().map(|record| record.mac).collect();
    let stay = rows.records.iter().filter(|record| mode == Mode::Merge && !come.contains(&record.mac));
    let mut owners: BTreeMap<&str, Mac> =
        stay.map(|record| (plain_address(&record.address), record.mac)).collect();
    for (index, record) in devices.iter().enumerate() {
        if let Some(other) = owners.insert(plain_address(&record.address), record.mac) {
            let problem = format!("{} is where {other} is; correct one of them", record.address);
            return Err(Flaw::new(format!("devices[{index}].address"), problem));
        }
    }
    Ok(())
}

/// Presets with the passwords that the store has of them, if they came without, and those that lack some.
fn with_secrets(
    incoming: Vec<Incoming>,
    known: &[Preset],
    secrets: Secrets,
) -> Result<(Vec<Preset>, Vec<Lacking>), Flaw> {
    let known: BTreeMap<PresetId, &Preset> = known.iter().map(|preset| (preset.id, preset)).collect();
    let (mut presets, mut lacking) = (Vec::new(), Vec::new());
    for (index, Incoming { mut preset, left_out }) in incoming.into_iter().enumerate() {
        if let Some(before) = known.get(&preset.id).filter(|_| secrets == Secrets::LeftOut) {
            let filled = preset.configuration.with_secrets_of(&before.configuration);
            preset.configuration = filled.map_err(|error| {
                of_configuration(&format!("presets[{index}]"), preset.configuration.members(), &error)
            })?;
        }
        let has = preset.configuration.secrets();
        let secrets: Vec<_> = left_out.into_iter().filter(|place| !has.contains(place)).collect();
        if !secrets.is_empty() {
            lacking.push(Lacking { name: preset.name.clone(), secrets });
        }
        presets.push(preset);
    }
    Ok((presets, lacking))
}
