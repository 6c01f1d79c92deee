//! What is remembered of a child's ends.

use std::time::SystemTime;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    Action, EXITS_KEPT, Exit, ExitRecord, Node, PoolSpec, Restart, Shutdown, StartChild, Strategy, Tree,
};

use crate::support::{Opener, SECOND, SOON, Watched, boot, settle, snapshot, supervisor};

/// The ends of the child at a path, the last one first.
async fn exits(tree: &Tree, path: &str) -> Vec<ExitRecord> {
    let root = snapshot(tree).await;
    let node: &Node = root.find(path.split('/')).expect("shown");
    node.exits.iter().map(|exit| ExitRecord::clone(exit)).collect()
}

fn summary(exits: &[ExitRecord]) -> Vec<(u32, &'static str)> {
    exits.iter().map(|exit| (exit.incarnation, exit.reason)).collect()
}

#[actix_rt::test]
async fn the_last_32_exits_are_kept_and_the_last_one_is_shown_first() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 100, [bound]).await;
    assert!(exits(&tree, "a").await.is_empty());
    for _ in 0..40 {
        child.tell(Boom).expect("accepted");
    }
    settle().await;
    let incarnations: Vec<_> = exits(&tree, "a").await.iter().map(|exit| exit.incarnation).collect();
    assert_eq!(EXITS_KEPT, 32);
    assert_eq!(incarnations, (9..=40).rev().collect::<Vec<_>>());
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn an_exit_tells_when_it_was_how_long_it_had_run_and_why() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let before = now();
    tokio::time::sleep(10 * SECOND).await;
    child.tell(Quit(Exit::failed("no disk"))).expect("accepted");
    settle().await;
    tokio::time::sleep(20 * SECOND).await;
    child.tell(Boom).expect("accepted");
    settle().await;

    let [panicked, failed] = <[ExitRecord; 2]>::try_from(exits(&tree, "a").await).expect("two");
    assert_eq!(failed.to_string(), "failed: no disk");
    assert_eq!((failed.cause.as_str(), failed.handling, failed.place.as_deref()), ("no disk", None, None));
    assert!((before..=now()).contains(&failed.at_seconds), "by the clock on the wall: {}", failed.at_seconds);
    assert!((failed.ran_seconds - 10.0).abs() < 0.1, "{}", failed.ran_seconds);
    assert!((panicked.ran_seconds - 20.0).abs() < 0.1, "{}", panicked.ran_seconds);
    assert!(panicked.at_seconds >= failed.at_seconds);

    assert_eq!((panicked.incarnation, panicked.reason, panicked.cause.as_str()), (2, "panic", "boom in a"));
    let (place, handling) = (panicked.place.as_deref(), panicked.handling);
    assert!(place.is_some_and(|place| place.contains("testkit.rs:")), "{place:?}");
    assert!(handling.is_some_and(|handling| handling.ends_with("::Boom")), "{handling:?}");
    let text = panicked.to_string();
    assert!(text.starts_with("panic: boom in a at ") && text.contains(" while handling "), "{text}");
}

#[actix_rt::test]
async fn every_way_to_end_is_remembered_under_its_name() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let spec = Scripted::spec("k", &Journal::default(), Script::default()).shutdown(Shutdown::Kill);
    let (_, declines) = Opener::spec("d", &Journal::default(), |_, ctx| ctx.decline()).bind();
    let tree = boot(Strategy::OneForOne, 9, [bound, declines, spec.bind().1]).await;
    for end in [Exit::Normal, Exit::Shutdown, Exit::failed("no disk")] {
        child.tell(Quit(end)).expect("accepted");
    }
    child.tell(Boom).expect("accepted");
    settle().await;
    let reasons: Vec<_> = exits(&tree, "a").await.iter().map(|exit| exit.reason).collect();
    assert_eq!(reasons, ["panic", "failed", "shutdown", "normal"]);
    assert_eq!(tree.operator().order("k", Action::Park, SOON).await, Ok(()));
    assert_eq!(summary(&exits(&tree, "k").await), [(1, "killed")]);
    assert_eq!(summary(&exits(&tree, "d").await), [(1, "declined")]);
}

#[actix_rt::test]
async fn exits_outlive_the_value_of_the_supervisor() {
    tokio::time::pause();
    let (x, x_bound) = Scripted::plain("x", &Journal::default());
    let (_, y_bound) = Scripted::plain("y", &Journal::default());
    let spec = supervisor(Strategy::OneForOne, 1, [x_bound, y_bound]);
    let (branch, branch_bound) = spec.bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch_bound]).await;
    x.tell(Boom).expect("accepted");
    x.tell(Quit(Exit::failed("no disk"))).expect("accepted");
    settle().await;
    assert_eq!(summary(&exits(&tree, "branch").await), [(1, "failed")], "it gave up");
    assert_eq!(summary(&exits(&tree, "branch/x").await), [(2, "failed"), (1, "panic")]);
    assert_eq!(summary(&exits(&tree, "branch/y").await), [(1, "shutdown")], "stopped with its supervisor");

    let inject = shiftboss_kernel::InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    branch.tell(StartChild(Scripted::plain("z", &Journal::default()).1)).expect("accepted");
    settle().await;
    assert_eq!(summary(&exits(&tree, "branch").await), [(2, "panic"), (1, "failed")]);
    assert_eq!(summary(&exits(&tree, "branch/y").await), [(2, "killed"), (1, "shutdown")]);
    let x_exits = exits(&tree, "branch/x").await;
    assert_eq!(summary(&x_exits), [(3, "killed"), (2, "failed"), (1, "panic")]);
    assert_eq!(x_exits[0].cause, "killed");
}

#[actix_rt::test]
async fn the_exits_of_a_pools_child_are_remembered_while_it_is_listed() {
    tokio::time::pause();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::at(&pool).await;
    let (child, bound) = Scripted::plain("a", &Journal::default());
    assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    child.tell(Boom).expect("accepted");
    watched.exited("a").await;
    assert_eq!(summary(&exits(&tree, "pool/a").await), [(1, "panic")]);
    assert_eq!(tree.operator().order("pool/a", Action::Terminate, SOON).await, Ok(()));
    let spec = Scripted::spec("a", &Journal::default(), Script::default()).restart(Restart::Temporary);
    assert_eq!(pool.ask(StartChild(spec.bind().1), SOON).await, Ok(Ok(())));
    assert!(exits(&tree, "pool/a").await.is_empty(), "another child of this id has a history of its own");
}
