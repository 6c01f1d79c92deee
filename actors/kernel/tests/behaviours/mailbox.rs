//! What may be relied on when talking to an actor.

use shiftboss_kernel::testkit::{Count, Journal, Script, Scripted};
use shiftboss_kernel::{InjectPanic, Refused, Strategy};

use crate::support::{SOON, boot};

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

#[actix_rt::test]
async fn an_injected_panic_strikes_the_nth_message_before_it_is_handled() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    tree.root().ask(InjectPanic { id: "a".into(), nth: 2 }, SOON).await.expect("asked").expect("injected");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone));
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}
