//! The watchdog of the built binary: what it shows, and when it ends the process.

use std::collections::BTreeSet;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::join;

use crate::support::{Answer, Client, Daemon, PATIENCE, defaults, own_address, shiftboss, value, with};

const LAG: &str = "shiftboss_arbiter_lag_seconds";
const LAG_MAX: &str = "shiftboss_arbiter_lag_max_seconds";

/// Series of `/metrics` by their arbiter.
async fn by_arbiter(client: &Client, family: &str) -> Vec<(String, f64)> {
    let lines = client.metrics().await;
    let series = lines.iter().filter_map(|line| line.strip_prefix(&format!("{family}{{arbiter=\"")));
    let named = series.map(|rest| rest.split('"').next().expect("a name").to_owned());
    let values = lines.iter().filter(|line| line.starts_with(&format!("{family}{{")));
    named.zip(values.map(|line| value(line).expect("a number"))).collect()
}

#[actix_rt::test]
async fn the_lag_of_every_arbiter_is_measured_under_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = [
        ("mockfleet.listen_host", own_address().to_string()),
        ("farm.arbiters", "2".to_owned()),
        ("web.workers", "3".to_owned()),
    ];
    let demo = Daemon::start(folder.path(), &with("demo", &[&defaults()[..], &own].concat()));
    let client = demo.client();
    let expected = ["devices:0", "devices:1", "http:0", "http:1", "http:2", "main", "mockfleet", "store"];
    for family in [LAG, LAG_MAX] {
        let series = by_arbiter(&client, family).await;
        assert_eq!(series.len(), expected.len(), "{series:?}");
        let names: BTreeSet<_> = series.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.into_iter().eq(expected), "{series:?}");
        assert!(series.iter().all(|(_, lag)| (0.0..5.0).contains(lag)), "{series:?}");
    }
    assert_eq!(client.get("/healthz").await.json(200)["status"], "ok");
}

#[actix_rt::test]
async fn a_process_that_was_stopped_for_longer_than_the_limits_and_goes_on_is_healthy() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = [("watchdog.stale_ms", "3000".to_owned()), ("watchdog.exit_ms", "3000".to_owned())];
    let controller = Daemon::start(folder.path(), &with("run", &[&defaults()[..], &limits].concat()));
    let client = controller.client();
    assert_eq!(client.get("/healthz").await.status, 200);

    let stopped_for = Duration::from_secs(6);
    controller.send("STOP");
    actix_rt::time::sleep(stopped_for).await;
    controller.send("CONT");

    // Each of the five arbiters beats again when its lag shows the stop, less the beat that was not due yet.
    let mut lags = Vec::new();
    let shown = async {
        loop {
            let Answer { status, body, .. } = client.get("/healthz").await;
            // 408: as it goes on, the server takes the time of the stop for that of a request that is new.
            if status != 408 {
                assert_eq!(status, 200, "{body}");
                lags = by_arbiter(&client, LAG_MAX).await;
                if lags.len() == 5 && lags.iter().all(|(_, lag)| *lag > stopped_for.as_secs_f64() - 2.0) {
                    return;
                }
            }
            actix_rt::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let all_beat = actix_rt::time::timeout(PATIENCE, shown).await.is_ok();
    assert!(all_beat, "{lags:?}");
    let (status, _) = controller.signal("TERM");
    assert_eq!(status.code(), Some(0));
}

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
