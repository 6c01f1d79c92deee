//! Commands: what a device does between polls.

use serde_json::{Value, json};
use shiftboss_axeos::Setting;
use tokio::time::Instant;

use super::*;
use crate::command::{Command, CommandError, Failure, LastCommand, Outcome, Stage, Verdict};
use crate::device::Perform;
use crate::record::Status;
use crate::testing::{Manner, configure, full_info};

type Answered = Result<Outcome, CommandError>;

impl Alone {
    async fn order(&self, command: Command) -> Answered {
        self.device.ask(Perform(command), SOON * 10).await.unwrap()
    }

    async fn configure(&self, asked: &Value) -> Outcome {
        self.order(configure(asked)).await.unwrap()
    }

    fn sent(&self) -> Vec<String> {
        self.net.sent(&address(1))
    }

    /// The first status that is as wanted.
    async fn status(&mut self, wanted: impl Fn(&Status) -> bool) -> Status {
        self.reports.expect_where(SOON * 10, |report| wanted(&report.status)).await.status
    }

    async fn command(&mut self, wanted: impl Fn(&Stage) -> bool) -> LastCommand {
        let is_wanted = |status: &Status| status.command.as_ref().is_some_and(|last| wanted(&last.stage));
        LastCommand::clone(&self.status(is_wanted).await.command.unwrap())
    }
}

/// A device that is online and shows its settings, with these in place of the usual ones.
async fn shows(more: Value) -> Alone {
    let mut alone = alone(Answer::Body(full_info(&more))).await;
    assert_eq!(alone.next().await.status.state, State::Online);
    alone
}

fn failed(outcome: &Outcome) -> &Failure {
    match &outcome.verdict {
        Verdict::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

#[actix_rt::test]
async fn what_a_device_takes_is_verified_by_looking_again_and_only_what_differs_is_sent() {
    let mut alone = shows(json!({})).await;
    let outcome = alone.configure(&json!({"frequency": 500, "coreVoltage": 1166, "ssid": "home"})).await;
    assert_eq!(outcome.verdict, Verdict::Verified);
    assert_eq!((outcome.sent, outcome.needs_restart), (vec![Setting::Frequency], false));
    assert_eq!(alone.sent(), [r#"PATCH /api/system {"frequency":500}"#]);
    let running = alone.command(|stage| *stage == Stage::Running).await;
    let done = alone.command(|stage| *stage == Stage::Done(Verdict::Verified)).await;
    assert_eq!(running.at_ms, done.at_ms);
    assert_eq!(alone.next().await.status.state, State::Online, "and it is polled on");

    let again = alone.configure(&json!({"frequency": 500})).await;
    assert_eq!((again.verdict, again.sent), (Verdict::Verified, vec![]));
    assert_eq!(alone.sent().len(), 1, "nothing is sent that is so already");
}

#[actix_rt::test]
async fn a_device_that_says_yes_and_does_nothing_has_drifted_in_the_settings_that_it_did_not_take() {
    let mut alone = shows(json!({})).await;
    alone.net.manner(&address(1), Manner::Ignores);
    let outcome = alone.configure(&json!({"frequency": 500, "stratumURL": "new.example"})).await;
    let drifted = Verdict::Drifted(vec![Setting::Frequency, Setting::StratumUrl]);
    assert_eq!((&outcome.verdict, outcome.needs_restart), (&drifted, true));
    let last = alone.command(|stage| *stage == Stage::Done(drifted.clone())).await;
    assert!(last.needs_restart);
}

#[actix_rt::test]
async fn a_device_that_refuses_is_quoted_with_its_status() {
    let alone = shows(json!({})).await;
    alone.net.manner(&address(1), Manner::Says(400, "Wrong API input".into()));
    let outcome = alone.configure(&json!({"frequency": 500})).await;
    let reason = "it answered with status 400, asked to PATCH /api/system: Wrong API input";
    assert_eq!(failed(&outcome), &Failure { status: 400, reason: reason.into() });
}

#[actix_rt::test]
async fn a_device_that_cannot_be_reached_or_hangs_or_is_another_one_gets_500_and_a_reason() {
    let stranger = full_info(&json!({"macAddr": "02:00:00:00:00:09"}));
    for (answer, manner, expected) in [
        (None, Manner::Obeys, "it cannot be reached: no such host"),
        (Some(Answer::Never), Manner::Obeys, "it did not answer within 5s"),
        (Some(Answer::Body("<html>".into())), Manner::Obeys, "the answer is a web page"),
        (Some(Answer::Body(stranger)), Manner::Obeys, "another device, 02:00:00:00:00:09, answers"),
        (
            Some(Answer::Body(full_info(&json!({})))),
            Manner::Hangs,
            "it did not answer within 5s, asked to PATCH /api/system",
        ),
    ] {
        let alone = shows(json!({})).await;
        alone.net.silence(&address(1));
        alone.net.manner(&address(1), manner);
        if let Some(answer) = answer {
            alone.net.answer(&address(1), answer);
        }
        let outcome = alone.configure(&json!({"frequency": 500})).await;
        let Failure { status, reason } = failed(&outcome);
        assert!(*status == 500 && reason.starts_with(expected), "{status} {reason}");
        tokio::time::resume();
    }
}

#[actix_rt::test]
async fn a_device_that_answers_503_is_passed_on_as_it_is() {
    let alone = shows(json!({})).await;
    alone.net.answer(&address(1), Answer::Miss(Miss::Status(503)));
    let outcome = alone.order(Command::Restart).await.unwrap();
    assert_eq!(failed(&outcome), &Failure { status: 503, reason: "it answered with status 503".into() });
}

#[actix_rt::test]
async fn what_its_firmware_does_not_have_or_its_asic_does_not_bear_is_refused_before_anything_is_sent() {
    let alone = shows(json!({})).await;
    for (asked, expected) in [
        (json!({"minFanSpeed": 20}), "esp-miner v2.4.0 has no minFanSpeed"),
        (json!({"frequency": 1000}), "frequency 1000 is not safe for its ASIC: keep to 400 to 575"),
    ] {
        let refused = alone.order(configure(&asked)).await.unwrap_err().to_string();
        assert!(refused.starts_with(&format!("{}: {expected}", mac(1))), "{refused}");
    }
    assert_eq!(alone.sent(), [""; 0]);
    let Command::Configure(mut forced) = configure(&json!({"frequency": 1000})) else { unreachable!() };
    forced.force = true;
    let outcome = alone.order(Command::Configure(forced)).await.unwrap();
    assert_eq!(outcome.verdict, Verdict::Verified);
}

#[actix_rt::test]
async fn a_restart_is_acknowledged_at_once_and_confirmed_when_the_uptime_has_fallen() {
    let mut alone = shows(json!({})).await;
    let outcome = alone.order(Command::Restart).await.unwrap();
    assert_eq!(outcome.verdict, Verdict::Acknowledged);
    assert_eq!(alone.sent(), ["POST /api/system/restart"]);
    alone.status(|status| status.state == State::Restarting).await;

    // It answers for a moment, goes, and comes back.
    alone.next().await;
    alone.net.silence(&address(1));
    for _ in 0..3 {
        let status = alone.next().await.status;
        assert_eq!(status.state, State::Restarting, "it is away, as it should be");
    }
    let refused = alone.order(Command::Restart).await.unwrap();
    assert_eq!(failed(&refused).status, 503);
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({"uptimeSeconds": 1}))));
    let confirmed = alone.status(|status| status.state == State::Online).await;
    assert_eq!(confirmed.command.unwrap().stage, Stage::Confirmed);
}

#[actix_rt::test]
async fn a_device_that_restarts_is_polled_every_two_seconds() {
    let mut alone = shows(json!({})).await;
    alone.order(Command::Restart).await.unwrap();
    alone.status(|status| status.state == State::Restarting).await;
    let began = Instant::now();
    for _ in 0..5 {
        alone.next().await;
    }
    assert_eq!(began.elapsed().as_secs_f64().round(), 10.0);
}

/// The state and the stage that a device comes to that was told to restart, and then did this; after how many seconds.
async fn unconfirmed(then: impl FnOnce(&Alone)) -> (State, Stage, u64) {
    let mut alone = shows(json!({})).await;
    alone.order(Command::Restart).await.unwrap();
    alone.status(|status| status.state == State::Restarting).await;
    let began = Instant::now();
    then(&alone);
    let status = alone.status(|status| status.state != State::Restarting).await;
    (status.state, status.command.unwrap().stage.clone(), began.elapsed().as_secs())
}

fn why(why: &str) -> Stage {
    Stage::Unconfirmed(why.into())
}

#[actix_rt::test]
async fn a_restart_of_a_device_that_answers_all_the_time_is_not_confirmed() {
    let (state, stage, seconds) = unconfirmed(|_| {}).await;
    assert_eq!((state, stage), (State::Online, why("it answers all the time, and its uptime grows")));
    assert!((90..=92).contains(&seconds), "{seconds}");
}

#[actix_rt::test]
async fn a_device_that_does_not_come_back_from_a_restart_is_offline_in_the_end() {
    let (state, stage, seconds) = unconfirmed(|alone| alone.net.silence(&address(1))).await;
    assert_eq!((state, stage), (State::Offline, why("it did not come back in time")));
    assert!((90..=92).contains(&seconds), "{seconds}");
}

#[actix_rt::test]
async fn a_device_that_was_away_and_whose_uptime_did_not_fall_is_no_more_than_back() {
    let (state, stage, seconds) = unconfirmed(|alone| {
        let net = alone.net.clone();
        net.silence(&address(1));
        actix_rt::spawn(async move {
            tokio::time::sleep(5 * SECOND).await;
            net.answer(&address(1), Answer::Body(full_info(&json!({}))));
        });
    })
    .await;
    let expected = why("it was away and is back, but its uptime has not fallen");
    assert_eq!((state, stage), (State::Online, expected));
    assert!((5..=8).contains(&seconds), "{seconds}");
}

#[actix_rt::test]
async fn old_firmware_restarts_instead_of_an_answer_and_later_firmware_does_not() {
    for (version, acknowledged) in [("v2.1.5", true), ("v2.1.8", false)] {
        let alone = shows(json!({ "version": version })).await;
        alone.net.manner(&address(1), Manner::Misses(Miss::Broken("it hung up".into())));
        let outcome = alone.order(Command::Restart).await.unwrap();
        assert_eq!(outcome.verdict == Verdict::Acknowledged, acknowledged, "{version}: {outcome:?}");
        tokio::time::resume();
    }
}

#[actix_rt::test]
async fn a_restart_that_is_acknowledged_by_silence_counts_from_when_it_was_told() {
    let mut alone = shows(json!({"version": "v2.1.5"})).await;
    alone.net.manner(&address(1), Manner::Hangs);
    let device = alone.device.clone();
    let told = actix_rt::spawn(async move { device.ask(Perform(Command::Restart), SOON).await });
    alone.command(|stage| *stage == Stage::Running).await;
    let began = Instant::now();
    assert_eq!(told.await.unwrap().unwrap().unwrap().verdict, Verdict::Acknowledged);
    assert_eq!(began.elapsed().as_secs(), 5, "its connection has not even broken");
    // It has booted while we still waited.
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({"version": "v2.1.5", "uptimeSeconds": 6}))));
    alone.command(|stage| *stage == Stage::Confirmed).await;
}

#[actix_rt::test]
async fn a_pause_is_verified_where_a_firmware_can_pause() {
    let alone = shows(json!({"version": "v2.14.0", "miningPaused": false})).await;
    let outcome = alone.order(Command::Pause).await.unwrap();
    assert_eq!(failed(&outcome).reason, "it took the command, but shows miningPaused as false");
    alone
        .net
        .answer(&address(1), Answer::Body(full_info(&json!({"version": "v2.14.0", "miningPaused": true}))));
    assert_eq!(alone.order(Command::Pause).await.unwrap().verdict, Verdict::Verified);
    let identified = alone.order(Command::Identify).await.unwrap();
    assert_eq!(identified.verdict, Verdict::Acknowledged);
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({}))));
    assert!(matches!(alone.order(Command::Pause).await, Err(CommandError::Refused { .. })));
}

#[actix_rt::test]
async fn a_command_waits_for_a_poll_in_flight_and_no_poll_begins_during_a_command() {
    let mut alone = shows(json!({})).await;
    alone.net.answer(&address(1), Answer::After(3 * SECOND, full_info(&json!({}))));
    alone.next().await;
    while alone.net.asked(&address(1)) < 3 {
        tokio::time::sleep(SECOND / 10).await;
    }
    // A poll is in flight now. Each look takes three seconds: the command sees two moments for polls go by.
    alone.net.manner(&address(1), Manner::Ignores);
    let outcome = alone.configure(&json!({"frequency": 500})).await;
    assert_eq!(outcome.verdict, Verdict::Drifted(vec![Setting::Frequency]));
    assert_eq!(alone.net.most_in_flight(&address(1)), 1);
    assert_eq!(alone.net.asked(&address(1)), 8, "the poll in flight, a look before and four after");
    alone.status(|status| status.state == State::Online && status.command.is_some()).await;
}

#[actix_rt::test]
async fn commands_are_done_one_after_another_and_more_than_a_few_are_refused() {
    let alone = shows(json!({})).await;
    alone.net.manner(&address(1), Manner::Hangs);
    let orders =
        (500..505).map(|mhz| alone.device.ask(Perform(configure(&json!({"frequency": mhz}))), SOON * 10));
    let answers: Vec<_> =
        futures_util::future::join_all(orders).await.into_iter().map(Result::unwrap).collect();
    let busy: Vec<_> = answers.iter().map(|answer| *answer == Err(CommandError::Busy(mac(1)))).collect();
    assert_eq!(busy, [false, false, false, true, true]);
    let sent: Vec<_> = (500..503).map(|mhz| format!(r#"PATCH /api/system {{"frequency":{mhz}}}"#)).collect();
    assert_eq!(alone.sent(), sent);
    assert_eq!(alone.net.most_in_flight(&address(1)), 1);
}

#[actix_rt::test]
async fn a_command_that_drags_on_ends_and_nobody_claims_to_know_what_came_of_it() {
    let mut alone = shows(json!({})).await;
    // Every step comes within its time, and all of them do not.
    let slow = SECOND * 49 / 10;
    alone.net.answer(&address(1), Answer::After(slow, full_info(&json!({}))));
    alone.net.manner(&address(1), Manner::Dawdles(slow));
    let began = Instant::now();
    let lost = alone.order(configure(&json!({"frequency": 500}))).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 30);
    assert!(lost.to_string().contains("did not end it within 30s"), "{lost}");
    alone.command(|stage| *stage == Stage::Interrupted).await;
}

#[actix_rt::test]
async fn a_device_that_is_not_listened_to_can_be_told_and_stays_unpolled() {
    let mut alone = shows(json!({})).await;
    alone.device.ask(Amend(Arc::new(Record { listening: false, ..record() })), SOON).await.unwrap();
    alone.status(|status| status.state == State::Idle).await;
    let polls = alone.net.asked(&address(1));
    assert_eq!(alone.configure(&json!({"frequency": 500})).await.verdict, Verdict::Verified);
    assert_eq!(alone.order(Command::Restart).await.unwrap().verdict, Verdict::Acknowledged);
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({"uptimeSeconds": 1}))));
    let last = alone.command(|stage| *stage == Stage::Confirmed).await;
    assert_eq!(last.stage, Stage::Confirmed);
    let reports = alone.reports.drain();
    assert!(reports.iter().all(|report| report.status.state == State::Idle));
    let asked = alone.net.asked(&address(1));
    assert_eq!(asked - polls, 4, "three looks of the commands, and the poll that saw the restart");
    alone.reports.expect_none(60 * SECOND).await;
    assert_eq!(alone.net.asked(&address(1)), asked);
}

#[actix_rt::test]
async fn a_device_that_does_not_show_what_is_wanted_of_it_drifts_and_nothing_is_sent() {
    let mut alone = shows(json!({})).await;
    let Command::Configure(wanted) = configure(&json!({"frequency": 500, "ssid": "home"})) else {
        unreachable!()
    };
    let mut record = record();
    record.desired.ask(&wanted.changes, START_MS);
    alone.device.ask(Amend(Arc::new(record.clone())), SOON).await.unwrap();
    let drifting = alone.status(|status| !status.drift.is_empty()).await;
    assert_eq!((&*drifting.drift, drifting.state), (&[Setting::Frequency][..], State::Online));
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({"frequency": 500}))));
    alone.status(|status| status.drift.is_empty()).await;
    alone.net.answer(&address(1), Answer::Body(full_info(&json!({"ssid": "cellar"}))));
    let drifting = alone.status(|status| !status.drift.is_empty()).await;
    assert_eq!(&*drifting.drift, [Setting::Frequency, Setting::Ssid]);
    record.desired.forget(&[Setting::Frequency]);
    alone.device.ask(Amend(Arc::new(record)), SOON).await.unwrap();
    assert_eq!(&*alone.next().await.status.drift, [Setting::Ssid], "what is forgotten is no drift at once");
    assert_eq!(alone.sent(), [""; 0]);
}

#[actix_rt::test]
async fn a_device_that_echoes_a_password_is_not_quoted() {
    let alone = shows(json!({})).await;
    for echo in [r#"bad body {"wifiPass":"hunter22"}"#, r#"{"wifiPass":"hunter22"}"#, "no hunter22 here"] {
        alone.net.manner(&address(1), Manner::Says(400, echo.into()));
        let outcome = alone.configure(&json!({"wifiPass": "hunter22"})).await;
        assert_eq!(outcome.sent, [Setting::WifiPassword]);
        assert!(!format!("{outcome:?}").contains("hunter22"), "{outcome:?}");
    }
    assert!(alone.sent().iter().all(|sent| sent == r#"PATCH /api/system {"wifiPass":[redacted]}"#));
}

/// Keeps what is logged in this process, by whatever test.
struct Kept(Mutex<String>);

impl log::Log for Kept {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0.lock().unwrap().push_str(&format!("{}\n", record.args()));
    }

    fn flush(&self) {}
}

#[actix_rt::test]
async fn a_password_is_in_no_log_and_no_report_whatever_comes_of_it() {
    static KEPT: Kept = Kept(Mutex::new(String::new()));
    log::set_logger(&KEPT).expect("the only logger");
    log::set_max_level(log::LevelFilter::Trace);
    let mut alone = shows(json!({})).await;
    let secret = "correct-horse";
    for manner in [
        Manner::Obeys,
        Manner::Ignores,
        Manner::Says(400, format!("no {secret}")),
        Manner::Misses(Miss::Broken("it hung up".into())),
        Manner::Hangs,
    ] {
        alone.net.manner(&address(1), manner);
        let told = alone.order(configure(&json!({"wifiPass": secret, "hostname": "axe-7"}))).await;
        assert!(!format!("{told:?}").contains(secret), "{told:?}");
    }
    let reports =
        format!("{:?}", alone.reports.drain().iter().map(|report| &report.status).collect::<Vec<_>>());
    assert!(reports.contains("asked to PATCH") && !reports.contains(secret), "{reports}");
    let logged = KEPT.0.lock().unwrap();
    assert!(logged.contains("told to take settings") && !logged.contains(secret), "{logged}");
}
