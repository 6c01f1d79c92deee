//! What holds of every plan, whatever is asked and whatever is shown.

use super::golden::SUPPORTED;
use super::*;

/// A generator that is the same in every run (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    /// A good value for a setting, one of a few: so that it is often the one that is shown.
    fn value(&mut self, setting: Setting) -> Json {
        let nth = self.roll(3);
        match setting {
            Setting::Frequency => json!(490 + 10 * nth),
            Setting::CoreVoltage => json!(1166 + nth),
            Setting::AutoFan | Setting::Rotation | Setting::OverheatMode => json!(0),
            Setting::FlipScreen
            | Setting::InvertScreen
            | Setting::InvertFanPolarity
            | Setting::AutoScreenOff
            | Setting::UseFallback => json!(nth == 0),
            Setting::Hostname => json!(["axe", "pick", "drill"][nth as usize]),
            Setting::Ssid | Setting::StratumUser | Setting::FallbackUser => {
                json!(["home", "me.axe", "me.spare"][nth as usize])
            }
            Setting::StratumUrl | Setting::FallbackUrl => {
                json!(["old.example", "spare.example", "x"][nth as usize])
            }
            Setting::WifiPassword | Setting::StratumPassword | Setting::FallbackPassword => json!("hunter22"),
            _ => json!(50 + nth),
        }
    }

    fn wish(&mut self) -> Json {
        let mut asked = json!({});
        for setting in Setting::all() {
            if self.roll(3) == 0 {
                asked[setting.name()] = self.value(setting);
            }
        }
        asked
    }
}

/// Plans for wishes that each firmware can fulfil, with what was asked and shown.
fn plans() -> impl Iterator<Item = (Firmware, Shown, Changes, Plan)> {
    let mut dice = Dice(1);
    (0..1_600).filter_map(move |round| {
        let firmware = SUPPORTED[round % SUPPORTED.len()];
        let shown = shown(firmware, &json!({"wifiPass": "old"}));
        let mut asked = dice.wish();
        let members = asked.as_object_mut()?;
        members.retain(|name, _| {
            let setting = Setting::named(name).unwrap();
            dialect::name(setting, firmware).is_some()
        });
        let changes = changes(&asked);
        let plan = plan(&shown, &changes, false).unwrap();
        Some((firmware, shown, changes, plan))
    })
}

#[test]
fn no_plan_has_a_key_that_the_device_shows_so_already() {
    let mut sent = 0;
    for (firmware, shown, changes, plan) in plans() {
        // A 2.0 takes nothing less than all, and a slot nothing less than a whole pool.
        if dialect::wants_all(firmware) {
            continue;
        }
        for request in plan.requests.iter().filter(|request| request.method == Method::Patch) {
            for setting in request.names().filter_map(Setting::named).filter(|setting| !setting.is_secret()) {
                let asked = changes.settings().get(setting).unwrap();
                assert_ne!(shown.settings().get(setting), Some(asked), "{firmware}: {request}");
                sent += 1;
            }
        }
    }
    assert!(sent > 500, "{sent}");
}

#[test]
fn whatever_differs_and_every_secret_is_sent_in_the_names_of_the_firmware() {
    for (firmware, shown, changes, plan) in plans() {
        let due: Vec<_> =
            differing(changes.settings(), &shown).into_iter().chain(changes.secrets()).collect();
        let names: Vec<_> = plan.requests.iter().flat_map(Request::names).collect();
        for setting in due {
            assert!(plan.changes.contains(&setting), "{firmware}: {setting} of {plan:?}");
            let name = dialect::name(setting, firmware).unwrap();
            let in_slot = name.replace("fallbackStratum", "stratum");
            assert!(
                names.contains(&name) || names.contains(&in_slot.as_str()),
                "{firmware}: {name} of {plan:?}"
            );
        }
    }
}

#[test]
fn a_device_that_takes_what_it_is_sent_shows_what_was_asked() {
    for (firmware, _, changes, plan) in plans() {
        let mut after = json!({"wifiPass": "old"});
        for request in &plan.requests {
            let body: Json = serde_json::from_str(&request.expose_body().unwrap()).unwrap();
            match request.path.as_str() {
                "/api/system/pools/1" => object(&body).iter().for_each(|(name, value)| {
                    after[name.replace("stratum", "fallbackStratum")] = value.clone();
                }),
                _ => extend(&mut after, &body),
            }
        }
        let after = shown(firmware, &after);
        assert_eq!(differing(changes.settings(), &after), [], "{firmware}: {plan:?}");
    }
}
