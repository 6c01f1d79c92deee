//! What a supervisor is made of, and whether that makes sense.

use std::sync::Arc;
use std::time::Duration;

use actix::ArbiterHandle;

use super::Supervisor;
use crate::policy::{AutoShutdown, Intensity, Shutdown, Strategy};
use crate::snapshot::Role;
use crate::spec::{Bound, Spec, SpecError};
use crate::tx::Tx;

/// What a supervisor is made of. Children are started in the order in which they are added.
#[derive(Debug)]
pub struct SupervisorSpec {
    pub(super) strategy: Strategy,
    pub(super) intensity: Intensity,
    pub(super) auto_shutdown: AutoShutdown,
    pub(super) children: Vec<Arc<Bound>>,
    arbiter: Option<ArbiterHandle>,
}

impl SupervisorSpec {
    /// A supervisor without children, that bears 3 restarts within 5 s.
    pub fn new(strategy: Strategy) -> Self {
        Self {
            strategy,
            intensity: Intensity::new(3, Duration::from_secs(5)),
            auto_shutdown: AutoShutdown::Never,
            children: Vec::new(),
            arbiter: None,
        }
    }

    /// At most `max` restarts within `window`.
    #[must_use]
    pub fn intensity(mut self, max: u32, window: Duration) -> Self {
        self.intensity = Intensity::new(max, window);
        self
    }

    /// Whether it ends with its significant children.
    #[must_use]
    pub fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.auto_shutdown = auto_shutdown;
        self
    }

    /// Runs the supervisor itself on another thread than its own supervisor's, if one is given; its children run where
    /// their specs say, or there.
    #[must_use]
    pub fn on(mut self, arbiter: impl Into<Option<ArbiterHandle>>) -> Self {
        self.arbiter = arbiter.into();
        self
    }

    /// Adds a child after the others.
    #[must_use]
    pub fn child(mut self, child: Bound) -> Self {
        self.children.push(Arc::new(child));
        self
    }

    /// Checks the whole, and makes a child of it.
    ///
    /// # Errors
    /// Names the first child or option that makes no sense.
    pub fn bind(self, id: &str) -> Result<(Tx<Supervisor>, Bound), SpecError> {
        self.check(id)?;
        let arbiter = self.arbiter.clone();
        let spec = Arc::new(self);
        let make = move || Supervisor::new(Arc::clone(&spec));
        let (tx, bound) = Spec::new(id, make).shutdown(Shutdown::Infinity).on(arbiter).bind();
        let bound = bound.into_branch(Role::Supervisor, &tx);
        Ok((tx, bound))
    }

    fn check(&self, id: &str) -> Result<(), SpecError> {
        if self.intensity.window.is_zero() {
            return Err(SpecError::ZeroWindow { id: id.to_owned() });
        }
        for (index, child) in self.children.iter().enumerate() {
            self.check_child(child)?;
            if self.children[..index].iter().any(|other| other.id() == child.id()) {
                return Err(SpecError::DuplicateId { id: child.id().to_owned() });
            }
        }
        Ok(())
    }

    pub(super) fn check_child(&self, child: &Bound) -> Result<(), SpecError> {
        child.check()?;
        if child.significant && self.auto_shutdown == AutoShutdown::Never {
            return Err(SpecError::SignificantInVain { id: child.id().to_owned() });
        }
        Ok(())
    }
}
