use figment::Figment;
use figment::providers::{Format, Toml};

use super::*;

#[test]
fn the_shipped_settings_file_names_every_setting_with_its_default() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FILE_NAME);
    // Extracted without the defaults below it: a setting that the file leaves out would be an error.
    let shipped: Settings = Figment::from(Toml::file_exact(&path)).extract().unwrap();
    assert_eq!(shipped, Settings::default());

    let text = fs::read_to_string(&path).unwrap();
    for (key, _) in rules::RULES {
        let variable = format!("# SHIFTBOSS_{}", key.to_uppercase().replace('.', "__"));
        assert!(text.contains(&variable), "{key} has no comment that begins with {variable}");
    }
}

#[test]
fn every_setting_has_a_rule_that_accepts_its_default() {
    let defaults = Figment::from(Settings::default());
    let sections = defaults.extract::<figment::value::Dict>().unwrap();
    let fields =
        sections.values().map(|value| value.as_dict().map_or(1, figment::value::Map::len)).sum::<usize>();
    assert_eq!(fields, rules::RULES.len());
    for (key, rule) in rules::RULES {
        let value = defaults.find_value(key).unwrap();
        assert_eq!(rule.refusal(&value), None, "{key} = {value:?}");
    }
}

#[test]
fn what_the_rules_accept_the_settings_can_hold() {
    for (key, rule) in rules::RULES {
        let rules::Rule::Whole(range) = rule else { continue };
        for limit in [range.start(), range.end()] {
            let limit = limit.to_string();
            // A list of one port, and a process that never ends, keep other numbers from getting in the way.
            let others = [("--a", "mockfleet.ports", "2"), ("--b", "watchdog.exit_ms", "0")];
            let typed = [&others[..], &[("--c", *key, limit.as_str())]].concat();
            assert!(load_from("", &[], &typed).is_ok(), "{key} = {limit}");
        }
    }
}

#[test]
fn shown_settings_read_back_to_the_same_settings() {
    let faults = "panic share=0.01 kind=Device; drop nth=3";
    let typed = [("--set", "data_dir", r#"a "b" \c"#), ("--set", "mockfleet.ports", "1,2")];
    let typed = [&typed[..], &[("--set", "chaos.faults", faults)]].concat();
    let loaded = load_from("", &[("PORT", "0")], &typed).unwrap();
    for shown in [as_toml(&loaded.entries), with_origins(&loaded.entries)] {
        assert_eq!(settings(&shown, &[], &[]), loaded.settings, "{shown}");
    }
}

#[test]
fn the_origin_of_each_value_is_shown_in_an_aligned_column() {
    let file = "[web]\nworkers = 3";
    let loaded = load_from(file, &[("AUTO_LISTEN", "1")], &[("--data-dir", "data_dir", "d")]).unwrap();
    let shown = with_origins(&loaded.entries);
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap();
    assert!(line("data_dir ").ends_with("# flag --data-dir"), "{shown}");
    assert!(line("web.workers ").ends_with("/Settings.toml"), "{shown}");
    assert!(line("web.listen ").ends_with("# default"), "{shown}");
    assert!(line("farm.auto_listen ").ends_with("# environment variable AUTO_LISTEN"), "{shown}");
    let columns: Vec<_> = shown.lines().map(|line| line.find(" # ")).collect();
    assert!(columns.iter().all(|column| *column == columns[0]), "{shown}");
}

#[test]
fn shown_sections_come_in_order_with_one_heading_each() {
    let loaded = load_from("", &[], &[]).unwrap();
    let shown = as_toml(&loaded.entries);
    let headings: Vec<_> = shown.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(headings, ["[web]", "[farm]", "[discovery]", "[mockfleet]", "[watchdog]", "[chaos]", "[log]"]);
    assert!(shown.starts_with("data_dir = \"data\"\n\n[web]\nlisten = \"127.0.0.1:7776\"\n"), "{shown}");
}
