//! The threads of a library that runs on a plain tokio runtime.

use std::future::{Future, pending};

use tokio::runtime::{Builder, Handle};

use crate::Outcome;
use crate::peer::Threads;

/// Runs `work` as a task of a new runtime, until it is done.
pub(crate) fn run<T: Send + 'static>(
    threads: Threads,
    work: impl Future<Output = Outcome<T>> + Send + 'static,
) -> Outcome<T> {
    let mut builder = match threads {
        Threads::One | Threads::Apart => Builder::new_current_thread(),
        Threads::Shared => Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(2).enable_all().build()?;
    runtime.block_on(async { tokio::spawn(work).await? })
}

/// The runtime for the children of a family: this one, or that of a new thread.
pub(crate) fn of_children(threads: Threads) -> Outcome<Handle> {
    if threads != Threads::Apart {
        return Ok(Handle::current());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::spawn(move || runtime.block_on(pending::<()>()));
    Ok(handle)
}
