//! One measurement of one library in this process: `measure LIBRARY MEASUREMENT` prints its figures.

use std::process::ExitCode;

use crate::kameo_peer::Kameo;
use crate::meter::{Figures, Heap};
use crate::ours::Ours;
use crate::peer::{Peer, Threads};
use crate::ractor_peer::Ractor;
use crate::{Outcome, work};

/// The libraries, by the names that [`main`] knows.
pub const LIBRARIES: [&str; 3] = ["shiftboss", "ractor", "kameo"];

/// What a program that is one measurement does. `heap` tells what it has allocated, if it knows.
pub fn main(heap: Option<fn() -> Heap>) -> ExitCode {
    // A printed panic would cost far more than the restart after it.
    std::panic::set_hook(Box::new(|_| {}));
    let mut words = std::env::args().skip(1);
    let (library, what) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let measured = match library.as_str() {
        "shiftboss" => measure::<Ours>(&what, heap),
        "ractor" => measure::<Ractor>(&what, heap),
        "kameo" => measure::<Kameo>(&what, heap),
        other => Err(format!("no library {other:?}; there are {}", LIBRARIES.join(", ")).into()),
    };
    match measured {
        Ok(figures) => {
            println!("{}", figures.print());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{library} {what}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure<P: Peer>(what: &str, heap: Option<fn() -> Heap>) -> Outcome<Figures> {
    use Threads::{Apart, One, Shared};
    let memory = |children, with_timer| {
        let heap = heap.ok_or("this program does not count what it allocates; take measure-heap")?;
        P::run(One, work::memory::<P>(children, with_timer, heap))
    };
    match what {
        "memory-10k" => memory(10_000, false),
        "memory-100k" => memory(100_000, false),
        "memory-timer-10k" => memory(10_000, true),
        "memory-timer-100k" => memory(100_000, true),
        "spawn" => P::run(One, work::spawn::<P>(10_000)),
        "tell" => P::run(One, work::tell::<P>(One, 1_000_000)),
        "tell-apart" => P::run(Apart, work::tell::<P>(Apart, 1_000_000)),
        "tell-shared" => P::run(Shared, work::tell::<P>(Shared, 1_000_000)),
        "ask" => P::run(One, work::ask::<P>(One, true, 300_000)),
        "ask-no-deadline" => P::run(One, work::ask::<P>(One, false, 300_000)),
        // Fewer, because each may have to wake another thread.
        "ask-apart" => P::run(Apart, work::ask::<P>(Apart, true, 30_000)),
        "ask-shared" => P::run(Shared, work::ask::<P>(Shared, true, 30_000)),
        "panic" => P::run(One, work::panics::<P>(2_000)),
        "storm" => P::run(One, work::storm::<P>(10_000)),
        "snapshot" => P::run(One, work::snapshot::<P>(10_000)),
        "shutdown" => P::run(One, work::shutdown::<P>(10_000)),
        other => Err(format!("no measurement {other:?}").into()),
    }
}
