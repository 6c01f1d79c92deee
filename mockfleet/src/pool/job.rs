//! The jobs of the pool: made from a seed, remembered while a share for them may come.
//!
//! A new block makes all work before it stale; a new job within a block does not.

use std::sync::Arc;

use super::hash::Hash;
use super::work::Work;
use crate::draw::Draw;

/// Jobs of one block for which shares are taken. Older ones are stale.
pub(crate) const JOBS_KEPT: usize = 16;

/// The bytes of an extranonce1.
pub(crate) const EXTRANONCE1_BYTES: usize = 4;

const VERSION: u32 = 0x2000_0000;
const NBITS: u32 = 0x1702_9b1d;

/// The height of the block before the first.
const HEIGHT: u32 = 900_000;

/// A job, and its notification but for the end, which is the same for all miners.
#[derive(Debug)]
pub(crate) struct Job {
    /// Jobs are numbered on from 1; the number in hexadecimal is the id.
    pub(crate) number: u32,
    pub(crate) work: Work,
    notify: Box<str>,
}

/// The jobs for which shares are taken now. Shared by all connections.
#[derive(Debug)]
pub(crate) struct Window {
    /// The current one stands last; their numbers follow each other.
    jobs: Vec<Arc<Job>>,
    /// Counted from 1.
    pub(crate) block: u32,
}

/// What a job's id stands for.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    /// Shares are taken for it.
    Known(&'a Job),
    /// It was one.
    Stale,
    /// There was never such a job.
    Unknown,
}

/// Makes the jobs. The same seed makes the same ones, but for their time.
#[derive(Debug)]
pub(crate) struct Maker {
    seed: u64,
    extranonce_bytes: usize,
    number: u32,
    block: u32,
    jobs: Vec<Arc<Job>>,
}

// === impl Job ===

impl Job {
    fn new(number: u32, work: Work) -> Self {
        Self { number, notify: work.notify().into(), work }
    }

    /// Adds the line that tells a miner of this job.
    pub(crate) fn tell(&self, is_clean: bool, out: &mut Vec<u8>) {
        out.extend_from_slice(self.notify.as_bytes());
        out.extend_from_slice(if is_clean { b"true]}\n" } else { b"false]}\n" });
    }
}

// === impl Window ===

impl Window {
    pub(crate) fn current(&self) -> Option<&Job> {
        self.jobs.last().map(Arc::as_ref)
    }

    /// The number of the first job for which shares are taken.
    pub(crate) fn first(&self) -> u32 {
        self.jobs.first().map_or(u32::MAX, |job| job.number)
    }

    pub(crate) fn find(&self, id: &str) -> Found<'_> {
        // An id is what was told, letter by letter: another spelling of the number is another job.
        let number = u32::from_str_radix(id, 16).ok().filter(|number| format!("{number:x}") == id);
        let (Some(number), Some(current)) = (number, self.current()) else { return Found::Unknown };
        if number == 0 || number > current.number {
            return Found::Unknown;
        }
        let kept = number.checked_sub(self.first()).and_then(|index| self.jobs.get(index as usize));
        kept.map_or(Found::Stale, |job| Found::Known(job))
    }
}

// === impl Maker ===

impl Maker {
    /// `extranonce_bytes` is the room that both extranonces take together.
    pub(crate) fn new(seed: u64, extranonce_bytes: usize) -> Self {
        Self { seed, extranonce_bytes, number: 0, block: 0, jobs: Vec::new() }
    }

    /// A new job on the same block; the first of all begins one. `ntime` is in seconds since 1970.
    pub(crate) fn job(&mut self, ntime: u32) -> Arc<Window> {
        if self.block == 0 {
            return self.block(ntime);
        }
        if self.jobs.len() == JOBS_KEPT {
            self.jobs.remove(0);
        }
        self.add(ntime, false)
    }

    /// A new block: all jobs before it are stale.
    pub(crate) fn block(&mut self, ntime: u32) -> Arc<Window> {
        self.block += 1;
        self.jobs.clear();
        self.add(ntime, true)
    }

    fn add(&mut self, ntime: u32, is_clean: bool) -> Arc<Window> {
        self.number += 1;
        let mut of_block = Draw::new(self.seed, self.block);
        // Other draws than those of any block: the seed's bits are turned around.
        let mut of_job = Draw::new(!self.seed, self.number);
        let work = Work {
            id: format!("{:x}", self.number),
            previous: block_hash(&mut of_block),
            coinbase1: coinbase1(HEIGHT + self.block, self.extranonce_bytes),
            coinbase2: coinbase2(&mut of_job),
            branches: (0..of_job.below(13)).map(|_| bytes(&mut of_job)).collect(),
            version: VERSION,
            nbits: NBITS,
            ntime,
            is_clean,
        };
        self.jobs.push(Arc::new(Job::new(self.number, work)));
        Arc::new(Window { jobs: self.jobs.clone(), block: self.block })
    }
}

/// A hash as blocks have it: small.
fn block_hash(draw: &mut Draw) -> Hash {
    let mut hash: Hash = bytes(draw);
    hash[22..].fill(0);
    hash
}

fn bytes<const N: usize>(draw: &mut Draw) -> [u8; N] {
    std::array::from_fn(|_| draw.below(256) as u8)
}

/// What pools write into the script after the extranonces.
const NAME: &[u8] = b"/shiftboss mock pool/";

/// A transaction with one input that spends nothing, up to the room for the extranonces.
fn coinbase1(height: u32, extranonce_bytes: usize) -> Vec<u8> {
    let [low, middle, high, _] = height.to_le_bytes();
    let script_bytes = 4 + extranonce_bytes + NAME.len();
    let mut coinbase = vec![1, 0, 0, 0, 1];
    coinbase.extend([0; 32]);
    coinbase.extend([0xff; 4]);
    coinbase.extend([script_bytes as u8, 3, low, middle, high]);
    coinbase
}

/// The rest of it: one output to nobody's key.
fn coinbase2(draw: &mut Draw) -> Vec<u8> {
    let mut coinbase = NAME.to_vec();
    coinbase.extend([0xff; 4]);
    coinbase.push(1);
    coinbase.extend(312_500_000_u64.to_le_bytes());
    coinbase.extend([0x19, 0x76, 0xa9, 0x14]);
    coinbase.extend(bytes::<20>(draw));
    coinbase.extend([0x88, 0xac, 0, 0, 0, 0]);
    coinbase
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(window: &Window) -> String {
        let mut line = Vec::new();
        let job = window.current().unwrap();
        job.tell(job.work.is_clean, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn the_same_seed_makes_the_same_jobs_and_another_one_others() {
        let jobs = |seed| {
            let mut maker = Maker::new(seed, 12);
            [told(&maker.job(7)), told(&maker.job(8)), told(&maker.block(9))]
        };
        assert_eq!(jobs(1), jobs(1));
        assert!(jobs(1).iter().zip(jobs(2)).all(|(one, other)| *one != other));
    }

    #[test]
    fn jobs_of_a_block_share_what_they_build_on_and_only_the_first_is_clean() {
        let mut maker = Maker::new(1, 12);
        let (first, second, third) = (maker.job(1), maker.job(2), maker.block(3));
        let work = |window: &Window| window.current().unwrap().work.clone();
        assert_eq!(work(&first).previous, work(&second).previous);
        assert_ne!(work(&second).previous, work(&third).previous);
        assert_eq!([&first, &second, &third].map(|window| work(window).is_clean), [true, false, true]);
        assert_eq!([&first, &second, &third].map(|window| window.block), [1, 1, 2]);
        assert!(told(&first).ends_with(",true]}\n") && told(&second).ends_with(",false]}\n"));
    }

    #[test]
    fn a_new_block_makes_all_jobs_before_it_stale() {
        let mut maker = Maker::new(1, 12);
        maker.job(1);
        assert!(matches!(maker.job(2).find("1"), Found::Known(job) if job.number == 1));
        let window = maker.block(3);
        assert!(matches!(window.find("1"), Found::Stale) && matches!(window.find("2"), Found::Stale));
        assert!(matches!(window.find("3"), Found::Known(job) if job.number == 3));
    }

    #[test]
    fn no_more_jobs_of_a_block_are_kept_than_the_limit() {
        let mut maker = Maker::new(1, 12);
        for _ in 0..JOBS_KEPT {
            maker.job(1);
        }
        let window = maker.job(1);
        assert_eq!(window.jobs.len(), JOBS_KEPT);
        assert!(matches!(window.find("1"), Found::Stale) && matches!(window.find("2"), Found::Known(_)));
        assert!(matches!(window.find("11"), Found::Known(job) if job.number == 17));
    }

    #[test]
    fn an_id_that_was_never_told_is_unknown_in_any_spelling() {
        let mut maker = Maker::new(1, 12);
        maker.job(1);
        let window = maker.job(1);
        for id in ["0", "3", "02", "+2", "", "ffffffff", "1ffffffff", "bf "] {
            assert!(matches!(window.find(id), Found::Unknown), "{id}");
        }
    }

    #[test]
    fn a_coinbase_has_room_for_both_extranonces() {
        let window = Maker::new(1, 12).job(1);
        let work = &window.current().unwrap().work;
        let script_bytes = usize::from(work.coinbase1[41]);
        assert_eq!(script_bytes, work.coinbase1.len() - 42 + 12 + NAME.len());
    }
}
