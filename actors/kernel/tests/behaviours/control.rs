//! Orders of an operator, by path: what each does, and every refusal in its own words.

use actix::Arbiter;
use shiftboss_kernel::testkit::{Boom, Count, Hang, Journal, Script, Scripted};
use shiftboss_kernel::{
    Action, Backoff, Bound, ControlError, Observer, Operator, Phase, PoolSpec, Restart, Shutdown, StartChild,
    Strategy, Tree,
};

use crate::support::{HOUR, SECOND, SOON, block, boot, ended, phase, settle, supervisor};

const ALL: [Action; 4] = [Action::Terminate, Action::Restart, Action::Park, Action::Resume];

fn plain(id: &str) -> Bound {
    Scripted::plain(id, &Journal::default()).1
}

fn temporary(id: &str) -> Bound {
    Scripted::spec(id, &Journal::default(), Script::default()).restart(Restart::Temporary).bind().1
}

/// `leaf`, `branch/leaf`, `branch/low/leaf` and `pool/leaf`; `temporary` at the top and in the pool.
async fn tree() -> Tree {
    let (_, low) = supervisor(Strategy::OneForOne, 9, [plain("leaf")]).bind("low").expect("sound");
    let (_, branch) = supervisor(Strategy::OneForOne, 9, [plain("leaf"), low]).bind("branch").expect("sound");
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree =
        boot(Strategy::OneForOne, 9, [plain("leaf"), temporary("temporary"), branch, pool_bound]).await;
    for bound in [plain("leaf"), temporary("temporary")] {
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    tree
}

/// The words in which an order is refused.
async fn refused(operator: &Operator, path: &str, action: Action) -> String {
    match operator.order(path, action, SOON).await {
        Ok(()) => panic!("{action} {path} was carried out"),
        Err(refusal) => refusal.to_string(),
    }
}

#[actix_rt::test]
async fn a_path_without_an_id_or_with_an_empty_one_is_none() {
    let operator = tree().await.operator();
    for path in ["", "/", "/leaf", "leaf/", "branch//leaf"] {
        let expected =
            format!("{path:?} is not a path; give the ids below the top of the tree with slashes between");
        for action in ALL {
            assert_eq!(refused(&operator, path, action).await, expected);
        }
    }
}

#[actix_rt::test]
async fn a_refusal_names_the_part_of_the_path_that_leads_nowhere() {
    let tree = tree().await;
    let operator = tree.operator();
    for (path, expected) in [
        ("x", "x: there is no child with this id"),
        ("x/leaf", "x: there is no child with this id"),
        ("branch/x", "branch/x: there is no child with this id"),
        ("branch/x/leaf", "branch/x: there is no child with this id"),
        ("branch/low/x", "branch/low/x: there is no child with this id"),
        ("pool/x", "pool/x: there is no child with this id"),
        ("pool/x/leaf", "pool/x: there is no child with this id"),
        ("leaf/x", "leaf: it has no children"),
        ("branch/leaf/x", "branch/leaf: it has no children"),
        ("pool/leaf/x", "pool/leaf: it has no children"),
    ] {
        for action in ALL {
            assert_eq!(refused(&operator, path, action).await, expected, "{action} {path}");
        }
    }
}

#[actix_rt::test]
async fn a_refusal_says_what_is_against_it() {
    let tree = tree().await;
    let operator = tree.operator();
    for path in ["leaf", "branch/leaf", "branch/low/leaf", "pool/leaf"] {
        let says = async |action| refused(&operator, path, action).await;
        assert_eq!(says(Action::Restart).await, format!("{path}: it is running"));
        assert_eq!(says(Action::Resume).await, format!("{path}: it is not parked"));
        operator.order(path, Action::Park, SOON).await.expect("parked");
        assert_eq!(says(Action::Park).await, format!("{path}: it is parked already, and held"));
        operator.order(path, Action::Resume, SOON).await.expect("resumed");
        assert_eq!(says(Action::Resume).await, format!("{path}: it is not parked"));
    }
    for path in ["temporary", "pool/temporary"] {
        let expected = format!("{path}: it is temporary and would not come back; terminate it");
        assert_eq!(refused(&operator, path, Action::Park).await, expected);
        assert_eq!(phase(&tree, path).await, Some(Phase::Running));
    }
}

#[actix_rt::test]
async fn a_supervisor_that_is_ending_takes_no_orders() {
    tokio::time::pause();
    let stubborn = || {
        let script = Script { stubborn: true, ..Script::default() };
        Scripted::spec("a", &Journal::default(), script).shutdown(Shutdown::Timeout(20 * SECOND)).bind().1
    };
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let mut tree = boot(Strategy::OneForOne, 9, [stubborn(), pool_bound]).await;
    assert_eq!(pool.ask(StartChild(stubborn()), SOON).await, Ok(Ok(())));
    let operator = tree.operator();
    tree.shutdown();
    settle().await;
    for action in [Action::Restart, Action::Park] {
        for path in ["a", "pool/a"] {
            assert_eq!(refused(&operator, path, action).await, format!("{path}: its supervisor is ending"));
        }
    }
    ended(&mut tree).await;
    drop(tree);
    for action in ALL {
        assert_eq!(refused(&operator, "a", action).await, "root: it is gone");
    }
}

#[actix_rt::test]
async fn a_supervisor_that_does_not_answer_is_named_and_nobody_waits_longer_than_asked() {
    let arbiter = Arbiter::new();
    let branch = supervisor(Strategy::OneForOne, 9, [plain("leaf")]).on(arbiter.handle());
    let (_, mid) = supervisor(Strategy::OneForOne, 9, [branch.bind("branch").expect("sound").1])
        .bind("mid")
        .expect("sound");
    let tree = boot(Strategy::OneForOne, 9, [mid]).await;
    let let_go = block(&arbiter.handle()).await;
    // With its own threads at rest, a paused clock is at the next deadline at once.
    tokio::time::pause();
    for action in ALL {
        let before = tokio::time::Instant::now();
        let said = refused(&tree.operator(), "mid/branch/leaf", action).await;
        assert_eq!(said, "mid/branch: it did not answer in time");
        assert!(before.elapsed() <= SOON);
    }
    let root = Observer::new(tree.root()).snapshot(SOON).await;
    let branch = root.find(["mid", "branch"]).expect("shown");
    assert!(!branch.answers && branch.children.is_empty(), "and it is shown without its children");
    drop(let_go);
    arbiter.stop();
}

#[actix_rt::test]
async fn an_order_that_takes_too_long_is_carried_out_all_the_same() {
    tokio::time::pause();
    let script = Script { slow_stop: Some(4 * SECOND), ..Script::default() };
    let (_, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let late = tree.operator().order("a", Action::Terminate, SECOND).await;
    assert!(matches!(late, Err(ControlError::Silent { .. })), "{late:?}");
    tokio::time::sleep(4 * SECOND).await;
    assert_eq!(phase(&tree, "a").await, Some(Phase::Down));
}

#[actix_rt::test]
async fn terminate_restart_park_and_resume_reach_any_depth() {
    tokio::time::pause();
    let tree = tree().await;
    for path in ["leaf", "branch/leaf", "branch/low/leaf", "branch/low", "branch"] {
        for (action, expected) in [
            (Action::Terminate, Phase::Down),
            (Action::Restart, Phase::Running),
            (Action::Park, Phase::Parked),
            (Action::Resume, Phase::Running),
        ] {
            assert_eq!(tree.operator().order(path, action, SOON).await, Ok(()), "{action} {path}");
            settle().await;
            assert_eq!(phase(&tree, path).await, Some(expected), "{action} {path}");
        }
    }
}

#[actix_rt::test]
async fn a_child_restarted_by_an_operator_has_its_failures_forgiven() {
    tokio::time::pause();
    let backoff = Backoff { base: SECOND, cap: HOUR, healthy_after: 10 * HOUR };
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default()).backoff(backoff).bind();
    let tree = boot(Strategy::OneForOne, 99, [bound]).await;
    for _ in 0..8 {
        child.tell(Boom).expect("accepted");
        settle().await;
        assert_eq!(tree.operator().order("a", Action::Restart, SOON).await, Ok(()));
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, 2 * SECOND).await, Ok(1), "its back-off begins at its base");
}

#[actix_rt::test]
async fn a_child_that_hangs_is_terminated_like_any_other() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    child.tell(Hang(HOUR)).expect("accepted");
    settle().await;
    assert_eq!(tree.operator().order("a", Action::Terminate, SOON).await, Ok(()));
    assert_eq!(phase(&tree, "a").await, Some(Phase::Down));
}
