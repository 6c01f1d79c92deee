//! A few of the rates under criterion, which keeps what it has measured and tells what has changed since:
//! `cargo bench --manifest-path actors/kernel/bench/Cargo.toml --features criterion --bench rates`.

use std::time::Duration;

use criterion::Criterion;
use shiftboss_kernel_bench::kameo_peer::Kameo;
use shiftboss_kernel_bench::meter::Figures;
use shiftboss_kernel_bench::ours::Ours;
use shiftboss_kernel_bench::peer::{Peer, Threads};
use shiftboss_kernel_bench::ractor_peer::Ractor;
use shiftboss_kernel_bench::{Outcome, work};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    rates::<Ours>(&mut criterion, "shiftboss");
    rates::<Ractor>(&mut criterion, "ractor");
    rates::<Kameo>(&mut criterion, "kameo");
    criterion.final_summary();
}

fn rates<P: Peer>(criterion: &mut Criterion, library: &str) {
    let one = Threads::One;
    rate(criterion, "spawn", library, |children| P::run(one, work::spawn::<P>(children)));
    rate(criterion, "tell", library, |messages| P::run(one, work::tell::<P>(one, messages)));
    rate(criterion, "ask", library, |asks| P::run(one, work::ask::<P>(one, true, asks)));
}

/// Every sample has a runtime and a family of its own, whose start is not measured.
fn rate(criterion: &mut Criterion, what: &str, library: &str, measure: impl Fn(usize) -> Outcome<Figures>) {
    criterion.bench_function(&format!("{what}/{library}"), |bencher| {
        bencher.iter_custom(|operations| {
            let figures = measure(usize::try_from(operations).unwrap_or(usize::MAX));
            let each_ns = figures.ok().and_then(|figures| figures.get("wall_ns")).unwrap_or(f64::NAN);
            Duration::from_secs_f64(each_ns * operations as f64 / 1e9)
        });
    });
}
