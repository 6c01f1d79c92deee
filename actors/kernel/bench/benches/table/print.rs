//! The table as text: median and spread of each library, our ratio to the best peer, and the goals.

use shiftboss_kernel_bench::measure::LIBRARIES;

use crate::rows::Row;
use crate::runs::{Runs, Spread};

/// Where a library has no such thing.
const NOTHING: &str = "-";

type Cells = [String; 7];

pub(crate) fn table(rows: &[Row], runs: &[Runs]) {
    let heading = ["", "ours", "ractor", "kameo", "ratio to best peer", "goal", ""].map(str::to_owned);
    let body = rows.iter().filter_map(|row| {
        let runs = runs.iter().find(|runs| runs.measurement == row.measurement)?;
        Some(cells(row, runs))
    });
    let lines: Vec<Cells> = std::iter::once(heading).chain(body).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 7] = std::array::from_fn(width);
    println!("ractor {}, kameo {}; median of the rounds (least-most)\n", version("ractor"), version("kameo"));
    for (number, line) in lines.iter().enumerate() {
        let padded = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        println!("| {} |", padded.collect::<Vec<_>>().join(" | "));
        if number == 0 {
            println!("| {} |", widths.map(|width| "-".repeat(width.max(3))).join(" | "));
        }
    }
}

fn cells(row: &Row, runs: &Runs) -> Cells {
    let spreads: [Option<Spread>; LIBRARIES.len()] =
        std::array::from_fn(|library| runs.spread(library, row.figure));
    let [ours, ractor, kameo] = spreads;
    let ratio = ours.zip(best(row, ractor, kameo)).map(|(ours, best)| row.unit.read(ours.median) / best);
    let shown = spreads.map(|spread| spread.map_or_else(|| NOTHING.to_owned(), |spread| show(row, spread)));
    let [ours_shown, ractor_shown, kameo_shown] = shown;
    let goals = row.goals.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    let ratio_shown = ratio.map_or_else(|| NOTHING.to_owned(), |ratio| format!("{ratio:.2}"));
    let label = row.label.to_owned();
    [label, ours_shown, ractor_shown, kameo_shown, ratio_shown, goals, verdict(row, ours, ratio)]
}

/// The better one of the peers' medians, in the row's unit.
fn best(row: &Row, ractor: Option<Spread>, kameo: Option<Spread>) -> Option<f64> {
    let peers = [ractor, kameo].into_iter().flatten().map(|peer| row.unit.read(peer.median));
    peers.reduce(if row.unit.more_is_better() { f64::max } else { f64::min })
}

fn show(row: &Row, spread: Spread) -> String {
    let shown = |value| row.unit.show(row.unit.read(value));
    let (mut low, mut high) = (shown(spread.least), shown(spread.most));
    if row.unit.more_is_better() {
        std::mem::swap(&mut low, &mut high);
    }
    let median = shown(spread.median);
    if low == high {
        return median;
    }
    // The unit once is enough.
    let plain = |text: &str| text.split(' ').next().unwrap_or(text).to_owned();
    let same_unit = low.split(' ').next_back() == median.split(' ').next_back();
    let low = if same_unit { plain(&low) } else { low };
    let same_unit = high.split(' ').next_back() == median.split(' ').next_back();
    let high = if same_unit { plain(&high) } else { high };
    format!("{median} ({low}-{high})")
}

fn verdict(row: &Row, ours: Option<Spread>, ratio: Option<f64>) -> String {
    let Some(ours) = ours else { return String::new() };
    let value = row.unit.read(ours.median);
    let verdicts = row.goals.iter().map(|goal| match goal.is_met(value, ratio) {
        Some(true) => "met",
        Some(false) => "missed",
        None => NOTHING,
    });
    verdicts.collect::<Vec<_>>().join(", ")
}

/// The version of a package that this bench is locked to.
fn version(package: &str) -> &'static str {
    let lock = include_str!("../../Cargo.lock");
    let name = format!("name = \"{package}\"\nversion = \"");
    lock.split_once(&name).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("of no known version")
}
