//! The same work on shiftboss-kernel, ractor and kameo.
//!
//! | piece | what it is |
//! | --- | --- |
//! | [`peer`] | what is asked of each library; `ours`, `ractor_peer` and `kameo_peer` answer it |
//! | [`work`] | the measurements, written once over [`peer::Peer`] |
//! | [`meter`] | time, processor time and memory of this process |
//! | [`measure`] | one measurement of one library, printed for the bench `table` to read |
//!
//! The bench `table` starts the program `measure` for every figure, so that nothing that one library leaves
//! behind in a process, be it heap, threads or a panic hook, is charged to another.

pub mod kameo_peer;
pub mod measure;
pub mod meter;
pub mod ours;
pub mod peer;
pub mod ractor_peer;
mod tokio_threads;
pub mod work;

/// What may fail here fails the whole run.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;
