//! How children and trees are stopped.
//!
//! 28. A child that stops within its time ends with `Shutdown`, one that overruns it with `Killed`; `Kill` is at once,
//!     and `Infinity` waits.
//!     `a_child_that_stops_within_its_time_ends_with_shutdown`,
//!     `a_child_that_overruns_its_time_is_killed_and_runs_no_hook`,
//!     `a_child_that_is_to_be_killed_is_not_asked`, `a_child_with_infinite_time_is_waited_for`
//! 29. Many dynamic children stop together within one shutdown time.
//!     `dynamic_children_stop_together_and_before_the_static_ones`,
//!     `the_children_of_a_pool_stop_together_and_those_that_overrun_are_killed_together`

use std::time::Duration;

use shiftboss_kernel::testkit::{Journal, Script, Scripted};
use shiftboss_kernel::{Bound, Exit, PoolSpec, Shutdown, StartChild, Strategy, Terminate};
use tokio::time::Instant;

use crate::support::{SECOND, SOON, Watched, boot, ended, forget, snapshot};

fn slow_stop(seconds: u32) -> Script {
    Script { slow_stop: Some(seconds * SECOND), ..Script::default() }
}

fn stubborn() -> Script {
    Script { stubborn: true, ..Script::default() }
}

/// How a child ends that is terminated, after how many seconds, and what it noted.
async fn terminated(script: Script, shutdown: Shutdown) -> (Exit, u64, String) {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, bound) = Scripted::spec("a", &journal, script).shutdown(shutdown).bind();
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    let before = Instant::now();
    assert_eq!(tree.root().ask(Terminate("a".into()), 10 * SOON).await, Ok(Ok(())));
    let took = before.elapsed();
    (watched.exit("a").await, took.as_secs(), journal.take())
}

#[actix_rt::test]
async fn a_child_that_stops_within_its_time_ends_with_shutdown() {
    let ended = terminated(slow_stop(20), Shutdown::Timeout(30 * SECOND)).await;
    assert_eq!(ended, (Exit::Shutdown, 20, "+a -a".to_owned()));
}

#[actix_rt::test]
async fn a_child_that_overruns_its_time_is_killed_and_runs_no_hook() {
    let ended = terminated(slow_stop(40), Shutdown::Timeout(30 * SECOND)).await;
    assert_eq!(ended, (Exit::Killed, 30, "+a".to_owned()));
}

#[actix_rt::test]
async fn a_child_that_is_to_be_killed_is_not_asked() {
    let ended = terminated(Script::default(), Shutdown::Kill).await;
    assert_eq!(ended, (Exit::Killed, 0, "+a".to_owned()));
}

#[actix_rt::test]
async fn a_child_with_infinite_time_is_waited_for() {
    let ended = terminated(slow_stop(90), Shutdown::Infinity).await;
    assert_eq!(ended, (Exit::Shutdown, 90, "+a -a".to_owned()));
}

#[actix_rt::test]
async fn a_child_that_overruns_its_time_holds_up_those_before_it_and_no_longer() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let (_, b) = Scripted::spec("b", &journal, stubborn()).shutdown(Shutdown::Timeout(30 * SECOND)).bind();
    let mut tree = boot(Strategy::OneForOne, 3, [a, b]).await;
    forget(&journal);
    let before = Instant::now();
    tree.shutdown();
    let early = async {
        tokio::time::sleep(29 * SECOND).await;
        journal.take()
    };
    let (exit, early) = futures_util::future::join(ended(&mut tree), early).await;
    assert_eq!((exit, before.elapsed().as_secs()), (Exit::Shutdown, 30));
    assert_eq!((early.as_str(), journal.take().as_str()), ("", "-a"));
}

#[actix_rt::test]
async fn a_tree_that_is_stopped_while_it_boots_stops_what_has_started() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let script = Script { slow_start: Some(60 * SECOND), ..Script::default() };
    let (_, b) = Scripted::spec("b", &journal, script).bind();
    let (_, c) = Scripted::plain("c", &journal);
    let (_, branch) =
        crate::support::supervisor(Strategy::OneForOne, 3, [a, b, c]).bind("branch").expect("sound");
    let mut tree = boot(Strategy::OneForOne, 3, []).await;
    tree.root().tell(StartChild(branch)).expect("accepted");
    tokio::time::sleep(30 * SECOND).await;
    tree.shutdown();
    let before = Instant::now();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!((before.elapsed(), journal.take().as_str()), (Duration::ZERO, "+a +b -b -a"));
}

/// Some that stop slowly, and some that have to be killed.
fn a_hundred(journal: &Journal) -> impl Iterator<Item = Bound> {
    (0..100).map(|index| {
        let script = if index % 2 == 0 { slow_stop(4) } else { stubborn() };
        Scripted::spec(&format!("c{index}"), journal, script).bind().1
    })
}

#[actix_rt::test]
async fn dynamic_children_stop_together_and_before_the_static_ones() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, fixed) = Scripted::plain("fixed", &journal);
    let mut tree = boot(Strategy::OneForOne, 3, [fixed]).await;
    for bound in a_hundred(&journal) {
        assert_eq!(tree.root().ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    forget(&journal);
    let before = Instant::now();
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(before.elapsed().as_secs(), 5, "one shutdown time for all of them");
    let journal = journal.take();
    assert_eq!(journal.matches("-c").count(), 50, "the others were killed");
    assert!(journal.ends_with(" -fixed"), "{journal}");
}

#[actix_rt::test]
async fn the_children_of_a_pool_stop_together_and_those_that_overrun_are_killed_together() {
    tokio::time::pause();
    let journal = Journal::default();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let mut tree = boot(Strategy::OneForOne, 3, [bound]).await;
    for bound in a_hundred(&journal) {
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    assert_eq!(snapshot(&tree).await.children[0].children.len(), 100);
    let before = Instant::now();
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(before.elapsed().as_secs(), 5);
    assert_eq!(journal.take().matches("-c").count(), 50);
}
