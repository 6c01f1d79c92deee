//! How a child is built and treated: `Spec` while its type is known, `Bound` after.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::{Actor, ArbiterHandle, Handler, Supervised};

use crate::cell::{Cell, Factory, Reporter};
use crate::chaos::Chaos;
use crate::context::Ctx;
use crate::control::Control;
use crate::ctl::Ctl;
use crate::event::Parent;
use crate::kind::{Kind, short_name};
use crate::orders::Order;
use crate::policy::{Backoff, Restart, Shutdown};
use crate::receiver::Receiver;
use crate::snapshot::{Role, Snapshot};
use crate::tx::{Places, To, Tx};

/// The time a worker has to stop, unless its spec says otherwise.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Messages a child accepts ahead of what it has handled, unless its spec says otherwise.
const CAPACITY: u32 = 64;

/// How to build and run one child.
///
/// ```
/// # use shiftboss_kernel::{Ctx, Restart, Spec, supervised};
/// struct Fan;
/// impl actix::Actor for Fan {
///     type Context = Ctx<Self>;
/// }
/// supervised!(Fan);
///
/// let (fan, bound) = Spec::new("fan", || Fan).restart(Restart::Transient).capacity(16).bind();
/// assert_eq!(fan.id(), "fan");
/// # drop(bound);
/// ```
pub struct Spec<A: Actor<Context = Ctx<A>>> {
    id: Arc<str>,
    make: Factory<A>,
    restart: Restart,
    shutdown: Shutdown,
    backoff: Backoff,
    significant: bool,
    capacity: u32,
    arbiter: Option<ArbiterHandle>,
}

impl<A: Actor<Context = Ctx<A>> + Supervised> Spec<A> {
    /// A permanent child. `make` builds every incarnation: it must not block, nor open anything.
    pub fn new(id: impl Into<Arc<str>>, make: impl FnMut() -> A + Send + 'static) -> Self {
        Self {
            id: id.into(),
            make: Box::new(make),
            restart: Restart::default(),
            shutdown: Shutdown::Timeout(STOP_WITHIN),
            backoff: Backoff::NONE,
            significant: false,
            capacity: CAPACITY,
            arbiter: None,
        }
    }

    /// Whether it is started again when it ends by itself.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// How it is made to stop.
    #[must_use]
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// The delay before a restart.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Its end by itself can end its supervisor.
    #[must_use]
    pub fn significant(mut self) -> Self {
        self.significant = true;
        self
    }

    /// Messages accepted and not yet handled, over all clones of its `Tx`.
    #[must_use]
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = capacity;
        self
    }

    /// Runs it on another thread than its supervisor's, if one is given.
    #[must_use]
    pub fn on(mut self, arbiter: impl Into<Option<ArbiterHandle>>) -> Self {
        self.arbiter = arbiter.into();
        self
    }

    /// Makes the mailbox. The `Tx` is good at once, and over all restarts; the child runs when a
    /// supervisor is given the `Bound`.
    pub fn bind(self) -> (Tx<A>, Bound) {
        let temporary = self.restart == Restart::Temporary;
        let kind = Kind::named(short_name(std::any::type_name::<A>()));
        let ctl = Arc::new(Ctl::new(self.id, kind, temporary));
        let tx = Tx::new(self.capacity, Arc::clone(&ctl));
        let bound = Bound {
            restart: self.restart,
            shutdown: self.shutdown,
            backoff: self.backoff,
            significant: self.significant,
            role: Role::Worker,
            branch: None,
            launch: Mutex::new(Some(launch(Receiver::new(tx.clone()), self.make, self.arbiter))),
            places: tx.places(),
            ctl,
        };
        (tx, bound)
    }
}

type Launch = Box<dyn FnOnce(Parent, Chaos) + Send>;

fn launch<A: Actor<Context = Ctx<A>> + Supervised>(
    receiver: Receiver<A>,
    make: Factory<A>,
    arbiter: Option<ArbiterHandle>,
) -> Launch {
    Box::new(move |parent, chaos| {
        let reporter = Reporter { ctl: Arc::clone(receiver.tx().ctl()), parent, began: None };
        let run = move || {
            if let Some(cell) = Cell::new(receiver, make, reporter, chaos) {
                actix_rt::spawn(cell);
            }
        };
        match arbiter {
            // A thread that has ended drops the closure, and with it the reporter, which tells.
            Some(arbiter) => drop(arbiter.spawn_fn(run)),
            None => run(),
        }
    })
}

/// The ways to a child that has children itself.
pub(crate) struct Branch {
    pub(crate) snapshot: To<Snapshot>,
    pub(crate) control: To<Control>,
}

/// A child with its actor's type forgotten, ready for a supervisor. Dropping it ends its cell.
pub struct Bound {
    pub(crate) ctl: Arc<Ctl>,
    pub(crate) places: Arc<dyn Places>,
    pub(crate) restart: Restart,
    pub(crate) shutdown: Shutdown,
    pub(crate) backoff: Backoff,
    pub(crate) significant: bool,
    pub(crate) role: Role,
    /// Where a supervisor child answers for its own children.
    pub(crate) branch: Option<Arc<Branch>>,
    launch: Mutex<Option<Launch>>,
}

impl Bound {
    /// The child's id.
    pub fn id(&self) -> &str {
        &self.ctl.id
    }

    /// Puts the cell on its thread, the first time.
    pub(crate) fn launch(&self, parent: Parent, chaos: Chaos) {
        let launch = self.launch.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(launch) = launch {
            launch(parent, chaos);
        }
    }

    /// Makes a branch of the tree of it: `tx` is its own actor, which has children.
    pub(crate) fn into_branch<A>(mut self, role: Role, tx: &Tx<A>) -> Self
    where
        A: Actor<Context = Ctx<A>> + Handler<Snapshot> + Handler<Control>,
    {
        self.role = role;
        self.branch = Some(Arc::new(Branch { snapshot: tx.to(), control: tx.to() }));
        self
    }

    pub(crate) fn was_launched(&self) -> bool {
        self.launch.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// What is wrong with the child's own options.
    pub(crate) fn check(&self) -> Result<(), SpecError> {
        let id = || self.id().to_owned();
        if self.id().is_empty() {
            return Err(SpecError::EmptyId);
        }
        if self.id().contains('/') {
            return Err(SpecError::SlashInId { id: id() });
        }
        if self.places.capacity() == 0 {
            return Err(SpecError::NoCapacity { id: id() });
        }
        if self.significant && self.restart == Restart::Permanent {
            return Err(SpecError::SignificantPermanent { id: id() });
        }
        Ok(())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        // At once, and not when the cell gets to it on its own thread: nothing is accepted any more.
        self.places.shut();
        self.ctl.orders.mark_gone();
        self.ctl.orders.give(Order::Forget);
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bound({})", self.ctl.id)
    }
}

/// A spec that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A child without an id.
    #[error("a child's id is empty; give each child an id that is unique among its siblings")]
    EmptyId,
    /// An id that cannot be part of a path.
    #[error("child {id:?} has a slash in its id; a slash separates the ids of a path")]
    SlashInId {
        /// Its id.
        id: String,
    },
    /// Two children of one supervisor with one id.
    #[error("two children are called {id:?}; give each an id of its own")]
    DuplicateId {
        /// Their id.
        id: String,
    },
    /// A mailbox for no message.
    #[error("child {id:?} has a mailbox for 0 messages; allow at least 1")]
    NoCapacity {
        /// Its id.
        id: String,
    },
    /// A significant child must be able to end.
    #[error("child {id:?} is significant and permanent; make it transient or temporary")]
    SignificantPermanent {
        /// Its id.
        id: String,
    },
    /// A significant child under a supervisor that does not care.
    #[error("child {id:?} is significant under a supervisor without auto-shutdown; set one of the two")]
    SignificantInVain {
        /// Its id.
        id: String,
    },
    /// An intensity over no time.
    #[error("supervisor {id:?} counts restarts over a window of zero; give it a window")]
    ZeroWindow {
        /// The supervisor's id.
        id: String,
    },
    /// A share outside of 0 to 1.
    #[error("pool {id:?} escalates at a share of {share}; give one above 0 and up to 1")]
    Share {
        /// The pool's id.
        id: String,
        /// What it said.
        share: String,
    },
}
