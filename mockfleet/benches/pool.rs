//! What a miner costs the mock pool: `cargo bench -p shiftboss-mockfleet --bench pool`.
//!
//! The pool runs in this process and its miners in a child process, so that each is charged its own CPU. Loopback
//! only; it ends by itself within 20 s.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use shiftboss_kernel::{Strategy, SupervisorSpec, Tree};
use shiftboss_mockfleet::pool::{
    Admission, Config, Difficulty, Limits, Style, Sums, Tempo, Wired, Work, mark, wire,
};
use tokio::time::Instant;

#[path = "support/meter.rs"]
mod meter;

use meter::{Cpu, resident_kb};

const MINERS: u32 = 1_000;
const ROUNDS: u32 = 100;

const HOUR: Duration = Duration::from_secs(3_600);

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match (arguments.next().as_deref(), arguments.next()) {
        (Some("miners"), Some(address)) => miners(&address),
        _ => pool(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn pool() -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    actix_rt::System::new().block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let Wired { bound, ledger, .. } = wire(config(listener), None, None)?;
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
        let mut tree = Tree::start("bench", spec).await?;
        let before_kb = resident_kb()?;
        let (mut child, mut said) = start_miners(address)?;
        let (connect, next) = next_line(said).await?;
        said = next;
        let rest_kb = (resident_kb()? - before_kb) / f64::from(MINERS);
        let before = Cpu::so_far()?;
        child.stdin.take().ok_or("the miners do not listen")?.write_all(b"go\n")?;
        let (load, _) = next_line(said).await?;
        let cpu = Cpu::so_far()?.since(&before);
        let (cpu_us, system) = (cpu.ran_seconds * 1e6, 100.0 * cpu.system_share());
        let after_kb = (resident_kb()? - before_kb) / f64::from(MINERS);
        let shares = ledger.ask(Sums, Duration::from_secs(5)).await?.total.accepted;
        println!("{MINERS} miners connected and got work in {connect} s");
        println!("memory a miner: {rest_kb:.2} kB at rest, {after_kb:.2} kB after the load");
        println!("{shares} of {} shares accepted in {load} s", MINERS * ROUNDS);
        println!(
            "CPU a share, booked and answered: {:.1} us ({system:.0} % of it system)",
            cpu_us / shares as f64
        );
        tree.shutdown();
        tree.ended().await;
        Ok(())
    })
}

fn config(listener: TcpListener) -> Config {
    Config {
        listener,
        style: Style::Nicehash,
        difficulty: Difficulty::Fixed(1e6),
        admission: Admission::Any,
        tempo: Tempo { job: HOUR, block: HOUR },
        extranonce_blocks: 0,
        accept_synthetic: true,
        share_log: None,
        seed: 1,
        limits: Limits::default(),
    }
}

type Said = io::Lines<BufReader<std::process::ChildStdout>>;

fn start_miners(address: SocketAddr) -> Outcome<(Child, Said)> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["miners", &address.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = BufReader::new(child.stdout.take().ok_or("the miners say nothing")?).lines();
    Ok((child, said))
}

async fn next_line(mut said: Said) -> Outcome<(String, Said)> {
    actix_rt::task::spawn_blocking(move || Ok((said.next().ok_or("the miners ended")??, said))).await?
}

/// A miner that has work.
struct Miner {
    socket: BufReader<TcpStream>,
    extranonce1: [u8; 4],
    work: Work,
}

/// Connects all miners, waits for a line, and sends the shares of all, one of each at a time.
fn miners(address: &str) -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let began = Instant::now();
    let mut miners = (0..MINERS).map(|_| Miner::start(address)).collect::<Outcome<Vec<_>>>()?;
    println!("{:.3}", began.elapsed().as_secs_f64());
    io::stdin().read_line(&mut String::new())?;
    let began = Instant::now();
    for round in 0..ROUNDS {
        miners.iter_mut().try_for_each(|miner| miner.submit(round))?;
        miners.iter_mut().try_for_each(Miner::accepted)?;
    }
    println!("{:.3}", began.elapsed().as_secs_f64());
    Ok(())
}

impl Miner {
    fn start(address: &str) -> Outcome<Self> {
        let mut socket = BufReader::new(TcpStream::connect(address)?);
        socket.get_mut().write_all(
            b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}\n\
              {\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"bench.axe\",\"x\"]}\n",
        )?;
        let mut lines = [(); 4].map(|()| String::new());
        for line in &mut lines {
            socket.read_line(line)?;
        }
        let subscribed: serde_json::Value = serde_json::from_str(&lines[0])?;
        let own = subscribed["result"][1].as_str().ok_or("no extranonce")?;
        let told: serde_json::Value = serde_json::from_str(&lines[3])?;
        let params = serde_json::value::to_raw_value(&told["params"])?;
        let work = Work::from_notify(&params).ok_or("no work")?;
        Ok(Self { socket, extranonce1: u32::from_str_radix(own, 16)?.to_be_bytes(), work })
    }

    fn submit(&mut self, round: u32) -> Outcome<()> {
        let header = self.work.header(&self.extranonce1, &round.to_be_bytes());
        let (job, ntime, nonce) = (&self.work.id, header.ntime, mark(&header));
        let share = format!("\"{job}\",\"{round:08x}\",\"{ntime:08x}\",\"{nonce:08x}\"");
        let line = format!("{{\"id\":3,\"method\":\"mining.submit\",\"params\":[\"bench.axe\",{share}]}}\n");
        Ok(self.socket.get_mut().write_all(line.as_bytes())?)
    }

    fn accepted(&mut self) -> Outcome<()> {
        let mut line = String::new();
        self.socket.read_line(&mut line)?;
        if line.contains("true") { Ok(()) } else { Err(format!("a share was answered {line:?}").into()) }
    }
}
