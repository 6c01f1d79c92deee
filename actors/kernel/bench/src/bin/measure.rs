//! One measurement of one library.

use std::process::ExitCode;

fn main() -> ExitCode {
    shiftboss_kernel_bench::measure::main(None)
}
