//! The mock fleet as it is started: by the variables of the Node.js service, beside a pool in the demo, with few files.

use std::process::{Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::support::{Client, Daemon, defaults, own_address, refused, shiftboss, with};

#[actix_rt::test]
async fn the_variables_of_the_node_js_service_start_the_same_fleet() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let mut command = shiftboss();
    command.env("PORTS", "8101,8105,8103").env("LISTING_PORT", "7771").env("LOGS_PUB_ENABLED", "true");
    command.args(with("mockfleet", &[("mockfleet.listen_host", host.to_string())]));
    let fleet = Daemon::of(folder.path(), command);
    assert_eq!(fleet.url(), format!("http://{host}:7771"));
    let listed = fleet.client().get("/servers").await.json(200);
    assert_eq!(listed["message"], "Available servers from listing-server:7771");
    let servers = listed["servers"].as_array().expect("a list").iter();
    let servers: Vec<_> = servers.map(|server| (&server["hostname"], &server["port"])).collect();
    let expected = [("mockaxe1", 8101), ("mockaxe2", 8105), ("mockaxe3", 8103)]
        .map(|(name, port)| (Value::from(name), Value::from(port)));
    assert_eq!(servers, expected.iter().map(|(name, port)| (name, port)).collect::<Vec<_>>());
    for (port, fields) in [(8101, 30), (8105, 45), (8103, 30)] {
        let info = Client::new(&format!("http://{host}:{port}")).get("/api/system/info").await.json(200);
        assert_eq!(info.as_object().expect("an object").len(), fields, "{port}");
    }
    let mut log = TcpStream::connect((host, 8105)).await.expect("it listens");
    let upgrade = "GET /any HTTP/1.1\r\nHost: mock\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    log.write_all(upgrade.as_bytes()).await.expect("it reads");
    let mut status = String::new();
    BufReader::new(log).read_line(&mut status).await.expect("text");
    assert!(status.starts_with("HTTP/1.1 101 "), "{status}");
}

#[actix_rt::test]
async fn a_demo_that_mines_has_a_pool_of_the_style_that_is_set_and_its_tree_lists_the_miners() {
    let folder = tempfile::tempdir().expect("a folder");
    let fleet = [
        ("mockfleet.listen_host", own_address().to_string()),
        ("mockfleet.count", "3".to_owned()),
        ("mockpool.style", "object".to_owned()),
    ];
    let arguments =
        [with("demo", &[defaults(), fleet.to_vec()].concat()), vec!["--mine".to_owned()]].concat();
    let demo = Daemon::start(folder.path(), &arguments);
    let tree = demo.client().get("/tree").await.json(200).to_string();
    for miner in ["\"miner:1\"", "\"miner:2\"", "\"miner:3\""] {
        assert!(tree.contains(miner), "{miner} is not in {tree}");
    }
    let pool = demo.more.split_once("stratum+tcp://").expect("it tells of a pool").1;
    let socket = TcpStream::connect(pool.lines().next().expect("an address")).await.expect("it listens");
    let mut pool = BufReader::new(socket);
    pool.get_mut()
        .write_all(
            b"{\"id\":1,\"method\":\"mining.submit\",\"params\":[\"a.b\",\"1\",\"00\",\"00\",\"00\"]}\n",
        )
        .await
        .expect("it reads");
    let mut line = String::new();
    pool.read_line(&mut line).await.expect("text");
    let answer: Value = serde_json::from_str(&line).expect("JSON");
    assert!(answer["error"]["message"].is_string(), "{answer}");
}

/// A command that may open no more files than these, of the soft limit and the hard one.
fn with_files(limits: &str, arguments: &str) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(format!("--nofile={limits}")).arg(shiftboss().get_program()).args(arguments.split(' '));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn too_few_open_files_for_all_miners_and_their_connections_are_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let host = own_address();
    let fleet = "mockfleet --count 300 --addresses 127.0.1.1 --port 8080 --listing-port 0 --fidelity device";
    let demo = format!("demo --miners 300 --set web.listen={host}:0 --set mockfleet.listing_port=0");
    for (most, needed, arguments) in [
        (256, 364, fleet.to_owned()),
        (400, 664, format!("{fleet} --mine --pool 127.0.0.1:1")),
        (700, 964, format!("{demo} --mine")),
    ] {
        let limited = with_files(&format!("{most}:{most}"), &arguments);
        // One that starts all the same would not end by itself.
        let mut command = Command::new("timeout");
        command.arg("20").arg(limited.get_program()).args(limited.get_args());
        let output = command.current_dir(folder.path()).output().expect("it runs");
        let line =
            format!("mockfleet.count: the miners need {needed} open files and the system allows {most}; ");
        refused(&output, 78, &line);
    }
}

#[test]
fn a_soft_limit_of_open_files_is_raised_as_far_as_the_hard_one_goes() {
    let folder = tempfile::tempdir().expect("a folder");
    let [_, net, subnet, _] = own_address().octets();
    let arguments =
        format!("mockfleet --count 100 --addresses 127.{net}.{subnet}.251 --port 8081 --listing-port 0");
    let fleet = Daemon::of(folder.path(), with_files("64:", &arguments));
    assert!(fleet.banner.contains("100 of 100 miners are up"), "{}", fleet.banner);
}

#[actix_rt::test]
async fn more_clients_than_open_files_are_told_of_once_and_not_by_every_miner() {
    let folder = tempfile::tempdir().expect("a folder");
    let [_, net, subnet, _] = own_address().octets();
    let arguments =
        format!("mockfleet --count 100 --addresses 127.{net}.{subnet}.251 --port 8082 --listing-port 0");
    // One for each miner, and the 64 to spare.
    let fleet = Daemon::of(folder.path(), with_files("164:164", &arguments));
    let listed = fleet.client().get("/servers").await.json(200);
    let mut connections = Vec::new();
    for server in listed["servers"].as_array().expect("a list") {
        let place = format!("{}:8082", server["address"].as_str().expect("an address"));
        connections.push(TcpStream::connect(place).await.expect("the system holds it"));
    }
    // Whoever has a connection is answered; by then the others have met the limit.
    let mut served = BufReader::new(&mut connections[0]);
    for _ in 0..3 {
        let request = b"GET /api/system/info HTTP/1.1\r\nHost: mock\r\n\r\n";
        served.get_mut().write_all(request).await.expect("it reads");
        let mut line = String::new();
        while !line.contains("HTTP/1.1 200 ") {
            line.clear();
            assert_ne!(served.read_line(&mut line).await.expect("text"), 0, "the connection ended");
        }
    }
    let log = fleet.killed();
    let told: Vec<_> = log.lines().filter(|line| line.contains("cannot take a connection")).collect();
    assert!(matches!(told[..], [line] if line.contains("Too many open files")), "{told:#?}");
}
