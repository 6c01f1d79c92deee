//! Chance that does not depend on how often it is asked: every value is a function of a key and a moment.

use crate::draw::scatter;

/// What a value of chance is about. Two subjects of one device have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    Ambient,
    Boot,
    Chip,
    ChipTemperature,
    Cooler,
    CoreVoltage,
    Cpu,
    Errors,
    Fan,
    Hashrate,
    HashrateMinute,
    HashrateTenMinutes,
    HashrateHour,
    HashrateDay,
    Heap,
    Latency,
    Power,
    Record,
    Rejected,
    RejectedShare,
    Accepted,
    Supply,
    VrTemperature,
    Wifi,
}

/// The chance of one device, 8 bytes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise(u64);

impl Noise {
    /// The chance of miner `index` of the fleet of `seed`. It does not depend on how many miners there are.
    pub(crate) fn new(seed: u64, index: u32) -> Self {
        Self(scatter(seed ^ scatter(u64::from(index))))
    }

    /// A key that belongs to one subject.
    pub(crate) fn key(self, subject: Subject) -> u64 {
        scatter(self.0 ^ (subject as u64 + 1))
    }

    /// A trait that a device has for life, from -1 to 1; `which` tells the traits of one subject apart.
    pub(crate) fn for_life(self, subject: Subject, which: u64) -> f64 {
        2.0 * unit(scatter(self.key(subject) ^ which)) - 1.0
    }

    /// A value from -1 to 1 that wanders to another one in every period, without a jump.
    pub(crate) fn wander(self, subject: Subject, unix_ms: u64, period_ms: u64) -> f64 {
        let key = self.key(subject);
        let bucket = unix_ms / period_ms;
        let within = (unix_ms % period_ms) as f64 / period_ms as f64;
        let (before, after) = (unit(scatter(key ^ bucket)), unit(scatter(key ^ (bucket + 1))));
        let eased = within * within * (3.0 - 2.0 * within);
        2.0 * (before + (after - before) * eased) - 1.0
    }
}

/// From 0 up to, not including, 1.
pub(crate) fn unit(word: u64) -> f64 {
    (word >> 11) as f64 * f64::EPSILON / 2.0
}

/// Of the standard normal distribution; never beyond 3.5, because it is the sum of four even ones.
pub(crate) fn normal(word: u64) -> f64 {
    let quarter = |shift: u32| (word >> shift & 0xffff) as f64 + 0.5;
    let sum = (quarter(0) + quarter(16) + quarter(32) + quarter(48)) / 65_536.0;
    (sum - 2.0) * 3_f64.sqrt()
}

/// Of the exponential distribution with mean 1; never 0.
pub(crate) fn exponential(word: u64) -> f64 {
    -unit(word).max(f64::EPSILON / 4.0).ln()
}

/// What the exponential of a word is not below, for much less than it costs.
pub(crate) fn at_least(word: u64) -> f64 {
    1.0 - unit(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wanders_stays_within_bounds_and_never_jumps() {
        let noise = Noise::new(1, 2);
        let mut last = noise.wander(Subject::Power, 0, 5_000);
        for unix_ms in (10..100_000).step_by(10) {
            let value = noise.wander(Subject::Power, unix_ms, 5_000);
            assert!((-1.0..=1.0).contains(&value));
            assert!((value - last).abs() < 0.01, "{last} to {value} at {unix_ms} ms");
            last = value;
        }
    }

    #[test]
    fn subjects_and_devices_wander_independently() {
        let values = |index, subject| {
            (0..1_000).map(move |step| Noise::new(1, index).wander(subject, step * 5_000, 5_000))
        };
        for other in [values(1, Subject::Power), values(0, Subject::Fan)] {
            let product: f64 = values(0, Subject::Power).zip(other).map(|(one, other)| one * other).sum();
            assert!(product.abs() < 50.0, "a correlation of {}", product / 333.0);
        }
    }

    #[test]
    fn draws_have_the_moments_of_their_distributions() {
        let words = || (0..100_000_u64).map(scatter);
        let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / 100_000.0;
        assert!(mean(&mut words().map(normal)).abs() < 0.02);
        assert!((mean(&mut words().map(|word| normal(word).powi(2))) - 1.0).abs() < 0.02);
        assert!((mean(&mut words().map(exponential)) - 1.0).abs() < 0.02);
        assert!(words().all(|word| at_least(word) <= exponential(word)));
        assert!(exponential(0) > 0.0 && exponential(u64::MAX).is_finite());
    }
}
