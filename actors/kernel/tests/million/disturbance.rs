//! What is done to the tree while messages are under way.

use std::sync::Arc;

use shiftboss_kernel::{Action, ControlError, InjectPanic, Operator, Supervisor, Tree, Tx};
use tokio::sync::Semaphore;

use crate::worker::id;
use crate::{DOOMED, SOON, WORKERS};

/// Rounds from one termination to the next.
const TERMINATED_EVERY: u32 = 20;

pub(crate) struct Disturbance {
    operator: Operator,
    root: Tx<Supervisor>,
    rng: fastrand::Rng,
}

impl Disturbance {
    pub(crate) fn new(tree: &Tree) -> Self {
        Self { operator: tree.operator(), root: tree.root(), rng: fastrand::Rng::with_seed(1) }
    }

    /// Parks and resumes, makes the supervisor panic, and terminates the doomed one by one, until it is closed; how
    /// many it terminated. Nobody is left parked.
    pub(crate) async fn go_on_until(mut self, quiet: Arc<Semaphore>) -> usize {
        let (mut terminated, mut rounds) = (0, 0);
        while !quiet.is_closed() || terminated < DOOMED {
            let [fixed, pooled] = [self.rng.usize(..WORKERS), self.rng.usize(WORKERS..2 * WORKERS - DOOMED)];
            for path in [format!("house/{}", id(fixed)), format!("pool/{}", id(pooled))] {
                self.order(&path, Action::Park).await;
                self.order(&path, Action::Resume).await;
            }
            if self.rng.u32(..10) == 0 {
                let inject = InjectPanic { id: "house".into(), nth: 1 };
                self.root.ask(inject, SOON).await.expect("it answers").expect("it is there");
            }
            rounds += 1;
            if terminated < DOOMED && (quiet.is_closed() || rounds % TERMINATED_EVERY == 0) {
                let path = format!("pool/{}", id(2 * WORKERS - DOOMED + terminated));
                assert_eq!(self.operator.order(&path, Action::Terminate, SOON).await, Ok(()));
                terminated += 1;
            }
        }
        terminated
    }

    /// A refusal is as good: the supervisor may have panicked over the order, or have come back without what it parked.
    async fn order(&self, path: &str, action: Action) {
        match self.operator.order(path, action, SOON).await {
            Ok(())
            | Err(ControlError::Refused { .. } | ControlError::Silent { .. } | ControlError::Down { .. }) => {
            }
            Err(other) => panic!("{action} {path}: {other}"),
        }
    }
}
