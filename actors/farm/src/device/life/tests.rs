use super::*;

const INTERVAL: Duration = Duration::from_secs(5);
const MOST: Duration = Duration::from_secs(30);
const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);

fn online() -> Life {
    let mut life = Life::new(true, 0);
    assert!(life.hit(1, None));
    life
}

fn refused() -> Miss {
    Miss::Unreachable("connection refused".into())
}

#[test]
fn a_refused_connection_is_offline_at_once() {
    let mut life = online();
    assert!(life.miss(&refused(), 9));
    let status = life.status();
    assert_eq!((status.state, status.since_ms, status.misses), (State::Offline, 9, 1));
    assert_eq!(status.fault.as_deref(), Some("it cannot be reached: connection refused"));
}

#[test]
fn an_uncertain_miss_is_stale_first_and_offline_with_the_second() {
    let mut life = online();
    assert!(life.miss(&Miss::Silent(INTERVAL), 5));
    assert_eq!(life.state(), State::Stale);
    assert!(life.miss(&Miss::Status(503), 10));
    assert_eq!(life.state(), State::Offline);
    assert!(!life.miss(&Miss::Status(503), 15), "no news");
}

#[test]
fn an_answer_brings_it_back_and_clears_the_fault() {
    let mut life = online();
    life.miss(&refused(), 5);
    assert!(life.hit(6, None));
    let expected = Status { state: State::Online, since_ms: 6, ..Status::default() };
    assert_eq!(life.status(), expected);
    assert!(!life.hit(7, None), "no news");
}

#[test]
fn a_device_that_was_never_heard_of_is_not_stale() {
    let mut life = Life::new(true, 0);
    life.miss(&Miss::Silent(INTERVAL), 1);
    assert_eq!(life.state(), State::Waiting);
    life.miss(&Miss::Silent(INTERVAL), 2);
    assert_eq!(life.state(), State::Offline);
}

#[test]
fn a_state_from_before_is_recalled_unless_what_is_wanted_has_changed() {
    let before = online().status();
    let mut life = Life::new(true, 9);
    life.recall(before.clone(), true);
    assert_eq!(life.status(), before);
    let mut life = Life::new(false, 9);
    life.recall(before, false);
    assert_eq!(life.state(), State::Idle);
}

#[test]
fn each_device_has_its_moment_in_the_interval_whatever_the_time() {
    let life = online();
    let moment =
        |now: u64| (now + u64::try_from(life.pause(MAC, now, INTERVAL, MOST).as_millis()).unwrap()) % 5000;
    assert!((1..20_000).step_by(7).all(|now| moment(now) == moment(0)));
    assert!((0..5000).all(|now| life.pause(MAC, now, INTERVAL, MOST) <= INTERVAL));
    assert!((0..5000).all(|now| !life.pause(MAC, now, INTERVAL, MOST).is_zero()));
}

#[test]
fn the_moments_of_a_fleet_are_spread_evenly() {
    let mut slots = [0; 10];
    for port in 8000..9000 {
        slots[usize::try_from(spread(Mac::of_mock_port(port)) % 5000 / 500).unwrap()] += 1;
    }
    assert!(slots.iter().all(|count| (60..140).contains(count)), "{slots:?}");
}

#[test]
fn polls_of_a_silent_device_back_off_up_to_the_limit() {
    let mut life = online();
    let mut intervals = Vec::new();
    for now in 0..8 {
        life.miss(&refused(), now);
        intervals.push(life.pause(MAC, 0, INTERVAL, MOST).as_secs() / 5);
    }
    assert_eq!(intervals, [0, 0, 1, 3, 5, 5, 5, 5], "whole intervals beyond the next moment");
    life.hit(9, None);
    assert!(life.pause(MAC, 0, INTERVAL, MOST) <= INTERVAL);
    assert!(life.pause(MAC, 0, INTERVAL, Duration::ZERO) <= INTERVAL, "never none at all");
}
