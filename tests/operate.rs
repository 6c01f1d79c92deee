//! An operator at a running farm: what is wrong, one device out of service and back, orders that are refused.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{Client, Daemon, defaults, own_address, shiftboss, text, value, with};

/// The demo with three miners, all of them online.
struct Demo {
    daemon: Daemon,
    client: Client,
    /// The ids that lead to each device.
    devices: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Demo {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let own = [("mockfleet.listen_host", own_address().to_string()), ("mockfleet.count", "3".to_owned())];
        let daemon = Daemon::start(folder.path(), &with("demo", &[&defaults()[..], &own].concat()));
        let client = daemon.client();
        client.until("hardware_online", 3.0).await;
        let pool = "controller/devices/pool:0";
        let shown = client.get(&format!("/tree?path={pool}")).await.json(200);
        let children = shown["children"].as_array().expect("a list").iter();
        let devices = children.map(|device| format!("{pool}/{}", text(device, "id"))).collect();
        Self { daemon, client, devices, _folder: folder }
    }

    /// What `shiftboss tree` with these arguments says.
    fn tree(&self, arguments: &[&str]) -> Output {
        shiftboss().args(["tree", "--url", &self.daemon.url()]).args(arguments).output().expect("it runs")
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.tree(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    async fn order(&self, action: &str, path: &str, status: u16) -> Value {
        let body = json!({ "path": path }).to_string().into_bytes();
        self.client.send("POST", &format!("/tree/{action}"), body).await.json(status)
    }

    /// When a device answered last.
    async fn last_seen(&self, mac: &str) -> f64 {
        let series = format!("shiftboss_device_last_seen_timestamp_seconds{{mac=\"{mac}\"");
        self.client.metric(&series).await.expect("it has answered")
    }
}

fn mac(device: &str) -> &str {
    device.rsplit_once("device:").expect("a device").1
}

#[actix_rt::test]
async fn a_parked_device_is_not_polled_and_loses_its_readings_until_it_is_resumed() {
    let demo = Demo::start().await;
    let (device, mac) = (&demo.devices[1], mac(&demo.devices[1]));
    let done = demo.order("park", device, 200).await;
    assert_eq!(done, json!({"path": device, "action": "park", "status": "done"}));

    let last_seen = demo.last_seen(mac).await;
    demo.client.until("hardware_online", 2.0).await;
    assert_eq!(demo.last_seen(mac).await.to_bits(), last_seen.to_bits(), "nobody has polled it");
    let lines = demo.client.metrics().await;
    let power = |mac: &str| {
        lines.iter().any(|line| line.starts_with(&format!("shiftboss_device_power_watts{{mac=\"{mac}\"")))
    };
    assert!(!power(mac) && power(self::mac(&demo.devices[0])));
    let view = demo.client.until_state(mac, "offline").await;
    assert!(view["lastError"].as_str().unwrap().contains("has not been polled"), "{view}");

    demo.order("resume", device, 200).await;
    demo.client.until("hardware_online", 3.0).await;
    assert!(demo.last_seen(mac).await > last_seen);
}

#[actix_rt::test]
async fn the_command_line_shows_problems_first_and_puts_them_right() {
    let demo = Demo::start().await;
    let device = demo.devices[2].as_str();
    assert!(!demo.printed(&["--problems"]).contains("\n! "), "nothing is wrong yet");
    assert_eq!(demo.printed(&["park", device]), format!("{device}: park: done\n"));

    let shown = demo.printed(&["--problems"]);
    let lines: Vec<_> = shown.lines().collect();
    let first_leaf = lines.iter().position(|line| line.starts_with('!')).expect("it is marked");
    assert!(lines[first_leaf].contains(mac(device)) && lines[first_leaf].contains("parked"), "{shown}");
    assert_eq!(first_leaf, 5, "behind the heading and the branches that lead to it:\n{shown}");
    assert!(lines.iter().all(|line| line.chars().count() <= 120), "{shown}");

    let branch = demo.printed(&["--path", "controller/devices", "--depth", "1"]);
    assert!(branch.contains("└─ … children: 3, problems: 1") && !branch.contains(mac(device)), "{branch}");
    let single = demo.printed(&["--path", device]);
    assert!(single.contains("exits of device:") && single.ends_with("shutdown\n"), "{single}");

    demo.printed(&["resume", device]);
    demo.client.until("hardware_online", 3.0).await;
    assert!(!demo.printed(&["--problems"]).contains("\n! "));
}

#[actix_rt::test]
async fn a_refused_order_tells_why_in_one_line_and_exits_with_65() {
    let demo = Demo::start().await;
    let nobody = format!("{}x", demo.devices[0]);
    for (arguments, told) in [
        (["restart", "controller/store"], "controller/store: it is running"),
        (["resume", "controller/store"], "controller/store: it is not parked"),
        (["park", &nobody], "x: there is no child with this id"),
        (["park", "controller/nowhere/x"], "controller/nowhere: there is no child with this id"),
        (["park", "controller/store/x"], "controller/store: it has no children"),
        (["terminate", "controller/http"], "nothing could bring it back"),
        (["park", "controller"], "nothing could bring it back"),
        (["park", ""], "is not a path"),
        (["--path", "controller/x"], "controller/x: there is no child with this id"),
    ] {
        let output = demo.tree(&arguments);
        let line = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(65), "{arguments:?}: {line}");
        assert!(line.contains(told) && line.lines().count() == 1, "{arguments:?}: {line}");
    }
    for (action, path, status) in
        [("explode", "controller/store", 404), ("park", "controller/http", 409), ("park", "nowhere", 404)]
    {
        demo.order(action, path, status).await;
    }
    demo.client.until("hardware_online", 3.0).await;
}

#[actix_rt::test]
async fn a_branch_may_be_taken_out_of_service_and_put_back_whole() {
    let demo = Demo::start().await;
    demo.order("park", "controller/devices", 200).await;
    assert_eq!(demo.client.get("/readyz").await.status, 503);
    let told = demo.order("park", &demo.devices[0], 409).await;
    assert!(told["error"].as_str().unwrap().contains("controller/devices: it is down"), "{told}");
    demo.client.until("hardware_online", 0.0).await;

    demo.order("resume", "controller/devices", 200).await;
    demo.client.until("hardware_online", 3.0).await;
    assert_eq!(demo.client.get("/readyz").await.json(200)["status"], "ready");
}

#[actix_rt::test]
async fn the_metrics_count_by_kind_and_never_by_id() {
    let demo = Demo::start().await;
    let restarts = r#"shiftboss_actor_restarts_total{kind="Device",reason="shutdown"}"#;
    assert_eq!(demo.client.metric(restarts).await, Some(0.0));
    demo.order("park", &demo.devices[0], 200).await;
    let parked = r#"shiftboss_actor_parked{kind="Device"}"#;
    assert_eq!(demo.client.metric(parked).await, Some(1.0));
    demo.order("resume", &demo.devices[0], 200).await;
    assert_eq!(
        (demo.client.metric(parked).await, demo.client.metric(restarts).await),
        (Some(0.0), Some(1.0))
    );

    let lines = demo.client.metrics().await;
    let of_actors: Vec<_> = lines.iter().filter(|line| line.starts_with("shiftboss_actor_")).collect();
    for name in [
        "restarts_total{",
        "parked{",
        "mailbox_depth_max{",
        "messages_total{",
        "refused_total{",
        "queue_wait_seconds_bucket{",
        "busy_seconds_sum{",
    ] {
        let name = format!("shiftboss_actor_{name}");
        for kind in ["Device", "Store", "Supervisor", "Pool", "Http"] {
            let of_kind =
                |line: &&&String| line.starts_with(&name) && line.contains(&format!("kind=\"{kind}\""));
            assert!(of_actors.iter().any(|line| of_kind(&line)), "{name} of {kind}");
        }
    }
    for id in ["device:", "pool:0", "meter:0", "id="] {
        assert!(!of_actors.iter().any(|line| line.contains(id)), "{id}");
    }
    let handled = of_actors.iter().find(|line| line.contains(r#"kind="Device",outcome="handled""#));
    assert!(handled.and_then(|line| value(line)) > Some(0.0));
}
