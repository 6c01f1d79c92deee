//! What the store does while it cannot write: when it tries again, and what it keeps for then. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use shiftboss_axeos::Mac;
use tokio::time::Instant;

use super::Change;
use crate::record::{Found, Observation};

/// From the failure of a write to the first try.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Each pause is twice the one before, up to this. So the store writes this long after there is room again, at most.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Devices of which is kept what they said, and as many of which is kept that they were found; the latest of each.
///
/// Twice the largest farm. Each answer is as long as `farm.body_limit_bytes` at most; far shorter ones are usual, and
/// the directory holds the latest of an imprinted device anyway.
pub(super) const MOST_KEPT: usize = 20_000;

/// The time since a write failed.
#[derive(Debug)]
pub(super) struct Outage {
    since: Instant,
    pause: Duration,
}

impl Outage {
    pub(super) fn new(now: Instant) -> Self {
        Self { since: now, pause: FIRST_PAUSE }
    }

    /// How long to wait before the next try; called once for each that failed.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = LONGEST_PAUSE.min(2 * pause);
        pause
    }

    /// What is said of it when it is over, with how many changes were too many to be kept.
    pub(super) fn report(&self, now: Instant, lost: u64) -> String {
        let seconds = now.saturating_duration_since(self.since).as_secs_f64();
        let mut report = format!("the store writes again; it could not for {seconds:.1} s");
        if lost > 0 {
            report += &format!(
                ", and {lost} changes are lost: what more than {MOST_KEPT} devices said is not kept"
            );
        }
        report
    }
}

/// Changes that nobody waits for, until they can be written: the latest of each device.
#[derive(Debug, Default)]
pub(super) struct Kept {
    seen: BTreeMap<Mac, Arc<Observation>>,
    found: BTreeMap<Mac, Found>,
    /// How many more there were.
    lost: u64,
}

impl Kept {
    /// Keeps a change that could not be written. One that somebody waits for is not: its failure is told.
    pub(super) fn keep(&mut self, change: Change) {
        let is_kept = match change {
            Change::Seen(mac, seen) => put(&mut self.seen, mac, seen),
            Change::Found(found) => put(&mut self.found, found.mac, found),
            Change::Clear
            | Change::Record(_)
            | Change::Remove(_)
            | Change::Preset(_)
            | Change::DropPreset(_) => true,
        };
        self.lost += u64::from(!is_kept);
    }

    /// Takes out all that is kept, to be written.
    pub(super) fn take(&mut self) -> Vec<Change> {
        let seen = std::mem::take(&mut self.seen).into_iter().map(|(mac, seen)| Change::Seen(mac, seen));
        seen.chain(std::mem::take(&mut self.found).into_values().map(Change::Found)).collect()
    }

    /// How many changes were too many since this was asked last.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

/// Puts it in, unless that would be one too many.
fn put<T>(kept: &mut BTreeMap<Mac, T>, mac: Mac, value: T) -> bool {
    let has_room = kept.len() < MOST_KEPT || kept.contains_key(&mac);
    if has_room {
        kept.insert(mac, value);
    }
    has_room
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::PresetId;
    use crate::testing::{found, info};

    fn seen(at_ms: u64) -> Arc<Observation> {
        Arc::new(Observation::parse(info("axe").as_bytes(), at_ms).unwrap())
    }

    fn mac(index: usize) -> Mac {
        let [.., a, b, c] = index.to_be_bytes();
        Mac([2, 0, 0, a, b, c])
    }

    #[test]
    fn pauses_grow_to_the_longest_and_stay_there() {
        let mut outage = Outage::new(Instant::now());
        let pauses: Vec<_> = (0..8).map(|_| outage.next_pause().as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    }

    #[test]
    fn when_it_is_over_one_line_says_how_long_it_was_and_what_is_lost() {
        let began = Instant::now();
        let (outage, now) = (Outage::new(began), began + Duration::from_millis(12_300));
        assert_eq!(outage.report(now, 0), "the store writes again; it could not for 12.3 s");
        let lost = "and 7 changes are lost: what more than 20000 devices said is not kept";
        assert!(outage.report(now, 7).ends_with(lost), "{}", outage.report(now, 7));
    }

    #[test]
    fn the_latest_of_each_device_is_kept_and_nothing_that_somebody_waits_for() {
        let mut kept = Kept::default();
        kept.keep(Change::Seen(mac(1), seen(5)));
        kept.keep(Change::Seen(mac(1), seen(6)));
        kept.keep(Change::Found(found(1)));
        kept.keep(Change::Found(found(1)));
        kept.keep(Change::DropPreset(PresetId::draw()));
        let changes = kept.take();
        assert!(
            matches!(&changes[..], [Change::Seen(_, seen), Change::Found(_)] if seen.at_ms == 6),
            "{changes:?}"
        );
        assert!(kept.take().is_empty());
        assert_eq!(kept.take_lost(), 0);
    }

    #[test]
    fn one_device_too_many_is_not_kept_but_counted_and_known_ones_still_are() {
        let mut kept = Kept::default();
        let seen = seen(5);
        for index in 0..=MOST_KEPT {
            kept.keep(Change::Seen(mac(index), Arc::clone(&seen)));
        }
        kept.keep(Change::Seen(mac(0), self::seen(6)));
        assert_eq!((kept.take_lost(), kept.take_lost()), (1, 0));
        let changes = kept.take();
        assert_eq!(changes.len(), MOST_KEPT);
        assert!(matches!(&changes[0], Change::Seen(_, seen) if seen.at_ms == 6));
    }
}
