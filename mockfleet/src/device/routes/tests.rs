use super::*;
use crate::device::firmware::SUPPORTED;

fn ask<'r>(method: &'r str, path: &'r str) -> Request<'r> {
    let peer = IpAddr::from([192, 168, 1, 9]);
    Request { method, path, query: None, content_length: None, peer, origin: None }
}

fn routed(firmware: Firmware, method: &str, path: &str) -> Result<Route, (u16, String)> {
    route(firmware, "bitaxe", &ask(method, path))
        .map_err(|reply| (reply.status.0, String::from_utf8_lossy(&reply.body).into_owned()))
}

/// The versions of ESP-Miner that are supported, by their minor number.
const MINORS: [(u16, u16); 11] =
    [(0, 3), (1, 8), (2, 2), (4, 0), (6, 0), (9, 0), (11, 0), (12, 0), (13, 0), (14, 0), (15, 0)];

#[test]
fn each_version_of_esp_miner_has_the_endpoints_of_its_time() {
    // The first and the last of the versions above that have it.
    for (method, path, wanted, first, last) in [
        ("GET", "/", Route::Page, 0, 15),
        ("GET", "/recovery", Route::Recovery, 2, 15),
        ("GET", "/api/system/info", Route::Info, 0, 15),
        ("PATCH", "/api/system", Route::Patch, 0, 15),
        ("POST", "/api/system/restart", Route::Restart, 0, 15),
        ("POST", "/api/system/OTA", Route::Firmware, 0, 15),
        ("POST", "/api/system/OTAWWW", Route::Www, 0, 15),
        ("GET", "/api/ws", Route::LogStream, 0, 15),
        ("GET", "/api/swarm/info", Route::Swarm, 1, 2),
        ("PATCH", "/api/swarm", Route::PatchSwarm, 1, 2),
        ("OPTIONS", "/api/system", Route::Preflight, 1, 15),
        ("OPTIONS", "/api/system/info", Route::Preflight, 13, 15),
        ("GET", "/api/theme", Route::Theme, 6, 15),
        ("POST", "/api/theme", Route::SetTheme, 6, 15),
        ("GET", "/api/system/wifi/scan", Route::WifiScan, 6, 15),
        ("GET", "/api/system/asic", Route::Asic, 9, 15),
        ("GET", "/api/system/statistics", Route::Statistics, 9, 15),
        ("GET", "/api/system/statistics/dashboard", Route::Dashboard, 9, 9),
        ("POST", "/api/system/identify", Route::Identify, 12, 15),
        ("POST", "/api/system/blockFound/dismiss", Route::DismissBlock, 13, 15),
        ("POST", "/api/system/pause", Route::Pause, 14, 15),
        ("POST", "/api/system/resume", Route::Resume, 14, 15),
        ("GET", "/api/system/scoreboard", Route::Scoreboard, 14, 15),
        ("GET", "/api/system/logs", Route::Logs, 14, 15),
        ("GET", "/api/ws/live", Route::LiveStream, 14, 15),
        ("POST", "/api/system/boot", Route::Boot, 15, 15),
        ("PUT", "/api/system/pools/3", Route::PutPool, 15, 15),
        ("DELETE", "/api/system/pools/3", Route::DeletePool, 15, 15),
    ] {
        for (minor, patch) in MINORS {
            let found = routed(Firmware::esp_miner(2, minor, patch), method, path);
            assert_eq!(
                found == Ok(wanted),
                (first..=last).contains(&minor),
                "2.{minor}: {method} {path} {found:?}"
            );
        }
    }
}

#[test]
fn nerdqaxe_has_endpoints_of_its_own() {
    for (method, path, wanted, since) in [
        ("GET", "/api/swarm/info", Route::Swarm, 15),
        ("GET", "/api/system/asic", Route::Asic, 30),
        ("GET", "/api/influx/info", Route::Influx, 30),
        ("PATCH", "/api/influx", Route::PatchInflux, 30),
        ("GET", "/api/alert/info", Route::Alert, 35),
        ("POST", "/api/alert/update", Route::PatchAlert, 35),
        ("POST", "/api/alert/test", Route::TestAlert, 35),
        ("GET", "/api/otp/status", Route::OtpStatus, 35),
        ("POST", "/api/otp/session", Route::SetOtp, 35),
        ("POST", "/api/system/OTA/github", Route::FirmwareFromGithub, 35),
        ("GET", "/api/system/OTA/github", Route::FirmwareState, 35),
        ("POST", "/api/system/shutdown", Route::ShutDown, 35),
        ("POST", "/api/system/reset-stats", Route::ResetStatistics, 35),
    ] {
        for patch in [15, 30, 35, 36, 37] {
            let found = routed(Firmware::nerdqaxe(1, 0, patch), method, path);
            assert_eq!(found == Ok(wanted), patch >= since, "1.0.{patch}: {method} {path} {found:?}");
        }
    }
}

#[test]
fn what_is_unknown_is_a_redirect_before_2_9_and_json_since() {
    let portal = "Redirect to the captive portal".to_owned();
    let wrong = "Specified method is invalid for this resource".to_owned();
    for firmware in SUPPORTED {
        let is_new = firmware.is_esp_miner_from((2, 9, 0));
        for (method, path) in [("GET", "/api/nothing"), ("GET", "/api/system"), ("POST", "/api/system/info")]
        {
            let (code, body) = routed(firmware, method, path).unwrap_err();
            let expected = if is_new {
                404
            } else if method == "GET" {
                302
            } else {
                405
            };
            assert_eq!(code, expected, "{firmware:#} {method} {path}");
            let json = serde_json::from_str::<serde_json::Value>(&body);
            assert_eq!(json.is_ok_and(|json| json["error"] == "unknown route"), is_new, "{body}");
        }
        assert_eq!(routed(firmware, "GET", "/nothing"), Err((302, portal.clone())));
        assert_eq!(routed(firmware, "HEAD", "/"), Err((405, wrong.clone())));
        let page = route(firmware, "bitaxe", &Request { query: Some("a=b"), ..ask("GET", "/") });
        assert_eq!(page.unwrap_err().headers[0], ("Location", "/"), "{firmware:#}");
    }
}

#[test]
fn a_stranger_is_401_everywhere_but_at_the_page() {
    for (firmware, guarded) in [
        (Firmware::esp_miner(2, 4, 0), false),
        (Firmware::esp_miner(2, 6, 0), true),
        (Firmware::esp_miner(2, 15, 0), true),
    ] {
        let stranger = |method, path| {
            let request = Request { peer: IpAddr::from([8, 8, 8, 8]), ..ask(method, path) };
            route(firmware, "bitaxe", &request).map_err(|reply| (reply.status.0, reply.body))
        };
        for (method, path) in [("GET", "/api/system/info"), ("PATCH", "/api/system"), ("GET", "/api/ws")] {
            let refused = stranger(method, path) == Err((401, b"Unauthorized"[..].into()));
            assert_eq!(refused, guarded, "{firmware:#} {method} {path}");
        }
        assert_eq!(stranger("GET", "/"), Ok(Route::Page));
        let unknown = stranger("GET", "/api/nothing").unwrap_err().0;
        assert_eq!(unknown, if firmware.is_esp_miner_from((2, 9, 0)) { 401 } else { 302 }, "{firmware:#}");
    }
}

#[test]
fn log_listeners_push_each_other_out_until_2_10() {
    assert_eq!(listeners(Firmware::esp_miner(2, 9, 0)), Listeners::Last);
    assert_eq!(listeners(Firmware::esp_miner(2, 10, 0)), Listeners::AtMost(10));
    assert_eq!(listeners(Firmware::nerdqaxe(1, 0, 37)), Listeners::Last);
    assert_eq!(too_many_listeners(Firmware::esp_miner(2, 10, 0)).status, (429, "Too Many Requests"));
}

#[test]
fn only_uploads_are_thrown_away_and_only_settings_are_kept() {
    assert!(Route::Firmware.discards_body() && Route::Www.discards_body() && !Route::Patch.discards_body());
    assert!(Route::Patch.keeps_body() && Route::PatchSwarm.keeps_body() && !Route::Firmware.keeps_body());
}

#[test]
fn nerdqaxe_tells_its_past_to_those_who_ask_from_a_time_on() {
    let nerd = Firmware::nerdqaxe(1, 0, 37);
    let past = |query| Request { query: Some(query), ..ask("GET", "/api/system/info") }.past(nerd);
    assert_eq!(past("ts=5"), Some(Past { from_unix_ms: 5, span_ms: HOUR_MS, limit: 0 }));
    let most = Some(Past { from_unix_ms: 5, span_ms: 3 * HOUR_MS, limit: 1_000 });
    assert_eq!(past("cur=1&ts=5&limit=9999&history_span=99999999999"), most);
    for query in ["", "ts", "ts=0", "ts=x", "limit=5"] {
        assert_eq!(past(query), None, "{query}");
    }
    let esp = Request { query: Some("ts=5"), ..ask("GET", "/api/system/info") };
    assert_eq!(esp.past(Firmware::esp_miner(2, 15, 0)), None);
}
