//! How a pool treats its children, and whether that makes sense.

use std::time::Duration;

use actix::ArbiterHandle;

use super::Pool;
use crate::policy::{Backoff, Intensity, Shutdown};
use crate::snapshot::Role;
use crate::spec::{Bound, Spec, SpecError};
use crate::tx::Tx;

/// How a pool treats its children.
#[derive(Clone, Copy, Debug)]
pub struct PoolSpec {
    pub(super) budget: Intensity,
    pub(super) retry_parked: Backoff,
    pub(super) escalate_share: f64,
    pub(super) escalate_at_least: usize,
    capacity: u32,
}

impl Default for PoolSpec {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            budget: Intensity::new(5, minute),
            retry_parked: Backoff::new(minute, 15 * minute),
            escalate_share: 0.5,
            escalate_at_least: 16,
            capacity: 1024,
        }
    }
}

impl PoolSpec {
    /// At most `max` restarts of one child within `window`; then it is parked.
    #[must_use]
    pub fn budget(mut self, max: u32, window: Duration) -> Self {
        self.budget = Intensity::new(max, window);
        self
    }

    /// When a parked child is tried again.
    #[must_use]
    pub fn retry_parked(mut self, retry: Backoff) -> Self {
        self.retry_parked = retry;
        self
    }

    /// The pool fails when `share` of its children, and at least `at_least` of them, were parked for their failures
    /// within one window of the budget.
    #[must_use]
    pub fn escalate(mut self, share: f64, at_least: usize) -> Self {
        self.escalate_share = share;
        self.escalate_at_least = at_least;
        self
    }

    /// Requests that the pool itself accepts ahead of what it has handled.
    #[must_use]
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = capacity;
        self
    }

    /// Checks the whole, and makes a child of it; `on` is the thread that the pool itself runs on.
    ///
    /// # Errors
    /// Names the option that makes no sense.
    pub fn bind(self, id: &str, on: Option<ArbiterHandle>) -> Result<(Tx<Pool>, Bound), SpecError> {
        if self.budget.window.is_zero() {
            return Err(SpecError::ZeroWindow { id: id.to_owned() });
        }
        if !(self.escalate_share > 0.0 && self.escalate_share <= 1.0) {
            return Err(SpecError::Share { id: id.to_owned(), share: self.escalate_share.to_string() });
        }
        let spec =
            Spec::new(id, move || Pool::new(self)).shutdown(Shutdown::Infinity).capacity(self.capacity);
        let (tx, bound) = spec.on(on).bind();
        let bound = bound.into_branch(Role::Pool, &tx);
        Ok((tx, bound))
    }
}
