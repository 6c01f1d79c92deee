//! What is wrong with a file is told with its place, and nothing has changed.

use super::*;

/// What is said when one place of a good file, a JSON pointer, has another value.
fn refusal(pointer: &str, value: Value) -> String {
    let shelf = Shelf::of(&farm());
    let mut json = shelf.json();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match json.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        items => items[name.parse::<usize>().unwrap()] = value,
    }
    refused(&shelf, &json.to_string())
}

fn refused(shelf: &Shelf, text: &str) -> String {
    let before = shelf.text(Secrets::Included);
    let mut refusals =
        [Mode::Merge, Mode::Replace].map(|mode| shelf.import(text, mode).unwrap_err().to_string());
    assert_eq!(shelf.text(Secrets::Included), before);
    assert_eq!(shelf.names(), ["farm.redb"]);
    let told = std::mem::take(&mut refusals[0]);
    assert!(told.contains("farm.json: ") && told.ends_with("; nothing has changed"), "{told}");
    told
}

#[test]
fn every_field_that_will_not_do_is_named_by_its_place() {
    let long = "x".repeat(101);
    for (pointer, value, place, problem) in [
        ("/name", json!("other"), "name", "no export of shiftboss"),
        ("/format", json!(2), "format", "is 2, this program knows 1 to 1"),
        ("/format", json!("1"), "format", "invalid type"),
        ("/schema", json!(99), "schema", "use the program that wrote it"),
        ("/more", json!(1), "more", "unknown field `more`"),
        ("/secrets", json!("some"), "secrets", "expected `left_out` or `included`"),
        ("/devices", json!({}), "devices", "expected a sequence"),
        ("/devices/1", json!(7), "devices[1]", "invalid type: integer `7`, expected a device"),
        ("/devices/1/mac", json!("02:00"), "devices[1].mac", "17"),
        ("/devices/1/color", json!("red"), "devices[1].color", "unknown field `color`"),
        ("/devices/1/address", json!("http://axe/"), "devices[1].address", "must be a host, or host:port"),
        ("/devices/1/address", json!("10.0.0.1:80"), "devices[1].address", "is where ff:ff:ff:ff:00:01 is"),
        ("/found/0/address", json!("axe/x"), "found[0].address", "must be a host, or host:port"),
        ("/devices/0/preset", json!("Day"), "devices[0].preset", "UUID"),
        (
            "/devices/0/desired/settings",
            json!({"frequency": 0}),
            "devices[0].desired.settings.frequency",
            "must be a number",
        ),
        (
            "/devices/0/desired/settings",
            json!({"fanspeed": 101}),
            "devices[0].desired.settings.fanspeed",
            "from 0 to 100",
        ),
        (
            "/devices/0/desired/settings",
            json!({"colour": 1}),
            "devices[0].desired.settings",
            "colour cannot be set",
        ),
        (
            "/devices/0/desired/settings",
            json!({"wifiPass": "hunter2"}),
            "devices[0].desired.settings.wifiPass",
            "presets only",
        ),
        ("/devices/0/desired/secrets", json!(["hostname"]), "devices[0].desired.secrets", "is no password"),
        ("/presets/0/id", json!("x"), "presets[0].id", "UUID"),
        ("/presets/0/name", json!(long), "presets[0]", "name must be a text of 1 to 100 characters"),
        ("/presets/0/left_out", json!(["stratumPassword"]), "presets[0].left_out", "secrets are included"),
        (
            "/presets/0/configuration/stratumPort",
            json!("x"),
            "presets[0].configuration.stratumPort",
            "whole number",
        ),
        (
            "/presets/0/configuration/stratumPassword",
            json!(31337),
            "presets[0].configuration.stratumPassword",
            "must be a text",
        ),
        (
            "/presets/0/configuration/note",
            json!("x".repeat(16_384)),
            "presets[0].configuration",
            "16384 bytes",
        ),
        ("/found/0/at_ms", json!(-1), "found[0].at_ms", "expected u64"),
        ("/found/0/answer", json!({"hostname": "axe"}), "found[0].answer", "no ASICModel"),
        (
            "/found/0/answer",
            json!({"ASICModel": "x", "a": {"wifiPass": "hunter2"}}),
            "found[0].answer.a.wifiPass",
            "take it out",
        ),
    ] {
        let told = refusal(pointer, value);
        assert!(told.contains(&format!("farm.json: {place}: ")), "{place}: {told}");
        assert!(told.contains(problem) && told.lines().count() == 1, "{problem}: {told}");
        assert!(!told.contains("hunter2") && !told.contains("31337"), "{told}");
    }
}

#[test]
fn a_field_that_is_missing_and_what_is_no_json_are_told_too() {
    let shelf = Shelf::of(&farm());
    let mut json = shelf.json();
    json["devices"][1].as_object_mut().unwrap().remove("listening");
    let told = refused(&shelf, &json.to_string());
    assert!(told.contains("devices[1]: missing field `listening`"), "{told}");
    let good = shelf.text(Secrets::Included);
    let told = refused(&shelf, &good.replace(r#""note": ["#, r#""note": 1, "note": ["#));
    assert!(told.contains("presets[0].configuration") && told.contains(r#""note" is there twice"#), "{told}");
    for (text, problem) in [
        ("", "no JSON object"),
        ("[]", "no JSON object"),
        ("{", "farm.json: EOF"),
        ("{}", "no export of shiftboss"),
        (&good[..good.len() / 2], "EOF"),
        (&(good.clone() + "{}"), "trailing characters"),
    ] {
        let told = refused(&shelf, text);
        assert!(told.contains(problem), "{text}: {told}");
    }
}

#[test]
fn a_key_is_there_once_in_each_list() {
    let shelf = Shelf::of(&farm());
    for (list, field, first) in [("devices", "mac", 2), ("presets", "id", 1), ("found", "mac", 1)] {
        let mut json = shelf.json();
        let rows = json[list].as_array_mut().unwrap();
        rows.push(rows[0].clone());
        let told = refused(&shelf, &json.to_string());
        assert!(told.contains(&format!("{list}[{first}].{field}: is that of {list}[0] too")), "{told}");
    }
}

#[test]
fn presets_beside_those_that_stay_are_not_more_than_are_kept() {
    let full: Vec<_> = (0..1_000).map(|_| Change::Preset(Arc::new(preset("Day", json!({}))))).collect();
    let shelf = Shelf::of(&full);
    let text = Shelf::of(&farm()).text(Secrets::LeftOut);
    let told = shelf.import(&text, Mode::Merge).unwrap_err().to_string();
    assert!(told.contains("presets: there would be 1001 presets, and 1000 are the most"), "{told}");
    assert_eq!(shelf.import(&text, Mode::Replace).unwrap().removed, 1_000);
}

#[test]
fn a_device_is_not_put_where_one_that_stays_is() {
    let shelf = Shelf::of(&farm());
    let text = Shelf::of(&[Change::Record(Record { address: "10.0.0.1:80".into(), ..record(3) })])
        .text(Secrets::LeftOut);
    let told = shelf.import(&text, Mode::Merge).unwrap_err().to_string();
    assert!(told.contains("devices[0].address: 10.0.0.1:80 is where ff:ff:ff:ff:00:01 is"), "{told}");
    assert!(shelf.import(&text, Mode::Replace).is_ok());
}

#[test]
fn a_database_in_use_is_neither_exported_nor_imported_to() {
    let shelf = Shelf::of(&farm());
    let text = shelf.text(Secrets::Included);
    let held = Database::open(&shelf.path).unwrap();
    assert!(matches!(export(&shelf.path, Secrets::LeftOut, 7), Err(Error::InUse { .. })));
    assert!(matches!(shelf.import(&text, Mode::Merge), Err(Error::InUse { .. })));
    drop(held);
    assert!(shelf.import(&text, Mode::Merge).is_ok());
}

#[test]
fn what_is_no_database_of_ours_is_not_exported_and_nothing_is_made_for_a_bad_file() {
    let shelf = Shelf::empty();
    let reason = |path: &Path| {
        export(path, Secrets::LeftOut, 7).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(reason(&shelf.path).contains("cannot be read"), "{}", reason(&shelf.path));
    for bytes in [&b""[..], b"this is a text, and not a database at all"] {
        let path = shelf.folder.path().join("other");
        fs::write(&path, bytes).unwrap();
        assert!(!reason(&path).is_empty());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    let newer = shelf.folder.path().join("newer");
    left(&newer, 99);
    assert!(reason(&newer).contains("its schema version is 99"), "{}", reason(&newer));
    assert!(shelf.import("{}", Mode::Merge).is_err());
    assert!(!shelf.path.parent().unwrap().exists());
}
