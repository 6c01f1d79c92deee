//! The kernel beside ractor and kameo: `cargo bench --manifest-path actors/kernel/bench/Cargo.toml`.
//!
//! Words after `--` choose measurements by a part of their names: `-- tell ask`. Every figure is measured in a
//! process of its own; the libraries take turns within a round, and the table shows the median of the rounds.

use std::process::ExitCode;

use shiftboss_kernel_bench::Outcome;

mod goal;
mod print;
mod rows;
mod runs;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    // Cargo itself adds `--bench`.
    let words: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let chosen = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let rows: Vec<_> = rows::ROWS.into_iter().filter(|row| chosen(row.measurement)).collect();
    if rows.is_empty() {
        let names = measurements(&rows::ROWS).join(", ");
        return Err(format!("no measurement is called {}; there are {names}", words.join(" or ")).into());
    }
    let runs = runs::run(measurements(&rows))?;
    print::table(&rows, &runs);
    Ok(())
}

/// Those that the rows show, each once.
fn measurements(rows: &[rows::Row]) -> Vec<&'static str> {
    let mut names: Vec<_> = rows.iter().map(|row| row.measurement).collect();
    names.dedup();
    names
}
