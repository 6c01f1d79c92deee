//! How many restarts are too many.
//!
//! 20. As many restarts as the intensity allows are borne; one more ends the supervisor, after all its children.
//!     `one_restart_more_than_the_intensity_allows_ends_the_supervisor_after_its_children`,
//!     `a_supervisor_that_gives_up_has_waited_for_its_children`
//! 21. Restarts spaced beyond the window never end it.
//!     `restarts_spaced_beyond_the_window_never_end_the_supervisor`
//! 22. An intensity of zero ends it at the first failure.
//!     `an_intensity_of_zero_ends_the_supervisor_at_the_first_failure`

use shiftboss_kernel::Strategy;
use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use tokio::time::Instant;

use crate::support::{SECOND, SOON, STRATEGIES, boot, ended, forget};

#[actix_rt::test]
async fn one_restart_more_than_the_intensity_allows_ends_the_supervisor_after_its_children() {
    for strategy in STRATEGIES {
        let journal = Journal::default();
        let (_, a) = Scripted::plain("a", &journal);
        let (b, b_bound) = Scripted::plain("b", &journal);
        let mut tree = boot(strategy, 3, [a, b_bound]).await;
        for _ in 0..3 {
            b.tell(Boom).expect("accepted");
            assert_eq!(b.ask(Count, SOON).await, Ok(1), "{strategy:?}");
        }
        forget(&journal);
        b.tell(Boom).expect("accepted");
        let exit = ended(&mut tree).await.to_string();
        let expected = "b: more than 3 restarts within 5s, the last after: panic: boom in b at ";
        assert!(exit.starts_with(expected), "{exit}");
        assert_eq!(journal.take(), "-a", "{strategy:?}: b is not started once more");
    }
}

#[actix_rt::test]
async fn a_supervisor_that_gives_up_has_waited_for_its_children() {
    tokio::time::pause();
    let journal = Journal::default();
    let script = Script { slow_stop: Some(3 * SECOND), ..Script::default() };
    let (_, slow) = Scripted::spec("slow", &journal, script).bind();
    let (b, b_bound) = Scripted::plain("b", &journal);
    let mut tree = boot(Strategy::OneForOne, 0, [slow, b_bound]).await;
    forget(&journal);
    let before = Instant::now();
    b.tell(Boom).expect("accepted");
    assert!(ended(&mut tree).await.is_failure());
    assert!(before.elapsed() >= 3 * SECOND);
    assert_eq!(journal.take(), "-slow");
}

#[actix_rt::test]
async fn restarts_spaced_beyond_the_window_never_end_the_supervisor() {
    tokio::time::pause();
    for strategy in STRATEGIES {
        let (child, bound) = Scripted::plain("a", &Journal::default());
        let mut tree = boot(strategy, 1, [bound]).await;
        for _ in 0..20 {
            child.tell(Boom).expect("accepted");
            assert_eq!(child.ask(Count, SOON).await, Ok(1));
            tokio::time::advance(6 * SECOND).await;
        }
        child.tell(Boom).expect("accepted");
        child.tell(Boom).expect("accepted");
        assert!(ended(&mut tree).await.is_failure(), "the window does count what is within it");
    }
}

#[actix_rt::test]
async fn an_intensity_of_zero_ends_the_supervisor_at_the_first_failure() {
    for strategy in STRATEGIES {
        let journal = Journal::default();
        let (_, a) = Scripted::plain("a", &journal);
        let (b, b_bound) = Scripted::plain("b", &journal);
        let mut tree = boot(strategy, 0, [a, b_bound]).await;
        b.tell(Boom).expect("accepted");
        let exit = ended(&mut tree).await.to_string();
        assert!(exit.starts_with("b: more than 0 restarts within 5s, "), "{exit}");
        assert_eq!(journal.take(), "+a +b -a", "{strategy:?}");
    }
}
