//! One measurement of one library, with an allocator that counts.

use std::alloc::System;
use std::process::ExitCode;

use shiftboss_kernel_bench::measure;
use shiftboss_kernel_bench::meter::Heap;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn heap() -> Heap {
    let stats = ALLOCATOR.stats();
    Heap {
        bytes: stats.bytes_allocated as f64 - stats.bytes_deallocated as f64,
        blocks: stats.allocations as f64 - stats.deallocations as f64,
    }
}

fn main() -> ExitCode {
    measure::main(Some(heap))
}
