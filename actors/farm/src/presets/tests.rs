use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::{CreatePreset, DeletePreset, FindPreset, ListPresets, PRESETS, UpdatePreset};
use crate::error::Error;
use crate::preset::{Preset, PresetId};
use crate::router::Policy;
use crate::store::{Change, Database};
use crate::testing::{Bench, Net, SOON};

async fn bench(folder: &Path) -> Bench {
    Bench::new(&folder.join("farm.redb"), &Net::default(), Policy::default()).await
}

fn members(json: &Json) -> Map<String, Json> {
    json.as_object().expect("an object").clone()
}

async fn create(bench: &Bench, name: &str, configuration: Json) -> Result<Arc<Preset>, Error> {
    let create = CreatePreset { name: name.into(), configuration: members(&configuration) };
    bench.farm.presets.ask(create, SOON).await.unwrap()
}

async fn names(bench: &Bench) -> Vec<String> {
    let presets = bench.farm.presets.ask(ListPresets, SOON).await.unwrap();
    presets.iter().map(|preset| preset.name.clone()).collect()
}

#[actix_rt::test]
async fn presets_are_listed_newest_first_and_are_there_after_a_restart_with_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let first = bench(folder.path()).await;
    let house = create(&first, "house", json!({ "stratumPassword": "hunter2" })).await.unwrap();
    create(&first, "shed", json!({})).await.unwrap();
    first.stop().await;

    let again = bench(folder.path()).await;
    assert_eq!(names(&again).await, ["shed", "house"]);
    let found = again.farm.presets.ask(FindPreset(house.id), SOON).await.unwrap().unwrap();
    assert_eq!(found.configuration.expose()["stratumPassword"], "hunter2");
    assert_eq!(again.farm.presets.ask(FindPreset(PresetId::draw()), SOON).await.unwrap(), None);
    again.stop().await;
}

#[actix_rt::test]
async fn a_change_and_a_removal_stay() {
    let folder = tempfile::tempdir().unwrap();
    let first = bench(folder.path()).await;
    let kept = create(&first, "house", json!({ "stratumPassword": "hunter2" })).await.unwrap();
    let gone = create(&first, "shed", json!({})).await.unwrap();
    let configuration = Some(members(&json!({ "stratumPort": "3333" })));
    let update = UpdatePreset { id: kept.id, name: Some("barn".into()), configuration };
    let changed = first.farm.presets.ask(update, SOON).await.unwrap().unwrap().unwrap();
    assert_eq!(
        Json::Object(changed.configuration.expose().clone()),
        json!({ "stratumPort": 3333, "stratumPassword": "hunter2" })
    );
    let delete = || first.farm.presets.ask(DeletePreset(gone.id), SOON);
    assert_eq!(delete().await.unwrap().unwrap().as_deref(), Some(&*gone));
    assert_eq!(delete().await.unwrap(), Ok(None));
    let none = UpdatePreset { id: gone.id, name: None, configuration: None };
    assert_eq!(first.farm.presets.ask(none, SOON).await.unwrap(), Ok(None));
    first.stop().await;

    let again = bench(folder.path()).await;
    let found = again.farm.presets.ask(ListPresets, SOON).await.unwrap();
    assert_eq!(found, [changed]);
    again.stop().await;
}

#[actix_rt::test]
async fn what_will_not_do_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path()).await;
    let bad = create(&bench, "house", json!({ "stratumPort": "NaN" })).await.unwrap_err();
    assert!(bad.to_string().contains("stratumPort must be a number"), "{bad}");
    assert!(names(&bench).await.is_empty());
    bench.stop().await;
}

#[actix_rt::test]
async fn one_more_than_is_kept_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("farm.redb");
    let made = (0..PRESETS as u64).map(|n| Preset::new("one", Map::new(), n).unwrap());
    let full: Vec<_> = made.map(|preset| Change::Preset(Arc::new(preset))).collect();
    Database::open(&file).unwrap().commit(&full).unwrap();
    let bench = bench(folder.path()).await;
    assert_eq!(create(&bench, "two", json!({})).await, Err(Error::EnoughPresets(PRESETS)));
    let newest = bench.farm.presets.ask(ListPresets, SOON).await.unwrap()[0].id;
    bench.farm.presets.ask(DeletePreset(newest), SOON).await.unwrap().unwrap().unwrap();
    create(&bench, "two", json!({})).await.unwrap();
    bench.stop().await;
}
