//! The listing server, as discovery uses it.

use std::net::TcpListener;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::client::call;
use crate::{HOST, Rig};

#[actix_rt::test]
async fn it_lists_every_miner_in_the_order_of_the_fleet() {
    let rig = Rig::of(3).await;
    let answer = call(rig.listing, "GET", "/servers", "").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json; charset=utf-8"))
    );
    let states = rig.states().await;
    let servers: Vec<Value> = states
        .iter()
        .map(|state| {
            let port = state.port.unwrap();
            json!({
                "port": port,
                "hostname": state.hostname,
                "startTime": format!("{:.3}", state.started_at),
                "mac": format!("ff:ff:ff:ff:{:02x}:{:02x}", port >> 8, port & 0xff),
            })
        })
        .collect();
    let message = format!("Available servers from listing-server:{}", rig.listing);
    assert_eq!(answer.json(), json!({ "message": message, "servers": servers }));
    assert!(answer.body.starts_with(r#"{"message":"#) && answer.body.contains(r#""servers":[{"port":"#));
}

#[actix_rt::test]
async fn a_start_time_is_iso_8601_with_milliseconds() {
    let rig = Rig::of(1).await;
    let answer = call(rig.listing, "GET", "/servers", "").await.json();
    let start = answer["servers"][0]["startTime"].as_str().unwrap();
    assert_eq!((start.len(), &start[10..11], &start[19..20], &start[23..]), (24, "T", ".", "Z"), "{start}");
    let ago = Timestamp::now().duration_since(start.parse().unwrap());
    assert!((0..60).contains(&ago.as_secs()), "{start}");
}

#[actix_rt::test]
async fn a_miner_without_a_port_is_not_listed() {
    let taken = TcpListener::bind((HOST, 0)).unwrap();
    let rig = Rig::start(vec![0, taken.local_addr().unwrap().port(), 0], false).await;
    let servers = call(rig.listing, "GET", "/servers", "").await.json()["servers"].clone();
    let names: Vec<_> = servers.as_array().unwrap().iter().map(|server| server["hostname"].clone()).collect();
    assert_eq!(names, ["mockaxe1", "mockaxe3"]);
}

#[actix_rt::test]
async fn any_other_route_or_method_is_404() {
    let rig = Rig::of(1).await;
    for (method, path) in [("GET", "/"), ("POST", "/servers"), ("GET", "/api/system/info")] {
        let answer = call(rig.listing, method, path, "").await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.json()["error"].is_string());
    }
}

#[actix_rt::test]
async fn the_tree_shows_every_miner_and_what_it_has_handled() {
    let rig = Rig::of(3).await;
    let port = rig.states().await[1].port.unwrap();
    assert_eq!(call(port, "GET", "/api/system/info", "").await.status, 200);
    let handled = async || {
        let tree = call(rig.listing, "GET", "/tree", "").await.json();
        assert_eq!((&tree["id"], &tree["children"][0]["id"]), (&json!("mockfleet"), &json!("miners")));
        let miners = tree["children"][0]["children"].as_array().expect("miners").clone();
        let told =
            |miner: Value| (miner["id"].clone(), miner["messages_handled"].as_u64().expect("a number"));
        miners.into_iter().map(told).collect::<Vec<_>>()
    };
    let before = handled().await;
    assert_eq!(before.iter().map(|(id, _)| id).collect::<Vec<_>>(), ["miner:1", "miner:2", "miner:3"]);
    assert_eq!(call(port, "GET", "/api/system/info", "").await.status, 200);
    let more: Vec<_> = handled().await.iter().zip(before).map(|(now, before)| now.1 - before.1).collect();
    assert_eq!(more, [0, 1, 0]);
}

#[actix_rt::test]
async fn a_miner_is_added_after_the_last_or_where_it_is_wanted_and_removed_by_its_name() {
    let rig = Rig::of(2).await;
    let added = call(rig.listing, "POST", "/miners", "").await;
    assert_eq!((added.status, &added.json()["hostname"]), (201, &json!("mockaxe3")));
    let port = added.json()["port"].as_u64().expect("a port") as u16;
    assert_eq!(call(port, "GET", "/api/system/info", "").await.status, 200);

    let free = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port();
    let added = call(rig.listing, "POST", "/miners", &format!(r#"{{"port":{free}}}"#)).await;
    assert_eq!((added.status, &added.json()["port"]), (201, &json!(free)));
    let again = call(rig.listing, "POST", "/miners", &format!(r#"{{"port":{free}}}"#)).await;
    assert_eq!(again.status, 409, "{}", again.body);

    assert_eq!(call(rig.listing, "DELETE", "/miners/mockaxe3", "").await.status, 204);
    assert!(tokio::net::TcpStream::connect((HOST, port)).await.is_err());
    let names: Vec<_> = rig.states().await.into_iter().map(|state| state.hostname).collect();
    assert_eq!(names, ["mockaxe1", "mockaxe2", "mockaxe4"]);
    let gone = call(rig.listing, "DELETE", "/miners/mockaxe3", "").await;
    assert_eq!((gone.status, gone.body.contains("mockaxe3")), (404, true), "{}", gone.body);
    let next = call(rig.listing, "POST", "/miners", "").await.json();
    assert_eq!(next["hostname"], "mockaxe5", "names follow the last");
}

#[actix_rt::test]
async fn an_order_for_a_miner_that_cannot_be_read_names_what_is_wrong() {
    let rig = Rig::of(1).await;
    for (body, named) in [
        (r#"{"port":"x"}"#, "port"),
        (r#"{"port":65536}"#, "port"),
        (r#"{"address":"here","port":1}"#, "address"),
        (r#"{"address":"127.0.0.1"}"#, "port"),
        (r#"{"ports":[1]}"#, "ports"),
        ("[]", "the body"),
    ] {
        let answer = call(rig.listing, "POST", "/miners", body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with(named), "{} of {body}", answer.body);
    }
    assert_eq!(rig.states().await.len(), 1);
}
