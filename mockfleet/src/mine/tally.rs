//! What a device shows of its mining: counted since its boot, but for the best share ever, which lies in its flash.

use crate::device::vitals::Vitals;

/// Reasons of refusals that are counted apart; all others count as the last of them.
const REASONS: usize = 16;

/// What became of the shares of a device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    accepted: u64,
    rejected: Vec<(Box<str>, u64)>,
    best_session: f64,
    best_ever: f64,
    response_time_ms: f64,
    /// What the pool asks for, once it has said so.
    difficulty: Option<f64>,
}

impl Tally {
    /// The device boots.
    pub(crate) fn begin_anew(&mut self) {
        *self = Self { best_ever: self.best_ever, ..Self::default() };
    }

    pub(crate) fn accepted(&mut self, difficulty: f64, after_ms: u64) {
        self.accepted += 1;
        self.best_session = self.best_session.max(difficulty);
        self.best_ever = self.best_ever.max(difficulty);
        self.response_time_ms = after_ms as f64;
    }

    pub(crate) fn rejected(&mut self, reason: &str, after_ms: u64) {
        self.response_time_ms = after_ms as f64;
        let known = self.rejected.iter().position(|(known, _)| **known == *reason);
        match known.or((self.rejected.len() == REASONS).then_some(REASONS - 1)) {
            Some(which) => self.rejected[which].1 += 1,
            None => self.rejected.push((reason.into(), 1)),
        }
    }

    pub(crate) fn asked_for(&mut self, difficulty: f64) {
        self.difficulty = Some(difficulty);
    }

    /// Puts what really happened in place of what the model supposes.
    pub(crate) fn show(&self, vitals: &mut Vitals) {
        vitals.shares_accepted = self.accepted;
        vitals.shares_rejected = self.rejected.iter().map(|(_, count)| count).sum();
        vitals.rejections.clone_from(&self.rejected);
        vitals.best_session_difficulty = self.best_session;
        vitals.best_difficulty = self.best_ever;
        vitals.response_time_ms = self.response_time_ms;
        if let Some(difficulty) = self.difficulty {
            vitals.pool_difficulty = difficulty;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_costs_all_but_the_best_share_ever() {
        let mut tally = Tally::default();
        tally.accepted(5.0, 20);
        tally.accepted(3.0, 10);
        tally.rejected("Stale", 30);
        assert_eq!((tally.accepted, tally.best_session, tally.response_time_ms), (2, 5.0, 30.0));
        tally.begin_anew();
        tally.accepted(1.0, 1);
        assert_eq!((tally.accepted, tally.rejected.len()), (1, 0));
        assert_eq!((tally.best_session, tally.best_ever), (1.0, 5.0));
    }

    #[test]
    fn reasons_without_end_are_counted_and_take_no_memory() {
        let mut tally = Tally::default();
        (0..100).for_each(|reason| tally.rejected(&format!("reason {reason}"), 1));
        assert_eq!(tally.rejected.len(), REASONS);
        assert_eq!(tally.rejected.iter().map(|(_, count)| count).sum::<u64>(), 100);
    }
}
