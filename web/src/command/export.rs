//! `shiftboss export`: what is stored as JSON, of a backup, a running controller or the database itself.

use std::fs;
use std::path::Path;

use serde_json::json;
use shiftboss_farm::store::{self, Export, Secrets};
use shiftboss_farm::{Clock, Error};

use super::{backup, print};
use crate::cli;
use crate::controller::{BACKUPS, DATABASE};
use crate::fault::Fault;
use crate::settings::Settings;

/// What stands for standard output in place of a file.
const STDOUT: &str = "-";

pub(super) fn run(settings: &Settings, flags: &cli::Export) -> Result<(), Fault> {
    let out = flags.out.as_deref().filter(|out| *out != Path::new(STDOUT));
    let secrets = if flags.with_secrets { Secrets::Included } else { Secrets::LeftOut };
    let export = match (&flags.from, &flags.url) {
        (Some(file), _) => offline(file, secrets).map_err(told)?,
        (None, Some(url)) => running(url, &settings.data_dir, secrets)?,
        (None, None) => match of_data_dir(&settings.data_dir, secrets) {
            Err(Error::InUse { .. }) => {
                running(&format!("http://{}", settings.web.listen), &settings.data_dir, secrets)?
            }
            export => export.map_err(told)?,
        },
    };
    if export.unreadable > 0 {
        log::error!("{} rows cannot be read, and are not in the export", export.unreadable);
    }
    let Some(out) = out else { return print(export.text()) };
    export.write(out).map_err(told)?;
    let Export { devices, presets, found, .. } = export;
    print(&format!("{}: {devices} devices, {presets} presets, {found} found\n", out.display()))
}

fn offline(file: &Path, secrets: Secrets) -> Result<Export, Error> {
    store::export(file, secrets, Clock::System.now_ms())
}

fn of_data_dir(data_dir: &Path, secrets: Secrets) -> Result<Export, Error> {
    let path = data_dir.join(DATABASE);
    if !path.exists() {
        let cause = "there is no database; name its folder with --data-dir, or a backup with --from";
        return Err(Error::Open { path: path.display().to_string(), cause: cause.into() });
    }
    offline(&path, secrets)
}

/// Has the controller make a backup, exports that, and removes it. Where it is, this side decides: what answers at the
/// URL cannot have another file removed.
fn running(url: &str, data_dir: &Path, secrets: Secrets) -> Result<Export, Fault> {
    let name = format!("export-{}-{}.redb", Clock::System.now_ms(), std::process::id());
    let file = data_dir.join(BACKUPS).join(&name);
    if file.exists() {
        return Err(Fault::Backup(format!("{} is there already; try again", file.display())));
    }
    let made = backup::ask(url, &json!({ "name": name }))?;
    if !file.exists() {
        let (made, sought) = (made.file.display(), file.display());
        let told = format!(
            "the backup to be exported is {made} on the controller's side, and there is no {sought}; name the \
             controller's folder with --data-dir, or export that backup with --from, and remove it"
        );
        return Err(Fault::Backup(told));
    }
    let export = offline(&file, secrets).map_err(told);
    fs::remove_file(&file).map_err(|error| {
        Fault::Backup(format!("{} holds passwords and cannot be removed: {error}", file.display()))
    })?;
    export
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn told(error: Error) -> Fault {
    Fault::Backup(error.to_string())
}
