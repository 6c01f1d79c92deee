//! Tells which arbiters turn: each beats, and a thread of its own counts those that fall silent.
//!
//! Silence is counted in ticks of that thread, not read from a clock: a process that was stopped and goes on has
//! missed one tick, however long it stood. The thread does not log: an arbiter may be stuck on the log.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use actix::ArbiterHandle;
use tokio::time::Instant;

mod roll;
#[cfg(test)]
mod tests;

use roll::{Entry, Roll};

/// How a [`Watchdog`] counts.
#[derive(Clone, Copy, Debug)]
pub struct WatchdogConfig {
    /// How often each arbiter beats, and how often it is looked whether it did.
    pub beat: Duration,
    /// The silence that is told, rounded up to whole beats; none is told without it.
    pub limit: Option<Duration>,
}

/// What is known of one arbiter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulse {
    /// Its name.
    pub arbiter: Arc<str>,
    /// How late its last beat ran, or by how much the next is late already.
    pub lag: Duration,
    /// The largest lag since it is watched.
    pub lag_max: Duration,
    /// The time without a beat: as many beats as were missed in a row. One is no sign of anything, because a
    /// beat may run a moment after it was looked for.
    pub silent_for: Duration,
}

/// Watches arbiters. All clones are one watchdog, which ends with the last of them.
#[derive(Clone)]
pub struct Watchdog {
    shared: Arc<Shared>,
}

struct Shared {
    beat: Duration,
    roll: Mutex<Roll>,
    /// Dropped with the last clone, which ends the thread.
    _alive: Sender<()>,
}

/// The place of an arbiter on the roll. Left when the arbiter ends: then its beat is dropped.
struct Place {
    shared: Weak<Shared>,
    entry: Entry,
}

impl Watchdog {
    /// Starts the thread that counts. `on_silence` is called there, with an arbiter's name and its silence, once
    /// each time that an arbiter has been silent up to the limit.
    ///
    /// # Errors
    /// The operating system refuses a thread.
    pub fn start(
        config: WatchdogConfig,
        on_silence: impl FnMut(&str, Duration) + Send + 'static,
    ) -> io::Result<Self> {
        let (alive, ended) = channel();
        let shared = Arc::new(Shared { beat: config.beat, roll: Mutex::default(), _alive: alive });
        let watched = Arc::downgrade(&shared);
        thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(move || count(config, &watched, &ended, on_silence))?;
        Ok(Self { shared })
    }

    /// Watches an arbiter until it ends. Another of the same name is forgotten.
    pub fn watch(&self, name: &str, arbiter: &ArbiterHandle) {
        let place = self.place(|roll| roll.enter(name));
        // One that has ended drops the beat, and so its place.
        let _ = arbiter.spawn(beat(place, self.shared.beat));
    }

    /// Watches the arbiter of the calling thread until it ends. Another of the same name is forgotten.
    ///
    /// # Panics
    /// On a thread that has none.
    pub fn watch_here(&self, name: &str) {
        let place = self.place(|roll| roll.enter(name));
        actix_rt::spawn(beat(place, self.shared.beat));
    }

    /// Watches the arbiter of the calling thread until it ends, as `group:<n>` with the lowest number that no
    /// other of the group has.
    ///
    /// # Panics
    /// On a thread that has none.
    pub fn watch_here_among(&self, group: &str) {
        let place = self.place(|roll| roll.enter_among(group));
        actix_rt::spawn(beat(place, self.shared.beat));
    }

    /// All that are watched, in the order in which that began.
    pub fn pulses(&self) -> Vec<Pulse> {
        self.shared.roll().pulses(self.shared.beat)
    }

    fn place(&self, enter: impl FnOnce(&mut Roll) -> Entry) -> Place {
        Place { entry: enter(&mut self.shared.roll()), shared: Arc::downgrade(&self.shared) }
    }
}

impl Shared {
    fn roll(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.roll().leave(self.entry);
        }
    }
}

/// Beats on the arbiter it runs on, until the watchdog ends.
async fn beat(place: Place, every: Duration) {
    loop {
        let due = Instant::now() + every;
        tokio::time::sleep_until(due).await;
        let Some(shared) = place.shared.upgrade() else { return };
        shared.roll().beat(place.entry, due.elapsed());
    }
}

/// Counts silence on the watchdog's own thread.
fn count(
    config: WatchdogConfig,
    watched: &Weak<Shared>,
    ended: &Receiver<()>,
    mut on_silence: impl FnMut(&str, Duration),
) {
    let WatchdogConfig { beat, limit } = config;
    while ended.recv_timeout(beat) == Err(RecvTimeoutError::Timeout) {
        let Some(shared) = watched.upgrade() else { return };
        // The roll is free again when the silence is told: whoever is told may look at it.
        let silences = shared.roll().tick(beat, limit);
        for (arbiter, silent_for) in silences {
            on_silence(&arbiter, silent_for);
        }
    }
}
