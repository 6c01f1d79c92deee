use super::*;

fn sorted(names: &[&[&'static str]]) -> Vec<&'static str> {
    let mut names = names.concat();
    names.sort_unstable();
    names
}

#[test]
fn the_asic_tells_more_with_each_version() {
    let keys = |firmware| {
        let document = read_json(&ask(firmware, "GET", "/api/system/asic", ""));
        document.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let v2_7 = ["ASICModel", "frequencyOptions", "voltageOptions"];
    let v2_9 = ["asicCount", "defaultFrequency", "defaultVoltage", "deviceModel", "swarmColor"];
    assert_eq!(keys(Firmware::esp_miner(2, 7, 0)), sorted(&[&v2_7]));
    assert_eq!(keys(Firmware::esp_miner(2, 8, 0)), sorted(&[&v2_7, &v2_9[1..3]]));
    assert_eq!(keys(Firmware::esp_miner(2, 9, 0)), sorted(&[&v2_7, &v2_9]));
    assert_eq!(keys(Firmware::esp_miner(2, 12, 0)), sorted(&[&v2_7, &v2_9, &["hashDomains"]]));
    assert_eq!(keys(V2_15), sorted(&[&v2_7, &v2_9]));
    let limits = ["absMaxFrequency", "absMaxVoltage", "ecoFrequency", "ecoVoltage"];
    assert_eq!(keys(Firmware::nerdqaxe(1, 0, 30)), sorted(&[&v2_7, &v2_9]));
    assert_eq!(keys(NERD), sorted(&[&v2_7, &v2_9, &limits]));
}

#[test]
fn statistics_are_empty_until_a_period_is_set_and_begin_at_boot() {
    let (mut device, mut vitals) = device(V2_15);
    let rows = |device: &mut Device, vitals: &Vitals| {
        let document = read_json(&send(device, vitals, "GET", "/api/system/statistics", ""));
        let width = document["labels"].as_array().unwrap().len();
        let rows = document["statistics"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row.as_array().unwrap().len() == width));
        rows
    };
    assert_eq!(rows(&mut device, &vitals).len(), 0);
    send(&mut device, &vitals, "PATCH", "/api/system", r#"{"statsFrequency":600}"#);
    let kept = rows(&mut device, &vitals);
    assert_eq!((kept.len(), &kept[3][18]), (4, &json!(3_000_000)), "ten minutes before an hour's end");
    vitals.uptime_seconds = 1_200;
    assert_eq!(rows(&mut device, &vitals).len(), 2);
}

#[test]
fn statistics_have_the_labels_of_their_time_and_the_columns_that_are_asked_for() {
    let labels = |firmware, target: &str| {
        let document = read_json(&ask(firmware, "GET", target, ""));
        document["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|label| label.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = "/api/system/statistics";
    let v2_9 = "hashRate,temp,vrTemp,power,voltage,current,coreVoltageActual,fanspeed,fanrpm,wifiRSSI,freeHeap,timestamp";
    assert_eq!(labels(Firmware::esp_miner(2, 9, 0), all).join(","), v2_9);
    let v2_11 = "hashrate,errorPercentage,asicTemp,vrTemp,asicVoltage,voltage,power,current,fanSpeed,fanRpm,fan2Rpm,\
                 wifiRssi,freeHeap,responseTime,timestamp";
    assert_eq!(labels(Firmware::esp_miner(2, 11, 0), all).join(","), v2_11);
    assert_eq!((labels(Firmware::esp_miner(2, 12, 0), all).len(), labels(V2_15, all).len()), (18, 19));
    for (columns, expected) in [
        ("?columns=power,hashrate", "hashrate,power,timestamp"),
        ("?columns=power%2Chashrate", "hashrate,power,timestamp"),
        ("?columns=power,nothing", "power,timestamp"),
    ] {
        assert_eq!(labels(V2_15, &format!("{all}{columns}")).join(","), expected);
    }
    assert_eq!(labels(V2_15, &format!("{all}?columns=nothing")).len(), 19);
    let dashboard =
        read_json(&ask(Firmware::esp_miner(2, 9, 0), "GET", "/api/system/statistics/dashboard", ""));
    assert_eq!(dashboard["currentTimestamp"], 3_600_000);
}
