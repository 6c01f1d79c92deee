use super::*;
use crate::device::board::Board;
use crate::device::firmware::SUPPORTED;

fn device(firmware: Firmware) -> Nvs {
    Nvs::new(Board::running(firmware).next().unwrap())
}

fn esp(version: (u16, u16, u16)) -> Firmware {
    Firmware { family: Family::EspMiner, version }
}

const V2_15: Firmware = Firmware::esp_miner(2, 15, 0);
const NERD: Firmware = Firmware::nerdqaxe(1, 0, 37);

/// All that 2.0.3 asks for.
const FULL: &str = r#"{"stratumURL":"pool.example","stratumUser":"me","stratumPort":1234,"ssid":"home","wifiPass":"p",
    "coreVoltage":1200,"frequency":490,"flipscreen":0,"invertscreen":1,"invertfanpolarity":0,"autofanspeed":0,
    "fanspeed":70}"#;

fn is_crash(reply: &Reply) -> bool {
    matches!(reply.then, Some(Effect::Reboot { silent: true, crash: true, .. }))
}

#[test]
fn success_is_an_empty_chunked_page_whatever_the_firmware() {
    for firmware in SUPPORTED {
        let mut nvs = device(firmware);
        let reply = patch(firmware, &mut nvs, FULL.as_bytes());
        assert_eq!((reply.status.0, &*reply.body, reply.chunked), (200, &b""[..], true), "{firmware:#}");
        assert_eq!(reply.content_type, "text/html", "{firmware:#}");
        assert_eq!(nvs.number(Key::FrequencyMhz), 490.0, "{firmware:#}");
        assert!(matches!(reply.then, Some(Effect::Apply(changes)) if changes.live && changes.at_boot));
    }
}

#[test]
fn v2_0_crashes_over_a_key_that_is_missing_and_later_firmware_leaves_it_alone() {
    for (version, crashes) in [((2, 0, 3), true), ((2, 0, 7), true), ((2, 1, 0), false), ((2, 15, 0), false)]
    {
        let mut nvs = device(esp(version));
        let reply = patch(esp(version), &mut nvs, br#"{"frequency":490}"#);
        assert_eq!(is_crash(&reply), crashes, "{version:?}");
        assert_eq!(nvs.number(Key::FrequencyMhz) == 490.0, !crashes, "{version:?}");
    }
}

#[test]
fn each_firmware_has_its_own_way_with_a_value_of_a_wrong_type() {
    let body = br#"{"hostname":5,"frequency":"fast","coreVoltage":1175}"#;
    // Whether it crashes, its status, and the frequency and voltage that stay.
    for (firmware, crashes, status, kept) in [
        (esp((2, 1, 8)), true, 200, None),
        (esp((2, 4, 0)), true, 200, None),
        (esp((2, 6, 0)), false, 200, Some((425.0, 1175.0))),
        (esp((2, 9, 0)), false, 200, Some((425.0, 1175.0))),
        (esp((2, 11, 0)), false, 400, Some((425.0, 1400.0))),
        (V2_15, false, 400, Some((425.0, 1400.0))),
        (Firmware::nerdqaxe(1, 0, 15), true, 200, None),
        (NERD, false, 200, Some((490.0, 1175.0))),
    ] {
        let mut nvs = device(firmware);
        let reply = patch(firmware, &mut nvs, body);
        assert_eq!((is_crash(&reply), reply.status.0), (crashes, status), "{firmware:#}");
        if let Some(kept) = kept {
            let now = (nvs.number(Key::FrequencyMhz), nvs.number(Key::CoreVoltageMv));
            assert_eq!(now, kept, "{firmware:#}");
        }
    }
}

#[test]
fn old_firmware_takes_any_number_and_loses_what_16_bits_do_not_hold() {
    let mut nvs = device(esp((2, 2, 2)));
    patch(
        esp((2, 2, 2)),
        &mut nvs,
        br#"{"frequency":0,"coreVoltage":70000,"fanspeed":300,"stratumPort":-1}"#,
    );
    assert_eq!((nvs.number(Key::FrequencyMhz), nvs.number(Key::CoreVoltageMv)), (0.0, 4464.0));
    assert_eq!((nvs.number(Key::ManualFanPercent), nvs.primary().port), (300.0, 65_535));
}

#[test]
fn one_bad_value_spoils_the_whole_patch_since_2_11() {
    for bad in [
        r#""ssid":"""#,
        r#""ssid":"123456789012345678901234567890123""#,
        r#""hostname":null"#,
        r#""frequency":0"#,
        r#""coreVoltage":65536"#,
        r#""manualFanSpeed":101"#,
        r#""minFanSpeed":100"#,
        r#""temptarget":34"#,
        r#""temptarget":67"#,
        r#""rotation":45"#,
        r#""displayTimeout":-2"#,
        r#""overheat_mode":1"#,
        r#""statsFrequency":65536"#,
        r#""display":"TV""#,
        r#""autofanspeed":2"#,
        r#""invertscreen":"1""#,
    ] {
        for firmware in [esp((2, 11, 0)), esp((2, 13, 0)), V2_15] {
            let mut nvs = device(firmware);
            let reply = patch(firmware, &mut nvs, format!(r#"{{"coreVoltage":1111,{bad}}}"#).as_bytes());
            assert_eq!(
                (reply.status, &*reply.body),
                ((400, "Bad Request"), &b"Wrong API input"[..]),
                "{bad}"
            );
            assert_eq!((nvs.number(Key::CoreVoltageMv), reply.then), (1400.0, None), "{bad}");
        }
    }
}

#[test]
fn a_body_that_is_no_json_is_400_only_where_somebody_looks() {
    for (firmware, status, crashes) in [
        (esp((2, 0, 3)), 200, true),
        (esp((2, 1, 8)), 200, false),
        (esp((2, 9, 0)), 200, false),
        (esp((2, 11, 0)), 400, false),
        (V2_15, 400, false),
        (NERD, 400, false),
    ] {
        for body in ["{frequency", ""] {
            let reply = patch(firmware, &mut device(firmware), body.as_bytes());
            assert_eq!((reply.status.0, is_crash(&reply)), (status, crashes), "{firmware:#} {body:?}");
        }
    }
}

#[test]
fn a_body_of_10240_bytes_is_too_long() {
    for firmware in SUPPORTED {
        let body = format!(r#"{{"hostname":"axe","{}":1}}"#, "x".repeat(BODY_BYTES));
        let reply = patch(firmware, &mut device(firmware), body.as_bytes());
        assert_eq!((reply.status.0, &*reply.body), (500, &b"content too long"[..]), "{firmware:#}");
    }
}

#[test]
fn v2_15_skips_pools_at_the_top_level_without_a_word() {
    for (firmware, taken) in [(esp((2, 14, 0)), true), (V2_15, false)] {
        let mut nvs = device(firmware);
        let reply = patch(firmware, &mut nvs, br#"{"stratumURL":"pool.example","fallbackStratumPort":1}"#);
        assert_eq!(reply.status.0, 200);
        assert_eq!(&*nvs.primary().url == "pool.example", taken, "{firmware:#}");
        assert_eq!(nvs.fallback().port == 1, taken, "{firmware:#}");
        assert_eq!(reply.then.is_some(), taken, "{firmware:#}");
    }
}

#[test]
fn esp_miner_does_not_care_for_case_and_nerdqaxe_does() {
    for (firmware, taken) in [(esp((2, 2, 2)), true), (V2_15, true), (NERD, false)] {
        let mut nvs = device(firmware);
        patch(firmware, &mut nvs, br#"{"autoFanspeed":0}"#);
        assert_eq!(nvs.number(Key::AutoFan) == 0.0, taken, "{firmware:#}");
    }
}

#[test]
fn nerdqaxe_skips_what_is_not_of_its_type() {
    let mut nvs = device(NERD);
    let body = br#"{"flipscreen":0,"invertscreen":true,"frequency":500.5,"coreVoltage":0,"overheat_temp":-1,
        "autofanspeed":2,"stratum_keep":1,"stratumPort":"1","pidP":7.5}"#;
    patch(NERD, &mut nvs, body);
    assert!(nvs.flag(Key::FlipScreen) && nvs.flag(Key::InvertScreen) && nvs.flag(Key::PoolKeepAlive));
    assert_eq!((nvs.number(Key::FrequencyMhz), nvs.number(Key::CoreVoltageMv)), (490.0, 1250.0));
    assert_eq!((nvs.number(Key::OverheatCelsius), nvs.number(Key::AutoFan)), (70.0, 2.0));
    assert_eq!((nvs.primary().port, nvs.number(Key::PidP)), (3333, 7.5));
}

#[test]
fn the_key_of_the_fan_was_renamed_at_2_11() {
    for (firmware, old, new) in [
        (esp((2, 9, 0)), 20.0, 100.0),
        (esp((2, 11, 0)), 100.0, 30.0),
        (Firmware::nerdqaxe(1, 0, 30), 20.0, 100.0),
        (NERD, 100.0, 30.0),
    ] {
        for (body, expected) in [(r#"{"fanspeed":20}"#, old), (r#"{"manualFanSpeed":30}"#, new)] {
            let mut nvs = device(firmware);
            patch(firmware, &mut nvs, body.as_bytes());
            assert_eq!(nvs.number(Key::ManualFanPercent), expected, "{firmware:#} {body}");
        }
    }
}

#[test]
fn a_frequency_may_have_a_fraction_since_2_13() {
    for (version, kept) in [((2, 12, 0), 512.0), ((2, 13, 0), 512.5)] {
        let mut nvs = device(esp(version));
        patch(esp(version), &mut nvs, br#"{"frequency":512.5}"#);
        assert_eq!(nvs.number(Key::FrequencyMhz), kept, "{version:?}");
    }
}

#[test]
fn a_new_hostname_at_2_15_is_answered_with_where_to_go() {
    let mut nvs = device(V2_15);
    let reply = patch(V2_15, &mut nvs, br#"{"hostname":"My Axe"}"#);
    let expected = br#"{"status":"success","redirect":{"url":"http://my-axe.local","delay":2000,"message":"Hostname updated. Redirecting to new address..."}}"#;
    assert_eq!((&*reply.body, reply.content_type, reply.chunked), (&expected[..], "text/html", false));
    assert!(patch(V2_15, &mut nvs, br#"{"hostname":"my-axe"}"#).body.is_empty(), "nothing has changed");
    assert!(patch(esp((2, 14, 0)), &mut nvs, br#"{"hostname":"axe"}"#).body.is_empty());
}

const POOL: &str = r#"{"id":3,"stratumURL":"sv2.example","stratumPort":3336,"stratumUser":"me.axe"}"#;

#[test]
fn a_patch_at_2_15_may_bring_whole_pools_or_none_of_them() {
    let mut nvs = device(V2_15);
    let bad =
        format!(r#"{{"pools":[{POOL},{{"id":8,"stratumURL":"x","stratumPort":1,"stratumUser":"y"}}]}}"#);
    assert_eq!(patch(V2_15, &mut nvs, bad.as_bytes()).status.0, 400);
    assert_eq!(nvs.pool(3), None);
    let good = format!(r#"{{"pools":[{POOL}],"primaryPoolIndex":3}}"#);
    let reply = patch(V2_15, &mut nvs, good.as_bytes());
    assert!(matches!(reply.then, Some(Effect::Apply(changes)) if changes.pool && !changes.live));
    assert_eq!(
        (&*nvs.primary().url, nvs.primary().port, &*nvs.primary().password),
        ("sv2.example", 3336, "x")
    );
}

#[test]
fn a_pool_is_put_and_deleted_by_its_slot() {
    let mut nvs = device(V2_15);
    let put = |nvs: &mut Nvs, slot, body: &str| pools::put(V2_15, nvs, slot, body.as_bytes());
    let reply = put(&mut nvs, "0", POOL);
    assert_eq!((reply.status.0, &*reply.body), (200, &br#"{"message":"Pool updated successfully"}"#[..]));
    assert_eq!(&*nvs.primary().url, "sv2.example");
    for (slot, body, message) in [
        ("8", POOL, "Invalid pool index"),
        ("-1", POOL, "Invalid pool index"),
        ("2", "", "Invalid request length"),
        ("2", "{", "Invalid JSON"),
        ("2", r#"{"stratumURL":"","stratumPort":1,"stratumUser":"y"}"#, "Invalid pool configuration payload"),
        (
            "2",
            r#"{"stratumURL":"x","stratumPort":0,"stratumUser":"y"}"#,
            "Invalid pool configuration payload",
        ),
        ("2", r#"{"stratumURL":"x","stratumPort":1}"#, "Invalid pool configuration payload"),
    ] {
        let reply = put(&mut nvs, slot, body);
        assert_eq!((reply.status.0, &*reply.body), (400, message.as_bytes()), "{slot} {body}");
    }
    for (slot, status) in [("0", 400), ("1", 400), ("2", 200), ("9", 400)] {
        assert_eq!(pools::delete(V2_15, &mut nvs, slot).status.0, status, "{slot}");
    }
}

#[test]
fn a_hidden_password_that_comes_back_changes_nothing() {
    let mut nvs = device(V2_15);
    let pool = |password| {
        format!(r#"{{"stratumURL":"a","stratumPort":1,"stratumUser":"b","stratumPassword":"{password}"}}"#)
    };
    for (sent, kept) in [("secret", "secret"), ("*****", "secret"), ("", "")] {
        pools::put(V2_15, &mut nvs, "2", pool(sent).as_bytes());
        assert_eq!(nvs.pool(2).map(|pool| &*pool.password), Some(kept));
    }
}

#[test]
fn cors_headers_come_with_2_1_and_nerdqaxe_closes_its_connections() {
    for (firmware, headers) in [(esp((2, 0, 3)), 1), (esp((2, 1, 8)), 3), (NERD, 4)] {
        assert_eq!(patch(firmware, &mut device(firmware), FULL.as_bytes()).headers.len(), headers);
    }
}
