//! The kernel's contract (`SEMANTICS.md`), one test a behaviour.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod branches;
mod failures;
mod fairness;
mod mailbox;
mod pools;
mod restarts;
mod shutdown;
mod snapshots;
mod specs;
mod supervisors;

use std::time::Duration;

use shiftboss_kernel::testkit::{Journal, Probe};
use shiftboss_kernel::{Bound, ChildEvent, Exit, News, Strategy, SupervisorSpec, Tree, Watch};

/// Far longer than anything here takes: the deadline of questions whose answer is expected.
const SOON: Duration = Duration::from_secs(5);

const SECOND: Duration = Duration::from_secs(1);

/// A supervisor that bears `max` restarts within 5 s.
fn supervisor(strategy: Strategy, max: u32, children: impl IntoIterator<Item = Bound>) -> SupervisorSpec {
    children.into_iter().fold(SupervisorSpec::new(strategy).intensity(max, 5 * SECOND), SupervisorSpec::child)
}

async fn boot(strategy: Strategy, max: u32, children: impl IntoIterator<Item = Bound>) -> Tree {
    Tree::start("root", supervisor(strategy, max, children)).await.expect("the tree starts")
}

/// Waits for the end of a tree that is to come.
async fn ended(tree: &mut Tree) -> Exit {
    tokio::time::timeout(SOON * 20, tree.ended()).await.expect("the tree ends")
}

/// A journal and the starts that it has seen so far dropped.
fn forget(journal: &Journal) {
    journal.take();
}

/// Watches a supervisor through a probe that lives in a tree of its own.
struct Watched {
    probe: Probe<ChildEvent>,
    _tree: Tree,
}

impl Watched {
    async fn new(tree: &Tree) -> Self {
        let (probe, to, bound) = Probe::new("watcher");
        let own = boot(Strategy::OneForOne, 1, [bound]).await;
        tree.root().ask(Watch(to), SOON).await.expect("the root answers");
        Self { probe, _tree: own }
    }

    /// Waits until `id` has started once more.
    async fn started(&mut self, id: &str) -> ChildEvent {
        self.probe.expect_where(SOON * 20, |event| &*event.id == id && event.news == News::Started).await
    }

    /// Waits until `id` has ended once more.
    async fn exited(&mut self, id: &str) -> ChildEvent {
        self.probe
            .expect_where(SOON * 20, |event| &*event.id == id && matches!(event.news, News::Exited(_)))
            .await
    }
}
