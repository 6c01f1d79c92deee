//! The command lines of `shiftboss backup`, `restore`, `export` and `import`.

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

/// Flags of `export`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Export {
    /// Export this backup instead of what the controller of the data directory has
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    pub from: Option<PathBuf>,

    /// Ask this controller, which must be on this machine, for the backup that is exported
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,

    /// Write to this file instead of standard output; - is standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Write the passwords of presets too, in clear text; say with --out where to
    #[arg(long, requires = "out")]
    pub with_secrets: bool,
}

/// Flags of `import`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Import {
    /// The export
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Remove what is not in the file; the database as it was is kept beside the new one
    #[arg(long)]
    pub replace: bool,
}
