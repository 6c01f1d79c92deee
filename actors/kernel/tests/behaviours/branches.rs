//! What is seen of a branch that is down, and what can be ordered below it.

use shiftboss_kernel::testkit::{Journal, Scripted};
use shiftboss_kernel::{Action, ControlError, Phase, Strategy, Tree};
use tokio::time::Instant;

use crate::support::{SOON, boot, supervisor};

/// `branch/leaf`, with the branch parked by an operator, on a clock that turns only while all actors rest.
async fn parked() -> Tree {
    tokio::time::pause();
    let (_, leaf) = Scripted::plain("leaf", &Journal::default());
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [leaf]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch]).await;
    tree.operator().order("branch", Action::Park, SOON).await.expect("parked");
    tree
}

#[actix_rt::test]
async fn a_branch_that_is_down_is_shown_without_its_children_and_not_waited_for() {
    let tree = parked().await;
    let began = Instant::now();
    let root = tree.observer().snapshot(SOON).await;
    assert!(began.elapsed().is_zero(), "{:?}", began.elapsed());
    let branch = &root.children[0];
    assert_eq!((branch.phase, branch.answers, branch.children.len()), (Phase::Parked, true, 0));
    assert_eq!(branch.mailbox_depth, 0, "no question waits for its return");
}

#[actix_rt::test]
async fn an_order_below_a_branch_that_is_down_is_refused_at_once() {
    let tree = parked().await;
    let began = Instant::now();
    let refused = tree.operator().order("branch/leaf", Action::Restart, SOON).await;
    assert_eq!(refused, Err(ControlError::Down { path: "branch".to_owned() }));
    assert!(began.elapsed().is_zero(), "{:?}", began.elapsed());
    tree.operator().order("branch", Action::Resume, SOON).await.expect("resumed");
    assert!(tree.observer().snapshot(SOON).await.find(["branch", "leaf"]).is_some());
}

#[actix_rt::test]
async fn whoever_talks_to_a_child_can_tell_that_it_is_down() {
    tokio::time::pause();
    let (child, leaf) = Scripted::plain("leaf", &Journal::default());
    assert!(child.is_down(), "it has not been started yet");
    let tree = boot(Strategy::OneForOne, 3, [leaf]).await;
    let order = async |action| tree.operator().order("leaf", action, SOON).await.expect("done");
    assert!(!child.is_down());
    order(Action::Park).await;
    assert!(child.is_down());
    order(Action::Resume).await;
    assert!(!child.is_down());
}
