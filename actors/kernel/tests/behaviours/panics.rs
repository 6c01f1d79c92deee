//! A failure ends an incarnation and nothing else, wherever it strikes.
//!
//! 35. A panic, or giving up, in `started` is a start that failed.
//!     `a_panic_in_started_is_a_start_that_failed`, `a_child_that_gives_up_in_started_has_not_started`
//! 36. A panic in a handler, in an answer yet to come, in a future or in a timer is contained.
//!     `a_panic_in_a_handler_restarts_in_place_and_keeps_address_and_queue`,
//!     `the_asker_of_the_message_in_flight_learns_at_once_that_it_is_lost`,
//!     `a_panic_in_a_future_a_timer_or_an_interval_is_contained`
//! 37. A panic in a hook that runs at the stop is reported and does not abort.
//!     `a_panic_in_a_stop_hook_is_reported_and_does_not_abort`,
//!     `a_panic_in_a_stop_hook_does_not_hold_up_the_others`
//! 38. A panic of a supervisor itself is seen by its parent.
//!     `a_panic_of_a_supervisor_is_seen_by_its_parent_and_its_children_come_back`,
//!     `a_panic_of_a_pool_is_seen_by_its_parent_and_its_children_are_gone`

use std::time::Duration;

use actix::{Actor, AsyncContext, Handler, Running, WrapFuture, fut};
use shiftboss_kernel::testkit::{Boom, BoomLater, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    Bound, Ctx, Exit, InjectPanic, Panicked, Phase, PoolSpec, Refused, Spec, StartChild, Strategy, Terminate,
    Tree, supervised,
};
use tokio::time::Instant;

use crate::support::{Opener, SECOND, SOON, Watched, boot, ended, forget, snapshot, supervisor};

/// How a child ends next, which is by a panic.
async fn panicked(watched: &mut Watched, id: &str) -> Panicked {
    match watched.exit(id).await {
        Exit::Panic(panicked) => Panicked::clone(&panicked),
        other => panic!("another exit: {other:?}"),
    }
}

#[actix_rt::test]
async fn a_panic_in_started_is_a_start_that_failed() {
    let journal = Journal::default();
    let (child, bound) = Opener::fails_at("a", &journal, 2);
    let tree = boot(Strategy::OneForOne, 2, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    panicked(&mut watched, "a").await;
    let second = panicked(&mut watched, "a").await;
    assert_eq!((second.message.as_str(), second.handling), ("cannot start a", "started"));
    assert_eq!(watched.started("a").await.incarnation, 3, "nobody was told that the second had started");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_child_that_gives_up_in_started_has_not_started() {
    let journal = Journal::default();
    let gives_up_at = |failing| {
        Opener::spec("a", &journal, move |start, ctx| {
            if start == failing {
                ctx.exit(Exit::failed("no port"));
            }
        })
        .bind()
    };
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [gives_up_at(1).1])).await;
    assert_eq!(refused.err().expect("no start").to_string(), "a did not start: no port");

    let (child, bound) = gives_up_at(2);
    let mut tree = boot(Strategy::OneForOne, 1, [bound]).await;
    child.tell(Boom).expect("accepted");
    let exit = ended(&mut tree).await.to_string();
    assert_eq!(exit, "a: more than 1 restarts within 5s, the last after: no port");
}

#[actix_rt::test]
async fn a_panic_in_a_handler_restarts_in_place_and_keeps_address_and_queue() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1), "queued behind the poison, handled by the fresh value");
    let panicked = panicked(&mut watched, "a").await;
    assert_eq!(panicked.message, "boom in a");
    assert!(panicked.place.is_some_and(|place| place.contains("testkit.rs:")));
    assert!(panicked.handling.ends_with("Boom"), "{}", panicked.handling);
    assert_eq!(snapshot(&tree).await.children[0].restarts, 1);
}

#[actix_rt::test]
async fn the_asker_of_the_message_in_flight_learns_at_once_that_it_is_lost() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    let before = Instant::now();
    assert_eq!(child.ask(Boom, SOON).await, Err(Refused::Gone));
    assert_eq!(before.elapsed(), Duration::ZERO);
    assert_eq!(panicked(&mut watched, "a").await.message, "boom in a");
    assert_eq!(child.ask(BoomLater(SECOND), SOON).await, Err(Refused::Gone));
    assert_eq!(before.elapsed().as_secs(), 1, "when the future that was to answer panicked");
    assert_eq!(panicked(&mut watched, "a").await.message, "boom later in a");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_panic_in_a_future_a_timer_or_an_interval_is_contained() {
    tokio::time::pause();
    let ways: [fn(u32, &mut Ctx<Opener>); 4] = [
        |start, ctx| {
            let strike = async move {
                tokio::time::sleep(SECOND).await;
                assert!(start > 1, "struck");
            };
            ctx.spawn(fut::wrap_future(strike));
        },
        |start, ctx| {
            ctx.run_later(SECOND, move |_, _| assert!(start > 1, "struck"));
        },
        |start, ctx| {
            ctx.run_interval(SECOND, move |_, _| assert!(start > 1, "struck"));
        },
        |start, ctx| {
            ctx.run_later(SECOND, move |this, ctx| {
                ctx.wait(async move { assert!(start > 1, "struck") }.into_actor(this));
            });
        },
    ];
    for (index, way) in ways.into_iter().enumerate() {
        let (child, bound) = Opener::spec("a", &Journal::default(), way).bind();
        let tree = boot(Strategy::OneForOne, 1, [bound]).await;
        let mut watched = Watched::new(&tree).await;
        let panicked = panicked(&mut watched, "a").await;
        assert_eq!(
            (panicked.message.as_str(), panicked.handling),
            ("struck", "a future or timer"),
            "{index}"
        );
        assert_eq!(child.ask(Count, SOON).await, Ok(1), "{index}");
        tokio::time::sleep(60 * SECOND).await;
        assert_eq!(snapshot(&tree).await.children[0].restarts, 1, "{index}");
    }
}

/// Its `stopping` panics.
struct Sullen;

impl Actor for Sullen {
    type Context = Ctx<Self>;

    fn stopping(&mut self, _: &mut Ctx<Self>) -> Running {
        panic!("will not");
    }
}

supervised!(Sullen);

impl Handler<Quit> for Sullen {
    type Result = ();

    fn handle(&mut self, Quit(exit): Quit, ctx: &mut Ctx<Self>) {
        ctx.exit(exit);
    }
}

/// A child whose `stopped` panics.
fn bitter(id: &str, journal: &Journal) -> (shiftboss_kernel::Tx<Scripted>, Bound) {
    let script = Script { panics_in_stopped: true, ..Script::default() };
    Scripted::spec(id, journal, script).bind()
}

#[actix_rt::test]
async fn a_panic_in_a_stop_hook_is_reported_and_does_not_abort() {
    let (bitter, bitter_bound) = bitter("bitter", &Journal::default());
    let (sullen, sullen_bound) = Spec::new("sullen", || Sullen).bind();
    let tree = boot(Strategy::OneForOne, 3, [bitter_bound, sullen_bound]).await;
    let mut watched = Watched::new(&tree).await;
    bitter.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(panicked(&mut watched, "bitter").await.message, "cannot stop bitter");
    assert_eq!(bitter.ask(Count, SOON).await, Ok(1));
    sullen.tell(Quit(Exit::Normal)).expect("accepted");
    assert_eq!(panicked(&mut watched, "sullen").await.message, "will not");
    watched.started("sullen").await;
}

#[actix_rt::test]
async fn a_panic_in_a_stop_hook_does_not_hold_up_the_others() {
    let journal = Journal::default();
    let [(_, a), (_, c)] = ["a", "c"].map(|id| Scripted::plain(id, &journal));
    let (_, b) = bitter("b", &journal);
    let (_, sullen) = Spec::new("sullen", || Sullen).bind();
    let mut tree = boot(Strategy::OneForOne, 0, [a, b, sullen, c]).await;
    forget(&journal);
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    assert_eq!(journal.take(), "-c -b -a");
}

#[actix_rt::test]
async fn a_panic_in_the_factory_ends_the_child_for_good_and_its_supervisor_learns_it() {
    let made_at_most = |max| {
        let mut made = 0;
        Spec::new("a", move || {
            made += 1;
            assert!(made <= max, "nothing to make it of");
            Sullen
        })
        .bind()
    };
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [made_at_most(0).1])).await;
    let error = refused.err().expect("no start").to_string();
    assert!(error.starts_with("a did not start: panic: nothing to make it of at "), "{error}");
    assert!(error.ends_with(" while handling the factory"), "{error}");

    let (child, bound) = made_at_most(1);
    let mut tree = boot(Strategy::OneForOne, 1, [bound]).await;
    child.tell(Quit(Exit::failed("no disk"))).expect("accepted");
    let exit = ended(&mut tree).await.to_string();
    assert!(exit.ends_with("its cell has ended for good, with its thread or in its factory"), "{exit}");
    assert_eq!(child.tell(Quit(Exit::Normal)), Err(Refused::Gone));
}

#[actix_rt::test]
async fn a_panic_of_a_supervisor_is_seen_by_its_parent_and_its_children_come_back() {
    let journal = Journal::default();
    let (x, bound) = Scripted::plain("x", &journal);
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch_bound]).await;
    let (dynamic, dynamic_bound) = Scripted::plain("dynamic", &journal);
    assert_eq!(branch.ask(StartChild(dynamic_bound), SOON).await, Ok(Ok(())));
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    let mut watched = Watched::new(&tree).await;

    let inject = InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    assert_eq!(branch.ask(Terminate("x".into()), SOON).await, Err(Refused::Gone));
    assert!(panicked(&mut watched, "branch").await.handling.ends_with("Terminate"));
    watched.started("branch").await;
    assert_eq!(x.ask(Count, SOON).await, Ok(1), "a fresh value at the same address");
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone), "dynamic children are gone");
    assert_eq!(journal.take(), "+x", "a killed child runs no hook");
}

#[actix_rt::test]
async fn a_panic_of_a_pool_is_seen_by_its_parent_and_its_children_are_gone() {
    let journal = Journal::default();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let (child, bound) = Scripted::plain("a", &journal);
    assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    let mut watched = Watched::new(&tree).await;
    let inject = InjectPanic { id: "pool".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    pool.tell(Terminate("a".into())).expect("accepted");
    assert!(panicked(&mut watched, "pool").await.handling.ends_with("Terminate"));
    watched.started("pool").await;
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone));
    assert_eq!(journal.take(), "+a");
    let root = snapshot(&tree).await;
    assert_eq!((root.children[0].phase, root.children[0].children.len()), (Phase::Running, 0));
    assert_eq!(pool.ask(StartChild(Scripted::plain("a", &journal).1), SOON).await, Ok(Ok(())));
}
