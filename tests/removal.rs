//! A device that is removed while it is polled: nobody asks it, nobody shows it, and what is kept of it is a setting.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::{Client, Daemon, Hostile, PATIENCE, defaults, shiftboss, text, with};

const GONE: &str = "02:00:00:00:00:0a";
const STAYS: &str = "02:00:00:00:00:0b";

/// A controller that has the setting by the name that the Node.js system has for it.
fn controller(folder: &Path, delete_data: Option<&str>) -> Daemon {
    let mut command = shiftboss();
    command.args(with("run", &defaults()));
    command.envs(delete_data.map(|value| ("DELETE_DATA_ON_DEVICE_REMOVE", value)));
    Daemon::of(folder, command)
}

/// Imprints both devices, and waits until they are polled.
async fn polled(client: &Client, devices: &[&Hostile]) {
    for device in devices {
        client.get(&format!("/devices/discover?ip={}", device.address)).await.json(200);
    }
    let macs = json!({ "macs": [GONE, STAYS] });
    client.put("/devices/imprint", &macs).await.json(200);
    client.put("/devices/listen", &macs).await.json(200);
    client.until("hardware_online", 2.0).await;
}

async fn remove(client: &Client) {
    client.delete(&format!("/devices/imprint/{GONE}")).await.json(200);
}

/// Waits until a device was asked so many times more.
async fn until_asked(device: &Hostile, times: u32) {
    let wanted = device.asked() + times;
    let asked = async {
        while device.asked() < wanted {
            actix_rt::time::sleep(Duration::from_millis(10)).await;
        }
    };
    actix_rt::time::timeout(PATIENCE, asked).await.expect("it is polled");
}

/// Whom discovery remembers.
async fn discovered(client: &Client) -> Vec<String> {
    let discovered = client.get("/devices/discovered").await.json(200);
    let mut macs: Vec<_> =
        discovered.as_array().expect("a list").iter().map(|device| text(device, "mac")).collect();
    macs.sort();
    macs
}

#[actix_rt::test]
async fn a_removed_device_is_asked_nothing_more_and_has_no_series_when_that_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let (gone, stays) = (Hostile::start(GONE), Hostile::start(STAYS));
    let controller = controller(folder.path(), None);
    let client = controller.client();
    polled(&client, &[&gone, &stays]).await;
    let of_gone = |lines: Vec<String>| {
        let names = [GONE.to_owned(), GONE.replace(':', "__")];
        lines.into_iter().filter(|line| names.iter().any(|name| line.contains(name))).collect::<Vec<_>>()
    };
    assert!(of_gone(client.metrics().await).len() > 10);

    remove(&client).await;
    assert_eq!(of_gone(client.metrics().await), [""; 0]);
    // A connection that was made before the answer may be counted after it.
    until_asked(&stays, 1).await;
    let asked = gone.asked();
    until_asked(&stays, 10).await;
    assert_eq!(gone.asked(), asked);
    assert_eq!(of_gone(client.metrics().await), [""; 0]);
    let listed = client.get("/devices/imprint").await.json(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[actix_rt::test]
async fn what_is_kept_of_a_removed_device_is_a_setting_also_by_its_old_name() {
    for (delete_data, left) in
        [(Some("true"), &[STAYS][..]), (Some("false"), &[GONE, STAYS]), (None, &[GONE, STAYS])]
    {
        let folder = tempfile::tempdir().expect("a folder");
        let (gone, stays) = (Hostile::start(GONE), Hostile::start(STAYS));
        let first = controller(folder.path(), delete_data);
        polled(&first.client(), &[&gone, &stays]).await;
        remove(&first.client()).await;
        assert_eq!(discovered(&first.client()).await, left, "{delete_data:?}");
        first.killed();

        let again = controller(folder.path(), delete_data);
        assert_eq!(discovered(&again.client()).await, left, "{delete_data:?}, after a restart");
        let body = json!({ "macs": [GONE] }).to_string().into_bytes();
        let imprinted = again.client().send("PUT", "/devices/imprint", body).await;
        assert_eq!(imprinted.status == 200, left.contains(&GONE), "{delete_data:?}: {}", imprinted.body);
    }
}
