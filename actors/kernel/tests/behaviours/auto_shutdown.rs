//! Supervisors that end with their significant children.
//!
//! 33. Any, or all, significant children that end by themselves end the supervisor; restarts of siblings and
//!     terminations do not.
//!     `the_first_significant_child_that_ends_by_itself_ends_its_supervisor`,
//!     `all_significant_children_have_to_end_when_all_are_asked_for`,
//!     `a_significant_child_that_comes_back_has_not_ended`,
//!     `neither_a_siblings_restart_nor_an_operator_ends_a_supervisor_through_its_significant_children`

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{Action, AutoShutdown, Backoff, Bound, Exit, Restart, StartChild, Strategy, Tree, Tx};

use crate::support::{SECOND, SOON, ended, forget, phases, settle, supervisor};

fn significant(id: &str, journal: &Journal) -> (Tx<Scripted>, Bound) {
    Scripted::spec(id, journal, Script::default()).restart(Restart::Transient).significant().bind()
}

async fn boot(strategy: Strategy, ends: AutoShutdown, children: impl IntoIterator<Item = Bound>) -> Tree {
    let spec = supervisor(strategy, 3, children).auto_shutdown(ends);
    Tree::start("root", spec).await.expect("the tree starts")
}

#[actix_rt::test]
async fn the_first_significant_child_that_ends_by_itself_ends_its_supervisor() {
    for (restart, exit) in [
        (Restart::Transient, Exit::Normal),
        (Restart::Temporary, Exit::Normal),
        (Restart::Temporary, Exit::failed("no disk")),
    ] {
        let journal = Journal::default();
        let [(a, a_bound), (_, b)] = ["a", "b"].map(|id| significant(id, &journal));
        let (plain, plain_bound) =
            Scripted::spec("plain", &journal, Script::default()).restart(Restart::Temporary).bind();
        let spec = Scripted::spec("c", &journal, Script::default()).restart(restart).significant();
        let (c, c_bound) = spec.bind();
        let children = [a_bound, b, plain_bound, c_bound];
        let mut tree = boot(Strategy::OneForOne, AutoShutdown::AnySignificant, children).await;
        plain.ask(Quit(Exit::Normal), SOON).await.expect("it quits");
        a.tell(Boom).expect("accepted");
        assert_eq!(a.ask(Count, SOON).await, Ok(1), "restarted, as a failure of a transient child is");
        forget(&journal);
        c.tell(Quit(exit)).expect("accepted");
        assert_eq!(ended(&mut tree).await, Exit::Shutdown);
        assert_eq!(journal.take(), "-c -b -a");
    }
}

#[actix_rt::test]
async fn all_significant_children_have_to_end_when_all_are_asked_for() {
    let journal = Journal::default();
    let [(a, a_bound), (b, b_bound)] = ["a", "b"].map(|id| significant(id, &journal));
    let (_, plain) = Scripted::plain("plain", &journal);
    let children = [a_bound, b_bound, plain];
    let mut tree = boot(Strategy::OneForOne, AutoShutdown::AllSignificant, children).await;
    a.ask(Quit(Exit::Normal), SOON).await.expect("it quits");
    assert_eq!(b.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    b.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "-b -plain");
}

#[actix_rt::test]
async fn a_significant_child_that_comes_back_has_not_ended() {
    tokio::time::pause();
    let journal = Journal::default();
    let backoff = Backoff::new(60 * SECOND, 60 * SECOND);
    let spec = Scripted::spec("a", &journal, Script::default()).restart(Restart::Transient).significant();
    let (a, a_bound) = spec.backoff(backoff).bind();
    let (b, b_bound) = significant("b", &journal);
    let mut tree = boot(Strategy::OneForOne, AutoShutdown::AllSignificant, [a_bound, b_bound]).await;
    a.tell(Boom).expect("accepted");
    settle().await;
    b.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(a.ask(Count, 120 * SECOND).await, Ok(1), "it was in back-off when the other one ended");
    a.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn a_significant_child_whose_failure_is_still_to_be_decided_has_not_ended() {
    tokio::time::pause();
    let journal = Journal::default();
    let [(a, a_bound), (b, b_bound)] = ["a", "b"].map(|id| significant(id, &journal));
    let tree = boot(Strategy::OneForOne, AutoShutdown::AllSignificant, [a_bound, b_bound]).await;
    let script = Script { slow_start: Some(60 * SECOND), ..Script::default() };
    tree.root().tell(StartChild(Scripted::spec("slow", &journal, script).bind().1)).expect("accepted");
    settle().await;
    b.tell(Quit(Exit::Normal)).expect("accepted");
    settle().await;
    a.tell(Boom).expect("accepted");
    assert_eq!(
        a.ask(Count, 120 * SECOND).await,
        Ok(1),
        "it had failed when the end of the other was decided"
    );
}

#[actix_rt::test]
async fn neither_a_siblings_restart_nor_an_operator_ends_a_supervisor_through_its_significant_children() {
    tokio::time::pause();
    for ends in [AutoShutdown::AnySignificant, AutoShutdown::AllSignificant] {
        let journal = Journal::default();
        let (a, a_bound) = Scripted::plain("a", &journal);
        let spec = Scripted::spec("m", &journal, Script::default()).restart(Restart::Temporary).significant();
        let (_, temporary) = spec.bind();
        let (c, c_bound) = significant("c", &journal);
        let tree = boot(Strategy::OneForAll, ends, [a_bound, temporary, c_bound]).await;
        forget(&journal);
        a.tell(Boom).expect("accepted");
        assert_eq!(c.ask(Count, SOON).await, Ok(1));
        assert_eq!(journal.take(), "-c -m +a +c", "{ends:?}");
        for action in [Action::Terminate, Action::Restart, Action::Park] {
            tree.operator().order("c", action, SOON).await.expect("done");
            settle().await;
        }
        assert_eq!(phases(&tree).await.len(), 2, "{ends:?}");
        assert_eq!(a.ask(Count, SOON).await, Ok(1), "it has not been stopped");
    }
}
