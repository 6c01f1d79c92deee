//! Many children.
//!
//! 30. Starting and stopping 100,000 children takes work in proportion.
//!     `the_work_to_start_and_to_stop_a_child_does_not_grow_with_their_number`

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Scripted};
use shiftboss_kernel::{
    ChildError, Exit, InjectPanic, Phase, Pool, PoolSpec, Snapshot, StartChild, Strategy, TerminateAll, Tree,
    Tx,
};
use tokio::time::Instant;

use crate::support::{SOON, boot, counts, ended, snapshot};

/// A pool of so many plain children.
async fn pool_of(size: usize) -> (Tree, Tx<Pool>, Vec<Tx<Scripted>>) {
    let (pool, bound) = PoolSpec::default().capacity(200_000).bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let journal = Journal::default();
    let (children, bounds): (Vec<_>, Vec<_>) =
        (0..size).map(|index| Scripted::plain(&format!("c{index}"), &journal)).unzip();
    for bound in bounds {
        pool.tell(StartChild(bound)).expect("accepted");
    }
    children[size - 1].ask(Count, 10 * SOON).await.expect("the last one has started");
    (tree, pool, children)
}

/// How many messages a pool handles to start, and to stop, so many children.
async fn work(size: usize) -> (u64, u64) {
    let (tree, pool, _children) = pool_of(size).await;
    // A question that is answered when the pool has handled all that came before it.
    let nobody = InjectPanic { id: "nobody".into(), nth: 0 };
    assert_eq!(pool.ask(nobody, 10 * SOON).await, Ok(Err(ChildError::NotFound)));
    let started = handled(&tree).await;
    assert_eq!(pool.ask(TerminateAll, 10 * SOON).await, Ok(Ok(())));
    (started, handled(&tree).await - started)
}

/// What the pool has handled, without a look at its children.
async fn handled(tree: &Tree) -> u64 {
    let rows = tree.root().ask(Snapshot { within: Duration::ZERO }, SOON).await.expect("shown");
    rows[0].messages_handled
}

#[actix_rt::test]
async fn the_work_to_start_and_to_stop_a_child_does_not_grow_with_their_number() {
    for size in [1_000, 100_000] {
        let (started, stopped) = work(size).await;
        let size = u64::try_from(size).expect("small");
        assert_eq!(started, 2 * size + 1, "to start one: a request, and the news of its start");
        assert!(stopped <= size + 2, "to stop one: the news of its end; and a request and a look for all");
    }
}

#[actix_rt::test]
async fn ten_thousand_children_fail_together_and_are_all_served_again() {
    tokio::time::pause();
    let (mut tree, _, children) = pool_of(10_000).await;
    assert_eq!(snapshot(&tree).await.children[0].counts(), counts(10_000, 10_000, 0, 10_000));
    for child in &children {
        child.tell(Boom).expect("accepted");
    }
    for child in &children {
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    let root = snapshot(&tree).await;
    let pool = &root.children[0];
    assert_eq!((pool.phase, pool.restarts), (Phase::Running, 0));
    assert!(pool.children.iter().all(|child| child.restarts == 1));

    let before = Instant::now();
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert!(before.elapsed().is_zero(), "nobody waited for anybody else's time to stop");
}
