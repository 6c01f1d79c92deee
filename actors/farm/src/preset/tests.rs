use std::sync::Arc;

use serde_json::json;
use shiftboss_kernel::Tx;

use super::*;
use crate::router::Policy;
use crate::testing::{Bench, Net, SOON};

fn members(json: Value) -> Map<String, Value> {
    let Value::Object(members) = json else { panic!("{json}") };
    members
}

fn pool() -> Configuration {
    Configuration::new(members(
        json!({"stratumURL": "solo.ckpool.org", "stratumPort": "3333", "stratumUser": "bc1",
        "stratumPassword": "hunter2", "color": "red", "more": {"apiPassword": "hunter2", "x": [1]}}),
    ))
    .unwrap()
}

#[test]
fn what_is_shown_holds_no_password_at_any_depth_and_neither_does_debug() {
    let shown = Value::Object(pool().shown());
    let expected = json!({"stratumURL": "solo.ckpool.org", "stratumPort": 3333, "stratumUser": "bc1",
        "color": "red", "more": {"x": [1]}});
    assert_eq!(shown, expected);
    let preset = Preset {
        id: PresetId::draw(),
        name: "a".into(),
        configuration: pool(),
        created_ms: 0,
        updated_ms: 0,
    };
    let alteration =
        Alteration { mode: Mode::Merge, members: members(json!({"stratumPassword": "hunter2"})) };
    let debug = format!("{preset:?} {:?} {alteration:?}", pool());
    assert!(!debug.contains("hunter2") && debug.contains("stratumPassword"), "{debug}");
}

#[test]
fn settings_are_checked_and_the_rest_is_kept_and_given_to_nobody() {
    let changes = pool().changes().unwrap();
    let names: Vec<_> = changes.settings().iter().map(|(setting, _)| setting.name()).collect();
    assert_eq!(names, ["stratumURL", "stratumPort", "stratumUser"]);
    assert_eq!(changes.secrets().collect::<Vec<_>>(), [Setting::StratumPassword]);
    let names: Vec<_> = pool().pool().unwrap().settings().iter().map(|(setting, _)| setting.name()).collect();
    assert_eq!(names, ["stratumURL", "stratumPort"], "the user is each device's own");
    let blank = members(json!({"stratumURL": "", "stratumUser": null, "stratumPassword": ""}));
    let blank = Configuration::new(blank).unwrap().changes().unwrap();
    assert!(blank.settings().is_empty() && blank.secrets().eq([Setting::StratumPassword]));
    let refused = Configuration::new(members(json!({"stratumPort": "x"}))).unwrap_err().to_string();
    assert!(refused.contains("stratumPort"), "{refused}");
}

#[test]
fn a_number_or_flag_that_comes_as_text_is_kept_as_what_it_means() {
    let given = json!({"stratumPort": "3333", "frequency": "525.5", "flipscreen": "1", "hostname": "7",
        "fallbackStratumPort": "", "note": "3333", "stratumPassword": "1"});
    let kept = json!({"stratumPort": 3333, "frequency": 525.5, "flipscreen": true, "hostname": "7",
        "fallbackStratumPort": "", "note": "3333", "stratumPassword": "1"});
    assert_eq!(Configuration::new(members(given.clone())).unwrap().0, members(kept.clone()));
    let changed = Alteration { mode: Mode::Merge, members: members(given.clone()) };
    assert_eq!(Configuration::default().altered(&changed).unwrap().0, members(kept.clone()));
    // Also in a preset that an older program has kept.
    let row = json!({"id": PresetId::draw(), "name": "a", "configuration": given, "created_ms": 1, "updated_ms": 1});
    let row: Row<'_> = serde_json::from_value(row).unwrap();
    assert_eq!(Preset::from(row).configuration.0, members(kept));
    for port in ["0", "65536", "33x", "3333.5", "-1"] {
        let refused = Configuration::new(members(json!({"stratumPort": port}))).unwrap_err().to_string();
        assert!(refused.contains("stratumPort must be a whole number from 1 to 65535"), "{port}: {refused}");
    }
}

#[test]
fn passwords_are_told_by_where_they_are_at_any_depth() {
    let deep = json!({"stratumPassword": "hunter2", "more": {"apiPassword": {"a": 1}, "x": [1]},
        "pools": [{"url": "a"}, {"url": "b", "password": "hunter2"}, [{"wifiPass": null}]]});
    let places = Configuration::new(members(deep)).unwrap().secrets();
    assert_eq!(places, ["more.apiPassword", "pools[1].password", "pools[2][0].wifiPass", "stratumPassword"]);
}

#[test]
fn a_password_in_a_list_stays_with_its_item_and_is_given_to_no_other() {
    let pools = json!({"pools": [{"url": "a", "password": "of a"}, {"url": "b", "password": "of b"}]});
    let old = Configuration::new(members(pools)).unwrap();
    let altered = |pools: Value| {
        let members = members(json!({"pools": pools}));
        old.altered(&Alteration { mode: Mode::Merge, members }).unwrap().0["pools"].clone()
    };
    let as_shown = json!([{"url": "b"}, {"url": "c"}, {"url": "a"}]);
    let expected = json!([{"url": "b", "password": "of b"}, {"url": "c"}, {"url": "a", "password": "of a"}]);
    assert_eq!(altered(as_shown), expected);
    assert_eq!(altered(json!([{"url": "a", "password": "new"}])), json!([{"url": "a", "password": "new"}]));
    assert_eq!(altered(json!([{"url": "a", "password": null}])), json!([{"url": "a"}]));
}

#[test]
fn a_change_replaces_or_merges_and_keeps_passwords_that_it_does_not_name() {
    let altered = |mode, json| pool().altered(&Alteration { mode, members: members(json) }).unwrap();
    let replaced = altered(Mode::Replace, json!({"stratumURL": "b"}));
    assert_eq!(replaced.0, members(json!({"stratumURL": "b", "stratumPassword": "hunter2"})));
    let merged = altered(Mode::Merge, json!({"stratumURL": "b", "stratumPassword": null, "more": null}));
    let expected = json!({"stratumURL": "b", "stratumPort": 3333, "stratumUser": "bc1", "color": "red"});
    assert_eq!(merged.0, members(expected));
    let emptied = altered(Mode::Replace, json!({"stratumPassword": null}));
    assert_eq!(emptied, Configuration::default());
}

#[test]
fn a_password_inside_an_object_stays_too_until_it_is_taken_away() {
    let altered = |json| pool().altered(&Alteration { mode: Mode::Merge, members: members(json) }).unwrap().0;
    let more = |json| altered(json)["more"].clone();
    assert_eq!(more(json!({"more": {"x": [2]}})), json!({"x": [2], "apiPassword": "hunter2"}));
    assert_eq!(more(json!({"more": {"apiPassword": "new"}})), json!({"apiPassword": "new"}));
    assert_eq!(more(json!({"more": {"apiPassword": null}})), json!({}));
    assert_eq!(more(json!({"more": 7})), json!(7));
}

#[test]
fn a_configuration_has_a_limit_that_changes_cannot_get_around() {
    let of = |bytes: usize| members(json!({"note": "x".repeat(bytes)}));
    let around = r#"{"note":""}"#.len();
    assert!(Configuration::new(of(CONFIGURATION_BYTES - around)).is_ok());
    let refused = Configuration::new(of(CONFIGURATION_BYTES - around + 1)).unwrap_err().to_string();
    assert!(refused.contains("16384 bytes"), "{refused}");
    let more = Alteration { mode: Mode::Merge, members: members(json!({"more": "y".repeat(9_000)})) };
    assert!(Configuration::new(of(9_000)).unwrap().altered(&more).is_err());
}

async fn create(presets: &Tx<Presets>, name: &str) -> Arc<Preset> {
    presets.ask(CreatePreset { name: name.into(), configuration: pool() }, SOON).await.unwrap().unwrap()
}

#[actix_rt::test]
async fn presets_are_listed_the_latest_first_and_survive_a_restart_with_their_passwords() {
    tokio::time::pause();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("farm.redb");
    let bench = Bench::new(&file, &Net::default(), Policy::default()).await;
    let presets = bench.farm.presets.clone();
    let (first, second) = (create(&presets, "a").await, create(&presets, "b").await);
    let alter = AlterPreset { id: first.id, name: Some("c".into()), configuration: None };
    let altered = presets.ask(alter, SOON).await.unwrap().unwrap().unwrap();
    assert_eq!((altered.name.as_str(), altered.created_ms), ("c", first.created_ms));
    let third = create(&presets, "gone").await;
    assert_eq!(presets.ask(RemovePreset(third.id), SOON).await.unwrap().unwrap(), Some(third.clone()));
    assert_eq!(presets.ask(RemovePreset(third.id), SOON).await.unwrap().unwrap(), None);
    bench.stop().await;

    let again = Bench::new(&file, &Net::default(), Policy::default()).await;
    let listed = again.farm.presets.ask(ListPresets, SOON).await.unwrap();
    assert_eq!(listed, [second, altered]);
    assert_eq!(again.farm.presets.ask(LookPreset(third.id), SOON).await.unwrap(), None);
}

#[actix_rt::test]
async fn changes_that_are_asked_at_once_are_all_made() {
    tokio::time::pause();
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(&folder.path().join("farm.redb"), &Net::default(), Policy::default()).await;
    let presets = bench.farm.presets.clone();
    let id = create(&presets, "a").await.id;
    let changes = (0..20).map(|index| {
        let members = members(json!({format!("note{index}"): index}));
        let configuration = Some(Alteration { mode: Mode::Merge, members });
        presets.ask(AlterPreset { id, name: None, configuration }, SOON)
    });
    futures_util::future::join_all(changes).await;
    let preset = presets.ask(LookPreset(id), SOON).await.unwrap().unwrap();
    assert_eq!(preset.configuration.0.len(), pool().0.len() + 20);
    let wrong = Alteration { mode: Mode::Merge, members: members(json!({"frequency": "fast"})) };
    let alter = AlterPreset { id, name: None, configuration: Some(wrong) };
    assert!(matches!(presets.ask(alter, SOON).await.unwrap(), Err(crate::Error::Preset(_))));
}

#[actix_rt::test]
async fn a_name_has_a_limit_whoever_asks() {
    tokio::time::pause();
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::new(&folder.path().join("farm.redb"), &Net::default(), Policy::default()).await;
    let presets = bench.farm.presets.clone();
    let longest = "ü".repeat(NAME_AT_MOST);
    let id = create(&presets, &longest).await.id;
    for name in [longest + "x", String::new(), "two\nlines".into()] {
        let made = CreatePreset { name: name.clone(), configuration: pool() };
        let refused = Err(crate::Error::PresetName { most: NAME_AT_MOST });
        assert_eq!(presets.ask(made, SOON).await.unwrap(), refused, "{name}");
        let renamed = AlterPreset { id, name: Some(name), configuration: None };
        assert_eq!(presets.ask(renamed, SOON).await.unwrap().err(), refused.err());
    }
    assert_eq!(presets.ask(ListPresets, SOON).await.unwrap().len(), 1);
}
