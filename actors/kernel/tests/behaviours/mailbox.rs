//! What may be relied on when talking to an actor.

use shiftboss_kernel::testkit::{Boom, Count, Hang, Journal, Script, Scripted};
use shiftboss_kernel::{Refused, Strategy};

use crate::{SECOND, SOON, boot};

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
async fn an_ask_past_its_deadline_is_late_and_its_message_is_not_handled() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    child.tell(Hang(10 * SECOND)).expect("accepted");
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late));
    assert_eq!(child.ask(Count, 20 * SECOND).await, Ok(1), "the late one was not counted");
}

#[actix_rt::test]
async fn the_messages_of_one_sender_are_handled_in_order() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let answers = futures_util::future::join_all((0..50).map(|_| child.ask(Count, SOON))).await;
    assert_eq!(answers, (1..=50).map(Ok).collect::<Vec<_>>());
}

#[actix_rt::test]
async fn a_way_with_the_type_forgotten_has_the_same_limits() {
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default()).capacity(1).bind();
    let _tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let to = child.to::<Count>();
    assert_eq!(to.ask(Count, SOON).await, Ok(1));
    assert_eq!([to.tell(Count), to.tell(Count)], [Ok(()), Err(Refused::Full)]);
}
