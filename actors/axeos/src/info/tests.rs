use super::*;

/// Reads the members given, beside an ASIC model.
fn info(members: &str) -> SystemInfo<'static> {
    let document = format!(r#"{{"ASICModel":"BM1368",{members}}}"#).leak();
    SystemInfo::parse(document.as_bytes()).unwrap()
}

fn error(body: &str) -> Error {
    SystemInfo::parse(body.as_bytes()).unwrap_err()
}

#[test]
fn a_number_may_come_as_a_number_or_as_a_text() {
    for members in [r#""power":11.67,"fanrpm":4120"#, r#""power":"11.67","fanrpm":" 4120 ""#] {
        let info = info(members);
        assert_eq!(info.power_w, Some(11.67), "{members}");
        assert_eq!(info.fanrpm, Some(4120.0), "{members}");
    }
}

#[test]
fn a_boolean_may_come_in_any_of_three_spellings() {
    for (members, flag) in [
        (r#""overheat_mode":0"#, Some(false)),
        (r#""overheat_mode":1"#, Some(true)),
        (r#""overheat_mode":"1""#, Some(true)),
        (r#""overheat_mode":true"#, Some(true)),
        (r#""overheat":1"#, Some(true)),
        (r#""overheat_mode":null"#, None),
        (r#""hostname":"bitaxe""#, None),
    ] {
        assert_eq!(info(members).overheat_mode, flag, "{members}");
    }
}

#[test]
fn a_field_that_is_null_or_of_a_wrong_type_is_unknown_and_spoils_nothing_else() {
    for odd in ["null", "true", "[]", "[1,[2]]", r#"{"value":{"deep":1}}"#, r#""hot""#, r#""NaN""#] {
        let info = info(&format!(
            r#""power":{odd},"temp":{odd},"bestDiff":{odd},"stratumPort":{odd},"voltage":5055"#
        ));
        assert_eq!(
            (info.power_w, info.temp_celsius, info.best_difficulty, info.stratum_port),
            (None, None, None, None),
            "{odd}"
        );
        assert_eq!(info.voltage_mv, Some(5055.0), "{odd}");
    }
    assert_eq!(info(r#""hostname":7,"macAddr":"none""#), info(r#""hostname":null,"macAddr":null"#));
}

#[test]
fn a_difficulty_may_be_a_number_or_a_text_with_a_suffix_under_several_names() {
    for members in [
        r#""bestDiff":4290000,"bestSessionDiff":12300"#,
        r#""bestDiff":"4.29M","bestSessionDiff":"12.3k""#,
        r#""best_diff":"4.29M","best_session_diff":"12300""#,
        r#""bestDifficulty":4.29e6,"bestSessionDifficulty":"12.3k""#,
        r#""best_difficulty":4.29e6,"best_session_difficulty":"12.3k""#,
    ] {
        let info = info(members);
        assert_eq!(info.best_difficulty, Some(4_290_000.0), "{members}");
        assert_eq!(info.best_session_difficulty, Some(12_300.0), "{members}");
    }
}

#[test]
fn names_of_other_firmware_mean_the_same() {
    let info = info(r#""uptime":61,"freeHeapInt":90000"#);
    assert_eq!(info.uptime_seconds, Some(61.0));
    assert_eq!(info.free_heap_internal_bytes, Some(90_000.0));
}

#[test]
fn a_name_that_comes_twice_counts_with_its_last_usable_value() {
    let info = info(r#""power":1,"power":2,"power":null,"uptimeSeconds":60,"uptime":"?""#);
    assert_eq!(info.power_w, Some(2.0));
    assert_eq!(info.uptime_seconds, Some(60.0));
}

#[test]
fn what_newer_firmware_adds_is_read_too() {
    let info = info(concat!(
        r#""hashRate":1070.5,"hashRate_1m":1069.1,"hashRate_10m":1070.2,"hashRate_1h":1070,"efficiency":10.9,"#,
        r#""freeHeap":8000000,"freeHeapInternal":90000,"freeHeapSpiram":7900000,"frequency":525.5,"#,
        r#""miningPaused":true,"power_fault":"Overcurrent","hardware_fault":"ASIC","overheat_mode":0,"#,
        r#""hashrateMonitor":{"asics":[{"total":1070.5,"domains":[267.6,267.6],"errorCount":0}]},"#,
        r#""pools":[{"id":0,"stratumURL":"elsewhere","stratumPassword":"*****"}],"stratumURL":"here""#,
    ));
    let expected = SystemInfo {
        asic_model: "BM1368".into(),
        hashrate_ghs: Some(1070.5),
        hashrate_10m_ghs: Some(1070.2),
        hashrate_1h_ghs: Some(1070.0),
        efficiency_joules_per_terahash: Some(10.9),
        free_heap_bytes: Some(8_000_000.0),
        free_heap_internal_bytes: Some(90_000.0),
        free_heap_spiram_bytes: Some(7_900_000.0),
        frequency_mhz: Some(525.5),
        mining_paused: Some(true),
        power_fault: Some("Overcurrent".into()),
        hardware_fault: Some("ASIC".into()),
        overheat_mode: Some(false),
        stratum_url: Some("here".into()),
        ..SystemInfo::default()
    };
    assert_eq!(info, expected);
}

#[test]
fn a_mac_is_read_in_the_firmwares_upper_case() {
    assert_eq!(info(r#""macAddr":"AA:BB:CC:DD:EE:05""#).mac, Some(Mac([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 5])));
}

#[test]
fn texts_are_borrowed_unless_they_are_escaped() {
    let body = br#"{"ASICModel":"BM1368","hostname":"axe","ho\u0073tname":"a\"xe","version":"v2.4.5"}"#;
    let info = SystemInfo::parse(body).unwrap();
    assert!(matches!(info.asic_model, Cow::Borrowed("BM1368")));
    assert!(matches!(info.version, Some(Cow::Borrowed("v2.4.5"))));
    assert_eq!(info.hostname.as_deref(), Some("a\"xe"));
}

#[test]
fn pretty_printing_and_unknown_fields_do_not_matter() {
    let plain = info(r#""power":11,"stratumPort":3333"#);
    let pretty = info(
        "\n\t\"power\":\t11,\r\n\t\"pools\": [{\"id\":0}],\n\"ssid\":\"x\",\n\t\"stratumPort\":\t3333\n",
    );
    assert_eq!(pretty, plain);
}

#[test]
fn an_ssid_that_is_not_utf_8_hides_nothing() {
    let body = b"{\"ssid\":\"caf\xe9\",\"ASICModel\":\"BM1368\",\"power\":11}";
    assert_eq!(SystemInfo::parse(body).unwrap().power_w, Some(11.0));
}

#[test]
fn deep_nesting_costs_no_stack() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let info = info(&format!(r#""power":{deep},"unknown":{deep},"voltage":5055"#));
    assert_eq!((info.power_w, info.voltage_mv), (None, Some(5055.0)));
}

#[test]
fn an_answer_that_is_no_object_is_refused_with_what_it_is() {
    assert_eq!(error(""), Error::Empty);
    assert_eq!(error(" \r\n"), Error::Empty);
    assert_eq!(error("<!doctype html><title>AxeOS</title>"), Error::WebPage);
    assert_eq!(error("Unauthorized"), Error::NotAnObject { excerpt: "Unauthorized".to_owned() });
    assert_eq!(error("5"), Error::NotAnObject { excerpt: "5".to_owned() });
    assert_eq!(error(r#"[{"wifiPass":"hunter2"}]"#), Error::NotAnObject { excerpt: "[".to_owned() });
    assert!(error(&"x".repeat(100_000)).to_string().len() < 200);
}

#[test]
fn an_object_of_something_else_is_refused() {
    for body in [
        "{}",
        r#"{"error":"unknown route"}"#,
        r#"{"ASICModel":""}"#,
        r#"{"ASICModel":" "}"#,
        r#"{"ASICModel":null}"#,
        r#"{"ASICModel":1368}"#,
    ] {
        assert_eq!(error(body), Error::NoAsicModel, "{body}");
    }
}

#[test]
fn an_answer_cut_at_any_byte_is_refused_as_cut_short() {
    let whole = r#"{"ASICModel":"BM1368","power":11.5,"temp":null,"history":{"timestamps":[1,2]},"host\u006eame":"a"}"#;
    assert!(SystemInfo::parse(whole.as_bytes()).is_ok());
    for length_bytes in 1..whole.len() {
        assert_eq!(error(&whole[..length_bytes]), Error::CutShort { length_bytes });
    }
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for body in [r#"{"ASICModel":"BM1368",}"#, r#"{"ASICModel":"BM1368"} {}"#, r#"{"power":nan}"#, r#"{1:2}"#]
    {
        let error = error(body);
        assert!(matches!(error, Error::Malformed { .. }), "{body}: {error:?}");
        assert!(error.to_string().contains("line 1 column"), "{error}");
    }
}
