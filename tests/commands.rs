//! The command line: the demo, the ports that are taken, the settings, the printed tree.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use crate::support::{Daemon, Farm, defaults, own_address, shiftboss, with};

fn run(arguments: &[String]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    shiftboss().current_dir(folder.path()).args(arguments).output().expect("it runs")
}

fn one_line(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

#[actix_rt::test]
async fn the_demo_needs_nothing_and_polls_ten_miners() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let settings = [defaults(), vec![("mockfleet.listen_host", host.to_string())]].concat();
    let demo = Daemon::start(folder.path(), &with("demo", &settings));
    assert!(
        demo.banner.starts_with("shiftboss demo: 10 mock miners are imprinted and polled"),
        "{}",
        demo.banner
    );
    let client = demo.client();
    client.until("hardware_online", 10.0).await;
    assert_eq!(client.get("/readyz").await.json(200)["status"], "ready");
    let (status, took) = demo.signal("INT");
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[actix_rt::test]
async fn a_demo_of_faults_on_purpose_tells_them_and_takes_its_whole_fleet_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [defaults(), vec![("mockfleet.listen_host", own_address().to_string())]].concat();
    let arguments = [with("demo", &settings), vec!["--chaos".to_owned()]].concat();
    let demo = Daemon::start(folder.path(), &arguments);
    assert!(demo.banner.starts_with("shiftboss demo: 10 mock miners are imprinted"), "{}", demo.banner);
    let told = demo.more.split_once("Faults on purpose strike, from seed 1").expect("it tells").1;
    for part in ["/tree?format=text", "\n  panic share=", "\n  drop ", "\n  delay="] {
        assert!(told.contains(part), "{part} is missing in{told}");
    }
    demo.client().get("/healthz").await.json(200);
}

#[test]
fn faults_on_purpose_are_accepted_by_a_debug_build_and_need_a_flag_in_a_release_build() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address().to_string();
    for command in ["run", "mockfleet"] {
        let faults = ("chaos.faults", "drop nth=1000000 kind=Nobody".to_owned());
        let arguments =
            with(command, &[defaults(), vec![("mockfleet.listen_host", host.clone()), faults]].concat());
        if cfg!(debug_assertions) {
            drop(Daemon::start(folder.path(), &arguments));
        } else {
            let output = run(&arguments);
            assert_eq!(output.status.code(), Some(78), "{command}");
            assert!(one_line(&output).starts_with("chaos.faults: "), "{command}");
        }
        drop(Daemon::start(folder.path(), &[arguments, vec!["--allow-chaos".to_owned()]].concat()));
    }
}

#[test]
fn a_taken_port_is_one_clear_line_that_names_the_setting_and_exit_78() {
    let host = own_address();
    let taken = TcpListener::bind((host, 7776)).expect("free");
    let address = taken.local_addr().expect("bound").to_string();
    let output = run(&with("run", &[("web.listen", address.clone())]));
    assert_eq!(output.status.code(), Some(78));
    let line = one_line(&output);
    assert!(line.contains("web.listen") && line.contains(&address) && line.contains("taken"), "{line}");

    let settings =
        [("mockfleet.listen_host", host.to_string()), ("mockfleet.listing_port", "7776".to_owned())];
    let output = run(&with("mockfleet", &settings));
    assert_eq!(output.status.code(), Some(78));
    assert!(one_line(&output).contains("mockfleet.listing_port"));
}

#[test]
fn a_database_in_use_is_one_clear_line_and_exit_74() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = Daemon::start(folder.path(), &with("run", &defaults()));
    let second =
        shiftboss().current_dir(folder.path()).args(with("run", &defaults())).output().expect("it runs");
    assert_eq!(second.status.code(), Some(74));
    let line = one_line(&second);
    assert!(line.contains("farm.redb") && line.contains("in use by another program"), "{line}");
    drop(first);
}

#[test]
fn a_wrong_setting_names_key_value_and_source_and_exit_78() {
    let output = run(&with("run", &[("farm.poll_interval_ms", "soon".to_owned())]));
    assert_eq!(output.status.code(), Some(78));
    let line = one_line(&output);
    for part in ["farm.poll_interval_ms", "soon", "--set"] {
        assert!(line.contains(part), "{line}");
    }
}

#[test]
fn config_show_tells_where_a_value_came_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = shiftboss()
        .current_dir(folder.path())
        .env("SHIFTBOSS_FARM__POLL_INTERVAL_MS", "1234")
        .env("AUTO_LISTEN", "true")
        .args(["config", "show", "--origin", "--set", "mockfleet.seed=7"])
        .output()
        .expect("it runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let line = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    for (key, value, origin) in [
        ("farm.poll_interval_ms", "1234", "SHIFTBOSS_FARM__POLL_INTERVAL_MS"),
        ("farm.auto_listen", "true", "AUTO_LISTEN"),
        ("mockfleet.seed", "7", "--set"),
        ("farm.poll_timeout_ms", "5000", "default"),
    ] {
        assert!(line(key).contains(value) && line(key).contains(origin), "{}", line(key));
    }
}

#[actix_rt::test]
async fn the_tree_of_a_running_controller_can_be_printed() {
    let farm = Farm::start(2).await;
    farm.online(2).await;
    let output = run(&["tree".to_owned(), "--url".to_owned(), farm.controller.url()]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    for id in ["controller", "store", "router", "device:ff:ff:ff:ff:1f:41", "http"] {
        assert!(text.contains(id), "{id} is missing in\n{text}");
    }
    let nobody = run(&["tree".to_owned(), "--url".to_owned(), "http://127.0.0.1:1".to_owned()]);
    assert_eq!(nobody.status.code(), Some(69));
    assert!(one_line(&nobody).contains("http://127.0.0.1:1"));
}

#[actix_rt::test]
async fn a_miner_port_that_is_taken_is_left_out_and_the_others_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let _taken = TcpListener::bind((host, 8002)).expect("free");
    let settings = [("mockfleet.listen_host", host.to_string()), ("mockfleet.count", "3".to_owned())];
    let fleet = Daemon::start(folder.path(), &with("mockfleet", &settings));
    assert!(fleet.banner.contains("2 of 3 miners are up"), "{}", fleet.banner);
    let servers = fleet.client().get("/servers").await.json(200);
    let ports: Vec<_> =
        servers["servers"].as_array().unwrap().iter().map(|server| server["port"].clone()).collect();
    assert_eq!(ports, [8001, 8003]);
}
