//! A panic in one of a hundred device actors, with real miners on real sockets.

use std::time::Duration;

use shiftboss::api::tree::Lookout;
use shiftboss::settings::{self, Flag, Flags};
use shiftboss::{controller, settings::Settings};
use shiftboss_farm::directory::List;
use shiftboss_farm::discovery::Discover;
use shiftboss_farm::router::{Imprint, Listen};
use shiftboss_kernel::{InjectPanic, Node, Strategy, SupervisorSpec, Tree, Watchdog, WatchdogConfig};
use shiftboss_mockfleet::{FleetConfig, Places};

use crate::support::{Client, PATIENCE, defaults, own_address};

const MINERS: u16 = 100;

fn settings_with(listing: String, folder: &std::path::Path) -> Settings {
    let own = [("discovery.listing_url", listing), ("data_dir", folder.display().to_string())];
    let values = defaults().into_iter().chain(own);
    let values = values.map(|(key, text)| Flag { name: "--set", key: key.to_owned(), text }).collect();
    settings::load(&Flags { config: None, values }, [], folder).expect("sound").settings
}

#[actix_rt::test]
async fn a_panic_in_one_of_a_hundred_devices_is_shown_and_the_others_miss_no_poll() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let listing = std::net::TcpListener::bind((host, 7770)).expect("free");
    let settings = settings_with(format!("http://{host}:7770"), folder.path());
    let places = Places::Ports { host: host.into(), ports: (8001..8001 + MINERS).collect() };
    let fleet = shiftboss_mockfleet::wire(FleetConfig::new(places, listing), None).expect("sound");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("free");
    let client = Client::new(&format!("http://{}", listener.local_addr().expect("bound")));
    let database = controller::open_database(folder.path(), "farm.redb").expect("new");
    let lookout = Lookout::default();
    let watchdog = WatchdogConfig { beat: Duration::from_secs(1), limit: None };
    let watchdog = Watchdog::start(watchdog, |_, _| {}).expect("a thread");
    let controller =
        controller::wire(&settings, database, listener, lookout.clone(), &watchdog).expect("sound");
    let farm = controller.farm;
    let spec = SupervisorSpec::new(Strategy::OneForOne).child(fleet.bound).child(controller.bound);
    let mut tree = Tree::start("shiftboss", spec).await.expect("it starts");
    lookout.open(&tree);

    let found = farm.discovery.ask(Discover::default(), PATIENCE).await.expect("answered").expect("found");
    let macs: std::collections::BTreeSet<_> = found.iter().map(|found| found.mac).collect();
    assert_eq!(macs.len(), usize::from(MINERS));
    farm.router.ask(Imprint(found), PATIENCE).await.expect("answered").expect("imprinted");
    let victim = *macs.iter().nth(42).expect("there are enough");
    farm.router.ask(Listen { macs, trace_logs: false }, PATIENCE).await.expect("answered").expect("polled");
    client.until("hardware_online", 100.0).await;

    let before = tree.observer().snapshot(PATIENCE).await;
    let id = format!("device:{victim}");
    farm.pools[0]
        .ask(InjectPanic { id: id.as_str().into(), nth: 1 }, PATIENCE)
        .await
        .expect("asked")
        .expect("injected");
    let shown = async {
        loop {
            let tree: serde_json::Value = client.get("/tree").await.json(200);
            let text = tree.to_string();
            if text.contains("a fault on purpose") {
                return text;
            }
            actix_rt::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let shown = actix_rt::time::timeout(PATIENCE, shown).await.expect("the restart is shown");
    assert!(shown.contains("shiftboss_farm::device::Poll"), "with the message that was being handled");
    let polled_on = async {
        loop {
            let after = tree.observer().snapshot(PATIENCE).await;
            if devices(&before)
                .zip(devices(&after))
                .all(|(old, new)| new.messages_handled - old.messages_handled >= 5)
            {
                return after;
            }
            actix_rt::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let after =
        actix_rt::time::timeout(PATIENCE, polled_on).await.expect("all are polled on, the victim too");
    for device in devices(&after) {
        assert_eq!(device.restarts, u32::from(*device.id == *id), "{}", device.id);
    }
    let views = farm.directory.ask(List, PATIENCE).await.expect("answered");
    assert!(views.iter().all(|view| view.status.state.is_online() && view.status.misses == 0));
    tree.shutdown();
    tree.ended().await;
}

fn devices(root: &Node) -> impl Iterator<Item = &Node> {
    root.find(["controller", "devices", "pool:0"]).expect("shown").children.iter()
}
