//! The binary: reads the command line and the settings, starts the log, does what was asked.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use shiftboss::cli::Cli;
use shiftboss::fault::Fault;
use shiftboss::{command, logging, settings};

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fault.report(),
    }
}

fn run(cli: &Cli) -> Result<(), Fault> {
    let loaded = settings::load(&cli.flags(), settings::environment(), Path::new(""))?;
    logging::start(&loaded.settings.log);
    command::execute(&cli.command, &loaded)
}
