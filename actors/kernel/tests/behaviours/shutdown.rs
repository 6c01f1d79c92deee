//! How trees stop.

use std::time::Duration;

use shiftboss_kernel::testkit::{Count, Hang, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    AutoShutdown, Exit, PoolSpec, Refused, Restart, Shutdown, StartChild, Strategy, SupervisorSpec, Tree,
};
use tokio::time::Instant;

use crate::{SECOND, SOON, boot, ended, forget, supervisor};

#[actix_rt::test]
async fn a_child_that_overruns_its_time_is_killed_without_a_hook() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let script = Script { stubborn: true, ..Script::default() };
    let (_, b) = Scripted::spec("b", &journal, script).shutdown(Shutdown::Timeout(30 * SECOND)).bind();
    let mut tree = boot(Strategy::OneForOne, 3, [a, b]).await;
    let before = Instant::now();
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert!(before.elapsed() >= 30 * SECOND);
    assert_eq!(journal.take(), "+a +b -a");
}

#[actix_rt::test]
async fn a_child_may_take_its_time_to_stop_within_its_limit() {
    tokio::time::pause();
    let journal = Journal::default();
    let script = Script { slow_stop: Some(2 * SECOND), ..Script::default() };
    let (_, a) = Scripted::spec("a", &journal, script).bind();
    let mut tree = boot(Strategy::OneForOne, 3, [a]).await;
    tree.shutdown();
    ended(&mut tree).await;
    assert_eq!(journal.take(), "+a -a");
}

#[actix_rt::test]
async fn a_child_to_be_killed_is_not_asked() {
    let journal = Journal::default();
    let (_, a) = Scripted::spec("a", &journal, Script::default()).shutdown(Shutdown::Kill).bind();
    let mut tree = boot(Strategy::OneForOne, 3, [a]).await;
    tree.shutdown();
    ended(&mut tree).await;
    assert_eq!(journal.take(), "+a");
}

#[actix_rt::test]
async fn stop_overtakes_queued_messages_and_their_askers_learn_it() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let mut tree = boot(Strategy::OneForOne, 3, [bound]).await;
    child.tell(Hang(Duration::from_secs(3600))).expect("accepted");
    let asked = child.ask(Count, 3600 * SECOND);
    let stopped = async {
        tree.shutdown();
        let exit = ended(&mut tree).await;
        drop(tree);
        exit
    };
    assert_eq!(futures_util::future::join(asked, stopped).await, (Err(Refused::Gone), Exit::Shutdown));
}

#[actix_rt::test]
async fn a_significant_child_ends_its_supervisor() {
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let (b, b_bound) =
        Scripted::spec("b", &journal, Script::default()).restart(Restart::Transient).significant().bind();
    let spec = supervisor(Strategy::OneForOne, 3, [a, b_bound]).auto_shutdown(AutoShutdown::AnySignificant);
    let mut tree = Tree::start("root", spec).await.expect("it starts");
    b.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "+a +b -b -a");
}

#[actix_rt::test]
async fn all_significant_children_have_to_end_when_all_are_asked_for() {
    let journal = Journal::default();
    let spec =
        |id| Scripted::spec(id, &journal, Script::default()).restart(Restart::Transient).significant().bind();
    let ((a, a_bound), (b, b_bound)) = (spec("a"), spec("b"));
    let spec =
        supervisor(Strategy::OneForOne, 3, [a_bound, b_bound]).auto_shutdown(AutoShutdown::AllSignificant);
    let mut tree = Tree::start("root", spec).await.expect("it starts");
    a.ask(Quit(Exit::Normal), SOON).await.expect("it quits");
    assert_eq!(b.ask(Count, SOON).await, Ok(1));
    b.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn dynamic_children_stop_together_and_before_the_static_ones() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, fixed) = Scripted::plain("fixed", &journal);
    let mut tree = boot(Strategy::OneForOne, 3, [fixed]).await;
    for id in ["x", "y"] {
        let script = Script { slow_stop: Some(4 * SECOND), ..Script::default() };
        let bound = Scripted::spec(id, &journal, script).bind().1;
        tree.root().ask(StartChild(bound), SOON).await.expect("asked").expect("started");
    }
    forget(&journal);
    let before = Instant::now();
    tree.shutdown();
    ended(&mut tree).await;
    assert!(before.elapsed() < 5 * SECOND, "both within one child's time");
    assert_eq!(journal.take(), "-x -y -fixed");
}

#[actix_rt::test]
async fn the_children_of_a_pool_stop_within_one_shutdown_time() {
    tokio::time::pause();
    let journal = Journal::default();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let mut tree =
        Tree::start("root", SupervisorSpec::new(Strategy::OneForOne).child(bound)).await.expect("starts");
    for id in 0..100 {
        let script = Script { slow_stop: Some(4 * SECOND), ..Script::default() };
        let bound = Scripted::spec(&format!("child:{id}"), &journal, script).bind().1;
        pool.ask(StartChild(bound), SOON).await.expect("asked").expect("started");
    }
    let before = Instant::now();
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert!(before.elapsed() < 5 * SECOND);
    assert_eq!(journal.take().matches('-').count(), 100);
}
