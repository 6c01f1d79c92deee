//! Who is restarted after what, and when.

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{Backoff, Exit, Phase, Refused, Restart, Strategy};
use tokio::time::Instant;

use crate::{SECOND, SOON, Watched, boot, ended, forget};

#[actix_rt::test]
async fn a_normal_exit_restarts_permanent_children_only_and_forgets_temporary_ones() {
    let journal = Journal::default();
    let spec = |id, restart| Scripted::spec(id, &journal, Script::default()).restart(restart).bind();
    let (permanent, one) = spec("p", Restart::Permanent);
    let (transient, two) = spec("t", Restart::Transient);
    let (temporary, three) = spec("m", Restart::Temporary);
    let tree = boot(Strategy::OneForOne, 10, [one, two, three]).await;
    let mut watched = Watched::new(&tree).await;
    for child in [&permanent, &transient, &temporary] {
        child.tell(Quit(Exit::Normal)).expect("accepted");
    }
    watched.exited("m").await;
    assert_eq!(permanent.ask(Count, SOON).await, Ok(1));
    let rows = tree.observer().snapshot(SOON).await.children;
    let rows: Vec<_> = rows.iter().map(|row| (&*row.id, row.restarts, row.phase)).collect();
    assert_eq!(rows, [("p", 1, Phase::Running), ("t", 0, Phase::Down)]);
    assert_eq!(temporary.tell(Count), Err(Refused::Gone));
}

#[actix_rt::test]
async fn a_failure_restarts_transient_children_too() {
    let journal = Journal::default();
    let (child, bound) = Scripted::spec("t", &journal, Script::default()).restart(Restart::Transient).bind();
    let tree = boot(Strategy::OneForOne, 10, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Quit(Exit::failed("no disk"))).expect("accepted");
    watched.started("t").await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
}

#[actix_rt::test]
async fn one_for_one_leaves_the_siblings_alone() {
    let journal = Journal::default();
    let [(_, a), (b, b_bound), (_, c)] = ["a", "b", "c"].map(|id| Scripted::plain(id, &journal));
    let _tree = boot(Strategy::OneForOne, 3, [a, b_bound, c]).await;
    forget(&journal);
    b.tell(Boom).expect("accepted");
    assert_eq!(b.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+b");
}

#[actix_rt::test]
async fn one_for_all_stops_the_others_in_reverse_and_starts_all_in_order() {
    let journal = Journal::default();
    let [(_, a), (b, b_bound), (_, c)] = ["z", "b", "m"].map(|id| Scripted::plain(id, &journal));
    let tree = boot(Strategy::OneForAll, 3, [a, b_bound, c]).await;
    assert_eq!(journal.take(), "+z +b +m");
    let mut watched = Watched::new(&tree).await;
    b.tell(Boom).expect("accepted");
    watched.started("m").await;
    assert_eq!(journal.take(), "-m -z +z +b +m");
}

#[actix_rt::test]
async fn rest_for_one_replaces_the_later_ones_and_leaves_the_earlier_ones_alone() {
    let journal = Journal::default();
    let [(a, a_bound), (b, b_bound), (_, c)] = ["a", "b", "c"].map(|id| Scripted::plain(id, &journal));
    let tree = boot(Strategy::RestForOne, 3, [a_bound, b_bound, c]).await;
    assert_eq!(a.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    let mut watched = Watched::new(&tree).await;
    b.tell(Boom).expect("accepted");
    watched.started("c").await;
    assert_eq!(journal.take(), "-c +b +c");
    assert_eq!(a.ask(Count, SOON).await, Ok(2));
}

#[actix_rt::test]
async fn the_first_and_the_last_child_have_no_special_place() {
    for (failing, expected) in [("a", "-c -b +a +b +c"), ("c", "+c")] {
        let journal = Journal::default();
        let children = ["a", "b", "c"].map(|id| Scripted::plain(id, &journal));
        let victim = children.iter().find(|(tx, _)| tx.id() == failing).expect("known").0.clone();
        let tree = boot(Strategy::RestForOne, 3, children.map(|(_, bound)| bound)).await;
        forget(&journal);
        let mut watched = Watched::new(&tree).await;
        victim.tell(Boom).expect("accepted");
        watched.started("c").await;
        assert_eq!(journal.take(), expected);
    }
}

#[actix_rt::test]
async fn a_temporary_bystander_is_stopped_and_not_brought_back() {
    let journal = Journal::default();
    let (a, a_bound) = Scripted::plain("a", &journal);
    let (_, bystander) = Scripted::spec("m", &journal, Script::default()).restart(Restart::Temporary).bind();
    let (_, c) = Scripted::plain("c", &journal);
    let tree = boot(Strategy::OneForAll, 1, [a_bound, bystander, c]).await;
    forget(&journal);
    let mut watched = Watched::new(&tree).await;
    a.tell(Boom).expect("accepted");
    watched.started("c").await;
    assert_eq!(journal.take(), "-c -m +a +c");
    assert_eq!(tree.observer().snapshot(SOON).await.children.len(), 2);
}

#[actix_rt::test]
async fn more_restarts_than_the_intensity_end_the_supervisor_after_its_children() {
    let journal = Journal::default();
    let (_, a) = Scripted::plain("a", &journal);
    let (b, b_bound) = Scripted::plain("b", &journal);
    let mut tree = boot(Strategy::OneForOne, 3, [a, b_bound]).await;
    for _ in 0..4 {
        b.tell(Boom).expect("accepted");
    }
    let exit = ended(&mut tree).await;
    assert!(
        exit.to_string().starts_with("b: more than 3 restarts within 5s, the last after: panic: boom in b")
    );
    assert_eq!(journal.take(), "+a +b +b +b +b -a");
}

#[actix_rt::test]
async fn restarts_spaced_beyond_the_window_never_end_the_supervisor() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 1, [bound]).await;
    for _ in 0..20 {
        child.tell(Boom).expect("accepted");
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
        tokio::time::advance(6 * SECOND).await;
    }
}

#[actix_rt::test]
async fn an_intensity_of_zero_ends_the_supervisor_at_the_first_failure() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let mut tree = boot(Strategy::OneForOne, 0, [bound]).await;
    child.tell(Boom).expect("accepted");
    assert!(ended(&mut tree).await.is_failure());
}

#[actix_rt::test]
async fn a_child_whose_restart_keeps_failing_uses_up_the_intensity_under_each_strategy() {
    for strategy in [Strategy::OneForOne, Strategy::RestForOne, Strategy::OneForAll] {
        let journal = Journal::default();
        let script = Script { fails_from_start: Some(2), ..Script::default() };
        let (child, bound) = Scripted::spec("a", &journal, script).bind();
        let mut tree = boot(strategy, 3, [bound]).await;
        child.tell(Boom).expect("accepted");
        let exit = ended(&mut tree).await;
        assert!(exit.to_string().contains("cannot start a"), "{exit}");
        assert_eq!(journal.take(), "+a +a +a +a", "the first start and three restarts");
    }
}

#[actix_rt::test]
async fn a_sibling_that_fails_to_start_in_a_round_begins_the_round_anew() {
    for (strategy, expected) in
        [(Strategy::OneForAll, "-c -a +a +b +c -b -a +a +b +c"), (Strategy::RestForOne, "-c +b +c +c")]
    {
        let journal = Journal::default();
        let (_, a) = Scripted::plain("a", &journal);
        let (b, b_bound) = Scripted::plain("b", &journal);
        let c = second_start_fails("c", &journal);
        let tree = boot(strategy, 5, [a, b_bound, c]).await;
        forget(&journal);
        let mut watched = Watched::new(&tree).await;
        b.tell(Boom).expect("accepted");
        watched.exited("c").await;
        watched.started("c").await;
        assert_eq!(journal.take(), expected, "{strategy:?}");
    }
}

/// A child whose second start fails, and no other.
fn second_start_fails(id: &'static str, journal: &Journal) -> shiftboss_kernel::Bound {
    struct Second(u32, &'static str, Journal);
    impl actix::Actor for Second {
        type Context = shiftboss_kernel::Ctx<Self>;
        fn started(&mut self, _: &mut Self::Context) {
            self.2.note(format!("+{}", self.1));
            assert_ne!(self.0, 2, "the second start");
        }
        fn stopped(&mut self, _: &mut Self::Context) {
            self.2.note(format!("-{}", self.1));
        }
    }
    shiftboss_kernel::supervised!(Second);
    let (mut start, journal) = (0, journal.clone());
    let make = move || {
        start += 1;
        Second(start, id, journal.clone())
    };
    shiftboss_kernel::Spec::new(id, make).bind().1
}

#[actix_rt::test]
async fn stop_in_started_is_not_a_hot_loop() {
    let script = Script { stops_at_start: true, ..Script::default() };
    let (_, bound) = Scripted::spec("a", &Journal::default(), script).bind();
    let refused =
        shiftboss_kernel::Tree::start("root", crate::supervisor(Strategy::OneForOne, 5, [bound])).await;
    assert_eq!(refused.err().expect("no start").to_string(), "a did not start: normal");
}

#[actix_rt::test]
async fn back_off_grows_and_caps_and_heals_after_a_healthy_time() {
    tokio::time::pause();
    let backoff = Backoff { base: 10 * SECOND, cap: 60 * SECOND, healthy_after: 600 * SECOND };
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default()).backoff(backoff).bind();
    let _tree = boot(Strategy::OneForOne, 100, [bound]).await;
    let down =
        |ceiling: u64| (SECOND.mul_f64(ceiling as f64 / 2.0), SECOND * u32::try_from(ceiling).unwrap());
    for ceiling in [10, 20, 40, 60, 60] {
        assert_took(&child, down(ceiling)).await;
    }
    tokio::time::advance(601 * SECOND).await;
    assert_took(&child, down(10)).await;
}

async fn assert_took(child: &shiftboss_kernel::Tx<Scripted>, (least, most): (Duration, Duration)) {
    let before = Instant::now();
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, 100 * SECOND).await, Ok(1));
    let took = before.elapsed();
    assert!(took >= least && took <= most + SECOND, "{took:?} is not within {least:?} and {most:?}");
}

#[actix_rt::test]
async fn messages_sent_during_back_off_are_kept_up_to_the_capacity_and_handled_once() {
    tokio::time::pause();
    let backoff = Backoff::new(10 * SECOND, 10 * SECOND);
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), Script::default()).backoff(backoff).capacity(4).bind();
    let tree = boot(Strategy::OneForOne, 9, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    child.tell(Boom).expect("accepted");
    watched.exited("a").await;
    assert_eq!(child.ask(Count, SECOND).await, Err(Refused::Late), "the deadline holds while it is down");
    let told: Vec<_> = (0..5).map(|_| child.tell(Count)).collect();
    assert_eq!(told, [Ok(()), Ok(()), Ok(()), Err(Refused::Full), Err(Refused::Full)]);
    watched.started("a").await;
    assert_eq!(
        child.ask(Count, SOON).await,
        Ok(4),
        "three of the back-off, and this one; not the one given up"
    );
}

#[actix_rt::test]
async fn the_old_value_and_its_futures_are_dropped_before_the_back_off_begins() {
    struct Noted(Journal, &'static str);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.note(self.1);
        }
    }
    struct Holder(Journal, Noted);
    impl actix::Actor for Holder {
        type Context = shiftboss_kernel::Ctx<Self>;
        fn started(&mut self, ctx: &mut Self::Context) {
            use actix::{AsyncContext, WrapFuture};
            let held = Noted(self.0.clone(), "future");
            ctx.spawn(
                async move {
                    std::future::pending::<()>().await;
                    drop(held);
                }
                .into_actor(self),
            );
            ctx.run_later(SECOND, |this, _| panic!("with {} in hand", this.1.1));
        }
    }
    shiftboss_kernel::supervised!(Holder);

    tokio::time::pause();
    let journal = Journal::default();
    let own = journal.clone();
    let make = move || Holder(own.clone(), Noted(own.clone(), "value"));
    let (_, bound) =
        shiftboss_kernel::Spec::new("a", make).backoff(Backoff::new(60 * SECOND, 60 * SECOND)).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    watched.exited("a").await;
    assert_eq!(tree.observer().snapshot(SOON).await.children[0].phase, Phase::Backoff);
    assert_eq!(journal.take(), "future value");
}
