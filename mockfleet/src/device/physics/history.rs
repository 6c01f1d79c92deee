//! What a device can still tell of its past: the last stretches since boot, from which any moment of them follows.

use super::reading;
use super::state::{Device, Phase};
use super::stretch::Stretch;
use crate::device::vitals::Sample;

/// Stretches that are kept. A device that nobody turns has none.
const STRETCHES: usize = 8;

/// Stretches that are over, each with its end, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past(Vec<(Stretch, u64)>);

impl Past {
    /// Keeps a stretch that is over. The seconds that a boot or a clock takes to come up leave a gap.
    pub(crate) fn keep(&mut self, stretch: Stretch, end_ms: u64) {
        if matches!(stretch.phase, Phase::Starting | Phase::Ramping) {
            return;
        }
        if self.0.len() == STRETCHES {
            self.0.remove(0);
        }
        self.0.push((stretch, end_ms));
    }

    /// At most so many samples from before `now_ms`, one a period since boot, the oldest first.
    pub(crate) fn samples(
        &self,
        device: &Device,
        present: &Stretch,
        booted_ms: u64,
        now_ms: u64,
        period_ms: u64,
        rows: usize,
    ) -> Vec<Sample> {
        let period_ms = period_ms.max(1);
        let last = now_ms.saturating_sub(booted_ms) / period_ms;
        let first = (last + 1).saturating_sub(rows as u64).max(1);
        (first..=last)
            .map(|nth| booted_ms + nth * period_ms)
            .filter_map(|unix_ms| {
                let stretch = self.stretch_at(unix_ms, present)?;
                Some(reading::sample(device, stretch, booted_ms, unix_ms))
            })
            .collect()
    }

    fn stretch_at<'a>(&'a self, unix_ms: u64, present: &'a Stretch) -> Option<&'a Stretch> {
        if present.start_ms <= unix_ms {
            return Some(present);
        }
        let (stretch, _) =
            self.0.iter().rev().find(|(stretch, end_ms)| stretch.start_ms <= unix_ms && unix_ms < *end_ms)?;
        Some(stretch)
    }
}
