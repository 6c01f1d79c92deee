use serde_json::json;

use super::*;
use crate::command::Verdict;
use crate::router::Policy;
use crate::testing::{
    Answer, Bench, Manner, Net, SECOND, SOON, START_MS, address, changes, configure, full_info, mac,
};

fn start(macs: impl IntoIterator<Item = u16>) -> StartRollout {
    let crate::command::Command::Configure(configure) = configure(&json!({"frequency": 500})) else {
        unreachable!()
    };
    StartRollout { configure, macs: macs.into_iter().map(mac).collect() }
}

fn told() -> Share {
    Share::Told(Outcome {
        verdict: Verdict::Verified,
        sent: vec![shiftboss_axeos::Setting::Frequency],
        needs_restart: false,
        said: None,
    })
}

async fn bench(folder: &tempfile::TempDir, count: u16, manner: Manner) -> Bench {
    tokio::time::pause();
    let bench = Bench::new(&folder.path().join("farm.redb"), &Net::default(), Policy::default()).await;
    bench.imprint(1..=count).await;
    for index in 1..=count {
        bench.net.answer(&address(index), Answer::Body(full_info(&json!({}))));
        bench.net.manner(&address(index), manner.clone());
    }
    // What they say is known when they have been polled.
    bench.listen(1..=count).await;
    tokio::time::sleep(10 * SECOND).await;
    bench
}

impl Bench {
    async fn roll(&self, start: StartRollout) -> Result<RolloutId, RolloutError> {
        self.farm.rollouts.ask(start, SOON).await.unwrap()
    }

    async fn rollout(&self, id: RolloutId) -> Option<Arc<Progress>> {
        self.farm.rollouts.ask(LookRollout(id), SOON).await.unwrap()
    }

    /// How it stands once that is as wanted.
    async fn until(&self, id: RolloutId, wanted: impl Fn(&Progress) -> bool) -> Arc<Progress> {
        let looks = async {
            loop {
                let progress = self.rollout(id).await.expect("it is known");
                if wanted(&progress) {
                    return progress;
                }
                tokio::time::sleep(SECOND / 10).await;
            }
        };
        tokio::time::timeout(600 * SECOND, looks).await.expect("it comes to that")
    }

    async fn ended(&self, id: RolloutId) -> Arc<Progress> {
        self.until(id, |progress| progress.ended_ms.is_some()).await
    }

    fn all_sent(&self, count: u16) -> usize {
        (1..=count).filter(|index| !self.net.sent(&address(*index)).is_empty()).count()
    }
}

#[actix_rt::test]
async fn each_device_gets_the_settings_and_has_a_result_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 20, Manner::Obeys).await;
    bench.net.manner(&address(3), Manner::Says(400, "Wrong API input".into()));
    bench.net.silence(&address(4));
    let id = bench.roll(start((1..=20).chain([20, 99]))).await.unwrap();
    let progress = bench.ended(id).await;
    let shares: BTreeMap<_, _> = progress.done.iter().cloned().collect();
    assert_eq!((progress.done.len(), shares.len()), (21, 21), "each once");
    assert!(progress.running.is_empty() && progress.waiting.is_empty() && !progress.cancelled);
    let failed = |index| match &shares[&mac(index)] {
        Share::Told(Outcome { verdict: Verdict::Failed(failure), .. }) => failure.status,
        other => panic!("{other:?}"),
    };
    assert_eq!((failed(3), failed(4)), (400, 500));
    assert_eq!(shares[&mac(99)], Share::Error(CommandError::Unknown(mac(99))));
    assert!((5..=20).all(|index| shares[&mac(index)] == told()));
    assert_eq!(bench.farm.rollouts.ask(ListRollouts, SOON).await.unwrap().len(), 1);
}

#[actix_rt::test]
async fn no_more_than_eight_devices_are_told_at_one_time() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 20, Manner::Hangs).await;
    let id = bench.roll(start(1..=20)).await.unwrap();
    let progress = bench.until(id, |progress| progress.running.len() == AT_ONCE).await;
    assert_eq!((progress.waiting.len(), bench.all_sent(20)), (12, AT_ONCE));
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(bench.all_sent(20), AT_ONCE, "until one of them is done");
    let progress = bench.ended(id).await;
    assert_eq!((progress.done.len(), bench.all_sent(20)), (20, 20));
}

#[actix_rt::test]
async fn a_rollout_that_is_cancelled_ends_what_it_began_and_begins_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 20, Manner::Hangs).await;
    let id = bench.roll(start(1..=20)).await.unwrap();
    bench.until(id, |progress| progress.running.len() == AT_ONCE).await;
    let cancelled = bench.farm.rollouts.ask(CancelRollout(id), SOON).await.unwrap().unwrap();
    assert!(cancelled.cancelled);
    let progress = bench.ended(id).await;
    let count = progress.done.iter().filter(|(_, share)| *share == Share::Cancelled).count();
    assert_eq!((count, progress.done.len(), bench.all_sent(20)), (12, 20, AT_ONCE));
    let again = bench.farm.rollouts.ask(CancelRollout(id), SOON).await.unwrap().unwrap();
    assert_eq!(again.ended_ms, progress.ended_ms, "one that has ended stays as it is");
    assert!(bench.farm.rollouts.ask(CancelRollout(RolloutId::draw()), SOON).await.unwrap().is_none());
}

#[actix_rt::test]
async fn a_rollout_whose_actor_ends_is_over_and_says_which_devices_were_begun() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 20, Manner::Hangs).await;
    let id = bench.roll(start(1..=20)).await.unwrap();
    bench.until(id, |progress| progress.running.len() == AT_ONCE).await;
    let path = format!("rollouts/runs/{id}");
    bench.tree.operator().order(&path, shiftboss_kernel::Action::Terminate, SOON).await.unwrap();
    let progress = bench.ended(id).await;
    assert!(progress.fault.is_some());
    let lost =
        progress.done.iter().filter(|(_, share)| matches!(share, Share::Error(CommandError::Lost { .. })));
    assert_eq!((lost.count(), progress.done.len()), (8, 20));
}

#[actix_rt::test]
async fn what_makes_no_rollout_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 9, Manner::Hangs).await;
    assert_eq!(bench.roll(start([])).await, Err(RolloutError::NoDevices));
    let many = StartRollout { macs: vec![mac(1); DEVICES_AT_MOST + 1], ..start([]) };
    let too_many = RolloutError::TooMany { named: DEVICES_AT_MOST + 1, most: DEVICES_AT_MOST };
    assert_eq!(bench.roll(many).await, Err(too_many));
    let nothing = StartRollout { configure: Configure::default(), ..start([1]) };
    assert_eq!(bench.roll(nothing).await, Err(RolloutError::NoChanges));
    for index in 1..=8 {
        bench.roll(start([index])).await.unwrap();
    }
    assert_eq!(bench.roll(start([9])).await, Err(RolloutError::Busy(ROLLOUTS_AT_MOST)));
}

#[actix_rt::test]
async fn an_ended_rollout_is_remembered_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 1, Manner::Obeys).await;
    let id = bench.roll(start([1])).await.unwrap();
    bench.ended(id).await;
    tokio::time::sleep(3590 * SECOND).await;
    assert!(bench.rollout(id).await.is_some());
    tokio::time::sleep(20 * SECOND).await;
    assert!(bench.rollout(id).await.is_none());
}

#[actix_rt::test]
async fn a_desk_that_restarts_hears_of_the_rollouts_that_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder, 20, Manner::Hangs).await;
    let id = bench.roll(start(1..=20)).await.unwrap();
    bench.until(id, |progress| progress.running.len() == AT_ONCE).await;
    let path = "rollouts/desk".to_owned();
    bench.tree.operator().order(&path, shiftboss_kernel::Action::Terminate, SOON).await.unwrap();
    bench.tree.operator().order(&path, shiftboss_kernel::Action::Restart, SOON).await.unwrap();
    tokio::time::sleep(7 * SECOND).await;
    assert_eq!(bench.ended(id).await.done.len(), 20);
}

#[test]
fn nothing_is_shown_of_a_secret() {
    let configure = Configure { changes: changes(&json!({"wifiPass": "hunter22"})), ..Configure::default() };
    let start = StartRollout { configure, macs: vec![mac(1)] };
    let progress = Progress::new(RolloutId::draw(), start.clone(), START_MS);
    assert!(!format!("{start:?} {progress:?}").contains("hunter22"));
}

#[test]
fn every_device_has_one_result_whatever_comes_first() {
    let mut progress = Progress::new(RolloutId::draw(), start(1..=12), START_MS);
    let begun: Vec<_> = std::iter::from_fn(|| progress.begin(START_MS)).collect();
    assert_eq!(begun.len(), AT_ONCE);
    progress.end(begun[3], told(), START_MS + 1);
    assert_eq!(progress.begin(START_MS + 1), Some(mac(9)));
    progress.cancel(START_MS + 2);
    assert_eq!((progress.begin(START_MS + 2), progress.ended_ms), (None, None));
    progress.abort("it broke", START_MS + 3);
    assert_eq!((progress.done.len(), progress.ended_ms), (12, Some(START_MS + 3)));
    progress.cancel(START_MS + 4);
    assert_eq!(progress.ended_ms, Some(START_MS + 3));
}
