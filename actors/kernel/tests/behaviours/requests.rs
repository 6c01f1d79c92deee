//! What an operator may ask of a child, and what is counted.
//!
//! 8. Terminating an unknown id is `NotFound`; terminating a stopped child again is fine.
//!    `terminate_keeps_a_static_child_and_forgets_a_dynamic_one`
//! 9. Restarting a running child is refused; in back-off it starts now (in OTP: refused as restarting).
//!    `a_running_child_is_not_restarted_and_one_in_back_off_starts_now`
//! 10. Counts of specs, active children, supervisors and workers are exact in every phase.
//!     `counts_of_a_supervisor_are_exact_in_every_phase`, `counts_of_a_pool_are_exact_in_every_phase`

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{
    Action, Backoff, Bound, ChildError, Node, Phase, PoolSpec, Refused, RestartChild, Shutdown, StartChild,
    Strategy, Terminate, Tx,
};

use crate::support::{
    HOUR, Opener, SECOND, SOON, Watched, boot, counts, phase, phases, settle, snapshot, supervisor,
};

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
    assert_eq!(root.ask(Terminate("never".into()), SOON).await, Ok(Err(ChildError::NotFound)));
    assert_eq!(phases(&tree).await, [("fixed".to_owned(), Phase::Down)]);
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone));

    assert_eq!(root.ask(RestartChild("fixed".into()), SOON).await, Ok(Ok(())));
    assert_eq!(fixed.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_running_child_is_not_restarted_and_one_in_back_off_starts_now() {
    tokio::time::pause();
    let backoff = Backoff::new(HOUR, HOUR);
    let spec = |id| Scripted::spec(id, &Journal::default(), Script::default()).backoff(backoff).bind();
    let ((fixed, fixed_bound), (pooled, pooled_bound)) = (spec("a"), spec("a"));
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [fixed_bound, pool_bound]).await;
    assert_eq!(pool.ask(StartChild(pooled_bound), SOON).await, Ok(Ok(())));
    let restart = || RestartChild("a".into());
    assert_eq!(tree.root().ask(restart(), SOON).await, Ok(Err(ChildError::Running)));
    assert_eq!(pool.ask(restart(), SOON).await, Ok(Err(ChildError::Running)));

    let before = tokio::time::Instant::now();
    for (child, path) in [(&fixed, "a"), (&pooled, "pool/a")] {
        child.tell(Boom).expect("accepted");
        settle().await;
        assert_eq!(phase(&tree, path).await, Some(Phase::Backoff));
    }
    assert_eq!(tree.root().ask(restart(), SOON).await, Ok(Ok(())));
    assert_eq!(pool.ask(restart(), SOON).await, Ok(Ok(())));
    assert_eq!([fixed.ask(Count, SOON).await, pooled.ask(Count, SOON).await], [Ok(1), Ok(1)]);
    assert!(before.elapsed() < SECOND);
    tokio::time::sleep(2 * HOUR).await;
    assert_eq!(snapshot(&tree).await.children[0].restarts, 1, "the back-off is over, not waiting");
    assert_eq!([fixed.ask(Count, SOON).await, pooled.ask(Count, SOON).await], [Ok(2), Ok(2)]);
}

/// A child that starts within an hour.
fn starting() -> Bound {
    let script = Script { slow_start: Some(HOUR), ..Script::default() };
    Scripted::spec("starting", &Journal::default(), script).bind().1
}

/// A child that stops when its hour is over.
fn stopping() -> Bound {
    let script = Script { stubborn: true, ..Script::default() };
    Scripted::spec("stopping", &Journal::default(), script).shutdown(Shutdown::Timeout(HOUR)).bind().1
}

/// A child that can be made to wait for its restart.
fn backing_off() -> (Tx<Scripted>, Bound) {
    let spec = Scripted::spec("backoff", &Journal::default(), Script::default());
    spec.backoff(Backoff::new(HOUR, HOUR)).bind()
}

fn declined() -> Bound {
    Opener::spec("down", &Journal::default(), |_, ctx| ctx.decline()).bind().1
}

#[actix_rt::test]
async fn counts_of_a_supervisor_are_exact_in_every_phase() {
    tokio::time::pause();
    let (crashing, backoff) = backing_off();
    let (_, parked) = Scripted::plain("parked", &Journal::default());
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [declined()]).bind("branch").expect("sound");
    let (_, pool) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [backoff, parked, stopping(), branch, pool]).await;
    assert_eq!(snapshot(&tree).await.counts(), counts(5, 5, 2, 3), "all run");

    crashing.tell(Boom).expect("accepted");
    let mut watched = Watched::new(&tree).await;
    tree.operator().order("parked", Action::Park, SOON).await.expect("parked");
    watched.parked("parked").await;
    let root = snapshot(&tree).await;
    assert_eq!(root.counts(), counts(5, 3, 2, 3), "one in back-off, one parked");
    assert_eq!(root.find(["branch"]).map(Node::counts), Some(counts(1, 0, 0, 1)));

    tree.root().tell(StartChild(starting())).expect("accepted");
    settle().await;
    assert_eq!(phase(&tree, "starting").await, Some(Phase::Starting));
    assert_eq!(snapshot(&tree).await.counts(), counts(6, 4, 2, 4), "a child that starts is active");
    assert_eq!(tree.root().ask(Terminate("starting".into()), SOON).await, Ok(Ok(())));

    tree.root().tell(Terminate("stopping".into())).expect("accepted");
    settle().await;
    assert_eq!(phase(&tree, "stopping").await, Some(Phase::Stopping));
    assert_eq!(snapshot(&tree).await.counts(), counts(5, 3, 2, 3), "a child that stops is active");
    tokio::time::sleep(HOUR).await;
    assert_eq!(phase(&tree, "stopping").await, Some(Phase::Down));
    assert_eq!(snapshot(&tree).await.counts(), counts(5, 3, 2, 3), "the one in back-off has come back");
}

#[actix_rt::test]
async fn counts_of_a_pool_are_exact_in_every_phase() {
    tokio::time::pause();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let (crashing, backoff) = backing_off();
    let [running, parked] = ["running", "parked"].map(|id| Scripted::plain(id, &Journal::default()).1);
    let (_, branch) = supervisor(Strategy::OneForOne, 3, []).bind("branch").expect("sound");
    for bound in [running, parked, backoff, stopping(), declined(), branch] {
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    crashing.tell(Boom).expect("accepted");
    tree.operator().order("pool/parked", Action::Park, SOON).await.expect("parked");
    pool.tell(StartChild(starting())).expect("accepted");
    pool.tell(Terminate("stopping".into())).expect("accepted");
    settle().await;

    let root = snapshot(&tree).await;
    let pool = &root.children[0];
    let phases: Vec<_> = pool.children.iter().map(|child| (&*child.id, child.phase)).collect();
    let expected = [
        ("backoff", Phase::Backoff),
        ("branch", Phase::Running),
        ("down", Phase::Down),
        ("parked", Phase::Parked),
        ("running", Phase::Running),
        ("starting", Phase::Starting),
        ("stopping", Phase::Stopping),
    ];
    assert!(expected.iter().all(|child| phases.contains(child)), "{phases:?}");
    assert_eq!(pool.counts(), counts(7, 4, 1, 6));
}
