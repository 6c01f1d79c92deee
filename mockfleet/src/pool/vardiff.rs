//! The difficulty of one miner: fixed, or fitted to how many shares it sends.

use std::time::Duration;

/// What a miner starts from when its difficulty varies and it suggests none.
pub(crate) const START: f64 = 1_024.0;

/// The difficulties that a pool may ask for.
pub(crate) const LIMITS: (f64, f64) = (1e-9, 1e15);

/// Shares, come or awaited, that say enough of a miner.
const EVIDENCE: f64 = 4.0;

/// The most doublings, or halvings, at a time.
const STEPS_AT_MOST: f64 = 6.0;

/// A miner that fits is judged by no more than its last minutes.
const WINDOW: Duration = Duration::from_secs(300);

/// Fits a difficulty, by doubling and halving it, to so many shares a minute.
#[derive(Clone, Debug)]
pub(crate) struct Vardiff {
    per_minute: f64,
    shares: u32,
    since: Duration,
}

impl Vardiff {
    pub(crate) fn new(per_minute: f64, now: Duration) -> Self {
        Self { per_minute, shares: 0, since: now }
    }

    /// Counts an accepted share.
    pub(crate) fn share(&mut self) {
        self.shares = self.shares.saturating_add(1);
    }

    /// Begins anew, as when the difficulty was changed for another reason.
    pub(crate) fn restart(&mut self, now: Duration) {
        *self = Self::new(self.per_minute, now);
    }

    /// The difficulty for the next job, when it should be another one and no lower than `floor`.
    pub(crate) fn due(&mut self, now: Duration, current: f64, floor: f64) -> Option<f64> {
        let elapsed = now.saturating_sub(self.since);
        let awaited = self.per_minute * elapsed.as_secs_f64() / 60.0;
        let came = f64::from(self.shares);
        if awaited.max(came) < EVIDENCE {
            return None;
        }
        // Of a miner that sent nothing it is only known that it sends less than one.
        let doublings = (came.max(0.5) / awaited.max(1e-3)).log2();
        if doublings.abs() < 1.0 {
            if elapsed >= WINDOW {
                self.restart(now);
            }
            return None;
        }
        self.restart(now);
        let steps = doublings.round().clamp(-STEPS_AT_MOST, STEPS_AT_MOST);
        let next = within(current * steps.exp2(), floor);
        (next != current).then_some(next)
    }
}

/// The nearest difficulty that may be asked for.
pub(crate) fn within(difficulty: f64, floor: f64) -> f64 {
    difficulty.max(floor).clamp(LIMITS.0, LIMITS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn after(shares: u32, seconds: u64) -> Option<f64> {
        let mut vardiff = Vardiff::new(6.0, at(0));
        (0..shares).for_each(|_| vardiff.share());
        vardiff.due(at(seconds), 1024.0, 0.0)
    }

    #[test]
    fn a_miner_that_fits_keeps_its_difficulty() {
        assert_eq!([(6, 60), (4, 60), (11, 60), (24, 240)].map(|(n, s)| after(n, s)), [None; 4]);
    }

    #[test]
    fn too_many_shares_double_it_and_too_few_halve_it() {
        assert_eq!(after(12, 60), Some(2_048.0));
        assert_eq!(after(3, 60), Some(512.0));
        assert_eq!(after(96, 60), Some(16_384.0));
        assert_eq!(after(0, 60), Some(64.0), "half a share of six");
    }

    #[test]
    fn it_goes_six_steps_at_a_time_and_stays_within_its_limits() {
        assert_eq!(after(1_000_000, 60), Some(65_536.0));
        let mut vardiff = Vardiff::new(6.0, at(0));
        assert_eq!(vardiff.due(at(60), 1024.0, 256.0), Some(256.0));
        assert_eq!(vardiff.due(at(120), 256.0, 256.0), None, "no lower than the floor");
        assert_eq!((within(1e99, 0.0), within(-1.0, 0.0)), (LIMITS.1, LIMITS.0));
    }

    #[test]
    fn little_evidence_changes_nothing() {
        assert_eq!([(0, 30), (3, 10), (3, 1)].map(|(n, s)| after(n, s)), [None; 3]);
        assert_eq!(after(4, 0), Some(65_536.0), "four at once are many");
    }

    #[test]
    fn a_miner_is_judged_by_what_it_did_since_the_last_change() {
        let mut vardiff = Vardiff::new(6.0, at(0));
        (0..96).for_each(|_| vardiff.share());
        assert!(vardiff.due(at(60), 1.0, 0.0).is_some());
        (0..6).for_each(|_| vardiff.share());
        assert_eq!(vardiff.due(at(120), 16.0, 0.0), None);
    }
}
