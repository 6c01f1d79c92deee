//! What may be relied on when talking to an actor.

use shiftboss_kernel::testkit::{Count, Journal, Script, Scripted};
use shiftboss_kernel::{InjectPanic, Refused, Strategy};

use crate::support::{SECOND, SOON, Watched, boot};

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

#[actix_rt::test]
async fn a_child_runs_on_when_nobody_has_its_address() {
    tokio::time::pause();
    let journal = Journal::default();
    let script = Script { panics_after: Some(60 * SECOND), ..Script::default() };
    let (child, bound) = Scripted::spec("a", &journal, script).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    drop(child);
    let mut watched = Watched::new(&tree).await;
    assert_eq!(watched.started("a").await.incarnation, 2, "its timer struck, and it was restarted");
}
