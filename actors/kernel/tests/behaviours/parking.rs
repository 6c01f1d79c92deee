//! Children that an operator holds.
//!
//! A parked child stays listed and accepts messages; nothing but an operator, or the restart of its whole supervisor,
//! brings it back.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{
    Action, Backoff, Bound, ChildError, InjectPanic, Park, Phase, Pool, PoolSpec, Refused, Restart, Resume,
    StartChild, Strategy, Terminate, Tree, Tx,
};

use crate::support::{
    HOUR, Opener, SECOND, SOON, Watched, boot, forget, phase, phases, settle, snapshot, supervisor,
};

/// A static child, a dynamic one and one in a pool, each at its path, with room for two messages.
struct Three {
    tree: Tree,
    pool: Tx<Pool>,
    children: [(&'static str, Tx<Scripted>); 3],
}

async fn three(journal: &Journal, backoff: Backoff) -> Three {
    tokio::time::pause();
    let spec = |id| Scripted::spec(id, journal, Script::default()).backoff(backoff).capacity(2).bind();
    let ((fixed, fixed_bound), (dynamic, dynamic_bound), (pooled, pooled_bound)) =
        (spec("fixed"), spec("dynamic"), spec("pooled"));
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [fixed_bound, pool_bound]).await;
    assert_eq!(tree.root().ask(StartChild(dynamic_bound), SOON).await, Ok(Ok(())));
    assert_eq!(pool.ask(StartChild(pooled_bound), SOON).await, Ok(Ok(())));
    forget(journal);
    Three { tree, pool, children: [("fixed", fixed), ("dynamic", dynamic), ("pool/pooled", pooled)] }
}

async fn order(tree: &Tree, path: &str, action: Action) {
    assert_eq!(tree.operator().order(path, action, SOON).await, Ok(()), "{action} {path}");
    settle().await;
}

#[actix_rt::test]
async fn a_parked_child_has_stopped_is_listed_and_accepts_messages_up_to_its_capacity() {
    let journal = Journal::default();
    let Three { tree, children, .. } = three(&journal, Backoff::NONE).await;
    for (path, child) in &children {
        order(&tree, path, Action::Park).await;
        assert_eq!(journal.take(), format!("-{}", child.id()));
        tokio::time::sleep(HOUR).await;
        assert_eq!((phase(&tree, path).await, journal.take().as_str()), (Some(Phase::Parked), ""));
        let told = [child.tell(Count), child.tell(Count), child.tell(Count)];
        assert_eq!(told, [Ok(()), Ok(()), Err(Refused::Full)], "{path}");
        order(&tree, path, Action::Resume).await;
        assert_eq!(phase(&tree, path).await, Some(Phase::Running));
        assert_eq!(child.ask(Count, SOON).await, Ok(3), "{path}");
        forget(&journal);
    }
}

#[actix_rt::test]
async fn a_child_parked_in_its_back_off_stays_when_that_is_over() {
    let journal = Journal::default();
    let Three { tree, children, .. } = three(&journal, Backoff::new(60 * SECOND, 60 * SECOND)).await;
    for (path, child) in &children {
        child.tell(Boom).expect("accepted");
        settle().await;
        assert_eq!(phase(&tree, path).await, Some(Phase::Backoff));
        order(&tree, path, Action::Park).await;
        tokio::time::sleep(HOUR).await;
        assert_eq!((phase(&tree, path).await, journal.take().as_str()), (Some(Phase::Parked), ""));
        order(&tree, path, Action::Restart).await;
        assert_eq!(child.ask(Count, SOON).await, Ok(1), "a restart will do as well as a resume");
        forget(&journal);
    }
}

#[actix_rt::test]
async fn a_parked_child_that_is_terminated_is_not_parked_any_more() {
    let journal = Journal::default();
    let Three { tree, children, .. } = three(&journal, Backoff::NONE).await;
    for (path, _) in &children {
        order(&tree, path, Action::Park).await;
        order(&tree, path, Action::Terminate).await;
    }
    assert_eq!(phase(&tree, "fixed").await, Some(Phase::Down), "a static child keeps its place");
    assert_eq!([phase(&tree, "dynamic").await, phase(&tree, "pool/pooled").await], [None, None]);
    order(&tree, "fixed", Action::Park).await;
    assert_eq!(phase(&tree, "fixed").await, Some(Phase::Parked), "one that is down can be parked");
    order(&tree, "fixed", Action::Resume).await;
    assert_eq!(children[0].1.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_dynamic_child_that_is_being_terminated_cannot_be_parked_and_so_be_brought_back() {
    tokio::time::pause();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [pool_bound]).await;
    let root = tree.root();
    let script = || Script { slow_stop: Some(SECOND), ..Script::default() };
    let child = || StartChild(Scripted::spec("a", &Journal::default(), script()).bind().1);
    let (terminate, park, resume) = (Terminate("a".into()), Park("a".into()), Resume("a".into()));

    root.ask(child(), SOON).await.expect("asked").expect("started");
    let answers = tokio::join!(root.ask(terminate.clone(), SOON), root.ask(park.clone(), SOON));
    assert_eq!(answers, (Ok(Ok(())), Ok(Err(ChildError::NotFound))));
    assert_eq!(root.ask(resume.clone(), SOON).await, Ok(Err(ChildError::NotFound)));

    pool.ask(child(), SOON).await.expect("asked").expect("started");
    let answers = tokio::join!(pool.ask(terminate, SOON), pool.ask(park, SOON));
    assert_eq!(answers, (Ok(Ok(())), Ok(Err(ChildError::NotFound))));
    assert_eq!(pool.ask(resume, SOON).await, Ok(Err(ChildError::NotFound)));
}

#[actix_rt::test]
async fn a_child_that_is_parked_while_it_starts_is_not_waited_for() {
    let journal = Journal::default();
    let Three { tree, pool, .. } = three(&journal, Backoff::NONE).await;
    let slow = |id| Opener::spec(id, &journal, |_, ctx| ctx.hold_start()).bind().1;
    tree.root().tell(StartChild(slow("a"))).expect("accepted");
    pool.tell(StartChild(slow("b"))).expect("accepted");
    settle().await;
    for path in ["a", "pool/b"] {
        assert_eq!(phase(&tree, path).await, Some(Phase::Starting));
        order(&tree, path, Action::Park).await;
        assert_eq!(phase(&tree, path).await, Some(Phase::Parked));
    }
    assert_eq!(journal.take(), "+a +b -a -b");
}

#[actix_rt::test]
async fn a_parked_child_is_not_brought_back_by_the_restart_of_its_group() {
    tokio::time::pause();
    for strategy in [Strategy::OneForAll, Strategy::RestForOne] {
        let journal = Journal::default();
        let (a, a_bound) = Scripted::plain("a", &journal);
        let [(b, b_bound), (c, c_bound)] = ["b", "c"].map(|id| Scripted::plain(id, &journal));
        let tree = boot(strategy, 3, [a_bound, b_bound, c_bound]).await;
        order(&tree, "b", Action::Park).await;
        forget(&journal);
        a.tell(Boom).expect("accepted");
        assert_eq!(c.ask(Count, SOON).await, Ok(1));
        assert_eq!(journal.take(), "-c +a +c", "{strategy:?}");
        assert_eq!(phase(&tree, "b").await, Some(Phase::Parked));
        order(&tree, "b", Action::Resume).await;
        assert_eq!(b.ask(Count, SOON).await, Ok(1));
    }
}

/// `a`, in back-off for a minute, and `b`, which waits with it.
async fn group_in_back_off(journal: &Journal) -> (Tree, [Tx<Scripted>; 2]) {
    tokio::time::pause();
    let backoff = Backoff::new(60 * SECOND, 60 * SECOND);
    let (a, a_bound) = Scripted::spec("a", journal, Script::default()).backoff(backoff).bind();
    let (b, b_bound) = Scripted::plain("b", journal);
    let tree = boot(Strategy::OneForAll, 3, [a_bound, b_bound]).await;
    a.tell(Boom).expect("accepted");
    settle().await;
    forget(journal);
    (tree, [a, b])
}

#[actix_rt::test]
async fn a_child_that_is_parked_while_its_group_waits_does_not_come_back_with_it() {
    let journal = Journal::default();
    let (tree, [a, _]) = group_in_back_off(&journal).await;
    order(&tree, "b", Action::Park).await;
    assert_eq!(a.ask(Count, 100 * SECOND).await, Ok(1));
    tokio::time::sleep(HOUR).await;
    assert_eq!((journal.take().as_str(), phase(&tree, "b").await), ("+a", Some(Phase::Parked)));
}

#[actix_rt::test]
async fn a_group_does_not_wait_for_a_child_that_is_parked() {
    let journal = Journal::default();
    let (tree, [_, b]) = group_in_back_off(&journal).await;
    order(&tree, "a", Action::Park).await;
    assert_eq!(b.ask(Count, SECOND).await, Ok(1));
    tokio::time::sleep(HOUR).await;
    assert_eq!((journal.take().as_str(), phase(&tree, "a").await), ("+b", Some(Phase::Parked)));
}

#[actix_rt::test]
async fn the_restart_of_its_supervisor_brings_a_parked_child_back() {
    tokio::time::pause();
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 3, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch_bound]).await;
    order(&tree, "branch/a", Action::Park).await;
    let inject = InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    branch.tell(StartChild(Scripted::plain("never", &journal).1)).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(phase(&tree, "branch/a").await, Some(Phase::Running));
}

#[actix_rt::test]
async fn a_whole_branch_can_be_parked_and_resumed() {
    tokio::time::pause();
    let journal = Journal::default();
    let (leaf, leaf_bound) = Scripted::plain("leaf", &journal);
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [leaf_bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [branch]).await;
    order(&tree, "branch", Action::Park).await;
    assert_eq!((journal.take().as_str(), phase(&tree, "branch").await), ("+leaf -leaf", Some(Phase::Parked)));
    leaf.tell(Count).expect("accepted");
    order(&tree, "branch", Action::Resume).await;
    assert_eq!(leaf.ask(Count, SOON).await, Ok(2));
}

#[actix_rt::test]
async fn parking_uses_up_no_intensity_and_is_told_to_watchers() {
    tokio::time::pause();
    let (_, bound) = Scripted::plain("a", &Journal::default());
    let temporary = Scripted::spec("b", &Journal::default(), Script::default()).restart(Restart::Temporary);
    let bounds: [Bound; 2] = [bound, temporary.bind().1];
    let tree = boot(Strategy::OneForAll, 0, bounds).await;
    let mut watched = Watched::new(&tree).await;
    for round in 1..=3 {
        order(&tree, "a", Action::Park).await;
        assert_eq!(watched.parked("a").await.incarnation, round);
        order(&tree, "a", Action::Resume).await;
    }
    let root = snapshot(&tree).await;
    assert_eq!(root.children[0].exits.iter().filter(|exit| exit.reason == "shutdown").count(), 3);
    let running = ["a", "b"].map(|id| (id.to_owned(), Phase::Running));
    assert_eq!(phases(&tree).await, running, "and its siblings did not notice");
}
