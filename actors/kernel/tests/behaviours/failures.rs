//! A failure ends an incarnation and nothing else.

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, BoomLater, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{Exit, News, Refused, Strategy};

use crate::{SECOND, SOON, Watched, boot};

#[actix_rt::test]
async fn a_panic_restarts_in_place_and_keeps_address_and_queue() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));

    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1), "queued behind the poison, handled by the fresh value");

    let root = tree.observer().snapshot(SOON).await;
    let exit = root.children[0].last_exit().expect("it has ended once");
    assert_eq!((root.children[0].restarts, exit.reason), (1, "panic"));
    assert_eq!(exit.cause, "boom in a");
    assert!(exit.place.as_deref().is_some_and(|place| place.contains("testkit.rs:")), "{exit:?}");
    assert!(exit.handling.is_some_and(|handling| handling.ends_with("Boom")), "{exit:?}");
}

#[actix_rt::test]
async fn the_asker_of_the_message_in_flight_learns_at_once_that_it_is_lost() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    assert_eq!(child.ask(Boom, SOON).await, Err(Refused::Gone));
    assert_eq!(child.ask(BoomLater(Duration::ZERO), SOON).await, Err(Refused::Gone));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_panic_in_a_future_is_contained() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(BoomLater(Duration::from_millis(1))).expect("accepted");
    let News::Exited(Exit::Panic(panicked)) = watched.exited("a").await.news else { panic!("another exit") };
    assert_eq!(panicked.handling, "a future or timer");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_panic_in_a_timer_is_contained() {
    tokio::time::pause();
    let script = Script { panics_after: Some(SECOND), ..Script::default() };
    let (child, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    watched.exited("a").await;
    assert_eq!(watched.started("a").await.incarnation, 2);
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_panic_in_stopped_is_reported_and_does_not_abort() {
    let script = Script { panics_in_stopped: true, ..Script::default() };
    let (child, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Quit(Exit::Normal)).expect("accepted");
    let News::Exited(Exit::Panic(panicked)) = watched.exited("a").await.news else { panic!("another exit") };
    assert_eq!(panicked.message, "cannot stop a");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_panic_in_a_destructor_is_contained() {
    let script = Script { panics_in_drop: true, ..Script::default() };
    let (child, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn the_queue_is_kept_over_two_failures_in_a_row() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    child.tell(Boom).expect("accepted");
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+a +a +a");
}

#[actix_rt::test]
async fn a_second_poison_while_a_stubborn_child_is_asked_to_stop_cannot_abort() {
    let script = Script { stubborn: true, ..Script::default() };
    let (child, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    child.tell(Boom).expect("accepted");
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn a_hundred_poisons_in_a_row_are_survived_and_leak_nothing() {
    let journal = Journal::default();
    let (child, bound) = Scripted::spec("a", &journal, Script::default()).capacity(200).bind();
    let tree = boot(Strategy::OneForOne, 1000, [bound]).await;
    for _ in 0..100 {
        child.tell(Boom).expect("accepted");
    }
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(child.depth(), 0);
    assert_eq!(tree.observer().snapshot(SOON).await.children[0].restarts, 100);
}

#[actix_rt::test]
async fn an_injected_panic_strikes_the_nth_message_before_it_is_handled() {
    use shiftboss_kernel::InjectPanic;
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    tree.root().ask(InjectPanic { id: "a".into(), nth: 2 }, SOON).await.expect("asked").expect("injected");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}
