//! `shiftboss restore`: a backup becomes the database of the data directory.

use super::print;
use crate::cli::Restore;
use crate::controller::DATABASE;
use crate::fault::Fault;
use crate::settings::Settings;

pub(super) fn run(settings: &Settings, flags: &Restore) -> Result<(), Fault> {
    let path = settings.data_dir.join(DATABASE);
    let restored = shiftboss_farm::store::restore(&flags.file, &path)
        .map_err(|error| Fault::Backup(format!("not restored: {error}")))?;
    let mut said =
        format!("{}: {} devices, {} presets\n", path.display(), restored.devices, restored.presets);
    if let Some(before) = restored.before {
        said += &format!("what was there before is {}\n", before.display());
    }
    print(&said)
}
