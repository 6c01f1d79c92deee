//! What each firmware that is known is sent for the same wishes.

use super::*;

/// The firmwares that the mock fleet plays.
pub(super) const SUPPORTED: [Firmware; 16] = [
    Firmware::esp_miner(2, 0, 3),
    Firmware::esp_miner(2, 1, 8),
    Firmware::esp_miner(2, 2, 2),
    Firmware::esp_miner(2, 4, 0),
    Firmware::esp_miner(2, 6, 0),
    Firmware::esp_miner(2, 9, 0),
    Firmware::esp_miner(2, 11, 0),
    Firmware::esp_miner(2, 12, 0),
    Firmware::esp_miner(2, 13, 0),
    Firmware::esp_miner(2, 14, 0),
    Firmware::esp_miner(2, 15, 0),
    Firmware::nerdqaxe(1, 0, 15),
    Firmware::nerdqaxe(1, 0, 30),
    Firmware::nerdqaxe(1, 0, 35),
    Firmware::nerdqaxe(1, 0, 36),
    Firmware::nerdqaxe(1, 0, 37),
];

/// What a firmware is told for a wish.
fn told(firmware: Firmware, asked: &Json) -> String {
    let shown = shown(firmware, &json!({"wifiPass": "old", "overheat_mode": 1}));
    match plan(&shown, &changes(asked), false) {
        Ok(plan) => {
            let requests: Vec<_> = plan.requests.iter().map(ToString::to_string).collect();
            let restart = if plan.needs_restart { ", then a restart" } else { "" };
            format!("{}{restart}", requests.join(", "))
        }
        Err(refused) => refused.to_string(),
    }
}

fn wishes() -> [(&'static str, Json); 5] {
    [
        ("speed", json!({"frequency": 500, "coreVoltage": 1200})),
        ("fan and screen", json!({"autofanspeed": 0, "manualFanSpeed": 70, "invertscreen": true})),
        ("pool", json!({"stratumURL": "stratum+tcp://new.example:4444", "stratumPassword": "hunter22"})),
        ("fallback user", json!({"fallbackStratumUser": "me.new"})),
        ("wifi", json!({"ssid": "cellar", "wifiPassword": "hunter22"})),
    ]
}

#[test]
fn each_firmware_is_sent_what_it_takes_and_no_more() {
    let mut table = String::new();
    for firmware in SUPPORTED {
        table.push_str(&format!("{firmware}\n"));
        for (wish, asked) in wishes() {
            table.push_str(&format!("  {wish}: {}\n", told(firmware, &asked)));
        }
    }
    assert_eq!(table, include_str!("wishes.txt"), "\n{table}");
}

/// A value that the device of these tests does not show.
fn other(setting: Setting) -> Json {
    match setting {
        Setting::Frequency => json!(500),
        Setting::CoreVoltage => json!(1200),
        Setting::AutoFan => json!(1),
        Setting::OverheatMode => json!(0),
        Setting::Rotation => json!(90),
        Setting::FlipScreen | Setting::InvertFanPolarity => json!(false),
        Setting::InvertScreen | Setting::AutoScreenOff | Setting::UseFallback => json!(true),
        Setting::Hostname | Setting::Ssid | Setting::StratumUser | Setting::FallbackUser => json!("new"),
        Setting::StratumUrl | Setting::FallbackUrl => json!("new.example"),
        secret if secret.is_secret() => json!("hunter22"),
        _ => json!(55),
    }
}

/// What firmware 2.0 is sent, which is always all, by what is new in it.
fn of_all(text: &str) -> String {
    let before = told(SUPPORTED[0], &json!({"wifiPass": "old"}));
    let parts = |text: &str| text.split([',', '{', '}']).map(str::to_owned).collect::<Vec<_>>();
    let before = parts(&before);
    let new: Vec<_> = parts(text).into_iter().filter(|part| !before.contains(part)).collect();
    format!("all that it has, {}", if new.is_empty() { "as it was".to_owned() } else { new.join(",") })
}

#[test]
fn each_setting_has_the_name_and_the_type_that_each_firmware_gives_it() {
    let mut table = String::new();
    for setting in Setting::all() {
        table.push_str(&format!("{setting}\n"));
        let asked = json!({ setting.name(): other(setting) });
        let mut runs: Vec<(Firmware, Firmware, String)> = Vec::new();
        for firmware in SUPPORTED {
            let text = match dialect::name(setting, firmware) {
                None => "has none".to_owned(),
                Some(_) if dialect::wants_all(firmware) => of_all(&told(firmware, &asked)),
                Some(_) => told(firmware, &asked),
            };
            match runs.last_mut() {
                Some((first, last, same)) if *same == text && first.family == firmware.family => {
                    *last = firmware;
                }
                _ => runs.push((firmware, firmware, text)),
            }
        }
        for (first, last, text) in runs {
            let (major, minor, patch) = last.version;
            let to = if first == last { String::new() } else { format!(" to v{major}.{minor}.{patch}") };
            table.push_str(&format!("  {first}{to}: {text}\n"));
        }
    }
    assert_eq!(table, include_str!("settings.txt"), "\n{table}");
}
