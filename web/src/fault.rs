//! How a run of the program may fail, and the exit code of each way, after `sysexits.h`.
//! A fault is told in one line on standard error; only wrong settings take a line each.

use std::error::Error;
use std::io::{self, ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use shiftboss_kernel::SpecError;

use crate::settings::Invalid;

/// Why the program ended other than by doing what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// Another program listens on the address of a setting.
    #[error("{setting}: {address} is taken by another program; choose another with {flag} or {setting}")]
    Taken {
        /// The setting that names the address, or its port.
        setting: &'static str,
        /// The flag that changes it.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The address of a setting cannot be listened on.
    #[error("{setting}: cannot listen on {address}: {cause}; choose another with {flag} or {setting}")]
    Unusable {
        /// The setting that names the address, or its port.
        setting: &'static str,
        /// The flag that changes it.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The settings name faults on purpose, where they would harm.
    #[error(
        "chaos.faults: faults on purpose are refused by a release build; \
         take them out of the settings, or allow them with --allow-chaos"
    )]
    OnPurpose,
    /// A mock miner cannot have what the settings say is wrong with it.
    #[error("mockfleet.faults: {0}")]
    NoMiner(shiftboss_mockfleet::Flaw),
    /// The database cannot be opened, or was lost.
    #[error("data_dir: cannot use the database {}: {}", .path.display(), on_one_line(.cause))]
    Store {
        /// The database file.
        path: PathBuf,
        /// What the database says.
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A backup, an export or a copy of one cannot be written or read.
    #[error("{}", on_one_line(.0))]
    Backup(String),
    /// What is in a file that is to be imported is wrong.
    #[error("not imported: {}", on_one_line(.0))]
    Import(String),
    /// The file of the mock pool's shares cannot be opened.
    #[error("mockpool.share_log: cannot write to {}: {cause}; choose another file", .path.display())]
    ShareLog {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        cause: io::Error,
    },
    /// The tree of actors stopped because a part of it failed too often.
    #[error("the tree of actors gave up: {}", on_one_line(.cause))]
    GaveUp {
        /// What its top says, with the path to what failed last.
        cause: String,
    },
    /// A thread of actors stood still, and every stop in order with it.
    #[error(
        "watchdog.exit_ms: the arbiter {arbiter} has not turned for {silent_for:?}; the process ends, to be \
         started again"
    )]
    Stuck {
        /// Its name.
        arbiter: String,
        /// For how long.
        silent_for: Duration,
    },
    /// The farm did not do what a command needs of it.
    #[error("{asked}: {}", on_one_line(.cause))]
    Farm {
        /// What was asked of it.
        asked: &'static str,
        /// What came of it.
        cause: String,
    },
    /// A running controller that a command asks does not answer.
    #[error("--url: {url} does not answer as a controller does: {}", on_one_line(.cause))]
    NoAnswer {
        /// What was asked.
        url: String,
        /// What came of it.
        cause: String,
    },
    /// A running controller does not do what a command asks of it, and says why.
    #[error("{}", on_one_line(.reason))]
    Refused {
        /// What it says.
        reason: String,
        /// Whether it may do so when it is asked again.
        passing: bool,
    },
    /// The system allows too few open files for the mock miners.
    #[error(
        "mockfleet.count: the miners need {needed} open files and the system allows {limit}; raise the hard limit \
         (ulimit -Hn {needed}), or choose fewer miners with mockfleet.count"
    )]
    OpenFiles {
        /// One for each miner, those of its connection to a pool, and some to spare.
        needed: u64,
        /// The limit, already raised as far as it goes.
        limit: u64,
    },
    /// The operating system refused something that a program may expect of it.
    #[error("the operating system refused: {0}")]
    System(io::Error),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

impl Fault {
    /// The fault behind a failed attempt to listen.
    #[must_use]
    pub fn listening(
        setting: &'static str,
        flag: &'static str,
        address: SocketAddr,
        cause: io::Error,
    ) -> Self {
        match cause.kind() {
            ErrorKind::AddrInUse => Fault::Taken { setting, flag, address },
            _ => Fault::Unusable { setting, flag, address, cause },
        }
    }

    /// The code to exit with. A wrong command line never gets here: clap ends the program with 2.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            // EX_DATAERR: what was asked for or given is wrong, as things stand.
            Fault::Refused { passing: false, .. } | Fault::Import(_) => 65,
            // EX_UNAVAILABLE
            Fault::NoAnswer { .. } => 69,
            // EX_SOFTWARE: an actor that fails whatever is tried, or never returns, is a bug.
            Fault::GaveUp { .. } | Fault::Stuck { .. } | Fault::Farm { .. } => 70,
            // EX_OSERR
            Fault::System(_) => 71,
            // EX_IOERR, not EX_CANTCREAT: mostly the database exists and is locked, damaged or out of disk.
            Fault::Store { .. } | Fault::Backup(_) | Fault::ShareLog { .. } | Fault::Output(_) => 74,
            // EX_TEMPFAIL
            Fault::Refused { passing: true, .. } => 75,
            // EX_CONFIG: trying again does not help before somebody changes a setting.
            Fault::Settings(_)
            | Fault::Taken { .. }
            | Fault::Unusable { .. }
            | Fault::OnPurpose
            | Fault::NoMiner(_) => 78,
            Fault::OpenFiles { .. } => 78,
        }
    }

    /// Tells the fault on standard error and gives the code to exit with.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        // When even standard error is gone, the exit code has to do.
        let _ = writeln!(io::stderr(), "{self}");
        ExitCode::from(self.exit_code())
    }
}

impl From<shiftboss_mockfleet::Error> for Fault {
    /// Of those that keep a fleet from being made.
    fn from(error: shiftboss_mockfleet::Error) -> Self {
        match error {
            shiftboss_mockfleet::Error::NoFault(flaw) => Fault::NoMiner(flaw),
            shiftboss_mockfleet::Error::Spec(error) => error.into(),
            error => Fault::System(io::Error::other(error)),
        }
    }
}

impl From<SpecError> for Fault {
    fn from(error: SpecError) -> Self {
        Fault::GaveUp { cause: error.to_string() }
    }
}

/// What another part of the program says may have lines.
fn on_one_line(text: &impl ToString) -> String {
    text.to_string().lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const LISTEN: (&str, &str) = ("web.listen", "--listen");

    fn address() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 7776))
    }

    #[test]
    fn a_taken_port_names_address_setting_and_flag() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let cause = TcpListener::bind(taken.local_addr().unwrap()).unwrap_err();
        let fault = Fault::listening(LISTEN.0, LISTEN.1, address(), cause);
        let line = "web.listen: 127.0.0.1:7776 is taken by another program; \
                    choose another with --listen or web.listen";
        assert_eq!((fault.to_string().as_str(), fault.exit_code()), (line, 78));
    }

    #[test]
    fn an_address_that_may_not_be_used_says_why() {
        let cause = io::Error::from(ErrorKind::PermissionDenied);
        let fault = Fault::listening(LISTEN.0, LISTEN.1, address(), cause);
        let line = "web.listen: cannot listen on 127.0.0.1:7776: permission denied; \
                    choose another with --listen or web.listen";
        assert_eq!((fault.to_string().as_str(), fault.exit_code()), (line, 78));
    }

    #[test]
    fn each_kind_of_fault_has_its_exit_code_and_stays_on_one_line() {
        let store = Fault::Store { path: "data/farm.redb".into(), cause: "already open".into() };
        let gave_up = Fault::GaveUp { cause: "controller: store: panic: no disk\n  at all".into() };
        let stuck = Fault::Stuck { arbiter: "devices:0".into(), silent_for: Duration::from_secs(30) };
        let farm = Fault::Farm { asked: "discovery", cause: "it is gone".into() };
        let no_answer = Fault::NoAnswer { url: "http://x".into(), cause: "refused".into() };
        let system = Fault::System(io::Error::from(ErrorKind::OutOfMemory));
        let output = Fault::Output(io::Error::from(ErrorKind::StorageFull));
        let refused = |passing| Fault::Refused { reason: "store: it is\nrunning".into(), passing };
        let bugs = [(gave_up, 70), (stuck, 70), (farm, 70)];
        let outside = [(store, 74), (no_answer, 69), (system, 71), (output, 74)];
        let import = Fault::Import("farm.json: presets[0].id:\nno".into());
        let refusals = [(refused(false), 65), (refused(true), 75), (import, 65)];
        let files = [(Fault::OpenFiles { needed: 10_064, limit: 1_024 }, 78)];
        for (fault, code) in files.into_iter().chain(bugs).chain(outside).chain(refusals) {
            assert_eq!(fault.exit_code(), code, "{fault}");
            assert_eq!(fault.to_string().lines().count(), 1, "{fault}");
        }
    }
}
