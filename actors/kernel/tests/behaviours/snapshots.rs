//! What a tree shows of itself.

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{Backoff, Phase, Role, Strategy, Tree};

use crate::{SECOND, SOON, Watched, boot, supervisor};

#[actix_rt::test]
async fn a_snapshot_shows_the_whole_tree_with_counters() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("leaf", &journal);
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch]).await;
    for _ in 0..3 {
        child.ask(Count, SOON).await.expect("counted");
    }
    let root = tree.observer().snapshot(SOON).await;
    let leaf = root.find(["branch", "leaf"]).expect("shown");
    assert_eq!((leaf.kind, leaf.role, leaf.phase), ("Scripted", Role::Worker, Phase::Running));
    assert_eq!((leaf.messages_handled, leaf.mailbox_depth, leaf.mailbox_capacity), (3, 0, 64));
    assert!(leaf.busy_seconds > 0.0);
    assert_eq!(root.find(["branch"]).map(|node| node.role), Some(Role::Supervisor));
}

#[actix_rt::test]
async fn a_snapshot_shows_a_child_in_back_off() {
    tokio::time::pause();
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default())
        .backoff(Backoff::new(60 * SECOND, 60 * SECOND))
        .bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    watched.exited("a").await;
    assert_eq!(tree.observer().snapshot(SOON).await.children[0].phase, Phase::Backoff);
}

#[actix_rt::test]
async fn a_branch_that_does_not_answer_is_shown_without_its_children() {
    let stuck = actix::Arbiter::new();
    let (_, bound) = shiftboss_kernel::PoolSpec::default().bind("pool", Some(stuck.handle())).expect("sound");
    let tree: Tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let (entered, is_stuck) = tokio::sync::oneshot::channel();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    stuck.spawn_fn(move || {
        entered.send(()).expect("the test waits");
        assert!(wait.recv().is_err(), "released by dropping the sender");
    });
    is_stuck.await.expect("stuck");
    let root = tree.observer().snapshot(Duration::from_millis(50)).await;
    drop(release);
    assert!(!root.children[0].answers);
}
