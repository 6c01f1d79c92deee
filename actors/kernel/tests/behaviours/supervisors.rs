//! Boot, nesting, dynamic children, and answering at all times.

use shiftboss_kernel::Strategy;
use shiftboss_kernel::testkit::{Journal, Script, Scripted};

use crate::{SECOND, Watched, boot};

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
