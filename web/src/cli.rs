//! The command line. It only says what was typed: flags become the topmost layer of the settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::settings::{Flag, Flags};

mod keep;
mod mockfleet;
mod mockpool;
mod tree;

pub use keep::{Backup, Export, Import, Restore};
pub use mockfleet::Mockfleet;
pub use mockpool::Mockpool;
pub use tree::Tree;

/// Supervises a bitcoin-mining farm: finds, polls, measures and commands its devices.
///
/// Settings come from defaults, then Settings.toml of the working directory, then variables such as
/// SHIFTBOSS_FARM__POLL_INTERVAL_MS, then flags; the later one wins.
#[derive(Debug, Clone, Parser)]
#[command(name = "shiftboss", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
   0  done, or stopped by SIGINT or SIGTERM
   2  the command line is wrong
  65  the controller refuses what `tree`, `backup` or `export` asks of it, and says why;
      or the file of `import` is wrong, and the line says where
  69  the controller that `tree`, `backup` or `export` asks does not answer
  70  an actor failed for good and the tree gave up
  71  the operating system refused something basic
  74  a file could not be read or written
  75  the controller is too busy for what `tree`, `backup` or `export` asks of it; try again
  78  a setting is wrong, or an address is taken";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Read this settings file instead of ./Settings.toml; it must exist
    #[arg(long, global = true, help_heading = "Settings", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Keep the databases in this directory [setting: data_dir]
    #[arg(long, global = true, help_heading = "Settings", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Set any setting, such as --set farm.poll_interval_ms=1000; may be repeated
    #[arg(long, global = true, help_heading = "Settings", value_name = "SECTION.KEY=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run a mock fleet and a controller that polls it; needs nothing else
    Demo(Demo),
    /// Run the controller
    Run(Run),
    /// Run mock miners and their listing server
    Mockfleet(Mockfleet),
    /// Run a mock Stratum pool
    Mockpool(Mockpool),
    /// Show or check the settings
    #[command(subcommand)]
    Config(Config),
    /// Show the actors of a running controller, or stop, hold and start one of them
    Tree(Tree),
    /// Write all that is stored to one file, be the controller running or not
    Backup(Backup),
    /// Put a backup in the place of the database; the controller must not run
    Restore(Restore),
    /// Write all that is stored but what devices said last as JSON, be the controller running or not
    Export(Export),
    /// Put an export into the database; the controller must not run
    Import(Import),
}

/// Flags of `demo`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Demo {
    /// Number of mock miners [setting: mockfleet.count]
    #[arg(long, value_name = "N")]
    pub miners: Option<usize>,

    /// Let the miners answer as real devices and mine, at a mock pool of the demo's own [setting: mockpool]
    #[arg(long)]
    pub mine: bool,

    /// Strike the actors with faults on purpose: those of the settings, or its own [setting: chaos.faults]
    #[arg(long)]
    pub chaos: bool,
}

/// Flags of `run`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Run {
    /// Serve the API on this address and port, such as 0.0.0.0:7776 [setting: web.listen]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// Accept faults on purpose, which a release build refuses otherwise [setting: chaos.faults]
    #[arg(long)]
    pub allow_chaos: bool,
}

/// What to do with the settings.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Config {
    /// Print the settings in effect as a settings file
    Show {
        /// Say of each value where it came from: default, file, variable or flag
        #[arg(long)]
        origin: bool,
    },
    /// Say ok, or everything that is wrong with the settings
    Check,
}

// === impl Cli ===

impl Cli {
    /// What was typed about settings; a command's own flags count last.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let Common { config, data_dir, set } = &self.common;
        let set = set.iter().map(|(key, text)| Flag { name: "--set", key: key.clone(), text: text.clone() });
        let data_dir = data_dir.as_ref().map(|path| flag("--data-dir", "data_dir", path.to_string_lossy()));
        let values = set.chain(data_dir).chain(self.command.flags()).collect();
        Flags { config: config.clone(), values }
    }
}

impl Command {
    fn flags(&self) -> Vec<Flag> {
        match self {
            Command::Demo(Demo { miners, .. }) => numbered("--miners", "mockfleet.count", *miners),
            Command::Run(Run { listen, .. }) => {
                listen.iter().map(|listen| flag("--listen", "web.listen", listen.to_string())).collect()
            }
            Command::Mockfleet(mockfleet) => mockfleet.flags(),
            Command::Mockpool(mockpool) => mockpool.flags(),
            Command::Config(_) | Command::Tree(_) | Command::Backup(_) | Command::Restore(_) => Vec::new(),
            Command::Export(_) | Command::Import(_) => Vec::new(),
        }
    }
}

fn flag(name: &'static str, key: &str, text: impl Into<String>) -> Flag {
    Flag { name, key: key.to_owned(), text: text.into() }
}

fn setting(name: &'static str, key: &str, value: Option<impl ToString>) -> Option<Flag> {
    value.map(|value| flag(name, key, value.to_string()))
}

/// A flag that numbers the miners also takes away a lower layer's list of ports, which would win.
fn numbered(name: &'static str, key: &str, number: Option<impl ToString>) -> Vec<Flag> {
    let Some(number) = number else { return Vec::new() };
    vec![flag(name, "mockfleet.ports", ""), flag(name, key, number.to_string())]
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as section.key=value")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    pub(super) fn values(line: &str) -> Vec<(&'static str, String, String)> {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        cli.flags().values.into_iter().map(|Flag { name, key, text }| (name, key, text)).collect()
    }

    pub(super) fn of(name: &'static str, key: &str, text: &str) -> (&'static str, String, String) {
        (name, key.to_owned(), text.to_owned())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_are_taken_before_and_after_the_command() {
        for line in
            ["shiftboss --data-dir d --config c.toml run", "shiftboss run --data-dir d --config c.toml"]
        {
            let flags = Cli::try_parse_from(line.split(' ')).unwrap().flags();
            assert_eq!(flags.config, Some(PathBuf::from("c.toml")), "{line}");
            assert_eq!(flags.values, [flag("--data-dir", "data_dir", "d")], "{line}");
        }
    }

    #[test]
    fn set_may_be_repeated_and_keeps_what_follows_the_first_equals_sign() {
        let values = values("shiftboss run --set discovery.listing_url=http://a/?x=1 --set log.level=debug");
        let listing = of("--set", "discovery.listing_url", "http://a/?x=1");
        assert_eq!(values, [listing, of("--set", "log.level", "debug")]);
    }

    #[test]
    fn a_command_s_own_flags_count_after_the_global_ones() {
        let values = values("shiftboss run --listen 127.0.0.1:1 --set web.listen=127.0.0.1:2");
        assert_eq!(
            values,
            [of("--set", "web.listen", "127.0.0.1:2"), of("--listen", "web.listen", "127.0.0.1:1")]
        );
    }

    #[test]
    fn a_number_of_miners_takes_away_a_list_of_ports_from_a_lower_layer() {
        let (clear, count) = (of("--miners", "mockfleet.ports", ""), of("--miners", "mockfleet.count", "3"));
        assert_eq!(values("shiftboss demo --miners 3"), [clear, count]);
    }

    #[test]
    fn faults_on_purpose_are_asked_for_and_allowed_by_flags_that_are_off_by_default() {
        let command = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().command;
        for is_given in [false, true] {
            let line = |command: &str, flag: &str| {
                if is_given { format!("shiftboss {command} {flag}") } else { format!("shiftboss {command}") }
            };
            let demo = Demo { miners: None, mine: false, chaos: is_given };
            assert_eq!(command(&line("demo", "--chaos")), Command::Demo(demo));
            let run = Run { listen: None, allow_chaos: is_given };
            assert_eq!(command(&line("run", "--allow-chaos")), Command::Run(run));
            let Command::Mockfleet(fleet) = command(&line("mockfleet", "--allow-chaos")) else { panic!() };
            assert_eq!(fleet.allow_chaos, is_given);
        }
    }

    #[test]
    fn a_wrong_command_line_is_a_usage_error_with_exit_code_2() {
        let lines = [
            ("shiftboss run --set nonsense", ErrorKind::ValueValidation),
            ("shiftboss run --listen 7776", ErrorKind::ValueValidation),
            ("shiftboss mockfleet --base-port 1 --ports 2,3", ErrorKind::ArgumentConflict),
            ("shiftboss export --with-secrets", ErrorKind::MissingRequiredArgument),
            ("shiftboss export --from a --url http://b", ErrorKind::ArgumentConflict),
            ("shiftboss fly", ErrorKind::InvalidSubcommand),
        ];
        for (line, kind) in lines {
            let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!((error.kind(), error.exit_code()), (kind, 2), "{line}");
        }
    }
}
