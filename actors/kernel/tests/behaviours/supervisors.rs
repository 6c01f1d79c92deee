//! Boot, nesting, dynamic children, and answering at all times.

use shiftboss_kernel::testkit::{Count, Journal, Script, Scripted};
use shiftboss_kernel::{Refused, StartChild, Strategy, Terminate};

use crate::{SECOND, SOON, Watched, boot, forget, supervisor};

#[actix_rt::test]
async fn a_panic_of_the_supervisor_itself_is_seen_by_its_parent_and_its_children_come_back() {
    let journal = Journal::default();
    let (x, bound) = Scripted::plain("x", &journal);
    let (branch, branch_bound) = supervisor(Strategy::OneForOne, 1, [bound]).bind("branch").expect("sound");
    let tree = boot(Strategy::OneForOne, 3, [branch_bound]).await;
    let (dynamic, dynamic_bound) = Scripted::plain("dynamic", &journal);
    branch.ask(StartChild(dynamic_bound), SOON).await.expect("asked").expect("started");
    assert_eq!(x.ask(Count, SOON).await, Ok(1));
    forget(&journal);
    let mut watched = Watched::new(&tree).await;

    let inject = shiftboss_kernel::InjectPanic { id: "branch".into(), nth: 1 };
    tree.root().ask(inject, SOON).await.expect("asked").expect("injected");
    assert_eq!(branch.ask(Terminate("x".into()), SOON).await, Err(Refused::Gone));
    watched.started("branch").await;

    assert_eq!(x.ask(Count, SOON).await, Ok(1), "a fresh value at the same address");
    assert_eq!(dynamic.tell(Count), Err(Refused::Gone), "dynamic children are gone");
    assert_eq!(journal.take(), "+x", "a killed child runs no hook");
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
