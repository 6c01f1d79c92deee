use std::path::PathBuf;

use super::*;

#[test]
fn without_any_source_the_defaults_hold() {
    let nowhere = tempfile::tempdir().unwrap();
    let loaded = load(&Flags::default(), [], nowhere.path()).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert!(loaded.entries.iter().all(|entry| entry.origin == "default"), "{:?}", loaded.entries);
}

#[test]
fn each_layer_wins_over_those_below_it() {
    let file = "[farm]\npoll_interval_ms = 1000\npoll_timeout_ms = 1000\nbackoff_max_ms = 1000";
    let variables = [("SHIFTBOSS_FARM__POLL_TIMEOUT_MS", "2000"), ("SHIFTBOSS_FARM__BACKOFF_MAX_MS", "2000")];
    let farm = settings(file, &variables, &[("--set", "farm.backoff_max_ms", "3000")]).farm;
    assert_eq!((farm.poll_interval_ms, farm.poll_timeout_ms, farm.backoff_max_ms), (1000, 2000, 3000));
    assert_eq!(farm.flush_interval_ms, Settings::default().farm.flush_interval_ms);
}

#[test]
fn the_last_of_two_flags_for_a_setting_wins() {
    let typed = [("--set", "log.level", "debug"), ("--set", "log.level", "warn")];
    assert_eq!(settings("", &[], &typed).log.level, LogLevel::Warn);
}

#[test]
fn a_settings_file_of_a_parent_directory_is_not_read() {
    let parent = directory("[web]\nworkers = 7");
    let child = parent.path().join("child");
    fs::create_dir(&child).unwrap();
    assert_eq!(load(&Flags::default(), [], &child).unwrap().settings, Settings::default());
}

#[test]
fn a_named_settings_file_replaces_the_usual_one_and_must_exist() {
    let directory = directory("[web]\nworkers = 7");
    fs::write(directory.path().join("other.toml"), "[farm]\narbiters = 3").unwrap();
    let named = |name: &str| Flags { config: Some(PathBuf::from(name)), values: Vec::new() };

    let settings = load(&named("other.toml"), [], directory.path()).unwrap().settings;
    assert_eq!((settings.web.workers, settings.farm.arbiters), (2, 3));

    let missing = load(&named("missing.toml"), [], directory.path()).unwrap_err().to_string();
    assert!(missing.contains("missing.toml: cannot read this settings file: No such file"), "{missing}");
}
