//! Starts the measuring processes: in every round each measurement, of each library in turn.

use std::process::{Command, Stdio};

use shiftboss_kernel_bench::Outcome;
use shiftboss_kernel_bench::measure::LIBRARIES;
use shiftboss_kernel_bench::meter::Figures;

/// Enough that three disturbed rounds leave the median alone.
const ROUNDS: usize = 9;

/// Memory hardly differs from round to round, and takes long at 100,000 actors.
const ROUNDS_OF_MEMORY: usize = 3;

/// What the rounds of one measurement have given.
pub(crate) struct Runs {
    pub(crate) measurement: &'static str,
    /// The rounds of each library, in the order of [`LIBRARIES`].
    rounds: [Vec<Figures>; LIBRARIES.len()],
}

/// The middle of a figure over its rounds, and how far these lie apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// All rounds of all these measurements.
pub(crate) fn run(measurements: Vec<&'static str>) -> Outcome<Vec<Runs>> {
    let mut all: Vec<_> = measurements.into_iter().map(Runs::new).collect();
    for round in 0..ROUNDS {
        eprintln!("round {} of {ROUNDS}", round + 1);
        for runs in &mut all {
            runs.round(round)?;
        }
    }
    Ok(all)
}

impl Runs {
    fn new(measurement: &'static str) -> Self {
        Self { measurement, rounds: [const { Vec::new() }; LIBRARIES.len()] }
    }

    fn round(&mut self, round: usize) -> Outcome<()> {
        let of_memory = self.measurement.starts_with("memory");
        if of_memory && round >= ROUNDS_OF_MEMORY {
            return Ok(());
        }
        for turn in 0..LIBRARIES.len() {
            // Each library comes first, second and last as often as the others.
            let library = (round + turn) % LIBRARIES.len();
            self.rounds[library].push(measure(LIBRARIES[library], self.measurement, of_memory)?);
        }
        Ok(())
    }

    /// A figure of the nth library; None when it has no such thing.
    pub(crate) fn spread(&self, library: usize, figure: &str) -> Option<Spread> {
        let mut values: Vec<_> = self.rounds[library].iter().filter_map(|round| round.get(figure)).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        Some(Spread { median: values[values.len() / 2], least, most })
    }
}

/// Runs one measurement of one library in a process of its own.
fn measure(library: &str, measurement: &str, of_memory: bool) -> Outcome<Figures> {
    let counts = env!("CARGO_BIN_EXE_measure-heap");
    let program = if of_memory { counts } else { env!("CARGO_BIN_EXE_measure") };
    let mut command = Command::new(program);
    // A backtrace that some library takes of a panic is not what is measured here.
    command.args([library, measurement]).env_remove("RUST_BACKTRACE").env_remove("RUST_LIB_BACKTRACE");
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{measurement} of {library} failed: {}", output.status).into());
    }
    Figures::parse(&String::from_utf8(output.stdout)?)
}
