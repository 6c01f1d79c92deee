//! The device's book and the mock pool's, told to each other without a socket.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::pool::job::{EXTRANONCE1_BYTES, Maker};
use crate::pool::session::{self, Admission, Difficulty, Moment, Outcome, Rules};
use crate::pool::{Record, Style};

const STYLES: [Style; 5] = [Style::Ckpool, Style::Classic, Style::PublicPool, Style::Nicehash, Style::Object];

/// One in about 256 hashes meets it.
const EASY: f64 = 1.0 / 16_777_216.0;

fn login() -> Login {
    Login {
        agent: "bitaxe/BM1368/v2.12.0".into(),
        user: "a.b".into(),
        password: "x".into(),
        suggested_difficulty: 1_000,
        subscribes_to_extranonces: true,
    }
}

/// A device and a pool that hear each other at once.
struct Pair {
    miner: Session,
    pool: session::Session,
    maker: Maker,
    at: Moment,
    records: Vec<Record>,
    events: Vec<Event>,
    /// What the device has said.
    said: Vec<Value>,
}

impl Pair {
    fn new(style: Style, difficulty: f64, accept_synthetic: bool) -> Self {
        let mut maker = Maker::new(1, EXTRANONCE1_BYTES + style.extranonce2_bytes());
        let difficulty = Difficulty::Fixed(difficulty);
        let rules =
            Rules { style, difficulty, admission: Admission::Any, accept_synthetic, extranonce_blocks: 1 };
        let mut pool = session::Session::new(7, Arc::new(rules));
        let at = Moment { since_start: Duration::ZERO, time: Timestamp::UNIX_EPOCH };
        pool.announce(maker.job(1_000), at, &mut Outcome::default());
        let miner = Session::new(login());
        let mut pair =
            Self { miner, pool, maker, at, records: Vec::new(), events: Vec::new(), said: Vec::new() };
        let mut out = Vec::new();
        pair.miner.greet(&mut out);
        pair.hear(&out);
        pair
    }

    /// The pool hears the device, and the device the pool, until both have said all.
    fn hear(&mut self, said: &[u8]) {
        let mut answers = Outcome::default();
        for line in said.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.said.push(serde_json::from_slice(line).expect("JSON"));
            self.pool.line(line, self.at, &mut answers).expect("the pool bears it");
        }
        self.tell(answers);
    }

    fn tell(&mut self, outcome: Outcome) {
        self.records.extend(outcome.records);
        let mut out = Vec::new();
        for line in outcome.bytes.split(|byte| *byte == b'\n') {
            self.miner.line(line, 5, &mut out, &mut self.events).expect("the device stays");
        }
        if !out.is_empty() {
            self.hear(&out);
        }
    }

    fn announce(&mut self, is_block: bool) {
        let window = if is_block { self.maker.block(1_000) } else { self.maker.job(1_000) };
        let mut outcome = Outcome::default();
        self.pool.announce(window, self.at, &mut outcome);
        self.tell(outcome);
    }

    /// Makes a share, and sends it later.
    fn share(&mut self) -> Share {
        let mut draft = self.miner.draft().expect("it has work");
        draft
            .marked()
            .unwrap_or_else(|| std::iter::repeat_with(|| draft.search(64)).flatten().next().expect("found"))
    }

    fn submit(&mut self, share: &Share) {
        let mut out = Vec::new();
        self.miner.submit(share, share.difficulty.unwrap_or(1.0), 2, &mut out);
        self.hear(&out);
    }

    fn fates(&self) -> (usize, usize) {
        let accepted = self.events.iter().filter(|event| matches!(event, Event::Accepted { .. })).count();
        let rejected = self.events.iter().filter(|event| matches!(event, Event::Rejected { .. })).count();
        (accepted, rejected)
    }
}

#[test]
fn the_handshake_goes_out_in_one_go_and_the_rest_once_it_may_mine() {
    let pair = Pair::new(Style::Nicehash, EASY, false);
    let said: Vec<_> = pair.said.iter().map(|line| (line["id"].as_u64(), line["method"].as_str())).collect();
    let expected = [
        (1, "mining.configure"),
        (2, "mining.subscribe"),
        (3, "mining.authorize"),
        (4, "mining.suggest_difficulty"),
        (5, "mining.extranonce.subscribe"),
    ];
    assert_eq!(said, expected.map(|(id, method)| (Some(id), Some(method))));
    assert_eq!(pair.said[1]["params"], json!(["bitaxe/BM1368/v2.12.0"]));
    assert_eq!(pair.said[2]["params"], json!(["a.b", "x"]));
}

#[test]
fn a_share_that_was_searched_for_is_accepted_by_a_pool_of_any_manners() {
    for style in STYLES {
        let mut pair = Pair::new(style, EASY, false);
        for number in 1..=3 {
            let share = pair.share();
            pair.submit(&share);
            assert_eq!(pair.fates(), (number, 0), "{style:?}: {:?}", pair.events);
        }
        assert!(pair.records.iter().all(|record| record.reason.is_none() && !record.synthetic));
        let worth = pair.events.iter().find_map(|event| match event {
            Event::Accepted { difficulty, after_ms } => Some((*difficulty >= EASY, *after_ms)),
            _ => None,
        });
        assert_eq!(worth, Some((true, 3)));
    }
}

#[test]
fn a_marked_share_is_accepted_by_a_pool_that_takes_marks_and_by_no_other() {
    for style in STYLES {
        for (accept_synthetic, fates) in [(true, (1, 0)), (false, (0, 1))] {
            let mut pair = Pair::new(style, 5_000.0, accept_synthetic);
            let share = pair.share();
            pair.submit(&share);
            assert_eq!(pair.fates(), fates, "{style:?} {accept_synthetic}");
        }
    }
}

#[test]
fn a_share_that_comes_after_a_block_is_rejected_in_the_words_of_the_pool() {
    for (style, words) in
        [(Style::Ckpool, "Stale"), (Style::PublicPool, "Job not found"), (Style::Object, "stale share")]
    {
        let mut pair = Pair::new(style, EASY, false);
        let share = pair.share();
        pair.announce(true);
        pair.submit(&share);
        let rejected = pair.events.iter().find_map(|event| match event {
            Event::Rejected { reason, .. } => Some(reason.as_str()),
            _ => None,
        });
        assert_eq!(rejected, Some(words));
    }
}

#[test]
fn another_extranonce_in_the_middle_of_it_is_used_from_the_next_job_on() {
    let mut pair = Pair::new(Style::Nicehash, EASY, false);
    for number in 1..=4 {
        pair.announce(true);
        let share = pair.share();
        pair.submit(&share);
        assert_eq!(pair.fates(), (number, 0));
    }
}

#[test]
fn a_difficulty_counts_from_the_next_job_on() {
    let mut miner = Session::new(login());
    let mut tell = |line: &str| {
        let mut events = Vec::new();
        miner.line(line.as_bytes(), 0, &mut Vec::new(), &mut events).expect("it stays");
        (miner.mines_at(), events)
    };
    tell(r#"{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}"#);
    tell(r#"{"id":2,"result":[[["mining.notify","a"]],"f000000f",4],"error":null}"#);
    assert_eq!(tell(r#"{"id":3,"result":true,"error":null}"#), (None, vec![Event::Authorised]));
    let notify = r#"{"id":null,"method":"mining.notify","params":["1","4d16b6f85af6e2198f44ae2a6de67f78487ae5611b77c6c0440b921e00000000","01","02",[],"00000002","1c2ac4af","504e86b9",false]}"#;
    assert_eq!(tell(notify), (Some(1.0), vec![Event::Retold { difficulty: 1.0 }]));
    assert_eq!(
        tell(r#"{"id":null,"method":"mining.set_difficulty","params":[0.00020000000000000001]}"#).0,
        Some(1.0)
    );
    assert_eq!(tell(notify), (Some(2e-4), vec![Event::Retold { difficulty: 2e-4 }]));
}

#[test]
fn what_a_pool_asks_is_answered_and_what_it_should_not_say_is_overheard() {
    let mut miner = Session::new(login());
    let mut tell = |line: &str| {
        let mut out = Vec::new();
        let stays = miner.line(line.as_bytes(), 0, &mut out, &mut Vec::new());
        (stays, String::from_utf8(out).expect("text"))
    };
    let heard = |text: &str| (Ok(()), text.to_owned());
    assert_eq!(
        tell(r#"{"id":7,"method":"mining.ping","params":[]}"#),
        heard("{\"id\":7,\"method\":\"pong\",\"params\":[]}\n")
    );
    assert_eq!(
        tell(r#"{"id":"v","method":"client.get_version","params":[]}"#),
        heard("{\"id\":\"v\",\"result\":\"bitaxe/BM1368/v2.12.0\",\"error\":null}\n")
    );
    for nonsense in [
        "",
        "Invalid JSON",
        "[]",
        "{}",
        r#"{"id":99,"result":true}"#,
        r#"{"method":"mining.notify","params":[]}"#,
        r#"{"method":"mining.set_difficulty","params":[-1]}"#,
        r#"{"method":"mining.set_extranonce","params":["zz",4]}"#,
        r#"{"method":"mining.set_version_mask","params":[7]}"#,
        r#"{"method":"unheard.of","params":null}"#,
    ] {
        assert_eq!(tell(nonsense), heard(""), "{nonsense}");
    }
    assert_eq!(
        tell(r#"{"method":"client.reconnect","params":["evil.example",1,0]}"#).0,
        Err(Farewell("was told to connect anew"))
    );
    assert_eq!(tell(r#"{"id":3,"result":false,"error":null}"#).0, Err(Farewell("was not authorised")));
    assert_eq!(
        tell(r#"{"id":2,"result":null,"error":[20,"x",null]}"#).0,
        Err(Farewell("was not subscribed"))
    );
}

#[test]
fn no_more_shares_wait_for_an_answer_than_the_limit() {
    let mut pair = Pair::new(Style::Ckpool, 5_000.0, true);
    let share = pair.share();
    for _ in 0..UNANSWERED {
        assert!(pair.miner.mines_at().is_some());
        pair.miner.submit(&share, 1.0, 0, &mut Vec::new());
    }
    assert!(pair.miner.mines_at().is_none() && pair.miner.draft().is_none());
}

#[test]
fn no_secret_is_in_anything_but_the_handshake() {
    let mut login = login();
    login.password = "hunter2".into();
    let mut out = Vec::new();
    let session = Session::new(login);
    session.greet(&mut out);
    assert_eq!(String::from_utf8(out).expect("text").matches("hunter2").count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the order of jobs, blocks and shares: each share has one fate, and both books say the same.
    #[test]
    fn every_share_has_exactly_one_fate(style in 0..5_usize, moves in prop::collection::vec(0..4_u8, 1..60)) {
        let mut pair = Pair::new(STYLES[style], 5_000.0, true);
        let mut kept = Vec::new();
        let mut submitted = 0;
        for step in moves {
            match step {
                0 => pair.announce(false),
                1 => pair.announce(true),
                2 => kept.push(pair.share()),
                _ => {
                    let share = kept.pop().unwrap_or_else(|| pair.share());
                    pair.submit(&share);
                    submitted += 1;
                }
            }
        }
        let (accepted, rejected) = pair.fates();
        prop_assert_eq!(accepted + rejected, submitted);
        prop_assert_eq!(pair.miner.unanswered.len(), 0);
        let booked = pair.records.iter().filter(|record| record.reason.is_none()).count();
        prop_assert_eq!((booked, pair.records.len()), (accepted, submitted));
    }
}
