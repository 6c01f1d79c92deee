//! What this process has used: processor time and memory.

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Processor time of this process.
pub(crate) struct Cpu {
    /// To the nanosecond, of all threads.
    pub(crate) ran_seconds: f64,
    /// Sampled at the kernel's tick: good for a share, too coarse for a sum.
    user_ticks: f64,
    system_ticks: f64,
}

impl Cpu {
    pub(crate) fn so_far() -> Outcome<Self> {
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

    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            ran_seconds: self.ran_seconds - before.ran_seconds,
            user_ticks: self.user_ticks - before.user_ticks,
            system_ticks: self.system_ticks - before.system_ticks,
        }
    }

    pub(crate) fn system_share(&self) -> f64 {
        self.system_ticks / (self.system_ticks + self.user_ticks)
    }
}

pub(crate) fn resident_kb() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
