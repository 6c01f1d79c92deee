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
            let shown = shown(firmware, &json!({"wifiPass": "old"}));
            let told = match plan(&shown, &changes(&asked), false) {
                Ok(plan) => {
                    let requests: Vec<_> = plan.requests.iter().map(ToString::to_string).collect();
                    let restart = if plan.needs_restart { ", then a restart" } else { "" };
                    format!("{}{restart}", requests.join(", "))
                }
                Err(refused) => refused.to_string(),
            };
            table.push_str(&format!("  {wish}: {told}\n"));
        }
    }
    let expected = include_str!("golden.txt");
    assert_eq!(table, expected, "\n{table}");
}
