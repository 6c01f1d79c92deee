//! Many like children: a budget each, parking, and a pool that fails only when most of them do.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Probe, Scripted};
use shiftboss_kernel::{
    Backoff, ChildError, ChildEvent, News, Phase, Pool, PoolSpec, Refused, RestartChild, StartChild,
    Strategy, SupervisorSpec, Terminate, TerminateAll, Tree, Tx, Watch,
};

use crate::{SECOND, SOON};

struct Pooled {
    tree: Tree,
    pool: Tx<Pool>,
    probe: Probe<ChildEvent>,
    children: Vec<Tx<Scripted>>,
}

/// A pool of `size` plain children, each with a budget of 2 restarts in 60 s.
async fn pooled(size: usize) -> Pooled {
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
    async fn park(&mut self, index: usize) {
        let id = self.children[index].id().to_owned();
        for _ in 0..3 {
            self.children[index].tell(Boom).expect("accepted");
        }
        self.probe.expect_where(SOON, |event| *event.id == *id && event.news == News::Parked).await;
    }

    async fn phase(&self, id: &str) -> Option<Phase> {
        self.tree.observer().snapshot(SOON).await.find(["pool", id]).map(|node| node.phase)
    }
}

#[actix_rt::test]
async fn a_child_past_its_budget_is_parked_and_the_others_do_not_notice() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    pooled.park(3).await;
    assert_eq!(pooled.phase("c3").await, Some(Phase::Parked));
    assert_eq!(pooled.children[3].ask(Count, SECOND).await, Err(Refused::Late), "accepted, and not handled");
    for index in [0, 1, 2, 4, 5, 6, 7] {
        assert_eq!(pooled.children[index].ask(Count, SOON).await, Ok(1));
    }
}

#[actix_rt::test]
async fn a_parked_child_is_retried_slowly_and_parks_again_at_once_while_it_fails() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    let parked_at = tokio::time::Instant::now();
    let is = |event: &ChildEvent, news: &News| *event.id == *"c0" && event.news == *news;
    pooled.probe.expect_where(200 * SECOND, |event| is(event, &News::Started)).await;
    assert!(parked_at.elapsed() >= 50 * SECOND);
    pooled.children[0].tell(Boom).expect("accepted");
    pooled.probe.expect_where(SOON, |event| is(event, &News::Parked)).await;
    let parked_again = tokio::time::Instant::now();
    pooled.probe.expect_where(400 * SECOND, |event| is(event, &News::Started)).await;
    assert!(parked_again.elapsed() >= 100 * SECOND, "twice as long");
    tokio::time::advance(61 * SECOND).await;
    pooled.children[0].tell(Boom).expect("accepted");
    assert_eq!(pooled.children[0].ask(Count, SOON).await, Ok(1), "it lasted a window: its budget is back");
}

#[actix_rt::test]
async fn an_operator_brings_a_parked_child_back_at_once() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    assert_eq!(pooled.pool.ask(RestartChild("c0".into()), SOON).await, Ok(Ok(())));
    assert_eq!(pooled.children[0].ask(Count, SOON).await, Ok(1));
    assert_eq!(pooled.pool.ask(RestartChild("c0".into()), SOON).await, Ok(Err(ChildError::Running)));
    assert_eq!(pooled.pool.ask(RestartChild("x".into()), SOON).await, Ok(Err(ChildError::NotFound)));
}

#[actix_rt::test]
async fn a_pool_fails_only_when_a_large_share_is_parked() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    for index in 0..3 {
        pooled.park(index).await;
    }
    assert_eq!(pooled.phase("c7").await, Some(Phase::Running));
    let last = pooled.children[3].clone();
    for _ in 0..3 {
        last.tell(Boom).expect("accepted");
    }
    while pooled.children.iter().any(|child| child.tell(Count) != Err(Refused::Gone)) {
        tokio::task::yield_now().await;
    }
    let root = pooled.tree.observer().snapshot(SOON).await;
    let pool = root.find(["pool"]).expect("shown");
    assert_eq!((pool.phase, pool.restarts), (Phase::Running, 1));
    let cause = &pool.last_exit().expect("it failed").cause;
    assert!(
        cause.starts_with("4 of 8 children were parked within 60s; the last, c3: panic: boom in c3"),
        "{cause}"
    );
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
    let root = pooled.tree.observer().snapshot(SOON).await;
    let pool = root.find(["pool"]).expect("shown");
    assert_eq!(pool.restarts, 0);
    assert!(pool.children.iter().all(|child| child.restarts == 1));
}

#[actix_rt::test]
async fn a_terminated_child_leaves_no_trace_whatever_its_state() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    for id in ["c0", "c1"] {
        assert_eq!(pooled.pool.ask(Terminate(id.into()), SOON).await, Ok(Ok(())));
        assert_eq!(pooled.phase(id).await, None);
    }
    assert_eq!(pooled.children[0].tell(Count), Err(Refused::Gone));
    let (again, bound) = Scripted::plain("c1", &Journal::default());
    assert_eq!(pooled.pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    assert_eq!(again.ask(Count, SOON).await, Ok(1), "an id can be used again");
}

#[actix_rt::test]
async fn a_pool_can_be_emptied_whatever_the_state_of_its_children() {
    tokio::time::pause();
    let mut pooled = pooled(8).await;
    pooled.park(0).await;
    assert_eq!(pooled.pool.ask(TerminateAll, SOON).await, Ok(Ok(())));
    let root = pooled.tree.observer().snapshot(SOON).await;
    assert_eq!(root.find(["pool"]).map(|pool| pool.children.len()), Some(0));
    assert!(pooled.children.iter().all(|child| child.tell(Count) == Err(Refused::Gone)));
    assert_eq!(pooled.pool.ask(TerminateAll, SOON).await, Ok(Ok(())), "again is fine");
}
