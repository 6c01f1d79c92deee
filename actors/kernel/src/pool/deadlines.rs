//! When something is due for a child of a pool: the end of its time to stop, of its back-off, or of its parking.

use std::collections::BTreeSet;

use tokio::time::Instant;

/// A moment for each child that has one. The pool needs a timer for the first of them only: a timer each would
/// be polled at every turn of the pool.
#[derive(Default)]
pub(super) struct Deadlines(BTreeSet<(Instant, u64)>);

impl Deadlines {
    pub(super) fn add(&mut self, at: Instant, key: u64) {
        self.0.insert((at, key));
    }

    pub(super) fn remove(&mut self, at: Instant, key: u64) {
        self.0.remove(&(at, key));
    }

    /// The first moment at which something is due.
    pub(super) fn first(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the first child for which something is due by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<u64> {
        self.first().filter(|at| *at <= now)?;
        self.0.pop_first().map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_due_is_taken_in_order_and_what_is_not_stays() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::default();
        for (seconds, key) in [(3, 30), (1, 10), (2, 20), (1, 11)] {
            deadlines.add(at(seconds), key);
        }
        deadlines.remove(at(1), 11);
        assert_eq!((deadlines.first(), deadlines.take_due(start)), (Some(at(1)), None));
        assert_eq!([(); 3].map(|()| deadlines.take_due(at(2))), [Some(10), Some(20), None]);
        assert_eq!(deadlines.first(), Some(at(3)));
    }
}
