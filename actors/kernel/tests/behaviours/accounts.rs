//! What is counted of all actors of one type: every message and every restart, under the right name.
//!
//! Kinds are counted over the whole process, and tests run side by side: each has a type of its own.

use shiftboss_kernel::testkit::{Boom, Count, Hang, Journal, Quit, Scripted};
use shiftboss_kernel::{
    Action, Backoff, Bound, Counted, Exit, InjectPanic, KindStats, PoolSpec, Refused, Restart, RestartChild,
    Spec, StartChild, Strategy, Terminate, Tx, kinds,
};

use crate::support::{HOUR, SECOND, SOON, boot, ended, settle, supervisor};

/// An actor that takes the messages of the test kit, as a type of its own.
macro_rules! kind {
    ($name:ident) => {
        struct $name;

        impl actix::Actor for $name {
            type Context = shiftboss_kernel::Ctx<Self>;
        }

        shiftboss_kernel::supervised!($name);

        kind!($name, Boom, |_: Boom, _: &mut shiftboss_kernel::Ctx<Self>| panic!("boom"));
        kind!($name, Quit, |Quit(exit): Quit, ctx: &mut shiftboss_kernel::Ctx<Self>| ctx.exit(exit));
        kind!($name, Hang, |Hang(pause): Hang, ctx: &mut shiftboss_kernel::Ctx<Self>| {
            actix::AsyncContext::wait(ctx, actix::fut::wrap_future(tokio::time::sleep(pause)));
        });

        impl actix::Handler<Count> for $name {
            type Result = u32;

            fn handle(&mut self, _: Count, _: &mut shiftboss_kernel::Ctx<Self>) -> u32 {
                1
            }
        }

        impl $name {
            fn spec(id: &str) -> Spec<Self> {
                Spec::new(id, || Self)
            }
        }
    };
    ($name:ident, $message:ty, $handle:expr) => {
        impl actix::Handler<$message> for $name {
            type Result = ();

            fn handle(&mut self, message: $message, ctx: &mut shiftboss_kernel::Ctx<Self>) {
                $handle(message, ctx);
            }
        }
    };
}

fn stats(kind: &str) -> KindStats {
    kinds().into_iter().find(|stats| stats.kind == kind).expect("it is known")
}

/// Those that were counted at all.
fn counted(all: &[Counted]) -> Vec<Counted> {
    all.iter().copied().filter(|counted| counted.1 > 0).collect()
}

#[actix_rt::test]
async fn restarts_are_counted_by_how_the_incarnation_before_ended() {
    kind!(Restarting);
    tokio::time::pause();
    let (child, bound) = Restarting::spec("a").bind();
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 9, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 9, [branch_bound]).await;
    for exit in [Exit::Normal, Exit::Shutdown, Exit::failed("no disk"), Exit::Killed] {
        child.tell(Quit(exit)).expect("accepted");
    }
    child.tell(Boom).expect("accepted");
    child.tell(Boom).expect("accepted");
    settle().await;
    for action in [Action::Terminate, Action::Restart] {
        assert_eq!(tree.operator().order("branch/a", action, SOON).await, Ok(()));
    }
    settle().await;
    let expected = [("normal", 1), ("shutdown", 2), ("failed", 1), ("panic", 2), ("killed", 1)];
    assert_eq!(counted(&stats("Restarting").restarts), expected);

    let inject = InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    branch.tell(Terminate("a".into())).expect("accepted");
    settle().await;
    let killed = stats("Restarting").restarts.into_iter().find(|counted| counted.0 == "killed");
    assert_eq!(killed, Some(("killed", 2)), "killed with its supervisor");
}

#[actix_rt::test]
async fn the_gauge_of_parked_children_goes_up_and_down() {
    kind!(Parking);
    tokio::time::pause();
    let parked = || stats("Parking").parked;
    let (pool, pool_bound) = PoolSpec::default()
        .budget(0, 60 * SECOND)
        .retry_parked(Backoff::new(100 * SECOND, 100 * SECOND))
        .bind("pool", None)
        .expect("sound");
    let mut tree = boot(Strategy::OneForOne, 9, [Parking::spec("fixed").bind().1, pool_bound]).await;
    let (ways, bounds): (Vec<_>, Vec<_>) =
        ["a", "b", "c"].map(|id| Parking::spec(id).bind()).into_iter().unzip();
    for bound in bounds {
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    }
    let order = async |path, action| {
        assert_eq!(tree.operator().order(path, action, SOON).await, Ok(()), "{action} {path}");
    };
    assert_eq!(parked(), 0);
    order("fixed", Action::Park).await;
    order("pool/a", Action::Park).await;
    assert_eq!(parked(), 2, "by an operator");
    ways[1].tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(parked(), 3, "for its failures");
    order("pool/b", Action::Park).await;
    assert_eq!(parked(), 3, "still the same one");
    order("fixed", Action::Resume).await;
    order("pool/a", Action::Restart).await;
    assert_eq!(parked(), 1);
    order("pool/b", Action::Terminate).await;
    assert_eq!(parked(), 0, "forgotten");
    ways[2].tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(parked(), 1);
    tokio::time::sleep(101 * SECOND).await;
    assert_eq!(parked(), 0, "retried");
    order("fixed", Action::Park).await;
    order("pool/c", Action::Park).await;
    assert_eq!(parked(), 2);
    tree.shutdown();
    ended(&mut tree).await;
    drop(tree);
    settle().await;
    assert_eq!(parked(), 0, "what is parked ends with its supervisor");
}

#[actix_rt::test]
async fn the_depth_of_a_mailbox_is_remembered_at_its_maximum() {
    kind!(Deep);
    let (child, bound) = Deep::spec("a").bind();
    let (other, other_bound) = Deep::spec("b").bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound, other_bound]).await;
    for (way, depth) in [(&child, 5), (&other, 3)] {
        for _ in 0..depth {
            way.tell(Count).expect("accepted");
        }
        way.ask(Count, SOON).await.expect("answered");
    }
    assert_eq!(stats("Deep").mailbox_depth_max, 6, "over all of its kind, and over time");
}

#[actix_rt::test]
async fn refusals_are_counted_as_full_gone_or_late() {
    kind!(Refusing);
    tokio::time::pause();
    let (child, bound) = Refusing::spec("a").capacity(2).restart(Restart::Temporary).bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    child.tell(Hang(60 * SECOND)).expect("accepted");
    settle().await;
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    child.tell(Count).expect("accepted");
    assert_eq!([child.tell(Count), child.ask(Count, SECOND).await.map(drop)], [Err(Refused::Full); 2]);
    assert_eq!(child.to::<Count>().tell(Count), Err(Refused::Full));
    settle_for(&child).await;
    assert_eq!(child.ask(Boom, SOON).await, Err(Refused::Gone), "lost, and its asker refused");
    assert_eq!(child.tell(Count), Err(Refused::Gone));
    assert_eq!(counted(&stats("Refusing").refused), [("full", 3), ("gone", 2), ("late", 1)]);
}

/// Waits until nothing is queued.
async fn settle_for<A: actix::Actor<Context = shiftboss_kernel::Ctx<A>>>(child: &Tx<A>) {
    while child.depth() > 0 {
        tokio::time::sleep(SECOND).await;
    }
}

#[actix_rt::test]
async fn every_message_that_was_accepted_is_accounted_for() {
    kind!(Accounting);
    tokio::time::pause();
    let (child, bound) = Accounting::spec("a").bind();
    let mut tree = boot(Strategy::OneForOne, 9, [bound]).await;
    for _ in 0..3 {
        child.ask(Count, SOON).await.expect("handled");
    }
    child.tell(Boom).expect("accepted");
    settle().await;
    tree.root().ask(InjectPanic { id: "a".into(), nth: 2 }, SOON).await.expect("asked").expect("injected");
    child.tell(Hang(60 * SECOND)).expect("accepted");
    settle().await;
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    child.tell(Count).expect("accepted");
    settle_for(&child).await;
    settle().await;
    let messages = counted(&stats("Accounting").messages);
    assert_eq!(messages, [("handled", 4), ("lost", 2), ("abandoned", 2)], "3 told, 5 asked");

    child.tell(Hang(HOUR)).expect("accepted");
    settle().await;
    for _ in 0..4 {
        child.tell(Count).expect("accepted");
    }
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    assert_eq!(counted(&stats("Accounting").messages)[0], ("handled", 5), "those four wait");
    assert_eq!(tree.root().ask(RestartChild("a".into()), SOON).await, Ok(Ok(())));
    settle().await;
    child.tell(Hang(HOUR)).expect("accepted");
    settle().await;
    child.tell(Count).expect("accepted");
    child.tell(Count).expect("accepted");
    tree.shutdown();
    ended(&mut tree).await;
    drop(tree);
    settle().await;
    let all = stats("Accounting");
    let expected = [("handled", 10), ("lost", 2), ("abandoned", 2), ("discarded", 2)];
    assert_eq!(counted(&all.messages), expected);
    assert_eq!(all.queue_wait.count(), 10, "as many waits as messages that were handled");
}

#[actix_rt::test]
async fn what_the_kernel_itself_sends_is_no_message_of_a_mailbox() {
    let (bounds, journal): (Vec<Bound>, _) = (Vec::new(), Journal::default());
    let tree = boot(Strategy::OneForOne, 9, bounds).await;
    let root = tree.root();
    for id in 0..200 {
        assert_eq!(
            root.ask(StartChild(Scripted::plain(&id.to_string(), &journal).1), SOON).await,
            Ok(Ok(()))
        );
    }
    assert_eq!(root.depth(), 0, "news of starts takes no seats");
}
