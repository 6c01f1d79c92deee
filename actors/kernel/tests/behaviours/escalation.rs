//! What happens to a supervisor that fails, and to those below and beside it.
//!
//! 31. A killed supervisor is restarted by its parent: static children come back, dynamic ones are gone.
//!     `a_killed_supervisor_comes_back_with_its_static_children_and_without_its_dynamic_ones`
//! 32. An escalation restarts the sub-tree only; the intensities of nested supervisors multiply.
//!     `a_supervisor_that_gives_up_is_restarted_and_its_siblings_do_not_notice`,
//!     `the_intensities_of_nested_supervisors_multiply`

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{InjectPanic, Phase, Refused, Restart, StartChild, Strategy, Supervisor, Tree, Tx};

use crate::support::{SOON, Watched, boot, ended, forget, settle, snapshot, supervisor};

/// `low`, which has a static and a dynamic child, under `mid`.
struct Nested {
    tree: Tree,
    mid: Tx<Supervisor>,
    low: Tx<Supervisor>,
    fixed: Tx<Scripted>,
    dynamic: Tx<Scripted>,
}

async fn nested(journal: &Journal) -> Nested {
    tokio::time::pause();
    let (fixed, fixed_bound) = Scripted::plain("fixed", journal);
    let (low, low_bound) = supervisor(Strategy::OneForOne, 1, [fixed_bound]).bind("low").expect("sound");
    let (mid, mid_bound) = supervisor(Strategy::OneForOne, 1, [low_bound]).bind("mid").expect("sound");
    let tree = boot(Strategy::OneForOne, 1, [mid_bound]).await;
    let (dynamic, bound) = Scripted::plain("dynamic", journal);
    assert_eq!(low.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    for child in [&fixed, &dynamic] {
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    forget(journal);
    Nested { tree, mid, low, fixed, dynamic }
}

#[actix_rt::test]
async fn a_killed_supervisor_comes_back_with_its_static_children_and_without_its_dynamic_ones() {
    let journal = Journal::default();
    let Nested { tree, mid, low, fixed, dynamic } = nested(&journal).await;
    // What is left of a supervisor's children is killed when it fails: `low` here.
    let inject = InjectPanic { id: "mid".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    mid.tell(StartChild(Scripted::plain("never", &journal).1)).expect("accepted");
    settle().await;

    let root = snapshot(&tree).await;
    let node = root.find(["mid", "low"]).expect("shown");
    assert_eq!((node.phase, node.restarts), (Phase::Running, 1));
    assert_eq!(node.last_exit().map(|exit| exit.reason), Some("killed"));
    let children: Vec<_> = node.children.iter().map(|child| (&*child.id, child.restarts)).collect();
    assert_eq!(children, [("fixed", 1)]);
    assert_eq!(fixed.ask(Count, SOON).await, Ok(1), "a fresh value at the same address");
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone));
    assert_eq!(journal.take(), "+fixed", "those that were killed ran no hook");
    assert_eq!(low.ask(StartChild(Scripted::plain("dynamic", &journal).1), SOON).await, Ok(Ok(())));
}

#[actix_rt::test]
async fn a_supervisor_that_gives_up_is_restarted_and_its_siblings_do_not_notice() {
    let journal = Journal::default();
    let (x, bound) = Scripted::plain("x", &journal);
    let (_, branch) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let (other, sibling) = Scripted::plain("sibling", &journal);
    let tree = boot(Strategy::OneForOne, 3, [branch, sibling]).await;
    let mut watched = Watched::new(&tree).await;
    assert_eq!(other.ask(Count, SOON).await, Ok(1));
    x.tell(Boom).expect("accepted");
    x.tell(Boom).expect("accepted");
    assert_eq!(watched.started("branch").await.incarnation, 2);
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    assert_eq!(other.ask(Count, SOON).await, Ok(2), "the same value as before");
    let root = snapshot(&tree).await;
    assert_eq!(root.children.iter().map(|child| child.restarts).collect::<Vec<_>>(), [1, 0]);
}

#[actix_rt::test]
async fn a_temporary_child_does_not_come_back_with_its_supervisor() {
    tokio::time::pause();
    let journal = Journal::default();
    let temporary = |id| Scripted::spec(id, &journal, Script::default()).restart(Restart::Temporary).bind();
    let ((ended, ended_bound), (alive, alive_bound)) = (temporary("ended"), temporary("alive"));
    let (x, x_bound) = Scripted::plain("x", &journal);
    let children = [ended_bound, alive_bound, x_bound];
    let (branch, bound) = supervisor(Strategy::OneForOne, 0, children).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    ended.tell(Boom).expect("accepted");
    settle().await;
    forget(&journal);
    x.tell(Boom).expect("accepted");
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "-alive +x", "after the supervisor gave up");

    let inject = InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    branch.tell(StartChild(Scripted::plain("never", &journal).1)).expect("accepted");
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+x", "after it panicked");
    assert_eq!([ended.tell(Count), alive.tell(Count)], [Err(Refused::Gone); 2]);
}

#[actix_rt::test]
async fn the_intensities_of_nested_supervisors_multiply() {
    let journal = Journal::default();
    let Nested { mut tree, fixed, .. } = nested(&journal).await;
    // Each of the three levels bears one restart: 2 * 2 * 2 failures of the child are one too many.
    for _ in 0..7 {
        fixed.tell(Boom).expect("accepted");
        assert_eq!(fixed.ask(Count, SOON).await, Ok(1));
    }
    fixed.tell(Boom).expect("accepted");
    let exit = ended(&mut tree).await.to_string();
    let levels = ["mid: more than 1 restarts", "low: more than 1 restarts", "fixed: more than 1 restarts"];
    assert!(exit.starts_with(levels[0]) && levels.iter().all(|level| exit.contains(level)), "{exit}");
}
