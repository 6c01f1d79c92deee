use serde_json::{Map, Value as Json, json};

use super::{Configuration, Preset};

fn members(json: Json) -> Map<String, Json> {
    let Json::Object(members) = json else { panic!("{json} is no object") };
    members
}

fn preset(configuration: Json) -> Preset {
    Preset::new("house", members(configuration), 1).expect("good")
}

fn refusal(configuration: Json) -> String {
    Configuration::parse(members(configuration)).expect_err("refused").to_string()
}

#[test]
fn a_configuration_may_be_anything_and_empty_too() {
    for json in [json!({}), json!({ "fan": [1, { "a": null }], "stratumURL": "pool.example" })] {
        assert_eq!(Configuration::parse(members(json.clone())).unwrap().shown(), members(json));
    }
}

#[test]
fn a_port_may_come_as_a_text_and_is_a_number_from_then_on() {
    for port in [json!(3333), json!("3333"), json!(" 3333 ")] {
        let parsed = Configuration::parse(members(json!({ "stratumPort": port }))).unwrap();
        assert_eq!(parsed.expose()["stratumPort"], json!(3333));
    }
}

#[test]
fn a_member_that_will_not_do_is_named_and_never_quoted() {
    for port in [json!("NaN"), json!(null), json!(0), json!(65536), json!(-1), json!(3333.5), json!("")] {
        assert_eq!(
            refusal(json!({ "stratumPort": port })),
            "the preset's stratumPort must be a number from 1 to 65535"
        );
    }
    assert!(refusal(json!({ "stratumURL": 1 })).contains("stratumURL must be a text"));
    let password = refusal(json!({ "stratumPassword": 31337 }));
    assert!(password.contains("stratumPassword") && !password.contains("31337"), "{password}");
    assert!(refusal(json!({ "notes": "x".repeat(17_000) })).contains("at most 16384 bytes"));
    for name in ["", "  ", "two\nlines", &"x".repeat(101)] {
        let error = Preset::new(name, Map::new(), 1).expect_err("refused").to_string();
        assert!(error.starts_with("the preset's name must be"), "{error}");
    }
}

#[test]
fn no_secret_is_shown_at_any_depth_unless_it_is_exposed() {
    let full = json!({
        "stratumPassword": "hunter2", "stratumUser": "me",
        "pools": [{ "url": "a", "password": "hunter2" }], "wifi": { "wifiPass": { "deep": "hunter2" } },
    });
    let preset = preset(full.clone());
    assert_eq!(
        Json::Object(preset.configuration.shown()),
        json!({ "stratumUser": "me", "pools": [{ "url": "a" }], "wifi": {} })
    );
    let texts = [format!("{preset:?}"), serde_json::to_string(&preset).unwrap()];
    assert!(texts.iter().all(|text| text.contains("house") && !text.contains("hunter2")), "{texts:?}");
    assert_eq!(preset.configuration.expose(), &members(full));
}

#[test]
fn a_change_keeps_the_secrets_that_it_does_not_give() {
    let preset = preset(json!({
        "stratumPassword": "p1", "stratumUser": "me", "wifi": { "wifiPass": "p2" },
        "pools": [{ "url": "a", "password": "p3" }, { "url": "b", "password": "p4" }],
    }));
    let change = json!({ "stratumURL": "new", "wifi": {}, "pools": [{ "url": "a" }, { "url": "c" }] });
    let changed = preset.changed(None, Some(members(change)), 9).unwrap();
    assert_eq!(
        Json::Object(changed.configuration.expose().clone()),
        json!({
            "stratumURL": "new", "stratumPassword": "p1", "wifi": { "wifiPass": "p2" },
            "pools": [{ "url": "a", "password": "p3" }, { "url": "c" }],
        })
    );
    assert_eq!((changed.id, changed.created_ms, changed.updated_ms), (preset.id, 1, 9));
    let renamed = changed.changed(Some(" other "), None, 10).unwrap();
    assert_eq!((renamed.name.as_str(), &renamed.configuration), ("other", &changed.configuration));
}

#[test]
fn a_change_can_replace_a_secret_and_take_it_away() {
    let preset = preset(json!({ "stratumPassword": "p1" }));
    let replaced = preset.changed(None, Some(members(json!({ "stratumPassword": "p9" }))), 2).unwrap();
    assert_eq!(replaced.configuration.expose()["stratumPassword"], "p9");
    let taken = preset.changed(None, Some(members(json!({ "stratumPassword": null }))), 2).unwrap();
    assert!(taken.configuration.expose().is_empty());
}
