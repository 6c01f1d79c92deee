//! What a device answers, before anybody sends it, and what it does then.

use std::borrow::Cow;

use super::firmware::Firmware;

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html";
pub(crate) const TEXT: &str = "text/plain";

/// What browsers of other pages are told. They cannot come anyway: see [`access`](super::access).
const CORS: &[(&str, &str)] = &[
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", "Content-Type"),
];

/// A header and its value.
pub(crate) type Header = (&'static str, &'static str);

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    /// The code, and the words after it, which are the firmware's own.
    pub(crate) status: (u16, &'static str),
    pub(crate) content_type: &'static str,
    /// Beside the content type and the length.
    pub(crate) headers: Vec<Header>,
    /// Sent in chunks, without a length.
    pub(crate) chunked: bool,
    pub(crate) body: Cow<'static, [u8]>,
    pub(crate) then: Option<Effect>,
}

/// What a device does once it has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It restarts. When `silent` it does so instead of an answer: the client sees its connection end.
    Reboot {
        after_ms: u32,
        silent: bool,
        crash: bool,
    },
    /// Settings have changed.
    Apply(Changes),
    Pause,
    Resume,
    /// Its display says `Hi!` for 30 s, or stops to.
    Identify {
        on: bool,
    },
    DismissBlock,
    /// NerdQAxe turns its ASICs off until it restarts.
    ShutDown,
    /// NerdQAxe counts its shares and its best difficulty anew.
    ResetStatistics,
}

/// What a change of settings touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The ASICs, the fan or its target: a device acts on them within two seconds.
    pub(crate) live: bool,
    /// How often a row of the statistics is taken.
    pub(crate) statistics: bool,
    /// The pool. Before ESP-Miner 2.15 and NerdQAxe 1.0.35 it takes a restart to mine at it.
    pub(crate) pool: bool,
    /// What only the next boot reads: the Wi-Fi, the display.
    pub(crate) at_boot: bool,
}

impl Changes {
    /// Both.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            live: self.live || other.live,
            statistics: self.statistics || other.statistics,
            pool: self.pool || other.pool,
            at_boot: self.at_boot || other.at_boot,
        }
    }
}

impl Reply {
    pub(crate) fn ok(content_type: &'static str, body: impl Into<Cow<'static, [u8]>>) -> Self {
        Self {
            status: (200, "OK"),
            content_type,
            headers: Vec::new(),
            chunked: false,
            body: body.into(),
            then: None,
        }
    }

    pub(crate) fn json(body: impl Into<Cow<'static, [u8]>>) -> Self {
        Self::ok(JSON, body)
    }

    /// A static text.
    pub(crate) fn text(content_type: &'static str, body: &'static str) -> Self {
        Self::ok(content_type, body.as_bytes())
    }

    /// The end of a chunked body, and nothing before it.
    pub(crate) fn done() -> Self {
        Self { chunked: true, ..Self::text(HTML, "") }
    }

    /// An error as the device's HTTP server words it. The connection stays open.
    pub(crate) fn error(code: u16, message: &'static str) -> Self {
        Self { status: (code, reason(code)), ..Self::text(HTML, message) }
    }

    /// A device that falls over in the middle of a request.
    pub(crate) fn crash() -> Self {
        let then = Some(Effect::Reboot { after_ms: 0, silent: true, crash: true });
        Self { then, ..Self::text(HTML, "") }
    }

    pub(crate) fn then(self, effect: Effect) -> Self {
        Self { then: Some(effect), ..self }
    }

    /// With the headers that a firmware gives to an answer of its API. NerdQAxe ends the connection after each.
    pub(crate) fn of_api(mut self, firmware: Firmware) -> Self {
        let count = if firmware.version < (2, 1, 0) && firmware.is_esp_miner_from((2, 0, 0)) { 1 } else { 3 };
        // With a place for the next one.
        self.headers.reserve_exact(count + 1);
        self.headers.extend_from_slice(&CORS[..count]);
        self.closing(firmware)
    }

    /// With the end of the connection, where the firmware ends it.
    pub(crate) fn closing(mut self, firmware: Firmware) -> Self {
        if firmware.is_nerdqaxe_from((1, 0, 0)) {
            self.headers.push(("Connection", "close"));
        }
        self
    }

    /// What an answer is that nobody gets.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.then, Some(Effect::Reboot { silent: true, .. }))
    }
}

/// The words of the device's HTTP server.
fn reason(code: u16) -> &'static str {
    match code {
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        _ => "Internal Server Error",
    }
}
