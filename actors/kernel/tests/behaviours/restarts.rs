//! Who is restarted after what, and when.

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{Backoff, Phase, Refused, Strategy};
use tokio::time::Instant;

use crate::{SECOND, SOON, Watched, boot};

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
