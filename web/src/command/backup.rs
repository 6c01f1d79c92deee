//! `shiftboss backup`: one file with all that is stored, from a running controller or from the database itself.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use shiftboss_farm::store::Database;
use shiftboss_farm::{Clock, Error};

use super::{print, tree};
use crate::cli::Backup;
use crate::controller::{BACKUPS, DATABASE};
use crate::fault::Fault;
use crate::settings::Settings;

/// What the controller says of a backup that it made.
#[derive(Deserialize)]
pub(super) struct Made {
    pub(super) file: PathBuf,
    bytes: u64,
}

pub(super) fn run(settings: &Settings, flags: &Backup) -> Result<(), Fault> {
    let made = match &flags.url {
        Some(url) => running(url, flags.out.as_deref())?,
        None => match offline(&settings.data_dir, flags.out.as_deref()) {
            Err(Error::InUse { .. }) => {
                running(&format!("http://{}", settings.web.listen), flags.out.as_deref())?
            }
            made => made.map_err(|error| Fault::Backup(error.to_string()))?,
        },
    };
    print(&format!("{}: {} bytes\n", made.file.display(), made.bytes))
}

/// Has the controller make it, and takes it out of its folder if it is wanted elsewhere.
fn running(url: &str, out: Option<&Path>) -> Result<Made, Fault> {
    let made = ask(url, &json!({}))?;
    let Some(out) = out else { return Ok(made) };
    let kept = made.file.display();
    if out.exists() {
        return Err(Fault::Backup(format!("{} is there already; the backup is {kept}", out.display())));
    }
    std::fs::copy(&made.file, out)
        .and_then(|_| std::fs::File::open(out)?.sync_all())
        .map_err(|error| Fault::Backup(format!("{}: {error}; the backup is {kept}", out.display())))?;
    Ok(Made { file: out.to_owned(), ..made })
}

/// Asks a controller for a backup, which it leaves among its own.
pub(super) fn ask(url: &str, wanted: &Value) -> Result<Made, Fault> {
    let text = tree::post(url, "/backup", wanted)?;
    serde_json::from_str(&text)
        .map_err(|error| Fault::NoAnswer { url: url.to_owned(), cause: error.to_string() })
}

fn offline(data_dir: &Path, out: Option<&Path>) -> Result<Made, Error> {
    let path = data_dir.join(DATABASE);
    if !path.exists() {
        let cause = "there is no database; name its folder with --data-dir, or its controller with --url";
        return Err(Error::Open { path: path.display().to_string(), cause: cause.into() });
    }
    let database = Database::open(&path)?;
    let in_folder = || data_dir.join(BACKUPS).join(format!("farm-{}.redb", Clock::System.now_ms()));
    let file = out.map_or_else(in_folder, Path::to_owned);
    let bytes = database.back_up(&file)?;
    Ok(Made { file, bytes })
}
