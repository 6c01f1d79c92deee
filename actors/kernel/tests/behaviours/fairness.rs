//! A busy actor does not starve its neighbours.

use shiftboss_kernel::Strategy;
use shiftboss_kernel::testkit::{Count, Journal, Script, Scripted};

use crate::{SOON, boot};

#[actix_rt::test]
async fn an_actor_yields_its_thread_after_128_messages() {
    let journal = Journal::default();
    let (busy, busy_bound) = Scripted::spec("busy", &journal, Script::default()).capacity(1_000_000).bind();
    let (calm, calm_bound) = Scripted::plain("calm", &journal);
    let _tree = boot(Strategy::OneForOne, 9, [busy_bound, calm_bound]).await;
    for _ in 0..1_000_000 {
        busy.tell(Count).expect("accepted");
    }
    let before = busy.depth();
    for _ in 0..10 {
        calm.ask(Count, SOON).await.expect("it has its turn");
    }
    let handled = before - busy.depth();
    assert!(handled <= 128 * 50, "{handled} messages of a neighbour were handled in ten short turns");
}
