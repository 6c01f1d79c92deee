//! Who listens to the streams of a device, and whom its firmware still lets.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use crate::clock::Clock;
use crate::device::firmware::Firmware;
use crate::device::routes::{Listeners, listeners};
use crate::draw::Draw;

/// The listeners; of those who are gone nobody knows.
#[derive(Default)]
pub(super) struct Ears(Vec<Weak<AtomicBool>>);

/// The place of a listener, for as long as he keeps it.
#[derive(Clone, Debug)]
pub(crate) struct Ear {
    place: Arc<AtomicBool>,
    pub(super) draw: Draw,
    pub(super) booted_unix_ms: u64,
    pub(super) clock: Clock,
}

impl Ears {
    /// Lets one more listen, if the firmware has a place for him.
    pub(super) fn admit(
        &mut self,
        firmware: Firmware,
        draw: Draw,
        booted_unix_ms: u64,
        clock: Clock,
    ) -> Option<Ear> {
        self.0.retain(|place| place.strong_count() > 0);
        match listeners(firmware) {
            Listeners::AtMost(most) if self.0.len() >= most => return None,
            Listeners::AtMost(_) => {}
            Listeners::Last => {
                let former = self.0.drain(..).filter_map(|place| place.upgrade());
                former.for_each(|is_deaf| is_deaf.store(true, Ordering::Relaxed));
            }
        }
        let place = Arc::default();
        self.0.push(Arc::downgrade(&place));
        Some(Ear { place, draw, booted_unix_ms, clock })
    }
}

impl Ear {
    /// Whether another has taken the stream from him.
    pub(super) fn is_deaf(&self) -> bool {
        self.place.load(Ordering::Relaxed)
    }

    /// Milliseconds since the device's boot.
    pub(super) fn uptime_ms(&self) -> u64 {
        self.clock.unix_ms().saturating_sub(self.booted_unix_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(ears: &mut Ears, firmware: Firmware) -> Option<Ear> {
        ears.admit(firmware, Draw::new(1, 0), 0, Clock::new())
    }

    #[test]
    fn before_2_10_whoever_comes_takes_the_stream_from_him_who_had_it() {
        let mut ears = Ears::default();
        let firmware = Firmware::esp_miner(2, 9, 0);
        let first = admit(&mut ears, firmware).unwrap();
        assert!(!first.is_deaf());
        let second = admit(&mut ears, firmware).unwrap();
        assert!(first.is_deaf() && !second.is_deaf());
    }

    #[test]
    fn since_2_10_there_are_ten_places_and_who_leaves_frees_his() {
        let mut ears = Ears::default();
        let firmware = Firmware::esp_miner(2, 10, 0);
        let mut admitted: Vec<_> = (0..10).map(|_| admit(&mut ears, firmware).unwrap()).collect();
        assert!(admit(&mut ears, firmware).is_none());
        admitted.pop();
        assert!(admit(&mut ears, firmware).is_some());
        assert!(admitted.iter().all(|ear| !ear.is_deaf()));
    }
}
