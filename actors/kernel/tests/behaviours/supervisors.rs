//! Boot, nesting, dynamic children, and answering at all times.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    Backoff, ChildError, Exit, Phase, Refused, Restart, RestartChild, StartChild, Strategy, Terminate, Tree,
};

use crate::{SECOND, SOON, Watched, boot, ended, forget, supervisor};

#[actix_rt::test]
async fn a_first_start_that_fails_makes_the_boot_fail_with_the_childs_id_and_cause() {
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let script = Script { failing_starts: 1, ..Script::default() };
    let (_, b) = Scripted::spec("b", &journal, script).bind();
    let (_, c) = Scripted::plain("c", &journal);
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [a, b, c])).await;
    let error = refused.err().expect("no start").to_string();
    assert!(error.starts_with("b did not start: panic: cannot start b at "), "{error}");
    assert_eq!(journal.take(), "+a +b -a", "no retry at boot, and what had started is stopped");
}

#[actix_rt::test]
async fn a_boot_that_fails_in_a_branch_names_the_path() {
    let script = Script { failing_starts: 1, ..Script::default() };
    let (_, leaf) = Scripted::spec("leaf", &Journal::default(), script).bind();
    let (_, branch) = supervisor(Strategy::OneForOne, 9, [leaf]).bind("branch").expect("sound");
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [branch])).await;
    let error = refused.err().expect("no start").to_string();
    assert!(error.starts_with("branch did not start: leaf did not start: panic: "), "{error}");
}

#[actix_rt::test]
async fn a_child_starts_when_the_one_before_it_is_done_starting() {
    tokio::time::pause();
    let journal = Journal::default();
    let script = Script { slow_start: Some(10 * SECOND), ..Script::default() };
    let (slow, a) = Scripted::spec("a", &journal, script).bind();
    let (_, b) = Scripted::plain("b", &journal);
    let boot = boot(Strategy::OneForOne, 9, [a, b]);
    let early = async {
        tokio::time::sleep(5 * SECOND).await;
        journal.take()
    };
    let (_tree, early) = futures_util::future::join(boot, early).await;
    assert_eq!((early.as_str(), journal.take().as_str()), ("+a", "+b"));
    assert_eq!(slow.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_nested_supervisor_escalates_and_recovers_at_the_same_addresses() {
    let journal = Journal::default();
    let (x, bound) = Scripted::plain("x", &journal);
    let (_, branch) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let (other, sibling) = Scripted::plain("sibling", &journal);
    let tree = boot(Strategy::OneForOne, 3, [branch, sibling]).await;
    let mut watched = Watched::new(&tree).await;
    assert_eq!(other.ask(Count, SOON).await, Ok(1));
    x.tell(Boom).expect("accepted");
    x.tell(Boom).expect("accepted");
    assert_eq!(watched.started("branch").await.incarnation, 2);
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    assert_eq!(other.ask(Count, SOON).await, Ok(2), "escalation restarts the branch only");
}

#[actix_rt::test]
async fn a_panic_of_the_supervisor_itself_is_seen_by_its_parent_and_its_children_come_back() {
    let journal = Journal::default();
    let (x, bound) = Scripted::plain("x", &journal);
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch_bound]).await;
    let (dynamic, dynamic_bound) = Scripted::plain("dynamic", &journal);
    branch.ask(StartChild(dynamic_bound), SOON).await.expect("asked").expect("started");
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    let mut watched = Watched::new(&tree).await;

    let inject = shiftboss_kernel::InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    assert_eq!(branch.ask(Terminate("x".into()), SOON).await, Err(Refused::Gone));
    watched.started("branch").await;

    assert_eq!(x.ask(Count, SOON).await, Ok(1), "a fresh value at the same address");
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone), "dynamic children are gone");
    assert_eq!(journal.take(), "+x", "a killed child runs no hook");
}

#[actix_rt::test]
async fn start_child_answers_when_it_has_started_and_a_failure_leaves_no_trace() {
    let journal = Journal::default();
    let tree = boot(Strategy::OneForOne, 3, []).await;
    let root = tree.root();
    let (child, bound) = Scripted::plain("a", &journal);
    assert_eq!(root.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));

    let script = Script { failing_starts: 1, ..Script::default() };
    let (_, bad) = Scripted::spec("bad", &journal, script).bind();
    let refused = root.ask(StartChild(bad), SOON).await.expect("answered");
    assert!(matches!(refused, Err(ChildError::NotStarted(Exit::Panic(_)))), "{refused:?}");
    assert_eq!(tree.observer().snapshot(SOON).await.children.len(), 1);
}

#[actix_rt::test]
async fn a_duplicate_id_is_refused_whether_its_bearer_runs_or_is_down() {
    let journal = Journal::default();
    let (child, bound) = Scripted::spec("a", &journal, Script::default()).restart(Restart::Transient).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    let again = || StartChild(Scripted::plain("a", &journal).1);
    assert_eq!(tree.root().ask(again(), SOON).await, Ok(Err(ChildError::AlreadyStarted)));
    child.tell(Quit(Exit::Normal)).expect("accepted");
    watched.exited("a").await;
    assert_eq!(tree.root().ask(again(), SOON).await, Ok(Err(ChildError::AlreadyPresent)));
}

#[actix_rt::test]
async fn terminate_keeps_a_static_child_and_forgets_a_dynamic_one() {
    let journal = Journal::default();
    let (fixed, bound) = Scripted::plain("fixed", &journal);
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let root = tree.root();
    let (dynamic, bound) = Scripted::plain("dynamic", &journal);
    root.ask(StartChild(bound), SOON).await.expect("asked").expect("started");

    for id in ["fixed", "dynamic"] {
        assert_eq!(root.ask(Terminate(id.into()), SOON).await, Ok(Ok(())), "{id}");
    }
    assert_eq!(root.ask(Terminate("fixed".into()), SOON).await, Ok(Ok(())), "again is fine");
    assert_eq!(root.ask(Terminate("dynamic".into()), SOON).await, Ok(Err(ChildError::NotFound)));
    let rows = tree.observer().snapshot(SOON).await.children;
    assert_eq!(rows.iter().map(|row| (&*row.id, row.phase)).collect::<Vec<_>>(), [("fixed", Phase::Down)]);
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone));

    assert_eq!(root.ask(RestartChild("fixed".into()), SOON).await, Ok(Ok(())));
    assert_eq!(fixed.ask(Count, SOON).await, Ok(1));
    assert_eq!(root.ask(RestartChild("fixed".into()), SOON).await, Ok(Err(ChildError::Running)));
}

#[actix_rt::test]
async fn a_child_terminated_in_back_off_never_comes_back() {
    tokio::time::pause();
    let journal = Journal::default();
    let (child, bound) = Scripted::spec("a", &journal, Script::default())
        .backoff(Backoff::new(10 * SECOND, 10 * SECOND))
        .bind();
    let tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    watched.exited("a").await;
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    forget(&journal);
    watched.probe.expect_none(60 * SECOND).await;
    assert_eq!(journal.take(), "");
}

#[actix_rt::test]
async fn those_that_wait_with_a_terminated_child_come_back_without_it() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, bound) = Scripted::spec("a", &journal, Script::default())
        .backoff(Backoff::new(10 * SECOND, 10 * SECOND))
        .bind();
    let (b, b_bound) = Scripted::plain("b", &journal);
    let tree = boot(Strategy::RestForOne, 9, [bound, b_bound]).await;
    let mut watched = Watched::new(&tree).await;
    forget(&journal);
    a.tell(Boom).expect("accepted");
    watched.exited("b").await;
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    assert_eq!(b.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "-b +b");
}

#[actix_rt::test]
async fn a_supervisor_answers_while_a_child_fails_in_a_loop() {
    tokio::time::pause();
    let script = Script { fails_from_start: Some(2), ..Script::default() };
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), script).backoff(Backoff::new(SECOND, SECOND)).bind();
    let mut tree = boot(Strategy::OneForOne, 1000, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    for _ in 0..20 {
        watched.exited("a").await;
        assert_eq!(tree.observer().snapshot(SOON).await.children.len(), 1);
    }
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn children_on_another_thread_are_supervised_alike() {
    let arbiter = actix::Arbiter::new();
    let tree = boot(Strategy::OneForOne, 50, []).await;
    let mut children = Vec::new();
    for id in 0..20 {
        let (child, bound) = Scripted::spec(&format!("d{id}"), &Journal::default(), Script::default())
            .on(arbiter.handle())
            .bind();
        tree.root().ask(StartChild(bound), SOON).await.expect("asked").expect("started");
        children.push(child);
    }
    for child in &children {
        child.tell(Boom).expect("accepted");
    }
    for child in &children {
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    assert_eq!(tree.root().ask(Terminate("d3".into()), SOON).await, Ok(Ok(())));
    assert_eq!(children[3].tell(Count), Err(Refused::Gone));
    assert_eq!(tree.observer().snapshot(SOON).await.children.len(), 19);
    arbiter.stop();
}

#[actix_rt::test]
async fn a_child_runs_on_when_nobody_has_its_address() {
    tokio::time::pause();
    let journal = Journal::default();
    let script = Script { panics_after: Some(60 * SECOND), ..Script::default() };
    let (child, bound) = Scripted::spec("a", &journal, script).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    drop(child);
    let mut watched = Watched::new(&tree).await;
    assert_eq!(watched.started("a").await.incarnation, 2, "its timer struck, and it was restarted");
}
