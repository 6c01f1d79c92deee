//! The scrape of a farm that runs.

use super::*;

async fn scrape(bench: &Bench) -> Exposition {
    let answer = bench.get("/metrics").await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/plain; version=0.0.4; charset=utf-8")
    );
    Exposition::read(answer.text())
}

#[actix_web::test]
async fn a_device_is_measured_from_its_first_answer_until_it_is_removed() {
    let bench = Bench::new().await;
    let axe = bench.imprint(1, &info("axe")).await;
    assert_eq!(scrape(&bench).await.value("total_hardware", &[]), Some(0.0), "imprinted, and not polled");
    bench.listen(&[axe]).await;
    assert_eq!(scrape(&bench).await.value("hardware_offline", &[]), Some(1.0), "polled, and not heard of");
    bench.polls(1).await;
    let online = scrape(&bench).await;
    assert_eq!(online.value("shiftboss_device_power_watts", &ONE), Some(14.0));
    assert_eq!(online.value("axe_power_watts", &[]), Some(14.0));

    let removed = bench.call(TestRequest::delete().uri("/devices/imprint/aa:bb:cc:00:00:01")).await;
    assert_eq!(removed.status, 200);
    bench.polls(2).await;
    let gone = scrape(&bench).await;
    assert_eq!((gone.value("axe_power_watts", &[]), gone.value("shiftboss_device_up", &[])), (None, None));
}

#[actix_web::test]
async fn one_that_stops_answering_keeps_no_reading_and_touches_no_other() {
    let bench = Bench::new().await;
    let macs = [bench.imprint(1, &info("axe")).await, bench.imprint(2, &info("other")).await];
    bench.listen(&macs).await;
    bench.polls(1).await;
    bench.net.silence("10.0.0.1:1");
    bench.polls(2).await;
    let scrape = scrape(&bench).await;
    assert_eq!(scrape.value("shiftboss_device_up", &ONE), Some(0.0));
    assert_eq!(scrape.value("shiftboss_device_power_watts", &ONE), None);
    assert_eq!(
        (scrape.value("axe_power_watts", &[]), scrape.value("other_power_watts", &[])),
        (None, Some(14.0))
    );
    assert_eq!(scrape.value("total_hashrate", &[]), Some(700.0));
}

#[actix_web::test]
async fn a_device_may_be_listened_to_again_and_share_its_hostname() {
    let bench = Bench::new().await;
    let macs = [bench.imprint(1, &info("axe")).await, bench.imprint(2, &info("axe")).await];
    for listened in [&macs[..], &[], &macs] {
        bench.listen(listened).await;
        bench.polls(1).await;
        let scrape = scrape(&bench).await;
        assert_eq!(scrape.value("hardware_online", &[]), Some(listened.len() as f64));
        let powers =
            [scrape.value("axe_power_watts", &[]), scrape.value("axe__aabbcc000002_power_watts", &[])];
        assert_eq!(powers, if listened.is_empty() { [None; 2] } else { [Some(14.0); 2] });
    }
}

#[actix_web::test]
async fn a_meter_that_does_not_answer_is_missed_and_said_so() {
    let api = Bench::new().await.fell().await;
    let answer = call(&api, TestRequest::get().uri("/metrics")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(Exposition::read(answer.text()).value("shiftboss_scrape_meters_missing", &[]), Some(1.0));
}

#[actix_web::test]
async fn whether_the_store_can_write_is_in_the_scrape_with_how_often_it_could_not() {
    let disk = Disk::default();
    let bench = Bench::on(&disk).await;
    let told = async || {
        let scrape = scrape(&bench).await;
        let value = |name| scrape.value(name, &[]).unwrap();
        (value("shiftboss_store_writable"), value("shiftboss_store_failures_total"))
    };
    assert_eq!(told().await, (1.0, 0.0));
    disk.fill();
    let preset = json!({"name": "one", "configuration": {}});
    let answer = bench.call(TestRequest::post().uri("/presets").set_json(&preset)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(told().await, (0.0, 1.0));
    disk.mend();
    let answer = bench.call(TestRequest::post().uri("/presets").set_json(&preset)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(told().await, (1.0, 1.0));
}

#[actix_web::test]
async fn the_lag_of_what_is_watched_is_in_the_scrape() {
    let bench = Bench::new().await;
    bench.api.watchdog.watch_here("main");
    let label = [("arbiter", "main")];
    assert!(scrape(&bench).await.value("shiftboss_arbiter_lag_seconds", &label).is_some());
}

#[actix_web::test]
async fn openmetrics_and_compression_are_given_to_those_who_ask() {
    let bench = Bench::new().await;
    let wants = TestRequest::get().uri("/metrics").insert_header((ACCEPT, "application/openmetrics-text"));
    let answer = bench.call(wants).await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(Exposition::read_openmetrics(answer.text()).families.contains("shiftboss_devices"));

    let wants = TestRequest::get().uri("/metrics").insert_header((ACCEPT_ENCODING, "gzip"));
    let answer = bench.call(wants).await;
    assert_eq!((answer.header("content-encoding"), &answer.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
    let vary: Vec<_> = answer.headers.get_all("vary").map(|value| value.to_str().unwrap()).collect();
    assert_eq!(vary.join(", ").to_lowercase(), "accept, accept-encoding");
}
