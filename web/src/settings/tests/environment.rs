use super::*;

#[test]
fn a_variable_that_looks_like_a_number_is_a_text_where_a_text_is_wanted() {
    assert_eq!(settings("", &[("SHIFTBOSS_DATA_DIR", "12345")], &[]).data_dir, Path::new("12345"));
    assert_eq!(settings("", &[], &[("--data-dir", "data_dir", "true")]).data_dir, Path::new("true"));
}

#[test]
fn the_node_systems_variables_stand_for_their_settings() {
    let variables = [
        ("PORT", "3000"),
        ("AUTO_LISTEN", "true"),
        ("DELETE_DATA_ON_DEVICE_REMOVE", "true"),
        ("DISCOVERY_SERVICE_HOST", "http://discovery:7775"),
        ("LISTING_PORT", "7771"),
        ("PORTS", "9001,9002"),
        ("LOGS_PUB_ENABLED", "true"),
    ];
    let Settings { web, farm, discovery, mockfleet, .. } = settings("", &variables, &[]);
    assert_eq!(web.listen, address("127.0.0.1:3000"));
    assert!(farm.auto_listen && farm.delete_data_on_device_remove && mockfleet.logs);
    assert_eq!(discovery.service_url.as_deref(), Some("http://discovery:7775"));
    assert_eq!((mockfleet.listing_port, mockfleet.miner_ports()), (7771, vec![9001, 9002]));
}

#[test]
fn port_keeps_the_host_that_lower_layers_gave() {
    let listen =
        |host: &str| settings(&format!("[web]\nlisten = \"{host}:1\""), &[("PORT", "8080")], &[]).web.listen;
    assert_eq!(listen("0.0.0.0"), address("0.0.0.0:8080"));
    assert_eq!(listen("[::1]"), address("[::1]:8080"));
}

#[test]
fn our_own_form_of_a_variable_wins_over_that_of_the_node_systems() {
    let variables = [("PORTS", "1,2"), ("SHIFTBOSS_MOCKFLEET__PORTS", "3,4"), ("PORT", "5")];
    let variables = [&variables[..], &[("SHIFTBOSS_WEB__LISTEN", "127.0.0.2:6")]].concat();
    let settings = settings("", &variables, &[]);
    assert_eq!((settings.mockfleet.ports, settings.web.listen), (vec![3, 4], address("127.0.0.2:6")));
}

#[test]
fn an_empty_variable_of_the_node_systems_counts_as_not_set() {
    assert_eq!(settings("", &[("PORT", ""), ("PORTS", ""), ("AUTO_LISTEN", "")], &[]), Settings::default());
}

#[test]
fn an_empty_text_takes_away_an_url_of_a_lower_layer() {
    let file = "[discovery]\nlisting_url = \"http://a\"";
    let variables = [("SHIFTBOSS_DISCOVERY__LISTING_URL", "")];
    assert_eq!(settings(file, &[], &[]).discovery.listing_url.as_deref(), Some("http://a"));
    assert_eq!(settings(file, &variables, &[]).discovery.listing_url, None);
}

#[test]
fn faults_on_purpose_come_from_a_variable_with_semicolons_and_reach_the_kernel() {
    let variable = ("SHIFTBOSS_CHAOS__FAULTS", "panic share=0.01 kind=Device;\tdrop nth=3");
    let given = settings("[chaos]\nseed = 7\nfaults = [\"panic share=1\"]", &[variable], &[]);
    assert_eq!(given.chaos.faults, ["panic share=0.01 kind=Device", "drop nth=3"]);
    let faults = given.chaos.faults.iter().map(|text| text.parse().unwrap());
    assert_eq!(format!("{:?}", given.chaos()), format!("{:?}", shiftboss_kernel::Chaos::new(7, faults)));

    let none = settings("[chaos]\nfaults = [\"panic share=1\"]", &[("SHIFTBOSS_CHAOS__FAULTS", "")], &[]);
    assert!(none.chaos().is_off() && Settings::default().chaos().is_off());
}

#[test]
fn the_variables_of_a_kubernetes_service_named_shiftboss_are_left_alone() {
    let variables = [
        ("SHIFTBOSS_SERVICE_HOST", "10.0.0.1"),
        ("SHIFTBOSS_SERVICE_PORT_HTTP", "7776"),
        ("SHIFTBOSS_PORT", "tcp://10.0.0.1:7776"),
        ("SHIFTBOSS_PORT_7776_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(settings("", &variables, &[]), Settings::default());
    assert_eq!(problems("", &[("SHIFTBOSS_PORT", "7777")], &[]).len(), 1);
}
