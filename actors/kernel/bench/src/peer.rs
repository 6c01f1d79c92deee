//! What every library is asked to do. An actor holds one `u64`: a tell adds to it, an ask answers it.

use std::future::Future;
use std::time::Duration;

use crate::Outcome;

/// The deadline of every ask that has one: long enough never to strike.
pub const WITHIN: Duration = Duration::from_secs(60);

/// The period of the timer of an actor that has one.
pub const PERIOD: Duration = Duration::from_secs(60);

/// What a child accepts ahead of what it has handled. Above every burst, so that no library waits.
pub const CAPACITY: u32 = 1_000_000;

/// Where the children of a family run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// On the thread of those who talk to them.
    One,
    /// On another thread than those who talk to them.
    Apart,
    /// On two threads that share their tasks, where the library can; else as `Apart`.
    Shared,
}

/// A supervisor and its children: each is restarted when it panics, without limit and delay.
pub trait Peer: Send + Sync + Sized + 'static {
    /// The way to one child.
    type Way: Clone + Send + Sync + 'static;

    /// Runs `work` as a task, as an actor or a request would run, until it is done.
    ///
    /// # Errors
    /// Those of the work.
    fn run<T: Send + 'static>(
        threads: Threads,
        work: impl Future<Output = Outcome<T>> + Send + 'static,
    ) -> Outcome<T>;

    /// Starts a supervisor without children.
    fn start(threads: Threads) -> impl Future<Output = Outcome<Self>> + Send;

    /// Starts one more child, and waits until it has started.
    fn child(&mut self, with_timer: bool) -> impl Future<Output = Outcome<()>> + Send;

    /// The way to a child, as it is now; children are counted from 0.
    fn way(&self, nth: usize) -> Self::Way;

    /// Adds to the child's number.
    ///
    /// # Errors
    /// The child does not take it.
    fn tell(way: &Self::Way, number: u64) -> Outcome<()>;

    /// The child's number, asked with the deadline [`WITHIN`]; None when it did not answer.
    fn ask(way: &Self::Way) -> impl Future<Output = Option<u64>> + Send;

    /// The child's number, asked without a deadline.
    fn ask_without_deadline(way: &Self::Way) -> impl Future<Output = Option<u64>> + Send;

    /// Makes the child panic.
    ///
    /// # Errors
    /// The child does not take it.
    fn boom(way: &Self::Way) -> Outcome<()>;

    /// How many children a snapshot of the whole shows; None where there is no such thing.
    fn snapshot(&self) -> impl Future<Output = Outcome<Option<usize>>> + Send {
        std::future::ready(Ok(None))
    }

    /// Stops the children and their supervisor, and waits until all have ended.
    fn stop(self) -> impl Future<Output = Outcome<()>> + Send;
}
