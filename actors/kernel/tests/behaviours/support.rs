//! What the tests of behaviour share: trees in one line, a look at them, and a child whose start is scripted.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix::{Actor, ArbiterHandle, Handler};
use shiftboss_kernel::testkit::{Boom, Count, Journal, Probe, Quit};
use shiftboss_kernel::{
    Bound, ChildEvent, Counts, Ctx, Exit, News, Node, Phase, Spec, Strategy, SupervisorSpec, Tree, Tx, Watch,
    supervised,
};
use tokio::sync::oneshot;

/// Far longer than anything here takes: the deadline of questions whose answer is expected.
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

pub(crate) const STRATEGIES: [Strategy; 3] = [Strategy::OneForOne, Strategy::RestForOne, Strategy::OneForAll];

/// A supervisor that bears `max` restarts within 5 s.
pub(crate) fn supervisor(
    strategy: Strategy,
    max: u32,
    children: impl IntoIterator<Item = Bound>,
) -> SupervisorSpec {
    children.into_iter().fold(SupervisorSpec::new(strategy).intensity(max, 5 * SECOND), SupervisorSpec::child)
}

pub(crate) async fn boot(strategy: Strategy, max: u32, children: impl IntoIterator<Item = Bound>) -> Tree {
    Tree::start("root", supervisor(strategy, max, children)).await.expect("the tree starts")
}

/// Waits for the end of a tree that is to come.
pub(crate) async fn ended(tree: &mut Tree) -> Exit {
    tokio::time::timeout(10 * SOON, tree.ended()).await.expect("the tree ends")
}

/// A journal and the starts that it has seen so far dropped.
pub(crate) fn forget(journal: &Journal) {
    journal.take();
}

pub(crate) async fn snapshot(tree: &Tree) -> Node {
    tree.observer().snapshot(SOON).await
}

/// The phase of the child at a path; none when there is no such child.
pub(crate) async fn phase(tree: &Tree, path: &str) -> Option<Phase> {
    snapshot(tree).await.find(path.split('/')).map(|node| node.phase)
}

/// The ids and phases of the children at the top.
pub(crate) async fn phases(tree: &Tree) -> Vec<(String, Phase)> {
    snapshot(tree).await.children.iter().map(|child| (child.id.to_string(), child.phase)).collect()
}

/// Children, those of them that are alive, supervisors and workers.
pub(crate) fn counts(specs: usize, active: usize, supervisors: usize, workers: usize) -> Counts {
    Counts { specs, active, supervisors, workers }
}

/// Lets all that is ready to run do so. For paused clocks: it comes back when nothing is left but timers.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Blocks a thread of actors until what it returns is dropped.
pub(crate) async fn block(thread: &ArbiterHandle) -> mpsc::Sender<()> {
    let (entered, is_blocked) = oneshot::channel();
    let (let_go, release) = mpsc::channel::<()>();
    thread.spawn_fn(move || {
        entered.send(()).expect("the test waits");
        assert!(release.recv().is_err(), "it is let go by a drop");
    });
    is_blocked.await.expect("blocked");
    let_go
}

/// Watches a supervisor through a probe that lives in a tree of its own.
pub(crate) struct Watched {
    pub(crate) probe: Probe<ChildEvent>,
    _tree: Tree,
}

impl Watched {
    pub(crate) async fn new(tree: &Tree) -> Self {
        Self::at(&tree.root()).await
    }

    /// Watches the supervisor or pool at the other end of `way`.
    pub(crate) async fn at<A: Actor<Context = Ctx<A>> + Handler<Watch>>(way: &Tx<A>) -> Self {
        let (probe, to, bound) = Probe::new("watcher");
        let own = boot(Strategy::OneForOne, 1, [bound]).await;
        way.ask(Watch(to), SOON).await.expect("it answers");
        Self { probe, _tree: own }
    }

    /// Waits until `id` has started once more.
    pub(crate) async fn started(&mut self, id: &str) -> ChildEvent {
        self.news(id, |news| *news == News::Started).await
    }

    /// Waits until `id` has ended once more.
    pub(crate) async fn exited(&mut self, id: &str) -> ChildEvent {
        self.news(id, |news| matches!(news, News::Exited(_))).await
    }

    /// Waits until `id` has ended once more, and says how.
    pub(crate) async fn exit(&mut self, id: &str) -> Exit {
        match self.exited(id).await.news {
            News::Exited(exit) => exit,
            other => panic!("not an exit: {other:?}"),
        }
    }

    /// Waits until `id` is parked.
    pub(crate) async fn parked(&mut self, id: &str) -> ChildEvent {
        self.news(id, |news| *news == News::Parked).await
    }

    async fn news(&mut self, id: &str, wanted: impl Fn(&News) -> bool) -> ChildEvent {
        self.probe.expect_where(10 * SOON, |event| &*event.id == id && wanted(&event.news)).await
    }
}

type Open = Arc<dyn Fn(u32, &mut Ctx<Opener>) + Send + Sync>;

/// A child whose `started` does what the test says. It notes `+id` and `-id` in the journal.
pub(crate) struct Opener {
    id: &'static str,
    journal: Journal,
    open: Open,
    start: u32,
    count: u32,
}

impl Opener {
    /// `open` is told which start it is, 1 for the first.
    pub(crate) fn spec(
        id: &'static str,
        journal: &Journal,
        open: impl Fn(u32, &mut Ctx<Self>) + Send + Sync + 'static,
    ) -> Spec<Self> {
        let (journal, open, mut start): (_, Open, _) = (journal.clone(), Arc::new(open), 0);
        Spec::new(id, move || {
            start += 1;
            Self { id, journal: journal.clone(), open: Arc::clone(&open), start, count: 0 }
        })
    }

    /// A child that panics at one of its starts, and at no other.
    pub(crate) fn fails_at(id: &'static str, journal: &Journal, failing: u32) -> (Tx<Self>, Bound) {
        Self::spec(id, journal, move |start, _| assert!(start != failing, "cannot start {id}")).bind()
    }
}

impl Actor for Opener {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        self.journal.note(format!("+{}", self.id));
        let open = Arc::clone(&self.open);
        open(self.start, ctx);
    }

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.journal.note(format!("-{}", self.id));
    }
}

supervised!(Opener);

impl Handler<Count> for Opener {
    type Result = u32;

    fn handle(&mut self, _: Count, _: &mut Ctx<Self>) -> u32 {
        self.count += 1;
        self.count
    }
}

impl Handler<Boom> for Opener {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        panic!("boom in {}", self.id);
    }
}

impl Handler<Quit> for Opener {
    type Result = ();

    fn handle(&mut self, Quit(exit): Quit, ctx: &mut Ctx<Self>) {
        ctx.exit(exit);
    }
}
