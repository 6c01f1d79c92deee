//! Runs a tree until somebody stops it, or it gives up.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix::Arbiter;
use shiftboss_kernel::{BootError, Bound, Chaos, Exit, Strategy, SupervisorSpec, Tree, Watchdog};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::watchdog;
use crate::fault::Fault;
use crate::settings::Settings;

/// The time that the whole tree has to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// The time that an actor has to answer a command.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A tree that has started, with the threads it runs on.
pub(super) struct Running {
    pub(super) tree: Tree,
    pub(super) arbiters: Vec<Arbiter>,
}

/// Boots a tree and runs it, under a watchdog, until SIGINT, SIGTERM, or its own end.
pub(super) fn until_stopped(
    settings: &Settings,
    boot: impl AsyncFnOnce(&Watchdog) -> Result<Running, Fault>,
) -> Result<(), Fault> {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        log::warn!("the limit of open files cannot be raised: {error}");
    }
    let watchdog = watchdog::start(&settings.watchdog)?;
    actix::System::new().block_on(async {
        let mut signals = Signals::new()?;
        let running = tokio::select! {
            running = boot(&watchdog) => running?,
            name = signals.next() => {
                log::info!("{name}: stopped before the start was done");
                return Ok(());
            }
        };
        running.run(&mut signals).await
    })
}

/// Starts the top of a tree over its branches. A branch that gives up is the end of the whole.
///
/// The main thread is watched from here on. What it did before, as opening a database, may take its time.
pub(super) async fn start(
    branches: impl IntoIterator<Item = Bound>,
    chaos: Chaos,
    watchdog: &Watchdog,
) -> Result<Tree, Fault> {
    watchdog.watch_here("main");
    let spec = SupervisorSpec::new(Strategy::OneForOne).intensity(0, Duration::from_secs(1));
    let spec = branches.into_iter().fold(spec, SupervisorSpec::child);
    Tree::start_with("shiftboss", spec, chaos).await.map_err(|error| match error {
        BootError::Spec(error) => gave_up(&error.to_string()),
        BootError::Exit(exit) => gave_up(&exit.to_string()),
    })
}

/// Binds the port of a setting before anything runs, so that a taken one is told as what it is.
pub(super) fn listen(
    setting: &'static str,
    flag: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).map_err(|error| Fault::listening(setting, flag, address, error))
}

impl Running {
    async fn run(mut self, signals: &mut Signals) -> Result<(), Fault> {
        let result = tokio::select! {
            name = signals.next() => {
                log::info!("{name}: stopping");
                self.stop(signals).await
            }
            exit = self.tree.ended() => Err(gave_up(&exit.to_string())),
        };
        for arbiter in &self.arbiters {
            // False says that the thread has ended already.
            let _ = arbiter.stop();
        }
        result
    }

    /// Stops the tree in reverse order. A second signal, or the end of patience, cuts it short.
    async fn stop(&mut self, signals: &mut Signals) -> Result<(), Fault> {
        self.tree.shutdown();
        tokio::select! {
            exit = tokio::time::timeout(STOP_WITHIN, self.tree.ended()) => match exit {
                Ok(Exit::Shutdown | Exit::Normal) => Ok(()),
                Ok(exit) => Err(gave_up(&exit.to_string())),
                Err(_) => Err(gave_up(&format!("it did not stop within {STOP_WITHIN:?}"))),
            },
            name = signals.next() => Err(gave_up(&format!("a second {name} cut its stop short"))),
        }
    }
}

fn gave_up(cause: &str) -> Fault {
    Fault::GaveUp { cause: cause.to_owned() }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, Fault> {
        let on = |kind| signal(kind).map_err(Fault::System);
        Ok(Self { interrupt: on(SignalKind::interrupt())?, terminate: on(SignalKind::terminate())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}
