//! What happens while a supervisor waits for another step of its plan.
//!
//! It does one thing at a time: what fails meanwhile is decided late, what is asked of it waits its turn.

use actix::AsyncContext;
use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{
    Backoff, Bound, Ctx, Park, Phase, Restart, RestartChild, StartChild, Strategy, Terminate, Tree, Tx,
};

use crate::support::{HOUR, Opener, SECOND, SOON, boot, forget, phase, phases, settle, supervisor};

/// Keeps its supervisor waiting for a minute.
fn slow(journal: &Journal) -> Bound {
    let script = Script { slow_start: Some(60 * SECOND), ..Script::default() };
    Scripted::spec("slow", journal, script).bind().1
}

/// A tree of `a` and `b`, whose supervisor waits for a child that starts slowly.
async fn busy(strategy: Strategy, max: u32, journal: &Journal) -> (Tree, [Tx<Scripted>; 2]) {
    let [(a, a_bound), (b, b_bound)] = ["a", "b"].map(|id| Scripted::plain(id, journal));
    let tree = boot(strategy, max, [a_bound, b_bound]).await;
    tree.root().tell(StartChild(slow(journal))).expect("accepted");
    settle().await;
    forget(journal);
    (tree, [a, b])
}

#[actix_rt::test]
async fn a_child_that_crashes_while_another_starts_is_restarted_after_that() {
    tokio::time::pause();
    let journal = Journal::default();
    let (tree, [a, _]) = busy(Strategy::OneForOne, 1, &journal).await;
    a.tell(Boom).expect("accepted");
    tokio::time::sleep(30 * SECOND).await;
    assert_eq!((phase(&tree, "a").await, journal.take().as_str()), (Some(Phase::Down), ""));
    assert_eq!(a.ask(Count, 60 * SECOND).await, Ok(1));
    assert_eq!(journal.take(), "+a");
}

#[actix_rt::test]
async fn children_that_crash_together_are_restarted_in_one_round_which_counts_once() {
    tokio::time::pause();
    let journal = Journal::default();
    let (tree, [a, b]) = busy(Strategy::OneForAll, 1, &journal).await;
    a.tell(Boom).expect("accepted");
    b.tell(Boom).expect("accepted");
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "-slow +a +b +slow");
    assert_eq!(phase(&tree, "b").await, Some(Phase::Running));
}

#[actix_rt::test]
async fn a_temporary_child_that_crashes_together_with_its_group_stays_gone() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let (b, b_bound) = Scripted::spec("b", &journal, Script::default()).restart(Restart::Temporary).bind();
    let tree = boot(Strategy::OneForAll, 1, [a_bound, b_bound]).await;
    tree.root().tell(StartChild(slow(&journal))).expect("accepted");
    settle().await;
    forget(&journal);
    a.tell(Boom).expect("accepted");
    b.tell(Boom).expect("accepted");
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "-slow +a +slow");
    assert_eq!(phase(&tree, "b").await, None);
}

#[actix_rt::test]
async fn a_child_that_crashes_between_a_wish_of_an_operator_and_its_turn_is_not_restarted() {
    tokio::time::pause();
    let journal = Journal::default();
    let (tree, [a, b]) = busy(Strategy::OneForOne, 9, &journal).await;
    let (root, second) = (tree.root(), tree.root());
    let wishes =
        futures_util::future::join(root.ask(Terminate("a".into()), SOON), second.ask(Park("b".into()), SOON));
    let crashes = async {
        settle().await;
        a.tell(Boom).expect("accepted");
        b.tell(Boom).expect("accepted");
    };
    let (answers, ()) = futures_util::future::join(wishes, crashes).await;
    assert_eq!(answers, (Ok(Ok(())), Ok(Ok(()))), "both are down");
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "", "neither came back");
    assert_eq!([phase(&tree, "a").await, phase(&tree, "b").await], [Some(Phase::Down), Some(Phase::Parked)]);
}

#[actix_rt::test]
async fn a_child_that_crashed_and_waits_for_its_turn_can_still_be_terminated() {
    tokio::time::pause();
    let journal = Journal::default();
    let (tree, [a, b]) = busy(Strategy::OneForOne, 9, &journal).await;
    a.tell(Boom).expect("accepted");
    b.tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    assert_eq!(tree.root().ask(Park("b".into()), SOON).await, Ok(Ok(())));
    tokio::time::sleep(HOUR).await;
    assert_eq!(journal.take(), "");
    assert_eq!([phase(&tree, "a").await, phase(&tree, "b").await], [Some(Phase::Down), Some(Phase::Parked)]);
}

#[actix_rt::test]
async fn a_static_child_that_is_terminated_or_parked_before_its_first_turn_does_not_start() {
    tokio::time::pause();
    let journal = Journal::default();
    let children = ["a", "b", "c"].map(|id| Scripted::plain(id, &journal).1);
    let spec = supervisor(Strategy::OneForOne, 3, [slow(&journal)].into_iter().chain(children));
    let (branch, bound) = spec.bind("branch").expect("sound");
    let wishes = async {
        settle().await;
        assert_eq!(branch.ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
        assert_eq!(branch.ask(Park("b".into()), SOON).await, Ok(Ok(())));
    };
    let (tree, ()) = futures_util::future::join(boot(Strategy::OneForOne, 3, [bound]), wishes).await;
    assert_eq!(journal.take(), "+slow +c");
    assert_eq!(phase(&tree, "branch/a").await, Some(Phase::Down));
    assert_eq!(phase(&tree, "branch/b").await, Some(Phase::Parked));
}

#[actix_rt::test]
async fn a_child_that_is_terminated_or_parked_before_its_turn_in_a_round_does_not_start() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, a_bound) = Opener::spec("a", &journal, second_start_hangs).bind();
    let [b, c, d] = ["b", "c", "d"].map(|id| Scripted::plain(id, &journal).1);
    let tree = boot(Strategy::RestForOne, 3, [a_bound, b, c, d]).await;
    a.tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(tree.root().ask(Terminate("b".into()), SOON).await, Ok(Ok(())));
    assert_eq!(tree.root().ask(Park("c".into()), SOON).await, Ok(Ok(())));
    forget(&journal);
    tokio::time::sleep(HOUR).await;
    let phases = phases(&tree).await.into_iter().map(|(_, phase)| phase).collect::<Vec<_>>();
    assert_eq!(phases, [Phase::Running, Phase::Down, Phase::Parked, Phase::Running]);
    assert_eq!(journal.take(), "+d");
}

fn second_start_hangs(start: u32, ctx: &mut Ctx<Opener>) {
    if start == 2 {
        ctx.hold_start();
        ctx.run_later(60 * SECOND, |_, ctx| ctx.confirm_start());
    }
}

#[actix_rt::test]
async fn an_operators_restart_is_not_lost_in_a_round_that_begins_anew() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let (c, c_bound) = Opener::spec("c", &journal, |start, ctx| {
        if start == 2 {
            ctx.hold_start();
            ctx.run_later(60 * SECOND, |_, _| panic!("late"));
        }
    })
    .bind();
    let tree = boot(Strategy::RestForOne, 3, [a_bound, c_bound]).await;
    assert_eq!(tree.root().ask(Terminate("a".into()), SOON).await, Ok(Ok(())));
    c.tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(tree.root().ask(RestartChild("a".into()), SOON).await, Ok(Ok(())));
    tokio::time::sleep(HOUR).await;
    assert_eq!([a.ask(Count, SOON).await, c.ask(Count, SOON).await], [Ok(1), Ok(1)]);
}

#[actix_rt::test]
async fn a_wait_of_a_later_child_ends_with_the_round_of_an_earlier_one() {
    tokio::time::pause();
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let backoff = Backoff { base: 100 * SECOND, cap: HOUR, healthy_after: HOUR };
    let (b, b_bound) = Scripted::spec("b", &journal, Script::default()).backoff(backoff).bind();
    let tree = boot(Strategy::RestForOne, 3, [a_bound, b_bound]).await;
    b.tell(Boom).expect("accepted");
    settle().await;
    assert_eq!(phase(&tree, "b").await, Some(Phase::Backoff));
    a.tell(Boom).expect("accepted");
    assert_eq!(b.ask(Count, SOON).await, Ok(1), "it came back with its group");

    tokio::time::sleep(20 * SECOND).await;
    b.tell(Boom).expect("accepted");
    tokio::time::sleep(90 * SECOND).await;
    assert_eq!(
        phase(&tree, "b").await,
        Some(Phase::Backoff),
        "its first wait, now over, did not end its second"
    );
    assert_eq!(b.ask(Count, 200 * SECOND).await, Ok(1));
}
