//! What a mock miner costs: `cargo bench -p shiftboss-mockfleet`.
//!
//! The fleet runs in this process and the client in a child process, so that each is charged its own CPU. Loopback
//! only; it ends by itself within 15 s.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use shiftboss_kernel::{Strategy, SupervisorSpec, Tree};
use shiftboss_mockfleet::{Fidelity, FleetConfig, Places, States, wire};
use tokio::time::Instant;

const MINERS: usize = 1_000;
const REQUESTS: usize = 100_000;

/// The client stops after this time, with fewer requests.
const LOAD_AT_MOST: Duration = Duration::from_secs(5);

/// Requests that the client has under way at a time, each on a connection of its own.
const WINDOW: usize = 64;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let role = std::env::args().nth(1);
    let outcome = if role.as_deref() == Some("client") { client() } else { fleet() };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fleet() -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    actix_rt::System::new().block_on(async {
        let before_kb = resident_kb()?;
        let began = Instant::now();
        let wired = wire(
            FleetConfig {
                places: Places::Ports { host: Ipv4Addr::LOCALHOST.into(), ports: vec![0; MINERS] },
                fidelity: Fidelity::Seed,
                listing: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
                seed: 1,
                logs: false,
                faults: Vec::new(),
            },
            None,
        )?;
        let fleet = wired.fleet;
        let mut tree =
            Tree::start("bench", SupervisorSpec::new(Strategy::OneForOne).child(wired.bound)).await?;
        let up = began.elapsed();
        let rest_kb = (resident_kb()? - before_kb) / MINERS as f64;
        let states = fleet.ask(States, Duration::from_secs(5)).await?;
        let ports: Vec<_> = states.iter().filter_map(|state| state.port).collect();
        let legacy = load(ports.iter().copied().step_by(2).collect()).await?;
        let new = load(ports.iter().copied().skip(1).step_by(2).collect()).await?;
        let after_kb = (resident_kb()? - before_kb) / MINERS as f64;
        tree.shutdown();
        tree.ended().await;
        print(ports.len(), up, rest_kb, after_kb, &legacy, &new);
        Ok(())
    })
}

fn print(miners: usize, up: Duration, rest_kb: f64, after_kb: f64, legacy: &Load, new: &Load) {
    let (legacies, news) = (legacy.requests, new.requests);
    println!(
        "{miners} mock miners in one process, {legacies} requests to the Legacy ones and {news} to the New ones"
    );
    println!("| what | Node.js | shiftboss |");
    println!("| --- | --- | --- |");
    println!("| memory a mock at rest | 19,000-19,900 kB | {rest_kb:.1} kB |");
    println!("| memory a mock after the load | | {after_kb:.1} kB |");
    println!("| start | 11.9-33.6 s for 100 | {:.3} s for {miners} |", up.as_secs_f64());
    println!("| CPU a Legacy request | 113-123 us | {} |", legacy.cpu());
    println!("| CPU a New request | 113-123 us | {} |", new.cpu());
    println!(
        "| requests/s, Legacy and New | 6,278 and 8,016 | {:.0} and {:.0} |",
        legacy.per_second(),
        new.per_second()
    );
}

/// What a load took.
struct Load {
    requests: usize,
    cpu: Cpu,
    seconds: f64,
}

impl Load {
    /// The system's part is its sockets: one receive and one send a request.
    fn cpu(&self) -> String {
        let each_us = self.cpu.ran_seconds * 1e6 / self.requests as f64;
        format!("{each_us:.1} us ({:.0} % of it system)", 100.0 * self.cpu.system_share())
    }

    fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}

async fn load(ports: Vec<u16>) -> Outcome<Load> {
    let before = Cpu::so_far()?;
    let ran = actix_rt::task::spawn_blocking(move || run_client(&ports)).await??;
    let cpu = Cpu::so_far()?.since(&before);
    let mut words = ran.split_whitespace();
    let mut word = || words.next().ok_or("the client says too little");
    Ok(Load { requests: word()?.parse()?, seconds: word()?.parse()?, cpu })
}

fn run_client(ports: &[u16]) -> Outcome<String> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("client")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    child.stdin.take().ok_or("the client does not listen")?.write_all(ports.join(" ").as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("the client failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Asks the miners whose ports come on standard input, each in turn over a connection that stays open, and prints how
/// many answers came in how many seconds.
fn client() -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let ports = io::read_to_string(io::stdin())?;
    let ports = ports.split_whitespace().map(str::parse).collect::<Result<Vec<u16>, _>>()?;
    let connect = |port: &u16| TcpStream::connect((Ipv4Addr::LOCALHOST, *port)).map(BufReader::new);
    let mut connections = ports.iter().map(connect).collect::<io::Result<Vec<_>>>()?;
    let (began, mut answers, mut body) = (Instant::now(), 0, Vec::new());
    while answers < REQUESTS && began.elapsed() < LOAD_AT_MOST {
        for window in connections.chunks_mut(WINDOW) {
            for connection in &mut *window {
                connection.get_mut().write_all(b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n")?;
            }
            for connection in window {
                read(connection, &mut body)?;
                answers += 1;
            }
        }
    }
    println!("{answers} {}", began.elapsed().as_secs_f64());
    Ok(())
}

fn read(connection: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> Outcome<()> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        connection.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse()?,
            None if line.starts_with("HTTP/1.1 200") => {}
            None if line == "\r\n" => break,
            None => return Err(format!("a miner answered {line:?}").into()),
            Some(_) => {}
        }
    }
    body.resize(length, 0);
    connection.read_exact(body)?;
    if body.ends_with(b"}") { Ok(()) } else { Err("a body is cut short".into()) }
}

/// Processor time of this process.
struct Cpu {
    /// To the nanosecond, of all threads.
    ran_seconds: f64,
    /// Sampled at the kernel's tick: good for a share, too coarse for a sum.
    user_ticks: f64,
    system_ticks: f64,
}

impl Cpu {
    fn so_far() -> Outcome<Self> {
        let mut ran_ns = 0.0;
        for thread in std::fs::read_dir("/proc/self/task")? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            ran_ns += text.split(' ').next().ok_or("an empty schedstat")?.parse::<f64>()?;
        }
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        // The program's name comes first, and may hold blanks and parentheses.
        let (_, fields) = stat.rsplit_once(") ").ok_or("an odd /proc/self/stat")?;
        let mut ticks = fields.split(' ').skip(11).map(str::parse::<f64>);
        let mut ticks = || Outcome::Ok(ticks.next().ok_or("a short /proc/self/stat")??);
        Ok(Self { ran_seconds: ran_ns / 1e9, user_ticks: ticks()?, system_ticks: ticks()? })
    }

    fn since(&self, before: &Self) -> Self {
        Self {
            ran_seconds: self.ran_seconds - before.ran_seconds,
            user_ticks: self.user_ticks - before.user_ticks,
            system_ticks: self.system_ticks - before.system_ticks,
        }
    }

    fn system_share(&self) -> f64 {
        self.system_ticks / (self.system_ticks + self.user_ticks)
    }
}

fn resident_kb() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
