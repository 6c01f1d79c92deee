//! What a tree shows of itself.

use shiftboss_kernel::testkit::{Count, Journal, Scripted};
use shiftboss_kernel::{Phase, PoolSpec, Role, StartChild, Strategy};

use crate::support::{SOON, boot, snapshot, supervisor};

#[actix_rt::test]
async fn a_snapshot_shows_the_whole_tree_with_counters() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("leaf", &journal);
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch]).await;
    for _ in 0..3 {
        child.ask(Count, SOON).await.expect("counted");
    }
    let root = snapshot(&tree).await;
    assert_eq!((&*root.id, root.role, root.phase), ("root", Role::Supervisor, Phase::Running));
    let leaf = root.find(["branch", "leaf"]).expect("shown");
    assert_eq!((leaf.kind, leaf.role, leaf.phase), ("Scripted", Role::Worker, Phase::Running));
    assert_eq!((leaf.messages_handled, leaf.mailbox_depth, leaf.mailbox_capacity), (3, 0, 64));
    assert!(leaf.busy_seconds > 0.0);
    assert_eq!(root.find(["branch"]).map(|node| node.role), Some(Role::Supervisor));
    assert!(root.find(["leaf"]).is_none() && root.find(["branch", "leaf", "x"]).is_none());
}

#[actix_rt::test]
async fn the_children_of_a_pool_are_shown_in_the_order_in_which_they_came() {
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let ids = ["z", "a", "10", "m", "2"];
    for id in ids {
        assert_eq!(pool.ask(StartChild(Scripted::plain(id, &Journal::default()).1), SOON).await, Ok(Ok(())));
    }
    let root = snapshot(&tree).await;
    let pool = root.find(["pool"]).expect("shown");
    assert_eq!((pool.role, pool.kind), (Role::Pool, "Pool"));
    assert_eq!(pool.children.iter().map(|child| &*child.id).collect::<Vec<_>>(), ids);
}
