//! All that is stored, as JSON: out of a running controller and a stopped one, and into another.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Client, Farm, controller, defaults, printed, refused, run, text};

/// A farm of three devices with a preset that has passwords.
async fn farm() -> Farm {
    let farm = Farm::start(3).await;
    let configuration = json!({"stratumURL": "pool.example", "stratumPort": "3333", "stratumPassword": "hunter2",
        "pools": [{"url": "a", "password": "hunter2"}]});
    let preset = json!({ "name": "Day", "configuration": configuration }).to_string();
    farm.client.send("POST", "/presets", preset.into_bytes()).await.json(200);
    farm
}

/// What a controller serves of presets and, in order, of devices.
async fn served(client: &Client, macs: &[String]) -> Value {
    let presets = client.get("/presets").await.json(200)["data"].clone();
    let mut devices = Vec::new();
    for mac in macs {
        let device = client.until_state(mac, "online").await;
        devices.push(json!([mac, text(&device, "ip"), device["createdAt"], device["presetUuid"]]));
    }
    json!([presets, devices])
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn parsed(text: &str) -> Value {
    let mut json: Value = serde_json::from_str(text).expect("JSON");
    assert!(json["exported_ms"].take().is_u64());
    json
}

#[actix_rt::test]
async fn a_running_controller_is_exported_without_a_password_or_a_file_left_behind() {
    let farm = farm().await;
    let folder = farm.folder.path();
    let url = farm.controller.url();
    let listen = format!("web.listen={}", url.trim_start_matches("http://"));
    let json = parsed(&printed(run(folder, &["export", "--url", &url])));
    assert_eq!(json, parsed(&printed(run(folder, &["export", "--set", &listen]))));
    assert!(!json.to_string().contains("hunter2"), "{json}");
    assert_eq!(json["presets"][0]["left_out"], json!(["pools[0].password", "stratumPassword"]));
    assert_eq!(json["presets"][0]["configuration"]["stratumPort"], 3333);
    assert_eq!(
        (json["devices"].as_array().map(Vec::len), json["found"].as_array().map(Vec::len)),
        (Some(3), Some(3))
    );

    // Passwords are written where that is asked for only.
    let output = run(folder, &["export", "--with-secrets", "--url", &url]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let told = printed(run(folder, &["export", "--with-secrets", "--url", &url, "--out", "farm.json"]));
    assert_eq!(told, "farm.json: 3 devices, 1 presets, 3 found\n");
    let written = fs::read_to_string(folder.join("farm.json")).expect("written");
    let shown = printed(run(folder, &["export", "--with-secrets", "--url", &url, "--out", "-"]));
    assert_eq!(parsed(&written), parsed(&shown));
    assert_eq!(parsed(&written)["presets"][0]["configuration"]["stratumPassword"], "hunter2");
    refused(
        &run(folder, &["export", "--url", &url, "--out", "farm.json"]),
        74,
        "farm.json was not made: it is there",
    );
    assert_eq!(fs::read_to_string(folder.join("farm.json")).expect("there"), written);
    assert_eq!(names(&folder.join("data/backups")), Vec::<String>::new());
    assert_eq!(names(folder), ["data", "farm.json"]);

    // Of a controller whose folder is another, no file is touched.
    let elsewhere = run(folder, &["export", "--url", &url, "--data-dir", "elsewhere"]);
    refused(&elsewhere, 74, "name the controller's folder with --data-dir");
    assert_eq!(names(&folder.join("data/backups")).len(), 1);
    refused(&run(folder, &["export", "--url", "http://127.0.0.1:9"]), 69, "does not answer");
}

#[actix_rt::test]
async fn a_farm_comes_back_in_an_empty_folder_with_its_devices_and_presets() {
    let farm = farm().await;
    let folder = farm.folder.path();
    let before = served(&farm.client, &farm.macs).await;
    let url = farm.controller.url();
    printed(run(folder, &["export", "--with-secrets", "--url", &url, "--out", "farm.json"]));
    refused(&run(folder, &["import", "farm.json"]), 74, "in use by another program");
    farm.controller.signal("TERM");

    let told = printed(run(folder, &["import", "farm.json", "--data-dir", "new"]));
    assert_eq!(told, "new/farm.redb: 3 devices, 1 presets, 3 found\n");
    let written = fs::read_to_string(folder.join("farm.json")).expect("written");
    let again = printed(run(folder, &["export", "--with-secrets", "--out", "-", "--data-dir", "new"]));
    assert_eq!(parsed(&again), parsed(&written));
    let new = [defaults(), vec![("data_dir", "new".to_owned())]].concat();
    let daemon = controller(folder, &new);
    assert_eq!(served(&daemon.client(), &farm.macs).await, before);
    daemon.signal("TERM");

    // Over what is there, and without the passwords, which it has.
    printed(run(folder, &["export", "--out", "open.json", "--data-dir", "new"]));
    let told = printed(run(folder, &["import", "open.json", "--replace", "--data-dir", "new"]));
    let (first, second) = told.split_once('\n').expect("two lines");
    assert_eq!(first, "new/farm.redb: 3 devices (3 replaced), 1 presets (1 replaced), 3 found (3 replaced)");
    let kept = second.trim().strip_prefix("what was there before is ").expect("it is kept").to_owned();
    let kept = printed(run(folder, &["export", "--with-secrets", "--out", "-", "--from", &kept]));
    let now = printed(run(folder, &["export", "--with-secrets", "--out", "-", "--data-dir", "new"]));
    assert_eq!((parsed(&kept), parsed(&now)), (parsed(&written), parsed(&written)));

    let told = printed(run(folder, &["import", "open.json", "--data-dir", "third"]));
    let lacking = "presets without their passwords: \"Day\" (pools[0].password, stratumPassword)\n";
    assert!(told.ends_with(lacking), "{told}");
}

#[actix_rt::test]
async fn a_wrong_file_is_refused_by_its_place_and_makes_nothing() {
    let farm = farm().await;
    let folder = farm.folder.path();
    let url = farm.controller.url();
    let mut json = parsed(&printed(run(folder, &["export", "--url", &url])));
    json["exported_ms"] = json!(7);
    json["presets"][0]["configuration"]["stratumPort"] = json!(70_000);
    fs::write(folder.join("farm.json"), json.to_string()).expect("written");
    let wrong = run(folder, &["import", "farm.json", "--data-dir", "new"]);
    refused(
        &wrong,
        65,
        "not imported: farm.json: presets[0].configuration.stratumPort: must be a whole number",
    );
    refused(&run(folder, &["import", "none.json", "--data-dir", "new"]), 74, "none.json: it cannot be read");
    refused(&run(folder, &["export", "--data-dir", "new"]), 74, "there is no database");
    refused(&run(folder, &["export", "--from", "farm.json"]), 74, "farm.json: ");
    assert_eq!(names(folder), ["data", "farm.json"]);
}
