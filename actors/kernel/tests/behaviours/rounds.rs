//! Restarts that fail themselves, and what can be asked of a supervisor meanwhile.
//!
//! 23. A child whose restart keeps failing uses up the intensity, under each strategy.
//!     `a_child_whose_restart_keeps_failing_uses_up_the_intensity_under_each_strategy`
//! 24. `OneForAll`: when a sibling does not start in a round, those already started stop, and the round begins anew.
//!     `a_sibling_that_fails_to_start_in_a_round_begins_the_round_anew`
//! 25. `RestForOne`: the same, but those started before it stay.
//!     `a_sibling_that_fails_to_start_in_a_round_begins_the_round_anew`
//! 26. A supervisor answers while a child fails in a loop, is in back-off or hangs in its start.
//!     `a_supervisor_answers_while_a_child_fails_in_a_loop`,
//!     `a_child_that_fails_in_a_loop_without_a_pause_can_be_terminated`,
//!     `a_supervisor_answers_while_a_child_hangs_in_its_start`
//! 27. A child terminated in back-off never comes back.
//!     `a_child_terminated_in_back_off_never_comes_back`,
//!     `those_that_wait_with_a_terminated_child_come_back_without_it`

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{
    Action, Backoff, Exit, Phase, PoolSpec, RestartChild, StartChild, Strategy, Terminate,
};

use crate::support::{HOUR, Opener, SECOND, SOON, Watched, boot, ended, forget, phase, settle, snapshot};

/// A child whose restarts all fail.
fn unlucky() -> Script {
    Script { fails_from_start: Some(2), ..Script::default() }
}

#[actix_rt::test]
async fn a_child_whose_restart_keeps_failing_uses_up_the_intensity_under_each_strategy() {
    for (strategy, expected) in [
        (Strategy::OneForOne, "+b +b -c -a"),
        (Strategy::RestForOne, "-c +b +b -a"),
        (Strategy::OneForAll, "-c -a +a +b -a +a +b -a"),
    ] {
        let journal = Journal::default();
        let [(_, a), (_, c)] = ["a", "c"].map(|id| Scripted::plain(id, &journal));
        let (b, b_bound) = Scripted::spec("b", &journal, unlucky()).bind();
        let mut tree = boot(strategy, 2, [a, b_bound, c]).await;
        forget(&journal);
        b.tell(Boom).expect("accepted");
        let exit = ended(&mut tree).await.to_string();
        let cause = "b: more than 2 restarts within 5s, the last after: panic: cannot start b at ";
        assert!(exit.starts_with(cause), "{strategy:?}: {exit}");
        assert_eq!(journal.take(), expected, "{strategy:?}: two restarts, and no third");
    }
}

#[actix_rt::test]
async fn a_sibling_that_fails_to_start_in_a_round_begins_the_round_anew() {
    for (strategy, expected) in [
        (Strategy::OneForAll, "-d -c -a +a +b +c -b -a +a +b +c +d"),
        (Strategy::RestForOne, "-d -c +b +c +c +d"),
    ] {
        let journal = Journal::default();
        let (_, a) = Scripted::plain("a", &journal);
        let (b, b_bound) = Scripted::plain("b", &journal);
        let (_, c) = Opener::fails_at("c", &journal, 2);
        let (d, d_bound) = Scripted::plain("d", &journal);
        let tree = boot(strategy, 2, [a, b_bound, c, d_bound]).await;
        forget(&journal);
        b.tell(Boom).expect("accepted");
        assert_eq!(d.ask(Count, SOON).await, Ok(1));
        assert_eq!(journal.take(), expected, "{strategy:?}");
        assert!(snapshot(&tree).await.children.iter().all(|child| child.phase == Phase::Running));
    }
}

#[actix_rt::test]
async fn a_supervisor_answers_while_a_child_fails_in_a_loop() {
    tokio::time::pause();
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), unlucky()).backoff(Backoff::new(SECOND, SECOND)).bind();
    let mut tree = boot(Strategy::OneForOne, 1000, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    for _ in 0..20 {
        watched.exited("a").await;
        assert_eq!(phase(&tree, "a").await, Some(Phase::Backoff));
    }
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn a_child_that_fails_in_a_loop_without_a_pause_can_be_terminated() {
    for strategy in crate::support::STRATEGIES {
        let (child, bound) = Scripted::spec("a", &Journal::default(), unlucky()).bind();
        let (other, other_bound) = Scripted::plain("b", &Journal::default());
        let mut tree = boot(strategy, u32::MAX, [other_bound, bound]).await;
        child.tell(Boom).expect("accepted");
        while snapshot(&tree).await.children[1].restarts < 100 {}
        assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())), "{strategy:?}");
        assert_eq!(other.ask(Count, SOON).await, Ok(1));
        assert_eq!(phase(&tree, "a").await, Some(Phase::Down));

        assert_eq!(tree.root().ask(RestartChild("a".into()), SOON).await, Ok(Ok(())));
        while snapshot(&tree).await.children[1].restarts < 200 {}
        tree.shutdown();
        assert_eq!(ended(&mut tree).await, Exit::Shutdown, "{strategy:?}");
    }
}

#[actix_rt::test]
async fn a_supervisor_answers_while_a_child_hangs_in_its_start() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, a_bound) = Opener::spec("a", &journal, |start, ctx| {
        if start > 1 {
            ctx.hold_start();
        }
    })
    .bind();
    let mut tree = boot(Strategy::OneForOne, 3, [a_bound]).await;
    a.tell(Boom).expect("accepted");
    tokio::time::sleep(HOUR).await;
    assert_eq!(phase(&tree, "a").await, Some(Phase::Starting));
    tree.operator().order("a", Action::Terminate, SOON).await.expect("its start is not waited for");
    assert_eq!(phase(&tree, "a").await, Some(Phase::Down));
    tree.operator().order("a", Action::Restart, SOON).await.expect("restarted");
    settle().await;
    assert_eq!(phase(&tree, "a").await, Some(Phase::Starting));
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "+a +a -a +a -a");
}

#[actix_rt::test]
async fn a_child_terminated_in_back_off_never_comes_back() {
    tokio::time::pause();
    let journal = Journal::default();
    let spec = |id| {
        Scripted::spec(id, &journal, Script::default()).backoff(Backoff::new(10 * SECOND, 10 * SECOND)).bind()
    };
    let ((fixed, fixed_bound), (dynamic, dynamic_bound)) = (spec("fixed"), spec("dynamic"));
    let (pooled, pooled_bound) = spec("pooled");
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 9, [fixed_bound, pool_bound]).await;
    assert_eq!(tree.root().ask(StartChild(dynamic_bound), SOON).await, Ok(Ok(())));
    assert_eq!(pool.ask(StartChild(pooled_bound), SOON).await, Ok(Ok(())));
    forget(&journal);
    for (child, path) in [(fixed, "fixed"), (dynamic, "dynamic"), (pooled, "pool/pooled")] {
        child.tell(Boom).expect("accepted");
        settle().await;
        assert_eq!(phase(&tree, path).await, Some(Phase::Backoff));
        tree.operator().order(path, Action::Terminate, SOON).await.expect("terminated");
    }
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "");
    assert_eq!(phase(&tree, "fixed").await, Some(Phase::Down));
    assert_eq!([phase(&tree, "dynamic").await, phase(&tree, "pool/pooled").await], [None, None]);
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
