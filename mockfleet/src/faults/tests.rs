use serde_json::{Value, json};
use shiftboss_axeos::Mac;

use super::wire::{Deed, Strike};
use super::*;
use crate::device::firmware::Firmware;

fn one(text: &str) -> Affliction {
    text.parse().unwrap_or_else(|flaw| panic!("{text}: {flaw}"))
}

fn ill(text: &str) -> Ill {
    Ill {
        what: Arc::new(one(text)),
        since: Instant::now(),
        until: None,
        mac: Some(Mac([2, 0, 0, 0, 0, 9])),
        place: None,
    }
}

fn lies(texts: &[&str]) -> Lies {
    let ills: Vec<_> = texts.iter().map(|text| ill(text)).collect();
    Lies::of(&ills).expect("something that is not so")
}

fn seeds(count: u32) -> Vec<Member> {
    (0..count)
        .map(|index| Member {
            index,
            name: format!("mockaxe{}", index + 1),
            kind: Kind::Seed { is_new: index % 2 == 1 },
        })
        .collect()
}

#[test]
fn words_and_json_are_the_same_fault() {
    for (words, document) in [
        ("reset", json!({ "fault": "reset" })),
        (
            "slow delay_ms=3000 miners=mockaxe1,mockaxe7 for_seconds=60 probability=0.5",
            json!({
                "fault": "slow", "delay_ms": 3000, "miners": ["mockaxe1", "mockaxe7"], "for_seconds": 60,
                "probability": 0.5,
            }),
        ),
        ("black-hole share=0.05", json!({ "fault": "black-hole", "share": 0.05 })),
        (
            "clock-skew seconds=-3600 group=legacy",
            json!({ "fault": "clock-skew", "seconds": -3600, "group": "legacy" }),
        ),
        (
            "foreign-pool url=1.example port=3334 user=7",
            json!({ "fault": "foreign-pool", "url": "1.example", "port": 3334, "user": "7" }),
        ),
        ("status-500 group=esp-miner@2.9", json!({ "fault": "status-500", "group": "esp-miner@v2.9.0" })),
        ("duplicate-mac of=mockaxe3", json!({ "fault": "duplicate-mac", "of": "mockaxe3" })),
        ("lying-hashrate factor=1.5", json!({ "fault": "lying-hashrate", "factor": 1.5 })),
        ("reboot-loop every_seconds=60", json!({ "fault": "reboot-loop", "every_seconds": 60 })),
    ] {
        let body = json!({ "faults": [document.clone()] }).to_string();
        assert_eq!(read(body.as_bytes()), Ok(vec![one(words)]), "{words}");
        assert_eq!(serde_json::to_value(one(words)).unwrap(), document, "{words}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_field() {
    let refused = |fault: Value| {
        let body = json!({ "faults": [{ "fault": "reset" }, fault] }).to_string();
        read(body.as_bytes()).expect_err("it is refused").to_string()
    };
    for (fault, told) in [
        (json!({ "fault": "slow" }), "faults[1].delay_ms is missing, give one such as 3000"),
        (
            json!({ "fault": "slow", "delay_ms": 0 }),
            "faults[1].delay_ms is 0, it must be a whole number from 1 to 600000",
        ),
        (
            json!({ "fault": "slow", "delay_ms": 1.5 }),
            "faults[1].delay_ms is 1.5, it must be a whole number from 1 to 600000",
        ),
        (json!({ "fault": "reset", "delay_ms": 1 }), "faults[1].delay_ms is no field of reset"),
        (
            json!({ "fault": "reset", "share": 0 }),
            "faults[1].share is 0, it must be a number above 0 and up to 1",
        ),
        (json!({ "fault": "overheat", "probability": 0.5 }), "faults[1].probability is no field of overheat"),
        (
            json!({ "fault": "reset", "miners": [] }),
            "faults[1].miners is [], it must be a list of 1 to 256 texts of 1 to 128 bytes",
        ),
        (
            json!({ "fault": "reset", "group": "old" }),
            "faults[1].group is \"old\", it must be legacy or new, esp-miner or nerdqaxe, or a firmware such as \
             esp-miner@2.9.0",
        ),
        (
            json!({ "fault": "reboot-loop", "every_seconds": 9 }),
            "faults[1].every_seconds is 9, it must be a whole number from 10 to 86400",
        ),
        (
            json!({ "fault": "foreign-pool", "user": "a\nb" }),
            "faults[1].user is \"a\\nb\", it must be a text of 1 to 128 bytes",
        ),
        (json!({}), "faults[1].fault is missing, give one such as \"reset\""),
        (json!(3), "faults[1] must be an object such as {\"fault\":\"reset\"}"),
    ] {
        assert_eq!(refused(fault), told);
    }
    assert!(refused(json!({ "fault": "slw" })).starts_with("faults[1].fault is \"slw\", it must be slow, "));
}

#[test]
fn a_body_that_is_no_list_of_faults_is_refused() {
    let told = |body: &str| read(body.as_bytes()).expect_err("it is refused").to_string();
    assert!(told("[").starts_with("the body is not a JSON object: "));
    assert_eq!(told("{}"), "faults is missing, give one such as [{\"fault\":\"reset\"}]");
    assert_eq!(told(r#"{"faults":3}"#), "faults must be a list");
    assert_eq!(told(r#"{"faults":[],"fault":3}"#), "fault is no field of this body");
    let many = json!({ "faults": vec![json!({ "fault": "reset" }); FAULTS + 1] }).to_string();
    assert_eq!(told(&many), "faults has 65, it may have 64");
    assert_eq!(read(br#"{"faults":[]}"#), Ok(Vec::new()));
}

#[test]
fn words_that_are_no_fault_are_refused() {
    let told = |text: &str| text.parse::<Affliction>().expect_err("it is refused").to_string();
    assert!(told(" ").starts_with("fault is missing, write slow, "));
    assert_eq!(told("slow fast"), "fast is not a field with a value, such as share=0.05");
    assert_eq!(told("slow delay_ms=1 delay_ms=2"), "delay_ms is given twice, give it once");
    assert_eq!(told("slow delay_ms=x"), "delay_ms is \"x\", it must be a whole number from 1 to 600000");
}

#[test]
fn a_share_is_within_one_miner_of_exact_at_every_size_and_repeatable_by_seed() {
    for share in [0.01, 0.05, 0.1, 0.3, 1.0 / 3.0, 0.5, 0.7, 0.95, 1.0] {
        let fault = one(&format!("reset share={share}"));
        let all = seeds(2_000);
        let struck = chosen(1, 0, &fault, &all);
        assert_eq!(chosen(1, 0, &fault, &all), struck);
        for size in 0..=2_000_u32 {
            let hit = struck.iter().filter(|index| **index < size).count();
            let exact = f64::from(size) * share;
            assert!((hit as f64 - exact).abs() <= 1.0, "{hit} of {size} at {share}");
            if size % 500 == 0 {
                assert_eq!(
                    chosen(1, 0, &fault, &all[..size as usize]).len(),
                    hit,
                    "who joins changes nothing"
                );
            }
        }
        if (0.05..0.96).contains(&share) {
            assert_ne!(chosen(2, 0, &fault, &all), struck, "another seed");
            assert_ne!(chosen(1, 1, &fault, &all), struck, "another fault of the list");
        }
    }
}

#[test]
fn miners_are_meant_by_name_by_pattern_by_group_and_by_what_they_can_suffer() {
    let names = |text: &str, members: &[Member]| {
        let struck = chosen(1, 0, &one(text), members);
        struck.iter().map(|index| index + 1).collect::<Vec<_>>()
    };
    let seeds = seeds(12);
    assert_eq!(names("reset miners=mockaxe3,mockaxe1*", &seeds), [1, 3, 10, 11, 12]);
    assert_eq!(names("reset miners=*axe*2", &seeds), [2, 12]);
    assert_eq!(names("reset miners=mockaxe", &seeds), [0; 0]);
    assert_eq!(names("reset group=legacy miners=mockaxe1*", &seeds), [1, 11]);
    assert_eq!(names("reset group=new", &seeds), [2, 4, 6, 8, 10, 12]);
    assert_eq!(names("overheat", &seeds), [0; 0]);
    assert_eq!(names("reset group=new share=0.5", &seeds).len(), 3);
    let firmwares =
        [Firmware::esp_miner(2, 0, 3), Firmware::esp_miner(2, 9, 0), Firmware::nerdqaxe(1, 0, 37)];
    let devices: Vec<_> = (0..)
        .zip(firmwares)
        .map(|(index, firmware)| Member { index, name: String::new(), kind: Kind::Device(firmware) })
        .collect();
    assert_eq!(names("reset group=esp-miner", &devices), [1, 2]);
    assert_eq!(names("reset group=nerdqaxe@1.0.37", &devices), [3]);
    assert_eq!(names("reset group=legacy", &devices), [0; 0]);
    assert_eq!(names("overheat", &devices), [2]);
}

const DOCUMENT: &str = r#"{"hashRate":500.5,"sharesAccepted":7,"sharesRejected":1,"uptimeSeconds":100,"stratumURL":"a","stratumPort":1,"stratumUser":"b","hashRateTimestamp":5000000,"odd":1.50,"history":{"hashrate_10m":[100,200],"timestamps":[3],"timestampBase":5000000}}"#;

fn told(retold: &mut Retold, document: &str) -> Value {
    serde_json::from_slice(&retold.tell(document.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_document_that_is_not_lied_about_keeps_every_byte() {
    let told = Retold::begin(None, lies(&["duplicate-mac"])).tell(DOCUMENT.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(told).unwrap(), DOCUMENT);
}

#[test]
fn hash_rates_are_told_so_many_times_also_those_of_the_past() {
    let told = told(&mut Retold::begin(None, lies(&["lying-hashrate factor=2"])), DOCUMENT);
    assert_eq!(
        (&told["hashRate"], &told["history"]["hashrate_10m"]),
        (&json!(1001.0), &json!([200.0, 400.0]))
    );
    assert_eq!(told["sharesAccepted"], 7);
}

#[test]
fn a_clock_is_off_wherever_a_time_is_told_and_uptime_is_never_less_than_nothing() {
    let told = |seconds: i64| {
        told(&mut Retold::begin(None, lies(&[&format!("clock-skew seconds={seconds}")])), DOCUMENT)
    };
    let ahead = told(50);
    assert_eq!((&ahead["uptimeSeconds"], &ahead["hashRateTimestamp"]), (&json!(150), &json!(5_050_000)));
    assert_eq!(
        (&ahead["history"]["timestampBase"], &ahead["history"]["timestamps"]),
        (&json!(5_050_000), &json!([3]))
    );
    assert_eq!(told(-500)["uptimeSeconds"], 0);
}

#[test]
fn what_is_frozen_stays_as_it_was_first_told_until_the_lie_ends() {
    let later = DOCUMENT.replace("500.5", "600").replace(":7", ":9").replace("[100,200]", "[300]");
    let mut retold = Retold::begin(None, lies(&["frozen-hashrate", "silent-miner"]));
    told(&mut retold, DOCUMENT);
    let mut retold = Retold::begin(Some(retold), lies(&["frozen-hashrate", "foreign-pool"]));
    let shown = told(&mut retold, &later);
    assert_eq!((&shown["hashRate"], &shown["history"]["hashrate_10m"]), (&json!(500.5), &json!([100, 200])));
    assert_eq!(shown["sharesAccepted"], 9, "it is silent no more");
    assert_eq!(
        (&shown["stratumURL"], &shown["stratumPort"], &shown["stratumUser"]),
        (&json!("pool.example"), &json!(3333), &json!("stranger.worker"))
    );
}

#[test]
fn delays_add_up_and_the_first_other_fault_counts() {
    let wire = Wire::new(1, 0);
    assert_eq!(wire.strike(), None);
    wire.set(&[
        ill("slow delay_ms=100"),
        ill("overheat"),
        ill("slow delay_ms=50"),
        ill("html"),
        ill("reset"),
    ]);
    let delay = std::time::Duration::from_millis(150);
    assert_eq!(wire.strike(), Some(Strike { delay, deed: Some(Deed::Html) }));
    assert_eq!(wire.strike_frame(), None, "a stream is no document");
    wire.set(&[ill("black-hole")]);
    assert_eq!(wire.strike_frame(), Some(Deed::BlackHole));
    wire.set(&[ill("overheat")]);
    assert_eq!(wire.strike(), None);
}

#[test]
fn a_client_who_speaks_was_heard_last_and_is_waited_on_unless_he_has_a_stream() {
    let [first, second] = [(); 2].map(|()| Link::new(Wire::calm()));
    assert!(first.heard() < second.heard() && first.is_quiet());
    first.hears();
    assert!(first.heard() > second.heard() && !first.is_quiet());
    first.takes_request(true);
    assert!(first.is_quiet(), "nobody waits for a stream");
}

#[test]
fn a_probability_strikes_so_many_requests_and_the_same_ones_by_the_same_seed() {
    let strikes = |seed: u64| {
        let wire = Wire::new(seed, 0);
        wire.set(&[ill("reset probability=0.25")]);
        (0..4_000).map(|_| wire.strike().is_some()).collect::<Vec<_>>()
    };
    let hit = strikes(1).iter().filter(|hit| **hit).count();
    assert!((900..1_100).contains(&hit), "{hit}");
    assert_eq!(strikes(1), strikes(1));
    assert_ne!(strikes(1), strikes(2));
}

#[test]
fn the_manual_tells_of_every_fault_and_every_field_of_it() {
    let manual = include_str!("../../../docs/mockfleet.md");
    for text in [
        "slow delay_ms=1 for_seconds=1 probability=1 share=1 group=new miners=a",
        "half-answer",
        "bad-json",
        "html",
        "status-500",
        "reset",
        "black-hole",
        "frozen-hashrate",
        "lying-hashrate factor=1",
        "silent-miner",
        "foreign-pool",
        "reboot-loop every_seconds=60",
        "overheat",
        "clock-skew seconds=1",
        "changed-ip",
        "duplicate-mac of=a",
    ] {
        let told = serde_json::to_value(one(text)).unwrap();
        for (field, value) in told.as_object().expect("an object") {
            let name = if field == "fault" { value.as_str().expect("a name") } else { field };
            assert!(manual.contains(&format!("`{name}`")), "docs/mockfleet.md does not tell of {name}");
        }
        assert_eq!(told["fault"], one(text).fault.name());
    }
}
