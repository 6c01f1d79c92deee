//! Backups of a running controller and of a stopped one, and their way back.

use serde_json::json;

use crate::support::{Farm, controller, defaults, printed, refused, run, text};

/// The first page of a database.
const HEADER: usize = 4096;

#[actix_rt::test]
async fn a_backup_of_a_running_controller_comes_back_when_it_is_restored() {
    let farm = Farm::start(3).await;
    let folder = farm.folder.path();
    let body = json!({ "name": "three" }).to_string().into_bytes();
    let made = farm.client.send("POST", "/backup", body.clone()).await.json(201);
    let file = folder.join("data/backups/three.redb");
    assert_eq!(
        (text(&made, "name"), made["bytes"].as_u64()),
        ("three.redb".into(), file.metadata().ok().map(|file| file.len()))
    );
    // One more of that name, or one somewhere else, is refused.
    farm.client.send("POST", "/backup", body).await.json(409);
    let up = json!({ "name": "../up" }).to_string().into_bytes();
    farm.client.send("POST", "/backup", up).await.json(400);

    let gone = &farm.macs[0];
    farm.client.delete(&format!("/devices/imprint/{gone}")).await.json(200);
    let said = printed(run(folder, &["backup", "--url", &farm.controller.url(), "--out", "two.redb"]));
    assert!(said.starts_with("two.redb: "), "{said}");
    refused(&run(folder, &["restore", "two.redb"]), 74, "in use by another program");

    farm.controller.signal("TERM");
    printed(run(folder, &["restore", "data/backups/three.redb"]));
    let again = controller(folder, &defaults());
    let list = again.client().get("/devices/imprint").await.json(200);
    assert_eq!(list["data"].as_array().map(Vec::len), Some(3));
    again.signal("TERM");

    let said = printed(run(folder, &["restore", "two.redb"]));
    assert!(said.contains("2 devices") && said.contains("before-"), "{said}");
    let said = printed(run(folder, &["backup", "--out", "offline.redb"]));
    assert!(said.starts_with("offline.redb: "), "{said}");
    refused(&run(folder, &["backup", "--out", "offline.redb"]), 74, "is there already");
}

#[test]
fn what_cannot_be_backed_up_or_restored_is_one_clear_line_and_exit_74() {
    let folder = tempfile::tempdir().expect("a folder");
    refused(&run(folder.path(), &["backup"]), 74, "there is no database");
    refused(&run(folder.path(), &["restore", "none.redb"]), 74, "none.redb");
    std::fs::write(folder.path().join("text.redb"), "no database").expect("written");
    refused(&run(folder.path(), &["restore", "text.redb"]), 74, "not restored");
    assert!(!folder.path().join("data/farm.redb").exists());
    refused(&run(folder.path(), &["backup", "--url", "http://127.0.0.1:9"]), 69, "does not answer");
}

#[test]
fn a_damaged_database_is_one_clear_line_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data/farm.redb");
    controller(folder.path(), &[]).signal("TERM");
    let good = std::fs::read(&file).expect("a database");
    let mut flipped = good.clone();
    flipped[..64].iter_mut().for_each(|byte| *byte ^= 0xff);
    for damaged in [good[..good.len() / 2].to_vec(), good[..100].to_vec(), flipped, vec![0; good.len()]] {
        std::fs::write(&file, &damaged).expect("written");
        let output = run(folder.path(), &["run", "--listen", "127.0.0.1:0"]);
        refused(&output, 74, "farm.redb");
        assert!(String::from_utf8_lossy(&output.stderr).contains("restore"), "{output:?}");
        // The database may note in its header that it was opened; what it holds is not touched.
        let left = std::fs::read(&file).expect("there");
        let body = HEADER.min(damaged.len())..damaged.len();
        assert!(left.get(body.clone()) == damaged.get(body), "it was changed");
    }
}
