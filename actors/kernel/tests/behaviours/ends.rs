//! How an end differs from a stop, and who hears of it.
//!
//! 39. A killed supervisor kills its children; a kill runs no stop hook.
//!     `a_killed_supervisor_kills_all_below_it_and_no_stop_hook_runs`
//! 40. A kill interrupts what is under way; a stop lets the message that is being handled end.
//!     `a_kill_interrupts_what_is_under_way`, `a_stop_lets_the_message_that_is_being_handled_end`,
//!     `a_child_that_blocks_its_thread_can_be_seen_and_not_killed`
//! 41. A stop overtakes queued messages.
//!     `a_stop_overtakes_queued_messages_which_wait_for_the_next_incarnation`,
//!     `the_askers_of_messages_queued_at_the_end_for_good_learn_it`
//! 42. Sending to a dead actor fails; a watcher hears of each end exactly once.
//!     `an_actor_that_has_ended_for_good_refuses_as_gone`, `a_watcher_hears_of_each_end_once`

use std::sync::{Arc, mpsc};

use actix::{Actor, ActorFutureExt, Arbiter, Handler, Message, ResponseActFuture, WrapFuture};
use shiftboss_kernel::testkit::{Boom, Count, Hang, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    Action, Ctx, Exit, InjectPanic, News, Phase, PoolSpec, Refused, Restart, RestartChild, Shutdown, Spec,
    StartChild, Strategy, Terminate, supervised,
};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::support::{HOUR, SECOND, SOON, Watched, boot, ended, forget, phase, settle, supervisor};

/// Works on one thing at a time.
struct Worker(Journal);

impl Worker {
    fn spec(journal: &Journal) -> Spec<Self> {
        let journal = journal.clone();
        Spec::new("worker", move || Self(journal.clone()))
    }
}

impl Actor for Worker {
    type Context = Ctx<Self>;

    fn stopped(&mut self, _: &mut Ctx<Self>) {
        self.0.note("-worker");
    }
}

supervised!(Worker);

/// Takes an hour of other work, during which the thread is free.
#[derive(Message)]
#[rtype(result = "()")]
struct Work(Arc<()>);

impl Handler<Work> for Worker {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, Work(material): Work, _: &mut Ctx<Self>) -> Self::Result {
        let work = tokio::time::sleep(HOUR).into_actor(self);
        Box::pin(work.map(move |(), this, _| {
            this.0.note("done");
            drop(material);
        }))
    }
}

/// Blocks the thread until it is let go.
#[derive(Message)]
#[rtype(result = "&'static str")]
struct Block {
    entered: oneshot::Sender<()>,
    release: mpsc::Receiver<()>,
}

impl Handler<Block> for Worker {
    type Result = actix::MessageResult<Block>;

    fn handle(&mut self, Block { entered, release }: Block, _: &mut Ctx<Self>) -> Self::Result {
        entered.send(()).expect("the test waits");
        // The test lets go by dropping its end.
        let _ = release.recv();
        self.0.note("done");
        actix::MessageResult("done")
    }
}

fn block() -> (Block, oneshot::Receiver<()>, mpsc::Sender<()>) {
    let (entered, is_blocked) = oneshot::channel();
    let (let_go, release) = mpsc::channel();
    (Block { entered, release }, is_blocked, let_go)
}

#[actix_rt::test]
async fn a_killed_supervisor_kills_all_below_it_and_no_stop_hook_runs() {
    tokio::time::pause();
    let journal = Journal::default();
    let (leaf, leaf_bound) = Scripted::plain("leaf", &journal);
    let (low, low_bound) = supervisor(Strategy::OneForOne, 9, [leaf_bound]).bind("low").expect("sound");
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let (mid, mid_bound) =
        supervisor(Strategy::OneForOne, 9, [low_bound, pool_bound]).bind("mid").expect("sound");
    let mut tree = boot(Strategy::OneForOne, 0, [mid_bound]).await;
    let (dynamic, dynamic_bound) = Scripted::plain("dynamic", &journal);
    assert_eq!(low.ask(StartChild(dynamic_bound), SOON).await, Ok(Ok(())));
    let (pooled, pooled_bound) = Scripted::plain("pooled", &journal);
    assert_eq!(pool.ask(StartChild(pooled_bound), SOON).await, Ok(Ok(())));
    leaf.tell(Hang(HOUR)).expect("accepted");
    settle().await;
    forget(&journal);

    let inject = InjectPanic { id: "mid".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    mid.tell(Terminate("low".into())).expect("accepted");
    assert!(ended(&mut tree).await.is_failure());
    for child in [&dynamic, &pooled] {
        assert_eq!(child.tell(Count), Err(Refused::Gone));
    }
    assert_eq!(leaf.ask(Count, SECOND).await, Err(Refused::Late), "its mailbox is kept, and nobody is there");
    drop(tree);
    settle().await;
    assert_eq!(leaf.tell(Count), Err(Refused::Gone));
    assert_eq!(journal.take(), "", "no hook ran, and nothing was started again");
}

/// What is noted when a worker is terminated that has an hour of work under way; how long it took.
async fn terminated_at_work(shutdown: Shutdown) -> (String, std::time::Duration) {
    tokio::time::pause();
    let journal = Journal::default();
    let (worker, bound) = Worker::spec(&journal).shutdown(shutdown).bind();
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let material = Arc::new(());
    let work = worker.ask(Work(Arc::clone(&material)), 2 * HOUR);
    let before = Instant::now();
    let terminates = async {
        settle().await;
        assert_eq!(tree.root().ask(Terminate("worker".into()), SOON).await, Ok(Ok(())));
        assert_eq!(Arc::strong_count(&material), 1, "what it worked on is dropped");
    };
    let (answer, ()) = futures_util::future::join(work, terminates).await;
    assert_eq!(answer, Err(Refused::Gone));
    (journal.take(), before.elapsed())
}

#[actix_rt::test]
async fn a_kill_interrupts_what_is_under_way() {
    let (noted, took) = terminated_at_work(Shutdown::Kill).await;
    assert_eq!(noted, "");
    assert!(took < SECOND);
}

#[actix_rt::test]
async fn a_stop_does_not_wait_for_futures_unless_the_actor_asks_for_it() {
    let (noted, took) = terminated_at_work(Shutdown::Timeout(2 * HOUR)).await;
    assert_eq!(noted, "-worker");
    assert!(took < SECOND, "see `Running::Continue` for finishing them");
}

#[actix_rt::test]
async fn a_stop_lets_the_message_that_is_being_handled_end() {
    let arbiter = Arbiter::new();
    let journal = Journal::default();
    let (worker, bound) = Worker::spec(&journal).shutdown(Shutdown::Infinity).on(arbiter.handle()).bind();
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let (block, is_blocked, let_go) = block();
    let root = tree.root();
    let works = worker.ask(block, SOON);
    let stops = async {
        is_blocked.await.expect("blocked");
        root.tell(Terminate("worker".into())).expect("accepted");
        while phase(&tree, "worker").await != Some(Phase::Stopping) {}
        assert_eq!(journal.take(), "");
        drop(let_go);
        assert_eq!(root.ask(Terminate("worker".into()), SOON).await, Ok(Ok(())));
    };
    let (answer, ()) = futures_util::future::join(works, stops).await;
    assert_eq!((answer, journal.take().as_str()), (Ok("done"), "done -worker"));
    arbiter.stop();
}

#[actix_rt::test]
async fn a_child_that_blocks_its_thread_can_be_seen_and_not_killed() {
    let arbiter = Arbiter::new();
    let journal = Journal::default();
    let (worker, bound) = Worker::spec(&journal).shutdown(Shutdown::Kill).on(arbiter.handle()).bind();
    let (other, other_bound) = Scripted::plain("other", &Journal::default());
    let tree = boot(Strategy::OneForOne, 0, [bound, other_bound]).await;
    let mut watched = Watched::new(&tree).await;
    let (block, is_blocked, let_go) = block();
    worker.tell(block).expect("accepted");
    is_blocked.await.expect("blocked");
    tree.root().tell(Terminate("worker".into())).expect("accepted");
    assert_eq!(other.ask(Count, SOON).await, Ok(1));
    assert_eq!(phase(&tree, "worker").await, Some(Phase::Stopping), "killed, but not dead");
    drop(let_go);
    assert_eq!(watched.exit("worker").await, Exit::Killed);
    assert_eq!(journal.take(), "done", "the handler ended, and no hook ran");
    arbiter.stop();
}

#[actix_rt::test]
async fn a_stop_overtakes_queued_messages_which_wait_for_the_next_incarnation() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    child.tell(Hang(HOUR)).expect("accepted");
    settle().await;
    for _ in 0..3 {
        child.tell(Count).expect("accepted");
    }
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    assert_eq!(child.depth(), 3, "none of them was handled");
    assert_eq!(tree.root().ask(RestartChild("a".into()), SOON).await, Ok(Ok(())));
    assert_eq!(child.ask(Count, SOON).await, Ok(4));
}

#[actix_rt::test]
async fn the_askers_of_messages_queued_at_the_end_for_good_learn_it() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let mut tree = boot(Strategy::OneForOne, 0, [bound]).await;
    child.tell(Hang(HOUR)).expect("accepted");
    let asked = child.ask(Count, HOUR);
    let stopped = async {
        settle().await;
        tree.shutdown();
        let exit = ended(&mut tree).await;
        drop(tree);
        exit
    };
    assert_eq!(futures_util::future::join(asked, stopped).await, (Err(Refused::Gone), Exit::Shutdown));
}

#[actix_rt::test]
async fn an_actor_that_has_ended_for_good_refuses_as_gone() {
    let temporary =
        |id| Scripted::spec(id, &Journal::default(), Script::default()).restart(Restart::Temporary).bind();
    let ((quits, first), (panics, second)) = (temporary("quits"), temporary("panics"));
    let tree = boot(Strategy::OneForOne, 0, [first, second]).await;
    let mut watched = Watched::new(&tree).await;
    quits.tell(Quit(Exit::Normal)).expect("accepted");
    panics.tell(Boom).expect("accepted");
    for (child, id) in [(quits, "quits"), (panics, "panics")] {
        watched.exited(id).await;
        assert_eq!(child.tell(Count), Err(Refused::Gone));
        assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone));
        assert_eq!(child.to::<Count>().tell(Count), Err(Refused::Gone));
    }
}

#[actix_rt::test]
async fn a_watcher_hears_of_each_end_once() {
    tokio::time::pause();
    let stubborn = Script { stubborn: true, ..Script::default() };
    let spec = |id: &str, script: Script| Scripted::spec(id, &Journal::default(), script);
    let (quits, quits_bound) = spec("quits", Script::default()).restart(Restart::Temporary).bind();
    let (panics, panics_bound) = spec("panics", Script::default()).bind();
    let (_, overruns) = spec("overruns", stubborn).bind();
    let (_, killed) = spec("killed", Script::default()).shutdown(Shutdown::Kill).bind();
    let (_, stopped) = spec("stopped", Script::default()).bind();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 9, [quits_bound, panics_bound, killed, pool_bound]).await;
    let mut watched = [Watched::new(&tree).await, Watched::at(&pool).await];
    for bound in [overruns, stopped] {
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    quits.tell(Quit(Exit::Normal)).expect("accepted");
    panics.tell(Boom).expect("accepted");
    for path in ["killed", "pool/overruns", "pool/stopped"] {
        tree.operator().order(path, Action::Terminate, SOON).await.expect("terminated");
    }
    settle().await;
    let mut ends: Vec<_> = watched.iter_mut().flat_map(|watched| watched.probe.drain()).collect();
    ends.retain(|event| matches!(event.news, News::Exited(_)));
    let mut ends: Vec<_> = ends.iter().map(|event| (&*event.id, event.incarnation)).collect();
    ends.sort_unstable();
    assert_eq!(ends, [("killed", 1), ("overruns", 1), ("panics", 1), ("quits", 1), ("stopped", 1)]);
}
