//! Many like children: a budget each, parking, and a pool that fails only when most of them do.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Probe, Scripted};
use shiftboss_kernel::{
    Action, Backoff, ChildError, ChildEvent, News, Phase, Pool, PoolSpec, Refused, RestartChild, StartChild,
    Strategy, SupervisorSpec, Terminate, TerminateAll, Tree, Tx, Watch,
};
use tokio::time::Instant;

use crate::support::{HOUR, SECOND, SOON, phase, settle, snapshot};

struct Pooled {
    tree: Tree,
    pool: Tx<Pool>,
    probe: Probe<ChildEvent>,
    children: Vec<Tx<Scripted>>,
}

/// A pool of `size` plain children, each with a budget of 2 restarts in 60 s, that fails when half of them, and at
/// least three, are parked.
async fn pooled(size: usize) -> Pooled {
    tokio::time::pause();
    let spec = PoolSpec::default()
        .budget(2, 60 * SECOND)
        .retry_parked(Backoff::new(100 * SECOND, 1000 * SECOND))
        .escalate(0.5, 3);
    let (pool, bound) = spec.bind("pool", None).expect("sound");
    let (probe, watcher, probe_bound) = Probe::new("probe");
    let spec = SupervisorSpec::new(Strategy::OneForOne).child(probe_bound).child(bound);
    let tree = Tree::start("root", spec).await.expect("starts");
    pool.ask(Watch(watcher), SOON).await.expect("watched");
    let mut children = Vec::new();
    for index in 0..size {
        let (child, bound) = Scripted::plain(&format!("c{index}"), &Journal::default());
        pool.ask(StartChild(bound), SOON).await.expect("asked").expect("started");
        children.push(child);
    }
    Pooled { tree, pool, probe, children }
}

impl Pooled {
    /// Fails a child until it is past its budget.
    async fn park(&mut self, index: usize) {
        for _ in 0..3 {
            self.children[index].tell(Boom).expect("accepted");
        }
        self.hears(index, &News::Parked).await;
    }

    /// Waits for news of a child.
    async fn hears(&mut self, index: usize, news: &News) {
        let id = self.children[index].id();
        self.probe.expect_where(HOUR, |event| *event.id == *id && event.news == *news).await;
    }

    async fn phase(&self, id: &str) -> Option<Phase> {
        phase(&self.tree, &format!("pool/{id}")).await
    }

    /// How often the pool itself was restarted.
    async fn restarts(&self) -> u32 {
        snapshot(&self.tree).await.find(["pool"]).expect("shown").restarts
    }
}

#[actix_rt::test]
async fn a_child_past_its_budget_is_parked_and_the_others_do_not_notice() {
    let mut pooled = pooled(8).await;
    let failing = pooled.children[3].clone();
    failing.tell(Boom).expect("accepted");
    failing.tell(Boom).expect("accepted");
    assert_eq!(failing.ask(Count, SOON).await, Ok(1), "two restarts are within its budget");
    failing.tell(Boom).expect("accepted");
    pooled.hears(3, &News::Parked).await;
    assert_eq!(pooled.phase("c3").await, Some(Phase::Parked));
    assert_eq!(failing.ask(Count, SECOND).await, Err(Refused::Late), "accepted, and not handled");
    for index in [0, 1, 2, 4, 5, 6, 7] {
        assert_eq!(pooled.children[index].ask(Count, SOON).await, Ok(1));
    }
}

#[actix_rt::test]
async fn failures_spaced_beyond_the_window_never_park_a_child() {
    let pooled = pooled(1).await;
    for _ in 0..20 {
        pooled.children[0].tell(Boom).expect("accepted");
        assert_eq!(pooled.children[0].ask(Count, SOON).await, Ok(1));
        tokio::time::advance(31 * SECOND).await;
    }
    assert_eq!(pooled.phase("c0").await, Some(Phase::Running));
}

#[actix_rt::test]
async fn a_parked_child_is_retried_slowly_and_parks_again_at_once_while_it_fails() {
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    let parked_at = Instant::now();
    pooled.hears(0, &News::Started).await;
    assert!(parked_at.elapsed() >= 50 * SECOND && parked_at.elapsed() < 101 * SECOND);
    pooled.children[0].tell(Boom).expect("accepted");
    pooled.hears(0, &News::Parked).await;
    let parked_again = Instant::now();
    pooled.hears(0, &News::Started).await;
    assert!(parked_again.elapsed() >= 100 * SECOND, "twice as long");
    tokio::time::advance(61 * SECOND).await;
    pooled.children[0].tell(Boom).expect("accepted");
    assert_eq!(pooled.children[0].ask(Count, SOON).await, Ok(1), "it lasted a window: its budget is back");
}

#[actix_rt::test]
async fn an_operator_brings_a_parked_child_back_at_once_and_with_its_budget() {
    let mut pooled = pooled(8).await;
    let before = Instant::now();
    for (index, action) in [(0, Action::Restart), (1, Action::Resume)] {
        pooled.park(index).await;
        let path = format!("pool/c{index}");
        assert_eq!(pooled.tree.operator().order(&path, action, SOON).await, Ok(()));
        for _ in 0..2 {
            pooled.children[index].tell(Boom).expect("accepted");
        }
        assert_eq!(pooled.children[index].ask(Count, SOON).await, Ok(1));
    }
    assert!(before.elapsed() < SECOND);
    assert_eq!(pooled.pool.ask(RestartChild("x".into()), SOON).await, Ok(Err(ChildError::NotFound)));
}

#[actix_rt::test]
async fn a_child_parked_for_its_failures_and_then_by_an_operator_is_not_retried() {
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    assert_eq!(pooled.tree.operator().order("pool/c0", Action::Park, SOON).await, Ok(()));
    pooled.probe.drain();
    pooled.probe.expect_none(HOUR).await;
    assert_eq!(pooled.phase("c0").await, Some(Phase::Parked));
    assert_eq!(pooled.tree.operator().order("pool/c0", Action::Resume, SOON).await, Ok(()));
    assert_eq!(pooled.children[0].ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_pool_fails_when_a_large_share_is_parked_within_one_window() {
    let mut pooled = pooled(8).await;
    for index in 0..3 {
        pooled.park(index).await;
    }
    assert_eq!((pooled.phase("c7").await, pooled.restarts().await), (Some(Phase::Running), 0));
    for _ in 0..3 {
        pooled.children[3].tell(Boom).expect("accepted");
    }
    settle().await;
    assert!(pooled.children.iter().all(|child| child.tell(Count) == Err(Refused::Gone)));
    let root = snapshot(&pooled.tree).await;
    let pool = root.find(["pool"]).expect("shown");
    assert_eq!((pool.phase, pool.restarts), (Phase::Running, 1));
    let cause = &pool.last_exit().expect("it failed").cause;
    let expected = "4 of 8 children were parked within 60s; the last, c3: panic: boom in c3";
    assert!(cause.starts_with(expected), "{cause}");
}

#[actix_rt::test]
async fn a_few_parked_children_are_no_reason_to_fail_however_large_their_share() {
    let mut pooled = pooled(3).await;
    for index in 0..2 {
        pooled.park(index).await;
    }
    assert_eq!(pooled.restarts().await, 0, "two of three, and three are asked for");
    pooled.park(2).await;
    settle().await;
    assert_eq!(pooled.restarts().await, 1);
}

#[actix_rt::test]
async fn children_parked_one_by_one_over_many_windows_never_make_a_pool_fail() {
    let mut pooled = pooled(8).await;
    for index in 0..8 {
        pooled.park(index).await;
        assert_eq!(pooled.tree.operator().order(&format!("pool/c{index}"), Action::Park, SOON).await, Ok(()));
        tokio::time::advance(31 * SECOND).await;
    }
    let root = snapshot(&pooled.tree).await;
    let pool = root.find(["pool"]).expect("shown");
    assert_eq!(pool.restarts, 0, "two in each window");
    assert!(pool.children.iter().all(|child| child.phase == Phase::Parked), "and all of them are parked");
}

#[actix_rt::test]
async fn a_child_that_is_parked_again_and_again_is_one_child() {
    let mut pooled = pooled(6).await;
    for _ in 0..10 {
        pooled.park(0).await;
        assert_eq!(pooled.pool.ask(RestartChild("c0".into()), SOON).await, Ok(Ok(())));
    }
    pooled.park(1).await;
    assert_eq!(pooled.restarts().await, 0);
    pooled.park(2).await;
    settle().await;
    assert_eq!(pooled.restarts().await, 1, "the third child makes half of them");
}

#[actix_rt::test]
async fn children_that_an_operator_parks_or_terminates_are_no_reason_to_fail() {
    let mut pooled = pooled(8).await;
    for index in 0..7 {
        let path = format!("pool/c{index}");
        assert_eq!(pooled.tree.operator().order(&path, Action::Park, SOON).await, Ok(()));
    }
    for index in [0, 1, 2] {
        assert_eq!(
            pooled.tree.operator().order(&format!("pool/c{index}"), Action::Resume, SOON).await,
            Ok(())
        );
        pooled.park(index).await;
        assert_eq!(pooled.pool.ask(Terminate(format!("c{index}").into()), SOON).await, Ok(Ok(())));
    }
    assert_eq!(pooled.restarts().await, 0, "those that were terminated are not counted any more");
    assert_eq!(pooled.children[7].ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn any_number_of_first_failures_is_no_reason_to_fail() {
    let pooled = pooled(200).await;
    for child in &pooled.children {
        child.tell(Boom).expect("accepted");
    }
    for child in &pooled.children {
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    assert_eq!(pooled.restarts().await, 0);
}

#[actix_rt::test]
async fn a_terminated_child_leaves_no_trace_whatever_its_state() {
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    for id in ["c0", "c1"] {
        assert_eq!(pooled.pool.ask(Terminate(id.into()), SOON).await, Ok(Ok(())));
        assert_eq!(pooled.phase(id).await, None);
        assert_eq!(pooled.pool.ask(Terminate(id.into()), SOON).await, Ok(Err(ChildError::NotFound)));
    }
    assert_eq!(pooled.children[0].tell(Count), Err(Refused::Gone));
    let (again, bound) = Scripted::plain("c1", &Journal::default());
    assert_eq!(pooled.pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    assert_eq!(again.ask(Count, SOON).await, Ok(1), "an id can be used again");
}

#[actix_rt::test]
async fn a_pool_can_be_emptied_whatever_the_state_of_its_children() {
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    assert_eq!(pooled.tree.operator().order("pool/c1", Action::Park, SOON).await, Ok(()));
    assert_eq!(pooled.pool.ask(TerminateAll, SOON).await, Ok(Ok(())));
    let root = snapshot(&pooled.tree).await;
    assert_eq!(root.find(["pool"]).map(|pool| pool.children.len()), Some(0));
    assert!(pooled.children.iter().all(|child| child.tell(Count) == Err(Refused::Gone)));
    assert_eq!(pooled.pool.ask(TerminateAll, SOON).await, Ok(Ok(())), "again is fine");
}
