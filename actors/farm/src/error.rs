//! What can go wrong in a farm, in words that name the thing and what to do.

use shiftboss_axeos::Mac;
use shiftboss_kernel::Refused;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The database cannot be opened.
    #[error("{path}: {cause}")]
    Open {
        /// Its file.
        path: String,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// Another program has the database open.
    #[error("{path}: it is in use by another program; stop that one, or choose another data_dir")]
    InUse {
        /// Its file.
        path: String,
    },
    /// A write or a read of the database failed; nothing of it was done, or all of a write if the disk failed at its end.
    #[error("the database refused: {0}")]
    Store(String),
    /// A backup was not made; the database itself is as it was.
    #[error("the backup {path} was not made: {cause}")]
    Backup {
        /// Its file.
        path: String,
        /// What is wrong.
        cause: String,
    },
    /// A backup takes the place of no other file.
    #[error("{path} is there already; choose another name for the backup")]
    BackupExists {
        /// The file.
        path: String,
    },
    /// An export was not made.
    #[error("the export {path} was not made: {cause}")]
    Export {
        /// Its file, or that of the database.
        path: String,
        /// What is wrong, and what to do.
        cause: String,
    },
    /// A file cannot be imported.
    #[error("{file}: {flaw}; nothing has changed")]
    Import {
        /// The file.
        file: String,
        /// The place in it, and what is wrong there.
        flaw: String,
    },
    /// One backup at a time.
    #[error("a backup is being made already; try again when it is done")]
    BackingUp,
    /// A neighbour on the network did not do its part.
    #[error("{url}: {cause}")]
    Neighbour {
        /// What was asked.
        url: String,
        /// What came of it.
        cause: String,
    },
    /// Neither a listing nor a discovery service is known.
    #[error(
        "there is nowhere to discover devices: set discovery.listing_url or discovery.service_url, \
         or ask for one device by ip"
    )]
    NoSource,
    /// A device that does not say by which MAC it is known.
    #[error(
        "the device at {address} does not say its MAC, as firmware before 2.3.0 does not; \
         name it with the mac parameter"
    )]
    Nameless {
        /// Where it is.
        address: String,
    },
    /// The actor of a device did not start.
    #[error("the actor of device {mac} did not start: {cause}")]
    NotStarted {
        /// Which.
        mac: Mac,
        /// Why.
        cause: String,
    },
    /// The actor of a device could not be ended.
    #[error("the actor of device {mac} did not end: {cause}; try again")]
    NotEnded {
        /// Which.
        mac: Mac,
        /// Why.
        cause: String,
    },
    /// Two devices at one address: one of them is not there any more.
    #[error(
        "{address} is where {known} is, so {mac} cannot be imprinted there; discover {known} where it is now, \
         or remove it"
    )]
    AddressTaken {
        /// Where.
        address: String,
        /// Who is to be there.
        mac: Mac,
        /// Who is said to be there already.
        known: Mac,
    },
    /// A preset would ask for what no device takes.
    #[error("the preset's configuration: {0}")]
    Preset(shiftboss_axeos::Error),
    /// A preset would be too long.
    #[error("the preset's configuration would be longer than {most} bytes of JSON, the most that is kept")]
    LongPreset {
        /// The most.
        most: usize,
    },
    /// A preset cannot be called so.
    #[error("name must be a text of 1 to {most} characters in one line")]
    PresetName {
        /// The most characters.
        most: usize,
    },
    /// As many presets as are kept.
    #[error("there are {most} presets, as many as are kept; delete one first")]
    ManyPresets {
        /// The most.
        most: usize,
    },
    /// As many searches as are allowed run already.
    #[error("enough searches for devices are running; try again when one is done")]
    Searching,
    /// An actor of the farm did not answer.
    #[error("the {actor} is busy or restarting ({refused}); try again")]
    Busy {
        /// Which.
        actor: &'static str,
        /// How it refused.
        refused: Refused,
    },
}

impl Error {
    /// Names the actor that refused.
    pub fn busy(actor: &'static str) -> impl Fn(Refused) -> Self {
        move |refused| Self::Busy { actor, refused }
    }
}
