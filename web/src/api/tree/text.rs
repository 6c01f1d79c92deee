//! The tree as a table for a terminal.

use std::fmt::Write as _;

use jiff::Timestamp;
use shiftboss_kernel::{ExitRecord, Node, Phase};

const COLUMNS: usize = 8;

const HEAD: [&str; COLUMNS] =
    ["actor", "kind", "phase", "restarts", "mailbox", "handled", "busy", "last exit"];

/// The columns of numbers, which stand on the right of their column.
const NUMBERS: std::ops::Range<usize> = 3..7;

/// Between two columns.
const GAP: &str = "  ";

type Row = [String; COLUMNS];

/// A line for each actor, below its supervisor.
pub(super) fn render(root: &Node) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    add(root, String::new(), "", &mut rows);
    aligned(&rows)
}

/// Adds an actor and those below it; `stem` is the way down to its own line, `below` that to its children's.
fn add(actor: &Node, stem: String, below: &str, rows: &mut Vec<Row>) {
    rows.push(row(actor, stem));
    let last = actor.children.len().saturating_sub(1);
    for (index, child) in actor.children.iter().enumerate() {
        let (branch, trunk) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        add(child, format!("{below}{branch}"), &format!("{below}{trunk}"), rows);
    }
}

fn row(actor: &Node, stem: String) -> Row {
    [
        stem + &actor.id,
        actor.kind.to_owned(),
        if actor.answers { phase(actor.phase).to_owned() } else { "silent".to_owned() },
        actor.restarts.to_string(),
        format!("{}/{}", actor.mailbox_depth, actor.mailbox_capacity),
        actor.messages_handled.to_string(),
        format!("{:.3} s", actor.busy_seconds),
        actor.last_exit().map(exit).unwrap_or_default(),
    ]
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Down => "down",
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Stopping => "stopping",
        Phase::Backoff => "backoff",
        Phase::Parked => "parked",
    }
}

fn exit(exit: &ExitRecord) -> String {
    let at = Timestamp::from_second(exit.at_seconds as i64).unwrap_or_default();
    format!("{at} {}", printable(&exit.to_string()))
}

/// On one line, and without what would steer a terminal: a cause may hold a panic's message.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn aligned(rows: &[Row]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Writing to a text cannot fail.
            let _ = match NUMBERS.contains(&column) {
                true => write!(line, "{cell:>width$}{GAP}"),
                false => write!(line, "{cell:width$}{GAP}"),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use shiftboss_kernel::Role;

    use super::*;

    fn actor(id: &str, children: &[Node]) -> Node {
        Node {
            id: id.into(),
            kind: "Store",
            role: Role::Worker,
            phase: Phase::Running,
            restarts: 0,
            exits: Vec::new(),
            mailbox_depth: 1,
            mailbox_capacity: 64,
            messages_handled: 12,
            busy_seconds: 0.0015,
            queue_wait_max_seconds: 0.0,
            answers: true,
            children: children.to_vec(),
        }
    }

    #[test]
    fn every_actor_has_a_line_below_its_supervisor_and_the_columns_are_aligned() {
        let cause = "boom\n\u{1b}[31m".to_owned();
        let exit = ExitRecord {
            incarnation: 1,
            at_seconds: 1.5,
            ran_seconds: 1.0,
            reason: "panic",
            cause,
            handling: None,
            place: None,
        };
        let device = Node { restarts: 10, exits: vec![exit.into()], ..actor("device", &[]) };
        let tree = actor("root", &[actor("pool", &[device]), actor("store", &[])]);
        let expected = "\
actor         kind   phase    restarts  mailbox  handled     busy  last exit
root          Store  running         0     1/64       12  0.002 s
├─ pool       Store  running         0     1/64       12  0.002 s
│  └─ device  Store  running        10     1/64       12  0.002 s  1970-01-01T00:00:01Z panic: boom  [31m
└─ store      Store  running         0     1/64       12  0.002 s
";
        assert_eq!(render(&tree), expected);
    }

    #[test]
    fn a_branch_that_does_not_answer_is_called_silent() {
        let silent = Node { answers: false, ..actor("pool", &[]) };
        assert!(render(&silent).contains("Store  silent"));
    }
}
