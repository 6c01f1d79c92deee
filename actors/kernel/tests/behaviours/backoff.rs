//! Waiting for a restart, what is queued meanwhile, and what the fresh value begins with.
//!
//! 43. The back-off grows, is capped, jitters within its upper half, and begins anew after a healthy time.
//!     `back_off_grows_and_caps_and_heals_after_a_healthy_time`,
//!     `children_that_fail_together_do_not_come_back_together`,
//!     `a_child_stopped_for_the_sake_of_a_sibling_has_not_failed`
//! 44. Messages sent during the back-off are kept up to the capacity, then refused, and handled once.
//!     `messages_sent_during_back_off_are_kept_up_to_the_capacity_and_handled_once`
//! 45. The queue is kept over two failures in a row.
//!     `the_queue_is_kept_over_two_failures_in_a_row`
//! 46. A restarted child has fresh state; timers and futures of the old value are gone.
//!     `the_old_value_and_its_futures_are_dropped_before_the_back_off_begins`,
//!     `timers_of_the_old_value_do_not_strike_the_fresh_one`
//! 47. Each restart asks the factory for a value; a hundred restarts leak nothing.
//!     `a_hundred_restarts_build_a_hundred_values_and_leak_none`

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use actix::{Actor, AsyncContext, Handler, fut};
use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{Backoff, Ctx, Phase, Refused, Spec, Strategy, Tx, supervised};
use tokio::time::Instant;

use crate::support::{HOUR, Opener, SECOND, SOON, Watched, boot, phase, settle, snapshot};

#[actix_rt::test]
async fn back_off_grows_and_caps_and_heals_after_a_healthy_time() {
    tokio::time::pause();
    let backoff = Backoff { base: 10 * SECOND, cap: 60 * SECOND, healthy_after: 600 * SECOND };
    let (child, bound) = Scripted::spec("a", &Journal::default(), Script::default()).backoff(backoff).bind();
    let _tree = boot(Strategy::OneForOne, 100, [bound]).await;
    for ceiling in [10, 20, 40, 60, 60] {
        assert_took(&child, ceiling).await;
    }
    tokio::time::advance(601 * SECOND).await;
    assert_took(&child, 10).await;
}

/// The child comes back in the upper half of so many seconds.
async fn assert_took(child: &Tx<Scripted>, ceiling: u32) {
    let before = Instant::now();
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, 100 * SECOND).await, Ok(1));
    let (took, most) = (before.elapsed(), ceiling * SECOND);
    assert!(took >= most / 2 && took < most + SECOND, "{took:?} is not in the upper half of {most:?}");
}

#[actix_rt::test]
async fn children_that_fail_together_do_not_come_back_together() {
    tokio::time::pause();
    let backoff = Backoff::new(60 * SECOND, 60 * SECOND);
    let (children, bounds): (Vec<_>, Vec<_>) = (0..20)
        .map(|id| {
            Scripted::spec(&id.to_string(), &Journal::default(), Script::default()).backoff(backoff).bind()
        })
        .unzip();
    let tree = boot(Strategy::OneForOne, 20, bounds).await;
    for child in &children {
        child.tell(Boom).expect("accepted");
    }
    let mut back = Vec::new();
    for _ in 0..60 {
        tokio::time::sleep(SECOND).await;
        let root = snapshot(&tree).await;
        back.push(root.children.iter().filter(|child| child.phase == Phase::Running).count());
    }
    assert_eq!((back[28], back[59]), (0, 20), "none before 30 s, all within 60 s");
    back.dedup();
    assert!(back.len() > 3, "not all at one moment: {back:?}");
}

#[actix_rt::test]
async fn a_child_stopped_for_the_sake_of_a_sibling_has_not_failed() {
    tokio::time::pause();
    let backoff = Backoff { base: 10 * SECOND, cap: 600 * SECOND, healthy_after: 6000 * SECOND };
    let (a, a_bound) = Scripted::spec("a", &Journal::default(), Script::default()).backoff(backoff).bind();
    let (b, b_bound) = Scripted::plain("b", &Journal::default());
    let _tree = boot(Strategy::OneForAll, 100, [a_bound, b_bound]).await;
    for _ in 0..5 {
        b.tell(Boom).expect("accepted");
        assert_eq!(b.ask(Count, SOON).await, Ok(1));
    }
    assert_took(&a, 10).await;
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
    let told: Vec<_> = (0..5).map(|_| child.tell(Count)).collect();
    assert_eq!(told, [Ok(()), Ok(()), Ok(()), Ok(()), Err(Refused::Full)]);
    watched.started("a").await;
    settle().await;
    assert_eq!(child.ask(Count, SOON).await, Ok(5), "four of the back-off, and this one");
}

#[actix_rt::test]
async fn the_queue_is_kept_over_two_failures_in_a_row() {
    let journal = Journal::default();
    let (child, bound) = Scripted::plain("a", &journal);
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    child.tell(Boom).expect("accepted");
    child.tell(Count).expect("accepted");
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(journal.take(), "+a +a +a");
}

/// Notes its end.
struct Noted(Journal, &'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.note(self.1);
    }
}

/// Panics after a second, with a spawned future under way.
struct Holder(Journal, Noted);

impl Actor for Holder {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let held = Noted(self.0.clone(), "future");
        ctx.spawn(fut::wrap_future(async move {
            std::future::pending::<()>().await;
            drop(held);
        }));
        ctx.run_later(SECOND, |this, _| panic!("with {} in hand", this.1.1));
    }
}

supervised!(Holder);

#[actix_rt::test]
async fn the_old_value_and_its_futures_are_dropped_before_the_back_off_begins() {
    tokio::time::pause();
    let journal = Journal::default();
    let own = journal.clone();
    let make = move || Holder(own.clone(), Noted(own.clone(), "value"));
    let (_, bound) = Spec::new("a", make).backoff(Backoff::new(60 * SECOND, 60 * SECOND)).bind();
    let tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    watched.exited("a").await;
    assert_eq!(phase(&tree, "a").await, Some(Phase::Backoff));
    assert_eq!(journal.take(), "future value");
}

#[actix_rt::test]
async fn timers_of_the_old_value_do_not_strike_the_fresh_one() {
    tokio::time::pause();
    let journal = Journal::default();
    let ticks = journal.clone();
    let (child, bound) = Opener::spec("a", &Journal::default(), move |start, ctx| {
        let (ticks, later) = (ticks.clone(), ticks.clone());
        ctx.run_interval(10 * SECOND, move |_, _| ticks.note(format!("tick{start}")));
        ctx.run_later(15 * SECOND, move |_, _| later.note(format!("later{start}")));
    })
    .bind();
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    tokio::time::sleep(12 * SECOND).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1), "its count began anew");
    tokio::time::sleep(22 * SECOND).await;
    assert_eq!(journal.take(), "tick1 tick2 later2 tick2");
}

/// One of so many values that are alive.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Actor for Counted {
    type Context = Ctx<Self>;

    fn started(&mut self, ctx: &mut Ctx<Self>) {
        let alive = Arc::clone(&self.0);
        ctx.run_later(HOUR, move |_, _| drop(alive));
    }
}

supervised!(Counted);

impl Handler<Boom> for Counted {
    type Result = ();

    fn handle(&mut self, _: Boom, _: &mut Ctx<Self>) {
        panic!("boom");
    }
}

#[actix_rt::test]
async fn a_hundred_restarts_build_a_hundred_values_and_leak_none() {
    tokio::time::pause();
    let (made, alive) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (count, living) = (Arc::clone(&made), Arc::clone(&alive));
    let make = move || {
        count.fetch_add(1, Relaxed);
        living.fetch_add(1, Relaxed);
        Counted(Arc::clone(&living))
    };
    let (child, bound) = Spec::new("a", make).capacity(100).bind();
    let tree = boot(Strategy::OneForOne, 100, [bound]).await;
    settle().await;
    let held = Arc::strong_count(&alive);
    for _ in 0..100 {
        child.tell(Boom).expect("accepted");
    }
    settle().await;
    assert_eq!(snapshot(&tree).await.children[0].restarts, 100);
    assert_eq!((made.load(Relaxed), alive.load(Relaxed)), (101, 1), "made, and alive");
    assert_eq!(Arc::strong_count(&alive), held, "no timer of an old value is left");
    assert_eq!(child.depth(), 0);
}
