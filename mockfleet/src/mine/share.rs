//! How a share is made: searched for where that is quick, and marked where nobody could wait for it.

use crate::pool::{Header, Work, difficulty_of, mark};

/// Shares up to this difficulty are searched for; one takes 4,096 hashes then, on average.
const SEARCHED_UP_TO: f64 = 4_096.0 / 4_294_967_296.0;

/// What a share is made of, but for the nonce.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    job: Box<str>,
    extranonce2: Vec<u8>,
    version_bits: u32,
    header: Header,
    difficulty: f64,
}

/// A share, ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) job: Box<str>,
    pub(crate) extranonce2: Vec<u8>,
    pub(crate) ntime: u32,
    pub(crate) nonce: u32,
    pub(crate) version_bits: u32,
    /// What it is worth; of a marked one only what was asked for is known.
    pub(crate) difficulty: Option<f64>,
}

impl Draft {
    /// The `number`th share of a connection for this work: no two are alike.
    pub(crate) fn new(
        work: &Work,
        extranonce1: &[u8],
        extranonce2_bytes: usize,
        version_mask: u32,
        number: u64,
        difficulty: f64,
    ) -> Self {
        let extranonce2: Vec<u8> =
            number.to_le_bytes().into_iter().chain([0; 32]).take(extranonce2_bytes).collect();
        let version_bits = spread(number, version_mask);
        let header = work.header(extranonce1, &extranonce2);
        let version = header.version & !version_mask | version_bits;
        let header = Header { version, ..header };
        Self { job: work.id.as_str().into(), extranonce2, version_bits, header, difficulty }
    }

    /// Marks it, if a search would take too long.
    pub(crate) fn marked(&self) -> Option<Share> {
        (self.difficulty > SEARCHED_UP_TO).then(|| self.with(mark(&self.header), None))
    }

    /// Tries so many nonces from the one that the last try has left; the share, once one is good enough.
    pub(crate) fn search(&mut self, nonces: u32) -> Option<Share> {
        for _ in 0..nonces {
            let difficulty = difficulty_of(&self.header.hash());
            if difficulty >= self.difficulty {
                return Some(self.with(self.header.nonce, Some(difficulty)));
            }
            self.header.nonce = self.header.nonce.wrapping_add(1);
        }
        None
    }

    fn with(&self, nonce: u32, difficulty: Option<f64>) -> Share {
        let Self { job, extranonce2, version_bits, header, .. } = self;
        Share {
            job: job.clone(),
            extranonce2: extranonce2.clone(),
            ntime: header.ntime,
            nonce,
            version_bits: *version_bits,
            difficulty,
        }
    }
}

/// Writes the bits of a number, the lowest first, into the places of a mask.
fn spread(number: u64, mask: u32) -> u32 {
    let mut places = (0..32).filter(|place| mask >> place & 1 == 1);
    (0..64)
        .map_while(|bit| Some((number >> bit & 1) << places.next()?))
        .fold(0, |bits, bit| bits | bit as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::recognise;

    fn work() -> Work {
        Work {
            id: "1a".to_owned(),
            previous: [7; 32],
            coinbase1: vec![1; 42],
            coinbase2: vec![2; 60],
            branches: vec![[3; 32]],
            version: 0x2000_0000,
            nbits: 0x1702_9b1d,
            ntime: 1_000,
            is_clean: true,
        }
    }

    fn draft(number: u64, difficulty: f64) -> Draft {
        Draft::new(&work(), &[9; 4], 8, 0x1fff_e000, number, difficulty)
    }

    /// The header that a pool rebuilds from a share.
    fn rebuilt(share: &Share) -> Header {
        let header = work().header(&[9; 4], &share.extranonce2);
        let version = header.version & !0x1fff_e000 | share.version_bits;
        Header { version, ntime: share.ntime, nonce: share.nonce, ..header }
    }

    #[test]
    fn an_easy_share_is_searched_for_and_is_worth_what_it_says() {
        let mut draft = draft(3, 1e-7);
        assert_eq!(draft.marked(), None);
        let share = std::iter::repeat_with(|| draft.search(64)).take(1_000).flatten().next().expect("found");
        let difficulty = difficulty_of(&rebuilt(&share).hash());
        assert_eq!(share.difficulty, Some(difficulty));
        assert!(difficulty >= 1e-7);
    }

    #[test]
    fn a_hard_share_is_marked() {
        let share = draft(3, 1.0).marked().expect("marked");
        assert!(recognise(&rebuilt(&share)));
        assert_eq!(share.difficulty, None);
    }

    #[test]
    fn no_two_shares_of_a_job_are_alike_and_only_bits_of_the_mask_are_rolled() {
        let shares: Vec<_> = (0..1_000).filter_map(|number| draft(number, 1.0).marked()).collect();
        let headers: std::collections::HashSet<_> =
            shares.iter().map(|share| rebuilt(share).bytes()).collect();
        assert_eq!(headers.len(), 1_000);
        assert!(shares.iter().all(|share| share.version_bits & !0x1fff_e000 == 0));
        assert!(shares.iter().any(|share| share.version_bits != 0));
    }

    #[test]
    fn a_number_is_spread_over_the_places_of_a_mask() {
        for (number, mask, bits) in
            [(0b101, 0xf0, 0b101_0000), (0b11, 0b1010, 0b1010), (7, 0, 0), (u64::MAX, u32::MAX, u32::MAX)]
        {
            assert_eq!(spread(number, mask), bits, "{number:b} {mask:b}");
        }
    }
}
