//! The mock pool at the wire, with a miner of its own that shares no code with it.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Daemon, PATIENCE, own_address, shiftboss, with};

/// About one hash in 4,300 meets it.
const DIFFICULTY: f64 = 1e-6;

const HANDSHAKE: &str = concat!(
    r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}"#,
    "\n",
    r#"{"id":2,"method":"mining.subscribe","params":["bitaxe/BM1370/v2.9.0"]}"#,
    "\n",
    r#"{"id":3,"method":"mining.authorize","params":["bc1qmock.axe","x"]}"#,
    "\n"
);

fn start(folder: &Path, settings: &[(&str, String)]) -> Daemon {
    let defaults = [
        ("mockpool.listen", format!("{}:0", own_address())),
        ("mockpool.difficulty", DIFFICULTY.to_string()),
        ("mockpool.share_log", "shares.jsonl".to_owned()),
    ];
    Daemon::start(folder, &with("mockpool", &[&defaults, settings].concat()))
}

/// A job as it was told.
#[derive(Clone)]
struct Job(Value);

impl Job {
    fn text(&self, index: usize) -> &str {
        self.0[index].as_str().expect("a text")
    }

    fn bytes(&self, index: usize) -> Vec<u8> {
        bytes(self.text(index))
    }
}

/// A share as it is sent: extranonce2, nonce, and the bits rolled.
type Share = (String, String, &'static str);

struct Miner {
    socket: BufReader<TcpStream>,
    extranonce1: Vec<u8>,
    extranonce2_bytes: usize,
    job: Job,
}

impl Miner {
    /// Connects and says all of its handshake in one write, as the firmware does.
    async fn start(pool: &Daemon) -> Self {
        let address = pool.banner.trim_end().rsplit("stratum+tcp://").next().expect("an address");
        let socket = BufReader::new(TcpStream::connect(address).await.expect("it listens"));
        let mut miner = Self { socket, extranonce1: Vec::new(), extranonce2_bytes: 0, job: Job(Value::Null) };
        miner.socket.get_mut().write_all(HANDSHAKE.as_bytes()).await.expect("it reads");
        let agreed = miner.answer(1).await;
        assert_eq!(agreed["result"], json!({ "version-rolling": true, "version-rolling.mask": "1fffe000" }));
        let subscribed = miner.answer(2).await["result"].clone();
        miner.extranonce1 = bytes(subscribed[1].as_str().expect("a text"));
        miner.extranonce2_bytes = subscribed[2].as_u64().expect("a number") as usize;
        assert_eq!(miner.answer(3).await["result"], true);
        while miner.job.0.is_null() {
            miner.line().await;
        }
        miner
    }

    async fn line(&mut self) -> Value {
        let mut line = String::new();
        let read = tokio::time::timeout(PATIENCE, self.socket.read_line(&mut line)).await;
        assert_ne!(read.expect("in time").expect("readable"), 0, "the pool hung up");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        if line["method"] == "mining.notify" {
            self.job = Job(line["params"].clone());
        }
        line
    }

    async fn answer(&mut self, id: u64) -> Value {
        loop {
            let line = self.line().await;
            if line["id"] == id {
                return line;
            }
        }
    }

    /// Waits for a job that makes all before it stale.
    async fn clean_job(&mut self) {
        let former = self.job.text(0).to_owned();
        while self.job.text(0) == former || self.job.0[8] != true {
            self.line().await;
        }
    }

    async fn submit(&mut self, worker: &str, job: &Job, (extranonce2, nonce, bits): &Share) -> Value {
        let params = json!([worker, job.text(0), extranonce2, job.text(7), nonce, bits]);
        let line = json!({ "id": 9, "method": "mining.submit", "params": params }).to_string() + "\n";
        self.socket.get_mut().write_all(line.as_bytes()).await.expect("it reads");
        self.answer(9).await
    }

    /// The first nonce whose hash meets the difficulty, or misses it, with bits of the version rolled.
    fn search(&self, job: &Job, extranonce2: u8, meets: bool) -> Share {
        let extranonce2 = format!("{extranonce2:02x}").repeat(self.extranonce2_bytes);
        let coinbase = [job.bytes(2), self.extranonce1.clone(), bytes(&extranonce2), job.bytes(3)].concat();
        let branches = job.0[4].as_array().expect("a list").iter();
        let root = branches.fold(double(&coinbase), |root, branch| {
            double(&[root, bytes(branch.as_str().expect("a text"))].concat())
        });
        let version = word(job.text(5)) & !0x1fff_e000 | 0x0000_2000;
        let previous: Vec<u8> =
            job.bytes(1).chunks(4).flat_map(|word| word.iter().rev().copied().collect::<Vec<_>>()).collect();
        let head = [
            &version.to_le_bytes()[..],
            &previous,
            &root,
            &word(job.text(7)).to_le_bytes(),
            &word(job.text(6)).to_le_bytes(),
        ]
        .concat();
        let is_met = |nonce: &u32| {
            let hash = double(&[&head[..], &nonce.to_le_bytes()].concat());
            let number = hash.iter().rev().fold(0.0, |number, byte| number * 256.0 + f64::from(*byte));
            (65_535.0 * 2_f64.powi(208) / number >= DIFFICULTY) == meets
        };
        let nonce = (0_u32..).find(is_met).expect("there is one");
        (extranonce2, format!("{nonce:08x}"), "00002000")
    }
}

fn double(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(Sha256::digest(bytes)).to_vec()
}

fn bytes(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn word(text: &str) -> u32 {
    u32::from_str_radix(text, 16).expect("hexadecimal")
}

fn log(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("shares.jsonl")).expect("a log");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[actix_rt::test]
async fn a_share_that_was_searched_for_counts_once_and_every_answer_is_in_the_share_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = start(folder.path(), &[("mockpool.block_seconds", "2".to_owned())]);
    let mut miner = Miner::start(&pool).await;
    // A block that begins now leaves time for the shares before the next.
    miner.clean_job().await;
    let job = miner.job.clone();
    let (good, spare) = (miner.search(&job, 1, true), miner.search(&job, 2, true));
    let (high, axe) = (miner.search(&job, 3, false), "bc1qmock.axe");
    assert_eq!(miner.submit(axe, &job, &good).await["result"], true);
    let mut codes = Vec::new();
    codes.push(miner.submit(axe, &job, &good).await);
    codes.push(miner.submit(axe, &job, &high).await);
    codes.push(miner.submit("somebody", &job, &spare).await);
    miner.clean_job().await;
    codes.push(miner.submit(axe, &job, &spare).await);
    let codes: Vec<_> = codes.iter().map(|answer| answer["error"][0].as_u64()).collect();
    assert_eq!(codes, [22, 23, 24, 21].map(Some));

    let lines = log(folder.path());
    let told: Vec<_> = lines.iter().map(|line| line["reason"].as_str().unwrap_or("accepted")).collect();
    assert_eq!(told, ["accepted", "duplicate", "above_target", "unauthorised", "stale"]);
    assert_eq!((&lines[0]["worker"], &lines[0]["job"]), (&json!(axe), &job.0[0]));
    assert!(lines[0]["shareDifficulty"].as_f64() >= lines[0]["difficulty"].as_f64());
    let (status, took) = pool.signal("TERM");
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[actix_rt::test]
async fn each_style_refuses_in_its_own_shape_and_a_second_run_adds_to_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    for (style, expected) in [
        ("classic", json!({ "id": 9, "result": false, "error": null, "reject-reason": "Invalid JobID" })),
        ("public-pool", json!({ "id": 9, "result": null, "error": [21, "Job not found", ""] })),
        ("object", json!({ "id": 9, "result": null, "error": { "code": 21, "message": "job not found" } })),
    ] {
        let pool = start(folder.path(), &[("mockpool.style", style.to_owned())]);
        let mut miner = Miner::start(&pool).await;
        let job = miner.job.clone();
        let share = miner.search(&job, 1, true);
        let mut unknown = job.clone();
        unknown.0[0] = json!("abcdef");
        assert_eq!(miner.submit("bc1qmock.axe", &unknown, &share).await, expected);
        assert_eq!(miner.submit("bc1qmock.axe", &job, &share).await["result"], true);
    }
    assert_eq!(log(folder.path()).len(), 6);
}

#[test]
fn a_share_log_that_cannot_be_opened_and_a_taken_port_are_told_by_their_settings() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let run = |key, value: String| {
        let settings = [("mockpool.listen", format!("{host}:0")), (key, value)];
        let mut command = shiftboss();
        let output = command.current_dir(folder.path()).args(with("mockpool", &settings)).output();
        let output = output.expect("it runs");
        (output.status.code(), String::from_utf8(output.stderr).expect("text"))
    };
    let (code, told) = run("mockpool.share_log", "no/such/folder".to_owned());
    assert_eq!(code, Some(74), "{told}");
    assert!(told.starts_with("mockpool.share_log: ") && told.contains("no/such/folder"), "{told}");
    let taken = std::net::TcpListener::bind((host, 0)).expect("free");
    let (code, told) = run("mockpool.listen", taken.local_addr().expect("bound").to_string());
    assert_eq!(code, Some(78), "{told}");
    assert!(told.starts_with("mockpool.listen: ") && told.contains("taken"), "{told}");
}
