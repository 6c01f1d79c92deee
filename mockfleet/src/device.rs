//! What a device of each firmware says and accepts, by family and version.
//!
//! Pure: a request and the moment's [`vitals`] go in, a description of the reply comes out. Facts are from the
//! firmwares' own sources and devices; where they are silent, the nearest version's habit is taken and said so.

mod access;
mod answers;
pub(crate) mod board;
pub(crate) mod fields;
pub(crate) mod firmware;
mod json;
mod number;
pub(crate) mod nvs;
mod page;
pub(crate) mod patch;
pub(crate) mod physics;
pub(crate) mod pool;
pub(crate) mod reply;
pub(crate) mod routes;
pub(crate) mod told;
pub(crate) mod vitals;

use std::sync::Arc;

use board::Board;
use fields::Shape;
use firmware::{Family, Firmware};
use nvs::{Key, Nvs};
use patch::BODY_BYTES;
use pool::Pool;
use reply::{Changes, Effect, Reply};
use routes::{Request, Route};
use told::{BootCause, Identity, Past, State, Told};
use vitals::Vitals;

/// One device without its clock, its sensors and its socket.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) firmware: Firmware,
    /// That of the firmware, shared by all that run it.
    pub(crate) shape: Arc<Shape>,
    pub(crate) identity: Identity,
    pub(crate) nvs: Nvs,
    pub(crate) state: State,
}

impl Device {
    /// What a request is for, or the answer to one that is for nothing that this device has.
    pub(crate) fn route(&self, request: &Request<'_>) -> Result<Route, Reply> {
        routes::route(self.firmware, self.nvs.text(Key::Hostname), request)
    }

    /// Answers a request, and does what can be done at once; the rest is the answer's [`Effect`].
    ///
    /// A WebSocket's upgrade and the logs are not answered here: their bodies are the caller's.
    pub(crate) fn answer(
        &mut self,
        route: Route,
        request: &Request<'_>,
        body: &[u8],
        vitals: &Vitals,
    ) -> Reply {
        let firmware = self.firmware;
        if route.keeps_body() && request.content_length.is_some_and(|length| length >= BODY_BYTES as u64) {
            return Reply::error(500, patch::TOO_LONG).of_api(firmware);
        }
        let reply = match route {
            Route::Patch => patch::patch(firmware, &mut self.nvs, body),
            Route::PutPool => patch::pools::put(firmware, &mut self.nvs, request.last_segment(), body),
            Route::DeletePool => patch::pools::delete(firmware, &mut self.nvs, request.last_segment()),
            Route::PatchSwarm => {
                self.nvs.set_text(Key::Swarm, &String::from_utf8_lossy(body));
                Reply::done().of_api(firmware)
            }
            Route::SetTheme => answers::set_theme(firmware, &mut self.nvs, body),
            _ => answers::answer(route, request, body, &self.told(vitals, request.past(firmware))),
        };
        self.feel(reply.then);
        reply
    }

    /// The info document at this moment, for the live stream.
    pub(crate) fn told<'a>(&'a self, vitals: &'a Vitals, past: Option<Past>) -> Told<'a> {
        let Self { firmware, shape, identity, nvs, state } = self;
        Told { firmware: *firmware, shape, identity, nvs, state, vitals, past }
    }

    /// What a request changes in the memory of the device itself.
    fn feel(&mut self, effect: Option<Effect>) {
        match effect {
            Some(Effect::Pause) => self.state.paused = true,
            Some(Effect::Resume) => self.state.paused = false,
            Some(Effect::Identify { on }) => self.state.says_hi = on,
            Some(Effect::DismissBlock) => self.state.shows_block = false,
            Some(Effect::ShutDown) => self.state.shut_down = true,
            Some(Effect::Apply(Changes { pool: true, .. })) if self.chooses_its_pool() => {
                self.state.on_fallback = self.nvs.flag(Key::UseFallback);
            }
            Some(Effect::Apply(_) | Effect::Reboot { .. } | Effect::ResetStatistics) | None => {}
        }
    }

    /// Forgets all that only the memory holds: the device boots.
    pub(crate) fn boot(&mut self, cause: BootCause) {
        let on_fallback = self.chooses_its_pool() && self.nvs.flag(Key::UseFallback);
        self.state = State { booted_by: cause, on_fallback, ..State::default() };
    }

    /// The pool that it mines at, or tries to.
    pub(crate) fn pool(&self) -> &Pool {
        if self.state.on_fallback { self.nvs.fallback() } else { self.nvs.primary() }
    }

    /// The difficulty that it asks its pool for; 0 is none. ESP-Miner keeps one for each pool, NerdQAxe one for all.
    pub(crate) fn suggested_difficulty(&self) -> u32 {
        match self.firmware.family {
            Family::EspMiner => self.pool().suggested_difficulty,
            Family::NerdQaxe => self.nvs.number(Key::PoolDifficulty) as u32,
        }
    }

    /// Whether its firmware knows a second pool, and it has one.
    pub(crate) fn has_fallback(&self) -> bool {
        let firmware = self.firmware;
        let knows_one = firmware.is_esp_miner_from((2, 3, 0)) || firmware.is_nerdqaxe_from((1, 0, 25));
        knows_one && !self.nvs.fallback().url.is_empty()
    }

    /// What it calls itself at a pool.
    pub(crate) fn agent(&self) -> String {
        let Board { device_model, asic_model, .. } = self.nvs.board();
        let maker = if self.firmware.family == Family::EspMiner { "bitaxe" } else { device_model };
        format!("{maker}/{asic_model}/{}", self.firmware)
    }

    /// Whether it can be told over HTTP which of its two pools to mine at.
    fn chooses_its_pool(&self) -> bool {
        self.firmware.is_esp_miner_from((2, 15, 0))
    }
}

#[cfg(test)]
mod tests;
