//! The answers to all that is asked and changes no setting.

use super::firmware::{Family, Firmware};
use super::json::{Json, Style, document};
use super::nvs::{Key, Nvs};
use super::page;
use super::patch::{INVALID, read};
use super::reply::{Effect, HTML, Reply};
use super::routes::{Request, Route};
use super::told::Told;

mod asic;
mod statistics;
#[cfg(test)]
mod tests;
mod upload;

/// How long a device waits between its answer and its restart.
const REBOOT_MS: u32 = 1_000;

const REBOOT: Effect = Effect::Reboot { after_ms: REBOOT_MS, silent: false, crash: false };

pub(super) fn answer(route: Route, request: &Request<'_>, body: &[u8], told: &Told<'_>) -> Reply {
    let firmware = told.firmware;
    let reply = match route {
        Route::Page => return page::page(firmware),
        Route::Recovery => return page::recovery(firmware),
        Route::Info => Reply::json(told.shape.render(told)),
        Route::Asic => Reply::json(asic::asic(told)),
        Route::Statistics => Reply::json(statistics::statistics(told, request.parameter("columns"))),
        Route::Dashboard => Reply::json(statistics::dashboard(told)),
        // A mock finds no share worth a place.
        Route::Scoreboard => Reply::json(&b"[]"[..]),
        Route::WifiScan => Reply::json(wifi_scan(told)),
        Route::Theme => Reply::json(theme(told)),
        Route::Swarm => Reply::json(told.nvs.text(Key::Swarm).as_bytes().to_vec()),
        Route::Restart => restart(firmware),
        Route::Pause => message(firmware, "Mining paused").then(Effect::Pause),
        Route::Resume => message(firmware, "Mining resumed").then(Effect::Resume),
        Route::Identify => identify(told),
        Route::DismissBlock => dismiss(told),
        Route::Boot => boot(firmware, body),
        Route::Firmware => upload::firmware(firmware, request.content_length),
        Route::Www => upload::www(firmware, request.content_length),
        Route::FirmwareFromGithub => Reply::text(HTML, "OTA started").then(REBOOT),
        Route::FirmwareState => Reply::json(&br#"{"running":false,"step":"","progress":0}"#[..]),
        Route::ShutDown => Reply::text(HTML, "System will shutdown shortly.").then(Effect::ShutDown),
        Route::ResetStatistics => Reply::done().then(Effect::ResetStatistics),
        Route::Influx => Reply::json(INFLUX),
        Route::Alert => Reply::json(ALERT),
        Route::OtpStatus => Reply::json(&br#"{"enabled":false}"#[..]),
        // Nothing is written to a database, sent to anybody or secured by a mock.
        Route::PatchInflux | Route::PatchAlert | Route::TestAlert | Route::SetOtp => Reply::done(),
        // A preflight has an empty body. The caller answers the streams and the log.
        _ => Reply::text(HTML, ""),
    };
    reply.of_api(firmware)
}

/// The settings of NerdQAxe's reports to a database and to a chat, as the factory leaves them.
const INFLUX: &[u8] = br#"{"influxURL":"","influxPort":8086,"influxToken":"","influxBucket":"","influxOrg":"","influxPrefix":"","influxEnable":0}"#;
const ALERT: &[u8] = br#"{"alertDiscordEnable":0,"alertDiscordWebhook":"","alertDiscordWatchdogEnable":0}"#;

fn message(firmware: Firmware, text: &str) -> Reply {
    Reply::json(document(Style::of(firmware), |json| json.key("message").text(text)))
}

/// Before 2.1.6 nobody is told: the connection ends.
fn restart(firmware: Firmware) -> Reply {
    const SHORTLY: &str = "System will restart shortly.";
    if firmware.family == Family::EspMiner && firmware.version < (2, 1, 6) {
        let effect = Effect::Reboot { after_ms: 0, silent: true, crash: false };
        return Reply::text(HTML, "").then(effect);
    }
    let is_json = firmware.is_esp_miner_from((2, 13, 0));
    let reply = if is_json { message(firmware, SHORTLY) } else { Reply::text(HTML, SHORTLY) };
    reply.then(REBOOT)
}

fn identify(told: &Told<'_>) -> Reply {
    let on = !told.state.says_hi;
    let text =
        if on { "The device says \"Hi!\" for 30 seconds." } else { "The device no longer says \"Hi!\"." };
    message(told.firmware, text).then(Effect::Identify { on })
}

fn dismiss(told: &Told<'_>) -> Reply {
    let body = document(Style::of(told.firmware), |json| {
        json.key("blockFound").count(told.vitals.blocks_found);
        json.key("showNewBlock").bool(false);
        json.key("message").text("Block found notification dismissed");
    });
    Reply::json(body).then(Effect::DismissBlock)
}

/// There is a firmware in one slot only.
fn boot(firmware: Firmware, body: &[u8]) -> Reply {
    if body.is_empty() {
        return Reply::error(400, "Empty request body");
    }
    let Some(value) = read(body) else { return Reply::error(400, INVALID) };
    match value.get("partition").and_then(serde_json::Value::as_str) {
        None => Reply::error(400, "Missing partition label"),
        Some("ota_0") => message(firmware, "Next boot partition set successfully. Rebooting...").then(REBOOT),
        Some("ota_1" | "factory") => Reply::error(400, "No valid firmware found on partition"),
        Some(_) => Reply::error(400, "Partition not found"),
    }
}

/// Its own network and one of the neighbours'.
fn wifi_scan(told: &Told<'_>) -> Vec<u8> {
    const WPA2: u8 = 3;
    let network = |json: &mut Json<'_>, ssid: &str, rssi_dbm: i32| {
        json.item().object(|json| {
            json.key("ssid").text(ssid);
            json.key("rssi").number(rssi_dbm);
            json.key("authmode").number(WPA2);
        });
    };
    document(Style::of(told.firmware), |json| {
        json.key("networks").array(|json| {
            network(json, told.nvs.text(Key::Ssid), told.vitals.wifi_rssi_dbm);
            network(json, "Guests", told.vitals.wifi_rssi_dbm - 12);
        });
    })
}

/// When the one colour took the place of the many is not known; that 2.14 has it is.
fn has_one_color(firmware: Firmware) -> bool {
    firmware.is_esp_miner_from((2, 14, 0))
}

fn theme(told: &Told<'_>) -> Vec<u8> {
    document(Style::of(told.firmware), |json| {
        json.key("colorScheme").text(told.nvs.text(Key::ColorScheme));
        if has_one_color(told.firmware) {
            let color = told.nvs.text(Key::Theme);
            json.key("primaryColor").text(if color.starts_with('#') { color } else { "#F80421" });
        } else {
            json.key("theme").text(told.nvs.text(Key::Theme));
            json.key("accentColors").raw(told.nvs.text(Key::AccentColors));
        }
    })
}

pub(super) fn set_theme(firmware: Firmware, nvs: &mut Nvs, body: &[u8]) -> Reply {
    let Some(value) = read(body) else { return Reply::error(400, INVALID).of_api(firmware) };
    let name = if has_one_color(firmware) { "primaryColor" } else { "theme" };
    for (name, key) in [("colorScheme", Key::ColorScheme), (name, Key::Theme)] {
        if let Some(text) = value.get(name).and_then(serde_json::Value::as_str) {
            nvs.set_text(key, text);
        }
    }
    if let Some(colors) = value.get("accentColors").filter(|colors| colors.is_object()) {
        nvs.set_text(Key::AccentColors, &colors.to_string());
    }
    // Told without its type, which is thus a page's.
    Reply::text(HTML, r#"{"status":"ok"}"#).of_api(firmware)
}
