use std::sync::Arc;

use super::*;
use crate::api::tree::testing::{branch, exit, worker};

const NOW: f64 = 200.0;

fn rendered(root: Node, all_exits: bool) -> String {
    render(&Shown::of(root, NOW, all_exits), NOW, all_exits)
}

/// One that panicked, and one that was stopped before that.
fn device() -> Node {
    let panicked = ExitRecord {
        cause: "boom\n\u{1b}[31m".to_owned(),
        handling: Some("farm::device::Poll"),
        place: Some("device.rs:7".to_owned()),
        ..exit("panic", 80.0)
    };
    let exits = vec![Arc::new(panicked), Arc::new(exit("shutdown", 1.5))];
    Node { restarts: 10, exits, ..worker("device") }
}

#[test]
fn every_actor_has_a_line_below_its_supervisor_and_the_columns_are_aligned() {
    let tree = branch("root", vec![branch("pool", vec![device()]), worker("store")]);
    let expected = "  actor         kind        phase    restarts  mailbox  handled     busy  last exit
  root          Supervisor  running         0     1/64       12  0.002 s
  ├─ pool       Supervisor  running         0     1/64       12  0.002 s
! │  └─ device  Store       running        10     1/64       12  0.002 s  2 min ago: panic: boom  [31m
  └─ store      Store       running         0     1/64       12  0.002 s
";
    assert_eq!(rendered(tree, false), expected);
}

#[test]
fn the_exits_of_an_actor_are_told_one_a_line_with_all_that_is_known() {
    let expected = "  actor   kind   phase    restarts  mailbox  handled     busy  last exit
! device  Store  running        10     1/64       12  0.002 s  2 min ago: panic: boom  [31m

exits of device, the last one first
at                    ran for  reason    handling  place        cause
1970-01-01T00:01:20Z    2.5 s  panic     Poll      device.rs:7  boom  [31m
1970-01-01T00:00:01Z    2.5 s  shutdown
";
    assert_eq!(rendered(device(), true), expected);
    let pool = rendered(branch("pool", vec![worker("store"), device()]), true);
    assert!(pool.contains("\nexits of pool/device, the last one first\n"), "{pool}");
    assert_eq!(pool.matches("exits of").count(), 1, "one that never ended has none");
}

#[test]
fn what_is_too_deep_is_told_in_numbers() {
    let pool = branch("pool", vec![device(), worker("a"), worker("b")]);
    let mut shown = Shown::of(branch("root", vec![pool, branch("empty", vec![])]), NOW, false);
    shown.cut(1);
    let text = render(&shown, NOW, false);
    let lines: Vec<_> =
        text.lines().map(|line| line.split("  Supervisor").next().unwrap_or_default().trim_end()).collect();
    assert_eq!(lines[2], "  ├─ pool");
    assert!(lines[3].starts_with("  │  └─ … children: 3, problems: 1"), "{text}");
    assert_eq!(lines.len(), 5, "{text}");
}

#[test]
fn a_branch_that_does_not_answer_is_called_silent() {
    let silent = Node { answers: false, ..branch("pool", vec![]) };
    assert!(rendered(silent, false).contains("Supervisor  silent"));
}

#[test]
fn a_farm_fits_a_terminal_of_120_columns() {
    let device =
        Node { id: "device:ff:ff:ff:ff:1f:41".into(), kind: "Device", mailbox_capacity: 16, ..device() };
    let cause = "x".repeat(300);
    let exits = vec![Arc::new(ExitRecord { cause, ..exit("panic", 1.0) })];
    let device = Node { exits, messages_handled: 1_234_567, busy_seconds: 12_345.678, ..device };
    let tree = ["pool:0", "devices", "controller", "shiftboss"]
        .into_iter()
        .fold(device, |below, id| branch(id, vec![below]));
    let text = rendered(tree, false);
    let longest = text.lines().map(|line| line.chars().count()).max();
    assert!(longest == Some(120) && text.contains("3 min ago: panic: xx"), "{text}");
}

#[test]
fn a_time_is_told_in_the_unit_that_fits_it() {
    for (seconds, told) in [
        (-1.0, "0.0 s"),
        (0.25, "0.2 s"),
        (75.4, "75 s"),
        (120.0, "2 min"),
        (7_200.0, "2 h"),
        (172_800.0, "2 d"),
    ] {
        assert_eq!(span(seconds), told, "{seconds}");
    }
}
