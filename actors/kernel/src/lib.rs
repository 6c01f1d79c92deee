//! Supervision for [actix] actors.
//!
//! An actor runs in a *cell* under a [`Supervisor`] or a [`Pool`]. A failure, be it a panic in a handler, a
//! future, a timer, a hook or a destructor, ends an incarnation and nothing else: the cell swaps a fresh value
//! in, and mailbox and addresses survive. Only the message in flight is lost.
//!
//! What may be relied on is written down in [`semantics`], line by line; the crate's tests are named after it.
//!
//! # Why not actix alone
//!
//! Actix brings no supervision that survives a panic. With actix 0.13.5:
//!
//! | what happens | actix | here |
//! | --- | --- | --- |
//! | a panic in a handler, a future, a timer or `started` | the actor is gone, also under `actix::Supervisor`, which does not notice | a fresh value at the same address; message, place in the source and message type are known |
//! | messages queued behind it | are lost | are handled by the fresh value |
//! | then a second panic: in `stopped`, in a destructor, or over the next message while `stopping` says `Continue` | aborts the process | is contained |
//! | `stop` in `started` | under `actix::Supervisor`, a loop that never gives its thread back | counts as a failed start, until the supervisor gives up |
//! | `stop` | under `actix::Supervisor`, the same value begins again at once, without limit | the restart policy decides; a fresh value after the back-off, within the intensity |
//! | a full mailbox | is full for one clone of an `Addr`; `do_send` and `send` pass it by | is full for all: [`Refused::Full`] |
//! | a million queued messages | hold up every other actor of the thread | an actor yields after 128 |
//! | how full a mailbox is | cannot be known | [`Tx::depth`] |
//!
//! # The pieces
//!
//! | piece | what it is |
//! | --- | --- |
//! | [`Spec`], [`SupervisorSpec`], [`PoolSpec`] | how a child is built, and what to do when it ends |
//! | [`Ctx`], [`supervised!`] | the context of a supervised actor |
//! | [`Tx`], [`To`] | the bounded ways to an actor: `tell` and `ask` |
//! | [`Tree`] | a running tree: boots in order, stops in reverse |
//! | [`Observer`], [`Node`], [`Watch`], [`kinds`] | what a tree shows of itself: every child in every state, its ends, and counters by type |
//! | [`Operator`] | terminates, restarts, parks and resumes one child, by its path |
//! | [`Chaos`], [`Fault`] | faults on purpose, and how they are written |
//! | [`contain`] | makes an error of a panic outside of actors |
//! | [`Watchdog`], [`Pulse`] | which arbiters turn, and how late |
//! | `testkit` | probes, scripted children and a journal, for tests (feature `testkit`) |
//!
//! # A tour
//!
//! An actor's context is [`Ctx`]; everything else of it is plain actix.
//!
//! ```
//! use actix::{Actor, Handler, Message};
//! use shiftboss_kernel::{Ctx, supervised};
//!
//! struct Counter(u32);
//!
//! impl Actor for Counter {
//!     type Context = Ctx<Self>;
//! }
//! supervised!(Counter);
//!
//! #[derive(Message)]
//! #[rtype(result = "u32")]
//! struct Add(u32);
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
//! ```
//!
//! A [`Spec`] makes the mailbox before anything runs. Its [`Tx`] is good at once and over all restarts, so that
//! addresses are plain constructor arguments; its [`Bound`] goes to a supervisor.
//!
//! ```
//! # use actix::{Actor, Handler, Message};
//! # use shiftboss_kernel::{Ctx, supervised};
//! # struct Counter(u32);
//! # impl Actor for Counter {
//! #     type Context = Ctx<Self>;
//! # }
//! # supervised!(Counter);
//! # #[derive(Message)]
//! # #[rtype(result = "u32")]
//! # struct Add(u32);
//! # impl Handler<Add> for Counter {
//! #     type Result = u32;
//! #     fn handle(&mut self, Add(n): Add, _: &mut Ctx<Self>) -> u32 {
//! #         assert!(n > 0, "nothing to add");
//! #         self.0 += n;
//! #         self.0
//! #     }
//! # }
//! use std::time::Duration;
//!
//! use shiftboss_kernel::{Action, Backoff, Phase, PoolSpec, Refused};
//! use shiftboss_kernel::{Spec, StartChild, Strategy, SupervisorSpec, Tree};
//!
//! # actix_rt::System::new().block_on(async {
//! let second = Duration::from_secs(1);
//! let pauses = Backoff::new(10 * second, 60 * second);
//! let (counter, bound) = Spec::new("counter", || Counter(0)).backoff(pauses).bind();
//! let (pool, pool_bound) = PoolSpec::default().bind("pool", None)?;
//! let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound).child(pool_bound);
//! let mut tree = Tree::start("example", spec).await?;
//!
//! // As in a test, on a clock that jumps to the next deadline whenever all actors rest.
//! tokio::time::pause();
//!
//! // Ask, with a deadline. A panic costs the message that it strikes, and the state.
//! assert_eq!(counter.ask(Add(2), second).await, Ok(2));
//! assert_eq!(counter.ask(Add(0), second).await, Err(Refused::Gone), "it panicked over this one");
//! assert_eq!(counter.ask(Add(3), second).await, Err(Refused::Late), "it is in back-off");
//! assert_eq!(counter.ask(Add(4), 60 * second).await, Ok(4), "a fresh value, at the same address");
//!
//! // A pool takes thousands of like children, each with a failure budget of its own.
//! for number in 0..1000 {
//!     let (_, bound) = Spec::new(format!("counter:{number}"), || Counter(0)).bind();
//!     pool.ask(StartChild(bound), second).await??;
//! }
//!
//! // An operator holds one of them; an observer sees all.
//! tree.operator().order("pool/counter:7", Action::Park, second).await?;
//! let root = tree.observer().snapshot(second).await;
//! assert_eq!(root.find(["pool"]).map(|pool| pool.counts().active), Some(999));
//! assert_eq!(root.find(["pool", "counter:7"]).map(|child| child.phase), Some(Phase::Parked));
//! let exit = root.find(["counter"]).and_then(|counter| counter.last_exit()).map(ToString::to_string);
//! assert!(exit.is_some_and(|exit| exit.starts_with("panic: nothing to add at ")));
//!
//! tree.shutdown();
//! tree.ended().await;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # }).expect("the tour compiles and runs");
//! ```
//!
//! With the feature `testkit`, a `Probe` stands for an actor and expects messages, a `Scripted` child fails as its
//! script says, and a `Journal` tells who started and stopped in which order.
//!
//! # Beside Erlang/OTP
//!
//! Child specifications, strategies, intensity, shutdown, significance and their names are OTP's. What differs does
//! on purpose: above all, a restart keeps address and mailbox. The differences, each with its reason, are at the end
//! of [`semantics`].
//!
//! # Limits
//!
//! - A panic is contained by unwinding: a program built with `panic = "abort"` has no supervision.
//! - A value that blocks its thread is seen, by the [`Watchdog`] and in a snapshot, but nobody can stop it. What blocks
//!   belongs on a thread of its own: [`Spec::on`].
//! - Two destructors that panic in one go, of two fields of one value or of two futures of one actor, abort the
//!   process: that is Rust's rule.
//! - A child that lived on a thread that has ended is gone for good; its supervisors give up one after the other.
//! - A [`Supervisor`] is for tens of children. Thousands belong in a [`Pool`].
//! - Capacity and deadlines are those of messages: futures and timers of an actor are its own affair.
//! - The first contained panic installs a panic hook for the process; it passes on what is not contained.

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
mod mailbox;
mod orders;
mod policy;
mod pool;
mod receiver;
mod snapshot;
mod spec;
mod supervisor;
mod sync;
#[cfg(feature = "testkit")]
pub mod testkit;
mod tree;
mod tx;
mod watchdog;

pub mod semantics {
    #![doc = include_str!("../SEMANTICS.md")]
}

pub use chaos::{Chaos, Fault, FaultError};
pub use child::{
    ChildError, ChildEvent, InjectPanic, News, Park, RestartChild, Resume, StartChild, Terminate,
    TerminateAll, Watch,
};
pub use context::Ctx;
pub use control::{Action, ControlError, NoAction, Operator};
pub use exit::{Exit, Panicked, contain};
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
