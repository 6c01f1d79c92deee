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
    let expected = json!({"stratumURL": "solo.ckpool.org", "stratumPort": "3333", "stratumUser": "bc1",
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
fn a_change_replaces_or_merges_and_keeps_passwords_that_it_does_not_name() {
    let altered = |mode, json| pool().altered(&Alteration { mode, members: members(json) });
    let replaced = altered(Mode::Replace, json!({"stratumURL": "b"}));
    assert_eq!(replaced.0, members(json!({"stratumURL": "b", "stratumPassword": "hunter2"})));
    let merged = altered(Mode::Merge, json!({"stratumURL": "b", "stratumPassword": null, "more": null}));
    let expected = json!({"stratumURL": "b", "stratumPort": "3333", "stratumUser": "bc1", "color": "red"});
    assert_eq!(merged.0, members(expected));
    let emptied = altered(Mode::Replace, json!({"stratumPassword": null}));
    assert_eq!(emptied, Configuration::default());
}

#[test]
fn a_password_inside_an_object_stays_too_until_it_is_taken_away() {
    let altered = |json| pool().altered(&Alteration { mode: Mode::Merge, members: members(json) }).0;
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
    let grown = Configuration::new(of(9_000)).unwrap().altered(&more);
    assert!(grown.check().is_err());
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
