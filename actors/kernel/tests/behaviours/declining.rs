//! Children that look whether they are needed, and are not.
//!
//! 2. A child that declines to start counts as started, keeps its place and stays down; a temporary one is forgotten.
//!    `a_static_child_that_declines_keeps_its_place_and_those_after_it_start`,
//!    `a_child_that_declined_is_started_again_by_an_operator_only`,
//!    `a_child_that_declined_is_asked_again_when_its_group_restarts`,
//!    `a_dynamic_child_that_declines_is_listed_and_whoever_asked_for_it_gets_ok`,
//!    `a_temporary_child_that_declines_is_forgotten`,
//!    `a_child_of_a_pool_that_declines_is_neither_retried_nor_parked`

use shiftboss_kernel::testkit::{Boom, Count, Journal, Scripted};
use shiftboss_kernel::{Phase, PoolSpec, Refused, Restart, RestartChild, Spec, StartChild, Strategy};

use crate::support::{HOUR, Opener, SECOND, SOON, boot, counts, forget, phase, phases, settle, snapshot};

/// A child that declines at its first start, and at no other.
fn declining(journal: &Journal) -> Spec<Opener> {
    Opener::spec("d", journal, |start, ctx| {
        if start == 1 {
            ctx.decline();
        }
    })
}

#[actix_rt::test]
async fn a_static_child_that_declines_keeps_its_place_and_those_after_it_start() {
    let journal = Journal::default();
    let [(_, a), (_, c)] = ["a", "c"].map(|id| Scripted::plain(id, &journal));
    let tree = boot(Strategy::OneForOne, 0, [a, declining(&journal).bind().1, c]).await;
    assert_eq!(journal.take(), "+a +d -d +c");
    let root = snapshot(&tree).await;
    assert_eq!(root.counts(), counts(3, 2, 0, 3), "counted, but not active");
    assert_eq!((&*root.children[1].id, root.children[1].phase), ("d", Phase::Down));
    assert_eq!(root.children[1].last_exit().map(|exit| exit.reason), Some("declined"));
}

#[actix_rt::test]
async fn a_child_that_declined_is_started_again_by_an_operator_only() {
    tokio::time::pause();
    let journal = Journal::default();
    let (child, bound) = declining(&journal).bind();
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    forget(&journal);
    child.tell(Count).expect("it is down, and accepts");
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "");

    assert_eq!(tree.root().ask(RestartChild("d".into()), SOON).await, Ok(Ok(())));
    assert_eq!(child.ask(Count, SOON).await, Ok(2), "what came while it was down is handled first");
    assert_eq!(phase(&tree, "d").await, Some(Phase::Running));
}

#[actix_rt::test]
async fn a_child_that_declined_is_asked_again_when_its_group_restarts() {
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let (child, bound) = declining(&journal).bind();
    let _tree = boot(Strategy::OneForAll, 1, [a_bound, bound]).await;
    forget(&journal);
    a.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+a +d", "one restart of the group, which an intensity of 1 bears");
}

#[actix_rt::test]
async fn a_child_that_declines_at_a_restart_stays_down_and_the_round_goes_on() {
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let second = |start, ctx: &mut shiftboss_kernel::Ctx<Opener>| {
        if start == 2 {
            ctx.decline();
        }
    };
    let (_, d) = Opener::spec("d", &journal, second).bind();
    let (c, c_bound) = Scripted::plain("c", &journal);
    let tree = boot(Strategy::RestForOne, 1, [a_bound, d, c_bound]).await;
    forget(&journal);
    a.tell(Boom).expect("accepted");
    assert_eq!(c.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "-c -d +a +d -d +c");
    assert_eq!(phase(&tree, "d").await, Some(Phase::Down));
}

#[actix_rt::test]
async fn a_dynamic_child_that_declines_is_listed_and_whoever_asked_for_it_gets_ok() {
    let journal = Journal::default();
    let tree = boot(Strategy::OneForOne, 0, []).await;
    let (child, bound) = declining(&journal).bind();
    assert_eq!(tree.root().ask(StartChild(bound), SOON).await, Ok(Ok(())));
    assert_eq!(phases(&tree).await, [("d".to_owned(), Phase::Down)]);
    assert_eq!(tree.root().ask(RestartChild("d".into()), SOON).await, Ok(Ok(())));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_temporary_child_that_declines_is_forgotten() {
    let journal = Journal::default();
    let (fixed, fixed_bound) = declining(&journal).restart(Restart::Temporary).bind();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [fixed_bound, pool_bound]).await;
    let (dynamic, bound) = declining(&journal).restart(Restart::Temporary).bind();
    assert_eq!(tree.root().ask(StartChild(bound), SOON).await, Ok(Ok(())));
    let (pooled, bound) = declining(&journal).restart(Restart::Temporary).bind();
    assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));

    let root = snapshot(&tree).await;
    assert_eq!(root.counts(), counts(1, 1, 1, 0), "the pool");
    assert_eq!(root.children[0].counts(), counts(0, 0, 0, 0));
    for child in [fixed, dynamic, pooled] {
        assert_eq!(child.tell(Count), Err(Refused::Gone));
    }
}

#[actix_rt::test]
async fn a_child_of_a_pool_that_declines_is_neither_retried_nor_parked() {
    tokio::time::pause();
    let journal = Journal::default();
    let (pool, bound) = PoolSpec::default().budget(0, 60 * SECOND).bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let (child, bound) = declining(&journal).bind();
    assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    tokio::time::sleep(HOUR).await;
    assert_eq!(phase(&tree, "pool/d").await, Some(Phase::Down));
    assert_eq!(journal.take(), "+d -d");
    assert_eq!(pool.ask(RestartChild("d".into()), SOON).await, Ok(Ok(())));
    settle().await;
    assert_eq!(phase(&tree, "pool/d").await, Some(Phase::Running));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}
