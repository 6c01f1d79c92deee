//! The watchdog of the built binary: when it ends the process.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::join;

use crate::support::{PATIENCE, defaults, own_address, shiftboss, with};

/// A log that nobody reads stops every thread that writes to it, the main one too.
#[actix_rt::test]
async fn a_process_that_is_stuck_for_good_ends_with_exit_code_70_even_when_it_cannot_say_so() {
    let stuck = async |command: &str| -> ExitStatus {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = [
            ("mockfleet.listen_host", own_address().to_string()),
            ("mockfleet.count", "2000".to_owned()),
            ("watchdog.stale_ms", "2000".to_owned()),
            ("watchdog.exit_ms", "2000".to_owned()),
            ("log.level", "trace".to_owned()),
        ];
        let arguments = with(command, &[&defaults()[..], &settings].concat());
        let mut command = shiftboss();
        command.current_dir(folder.path()).args(arguments).stdout(Stdio::null());
        let mut child = command.spawn().expect("it can be started");
        let ended = async {
            loop {
                if let Some(status) = child.try_wait().expect("it can be asked") {
                    return status;
                }
                actix_rt::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let ended = actix_rt::time::timeout(PATIENCE, ended).await;
        // One that has ended cannot be killed any more.
        let _ = child.kill();
        ended.unwrap_or_else(|_| panic!("it runs on after {PATIENCE:?}"))
    };
    let (mockfleet, demo) = join(stuck("mockfleet"), stuck("demo")).await;
    assert_eq!((mockfleet.code(), demo.code()), (Some(70), Some(70)));
}
