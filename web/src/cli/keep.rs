//! The command lines of `shiftboss backup` and `shiftboss restore`.

use std::path::PathBuf;

use clap::Args;

/// Flags of `backup`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Backup {
    /// Ask this controller, instead of whoever has the database of the data directory open
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// Write the backup here instead of leaving it in the backups of the data directory
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Flags of `restore`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
