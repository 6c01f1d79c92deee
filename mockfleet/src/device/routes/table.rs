//! Which endpoints each firmware has.

use super::Route;
use crate::device::firmware::{Family, Firmware, NEWEST, Version};

/// One path and method, and the versions that have them.
pub(super) struct Endpoint {
    family: Family,
    method: &'static str,
    /// With a star at its end, all that begins so.
    path: &'static str,
    since: Version,
    last: Version,
    pub(super) route: Route,
}

impl Endpoint {
    const fn esp(method: &'static str, path: &'static str, since: Version, route: Route) -> Self {
        Self { family: Family::EspMiner, method, path, since, last: NEWEST, route }
    }

    const fn nerd(method: &'static str, path: &'static str, since: Version, route: Route) -> Self {
        Self { family: Family::NerdQaxe, method, path, since, last: NEWEST, route }
    }

    const fn until(self, last: Version) -> Self {
        Self { last, ..self }
    }

    pub(super) fn takes(&self, firmware: Firmware, method: &str, path: &str) -> bool {
        self.family == firmware.family
            && (self.since..=self.last).contains(&firmware.version)
            && self.method == method
            && match self.path.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => self.path == path,
            }
    }
}

pub(super) static ENDPOINTS: &[Endpoint] = &[
    Endpoint::esp("GET", "/", (2, 0, 0), Route::Page),
    Endpoint::esp("GET", "/index.html", (2, 0, 0), Route::Page),
    Endpoint::esp("GET", "/recovery", (2, 1, 9), Route::Recovery),
    Endpoint::esp("GET", "/api/system/info", (2, 0, 0), Route::Info),
    Endpoint::esp("PATCH", "/api/system", (2, 0, 0), Route::Patch),
    Endpoint::esp("POST", "/api/system/restart", (2, 0, 0), Route::Restart),
    Endpoint::esp("POST", "/api/system/OTA", (2, 0, 0), Route::Firmware),
    Endpoint::esp("POST", "/api/system/OTAWWW", (2, 0, 0), Route::Www),
    Endpoint::esp("GET", "/api/ws", (2, 0, 0), Route::LogStream),
    Endpoint::esp("GET", "/api/swarm/info", (2, 1, 0), Route::Swarm).until((2, 3, 99)),
    Endpoint::esp("PATCH", "/api/swarm", (2, 1, 0), Route::PatchSwarm).until((2, 3, 99)),
    Endpoint::esp("OPTIONS", "/api/swarm", (2, 1, 0), Route::Preflight).until((2, 3, 99)),
    Endpoint::esp("OPTIONS", "/api/system", (2, 1, 0), Route::Preflight).until((2, 12, 99)),
    Endpoint::esp("OPTIONS", "/api/*", (2, 13, 0), Route::Preflight),
    Endpoint::esp("GET", "/api/theme", (2, 5, 0), Route::Theme),
    Endpoint::esp("POST", "/api/theme", (2, 5, 0), Route::SetTheme),
    Endpoint::esp("OPTIONS", "/api/theme", (2, 5, 0), Route::Preflight),
    Endpoint::esp("GET", "/api/system/wifi/scan", (2, 6, 0), Route::WifiScan),
    Endpoint::esp("GET", "/api/system/asic", (2, 7, 0), Route::Asic),
    Endpoint::esp("GET", "/api/system/statistics", (2, 8, 0), Route::Statistics),
    Endpoint::esp("GET", "/api/system/statistics/dashboard", (2, 8, 0), Route::Dashboard).until((2, 10, 1)),
    Endpoint::esp("POST", "/api/system/identify", (2, 12, 0), Route::Identify),
    Endpoint::esp("POST", "/api/system/blockFound/dismiss", (2, 13, 0), Route::DismissBlock),
    Endpoint::esp("POST", "/api/system/pause", (2, 14, 0), Route::Pause),
    Endpoint::esp("POST", "/api/system/resume", (2, 14, 0), Route::Resume),
    Endpoint::esp("GET", "/api/system/scoreboard", (2, 14, 0), Route::Scoreboard),
    Endpoint::esp("GET", "/api/system/logs", (2, 14, 0), Route::Logs),
    Endpoint::esp("GET", "/api/ws/live", (2, 14, 0), Route::LiveStream),
    Endpoint::esp("POST", "/api/system/boot", (2, 15, 0), Route::Boot),
    Endpoint::esp("PUT", "/api/system/pools/*", (2, 15, 0), Route::PutPool),
    Endpoint::esp("DELETE", "/api/system/pools/*", (2, 15, 0), Route::DeletePool),
    Endpoint::nerd("GET", "/", (1, 0, 0), Route::Page),
    Endpoint::nerd("GET", "/index.html", (1, 0, 0), Route::Page),
    Endpoint::nerd("GET", "/recovery", (1, 0, 0), Route::Recovery),
    Endpoint::nerd("GET", "/api/system/info", (1, 0, 0), Route::Info),
    Endpoint::nerd("PATCH", "/api/system", (1, 0, 0), Route::Patch),
    Endpoint::nerd("OPTIONS", "/api/system", (1, 0, 0), Route::Preflight),
    Endpoint::nerd("POST", "/api/system/restart", (1, 0, 0), Route::Restart),
    Endpoint::nerd("POST", "/api/system/OTA", (1, 0, 0), Route::Firmware),
    Endpoint::nerd("POST", "/api/system/OTAWWW", (1, 0, 0), Route::Www),
    Endpoint::nerd("GET", "/api/ws", (1, 0, 0), Route::LogStream),
    Endpoint::nerd("GET", "/api/swarm/info", (1, 0, 0), Route::Swarm),
    Endpoint::nerd("PATCH", "/api/swarm", (1, 0, 0), Route::PatchSwarm),
    Endpoint::nerd("OPTIONS", "/api/swarm", (1, 0, 0), Route::Preflight),
    // When these came is not known: each counts from the first tag that is known to have it, or its settings.
    Endpoint::nerd("GET", "/api/influx/info", (1, 0, 30), Route::Influx),
    Endpoint::nerd("PATCH", "/api/influx", (1, 0, 30), Route::PatchInflux),
    Endpoint::nerd("GET", "/api/system/asic", (1, 0, 30), Route::Asic),
    Endpoint::nerd("GET", "/api/alert/info", (1, 0, 33), Route::Alert),
    Endpoint::nerd("POST", "/api/alert/update", (1, 0, 33), Route::PatchAlert),
    Endpoint::nerd("POST", "/api/alert/test", (1, 0, 33), Route::TestAlert),
    Endpoint::nerd("POST", "/api/system/OTA/github", (1, 0, 34), Route::FirmwareFromGithub),
    Endpoint::nerd("GET", "/api/system/OTA/github", (1, 0, 34), Route::FirmwareState),
    Endpoint::nerd("GET", "/api/otp/status", (1, 0, 34), Route::OtpStatus),
    Endpoint::nerd("POST", "/api/otp", (1, 0, 34), Route::SetOtp),
    Endpoint::nerd("PATCH", "/api/otp", (1, 0, 34), Route::SetOtp),
    Endpoint::nerd("POST", "/api/otp/session", (1, 0, 34), Route::SetOtp),
    Endpoint::nerd("POST", "/api/system/shutdown", (1, 0, 35), Route::ShutDown),
    Endpoint::nerd("POST", "/api/system/reset-stats", (1, 0, 35), Route::ResetStatistics),
];
