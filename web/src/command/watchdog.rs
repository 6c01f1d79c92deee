//! The watchdog of a run. It ends a process of which an arbiter does not turn any more, even when that is the main
//! thread: a tree that is stuck cannot be stopped in order, and an init system starts the program again.

use std::process;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use shiftboss_kernel::{Watchdog, WatchdogConfig};

use crate::fault::Fault;
use crate::settings;

/// How often each arbiter beats.
const BEAT: Duration = Duration::from_secs(1);

/// The time that the last line has to be written. An arbiter may be stuck because nobody reads standard error.
const LAST_LINE_WITHIN: Duration = Duration::from_secs(1);

pub(super) fn start(settings: &settings::Watchdog) -> Result<Watchdog, Fault> {
    let limit = (settings.exit_ms > 0).then(|| Duration::from_millis(settings.exit_ms));
    start_with(WatchdogConfig { beat: BEAT, limit })
}

fn start_with(config: WatchdogConfig) -> Result<Watchdog, Fault> {
    let on_silence =
        |arbiter: &str, silent_for| end(Fault::Stuck { arbiter: arbiter.to_owned(), silent_for });
    Watchdog::start(config, on_silence).map_err(Fault::System)
}

#[expect(clippy::disallowed_methods, reason = "an arbiter that is stuck is in the way of every ordered stop")]
fn end(fault: Fault) {
    let code = fault.exit_code();
    let (written, is_written) = channel();
    let writer = thread::Builder::new().spawn(move || {
        let _ = fault.report();
        // Late, there is nobody left to be told.
        let _ = written.send(());
    });
    if writer.is_ok() {
        // Written or not: the exit code has to do.
        let _ = is_written.recv_timeout(LAST_LINE_WITHIN);
    }
    process::exit(i32::from(code));
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::mpsc::Sender;

    use super::*;

    /// Far longer than the watchdog takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Set in a process that is to get stuck.
    const STUCK: &str = "SHIFTBOSS_TEST_STUCK";

    #[test]
    fn a_process_whose_main_thread_is_stuck_ends_with_one_line_and_exit_code_70() {
        if std::env::var_os(STUCK).is_some() {
            return get_stuck();
        }
        let name = "command::watchdog::tests::\
                    a_process_whose_main_thread_is_stuck_ends_with_one_line_and_exit_code_70";
        let this = std::env::current_exe().unwrap();
        let output =
            Command::new(this).args(["--exact", name, "--nocapture"]).env(STUCK, "1").output().unwrap();
        let fault = Fault::Stuck { arbiter: "main".to_owned(), silent_for: Duration::from_millis(100) };
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told), (Some(70), format!("{fault}\n")));
    }

    fn get_stuck() {
        let config =
            WatchdogConfig { beat: Duration::from_millis(10), limit: Some(Duration::from_millis(95)) };
        actix::System::new().block_on(async {
            let watchdog = start_with(config).unwrap();
            watchdog.watch_here("main");
            let (_never, end): (Sender<()>, _) = channel();
            let _ = end.recv_timeout(PATIENCE);
        });
    }
}
