use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use shiftboss_axeos::command::Changes;

use super::super::schema::tests::left;
use super::super::{Change, Database};
use super::*;
use crate::preset::{Configuration, PresetId};
use crate::record::{Desired, Observation};
use crate::testing::{found, mac};

mod refusals;
mod round;

/// A folder with a database, and what is exported of it.
struct Shelf {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Shelf {
    fn of(changes: &[Change]) -> Self {
        let shelf = Self::empty();
        Database::open(&shelf.path).unwrap().commit(changes).unwrap();
        shelf
    }

    /// Without a database.
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { path: folder.path().join("data").join("farm.redb"), folder }
    }

    fn text(&self, secrets: Secrets) -> String {
        export(&self.path, secrets, 7).unwrap().text().to_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text(Secrets::Included)).unwrap()
    }

    fn import(&self, text: &str, mode: Mode) -> Result<Imported, Error> {
        let file = self.folder.path().join("farm.json");
        fs::write(&file, text).unwrap();
        import(&file, &self.path, mode)
    }

    fn rows(&self) -> Rows {
        Rows::of(&Database::open(&self.path).unwrap()).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path.parent().unwrap()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn members(json: Value) -> Map<String, Value> {
    let Value::Object(members) = json else { panic!("{json}") };
    members
}

fn record(index: u16) -> Record {
    let mut desired = Desired::default();
    let asked =
        json!({"frequency": 525.5, "stratumURL": "pool.example", "flipscreen": true, "wifiPass": "hunter2"});
    desired.ask(&Changes::parse(&members(asked)).unwrap(), 3);
    Record {
        mac: mac(index),
        address: format!("10.0.0.{index}"),
        created_ms: 1,
        updated_ms: 2,
        listening: true,
        trace_logs: false,
        preset: None,
        desired,
    }
}

fn preset(name: &str, configuration: Value) -> Preset {
    let configuration = Configuration::new(members(configuration)).unwrap();
    Preset { id: PresetId::draw(), name: name.into(), configuration, created_ms: 4, updated_ms: 5 }
}

fn pools() -> Value {
    json!({"stratumURL": "pool.example", "stratumPort": 3333, "stratumPassword": "hunter2", "note": [1, null, 0.5],
        "more": {"apiPassword": "hunter2"}, "pools": [{"url": "a"}, {"url": "b", "password": "hunter2"}]})
}

/// Two devices, a preset with passwords, and one that was found.
fn farm() -> Vec<Change> {
    vec![
        Change::Record(record(2)),
        Change::Record(record(1)),
        Change::Preset(Arc::new(preset("Day", pools()))),
        Change::Found(found(9)),
    ]
}

#[test]
fn a_file_says_what_it_is_and_each_kind_is_in_order() {
    let shelf = Shelf::of(&farm());
    let json = shelf.json();
    let head = json!([json["name"], json["format"], json["schema"], json["exported_ms"], json["secrets"]]);
    assert_eq!(head, json!(["shiftboss-store", 1, 2, 7, "included"]));
    let macs: Vec<_> = json["devices"].as_array().unwrap().iter().map(|device| &device["mac"]).collect();
    assert_eq!(macs, [&json!(mac(1)), &json!(mac(2))]);
    let device = json!({"mac": mac(1), "address": "10.0.0.1", "created_ms": 1, "updated_ms": 2, "listening": true,
        "trace_logs": false, "preset": null, "desired": {"asked_ms": 3, "secrets": ["wifiPass"],
        "settings": {"frequency": 525.5, "stratumURL": "pool.example", "flipscreen": true}}});
    assert_eq!(json["devices"][0], device);
    assert_eq!(json["presets"][0]["configuration"], pools());
    assert_eq!(json["found"][0]["answer"]["hostname"], "axe9");
}

#[test]
fn without_secrets_no_password_is_in_it_and_each_preset_says_which_it_has() {
    let shelf = Shelf::of(&farm());
    let text = shelf.text(Secrets::LeftOut);
    assert!(!text.contains("hunter2"), "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["secrets"], "left_out");
    let places = json!(["more.apiPassword", "pools[1].password", "stratumPassword"]);
    assert_eq!(json["presets"][0]["left_out"], places);
    assert_eq!(text, shelf.text(Secrets::LeftOut), "the same store gives the same text");
}

#[test]
fn without_secrets_the_store_keeps_those_that_it_has_and_tells_which_it_lacks() {
    let shelf = Shelf::of(&farm());
    let before = shelf.text(Secrets::Included);
    let text = shelf.text(Secrets::LeftOut);
    for mode in [Mode::Merge, Mode::Replace] {
        let imported = shelf.import(&text, mode).unwrap();
        assert_eq!((imported.lacking, imported.removed), (Vec::new(), 0));
        assert_eq!(shelf.text(Secrets::Included), before);
    }
    let elsewhere = Shelf::empty();
    let places = ["more.apiPassword", "pools[1].password", "stratumPassword"].map(str::to_owned);
    let lacking = Lacking { name: "Day".into(), secrets: places.into() };
    assert_eq!(elsewhere.import(&text, Mode::Merge).unwrap().lacking, [lacking]);
    assert_eq!(elsewhere.json()["presets"][0]["configuration"]["stratumPort"], 3333);
    // A password that was filled in by hand counts.
    let mut json: Value = serde_json::from_str(&text).unwrap();
    json["presets"][0]["configuration"]["stratumPassword"] = json!("new");
    let lacking = shelf.import(&json.to_string(), Mode::Merge).unwrap().lacking;
    assert_eq!(
        (lacking, &shelf.json()["presets"][0]["configuration"]["stratumPassword"]),
        (vec![], &json!("new"))
    );
}

#[test]
fn rows_take_the_place_of_those_of_the_same_key_and_others_stay_or_go() {
    let other = Shelf::of(&[Change::Record(record(2)), Change::Record(record(3)), Change::Found(found(9))]);
    let text = other.text(Secrets::Included);
    let came = |imported, replaced| Came { imported, replaced };

    let shelf = Shelf::of(&farm());
    let imported = shelf.import(&text, Mode::Merge).unwrap();
    assert_eq!((imported.devices, imported.presets, imported.found), (came(2, 1), came(0, 0), came(1, 1)));
    assert_eq!((imported.removed, imported.before), (0, None));
    let rows = shelf.rows();
    assert_eq!((rows.records.len(), rows.presets.len(), rows.found.len()), (3, 1, 1));

    let shelf = Shelf::of(&farm());
    let before = shelf.json();
    let imported = shelf.import(&text, Mode::Replace).unwrap();
    assert_eq!((imported.devices, imported.removed), (came(2, 1), 2));
    assert_eq!(shelf.text(Secrets::Included), text);
    let kept = export(&imported.before.unwrap(), Secrets::Included, 7).unwrap();
    assert_eq!(serde_json::from_str::<Value>(kept.text()).unwrap(), before);
}

#[test]
fn what_devices_said_last_stays_with_a_merge_and_goes_with_a_replacement() {
    let seen = Arc::new(Observation::parse(br#"{"ASICModel":"BM1368"}"#, 7).unwrap());
    let mut changes = farm();
    changes.push(Change::Seen(mac(1), seen));
    let shelf = Shelf::of(&changes);
    let text = shelf.text(Secrets::LeftOut);
    for (mode, stays) in [(Mode::Merge, true), (Mode::Replace, false)] {
        shelf.import(&text, mode).unwrap();
        let devices = Database::open(&shelf.path).unwrap().devices().unwrap();
        assert_eq!(devices[0].1.is_some(), stays);
    }
}

#[test]
fn a_file_of_an_older_version_is_exported_and_left_as_it_is() {
    let shelf = Shelf::empty();
    fs::create_dir_all(shelf.path.parent().unwrap()).unwrap();
    left(&shelf.path, 1);
    let bytes = fs::read(&shelf.path).unwrap();
    assert_eq!(shelf.json()["devices"][0]["address"], "10.0.0.1:80");
    assert!(fs::read(&shelf.path).unwrap() == bytes);
    assert_eq!(shelf.names(), ["farm.redb"]);
}

#[test]
fn a_row_that_cannot_be_read_is_left_out_and_counted() {
    let shelf = Shelf::of(&farm());
    let redb = redb::Database::open(&shelf.path).unwrap();
    let write = redb.begin_write().unwrap();
    write.open_table(super::super::database::RECORDS).unwrap().insert(mac(1).0, b"{".as_slice()).unwrap();
    write.commit().unwrap();
    drop(redb);
    let exported = export(&shelf.path, Secrets::LeftOut, 7).unwrap();
    assert_eq!((exported.devices, exported.presets, exported.found, exported.unreadable), (1, 1, 1, 1));
    // Where nothing is replaced, it stays.
    shelf.import(exported.text(), Mode::Merge).unwrap();
    let table = redb::Database::open(&shelf.path).unwrap();
    let table = redb::ReadableDatabase::begin_read(&table)
        .unwrap()
        .open_table(super::super::database::RECORDS)
        .unwrap();
    assert_eq!(table.get(mac(1).0).unwrap().unwrap().value(), b"{");
}

#[cfg(unix)]
#[test]
fn a_file_takes_the_place_of_no_other_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let shelf = Shelf::of(&farm());
    let exported = export(&shelf.path, Secrets::Included, 7).unwrap();
    let file = shelf.path.with_file_name("farm.json");
    // What a program that ended in the midst has left is no obstacle.
    fs::write(shelf.path.with_file_name("farm.json.unfinished"), "{").unwrap();
    exported.write(&file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), exported.text());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&file, "precious").unwrap();
    let refusal = exported.write(&file).unwrap_err().to_string();
    assert!(refusal.contains("farm.json was not made: it is there already"), "{refusal}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(shelf.names(), ["farm.json", "farm.redb"]);
}
