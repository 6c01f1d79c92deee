use serde_json::{Value, json};

use super::*;
use crate::pool::hash::{Header, difficulty_of};
use crate::pool::job::Maker;
use crate::pool::share::Reason;
use crate::pool::synthetic;

mod handshake;

/// One in about 256 hashes meets it.
const EASY: f64 = 1.0 / 16_777_216.0;

fn rules(style: Style) -> Rules {
    Rules {
        style,
        difficulty: Difficulty::Fixed(EASY),
        admission: Admission::Any,
        accept_synthetic: true,
        extranonce_blocks: 0,
    }
}

/// A session with a miner's end to it.
struct Rig {
    session: Session,
    maker: Maker,
    window: Arc<Window>,
    at: Moment,
    records: Vec<Record>,
    notes: Vec<Note>,
}

impl Rig {
    fn new(rules: Rules) -> Self {
        let mut maker = Maker::new(1, EXTRANONCE1_BYTES + rules.style.extranonce2_bytes());
        let window = maker.job(1_000);
        let mut session = Session::new(7, Arc::new(rules));
        let at = Moment { since_start: Duration::ZERO, time: Timestamp::UNIX_EPOCH };
        session.announce(Arc::clone(&window), at, &mut Outcome::default());
        Self { session, maker, window, at, records: Vec::new(), notes: Vec::new() }
    }

    /// One that mines, for worker `a.b`.
    fn mining(rules: Rules) -> Self {
        let mut rig = Self::new(rules);
        rig.says(r#"{"id":2,"method":"mining.subscribe","params":["axe"]}"#);
        rig.says(r#"{"id":3,"method":"mining.authorize","params":["a.b","x"]}"#);
        assert!(rig.session.is_working());
        rig
    }

    fn keep(&mut self, outcome: Outcome) -> Vec<Value> {
        self.records.extend(outcome.records);
        self.notes.extend(outcome.notes);
        let text = String::from_utf8(outcome.bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect()
    }

    /// What the pool says to these lines.
    fn says(&mut self, line: &str) -> Vec<Value> {
        let mut outcome = Outcome::default();
        self.session.line(line.as_bytes(), self.at, &mut outcome).unwrap();
        self.keep(outcome)
    }

    /// What the pool says of a new job, or a new block.
    fn next(&mut self, is_block: bool) -> Vec<Value> {
        self.window = if is_block { self.maker.block(1_000) } else { self.maker.job(1_000) };
        let mut outcome = Outcome::default();
        self.session.announce(Arc::clone(&self.window), self.at, &mut outcome);
        self.keep(outcome)
    }

    fn wait(&mut self, seconds: u64) {
        self.at.since_start += Duration::from_secs(seconds);
    }

    fn header(&self, extranonce2: u8) -> Header {
        let mut bytes = vec![0; self.session.rules.style.extranonce2_bytes()];
        bytes[0] = extranonce2;
        self.window.current().unwrap().work.header(&self.session.extranonce1(), &bytes)
    }

    fn submit(&self, header: &Header, extranonce2: u8) -> String {
        let (job, bytes) = (self.window.current().unwrap(), self.session.rules.style.extranonce2_bytes());
        let extranonce2 = format!("{extranonce2:02x}{}", "00".repeat(bytes - 1));
        let (id, ntime, nonce) = (&job.work.id, header.ntime, header.nonce);
        let params = format!(r#""a.b","{id}","{extranonce2}","{ntime:08x}","{nonce:08x}""#);
        format!(r#"{{"id":9,"method":"mining.submit","params":[{params}]}}"#)
    }

    /// A share of the current job that was searched for.
    fn searched(&self) -> String {
        let of = |nonce| Header { nonce, ..self.header(1) };
        let header = (0..).map(of).find(|header| difficulty_of(&header.hash()) >= EASY).unwrap();
        self.submit(&header, 1)
    }

    /// A marked one.
    fn marked(&self, extranonce2: u8) -> String {
        let header = self.header(extranonce2);
        self.submit(&Header { nonce: synthetic::mark(&header), ..header }, extranonce2)
    }

    fn reason(&self) -> Option<Reason> {
        self.records.last().unwrap().reason
    }
}

fn methods(lines: &[Value]) -> Vec<String> {
    let name = |line: &Value| {
        line["method"].as_str().map_or_else(|| format!("answer {}", line["id"]), str::to_owned)
    };
    lines.iter().map(name).collect()
}

#[test]
fn a_share_is_accepted_once_and_recorded_each_time() {
    let mut rig = Rig::mining(rules(Style::Ckpool));
    let share = rig.searched();
    assert_eq!(rig.says(&share), [json!({ "id": 9, "result": true, "error": null })]);
    assert_eq!(rig.says(&share)[0]["error"], json!([22, "Duplicate", null]));
    let outcomes: Vec<_> = rig.records.iter().map(|record| (record.reason, record.difficulty)).collect();
    assert_eq!(outcomes, [(None, Some(EASY)), (Some(Reason::Duplicate), Some(EASY))]);
    assert!(rig.records[0].share_difficulty.unwrap() >= EASY && !rig.records[0].synthetic);
}

#[test]
fn after_a_new_job_an_older_share_counts_and_after_a_new_block_it_is_stale() {
    let mut rig = Rig::mining(rules(Style::Ckpool));
    let (first, second) = (rig.searched(), rig.marked(2));
    assert_eq!(rig.next(false)[0]["params"][8], false);
    assert_eq!(rig.says(&first)[0]["result"], true);
    assert_eq!(rig.next(true)[0]["params"][8], true);
    assert_eq!(rig.says(&second)[0]["error"], json!([21, "Stale", null]));
    let unknown = second.replacen("\"1\"", "\"4d2\"", 1);
    assert_eq!(rig.says(&unknown)[0]["error"], json!([21, "Invalid JobID", null]));
}

#[test]
fn a_share_of_somebody_else_of_nobody_and_of_nothing_is_refused_with_its_reason() {
    let mut rig = Rig::mining(rules(Style::Object));
    let share = rig.searched();
    for (from, to, reason) in [
        ("a.b", "a.c", Reason::Unauthorised),
        ("\"a.b\"", "7", Reason::Malformed),
        ("01000000", "0100000", Reason::Malformed),
        ("01000000", "010000", Reason::Malformed),
        ("000003e8", "000003e7", Reason::NtimeOutOfRange),
        ("]}", ",\"00002000\"]}", Reason::VersionMask),
    ] {
        let refused = rig.says(&share.replacen(from, to, 1));
        assert_eq!(
            (rig.reason(), &refused[0]["error"]["code"]),
            (Some(reason), &json!(reason.code())),
            "{to}"
        );
    }
    let mut early = Rig::new(rules(Style::Object));
    early.says(&share);
    assert_eq!(early.reason(), Some(Reason::NotSubscribed));
    assert_eq!((rig.records.len(), early.records.len()), (6, 1), "one record for each");
}

#[test]
fn a_marked_share_is_accepted_unless_the_pool_wants_work_only() {
    let mut rig = Rig::mining(Rules { difficulty: Difficulty::Fixed(1e6), ..rules(Style::Ckpool) });
    let share = rig.marked(3);
    assert_eq!(rig.says(&share)[0]["result"], true);
    assert!(rig.records[0].synthetic && rig.records[0].share_difficulty.is_none());
    assert_eq!(rig.records[0].difficulty, Some(1e6));
    let strict =
        Rules { difficulty: Difficulty::Fixed(1e6), accept_synthetic: false, ..rules(Style::Ckpool) };
    let mut rig = Rig::mining(strict);
    assert_eq!(rig.says(&share)[0]["error"], json!([23, "Above target", null]));
}

#[test]
fn a_difficulty_that_varies_holds_from_the_next_job_and_older_jobs_keep_theirs() {
    let variable = Difficulty::Variable { shares_per_minute: 6.0 };
    let mut rig = Rig::mining(Rules { difficulty: variable, ..rules(Style::Ckpool) });
    let old = rig.marked(0);
    for extranonce2 in 1..=24 {
        assert_eq!(rig.says(&rig.marked(extranonce2))[0]["result"], true);
    }
    rig.wait(60);
    let lines = rig.next(false);
    assert_eq!(methods(&lines), ["mining.set_difficulty", "mining.notify"]);
    assert_eq!(lines[0]["params"][0], 4096);
    rig.says(&old);
    rig.says(&rig.marked(0));
    let graded: Vec<_> = rig.records[24..].iter().map(|record| record.difficulty).collect();
    assert_eq!(graded, [Some(1_024.0), Some(4_096.0)]);
}

#[test]
fn a_new_block_brings_another_extranonce_to_a_miner_that_asked_for_it() {
    let mut rig = Rig::mining(Rules { extranonce_blocks: 2, ..rules(Style::Nicehash) });
    assert_eq!(methods(&rig.next(true)), ["mining.notify"], "it did not ask yet");
    rig.says(r#"{"id":5,"method":"mining.extranonce.subscribe","params":[]}"#);
    assert_eq!(methods(&rig.next(true)), ["mining.notify"], "not every block");
    let lines = rig.next(true);
    assert_eq!(methods(&lines), ["mining.set_extranonce", "mining.notify"]);
    assert_eq!(lines[0]["params"], json!(["01000007", 4]));
    assert_eq!(rig.says(&rig.searched())[0]["result"], true, "with the new one");
}

#[test]
fn what_is_not_json_ends_the_connection_in_the_manner_of_the_style() {
    for (style, words) in [(Style::Ckpool, "Invalid JSON, disconnecting\n"), (Style::PublicPool, "")] {
        for line in ["GET / HTTP/1.1", "{\"id\":1,\"method\":\"mining.ping\"", "[]", "\u{0}"] {
            let (mut rig, mut out) = (Rig::new(rules(style)), Outcome::default());
            rig.session.line(line.as_bytes(), rig.at, &mut out).unwrap_err();
            assert_eq!(String::from_utf8(out.bytes).unwrap(), words, "{line}");
        }
    }
}

#[test]
fn blank_lines_answers_and_pongs_are_let_pass() {
    let mut rig = Rig::new(rules(Style::Nicehash));
    for line in
        ["", "\r", "  ", r#"{"id":1,"result":"v1","error":null}"#, r#"{"id":1,"method":"pong","params":[]}"#]
    {
        assert_eq!(rig.says(line), [Value::Null; 0], "{line}");
    }
    assert_eq!(rig.notes, []);
}

#[test]
fn a_request_whose_id_is_null_is_served_by_all_but_public_pool() {
    let ping = r#"{"id":null,"method":"mining.subscribe","params":[]}"#;
    assert!(Rig::new(rules(Style::Ckpool)).says(ping)[0]["result"].is_array());
    let refused = json!({ "id": null, "result": null, "error": [20, "Authorization validation error", ""] });
    assert_eq!(Rig::new(rules(Style::PublicPool)).says(ping), [refused]);
}

#[test]
fn a_name_is_cut_between_letters() {
    assert_eq!(["abc", "abcde", "abcé", ""].map(|name| shortened(name, 4)), ["abc", "abcd", "abc", ""]);
}
