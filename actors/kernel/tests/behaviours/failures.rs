//! A failure ends an incarnation and nothing else.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{Refused, Strategy};

use crate::{SOON, boot};

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
