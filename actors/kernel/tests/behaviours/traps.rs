//! What plain actix does to a program, and what becomes of it here.
//!
//! 48. A second poison while an actor refuses to stop does not abort the process.
//!     `a_second_poison_while_a_stubborn_child_is_asked_to_stop_cannot_abort`
//! 49. A `stop` in `started` is not a hot loop.
//!     `a_stop_in_started_is_not_a_hot_loop`
//! 50. A million queued messages do not starve a neighbour.
//!     `an_actor_with_a_million_messages_yields_its_thread_after_128`,
//!     `an_actor_yields_its_thread_also_when_nobody_waits_for_its_answers`
//! 51. The capacity holds over cloned handles; the deadline of a question holds while the child is down.
//!     `the_capacity_holds_over_clones_and_survives_a_panic`,
//!     `an_ask_past_its_deadline_is_late_also_while_the_child_is_down`
//! 52. A destructor that panics is contained.
//!     `a_panic_in_a_destructor_is_contained`,
//!     `a_panic_in_the_destructor_of_a_child_that_ends_for_good_is_reported`

use actix::{Actor, AsyncContext, Handler, fut};
use futures_util::FutureExt;
use shiftboss_kernel::testkit::{Boom, Count, Hang, Journal, Script, Scripted};
use shiftboss_kernel::{
    Backoff, Ctx, Exit, Refused, Restart, Shutdown, Spec, Strategy, Terminate, Tree, Tx, supervised,
};

use crate::support::{HOUR, Opener, SECOND, SOON, Watched, boot, ended, settle, snapshot, supervisor};

#[actix_rt::test]
async fn a_second_poison_while_a_stubborn_child_is_asked_to_stop_cannot_abort() {
    let script = Script { stubborn: true, ..Script::default() };
    let (child, bound) = Scripted::spec("a", &Journal::default(), script).shutdown(Shutdown::Infinity).bind();
    let tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));

    tree.root().tell(Terminate("a".into())).expect("accepted");
    child.tell(Boom).expect("accepted");
    child.tell(Boom).expect("accepted");
    for _ in 0..3 {
        assert!(matches!(watched.exit("a").await, Exit::Panic(_)));
    }
    assert_eq!(child.depth(), 1, "the second poison waits for a next incarnation");
}

#[actix_rt::test]
async fn a_stop_in_started_is_not_a_hot_loop() {
    let script = Script { stops_at_start: true, ..Script::default() };
    let (_, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 5, [bound])).await;
    assert_eq!(refused.err().expect("no start").to_string(), "a did not start: normal");

    let journal = Journal::default();
    let (child, bound) = Opener::spec("a", &journal, |start, ctx| {
        if start > 1 {
            actix::ActorContext::stop(ctx);
        }
    })
    .bind();
    let mut tree = boot(Strategy::OneForOne, 5, [bound]).await;
    child.tell(Boom).expect("accepted");
    let exit = ended(&mut tree).await.to_string();
    assert_eq!(exit, "a: more than 5 restarts within 5s, the last after: normal");
    assert_eq!(journal.take().matches('+').count(), 6, "the first start, and five restarts");
}

/// Two children on one thread, one of them with room for a million messages.
async fn neighbours() -> (Tree, Tx<Scripted>, Tx<Scripted>) {
    let journal = Journal::default();
    let (busy, busy_bound) = Scripted::spec("busy", &journal, Script::default()).capacity(1_000_000).bind();
    let (calm, calm_bound) = Scripted::plain("calm", &journal);
    let tree = boot(Strategy::OneForOne, 9, [busy_bound, calm_bound]).await;
    (tree, busy, calm)
}

/// How many messages of the busy one go while the calm one answers ten questions.
async fn handled_meanwhile(busy: &Tx<Scripted>, calm: &Tx<Scripted>) -> u32 {
    let before = busy.depth();
    for _ in 0..10 {
        calm.ask(Count, SOON).await.expect("it has its turn");
    }
    before - busy.depth()
}

#[actix_rt::test]
async fn an_actor_with_a_million_messages_yields_its_thread_after_128() {
    let (_tree, busy, calm) = neighbours().await;
    for _ in 0..1_000_000 {
        busy.tell(Count).expect("accepted");
    }
    let handled = handled_meanwhile(&busy, &calm).await;
    assert!(handled <= 128 * 30, "{handled} messages of a neighbour were handled in ten short turns");
    assert!(busy.depth() > 990_000, "and most of them are still to come");
}

#[actix_rt::test]
async fn an_actor_yields_its_thread_also_when_nobody_waits_for_its_answers() {
    let (_tree, busy, calm) = neighbours().await;
    for _ in 0..100_000 {
        // Asked, and given up at once.
        assert!(busy.ask(Count, SOON).now_or_never().is_none());
    }
    let handled = handled_meanwhile(&busy, &calm).await;
    assert!(handled <= 128 * 30, "{handled} messages of a neighbour were dropped in ten short turns");
}

#[actix_rt::test]
async fn the_capacity_holds_over_clones_and_survives_a_panic() {
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default()).capacity(16).bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let accepted = (0..100).filter(|_| child.clone().tell(Count).is_ok()).count();
    assert_eq!((accepted, child.depth()), (16, 16));
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Full));
    while child.depth() > 0 {
        tokio::task::yield_now().await;
    }
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(child.depth(), 0);
}

#[actix_rt::test]
async fn an_ask_past_its_deadline_is_late_also_while_the_child_is_down() {
    tokio::time::pause();
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), Script::default()).backoff(Backoff::new(HOUR, HOUR)).bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    child.tell(Hang(10 * SECOND)).expect("accepted");
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    assert_eq!(child.ask(Count, 20 * SECOND).await, Ok(1), "the late one was not handled");

    child.tell(Boom).expect("accepted");
    settle().await;
    let before = tokio::time::Instant::now();
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    assert_eq!(before.elapsed().as_secs(), 1);
    assert_eq!(child.ask(Count, 2 * HOUR).await, Ok(1), "nor is it when the child is back");
}

/// Panics when it is dropped, if it is to.
struct Spiteful(bool);

impl Drop for Spiteful {
    fn drop(&mut self) {
        assert!(!self.0, "spite");
    }
}

impl Spiteful {
    async fn for_ever(self) {
        std::future::pending::<()>().await;
        drop(self);
    }
}

/// All that it has panics when it is dropped: a future it spawned, one it waits for, and itself.
struct Venomous {
    first: bool,
    _value: Spiteful,
}

impl Actor for Venomous {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        ctx.spawn(forever(self.first));
    }
}

supervised!(Venomous);

fn forever(spite: bool) -> impl actix::ActorFuture<Venomous, Output = ()> {
    fut::wrap_future(Spiteful(spite).for_ever())
}

impl Handler<Boom> for Venomous {
    type Result = ();

    fn handle(&mut self, _: Boom, ctx: &mut Ctx<Self>) {
        ctx.wait(forever(self.first));
        panic!("boom");
    }
}

impl Handler<Count> for Venomous {
    type Result = u32;

    fn handle(&mut self, _: Count, _: &mut Ctx<Self>) -> u32 {
        u32::from(self.first)
    }
}

#[actix_rt::test]
async fn a_panic_in_a_destructor_is_contained() {
    let mut first = true;
    let make = move || {
        let first = std::mem::take(&mut first);
        Venomous { first, _value: Spiteful(first) }
    };
    let (child, bound) = Spec::new("a", make).bind();
    let tree = boot(Strategy::OneForOne, 1, [bound]).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(0), "the next value, at the same address");
    let root = snapshot(&tree).await;
    assert_eq!(root.children[0].restarts, 1);
    assert_eq!(root.children[0].last_exit().map(|exit| exit.cause.as_str()), Some("boom"), "the first cause");
}

#[actix_rt::test]
async fn a_panic_in_the_destructor_of_a_child_that_ends_for_good_is_reported() {
    let script = Script { panics_in_drop: true, ..Script::default() };
    let spec = Scripted::spec("a", &Journal::default(), script).restart(Restart::Temporary);
    let (child, bound) = spec.bind();
    let (_, venomous) = Spec::new("v", || Venomous { first: true, _value: Spiteful(true) }).bind();
    let mut tree = boot(Strategy::OneForOne, 0, [bound, venomous]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    assert!(matches!(watched.exit("a").await, Exit::Panic(_)));
    assert_eq!(tree.root().ask(Terminate("v".into()), SOON).await, Ok(Ok(())));
    match watched.exit("v").await {
        Exit::Panic(panicked) => {
            assert_eq!((panicked.message.as_str(), panicked.handling), ("spite", "the destructor"));
        }
        other => panic!("another exit: {other:?}"),
    }
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}
