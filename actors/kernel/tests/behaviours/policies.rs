//! Whether a child that ended by itself comes back.
//!
//! 11. A permanent child is restarted after any end: normal, shutdown or failure.
//!     `a_permanent_child_is_restarted_after_any_end`
//! 12. A transient child is restarted after a failure only; its spec is kept.
//!     `a_transient_child_is_restarted_after_failures_only_and_keeps_its_place`
//! 13. A temporary child is never restarted; its spec, and what its factory holds, is dropped.
//!     `a_temporary_child_is_never_restarted_and_what_its_factory_holds_is_dropped`
//! 14. A temporary bystander of a group restart is stopped, not brought back, and uses up no intensity.
//!     `a_temporary_bystander_is_stopped_and_not_brought_back`,
//!     `the_end_of_a_temporary_child_uses_up_no_intensity`

use std::sync::Arc;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    Bound, Exit, Phase, PoolSpec, Refused, Restart, RestartChild, StartChild, Strategy, Tx,
};

use crate::support::{Opener, SOON, Watched, boot, forget, phase, phases, settle};

/// Every way to end by itself, and whether it is a failure; a panic is made by `Boom`.
fn exits() -> [(Option<Exit>, bool); 5] {
    [
        (Some(Exit::Normal), false),
        (Some(Exit::Shutdown), false),
        (Some(Exit::failed("no disk")), true),
        (Some(Exit::Killed), true),
        (None, true),
    ]
}

fn end(child: &Tx<Scripted>, exit: Option<Exit>) {
    match exit {
        Some(exit) => child.tell(Quit(exit)).expect("accepted"),
        None => child.tell(Boom).expect("accepted"),
    }
}

fn child(restart: Restart) -> (Tx<Scripted>, Bound) {
    Scripted::spec("a", &Journal::default(), Script::default()).restart(restart).bind()
}

#[actix_rt::test]
async fn a_permanent_child_is_restarted_after_any_end() {
    let (child, bound) = child(Restart::Permanent);
    let tree = boot(Strategy::OneForOne, 10, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    for (incarnation, (exit, _)) in (2..).zip(exits()) {
        end(&child, exit);
        assert_eq!(watched.started("a").await.incarnation, incarnation);
        assert_eq!(child.ask(Count, SOON).await, Ok(1), "a fresh value");
    }
}

#[actix_rt::test]
async fn a_transient_child_is_restarted_after_failures_only_and_keeps_its_place() {
    tokio::time::pause();
    for (exit, fails) in exits() {
        let (child, bound) = child(Restart::Transient);
        let tree = boot(Strategy::OneForOne, 1, [bound]).await;
        end(&child, exit.clone());
        settle().await;
        let expected = if fails { Phase::Running } else { Phase::Down };
        assert_eq!(phase(&tree, "a").await, Some(expected), "{exit:?}");
        if !fails {
            assert_eq!(tree.root().ask(RestartChild("a".into()), SOON).await, Ok(Ok(())));
        }
        assert_eq!(child.ask(Count, SOON).await, Ok(1), "{exit:?}");
    }
}

#[actix_rt::test]
async fn a_dynamic_transient_child_that_ends_normally_is_forgotten() {
    tokio::time::pause();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [pool_bound]).await;
    let ((dynamic, dynamic_bound), (pooled, pooled_bound)) =
        (child(Restart::Transient), child(Restart::Transient));
    assert_eq!(tree.root().ask(StartChild(dynamic_bound), SOON).await, Ok(Ok(())));
    assert_eq!(pool.ask(StartChild(pooled_bound), SOON).await, Ok(Ok(())));
    for child in [dynamic, pooled] {
        child.tell(Quit(Exit::Normal)).expect("accepted");
        settle().await;
        assert_eq!(child.tell(Count), Err(Refused::Gone));
    }
    assert_eq!([phase(&tree, "a").await, phase(&tree, "pool/a").await], [None, None]);
}

#[actix_rt::test]
async fn a_temporary_child_is_never_restarted_and_what_its_factory_holds_is_dropped() {
    tokio::time::pause();
    let held = Arc::new(());
    let journal = Journal::default();
    let temporary = |id| {
        let held = Arc::clone(&held);
        let open = move |_, _: &mut _| assert_eq!(*held, ());
        Opener::spec(id, &journal, open).restart(Restart::Temporary).bind()
    };
    for (exit, _) in exits() {
        let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
        let (fixed, fixed_bound) = temporary("fixed");
        let tree = boot(Strategy::OneForOne, 0, [fixed_bound, pool_bound]).await;
        let (dynamic, bound) = temporary("dynamic");
        assert_eq!(tree.root().ask(StartChild(bound), SOON).await, Ok(Ok(())));
        let (pooled, bound) = temporary("pooled");
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
        assert_eq!(Arc::strong_count(&held), 4, "each holds one");
        forget(&journal);

        for child in [fixed, dynamic, pooled] {
            match exit.clone() {
                Some(exit) => child.tell(Quit(exit)).expect("accepted"),
                None => child.tell(Boom).expect("accepted"),
            }
            settle().await;
            assert_eq!(child.tell(Count), Err(Refused::Gone), "{exit:?}");
        }
        assert!(!journal.take().contains('+'), "{exit:?}");
        assert_eq!(Arc::strong_count(&held), 1, "{exit:?}: all is dropped while the tree runs");
        assert_eq!(phases(&tree).await, [("pool".to_owned(), Phase::Running)]);
    }
}

#[actix_rt::test]
async fn a_temporary_bystander_is_stopped_and_not_brought_back() {
    for strategy in [Strategy::OneForAll, Strategy::RestForOne] {
        let journal = Journal::default();
        let (a, a_bound) = Scripted::plain("a", &journal);
        let (bystander, bystander_bound) =
            Scripted::spec("m", &journal, Script::default()).restart(Restart::Temporary).bind();
        let (c, c_bound) = Scripted::plain("c", &journal);
        let tree = boot(strategy, 1, [a_bound, bystander_bound, c_bound]).await;
        forget(&journal);
        a.tell(Boom).expect("accepted");
        assert_eq!(c.ask(Count, SOON).await, Ok(1));
        assert_eq!(journal.take(), "-c -m +a +c", "{strategy:?}");
        assert_eq!(phase(&tree, "m").await, None);
        assert_eq!(bystander.tell(Count), Err(Refused::Gone));
    }
}

#[actix_rt::test]
async fn the_end_of_a_temporary_child_uses_up_no_intensity() {
    let (temporary, bound) = child(Restart::Temporary);
    let (other, other_bound) = Scripted::plain("b", &Journal::default());
    let tree = boot(Strategy::OneForAll, 0, [bound, other_bound]).await;
    let mut watched = Watched::new(&tree).await;
    temporary.tell(Boom).expect("accepted");
    watched.exited("a").await;
    assert_eq!(other.ask(Count, SOON).await, Ok(1));
    assert_eq!(phases(&tree).await, [("b".to_owned(), Phase::Running)]);
    assert_eq!(other.ask(Count, SOON).await, Ok(2), "it was not restarted either");
}
