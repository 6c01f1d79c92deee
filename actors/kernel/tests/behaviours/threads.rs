//! Children and supervisors on other threads, and what happens when one ends.
//!
//! 34. A child that goes without a word (its thread ends, its cell is dropped) cannot hang its supervisor.
//!     `a_child_whose_thread_ends_is_reported_as_killed`,
//!     `a_child_for_a_thread_that_has_ended_is_killed_at_once`,
//!     `a_child_whose_thread_ends_while_it_starts_or_stops_is_not_waited_for`,
//!     `a_supervisor_whose_thread_ends_is_reported_as_killed_and_its_children_end_with_it`

use actix::{Actor, Arbiter, Handler, Message};
use shiftboss_kernel::testkit::{Boom, Count, Journal, Script, Scripted};
use shiftboss_kernel::{
    Bound, ChildError, Ctx, Exit, InjectPanic, Phase, PoolSpec, Refused, Shutdown, Spec, StartChild,
    Strategy, Terminate, Tree, Tx, supervised,
};

use crate::support::{HOUR, SOON, Watched, block, boot, ended, phase, snapshot, supervisor};

/// Says on which thread it is.
struct Local;

#[derive(Message)]
#[rtype(result = "String")]
struct Thread;

impl Actor for Local {
    type Context = Ctx<Self>;
}

supervised!(Local);

impl Handler<Thread> for Local {
    type Result = String;

    fn handle(&mut self, _: Thread, _: &mut Ctx<Self>) -> String {
        format!("{:?}", std::thread::current().id())
    }
}

async fn thread_of(local: &Tx<Local>) -> String {
    local.ask(Thread, SOON).await.expect("it answers")
}

fn local(id: &str) -> (Tx<Local>, Bound) {
    Spec::new(id, || Local).bind()
}

#[actix_rt::test]
async fn children_on_another_thread_are_supervised_alike() {
    let arbiter = Arbiter::new();
    let tree = boot(Strategy::OneForOne, 50, []).await;
    let mut children = Vec::new();
    for id in 0..20 {
        let (child, bound) = Scripted::spec(&format!("d{id}"), &Journal::default(), Script::default())
            .on(arbiter.handle())
            .bind();
        tree.root().ask(StartChild(bound), SOON).await.expect("asked").expect("started");
        children.push(child);
    }
    for child in &children {
        child.tell(Boom).expect("accepted");
    }
    for child in &children {
        assert_eq!(child.ask(Count, SOON).await, Ok(1));
    }
    assert_eq!(tree.root().ask(Terminate("d3".into()), SOON).await, Ok(Ok(())));
    assert_eq!(children[3].tell(Count), Err(Refused::Gone));
    assert_eq!(snapshot(&tree).await.children.len(), 19);
    arbiter.stop();
}

#[actix_rt::test]
async fn the_children_of_a_supervisor_run_on_its_thread_unless_their_specs_name_another() {
    let [first, second] = [Arbiter::new(), Arbiter::new()];
    let (with_it, with_bound) = local("with");
    let (apart, apart_bound) = Spec::new("apart", || Local).on(second.handle()).bind();
    let spec = supervisor(Strategy::OneForOne, 3, [with_bound, apart_bound]).on(first.handle());
    let (branch, branch_bound) = spec.bind("branch").expect("sound");
    let (pool, pool_bound) = PoolSpec::default().bind("pool", Some(first.handle())).expect("sound");
    let (here, here_bound) = local("here");
    let mut tree = boot(Strategy::OneForOne, 3, [branch_bound, pool_bound, here_bound]).await;
    let (dynamic, bound) = local("dynamic");
    assert_eq!(branch.ask(StartChild(bound), SOON).await, Ok(Ok(())));
    let (pooled, bound) = local("pooled");
    assert_eq!(pool.ask(StartChild(bound), SOON).await, Ok(Ok(())));

    let own = format!("{:?}", std::thread::current().id());
    assert_eq!(thread_of(&here).await, own);
    let threads = [thread_of(&with_it).await, thread_of(&apart).await];
    assert!(threads[0] != threads[1] && !threads.contains(&own), "{threads:?}");
    assert_eq!(
        [thread_of(&dynamic).await, thread_of(&pooled).await],
        [threads[0].clone(), threads[0].clone()]
    );
    tree.shutdown();
    assert_eq!(ended(&mut tree).await, Exit::Shutdown);
    first.stop();
    second.stop();
}

#[actix_rt::test]
async fn a_restarted_supervisor_starts_a_child_when_what_is_left_of_it_has_ended() {
    let arbiter = Arbiter::new();
    let (child, bound) =
        Scripted::spec("a", &Journal::default(), Script::default()).on(arbiter.handle()).bind();
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 0, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 1, [branch_bound]).await;
    assert_eq!(child.ask(Count, SOON).await, Ok(1));
    let let_go = block(&arbiter.handle()).await;
    let inject = InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    branch.tell(Terminate("a".into())).expect("accepted");
    while snapshot(&tree).await.children[0].restarts == 0 {}
    assert_eq!(phase(&tree, "branch").await, Some(Phase::Starting), "the old value cannot be killed yet");
    drop(let_go);
    assert_eq!(child.ask(Count, SOON).await, Ok(1), "a fresh value");
    while phase(&tree, "branch/a").await != Some(Phase::Running) {}
    arbiter.stop();
}

#[actix_rt::test]
async fn a_child_whose_thread_ends_is_reported_as_killed() {
    let arbiter = Arbiter::new();
    let (child, bound) = Spec::new("a", || Local).on(arbiter.handle()).bind();
    let mut tree = boot(Strategy::OneForOne, 0, [bound]).await;
    thread_of(&child).await;
    arbiter.stop();
    let exit = ended(&mut tree).await.to_string();
    assert!(exit.ends_with("the last after: killed"), "{exit}");
    assert_eq!(child.ask(Thread, SOON).await, Err(Refused::Gone));
}

#[actix_rt::test]
async fn a_static_child_whose_thread_has_ended_cannot_come_back_and_every_supervisor_above_learns_it() {
    let arbiter = Arbiter::new();
    let (child, bound) = Spec::new("a", || Local).on(arbiter.handle()).bind();
    let (_, branch) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let mut tree = boot(Strategy::OneForOne, 2, [branch]).await;
    thread_of(&child).await;
    arbiter.stop();
    let exit = ended(&mut tree).await.to_string();
    let cause = "a did not start: its cell has ended for good, with its thread or in its factory";
    assert!(exit.starts_with("branch: more than 2 restarts") && exit.ends_with(cause), "{exit}");
}

#[actix_rt::test]
async fn a_child_for_a_thread_that_has_ended_is_killed_at_once() {
    let arbiter = Arbiter::new();
    let thread = arbiter.handle();
    arbiter.stop();
    arbiter.join().expect("it ends");
    let bound = || Spec::new("a", || Local).on(thread.clone()).bind().1;
    let refused = Tree::start("root", supervisor(Strategy::OneForOne, 9, [bound()])).await;
    assert_eq!(refused.err().expect("no start").to_string(), "a did not start: killed");
    let tree = boot(Strategy::OneForOne, 0, []).await;
    let refused = tree.root().ask(StartChild(bound()), SOON).await;
    assert_eq!(refused, Ok(Err(ChildError::NotStarted(Exit::Killed))));
}

#[actix_rt::test]
async fn a_child_whose_thread_ends_while_it_starts_or_stops_is_not_waited_for() {
    let (starts, stops) = (Arbiter::new(), Arbiter::new());
    let stubborn = Script { stubborn: true, ..Script::default() };
    let (child, bound) = Scripted::spec("stops", &Journal::default(), stubborn)
        .shutdown(Shutdown::Infinity)
        .on(stops.handle())
        .bind();
    let tree = boot(Strategy::OneForOne, 0, [bound]).await;
    let mut watched = Watched::new(&tree).await;
    let root = tree.root();
    let terminated = root.ask(Terminate("stops".into()), SOON);
    let ends = async {
        // Stubborn as it is, it goes on to answer while it is asked to stop.
        child.ask(Count, SOON).await.expect("it runs");
        stops.stop();
    };
    assert_eq!(futures_util::future::join(terminated, ends).await.0, Ok(Ok(())));
    assert_eq!(watched.exit("stops").await, Exit::Killed);

    let journal = Journal::default();
    let hangs = Script { slow_start: Some(HOUR), ..Script::default() };
    let (_, bound) = Scripted::spec("starts", &journal, hangs).on(starts.handle()).bind();
    let started = root.ask(StartChild(bound), SOON);
    let ends = async {
        while journal.take().is_empty() {
            tokio::task::yield_now().await;
        }
        starts.stop();
    };
    let refused = futures_util::future::join(started, ends).await.0;
    assert_eq!(refused, Ok(Err(ChildError::NotStarted(Exit::Killed))));
}

#[actix_rt::test]
async fn a_supervisor_whose_thread_ends_is_reported_as_killed_and_its_children_end_with_it() {
    let (arbiter, other) = (Arbiter::new(), Arbiter::new());
    let (with_it, with_bound) = local("with");
    let journal = Journal::default();
    let (apart, apart_bound) = Scripted::spec("apart", &journal, Script::default()).on(other.handle()).bind();
    let spec = supervisor(Strategy::OneForOne, 3, [with_bound, apart_bound]).on(arbiter.handle());
    let (branch, bound) = spec.bind("branch").expect("sound");
    let mut tree = boot(Strategy::OneForOne, 0, [bound]).await;
    assert_eq!(apart.ask(Count, SOON).await, Ok(1));
    arbiter.stop();
    let exit = ended(&mut tree).await.to_string();
    assert_eq!(exit, "branch: more than 0 restarts within 5s, the last after: killed");
    assert_eq!(branch.tell(Terminate("with".into())), Err(Refused::Gone));
    assert_eq!(with_it.ask(Thread, SOON).await, Err(Refused::Gone));
    drop(tree);
    while apart.tell(Count) != Err(Refused::Gone) {
        tokio::task::yield_now().await;
    }
    assert_eq!(journal.take(), "+apart", "killed, without a hook");
    other.stop();
}
