use shiftboss_farm::Error;

use super::*;

#[test]
fn a_full_or_restarting_actor_is_503_with_a_time_to_try_again_and_a_silent_one_504() {
    for (refused, status) in [(Refused::Full, 503), (Refused::Gone, 503), (Refused::Late, 504)] {
        let answer = Problem::refused("directory")(refused).error_response();
        assert_eq!(answer.status().as_u16(), status, "{refused:?}");
        assert_eq!(answer.headers().get("retry-after").unwrap(), "1");
    }
}

#[test]
fn an_order_that_was_not_carried_out_is_told_by_a_status_of_its_own() {
    let path = || "a/b".to_owned();
    let refused = |cause| ControlError::Refused { path: path(), cause };
    for (why, status, told) in [
        (ControlError::NoPath(String::new()), 400, "is not a path"),
        (ControlError::NoBranch { path: path() }, 404, "a/b: it has no children"),
        (refused(ChildError::NotFound), 404, "a/b: there is no child with this id"),
        (refused(ChildError::Running), 409, "a/b: it is running"),
        (refused(ChildError::NotParked), 409, "a/b: it is not parked"),
        (refused(ChildError::Ending), 409, "a/b: its supervisor is ending"),
        (ControlError::Down { path: path() }, 409, "a/b: it is down"),
        (ControlError::Silent { path: path(), refused: Refused::Full }, 503, "a/b: its mailbox is full"),
        (ControlError::Silent { path: path(), refused: Refused::Late }, 503, "may still be carried out"),
    ] {
        let problem = Problem::NotDone { why };
        assert!(problem.to_string().contains(told), "{problem}");
        assert_eq!(problem.status_code().as_u16(), status, "{problem}");
        let again = problem.error_response().headers().contains_key("retry-after");
        assert_eq!(again, status == 503, "{problem}");
    }
}

#[test]
fn what_a_device_said_when_it_failed_to_start_stays_in_the_log() {
    let cause = "panic: boom at /home/me/device.rs:7".to_owned();
    let problem = Problem::from(Error::NotStarted { mac: Mac([0; 6]), cause });
    let body = serde_json::to_string(&Refusal::new(&problem, problem.status_code())).unwrap();
    assert!(body.contains("00:00:00:00:00:00") && !body.contains("device.rs"), "{body}");
}

#[test]
fn a_long_list_of_unknown_devices_is_told_in_short() {
    let macs = (0..5).map(|last| Mac([0, 0, 0, 0, 0, last])).collect();
    let told = Problem::NoDevices(macs).to_string();
    assert!(told.ends_with("00:00:00:00:00:02 and 2 more"), "{told}");
}
