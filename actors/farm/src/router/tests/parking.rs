//! Devices whose actor an operator has parked or terminated.

use shiftboss_kernel::Action;
use tokio::time::Instant;

use super::*;

impl Bench {
    async fn order(&self, action: Action, index: u16) {
        let path = format!("devices/pool:0/device:{}", mac(index));
        self.tree.operator().order(&path, action, SOON).await.unwrap();
    }
}

#[actix_rt::test]
async fn a_parked_device_holds_up_no_change_and_knows_of_it_when_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=2).await;
    bench.listen([2]).await;
    bench.intervals(1).await;
    bench.order(Action::Park, 1).await;
    let began = Instant::now();
    bench.listen(1..=2).await;
    assert!(began.elapsed().is_zero(), "{:?}", began.elapsed());
    assert_eq!(bench.states().await, ["waiting", "online"].into());
    bench.intervals(2).await;
    assert_eq!(bench.net.asked(&address(1)), 0, "it is still parked");

    bench.order(Action::Resume, 1).await;
    bench.intervals(1).await;
    assert_eq!(bench.states().await, ["online"].into());
    bench.order(Action::Park, 1).await;
    bench.listen([2]).await;
    assert_eq!((bench.states().await, bench.measured().await), (["idle", "online"].into(), 1));
}

#[actix_rt::test]
async fn what_a_parked_device_said_last_does_not_count_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint(1..=2).await;
    bench.listen(1..=2).await;
    bench.intervals(1).await;
    bench.order(Action::Park, 1).await;
    bench.intervals(7).await;
    let view = &bench.views().await[0];
    assert_eq!((view.status.state, view.seen.is_some()), (State::Offline, true));
    assert!(view.status.fault.as_deref().unwrap().contains("has not been polled for 27s"));
    let rows = bench.farm.meters[0].ask(Rows, SOON).await.unwrap();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Offline, State::Online]);

    bench.order(Action::Resume, 1).await;
    bench.intervals(1).await;
    assert_eq!(bench.states().await, ["online"].into());
}

#[actix_rt::test]
async fn a_device_whose_actor_was_terminated_comes_back_when_it_is_wanted_again() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    bench.order(Action::Terminate, 1).await;
    bench.listen([1]).await;
    bench.intervals(1).await;
    assert_eq!((bench.states().await, bench.net.asked(&address(1))), (["online"].into(), 1));
}
