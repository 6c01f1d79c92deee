//! Whatever a store holds, it is the same after it has been exported and imported.

use proptest::prelude::*;

use super::*;

/// JSON as a client may keep in a preset. Numbers have the digits that a number keeps.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000_000_i32..1_000_000_000).prop_map(|milli| json!(f64::from(milli) / 1_000.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names that are no settings, some of them those of passwords.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["x[a-z.\\[\\]\"]{0,4}", "x[a-z]{0,2}Password"]
}

fn a_preset() -> impl Strategy<Value = Preset> {
    let settings = (any::<Option<u16>>(), prop::option::of("[ -~]{0,20}"));
    let configuration = (prop::collection::btree_map(name(), value(), 0..5), settings);
    ("[^\\pC]{1,100}", configuration, any::<(u64, u64)>()).prop_map(
        |(name, (members, (port, password)), times)| {
            let mut members: Map<_, _> = members.into_iter().collect();
            members.extend(
                port.filter(|port| *port > 0).map(|port| ("stratumPort".into(), json!(port.to_string()))),
            );
            members.extend(password.map(|text| ("stratumPassword".into(), json!(text))));
            let configuration = Configuration::new(members).unwrap();
            Preset { id: PresetId::draw(), name, configuration, created_ms: times.0, updated_ms: times.1 }
        },
    )
}

fn a_record() -> impl Strategy<Value = Record> {
    let asked = (
        prop::option::of(1.0..2_000.0_f64),
        any::<Option<bool>>(),
        prop::option::of("[a-z.]{1,20}(:[0-9]{1,7})?"),
    );
    (any::<u16>(), any::<(bool, bool, bool, u64, u64, u64)>(), asked).prop_map(
        |(
            index,
            (listening, trace_logs, given, created_ms, updated_ms, asked_ms),
            (frequency, flip, url),
        )| {
            let mut asked = Map::new();
            asked.extend(frequency.map(|mhz| ("frequency".into(), json!((mhz * 100.0).round() / 100.0))));
            asked.extend(flip.map(|flip| ("flipscreen".into(), json!(flip))));
            asked.extend(url.map(|url| ("stratumURL".into(), json!(url))));
            asked.extend(given.then(|| ("stratumPassword".into(), json!("hunter2"))));
            let mut desired = Desired::default();
            desired.ask(&Changes::parse(&asked).unwrap_or_default(), asked_ms);
            let preset = given.then(PresetId::draw);
            Record { created_ms, updated_ms, listening, trace_logs, preset, desired, ..record(index) }
        },
    )
}

fn a_found_device() -> impl Strategy<Value = Found> {
    (any::<u16>(), any::<String>(), any::<f64>(), any::<u64>()).prop_map(|(index, hostname, power, at_ms)| {
        let body =
            json!({"power": power, "ASICModel": "BM1368", "hostname": hostname, "z": {"Pass": "hunter2"}});
        let text = format!(" {body:#}");
        let seen = Arc::new(Observation::parse(text.as_bytes(), at_ms).unwrap());
        Found { seen, ..found(index) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_export_with_secrets_is_the_same_after_its_import(
        records in prop::collection::vec(a_record(), 0..6),
        presets in prop::collection::vec(a_preset(), 0..4),
        found in prop::collection::vec(a_found_device(), 0..4),
    ) {
        let records = records.into_iter().map(|record| {
            let address = format!("axe-{}.lan", record.mac.to_string().replace(':', "-"));
            Change::Record(Record { address, ..record })
        });
        let presets = presets.into_iter().map(|preset| Change::Preset(Arc::new(preset)));
        let changes: Vec<_> = records.chain(presets).chain(found.into_iter().map(Change::Found)).collect();
        let (one, other) = (Shelf::of(&changes), Shelf::empty());
        let text = one.text(Secrets::Included);
        other.import(&text, Mode::Merge).unwrap();
        prop_assert_eq!(&other.text(Secrets::Included), &text);

        // And without them, where the passwords are known.
        let without = other.text(Secrets::LeftOut);
        prop_assert!(!without.contains("hunter2"));
        let imported = other.import(&without, Mode::Replace).unwrap();
        prop_assert_eq!(imported.lacking, vec![]);
        prop_assert_eq!(&other.text(Secrets::Included), &text);
    }
}
