//! Time, processor time and memory of this process.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::time::Instant;

use crate::Outcome;

/// Measured values by name, as in `wall_ns=103.2 cpu_ns=101.9`.
#[derive(Clone, Debug, Default)]
pub struct Figures(Vec<(String, f64)>);

impl Figures {
    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: f64) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }

    /// The one of this name, if it was measured.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| *value)
    }

    /// All on one line.
    pub fn print(&self) -> String {
        self.0.iter().fold(String::new(), |mut line, (name, value)| {
            // Writing to a text does not fail.
            let _ = write!(line, "{name}={value} ");
            line
        })
    }

    /// Those of a printed line.
    ///
    /// # Errors
    /// A word that is no figure.
    pub fn parse(line: &str) -> Outcome<Self> {
        let figure = |word: &str| -> Outcome<(String, f64)> {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("no figure: {word}"))?;
            Ok((name.to_owned(), value.parse()?))
        };
        Ok(Self(line.split_whitespace().map(figure).collect::<Outcome<_>>()?))
    }
}

/// Time and processor time since its start.
pub struct Meter {
    began: Instant,
    cpu_ns: f64,
}

impl Meter {
    /// Begins now.
    ///
    /// # Errors
    /// The processor time cannot be read.
    pub fn start() -> Outcome<Self> {
        Ok(Self { cpu_ns: cpu_ns()?, began: Instant::now() })
    }

    /// Ends now: `wall_ns` and `cpu_ns` of each of so many operations.
    ///
    /// # Errors
    /// The processor time cannot be read.
    pub fn stop(self, operations: usize) -> Outcome<Figures> {
        let wall_ns = self.began.elapsed().as_nanos() as f64;
        let cpu_ns = cpu_ns()? - self.cpu_ns;
        let operations = operations as f64;
        Ok(Figures::default().with("wall_ns", wall_ns / operations).with("cpu_ns", cpu_ns / operations))
    }
}

/// `p50_us`, `p99_us` and `max_us`.
pub fn percentiles(mut samples: Vec<Duration>) -> Figures {
    samples.sort_unstable();
    let at = |share: f64| {
        let place = (samples.len() as f64 * share) as usize;
        samples.get(place.min(samples.len().saturating_sub(1))).map_or(0.0, |taken| taken.as_secs_f64() * 1e6)
    };
    Figures::default().with("p50_us", at(0.5)).with("p99_us", at(0.99)).with("max_us", at(1.0))
}

/// Processor time of all threads of this process, to the nanosecond.
fn cpu_ns() -> Outcome<f64> {
    let mut ran_ns = 0.0;
    // The system counts a running thread up to its last switch or tick, which is up to 4 ms ago.
    std::thread::yield_now();
    for thread in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        ran_ns += text.split(' ').next().ok_or("an empty schedstat")?.parse::<f64>()?;
    }
    Ok(ran_ns)
}

/// What the allocator has given out and not got back.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Bytes asked for.
    pub bytes: f64,
    /// How often.
    pub blocks: f64,
}

/// Memory of this process.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    heap: Heap,
    resident_bytes: f64,
}

impl Memory {
    /// As it is now.
    ///
    /// # Errors
    /// The resident size cannot be read.
    pub fn now(heap: fn() -> Heap) -> Outcome<Self> {
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let resident_kb: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(Self { heap: heap(), resident_bytes: resident_kb * 1024.0 })
    }

    /// What each of so many actors has added since.
    pub fn since(&self, before: &Self, actors: usize) -> Figures {
        let each = |now: f64, before: f64| (now - before) / actors as f64;
        Figures::default()
            .with("resident_bytes", each(self.resident_bytes, before.resident_bytes))
            .with("heap_bytes", each(self.heap.bytes, before.heap.bytes))
            .with("heap_blocks", each(self.heap.blocks, before.heap.blocks))
    }
}
