use serde_json::{Map, Value as Json, json};

use super::*;
use crate::{Error, Firmware, Secret};

mod golden;
mod properties;

/// What a device of a firmware shows, with these members beside or in place of the usual ones.
fn shown(firmware: Firmware, more: &Json) -> Shown {
    let (major, minor, patch) = firmware.version;
    let mut info = json!({
        "ASICModel": "BM1368", "version": format!("v{major}.{minor}.{patch}"), "hostname": "axe",
        "frequency": 490, "coreVoltage": 1166, "ssid": "home", "autofanspeed": 0, "fanspeed": 50,
        "manualFanSpeed": 50, "minFanSpeed": 25, "temptarget": 60, "pidTargetTemp": 60, "overheat_temp": 70,
        "overheat_mode": 0, "flipscreen": 1, "invertscreen": 0, "invertfanpolarity": 1, "autoscreenoff": 0,
        "displayTimeout": -1, "rotation": 0, "statsFrequency": 0, "useFallbackStratum": 0,
        "stratumURL": "old.example", "stratumPort": 3333, "stratumUser": "me.axe",
        "fallbackStratumURL": "spare.example", "fallbackStratumPort": 3334, "fallbackStratumUser": "me.spare",
        "uptimeSeconds": 100,
    });
    if firmware.family == crate::Family::NerdQaxe {
        info["deviceModel"] = "NerdQAxe+".into();
    }
    if firmware.is_esp_miner_from((2, 15, 0)) {
        info["primaryPoolIndex"] = 0.into();
        info["secondaryPoolIndex"] = 1.into();
        info["pools"] = json!([
            { "id": 0, "stratumURL": "old.example", "stratumPort": 3333, "stratumUser": "me.axe",
              "stratumPassword": "*****", "stratumTLS": 0 },
            { "id": 1, "stratumURL": "spare.example", "stratumPort": 3334, "stratumUser": "me.spare",
              "stratumPassword": "*****", "stratumTLS": 2 },
        ]);
    }
    extend(&mut info, more);
    Shown::read(info.to_string().as_bytes()).unwrap()
}

fn extend(object: &mut Json, more: &Json) {
    let members = more.as_object().into_iter().flatten();
    members.for_each(|(name, value)| object[name] = value.clone());
}

fn object(json: &Json) -> &Map<String, Json> {
    json.as_object().unwrap()
}

fn changes(json: &Json) -> Changes {
    Changes::parse(object(json)).unwrap()
}

fn refused(json: &Json) -> String {
    Changes::parse(object(json)).unwrap_err().to_string()
}

const V2_15: Firmware = Firmware::esp_miner(2, 15, 0);
const V2_1_8: Firmware = Firmware::esp_miner(2, 1, 8);
const NERD: Firmware = Firmware::nerdqaxe(1, 0, 37);

#[test]
fn numbers_and_flags_may_come_as_texts_and_settings_by_the_names_of_any_firmware() {
    let asked = changes(&json!({
        "stratumPort": "3333", "frequency": "525.5", "invertscreen": "1", "flipscreen": true, "autofanspeed": true,
        "fanspeed": 70, "pidTargetTemp": "55", "wifiPassword": "hunter22",
    }));
    assert_eq!(
        serde_json::to_value(asked.settings()).unwrap(),
        json!({
            "stratumPort": 3333, "frequency": 525.5, "invertscreen": true, "flipscreen": true, "autofanspeed": 1,
            "manualFanSpeed": 70, "temptarget": 55,
        })
    );
    assert_eq!(asked.secrets().collect::<Vec<_>>(), [Setting::WifiPassword]);
}

#[test]
fn a_pool_as_a_url_is_taken_apart_and_a_port_of_its_own_counts() {
    for (url, port, expected) in [
        ("pool.example", None, json!({"stratumURL": "pool.example"})),
        ("pool.example:4444", None, json!({"stratumURL": "pool.example", "stratumPort": 4444})),
        (
            "stratum+tcp://pool.example:4444/x",
            None,
            json!({"stratumURL": "pool.example", "stratumPort": 4444}),
        ),
        ("stratum+tcp://pool.example:4444", Some(1), json!({"stratumURL": "pool.example", "stratumPort": 1})),
        ("tcp://[fd00::1]:4444", None, json!({"stratumURL": "[fd00::1]", "stratumPort": 4444})),
    ] {
        let mut asked = json!({ "stratumURL": url });
        if let Some(port) = port {
            asked["stratumPort"] = port.into();
        }
        assert_eq!(serde_json::to_value(changes(&asked).settings()).unwrap(), expected, "{url}");
    }
    let fallback = changes(&json!({"fallbackStratumURL": "tcp://a.example:7"}));
    let expected = json!({"fallbackStratumURL": "a.example", "fallbackStratumPort": 7});
    assert_eq!(serde_json::to_value(fallback.settings()).unwrap(), expected);
}

#[test]
fn what_will_not_do_is_refused_with_the_name_of_its_setting() {
    for (name, value, expected) in [
        ("hostname", json!(""), "hostname must be a text of 1 to 32 letters, digits and hyphens, not \"\""),
        ("hostname", json!("my axe"), "hostname must be a text of 1 to 32 letters"),
        ("frequency", json!("fast"), "frequency must be a number from 1 to 65535"),
        ("frequency", json!(0), "frequency must be a number from 1 to 65535, not 0"),
        ("coreVoltage", json!(1166.5), "coreVoltage must be a whole number from 1 to 65535, not 1166.5"),
        ("fanspeed", json!(101), "manualFanSpeed must be a whole number from 0 to 100, not 101"),
        ("minFanSpeed", json!(100), "minFanSpeed must be a whole number from 0 to 99, not 100"),
        ("temptarget", json!(67), "temptarget must be a whole number from 35 to 66, not 67"),
        ("rotation", json!(45), "rotation must be 0, 90, 180, 270, not 45"),
        ("overheat_mode", json!(1), "overheat_mode must be 0, not 1"),
        ("displayTimeout", json!(-2), "displayTimeout must be a whole number from -1 to 65535, not -2"),
        ("flipscreen", json!("maybe"), "flipscreen must be true or false, 1 or 0"),
        ("stratumPort", json!(true), "stratumPort must be a whole number from 1 to 65535"),
        ("autofanspeed", json!(3), "autofanspeed must be 0, 1, 2, not 3"),
        ("stratumPort", json!(0), "stratumPort must be a whole number from 1 to 65535, not 0"),
        ("stratumPort", json!({"port": 1}), "stratumPort must be a single value"),
        ("stratumPort", json!(null), "stratumPort must be a single value"),
        ("stratumUser", json!("a\nb"), "stratumUser must be a text of 1 to 255 bytes in one line"),
        ("stratumURL", json!("stratum+ssl://a:1"), "stratumURL cannot have the scheme \"stratum+ssl\""),
        ("stratumURL", json!("stratum+tcp://:1"), "stratumURL must be a host, or stratum+tcp://host:port"),
        ("stratumURL", json!("a b"), "stratumURL must be a host"),
        (
            "stratumURL",
            json!("a:0"),
            "stratumURL must be a host, or stratum+tcp://host:port, and no port is 0",
        ),
        ("ssid", json!("x".repeat(33)), "ssid must be a text of 1 to 32 bytes"),
    ] {
        let refused = refused(&json!({ name: value }));
        assert!(refused.starts_with(expected), "{name}: {refused}");
    }
}

#[test]
fn names_that_are_no_settings_are_named_at_once_as_far_as_a_line_goes() {
    let refused = refused(&json!({"hashRate": 1, "frequency": 500, "autoFanspeed": 1, "pools": []}));
    assert_eq!(refused, "autoFanspeed, hashRate, pools cannot be set; leave it out");
    let many: Map<_, _> = (0..1000).map(|n| (format!("{n:0100}"), json!(1))).collect();
    let refused = Changes::parse(&many).unwrap_err().to_string();
    assert!(refused.ends_with("0000 and 992 more cannot be set; leave it out"), "{refused}");
    assert!(refused.len() < 400, "{refused}");
}

#[test]
fn one_setting_under_two_names_must_have_one_value() {
    assert!(
        changes(&json!({"fanspeed": 50, "manualFanSpeed": 50})).settings().get(Setting::FanSpeed).is_some()
    );
    let refused = refused(&json!({"fanspeed": 50, "manualFanSpeed": 60}));
    assert_eq!(refused, "manualFanSpeed is asked for under two names, as 50 and as 60");
}

#[test]
fn nothing_of_a_secret_is_shown_wherever_it_goes() {
    let asked = changes(&json!({"wifiPass": "hunter22", "stratumPassword": "hunter22", "ssid": "home2"}));
    let plan = plan(&shown(V2_15, &json!({})), &asked, false).unwrap();
    let texts = [
        format!("{asked:?}"),
        format!("{plan:?}"),
        plan.requests.iter().map(ToString::to_string).collect::<String>(),
        serde_json::to_string(asked.settings()).unwrap(),
    ];
    for text in texts {
        assert!(!text.contains("hunter22"), "{text}");
    }
    assert!(plan.requests.iter().all(|request| request.expose_body().unwrap().contains("hunter22")));
    assert!(plan.requests.iter().all(|request| request.gives_away("echo: hunter22.")));
    for wrong in [json!(31337), json!("hunter22".repeat(40)), json!("hunter22\u{7}"), json!(["hunter22"])] {
        let refused = refused(&json!({ "stratumPassword": wrong }));
        assert!(refused.starts_with("stratumPassword "), "{refused}");
        assert!(!refused.contains("hunter22") && !refused.contains("31337"), "{refused}");
    }
}

#[test]
fn a_hidden_password_cannot_be_one() {
    let refused = refused(&json!({"stratumPassword": "*****"}));
    assert_eq!(refused, "stratumPassword stands for a hidden password and cannot be one");
}

#[test]
fn of_a_whole_answer_only_what_was_changed_in_it_is_asked() {
    let shown = shown(V2_1_8, &json!({"overheat_mode": 1, "hashRate": 700}));
    let sent = json!({
        "ASICModel": "BM1368", "frequency": "490", "coreVoltage": 1200, "fanspeed": 50, "autofanspeed": false,
        "hashRate": 700, "overheat_temp": null, "stratumPassword": "*****", "stratumPort": 3333,
        "frequencyOptions": [], "hostname": "axe",
    });
    let asked = Changes::of_info(object(&sent), &shown).unwrap();
    assert_eq!(serde_json::to_value(asked.settings()).unwrap(), json!({"coreVoltage": 1200}));
    assert!(Changes::of_info(object(&json!({"frequency": "fast"})), &shown).is_err());
}

#[test]
fn a_frequency_or_voltage_out_of_the_safe_range_of_its_asic_needs_force() {
    let gamma = json!({"ASICModel": "BM1370"});
    let duo = json!({"ASICModel": "BM1370", "boardVersion": "650"});
    for (more, asked, expected) in [
        (json!({}), json!({"frequency": 575}), None),
        (
            json!({}),
            json!({"frequency": 576}),
            Some("frequency 576 is not safe for its ASIC: keep to 400 to 575, or ask with force"),
        ),
        (
            json!({}),
            json!({"coreVoltage": 1099}),
            Some("coreVoltage 1099 is not safe for its ASIC: keep to 1100 to 1300, or ask with force"),
        ),
        (gamma, json!({"frequency": 625}), None),
        (
            duo,
            json!({"frequency": 411}),
            Some("frequency 411 is not safe for its ASIC: keep to 350 to 410, or ask with force"),
        ),
        (
            json!({"ASICModel": "BM9999"}),
            json!({"frequency": 500}),
            Some("which frequency is safe for the ASIC \"BM9999\" is not known; ask with force"),
        ),
        (json!({"ASICModel": "BM9999"}), json!({"fanspeed": 100}), None),
    ] {
        let (shown, changes) = (shown(V2_15, &more), changes(&asked));
        let told = check(&shown, &changes, false).err().map(|error| error.to_string());
        assert_eq!(told.as_deref(), expected, "{asked}");
        assert_eq!(check(&shown, &changes, true), Ok(()), "{asked} with force");
    }
}

#[test]
fn a_setting_or_value_that_a_firmware_does_not_have_is_refused_and_both_are_named() {
    for (firmware, asked, expected) in [
        (V2_1_8, json!({"minFanSpeed": 20}), "esp-miner v2.1.8 has no minFanSpeed"),
        (V2_1_8, json!({"fallbackStratumPassword": "x"}), "esp-miner v2.1.8 has no fallbackStratumPassword"),
        (V2_15, json!({"flipscreen": 1}), "esp-miner v2.15.0 has no flipscreen"),
        (V2_15, json!({"overheat_temp": 70}), "esp-miner v2.15.0 has no overheat_temp"),
        (NERD, json!({"rotation": 90}), "nerdqaxe v1.0.37 has no rotation"),
        (V2_1_8, json!({"frequency": 512.5}), "frequency cannot be 512.5 with esp-miner v2.1.8"),
        (NERD, json!({"frequency": 512.5}), "frequency cannot be 512.5 with nerdqaxe v1.0.37"),
        (V2_15, json!({"autofanspeed": 2}), "autofanspeed cannot be 2 with esp-miner v2.15.0"),
    ] {
        let refused = plan(&shown(firmware, &json!({})), &changes(&asked), true).unwrap_err().to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
    assert!(plan(&shown(NERD, &json!({})), &changes(&json!({"autofanspeed": 2})), false).is_ok());
    assert!(plan(&shown(V2_15, &json!({})), &changes(&json!({"frequency": 512.5})), false).is_ok());
}

#[test]
fn firmware_2_0_is_sent_all_it_needs_and_asked_for_what_it_does_not_show() {
    let asked = json!({"frequency": 500});
    let v2_0_7 = shown(Firmware::esp_miner(2, 0, 7), &json!({}));
    let refused = plan(&v2_0_7, &changes(&asked), false).unwrap_err();
    let missing = Error::NeedsAll { setting: Setting::WifiPassword, firmware: Firmware::esp_miner(2, 0, 7) };
    assert_eq!(refused, missing);
    let with_password = changes(&json!({"frequency": 500, "wifiPass": "hunter22"}));
    assert_eq!(plan(&v2_0_7, &with_password, false).unwrap().requests[0].names().count(), 12);

    // Until 2.0.4 it shows the password, and it goes back where it is from.
    let v2_0_3 = shown(Firmware::esp_miner(2, 0, 3), &json!({"wifiPass": "hunter22"}));
    let plan = plan(&v2_0_3, &changes(&asked), false).unwrap();
    assert!(plan.requests[0].expose_body().unwrap().contains(r#""wifiPass":"hunter22""#));
    assert!(!format!("{v2_0_3:?}{plan:?}").contains("hunter22"));
}

#[test]
fn the_fallback_does_not_take_the_slot_of_the_primary() {
    let shown = shown(V2_15, &json!({"secondaryPoolIndex": 0}));
    let asked = json!({
        "fallbackStratumURL": "new.example", "fallbackStratumPort": 1, "fallbackStratumUser": "me",
        "fallbackStratumPassword": "hunter22",
    });
    let plan = plan(&shown, &changes(&asked), false).unwrap();
    let requests: Vec<_> = plan.requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        requests,
        [
            r#"PUT /api/system/pools/2 {"stratumPort":1,"stratumURL":"new.example","stratumUser":"me","stratumPassword":[redacted]}"#,
            r#"PATCH /api/system {"secondaryPoolIndex":2}"#,
        ]
    );
}

#[test]
fn no_pool_is_lost_to_a_fallback_that_has_no_slot() {
    let pools: Vec<_> =
        (0..8).map(|id| json!({"id": id, "stratumURL": "a", "stratumPort": 1, "stratumUser": "b"})).collect();
    let shown = shown(V2_15, &json!({"secondaryPoolIndex": 0, "pools": pools}));
    let refused = plan(&shown, &changes(&json!({"fallbackStratumURL": "c"})), false).unwrap_err().to_string();
    assert!(refused.starts_with("fallbackStratumURL has no slot"), "{refused}");
}

#[test]
fn an_empty_slot_takes_a_whole_pool_only() {
    let shown = shown(V2_15, &json!({"pools": [], "stratumURL": "", "stratumPort": 0, "stratumUser": ""}));
    let refused = plan(&shown, &changes(&json!({"stratumURL": "a.example"})), false).unwrap_err();
    assert_eq!(refused.to_string(), "stratumPort must be asked for too: slot 0 has no pool yet");
}

#[test]
fn what_a_device_shows_afterwards_is_compared_with_what_was_asked() {
    let asked = changes(&json!({"frequency": 500, "coreVoltage": 1166, "hostname": "New-Axe", "ssid": "b"}));
    let after = |firmware, hostname| {
        let more = json!({"frequency": 490, "hostname": hostname, "ssid": "b"});
        differing(asked.settings(), &shown(firmware, &more))
    };
    assert_eq!(after(V2_15, "new-axe"), [Setting::Frequency], "2.15 keeps names in lower case");
    assert_eq!(after(V2_1_8, "new-axe"), [Setting::Hostname, Setting::Frequency]);
    let gone = differing(changes(&json!({"minFanSpeed": 20})).settings(), &shown(V2_1_8, &json!({})));
    assert_eq!(gone, [Setting::MinFanSpeed], "what is not shown is not as it was asked");
}

#[test]
fn the_speed_of_an_automatic_fan_is_not_taken_for_what_it_is_set_to() {
    let asked = changes(&json!({"fanspeed": 70}));
    for (firmware, automatic, compared) in [
        (V2_1_8, 1, true),
        (Firmware::esp_miner(2, 4, 0), 1, false),
        (Firmware::esp_miner(2, 4, 0), 0, true),
        (Firmware::esp_miner(2, 11, 0), 1, true),
        (Firmware::nerdqaxe(1, 0, 30), 1, false),
        (NERD, 1, true),
    ] {
        let before = shown(firmware, &json!({"autofanspeed": automatic}));
        assert_eq!(!differing(asked.settings(), &before).is_empty(), compared, "{firmware} {automatic}");
        let as_asked =
            shown(firmware, &json!({"autofanspeed": automatic, "fanspeed": 70, "manualFanSpeed": 70}));
        let is_sent = !plan(&as_asked, &asked, false).unwrap().requests.is_empty();
        assert_eq!(is_sent, !compared, "{firmware}: what cannot be compared is sent");
    }
}

#[test]
fn what_is_kept_reads_back_and_a_name_from_the_future_is_skipped() {
    let asked = changes(&json!({"frequency": 512.5, "flipscreen": true, "ssid": "home", "wifiPass": "x"}));
    let kept = serde_json::to_string(asked.settings()).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&kept).unwrap(), *asked.settings());
    let future =
        serde_json::from_str::<Settings>(r#"{"warpFactor":9,"frequency":500,"wifiPass":"x"}"#).unwrap();
    assert_eq!(future, *changes(&json!({"frequency": 500})).settings());
}

#[test]
fn each_firmware_is_told_only_what_it_can_do() {
    for (firmware, silent, can) in [
        (Firmware::esp_miner(2, 1, 5), true, [false, false]),
        (Firmware::esp_miner(2, 1, 6), false, [false, false]),
        (Firmware::esp_miner(2, 12, 0), false, [true, false]),
        (Firmware::esp_miner(2, 14, 0), false, [true, true]),
        (NERD, false, [false, false]),
    ] {
        let request = restart(firmware);
        assert_eq!(
            (request.to_string().as_str(), request.may_stay_silent),
            ("POST /api/system/restart", silent)
        );
        assert_eq!([identify(firmware).is_ok(), pause(firmware).is_ok()], can, "{firmware}");
        assert_eq!(pause(firmware).is_ok(), resume(firmware).is_ok());
    }
    let refused = pause(V2_1_8).unwrap_err().to_string();
    assert_eq!(refused, "esp-miner v2.1.8 cannot pause; esp-miner v2.14.0 and newer can");
}

#[test]
fn a_firmware_without_a_version_cannot_be_asked() {
    let refused = Shown::read(br#"{"ASICModel":"BM1368","version":"main"}"#).unwrap_err().to_string();
    assert_eq!(refused, r#"its firmware says version "main", by which nobody can tell what it takes"#);
    assert!(!format!("{:?}", Secret::new("x")).contains('x'));
}
