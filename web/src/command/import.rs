//! `shiftboss import`: an export becomes a part of the database of the data directory, or the whole of it.

use shiftboss_farm::Error;
use shiftboss_farm::store::{self, Came, Imported, Lacking, Mode};

use super::print;
use crate::cli::Import;
use crate::controller::DATABASE;
use crate::fault::Fault;
use crate::settings::Settings;

/// Presets without passwords that a line names.
const NAMED: usize = 20;

pub(super) fn run(settings: &Settings, flags: &Import) -> Result<(), Fault> {
    let path = settings.data_dir.join(DATABASE);
    let mode = if flags.replace { Mode::Replace } else { Mode::Merge };
    let imported = store::import(&flags.file, &path, mode).map_err(|error| match error {
        Error::Import { .. } => Fault::Import(error.to_string()),
        other => Fault::Backup(format!("not imported: {other}")),
    })?;
    print(&format!("{}: {}", path.display(), told(&imported)))
}

fn told(imported: &Imported) -> String {
    let Imported { devices, presets, found, removed, lacking, before } = imported;
    let kinds = [(devices, "devices"), (presets, "presets"), (found, "found")];
    let kinds = kinds.map(|(Came { imported, replaced }, kind)| match replaced {
        0 => format!("{imported} {kind}"),
        _ => format!("{imported} {kind} ({replaced} replaced)"),
    });
    let mut told = kinds.join(", ");
    if *removed > 0 {
        told += &format!("; {removed} others removed");
    }
    told.push('\n');
    if !lacking.is_empty() {
        let names = lacking.iter().take(NAMED);
        let names = names.map(|Lacking { name, secrets }| format!("{name:?} ({})", secrets.join(", ")));
        let mut names: Vec<_> = names.collect();
        if lacking.len() > NAMED {
            names.push(format!("and {} more", lacking.len() - NAMED));
        }
        told += &format!("presets without their passwords: {}\n", names.join(", "));
    }
    if let Some(before) = before {
        told += &format!("what was there before is {}\n", before.display());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_imported_is_one_line_and_one_more_for_what_is_to_be_done() {
        let came = |imported, replaced| Came { imported, replaced };
        let plain =
            Imported { devices: came(3, 0), presets: came(2, 1), found: came(4, 4), ..Imported::default() };
        assert_eq!(told(&plain), "3 devices, 2 presets (1 replaced), 4 found (4 replaced)\n");
        let lacking = |index| Lacking { name: format!("p{index}"), secrets: vec!["stratumPassword".into()] };
        let all = Imported {
            removed: 5,
            lacking: (0..22).map(lacking).collect(),
            before: Some("farm.redb.before-7".into()),
            ..plain
        };
        let lines: Vec<_> = told(&all).lines().map(str::to_owned).collect();
        assert!(lines[0].ends_with("; 5 others removed"));
        assert!(lines[1].starts_with("presets without their passwords: \"p0\" (stratumPassword), \"p1\""));
        assert!(lines[1].ends_with("\"p19\" (stratumPassword), and 2 more"));
        assert_eq!(lines[2..], ["what was there before is farm.redb.before-7"]);
    }
}
