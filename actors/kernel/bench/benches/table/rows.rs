//! The rows of the table: what is shown of which measurement, and what is wanted of it.

use crate::goal::Goal::{self, AtLeast, AtMost, Below};
use crate::goal::Unit::{self, Bytes, Count, Microseconds, Milliseconds, Nanoseconds, Rate};

pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) measurement: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) unit: Unit,
    pub(crate) goals: &'static [Goal],
}

const fn row(
    label: &'static str,
    measurement: &'static str,
    figure: &'static str,
    unit: Unit,
    goals: &'static [Goal],
) -> Row {
    Row { label, measurement, figure, unit, goals }
}

const MEMORY: &[Goal] = &[AtMost(0.4)];
const TELL: &[Goal] = &[AtLeast(1.0)];
const ASK: &[Goal] = &[AtLeast(0.8)];
const NONE: &[Goal] = &[];

/// In the order of the table.
pub(crate) const ROWS: [Row; 36] = [
    row("memory an idle actor, 10,000", "memory-10k", "resident_bytes", Bytes, MEMORY),
    row("  of it asked for", "memory-10k", "heap_bytes", Bytes, MEMORY),
    row("  in so many blocks", "memory-10k", "heap_blocks", Count, NONE),
    row("memory an idle actor, 100,000", "memory-100k", "resident_bytes", Bytes, MEMORY),
    row("  of it asked for", "memory-100k", "heap_bytes", Bytes, MEMORY),
    row("the same with a timer, 10,000", "memory-timer-10k", "resident_bytes", Bytes, MEMORY),
    row("  of it asked for", "memory-timer-10k", "heap_bytes", Bytes, MEMORY),
    row("  in so many blocks", "memory-timer-10k", "heap_blocks", Count, NONE),
    row("the same with a timer, 100,000", "memory-timer-100k", "resident_bytes", Bytes, MEMORY),
    row("  of it asked for", "memory-timer-100k", "heap_bytes", Bytes, MEMORY),
    row("spawn", "spawn", "wall_ns", Rate, NONE),
    row("  CPU", "spawn", "cpu_ns", Nanoseconds, NONE),
    row("tell, one thread", "tell", "wall_ns", Rate, TELL),
    row("  CPU", "tell", "cpu_ns", Nanoseconds, &[AtMost(1.0)]),
    row("tell, to another thread", "tell-apart", "wall_ns", Rate, TELL),
    row("  CPU", "tell-apart", "cpu_ns", Nanoseconds, NONE),
    row("tell, peers share two threads", "tell-shared", "wall_ns", Rate, TELL),
    row("  CPU", "tell-shared", "cpu_ns", Nanoseconds, NONE),
    row("ask with deadline, one thread", "ask", "wall_ns", Rate, ASK),
    row("  CPU", "ask", "cpu_ns", Nanoseconds, &[AtMost(1.25)]),
    row("ask, peers without deadline", "ask-no-deadline", "wall_ns", Rate, NONE),
    row("  CPU", "ask-no-deadline", "cpu_ns", Nanoseconds, NONE),
    row("ask, to another thread", "ask-apart", "wall_ns", Rate, NONE),
    row("  CPU", "ask-apart", "cpu_ns", Nanoseconds, NONE),
    row("ask, peers share two threads", "ask-shared", "wall_ns", Rate, NONE),
    row("  CPU", "ask-shared", "cpu_ns", Nanoseconds, NONE),
    row("panic to serving, p50", "panic", "p50_us", Microseconds, NONE),
    row("  p99", "panic", "p99_us", Microseconds, &[AtMost(1.0), Below(20.0, Microseconds)]),
    row("  the longest", "panic", "max_us", Microseconds, NONE),
    row("  CPU", "panic", "cpu_ns", Nanoseconds, NONE),
    row("10,000 panics to all serving", "storm", "wall_ns", Milliseconds, &[Below(250.0, Milliseconds)]),
    row("  CPU", "storm", "cpu_ns", Milliseconds, NONE),
    row("snapshot of 10,000", "snapshot", "wall_ns", Milliseconds, NONE),
    row("  CPU", "snapshot", "cpu_ns", Milliseconds, NONE),
    row("shutdown of 10,000", "shutdown", "wall_ns", Milliseconds, NONE),
    row("  CPU", "shutdown", "cpu_ns", Milliseconds, NONE),
];
