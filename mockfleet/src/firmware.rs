//! Which firmware a miner runs, by the shares that the Node.js mock fleet was measured to have.

use crate::draw::Draw;

/// Versions and their shares in percent. They add up to 45, whatever the seeds' text says.
const SHARES: [(&str, u64); 10] = [
    ("v2.2.2", 5),
    ("v2.2.0", 5),
    ("v2.1.10", 20),
    ("v2.1.9", 2),
    ("v2.1.8", 5),
    ("v2.1.7", 2),
    ("v2.1.6", 2),
    ("v2.0.3", 2),
    ("v1.2.0", 1),
    ("v1.1.0", 1),
];

/// What the other 55 in a hundred run, so that it is 60 in all.
const REST: &str = "v2.1.8";

/// Draws the version of one miner, for as long as the miner lives.
pub(crate) fn version(draw: &mut Draw) -> &'static str {
    let mut left = draw.below(100);
    for (version, percent) in SHARES {
        if left < percent {
            return version;
        }
        left -= percent;
    }
    REST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(seed: u64, miners: u32) -> Vec<&'static str> {
        (0..miners).map(|index| version(&mut Draw::new(seed, index))).collect()
    }

    #[test]
    fn a_seed_makes_a_fleet_repeatable_and_another_seed_makes_another() {
        assert_eq!(versions(1, 100), versions(1, 100));
        assert_ne!(versions(1, 100), versions(2, 100));
    }

    #[test]
    fn a_miner_keeps_its_version_when_the_fleet_grows() {
        assert_eq!(versions(1, 10), versions(1, 100)[..10]);
    }

    #[test]
    fn shares_are_those_of_the_seeds_and_the_rest_runs_v2_1_8() {
        for seed in 0..5 {
            let versions = versions(seed, 20_000);
            let share = |wanted| versions.iter().filter(|version| **version == wanted).count() as f64 / 200.0;
            for (version, percent) in SHARES {
                let expected = if version == REST { 60.0 } else { percent as f64 };
                let found = share(version);
                assert!(
                    (found - expected).abs() < 1.0 + expected / 20.0,
                    "{version}: {found} %, seed {seed}"
                );
            }
        }
    }
}
