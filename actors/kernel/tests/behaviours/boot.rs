//! How a tree begins, and how single children are added to it.
//!
//! 1. An empty supervisor starts, and ends with `Shutdown` on request.
//!    `an_empty_supervisor_starts_and_ends_on_request`
//! 3. When a first start fails, those before it are stopped in reverse, and the boot fails with id and cause.
//!    `a_first_start_that_fails_makes_the_boot_fail_with_the_childs_id_and_cause`,
//!    `a_boot_that_fails_in_a_branch_names_the_path`
//! 4. Starting a dynamic child that fails answers why, and leaves no trace.
//!    `start_child_answers_when_it_has_started_and_a_failure_leaves_no_trace`,
//!    `a_child_of_a_pool_that_does_not_start_is_refused_and_leaves_no_trace`

use shiftboss_kernel::testkit::{Count, Journal, Script, Scripted};
use shiftboss_kernel::{ChildError, Exit, PoolSpec, Refused, StartChild, Strategy, Terminate, Tree};

use crate::support::{HOUR, Opener, SECOND, SOON, boot, ended, forget, phase, settle, snapshot, supervisor};

#[actix_rt::test]
async fn an_empty_supervisor_starts_and_ends_on_request() {
    let mut tree = boot(Strategy::OneForOne, 3, []).await;
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn a_first_start_that_fails_makes_the_boot_fail_with_the_childs_id_and_cause() {
    let journal = Journal::default();
    let [a, b, d] = ["a", "b", "d"].map(|id| Scripted::plain(id, &journal).1);
    let (_, c) = Opener::fails_at("c", &journal, 1);
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [a, b, c, d])).await;
    let error = refused.err().expect("no start").to_string();
    assert!(error.starts_with("c did not start: panic: cannot start c"), "{error}");
    assert_eq!(journal.take(), "+a +b +c -b -a", "no retry at boot, and what had started is stopped");
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
async fn a_start_that_is_held_is_done_when_it_is_confirmed() {
    tokio::time::pause();
    let journal = Journal::default();
    let (_, a) = Opener::spec("a", &journal, |_, ctx| {
        use actix::AsyncContext;
        ctx.hold_start();
        ctx.run_later(10 * SECOND, |_, ctx| ctx.confirm_start());
    })
    .bind();
    let (_, b) = Scripted::plain("b", &journal);
    let boot = boot(Strategy::OneForOne, 9, [a, b]);
    let early = async {
        tokio::time::sleep(9 * SECOND).await;
        journal.take()
    };
    let (_tree, early) = futures_util::future::join(boot, early).await;
    assert_eq!((early.as_str(), journal.take().as_str()), ("+a", "+b"));
}

#[actix_rt::test]
async fn start_child_answers_when_it_has_started_and_a_failure_leaves_no_trace() {
    let journal = Journal::default();
    let mut tree = boot(Strategy::OneForOne, 0, []).await;
    let root = tree.root();
    let (child, bound) = Scripted::plain("a", &journal);
    assert_eq!(root.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));

    let (bad, bound) = Opener::fails_at("bad", &journal, 1);
    let refused = root.ask(StartChild(bound), SOON).await.expect("answered");
    assert!(matches!(refused, Err(ChildError::NotStarted(Exit::Panic(_)))), "{refused:?}");
    assert_eq!((phase(&tree, "bad").await, bad.tell(Count)), (None, Err(Refused::Gone)));

    let (again, bound) = Scripted::plain("bad", &journal);
    assert_eq!(root.ask(StartChild(bound), SOON).await, Ok(Ok(())), "its id is free");
    assert_eq!(again.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "-a -bad");
}

#[actix_rt::test]
async fn a_child_of_a_pool_that_does_not_start_is_refused_and_leaves_no_trace() {
    let journal = Journal::default();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let refused = pool.ask(StartChild(Opener::fails_at("bad", &journal, 1).1), SOON).await.expect("answered");
    assert!(matches!(refused, Err(ChildError::NotStarted(Exit::Panic(_)))), "{refused:?}");
    assert_eq!(phase(&tree, "pool/bad").await, None);
    assert_eq!(pool.ask(StartChild(Scripted::plain("bad", &journal).1), SOON).await, Ok(Ok(())));
    assert_eq!(journal.take(), "+bad +bad");
}

#[actix_rt::test]
async fn a_dynamic_child_that_is_terminated_in_its_start_ends_and_its_starter_learns_it() {
    tokio::time::pause();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [pool_bound]).await;
    let root = tree.root();
    let slow = || Script { slow_start: Some(HOUR), ..Script::default() };
    let bound = |id| Scripted::spec(id, &Journal::default(), slow()).bind().1;
    let starts = futures_util::future::join3(
        root.ask(StartChild(bound("hangs")), HOUR),
        root.ask(StartChild(bound("waits")), HOUR),
        pool.ask(StartChild(bound("pooled")), HOUR),
    );
    let ends = async {
        settle().await;
        assert_eq!(root.ask(Terminate("waits".into()), SOON).await, Ok(Ok(())), "it waits for its turn");
        assert_eq!(root.ask(Terminate("hangs".into()), SOON).await, Ok(Ok(())));
        assert_eq!(pool.ask(Terminate("pooled".into()), SOON).await, Ok(Ok(())));
    };
    let ((hangs, waits, pooled), ()) = futures_util::future::join(starts, ends).await;
    for refused in [hangs, waits, pooled] {
        assert_eq!(refused, Ok(Err(ChildError::NotStarted(Exit::Shutdown))));
    }
    assert_eq!(snapshot(&tree).await.children.len(), 1, "the pool");
}
