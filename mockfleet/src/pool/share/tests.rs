use super::*;
use crate::pool::job::Maker;

const EXTRANONCE1: [u8; 4] = [9, 8, 7, 6];
const MASK: u32 = 0x1fff_e000;

/// One in about 256 hashes meets it.
const EASY: f64 = 1.0 / 16_777_216.0;

fn terms(difficulty: f64) -> Terms<'static> {
    Terms {
        extranonce1: &EXTRANONCE1,
        extranonce2_bytes: 4,
        version_mask: MASK,
        difficulty,
        accept_synthetic: true,
    }
}

fn share(ntime: u32) -> Share {
    Share { extranonce2: vec![0, 0, 0, 1], ntime, nonce: 0, version_bits: Some(0x2000) }
}

fn window() -> std::sync::Arc<Window> {
    Maker::new(1, 8).job(1_000)
}

/// The first nonce that makes the share meet a difficulty, or miss it.
fn searched(job: &Job, meets: bool, difficulty: f64) -> Share {
    let of = |nonce| Share { nonce, ..share(job.work.ntime) };
    let is_met =
        |share: &Share| difficulty_of(&header(share, job, &terms(difficulty)).unwrap().hash()) >= difficulty;
    (0..).map(of).find(|share| is_met(share) == meets).unwrap()
}

fn refusal(share: &Share, window: &Window, terms: &Terms<'_>) -> Option<Reason> {
    let outcome = judge(share, window.current().unwrap(), terms, &mut Seen::default());
    outcome.err().map(|refused| refused.reason)
}

#[test]
fn a_share_that_was_searched_for_is_accepted_once() {
    let (window, mut seen) = (window(), Seen::default());
    let job = window.current().unwrap();
    let share = searched(job, true, EASY);
    let first = judge(&share, job, &terms(EASY), &mut seen).unwrap();
    assert!(matches!(first, Credit::Real(difficulty) if difficulty >= EASY), "{first:?}");
    let again = judge(&share, job, &terms(EASY), &mut seen).unwrap_err();
    assert_eq!(again.reason, Reason::Duplicate);
    assert!(again.share_difficulty.is_some());
}

#[test]
fn a_share_above_the_target_is_refused_with_its_difficulty_and_not_remembered() {
    let (window, mut seen) = (window(), Seen::default());
    let job = window.current().unwrap();
    let share = searched(job, false, EASY);
    for _ in 0..2 {
        let refused = judge(&share, job, &terms(EASY), &mut seen).unwrap_err();
        assert_eq!(refused.reason, Reason::AboveTarget);
        assert!(refused.share_difficulty.unwrap() < EASY);
    }
    assert!(seen.newer.is_empty());
}

#[test]
fn every_part_of_a_share_counts_for_its_hash() {
    let window = window();
    let job = window.current().unwrap();
    let hash = |share: &Share, terms: &Terms<'_>| header(share, job, terms).unwrap().hash();
    let good = share(1_000);
    let others = [
        Share { extranonce2: vec![0, 0, 0, 2], ..good.clone() },
        Share { ntime: 1_001, ..good.clone() },
        Share { nonce: 1, ..good.clone() },
        Share { version_bits: Some(0x4000), ..good.clone() },
        Share { version_bits: None, ..good.clone() },
    ];
    let base = hash(&good, &terms(1.0));
    assert!(others.iter().all(|other| hash(other, &terms(1.0)) != base));
    assert_ne!(hash(&good, &Terms { extranonce1: &[9, 8, 7, 7], ..terms(1.0) }), base);
}

#[test]
fn a_marked_share_is_credited_where_it_is_wanted_and_above_the_target_where_not() {
    let window = window();
    let job = window.current().unwrap();
    let plain = share(1_000);
    let nonce = synthetic::mark(&header(&plain, job, &terms(1e6)).unwrap());
    let (marked, mut seen) = (Share { nonce, ..plain }, Seen::default());
    assert_eq!(judge(&marked, job, &terms(1e6), &mut seen), Ok(Credit::Synthetic));
    let again = judge(&marked, job, &terms(1e6), &mut seen).unwrap_err();
    assert_eq!(again, Refused { reason: Reason::Duplicate, share_difficulty: None });
    let strict = Terms { accept_synthetic: false, ..terms(1e6) };
    assert_eq!(refusal(&marked, &window, &strict), Some(Reason::AboveTarget));
    let moved = Share { ntime: 1_001, ..marked };
    assert_eq!(refusal(&moved, &window, &terms(1e6)), Some(Reason::AboveTarget));
}

#[test]
fn the_time_may_be_rolled_ahead_but_not_back_nor_far() {
    let window = window();
    let of = |ntime| refusal(&share(ntime), &window, &terms(0.0));
    assert_eq!([1_000, 8_000].map(of), [None, None]);
    assert_eq!([0, 999, 8_001, u32::MAX].map(of), [Some(Reason::NtimeOutOfRange); 4]);
}

#[test]
fn only_the_bits_of_the_mask_may_be_rolled() {
    let window = window();
    let of = |bits| refusal(&Share { version_bits: bits, ..share(1_000) }, &window, &terms(0.0));
    assert_eq!([None, Some(0), Some(MASK), Some(0x2000)].map(of), [None; 4]);
    assert_eq!([Some(1), Some(0x2000_0000)].map(of), [Some(Reason::VersionMask); 2]);
    let none_agreed = Terms { version_mask: 0, ..terms(0.0) };
    assert_eq!(refusal(&share(1_000), &window, &none_agreed), Some(Reason::VersionMask));
}

#[test]
fn an_extranonce2_of_another_length_is_malformed() {
    let window = window();
    for length in [0, 3, 5, 8] {
        let share = Share { extranonce2: vec![0; length], ..share(1_000) };
        assert_eq!(refusal(&share, &window, &terms(0.0)), Some(Reason::Malformed), "{length}");
    }
}

#[test]
fn of_too_many_shares_the_older_half_is_forgotten() {
    let mut seen = Seen::default();
    assert!((0..2 * SEEN_KEPT as u64).all(|share| seen.insert(share)));
    assert!(!seen.insert(0), "the first is still known");
    assert!(seen.insert(u64::MAX), "one more than is kept");
    assert!(seen.insert(0) && !seen.insert(u64::MAX) && !seen.insert(2 * SEEN_KEPT as u64 - 1));
    assert!(seen.newer.len() + seen.older.len() <= 2 * SEEN_KEPT);
}
