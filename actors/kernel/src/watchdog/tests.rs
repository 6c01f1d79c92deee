//! The watchdog over real arbiters.

use actix::Arbiter;
use tokio::sync::oneshot;

use super::*;

const BEAT: Duration = Duration::from_millis(10);
const LIMIT: Duration = Duration::from_millis(100);

/// Far longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

/// A watchdog, and what it tells.
fn watchdog() -> (Watchdog, Receiver<(String, Duration)>) {
    let (sender, told) = channel();
    let config = WatchdogConfig { beat: BEAT, limit: Some(LIMIT) };
    let watchdog = Watchdog::start(config, move |arbiter, silent_for| {
        // A test that has ended does not listen any more.
        let _ = sender.send((arbiter.to_owned(), silent_for));
    });
    (watchdog.unwrap(), told)
}

/// Waits until this is so of all pulses.
async fn until(watchdog: &Watchdog, holds: impl Fn(&[Pulse]) -> bool) -> Vec<Pulse> {
    let reached = async {
        loop {
            let pulses = watchdog.pulses();
            if holds(&pulses) {
                return pulses;
            }
            tokio::time::sleep(BEAT / 10).await;
        }
    };
    let reached = tokio::time::timeout(SOON, reached).await;
    reached.unwrap_or_else(|_| panic!("not within {SOON:?}: {:?}", watchdog.pulses()))
}

/// Blocks an arbiter for real, until what this gives is dropped.
async fn block(arbiter: &Arbiter) -> Sender<()> {
    let (release, released) = channel::<()>();
    let (blocked, is_blocked) = oneshot::channel();
    arbiter.spawn_fn(move || {
        blocked.send(()).unwrap();
        // An error says that the other end was dropped.
        let _ = released.recv();
    });
    is_blocked.await.unwrap();
    release
}

#[actix_rt::test]
async fn an_arbiter_beats_and_its_lag_is_measured() {
    let (watchdog, _) = watchdog();
    let arbiter = Arbiter::new();
    watchdog.watch("devices:0", &arbiter.handle());
    watchdog.watch_here("main");
    // A timer is never on time to the nanosecond.
    let beaten = |pulses: &[Pulse]| pulses.iter().all(|pulse| pulse.lag > Duration::ZERO);
    let pulses = until(&watchdog, beaten).await;
    let names: Vec<_> = pulses.iter().map(|pulse| &*pulse.arbiter).collect();
    assert_eq!(names, ["devices:0", "main"]);
    assert!(pulses.iter().all(|pulse| pulse.lag_max >= pulse.lag), "{pulses:?}");
}

#[actix_rt::test]
async fn a_blocked_arbiter_falls_silent_is_told_once_and_is_healthy_when_it_goes_on() {
    let (watchdog, told) = watchdog();
    let arbiter = Arbiter::new();
    watchdog.watch("devices:0", &arbiter.handle());
    for _ in 0..2 {
        let release = block(&arbiter).await;
        assert_eq!(told.recv_timeout(SOON), Ok(("devices:0".to_owned(), LIMIT)));
        let silent = until(&watchdog, |pulses| pulses[0].silent_for >= 3 * LIMIT).await;
        assert!(silent[0].lag >= 2 * LIMIT && silent[0].lag_max >= silent[0].lag, "{silent:?}");
        assert!(told.try_recv().is_err(), "told twice");

        drop(release);
        let healthy = until(&watchdog, |pulses| pulses[0].silent_for < LIMIT).await;
        assert!(healthy[0].lag_max >= 2 * LIMIT, "{healthy:?}");
        until(&watchdog, |pulses| pulses[0].lag < LIMIT).await;
    }
}

#[actix_rt::test]
async fn the_calling_thread_is_watched_too_and_told_by_another() {
    let (watchdog, told) = watchdog();
    watchdog.watch_here("main");
    until(&watchdog, |pulses| pulses[0].lag > Duration::ZERO).await;
    // This very thread waits, and does not turn.
    assert_eq!(told.recv_timeout(SOON), Ok(("main".to_owned(), LIMIT)));
}

#[actix_rt::test]
async fn an_arbiter_that_has_ended_is_forgotten() {
    let (watchdog, _) = watchdog();
    let arbiter = Arbiter::new();
    watchdog.watch("devices:0", &arbiter.handle());
    until(&watchdog, |pulses| pulses[0].lag > Duration::ZERO).await;
    arbiter.stop();
    until(&watchdog, <[Pulse]>::is_empty).await;
    let handle = arbiter.handle();
    arbiter.join().unwrap();
    watchdog.watch("devices:0", &handle);
    assert_eq!(watchdog.pulses(), []);
}

#[actix_rt::test]
async fn the_watchdog_ends_with_its_last_clone_while_arbiters_live_on() {
    let (watchdog, told) = watchdog();
    let clone = watchdog.clone();
    watchdog.watch_here_among("http");
    drop(watchdog);
    until(&clone, |pulses| pulses[0].lag > Duration::ZERO).await;
    drop(clone);
    // What it was to call is dropped with its thread.
    assert_eq!(told.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
}
