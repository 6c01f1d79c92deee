//! Supervision for actix actors.
//!
//! An actor runs in a *cell* under a [`Supervisor`] or a [`Pool`]. A failure, be it a panic in a handler, a
//! future, a timer, a hook or a destructor, ends an incarnation and nothing else: the cell swaps a fresh value
//! in, and mailbox and addresses survive. Only the message in flight is lost.
//!
//! `SEMANTICS.md` beside this crate is the contract.
//!
//! | piece | what it is |
//! | --- | --- |
//! | [`Spec`], [`SupervisorSpec`], [`PoolSpec`] | how a child is built, and what to do when it ends |
//! | [`Ctx`], [`supervised!`] | the context of a supervised actor |
//! | [`Tx`], [`To`] | the bounded ways to an actor: `tell` and `ask` |
//! | [`Tree`], [`Observer`], [`Node`] | a running tree, and what it shows of itself |
//! | [`Chaos`], [`Fault`] | faults on purpose, and how they are written |
//! | [`Watchdog`], [`Pulse`] | which arbiters turn, and how late |
//! | [`testkit`] | probes, scripted children and faults, for tests (feature `testkit`) |
//!
//! ```
//! use std::time::Duration;
//!
//! use actix::{Actor, Handler, Message};
//! use shiftboss_kernel::{Ctx, Spec, Strategy, SupervisorSpec, Tree, supervised};
//!
//! struct Counter(u32);
//!
//! #[derive(Message)]
//! #[rtype(result = "u32")]
//! struct Add(u32);
//!
//! impl Actor for Counter {
//!     type Context = Ctx<Self>;
//! }
//! supervised!(Counter);
//!
//! impl Handler<Add> for Counter {
//!     type Result = u32;
//!
//!     fn handle(&mut self, Add(n): Add, _: &mut Ctx<Self>) -> u32 {
//!         assert!(n > 0, "nothing to add");
//!         self.0 += n;
//!         self.0
//!     }
//! }
//!
//! # actix_rt::System::new().block_on(async {
//! let (counter, bound) = Spec::new("counter", || Counter(0)).bind();
//! let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound);
//! let mut tree = Tree::start("example", spec).await.expect("the tree starts");
//!
//! let second = Duration::from_secs(1);
//! assert_eq!(counter.ask(Add(2), second).await, Ok(2));
//! assert!(counter.ask(Add(0), second).await.is_err(), "it panicked over this one");
//! assert_eq!(counter.ask(Add(3), second).await, Ok(3), "a fresh counter at the same address");
//!
//! tree.shutdown();
//! tree.ended().await;
//! # });
//! ```

mod cell;
mod chaos;
mod child;
mod context;
mod control;
mod ctl;
mod envelope;
mod event;
mod exit;
mod history;
mod kind;
mod orders;
mod policy;
mod pool;
mod seats;
mod snapshot;
mod spec;
mod supervisor;
mod sync;
#[cfg(feature = "testkit")]
pub mod testkit;
mod tree;
mod tx;
mod watchdog;

pub use chaos::{Chaos, Fault, FaultError};
pub use child::{
    ChildError, ChildEvent, InjectPanic, News, Park, RestartChild, Resume, StartChild, Terminate,
    TerminateAll, Watch,
};
pub use context::Ctx;
pub use control::{Action, ControlError, NoAction, Operator};
pub use exit::{Exit, Panicked};
pub use history::{EXITS_KEPT, ExitRecord};
pub use kind::{BUCKETS_SECONDS, Counted, Histogram, KindStats, kinds};
pub use orders::Incarnation;
pub use policy::{AutoShutdown, Backoff, Intensity, Restart, Shutdown, Strategy};
pub use pool::{Pool, PoolSpec};
pub use snapshot::{Counts, Node, Phase, Role, Snapshot};
pub use spec::{Bound, Spec, SpecError};
pub use supervisor::{Supervisor, SupervisorSpec};
pub use tree::{BootError, Observer, Tree};
pub use tx::{Refused, To, Tx};
pub use watchdog::{Pulse, Watchdog, WatchdogConfig};

/// Lets an actor be restarted in place: `supervised!(Device);`
#[macro_export]
macro_rules! supervised {
    ($actor:ty) => {
        impl actix::Supervised for $actor {
            fn restarting(&mut self, ctx: &mut Self::Context) {
                $crate::Ctx::swap(ctx, self);
            }
        }
    };
}
