//! Commands by way of the router: what is kept of them, and what they hold up.

use serde_json::{Value, json};
use shiftboss_axeos::Setting;
use shiftboss_kernel::Action;
use tokio::time::Instant;

use super::*;
use crate::command::{Command, CommandError, Configure, Outcome, Stage, Verdict};
use crate::preset::PresetId;
use crate::record::{Desired, View};
use crate::router::{Forget, Order};
use crate::testing::{Manner, changes, configure, full_info};

impl Bench {
    async fn tell(&self, index: u16, command: Command) -> Result<Outcome, CommandError> {
        self.farm.router.ask(Order { mac: mac(index), command }, SOON * 10).await.unwrap()
    }

    pub(super) async fn view(&self, index: u16) -> View {
        self.views().await.into_iter().find(|view| view.record.mac == mac(index)).unwrap()
    }

    async fn desired(&self, index: u16) -> Desired {
        self.view(index).await.record.desired.clone()
    }
}

/// Imprinted devices that show their settings, polled.
async fn settled(folder: &tempfile::TempDir, count: u16) -> Bench {
    let bench = bench(folder).await;
    bench.imprint(1..=count).await;
    for index in 1..=count {
        bench.net.answer(&address(index), Answer::Body(full_info(&json!({}))));
    }
    bench.listen(1..=count).await;
    bench.intervals(2).await;
    bench
}

fn shown(desired: &Desired) -> Value {
    serde_json::to_value(&desired.settings).unwrap()
}

#[actix_rt::test]
async fn what_is_asked_is_wanted_from_then_on_also_after_a_restart_and_secrets_by_name_only() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    let preset = PresetId::draw();
    let asked = json!({"frequency": 500, "stratumPassword": "hunter22"});
    let configured = Configure { changes: changes(&asked), force: false, preset: Some(preset) };
    let outcome = bench.tell(1, Command::Configure(configured)).await.unwrap();
    assert_eq!(outcome.verdict, Verdict::Verified);
    bench.tell(1, configure(&json!({"ssid": "cellar", "frequency": 525}))).await.unwrap();

    let net = bench.net.clone();
    bench.stop().await;
    let file = folder.path().join("farm.redb");
    let raw = std::fs::read(&file).unwrap();
    assert!(!raw.windows(8).any(|eight| eight == b"hunter22"), "no password is on the disk");
    let again = Bench::new(&file, &net, Policy::default()).await;
    let view = again.view(1).await;
    assert_eq!(view.record.preset, Some(preset), "settings without a preset leave it as it was");
    let desired = &view.record.desired;
    assert_eq!(shown(desired), json!({"frequency": 525, "ssid": "cellar"}));
    assert_eq!(desired.secrets.iter().collect::<Vec<_>>(), ["stratumPassword"]);
    assert!(desired.asked_ms > crate::testing::START_MS);
}

#[actix_rt::test]
async fn it_is_wanted_before_it_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    bench.net.manner(&address(1), Manner::Hangs);
    let hangs = bench.tell(1, configure(&json!({"frequency": 500})));
    let looks = async {
        while bench.net.sent(&address(1)).is_empty() {
            tokio::time::sleep(SECOND / 10).await;
        }
        bench.desired(1).await
    };
    let (outcome, desired) = futures_util::future::join(hangs, looks).await;
    assert!(matches!(outcome.unwrap().verdict, Verdict::Failed(_)));
    assert_eq!(shown(&desired), json!({"frequency": 500}));
    bench.intervals(2).await;
    assert_eq!(&*bench.view(1).await.status.drift, [Setting::Frequency], "it is wanted, and not so");
    assert_eq!(bench.net.sent(&address(1)).len(), 1, "and not sent again by itself");
}

#[actix_rt::test]
async fn what_cannot_be_kept_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    bench.tree.operator().order("store", Action::Park, SOON).await.unwrap();
    let refused = bench.tell(1, configure(&json!({"frequency": 500}))).await;
    assert!(matches!(refused, Err(CommandError::Farm(_))), "{refused:?}");
    assert_eq!(bench.net.sent(&address(1)), [""; 0]);
}

#[actix_rt::test]
async fn what_is_refused_is_not_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    for asked in [json!({"frequency": 1000}), json!({"minFanSpeed": 20})] {
        let refused = bench.tell(1, configure(&asked)).await;
        assert!(matches!(refused, Err(CommandError::Refused { .. })), "{refused:?}");
    }
    assert_eq!(bench.desired(1).await, Desired::default());
    assert_eq!(bench.tell(7, Command::Restart).await, Err(CommandError::Unknown(mac(7))));
    bench
        .tree
        .operator()
        .order(&format!("devices/pool:0/device:{}", mac(1)), Action::Park, SOON)
        .await
        .unwrap();
    let down = bench.tell(1, configure(&json!({"frequency": 500}))).await;
    assert_eq!(down, Err(CommandError::Down(mac(1))));
    assert_eq!(bench.desired(1).await, Desired::default());
    assert_eq!(bench.net.sent(&address(1)), [""; 0]);
}

#[actix_rt::test]
async fn a_device_that_takes_its_time_holds_up_neither_the_router_nor_another_device() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 2).await;
    bench.net.manner(&address(1), Manner::Hangs);
    let began = Instant::now();
    let slow = bench.tell(1, configure(&json!({"frequency": 500})));
    let quick = async {
        let told = bench.tell(2, configure(&json!({"frequency": 525}))).await.unwrap();
        bench.listen(1..=1).await;
        (told.verdict, began.elapsed())
    };
    let (slow, (verdict, took)) = futures_util::future::join(slow, quick).await;
    assert!(matches!(slow.unwrap().verdict, Verdict::Failed(_)) && began.elapsed() >= 5 * SECOND);
    assert_eq!((verdict, took.as_secs()), (Verdict::Verified, 0));
}

#[actix_rt::test]
async fn orders_for_one_device_keep_all_that_each_of_them_asks() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    let orders = [json!({"frequency": 500}), json!({"ssid": "cellar"}), json!({"coreVoltage": 1200})];
    let told = orders.iter().map(|asked| bench.tell(1, configure(asked)));
    for outcome in futures_util::future::join_all(told).await {
        assert_eq!(outcome.unwrap().verdict, Verdict::Verified);
    }
    let all = json!({"frequency": 500, "ssid": "cellar", "coreVoltage": 1200});
    assert_eq!(shown(&bench.desired(1).await), all);
}

#[actix_rt::test]
async fn an_actor_that_ends_over_a_command_leaves_it_interrupted_and_what_is_wanted_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    bench.net.manner(&address(1), Manner::Hangs);
    let told = bench.tell(1, configure(&json!({"frequency": 500})));
    let crash = async {
        while bench.net.sent(&address(1)).is_empty() {
            tokio::time::sleep(SECOND / 10).await;
        }
        let inject = InjectPanic { id: crate::device::Device::id(mac(1)).into(), nth: 1 };
        bench.farm.pools[0].ask(inject, SOON).await.unwrap().unwrap();
    };
    let (lost, ()) = futures_util::future::join(told, crash).await;
    let lost = lost.unwrap_err();
    assert!(matches!(lost, CommandError::Lost { .. }), "{lost:?}");
    assert!(lost.to_string().contains("what became of the command is not known"), "{lost}");
    bench.net.manner(&address(1), Manner::Obeys);
    bench.intervals(2).await;
    let view = bench.view(1).await;
    assert_eq!(view.status.command.unwrap().stage, Stage::Interrupted);
    assert_eq!((view.status.state, &*view.status.drift), (State::Online, &[Setting::Frequency][..]));
    assert_eq!(
        bench.tell(1, configure(&json!({"frequency": 500}))).await.unwrap().verdict,
        Verdict::Verified
    );
}

#[actix_rt::test]
async fn a_restart_that_was_told_is_seen_through_also_by_a_fresh_actor() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    assert_eq!(bench.tell(1, Command::Restart).await.unwrap().verdict, Verdict::Acknowledged);
    bench.net.silence(&address(1));
    let inject = InjectPanic { id: crate::device::Device::id(mac(1)).into(), nth: 1 };
    bench.farm.pools[0].ask(inject, SOON).await.unwrap().unwrap();
    bench.intervals(2).await;
    assert_eq!(bench.view(1).await.status.state, State::Restarting);
    bench.net.answer(&address(1), Answer::Body(full_info(&json!({"uptimeSeconds": 3}))));
    bench.intervals(1).await;
    let status = bench.view(1).await.status;
    assert_eq!((status.state, &status.command.unwrap().stage), (State::Online, &Stage::Confirmed));
}

#[actix_rt::test]
async fn what_is_forgotten_is_not_wanted_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let bench = settled(&folder, 1).await;
    bench.net.manner(&address(1), Manner::Ignores);
    let asked = json!({"frequency": 500, "ssid": "cellar", "wifiPass": "hunter22"});
    bench.tell(1, configure(&asked)).await.unwrap();
    assert_eq!(bench.view(1).await.status.drift.len(), 2);
    let forget = |settings| bench.farm.router.ask(Forget { mac: mac(1), settings }, SOON);
    let left = forget(Some(vec![Setting::Frequency])).await.unwrap().unwrap().unwrap();
    assert_eq!(shown(&left.desired), json!({"ssid": "cellar"}));
    assert_eq!(&*bench.view(1).await.status.drift, [Setting::Ssid]);
    let left = forget(None).await.unwrap().unwrap().unwrap();
    assert_eq!(left.desired, Desired::default());
    assert!(bench.view(1).await.status.drift.is_empty());
}

#[actix_rt::test]
async fn what_a_device_said_when_it_was_found_tells_what_it_takes_and_without_that_it_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(&folder).await;
    bench.imprint([1]).await;
    let asked = json!({"fanspeed": 60});
    assert_eq!(bench.tell(1, configure(&asked)).await.unwrap().sent, [Setting::FanSpeed]);
    bench.farm.directory.ask(crate::directory::Clear, SOON).await.unwrap();
    assert_eq!(bench.tell(1, configure(&asked)).await, Err(CommandError::Unheard(mac(1))));
}
