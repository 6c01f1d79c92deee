//! Carries out what the command line asked for.

use std::io::{self, ErrorKind, Write};

use crate::cli::{Command, Config};
use crate::fault::Fault;
use crate::settings::{self, Loaded};

mod backup;
mod chaos;
mod demo;
mod export;
mod import;
mod mockfleet;
mod mockpool;
mod restore;
mod run;
mod serve;
mod tree;
mod watchdog;

/// Carries out a command with the settings in effect.
///
/// # Errors
///
/// Whatever ended the command before it was done.
pub fn execute(command: &Command, loaded: &Loaded) -> Result<(), Fault> {
    match command {
        Command::Config(Config::Show { origin: false }) => print(&settings::as_toml(&loaded.entries)),
        Command::Config(Config::Show { origin: true }) => print(&settings::with_origins(&loaded.entries)),
        Command::Config(Config::Check) => print("ok\n"),
        Command::Demo(flags) => demo::run(&loaded.settings, flags),
        Command::Run(flags) => run::run(&loaded.settings, flags.allow_chaos),
        Command::Mockfleet(flags) => mockfleet::run(&loaded.settings, flags.allow_chaos),
        Command::Mockpool(flags) => mockpool::run(&loaded.settings, flags.allow_chaos),
        Command::Tree(flags) => tree::run(flags),
        Command::Backup(flags) => backup::run(&loaded.settings, flags),
        Command::Restore(flags) => restore::run(&loaded.settings, flags),
        Command::Export(flags) => export::run(&loaded.settings, flags),
        Command::Import(flags) => import::run(&loaded.settings, flags),
    }
}

fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(Fault::Output),
    }
}
