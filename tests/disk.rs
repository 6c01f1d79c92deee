//! A disk that does not take what it is given: at run time, and at the start.
//!
//! A full disk needs a file system of its own, which only root can make. A limit on the length of files needs nobody's
//! leave, makes a write fail in the same place, and can be lifted again from outside, as room is made: on Linux, by
//! `prlimit`. Nothing but the first page of the database can be written under it, as on a disk without room. For the same
//! reason what cannot be written at the start is in `/sys`, where the modes of files bind root too.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::support::{Daemon, Mocks, controller, defaults, shiftboss, text, with};

/// The length that a file may have on a disk without room: that of the header of a database.
const NO_ROOM_BYTES: &str = "4096";

const CAUSE: &str = "File too large (os error 27); raise the limit on the size of its file";

/// A `shiftboss` that is told of a write past the limit, as of any that fails, where the system would end it.
fn told_of_limits(before: &str, arguments: &[String]) -> Command {
    let mut command = Command::new("sh");
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let script = format!("trap '' XFSZ; {before} exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_shiftboss")]).args(arguments);
    command
}

/// Asks for the limit of a running process, or sets it.
fn prlimit(daemon: &Daemon, arguments: &[&str]) -> String {
    let id = daemon.id().to_string();
    let output = Command::new("prlimit")
        .args(["--pid", &id])
        .args(arguments)
        .output()
        .expect("prlimit, of util-linux, is there; install it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

fn refused(output: &Output, parts: &[&str]) {
    let line = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), line.lines().count()), (Some(74), 1), "{line}");
    for part in parts {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[actix_rt::test]
async fn a_controller_outlives_a_full_disk_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mocks = Mocks::start(folder.path(), 2);
    let settings = [
        &defaults()[..],
        &[("discovery.listing_url", mocks.listing()), ("farm.flush_interval_ms", "200".to_owned())],
    ];
    let daemon = Daemon::of(folder.path(), told_of_limits("", &with("run", &settings.concat())));
    let client = daemon.client();
    let found = client.get("/devices/discover").await.json(200);
    let macs: Vec<_> = found.as_array().expect("a list").iter().map(|device| text(device, "mac")).collect();
    let imprint = |mac: &String| json!({ "macs": [mac] }).to_string().into_bytes();
    client.send("PUT", "/devices/imprint", imprint(&macs[0])).await.json(200);
    client.put("/devices/listen", &json!({ "macs": [macs[0]] })).await.json(200);
    client.until("hardware_online", 1.0).await;

    let room = prlimit(&daemon, &["--fsize", "--output", "SOFT", "--noheadings", "--raw"]);
    prlimit(&daemon, &[&format!("--fsize={NO_ROOM_BYTES}:")]);
    // Noticed with what a device says, before anybody asks for anything.
    client.until("shiftboss_store_writable", 0.0).await;
    let answer = client.send("PUT", "/devices/imprint", imprint(&macs[1])).await.json(503);
    assert_eq!(text(&answer, "error"), format!("the database refused: {CAUSE}"));
    let ready = client.get("/readyz").await.json(503);
    assert_eq!(text(&ready, "status"), format!("the store cannot write: {CAUSE}"));
    client.get("/healthz").await.json(200);
    assert!(client.metric("shiftboss_store_failures_total ").await.is_some_and(|failures| failures >= 3.0));
    let list = client.get("/devices/imprint").await.json(200);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
    // The file stays in its hands.
    let restore =
        shiftboss().current_dir(folder.path()).args(["restore", "none.redb"]).output().expect("it runs");
    refused(&restore, &["in use by another program"]);

    prlimit(&daemon, &[&format!("--fsize={room}:")]);
    // By itself.
    client.until("shiftboss_store_writable", 1.0).await;
    assert_eq!(text(&client.get("/readyz").await.json(200), "status"), "ready");
    client.send("PUT", "/devices/imprint", imprint(&macs[1])).await.json(200);

    let log = daemon.killed();
    let told = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    let counts = (told("the store cannot write"), told("the store writes again; it could not for"));
    assert_eq!(counts, (1, 1), "{log}");
    let again = controller(folder.path(), &defaults());
    let list = again.client().get("/devices/imprint").await.json(200);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2));
}

fn run(folder: &Path, data_dir: &str) -> Output {
    let arguments = ["run", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
    shiftboss().current_dir(folder).args(arguments).output().expect("it runs")
}

#[test]
fn what_cannot_be_written_at_the_start_is_one_clear_line_and_exit_74() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = "let this program read and write it, or choose another data_dir";
    let folder_of_nobody = run(folder.path(), "/sys/kernel/shiftboss");
    refused(&folder_of_nobody, &["/sys/kernel/shiftboss/farm.redb: ", "its folder cannot be made: ", help]);

    // A file that nobody may write, by the name of a database.
    std::fs::create_dir(folder.path().join("data")).expect("made");
    symlink("/sys/kernel/uevent_seqnum", folder.path().join("data/farm.redb")).expect("made");
    refused(&run(folder.path(), "data"), &["data/farm.redb: ", help]);

    let run = with("run", &defaults());
    let full = told_of_limits("ulimit -f 0;", &run)
        .current_dir(folder.path())
        .arg("--data-dir")
        .arg("full")
        .output();
    refused(&full.expect("it runs"), &["full/farm.redb: ", CAUSE, "or choose another data_dir"]);
    // When there is room, it starts, and nobody has to clean up.
    let settings = [&defaults()[..], &[("data_dir", "full".to_owned())]].concat();
    Daemon::start(folder.path(), &with("run", &settings)).signal("TERM");
}
