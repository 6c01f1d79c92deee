//! What one scrape shows: the rows of all meters, how the store does, the pulses of all arbiters and the accounts of all
//! kinds of actors, copied once.

use std::time::Duration;

use futures_util::future::{join, join_all};
use shiftboss_axeos::Reading;
use shiftboss_farm::Farm;
use shiftboss_farm::meter::{Row, Rows};
use shiftboss_farm::record::{Observation, State};
use shiftboss_farm::store::{Condition, Inspect};
use shiftboss_kernel::{KindStats, Pulse, Watchdog, kinds};

use crate::api::excerpt;

/// The time that a meter has to copy its rows; it does nothing else that takes any. The store, which may wait for its
/// disk, has as long.
const WITHIN: Duration = Duration::from_secs(2);

/// The snapshot.
#[derive(Debug)]
pub(super) struct Scrape {
    /// By MAC.
    pub(super) devices: Vec<Measured>,
    /// Meters that did not answer: their devices are missing here.
    pub(super) meters_missing: usize,
    /// None if it did not answer.
    pub(super) store: Option<Condition>,
    /// Of all arbiters.
    pub(super) pulses: Vec<Pulse>,
    /// By name.
    pub(super) kinds: Vec<KindStats>,
}

/// One polled device.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) row: Row,
    /// Its MAC as a label.
    pub(super) mac: String,
}

impl Scrape {
    /// Asks the store and all meters at once. One that does not answer is missed, not waited for.
    pub(super) async fn take(farm: &Farm, watchdog: &Watchdog) -> Self {
        let meters = join_all(farm.meters.iter().map(|meter| meter.ask(Rows, WITHIN)));
        let (answers, store) = join(meters, farm.store.ask(Inspect, WITHIN)).await;
        let meters_missing = answers.iter().filter(|rows| rows.is_err()).count();
        let rows = answers.into_iter().flatten().flatten().collect();
        Self { store: store.ok(), pulses: watchdog.pulses(), ..Self::of(rows, meters_missing, kinds()) }
    }

    pub(super) fn of(mut rows: Vec<Row>, meters_missing: usize, kinds: Vec<KindStats>) -> Self {
        rows.sort_by_key(|row| row.mac);
        let devices = rows.into_iter().map(|row| Measured { mac: row.mac.to_string(), row }).collect();
        Self { devices, meters_missing, store: None, pulses: Vec::new(), kinds }
    }
}

impl Measured {
    /// What it said last, be it long ago: good for names, not for measurements.
    pub(super) fn seen(&self) -> Option<&Observation> {
        self.row.seen.as_deref()
    }

    /// What it said last, if that counts as its present state.
    pub(super) fn present(&self) -> Option<&Observation> {
        self.seen().filter(|_| self.row.state.is_online())
    }

    /// What it measures now.
    pub(super) fn reading(&self) -> Option<&Reading> {
        self.present().map(|seen| &seen.reading)
    }

    /// The name it goes by; empty for one that never said it.
    ///
    /// Of all that a device says only the beginning is shown: one that sends a novel must not fill the scrape.
    pub(super) fn hostname(&self) -> &str {
        self.seen().map_or("", |seen| excerpt(&seen.hostname))
    }

    pub(super) fn labels(&self) -> [(&'static str, &str); 2] {
        [("mac", &self.mac), ("hostname", self.hostname())]
    }
}

/// A state as a label.
pub(super) fn name(state: State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Waiting => "waiting",
        State::Online => "online",
        State::Stale => "stale",
        State::Offline => "offline",
        State::Restarting => "restarting",
    }
}
