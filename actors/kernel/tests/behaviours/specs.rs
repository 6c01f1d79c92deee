//! What a tree may be made of, and what holds unless a spec says otherwise.
//!
//! 5. A second child of one id: already started, or already present while its bearer is down.
//!    `a_duplicate_id_is_refused_whether_its_bearer_runs_or_is_down`
//! 6. A spec that makes no sense is refused, and the error names what is wrong.
//!    `an_id_is_given_unique_and_without_a_slash`, `a_mailbox_holds_at_least_one_message`,
//!    `a_significant_child_can_end_and_its_supervisor_cares`, `a_window_has_a_length_and_a_share_is_one`,
//!    `a_dynamic_child_is_checked_as_a_static_one_is`
//! 7. Defaults: permanent, restarted at once, 5 s to stop, 64 messages, 3 restarts in 5 s; supervisors wait for ever.
//!    `a_child_is_permanent_and_restarted_at_once_unless_it_says_otherwise`,
//!    `a_worker_has_five_seconds_to_stop_and_a_supervisor_has_no_limit`, `a_mailbox_holds_64_messages`,
//!    `a_supervisor_bears_three_restarts_in_five_seconds_and_goes_on_without_its_children`,
//!    `a_child_of_a_pool_has_five_restarts_a_minute_and_is_then_retried_after_a_minute`

use std::time::Duration;

use shiftboss_kernel::testkit::{Boom, Count, Journal, Quit, Script, Scripted};
use shiftboss_kernel::{
    AutoShutdown, Bound, ChildError, Exit, Phase, PoolSpec, Refused, Restart, Shutdown, SpecError,
    StartChild, Strategy, SupervisorSpec, Tree,
};
use tokio::time::Instant;

use crate::support::{SECOND, SOON, Watched, boot, ended, phase, settle, supervisor};

/// What is said of a supervisor of these children.
fn refused(children: impl IntoIterator<Item = Bound>) -> String {
    supervisor(Strategy::OneForOne, 1, children).bind("s").expect_err("refused").to_string()
}

fn plain(id: &str) -> Bound {
    Scripted::plain(id, &Journal::default()).1
}

fn significant(restart: Restart) -> Bound {
    Scripted::spec("a", &Journal::default(), Script::default()).significant().restart(restart).bind().1
}

#[actix_rt::test]
async fn a_duplicate_id_is_refused_whether_its_bearer_runs_or_is_down() {
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), Script::default()).restart(Restart::Transient).bind();
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [bound, pool_bound]).await;
    let mut watched = Watched::new(&tree).await;
    assert_eq!(tree.root().ask(StartChild(plain("a")), SOON).await, Ok(Err(ChildError::AlreadyStarted)));
    child.tell(Quit(Exit::Normal)).expect("accepted");
    watched.exited("a").await;
    assert_eq!(tree.root().ask(StartChild(plain("a")), SOON).await, Ok(Err(ChildError::AlreadyPresent)));
    assert_eq!(phase(&tree, "a").await, Some(Phase::Down), "and nothing has changed");

    assert_eq!(pool.ask(StartChild(plain("a")), SOON).await, Ok(Ok(())), "unique among siblings only");
    assert_eq!(pool.ask(StartChild(plain("a")), SOON).await, Ok(Err(ChildError::AlreadyStarted)));
    let park = tree.operator().order("pool/a", shiftboss_kernel::Action::Park, SOON).await;
    assert_eq!(park, Ok(()));
    assert_eq!(pool.ask(StartChild(plain("a")), SOON).await, Ok(Err(ChildError::AlreadyPresent)));
}

#[actix_rt::test]
async fn an_id_is_given_unique_and_without_a_slash() {
    assert_eq!(
        refused([plain("")]),
        "a child's id is empty; give each child an id that is unique among its siblings"
    );
    assert_eq!(
        refused([plain("a"), plain("b"), plain("a")]),
        r#"two children are called "a"; give each an id of its own"#
    );
    assert_eq!(
        refused([plain("a/b")]),
        r#"child "a/b" has a slash in its id; a slash separates the ids of a path"#
    );
}

#[actix_rt::test]
async fn a_mailbox_holds_at_least_one_message() {
    let none = Scripted::spec("a", &Journal::default(), Script::default()).capacity(0).bind().1;
    assert_eq!(refused([none]), r#"child "a" has a mailbox for 0 messages; allow at least 1"#);
}

#[actix_rt::test]
async fn a_significant_child_can_end_and_its_supervisor_cares() {
    assert_eq!(
        refused([significant(Restart::Permanent)]),
        r#"child "a" is significant and permanent; make it transient or temporary"#
    );
    assert_eq!(
        refused([significant(Restart::Transient)]),
        r#"child "a" is significant under a supervisor without auto-shutdown; set one of the two"#
    );
    let caring = supervisor(Strategy::OneForOne, 1, [significant(Restart::Temporary)]);
    assert!(caring.auto_shutdown(AutoShutdown::AnySignificant).bind("s").is_ok());
}

#[actix_rt::test]
async fn a_window_has_a_length_and_a_share_is_one() {
    let spec = supervisor(Strategy::OneForOne, 1, []).intensity(1, Duration::ZERO);
    assert_eq!(
        spec.bind("s").expect_err("refused").to_string(),
        r#"supervisor "s" counts restarts over a window of zero; give it a window"#
    );
    let spec = PoolSpec::default().budget(1, Duration::ZERO);
    assert_eq!(spec.bind("p", None).err(), Some(SpecError::ZeroWindow { id: "p".into() }));
    for share in [0.0, 1.5, f64::NAN] {
        let refused = PoolSpec::default().escalate(share, 1).bind("p", None).expect_err("refused");
        let expected = format!(r#"pool "p" escalates at a share of {share}; give one above 0 and up to 1"#);
        assert_eq!(refused.to_string(), expected);
    }
}

#[actix_rt::test]
async fn a_dynamic_child_is_checked_as_a_static_one_is() {
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 1, [bound]).await;
    let slash = Err(ChildError::Spec(SpecError::SlashInId { id: "a/b".into() }));
    assert_eq!(tree.root().ask(StartChild(plain("a/b")), SOON).await, Ok(slash.clone()));
    assert_eq!(pool.ask(StartChild(plain("a/b")), SOON).await, Ok(slash));
    let vain = Err(ChildError::Spec(SpecError::SignificantInVain { id: "a".into() }));
    let asked = tree.root().ask(StartChild(significant(Restart::Transient)), SOON).await;
    assert_eq!(asked, Ok(vain));
}

#[actix_rt::test]
async fn a_child_is_permanent_and_restarted_at_once_unless_it_says_otherwise() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let before = Instant::now();
    child.tell(Quit(Exit::Normal)).expect("accepted");
    child.tell(Boom).expect("accepted");
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    assert_eq!(before.elapsed(), Duration::ZERO);
}

#[actix_rt::test]
async fn a_worker_has_five_seconds_to_stop_and_a_supervisor_has_no_limit() {
    tokio::time::pause();
    let stubborn = || Script { stubborn: true, ..Script::default() };
    let (_, worker) = Scripted::spec("worker", &Journal::default(), stubborn()).bind();
    let mut tree = boot(Strategy::OneForOne, 3, [worker]).await;
    let before = Instant::now();
    tree.shutdown();
    ended(&mut tree).await;
    assert_eq!(before.elapsed().as_secs(), 5);

    let patient =
        Scripted::spec("leaf", &Journal::default(), stubborn()).shutdown(Shutdown::Timeout(40 * SECOND));
    let (_, branch) = supervisor(Strategy::OneForOne, 3, [patient.bind().1]).bind("branch").expect("sound");
    let (pool, pool_bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let mut tree = boot(Strategy::OneForOne, 3, [branch, pool_bound]).await;
    let pooled =
        Scripted::spec("p", &Journal::default(), stubborn()).shutdown(Shutdown::Timeout(40 * SECOND));
    assert_eq!(pool.ask(StartChild(pooled.bind().1), SOON).await, Ok(Ok(())));
    let before = Instant::now();
    tree.shutdown();
    ended(&mut tree).await;
    assert_eq!(before.elapsed().as_secs(), 80, "the pool waited for its child, then the branch");
}

#[actix_rt::test]
async fn a_mailbox_holds_64_messages() {
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let _tree = boot(Strategy::OneForOne, 3, [bound]).await;
    let told: Vec<_> = (0..65).map(|_| child.tell(Count)).collect();
    assert!(told[..64].iter().all(Result::is_ok));
    assert_eq!(told[64], Err(Refused::Full));
}

#[actix_rt::test]
async fn a_supervisor_bears_three_restarts_in_five_seconds_and_goes_on_without_its_children() {
    tokio::time::pause();
    let (child, bound) = Scripted::plain("a", &Journal::default());
    let (other, other_bound) =
        Scripted::spec("b", &Journal::default(), Script::default()).restart(Restart::Temporary).bind();
    let spec = SupervisorSpec::new(Strategy::OneForOne).child(bound).child(other_bound);
    let mut tree = Tree::start("root", spec).await.expect("it starts");
    other.tell(Quit(Exit::Normal)).expect("accepted");
    for _ in 0..2 {
        for _ in 0..3 {
            child.tell(Boom).expect("accepted");
        }
        assert_eq!(child.ask(Count, SOON).await, Ok(1), "without auto-shutdown, and within its intensity");
        tokio::time::advance(Duration::from_millis(5_001)).await;
    }
    for _ in 0..4 {
        child.tell(Boom).expect("accepted");
    }
    let exit = ended(&mut tree).await.to_string();
    assert!(exit.starts_with("a: more than 3 restarts within 5s, "), "{exit}");
}

#[actix_rt::test]
async fn a_child_of_a_pool_has_five_restarts_a_minute_and_is_then_retried_after_a_minute() {
    tokio::time::pause();
    let (pool, bound) = PoolSpec::default().bind("pool", None).expect("sound");
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let mut watched = Watched::at(&pool).await;
    let mut children = Vec::new();
    for id in 0..16 {
        let (child, bound) = Scripted::plain(&format!("c{id}"), &Journal::default());
        assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));
        children.push(child);
    }
    for child in &children[..15] {
        for _ in 0..6 {
            child.tell(Boom).expect("accepted");
        }
        watched.parked(child.id()).await;
    }
    let parked_at = Instant::now();
    assert_eq!(watched.started("c0").await.incarnation, 7, "the first start, five restarts and a retry");
    let after = parked_at.elapsed();
    assert!(after >= 30 * SECOND && after <= 60 * SECOND, "the upper half of a minute, not {after:?}");
    settle().await;
    assert_eq!(phase(&tree, "pool/c15").await, Some(Phase::Running), "15 parked are too few to give up");
}
