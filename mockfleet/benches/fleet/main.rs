//! What a mock miner costs: `cargo bench -p shiftboss-mockfleet --bench fleet`, and with `-- devices 10000` what one
//! costs that answers as a device, on an address of its own.
//!
//! The fleet runs in this process and the client in a child process, so that each is charged its own CPU. Loopback
//! only; it ends by itself within 30 s.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

use shiftboss_kernel::{Strategy, SupervisorSpec, Tree};
use shiftboss_mockfleet::{Fidelity, FleetConfig, MinerState, Places, States, wire};
use tokio::time::Instant;

mod bare;
mod client;
#[path = "../support/meter.rs"]
mod meter;

use client::Waits;
use meter::{Cpu, resident_kb};

const MINERS: usize = 1_000;
const DEVICES: usize = 10_000;

/// Devices that the load goes to; all of them are asked once before.
const LOADED: usize = 1_000;

/// Where devices listen: on addresses of their own from this one on.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 16, 0, 1);
const PORT: u16 = 8_080;

const REQUESTS: usize = 100_000;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let outcome = match words.next().as_deref() {
        Some("client") => {
            let requests = words.next().and_then(|count| count.parse().ok()).unwrap_or(REQUESTS);
            let waits =
                if words.next().as_deref() == Some(Waits::LAST) { Waits::ForLast } else { Waits::ForEach };
            client::main(requests, waits)
        }
        Some("devices") => devices(words.next().and_then(|count| count.parse().ok()).unwrap_or(DEVICES)),
        _ => miners(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A fleet that has started, and what that took.
struct Started {
    tree: Tree,
    places: Vec<SocketAddr>,
    before_kb: f64,
    up: Duration,
    up_cpu_seconds: f64,
    rest_kb: f64,
}

impl Started {
    async fn new(places: Places, fidelity: Fidelity) -> Outcome<Self> {
        let (before_kb, before) = (resident_kb()?, Cpu::so_far()?);
        let began = Instant::now();
        let listing = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let wired = wire(FleetConfig { fidelity, ..FleetConfig::new(places, listing) }, None)?;
        let spec = SupervisorSpec::new(Strategy::OneForOne).child(wired.bound);
        let tree = Tree::start("bench", spec).await?;
        let (up, up_cpu_seconds) = (began.elapsed(), Cpu::so_far()?.since(&before).ran_seconds);
        let rest_kb = resident_kb()? - before_kb;
        let states = wired.fleet.ask(States, Duration::from_secs(5)).await?;
        let place = |state: &MinerState| Some(SocketAddr::new(state.host, state.port?));
        let places = states.iter().filter_map(place).collect();
        Ok(Self { tree, places, before_kb, up, up_cpu_seconds, rest_kb })
    }

    /// Kilobytes a miner beyond what there was before.
    fn resident_kb_each(&self) -> Outcome<f64> {
        Ok((resident_kb()? - self.before_kb) / self.places.len() as f64)
    }
}

fn miners() -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    actix_rt::System::new().block_on(async {
        let places = Places::Ports { host: Ipv4Addr::LOCALHOST.into(), ports: vec![0; MINERS] };
        let mut fleet = Started::new(places, Fidelity::Seed).await?;
        let legacy = load(fleet.places.iter().copied().step_by(2).collect(), Waits::ForLast).await?;
        let new = load(fleet.places.iter().copied().skip(1).step_by(2).collect(), Waits::ForLast).await?;
        let after_kb = fleet.resident_kb_each()?;
        fleet.tree.shutdown();
        fleet.tree.ended().await;
        let rest_kb = fleet.rest_kb / MINERS as f64;
        print(fleet.places.len(), fleet.up, rest_kb, after_kb, &legacy, &new);
        Ok(())
    })
}

fn devices(count: usize) -> Outcome<()> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    actix_rt::System::new().block_on(async {
        let places = Places::Addresses { first: FIRST, port: PORT, count };
        let mut fleet = Started::new(places, Fidelity::Device).await?;
        let up = fleet.places.len();
        if up != count {
            return Err(format!("{up} of {count} devices are up; are there files enough (ulimit -n)?").into());
        }
        let rest_kb = fleet.rest_kb / count as f64;
        let mut keeping = Vec::new();
        for some in fleet.places.chunks(LOADED) {
            keeping.extend(ask_once(some.to_vec()).await?);
        }
        let kept: HashSet<_> = keeping.iter().copied().collect();
        let closing = fleet.places.iter().copied().filter(|place| !kept.contains(place));
        let anew = load(closing.take(LOADED).collect(), Waits::ForLast).await?;
        keeping.truncate(LOADED);
        let woken = load(keeping.clone(), Waits::ForEach).await?;
        let kept = load(keeping, Waits::ForLast).await?;
        let after_kb = fleet.resident_kb_each()?;
        let (place, server) = bare::start()?;
        let bare = load(vec![place; LOADED], Waits::ForLast).await?;
        server.stop(false).await;
        fleet.tree.shutdown();
        fleet.tree.ended().await;
        println!("{count} devices in one process, each on an address of its own; all have answered");
        println!("| what | shiftboss |");
        println!("| --- | --- |");
        println!("| start | {:.2} s, {:.2} s of CPU |", fleet.up.as_secs_f64(), fleet.up_cpu_seconds);
        println!("| memory a device at rest | {rest_kb:.1} kB |");
        println!("| memory a device after the load | {after_kb:.1} kB |");
        println!("| CPU a request of ESP-Miner, over an open connection | {} |", kept.cpu());
        println!("| an actix-web application that answers as many bytes | {} |", bare.cpu());
        println!("| of ESP-Miner, to a client that each answer wakes | {} |", woken.cpu());
        println!("| CPU a request of NerdQAxe, over a new connection | {} |", anew.cpu());
        println!("| requests/s | {:.0} and {:.0} |", kept.per_second(), anew.per_second());
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

/// Asks each of them once; which of them keep a connection open.
async fn ask_once(places: Vec<SocketAddr>) -> Outcome<Vec<SocketAddr>> {
    let wanted = places.len();
    let seen = actix_rt::task::spawn_blocking(move || client::run(&places, wanted, Waits::ForLast)).await??;
    if seen.answers == wanted {
        Ok(seen.keeping)
    } else {
        Err(format!("{} of {wanted} answered", seen.answers).into())
    }
}

async fn load(places: Vec<SocketAddr>, waits: Waits) -> Outcome<Load> {
    let before = Cpu::so_far()?;
    let seen = actix_rt::task::spawn_blocking(move || client::run(&places, REQUESTS, waits)).await??;
    let cpu = Cpu::so_far()?.since(&before);
    Ok(Load { requests: seen.answers, seconds: seen.seconds, cpu })
}
