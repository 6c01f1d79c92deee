//! Who is watched, and how long each has been silent. Pure: it is told of beats and of the watchdog's ticks.

use std::sync::Arc;
use std::time::Duration;

use super::Pulse;

/// The arbiters that are watched.
#[derive(Default)]
pub(super) struct Roll {
    rows: Vec<Row>,
    entered: u64,
}

/// Stands for one row: a name may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(u64);

struct Row {
    entry: Entry,
    arbiter: Arc<str>,
    /// Whether it beat since the last tick.
    beat: bool,
    /// Ticks in a row before which it did not beat.
    silent_ticks: u32,
    lag: Duration,
    lag_max: Duration,
}

impl Roll {
    /// Adds an arbiter. Another of its name goes.
    pub(super) fn enter(&mut self, name: &str) -> Entry {
        self.rows.retain(|row| &*row.arbiter != name);
        self.entered += 1;
        let entry = Entry(self.entered);
        self.rows.push(Row {
            entry,
            arbiter: name.into(),
            // It has the whole of its first beat, and not what is left until the next tick.
            beat: true,
            silent_ticks: 0,
            lag: Duration::ZERO,
            lag_max: Duration::ZERO,
        });
        entry
    }

    /// Adds an arbiter as `group:<n>`, with the lowest number that is free.
    pub(super) fn enter_among(&mut self, group: &str) -> Entry {
        let mut number = 0;
        loop {
            let name = format!("{group}:{number}");
            if self.rows.iter().all(|row| *row.arbiter != *name) {
                return self.enter(&name);
            }
            number += 1;
        }
    }

    pub(super) fn leave(&mut self, entry: Entry) {
        self.rows.retain(|row| row.entry != entry);
    }

    /// An arbiter beat, so much later than it was to.
    pub(super) fn beat(&mut self, entry: Entry, lag: Duration) {
        // One whose name was given again beats on unheard.
        let Some(row) = self.rows.iter_mut().find(|row| row.entry == entry) else { return };
        row.beat = true;
        row.silent_ticks = 0;
        row.lag = lag;
        row.lag_max = row.lag_max.max(lag);
    }

    /// The time of one beat has passed. Gives those whose silence has just come to the limit, and how long it is.
    pub(super) fn tick(&mut self, beat: Duration, limit: Option<Duration>) -> Vec<(Arc<str>, Duration)> {
        let mut told = Vec::new();
        for row in &mut self.rows {
            if std::mem::take(&mut row.beat) {
                continue;
            }
            let before = row.silent_for(beat);
            row.silent_ticks = row.silent_ticks.saturating_add(1);
            let silent_for = row.silent_for(beat);
            if limit.is_some_and(|limit| before < limit && silent_for >= limit) {
                told.push((Arc::clone(&row.arbiter), silent_for));
            }
        }
        told
    }

    pub(super) fn pulses(&self, beat: Duration) -> Vec<Pulse> {
        self.rows.iter().map(|row| row.pulse(beat)).collect()
    }
}

impl Row {
    fn silent_for(&self, beat: Duration) -> Duration {
        beat.saturating_mul(self.silent_ticks)
    }

    fn pulse(&self, beat: Duration) -> Pulse {
        let silent_for = self.silent_for(beat);
        // The next beat was due at the latest at the first of these ticks.
        let overdue = silent_for.saturating_sub(beat);
        Pulse {
            arbiter: Arc::clone(&self.arbiter),
            lag: self.lag.max(overdue),
            lag_max: self.lag_max.max(overdue),
            silent_for,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_secs(1);
    const LIMIT: Duration = Duration::from_secs(3);
    const LAG: Duration = Duration::from_millis(2);

    /// Lets so many ticks pass; what they told.
    fn ticks(roll: &mut Roll, count: u32) -> Vec<(Arc<str>, Duration)> {
        (0..count).flat_map(|_| roll.tick(BEAT, Some(LIMIT))).collect()
    }

    fn pulse(roll: &Roll) -> Pulse {
        roll.pulses(BEAT).remove(0)
    }

    fn names(roll: &Roll) -> Vec<String> {
        roll.pulses(BEAT).iter().map(|pulse| pulse.arbiter.to_string()).collect()
    }

    #[test]
    fn one_that_beats_between_ticks_is_not_silent() {
        let mut roll = Roll::default();
        let main = roll.enter("main");
        for _ in 0..10 {
            assert_eq!(ticks(&mut roll, 1), []);
            assert_eq!(pulse(&roll).silent_for, Duration::ZERO);
            roll.beat(main, LAG);
        }
    }

    #[test]
    fn silence_grows_with_every_tick_and_is_told_once_when_it_comes_to_the_limit() {
        let mut roll = Roll::default();
        roll.enter("main");
        assert_eq!(ticks(&mut roll, 1), [], "it has the whole of its first beat");
        assert_eq!(pulse(&roll).silent_for, Duration::ZERO);
        assert_eq!(ticks(&mut roll, 2), []);
        assert_eq!(pulse(&roll).silent_for, 2 * BEAT);
        assert_eq!(ticks(&mut roll, 1), [("main".into(), LIMIT)]);
        assert_eq!(ticks(&mut roll, 5), []);
        assert_eq!(pulse(&roll).silent_for, 8 * BEAT);
    }

    #[test]
    fn a_beat_ends_a_silence_at_once_and_the_next_one_is_told_anew() {
        let mut roll = Roll::default();
        let main = roll.enter("main");
        assert_eq!(ticks(&mut roll, 4).len(), 1);
        roll.beat(main, 3 * BEAT);
        assert_eq!(pulse(&roll).silent_for, Duration::ZERO);
        assert_eq!(ticks(&mut roll, 3), []);
        assert_eq!(ticks(&mut roll, 1).len(), 1);
    }

    #[test]
    fn a_limit_between_two_ticks_is_told_at_the_later_one_and_none_is_told_without_a_limit() {
        let mut roll = Roll::default();
        roll.enter("main");
        let limit = Some(BEAT * 3 / 2);
        let told: Vec<_> = (0..5).map(|_| roll.tick(BEAT, limit).len()).collect();
        assert_eq!(told, [0, 0, 1, 0, 0]);
        roll.enter("main");
        assert!((0..100).all(|_| roll.tick(BEAT, None).is_empty()));
    }

    #[test]
    fn a_process_that_was_stopped_and_goes_on_has_missed_one_tick_and_is_not_told() {
        let mut roll = Roll::default();
        let main = roll.enter("main");
        for hours_stopped in 1..=100 {
            roll.beat(main, LAG);
            ticks(&mut roll, 1);
            // Stopped here. When it goes on, the tick that is late may come before the beat that is late.
            assert_eq!(ticks(&mut roll, 1), []);
            assert_eq!(pulse(&roll).silent_for, BEAT);
            roll.beat(main, hours_stopped * 3600 * BEAT);
            assert_eq!(pulse(&roll).silent_for, Duration::ZERO);
        }
    }

    #[test]
    fn lag_is_that_of_the_last_beat_and_of_the_worst() {
        let mut roll = Roll::default();
        let main = roll.enter("main");
        roll.beat(main, 2 * LAG);
        roll.beat(main, LAG);
        let Pulse { lag, lag_max, .. } = pulse(&roll);
        assert_eq!((lag, lag_max), (LAG, 2 * LAG));
    }

    #[test]
    fn the_lag_of_a_silent_one_grows_and_a_beat_that_is_only_just_missed_adds_none() {
        let mut roll = Roll::default();
        let main = roll.enter("main");
        roll.beat(main, LAG);
        ticks(&mut roll, 2);
        assert_eq!(pulse(&roll).lag, LAG, "one tick may pass a moment before the beat");
        ticks(&mut roll, 2);
        let Pulse { lag, lag_max, .. } = pulse(&roll);
        assert_eq!((lag, lag_max), (2 * BEAT, 2 * BEAT));
        roll.beat(main, 3 * BEAT);
        roll.beat(main, LAG);
        let Pulse { lag, lag_max, .. } = pulse(&roll);
        assert_eq!((lag, lag_max), (LAG, 3 * BEAT));
    }

    #[test]
    fn one_that_has_left_is_forgotten_and_the_others_stay() {
        let mut roll = Roll::default();
        let (main, store) = (roll.enter("main"), roll.enter("store"));
        roll.leave(main);
        roll.beat(main, LAG);
        assert_eq!(names(&roll), ["store"]);
        roll.leave(store);
        assert_eq!(ticks(&mut roll, 10), []);
    }

    #[test]
    fn of_two_with_one_name_the_later_is_watched() {
        let mut roll = Roll::default();
        let earlier = roll.enter("main");
        roll.enter("main");
        for _ in 0..3 {
            roll.beat(earlier, LAG);
            ticks(&mut roll, 1);
        }
        roll.leave(earlier);
        assert_eq!((names(&roll), pulse(&roll).silent_for), (vec!["main".to_owned()], 2 * BEAT));
    }

    #[test]
    fn numbers_of_a_group_are_given_again_when_they_are_free() {
        let mut roll = Roll::default();
        let zero = roll.enter_among("http");
        roll.enter_among("http");
        roll.leave(zero);
        roll.enter_among("http");
        roll.enter_among("http");
        assert_eq!(names(&roll), ["http:1", "http:0", "http:2"]);
    }
}
