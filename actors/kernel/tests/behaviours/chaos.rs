//! Faults on purpose, as a tree suffers them.

use shiftboss_kernel::testkit::{Boom, Count, Journal, Scripted};
use shiftboss_kernel::{Bound, Chaos, Exit, Phase, Refused, Strategy, Tree, kinds};

use crate::support::{SECOND, SOON, ended, supervisor};

/// A tree of these children that suffers these faults.
async fn boot<const N: usize>(faults: [&str; N], children: impl IntoIterator<Item = Bound>) -> Tree {
    let faults = faults.map(|fault| fault.parse().expect("a sound fault"));
    let spec = supervisor(Strategy::OneForOne, 10, children);
    Tree::start_with("root", spec, Chaos::new(1, faults)).await.expect("the tree starts")
}

#[actix_rt::test]
async fn a_panic_on_purpose_strikes_before_the_message_is_handled_and_costs_that_message_only() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let (other, other_bound) = Scripted::plain("b", &journal);
    let tree = boot(["panic nth=2 id=a message=Count"], [bound, other_bound]).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(child.ask(Count, SOON).await);
    }
    assert_eq!(answers, [Ok(1), Err(Refused::Gone), Ok(1), Ok(2)], "once, over all incarnations");
    assert_eq!([other.ask(Count, SOON).await, other.ask(Count, SOON).await], [Ok(1), Ok(2)]);

    let root = tree.observer().snapshot(SOON).await;
    let exit = root.children[0].last_exit().expect("it panicked");
    assert_eq!(exit.cause, "a fault on purpose");
    assert!(exit.handling.is_some_and(|handling| handling.ends_with("Count")), "{exit}");
}

#[actix_rt::test]
async fn a_message_dropped_on_purpose_is_not_handled_and_its_asker_learns_it() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let tree = boot(["drop every=2 kind=Scripted"], [bound]).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone));
    assert_eq!(child.ask(Count, SOON).await, Ok(2));
    let dropped =
        |stats: &shiftboss_kernel::KindStats| stats.messages.iter().any(|m| m.0 == "dropped" && m.1 > 0);
    assert!(kinds().iter().any(|stats| stats.kind == "Scripted" && dropped(stats)));
    let root = tree.observer().snapshot(SOON).await;
    assert_eq!(root.children[0].restarts, 0);
}

#[actix_rt::test]
async fn a_delay_on_purpose_holds_the_message_and_those_behind_it() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(["delay=3s nth=1 message=Count"], [bound]).await;
    let began = tokio::time::Instant::now();
    let (first, second) = tokio::join!(child.ask(Count, SOON), child.ask(Count, SOON));
    assert_eq!((first, second), (Ok(1), Ok(2)), "in the order they were sent");
    assert!(began.elapsed() >= 3 * SECOND);
}

#[actix_rt::test]
async fn a_start_panics_on_purpose_only_when_it_is_named() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let faults = ["panic nth=2 message=started id=a", "panic share=1 kind=Scripted message=Boom"];
    let mut tree = boot(faults, [bound]).await;
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    let root = tree.observer().snapshot(SOON).await;
    assert_eq!(root.children[0].restarts, 2, "over Boom, and once more in its second start");
    assert_eq!(root.children[0].last_exit().map(|exit| exit.handling), Some(Some("started")));
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
}

#[actix_rt::test]
async fn the_kernels_own_events_are_never_struck() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let mut tree = boot(["drop share=1", "panic share=1 kind=Supervisor"], [bound]).await;
    assert_eq!(child.ask(Count, SOON).await, Err(Refused::Gone), "what goes through a way is struck");
    let root = tree.observer().snapshot(SOON).await;
    assert!(!root.answers && root.phase == Phase::Running, "a question to a supervisor too");
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown, "but starts, ends and orders get through");
    assert_eq!(journal.take(), "+a -a");
}
