use super::*;

#[test]
fn an_unknown_name_is_told_with_its_source_and_the_nearest_setting_but_not_its_value() {
    let file = "[farm]\npol_interval_ms = 1";
    let told = problems(file, &[("SHIFTBOSS_WEB__LISTENN", "secret")], &[("--set", "log.lvl", "info")]);
    let expected = [
        ("farm.pol_interval_ms", "Settings.toml", "farm.poll_interval_ms"),
        ("web.listenn", "environment variable SHIFTBOSS_WEB__LISTENN", "web.listen"),
        ("log.lvl", "flag --set", "log.level"),
    ];
    let line = |(key, origin, nearest)| {
        format!("{key} ({origin}): there is no such setting; the nearest is {nearest}")
    };
    assert_eq!(told, expected.map(line));
}

#[test]
fn a_section_given_a_single_value_is_told_with_an_example() {
    let told = "farm (Settings.toml): is a section; give the settings in it, such as farm.poll_interval_ms";
    assert_eq!(problems("farm = 3", &[], &[]), [told]);
}

#[test]
fn a_section_that_does_not_exist_is_told_even_when_it_is_empty() {
    assert_eq!(problems("[web]\n[frm]\n", &[], &[]).len(), 1);
    assert_eq!(problems("[frm]\narbiters = 1", &[], &[]).len(), 1);
}

#[test]
fn a_name_with_a_line_break_is_told_in_one_line() {
    assert_eq!(problems("\"a\\nb\" = 1", &[("SHIFTBOSS_C\nD", "1")], &[("--set", "e\nf", "1")]).len(), 3);
}

#[test]
fn all_problems_are_told_together_each_with_key_value_and_source() {
    let file = "data_dir = 5\n[farm]\npoll_interval_ms = 99\nauto_listen = 1\n[discovery]\nconcurrency = 1e3";
    let variables =
        [("SHIFTBOSS_LOG__LEVEL", "loud"), ("PORT", "http"), ("DISCOVERY_SERVICE_HOST", "lan:7775")];
    let typed = [("--count", "mockfleet.count", "0"), ("--set", "mockfleet.listen_host", "localhost")];
    let expected = "\
data_dir = 5 (Settings.toml): must be the path of a directory
web.listen = \"127.0.0.1:http\" (environment variable PORT): must be an IP address and a port such as 127.0.0.1:7776
farm.poll_interval_ms = 99 (Settings.toml): must be a whole number from 100 to 3600000
farm.auto_listen = 1 (Settings.toml): must be true or false
discovery.service_url = \"lan:7775\" (environment variable DISCOVERY_SERVICE_HOST): \
must be an address such as http://127.0.0.1:7770, or empty for none
discovery.concurrency = 1000.0 (Settings.toml): must be a whole number from 1 to 1024
mockfleet.listen_host = \"localhost\" (flag --set): must be an IP address such as 127.0.0.1
mockfleet.count = 0 (flag --count): must be a whole number from 1 to 50000
log.level = \"loud\" (environment variable SHIFTBOSS_LOG__LEVEL): must be one of error, warn, info, debug, trace";
    assert_eq!(problems(file, &variables, &typed).join("\n"), expected);
}

#[test]
fn the_mock_fleet_s_ports_are_checked_beside_problems_elsewhere() {
    let told = problems("[web]\nworkers = 0\n[mockfleet]\nlisting_port = 8001", &[], &[]);
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn a_wrong_value_that_a_higher_layer_replaces_does_no_harm() {
    let settings = settings("[web]\nworkers = 0", &[("SHIFTBOSS_WEB__WORKERS", "4")], &[]);
    assert_eq!(settings.web.workers, 4);
}

#[test]
fn the_mock_fleet_s_ports_must_fit_beside_each_other() {
    let told = |key, text| problems("", &[], &[("--set", key, text)]).join("\n");
    assert_eq!(
        told("mockfleet.base_port", "65530"),
        "mockfleet.count = 10 (default): above mockfleet.base_port = 65530 there is room for 6 miners only"
    );
    assert_eq!(
        told("mockfleet.listing_port", "8010"),
        "mockfleet.listing_port = 8010 (flag --set): is also a miner's port; choose one outside 8001 to 8010"
    );
    assert_eq!(
        told("mockfleet.ports", "7770,1"),
        "mockfleet.listing_port = 7770 (default): is also a miner's port; choose one outside mockfleet.ports"
    );
}

#[test]
fn the_process_does_not_end_before_its_health_fails() {
    let told = |stale, exit| load_from("", &[], &[("--set", "watchdog.stale_ms", stale), exit]).unwrap_err();
    assert_eq!(
        told("40000", ("--set", "log.level", "info")),
        ["watchdog.exit_ms = 30000 (default): is less than watchdog.stale_ms = 40000; \
          choose as much or more, or 0 for never"]
    );
    assert_eq!(told("5000", ("--set", "watchdog.exit_ms", "4999")).len(), 1);
    for exit_ms in ["0", "5000"] {
        assert_eq!(settings("", &[], &[("--set", "watchdog.exit_ms", exit_ms)]).watchdog.stale_ms, 5000);
    }
}

#[test]
fn a_list_of_ports_names_each_once_and_none_that_is_0() {
    let told = |text| problems("", &[], &[("--set", "mockfleet.ports", text)]).join("\n");
    assert_eq!(told("1,2,1"), "mockfleet.ports = [1,2,1] (flag --set): names port 1 more than once");
    let range =
        "mockfleet.ports = [0] (flag --set): must be a list of ports from 1 to 65535, such as 8001,8002";
    assert_eq!(told("0"), range);
}

#[test]
fn miners_with_addresses_of_their_own_must_fit_and_leave_the_listing_its_port() {
    let told = |more: &[(&'static str, &str)]| {
        let set: Vec<_> = more.iter().map(|(key, text)| ("--set", *key, *text)).collect();
        problems("[mockfleet]\naddresses = \"127.0.0.1\"", &[], &set).join("\n")
    };
    assert_eq!(
        told(&[("mockfleet.listing_port", "80")]),
        "mockfleet.listing_port = 80 (flag --set): is a miner's port at 127.0.0.1; choose another than \
         mockfleet.port = 80"
    );
    assert_eq!(
        told(&[("mockfleet.addresses", "255.255.255.250")]),
        "mockfleet.count = 10 (default): from mockfleet.addresses = 255.255.255.250 on there is room for 5 only"
    );
    assert_eq!(
        told(&[("mockfleet.addresses", "::1")]),
        "mockfleet.addresses = \"::1\" (flag --set): must be an IPv4 address such as 127.0.1.1, or empty for none"
    );
    let listed = settings("[mockfleet]\naddresses = \"127.0.1.1\"\ncount = 300", &[], &[]).mockfleet.places();
    assert_eq!(listed.list().last().map(ToString::to_string).as_deref(), Some("127.0.2.46:80"));
}

#[test]
fn miners_mine_only_as_devices_and_where_no_real_pool_is_bothered() {
    let told = |text: &str| problems(text, &[], &[]).join("\n");
    assert_eq!(
        told("[mockfleet]\nmine = true\npool = \"127.0.0.1:3333\"").rsplit(": ").take(2).last(),
        Some("needs mockfleet.fidelity = \"device\"")
    );
    let devices = "[mockfleet]\nmine = true\nfidelity = \"device\"";
    assert!(told(devices).contains("needs a mockfleet.pool to mine at"));
    let public = told(&format!("{devices}\npool = \"8.8.8.8:3333\""));
    assert!(public.contains("must be a loopback or private IP address and a port"), "{public}");
    let mockfleet = settings(&format!("{devices}\npool = \"10.0.0.9:3333\""), &[], &[]).mockfleet;
    assert_eq!((mockfleet.mine, mockfleet.pool), (true, "10.0.0.9:3333".parse().ok()));
}

#[test]
fn the_last_miner_may_have_the_last_port() {
    let ports = settings("", &[], &[("--set", "mockfleet.base_port", "65526")]).mockfleet.miner_ports();
    assert_eq!((ports.len(), ports.last()), (10, Some(&65_535)));
}

#[test]
fn a_fault_on_purpose_that_is_none_is_quoted_with_what_is_wrong_in_it() {
    let told = problems("", &[], &[("--set", "chaos.faults", "drop nth=3; panic share=7")]).join("\n");
    assert_eq!(
        told,
        "chaos.faults = [\"drop nth=3\",\"panic share=7\"] (flag --set): has \"panic share=7\", which is no fault: \
         \"share=7\" is no share; give a number above 0 and up to 1, such as share=0.01"
    );
    let told = problems("[chaos]\nfaults = \"drop nth=3\"", &[], &[]).join("\n");
    assert!(told.contains("must be a list of texts, such as [\"panic share=0.01 kind=Device\"]"), "{told}");
}

#[test]
fn port_0_is_accepted_where_any_free_port_will_do() {
    let typed =
        [("--listen", "web.listen", "127.0.0.1:0"), ("--listing-port", "mockfleet.listing_port", "0")];
    let settings = settings("", &[], &typed);
    assert_eq!((settings.web.listen.port(), settings.mockfleet.listing_port), (0, 0));
}

#[test]
fn a_file_that_is_not_toml_is_told_in_one_line_with_the_place() {
    let told = problems("# a comment\ndata_dir = data", &[], &[]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("Settings.toml, line 2, column 12: this is not TOML: "), "{told:?}");
}

#[test]
fn a_settings_file_that_cannot_be_read_is_told() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(FILE_NAME)).unwrap();
    let told = load(&Flags::default(), [], directory.path()).unwrap_err().to_string();
    assert!(told.contains("Settings.toml: cannot read this settings file: "), "{told}");
}

#[test]
fn a_difficulty_is_any_number_within_its_limits_or_0() {
    let of = |text| load_from("", &[], &[("--difficulty", "mockpool.difficulty", text)]);
    for (text, difficulty) in [("0", 0.0), ("1e-6", 1e-6), (" 65536 ", 65_536.0)] {
        assert_eq!(of(text).unwrap().settings.mockpool.difficulty, difficulty, "{text}");
    }
    let written = settings("[mockpool]\ndifficulty = 4096", &[], &[]).mockpool.difficulty;
    assert_eq!(written, 4_096.0, "a whole number in a file");
    assert_eq!(
        of("-1").unwrap_err(),
        [
            "mockpool.difficulty = -1.0 (flag --difficulty): must be a number from 0.000000001 to 1000000000000000, or 0"
        ]
    );
    for text in ["1e-10", "1e16", "NaN", "inf", "high"] {
        assert_eq!(of(text).unwrap_err().len(), 1, "{text}");
    }
}
