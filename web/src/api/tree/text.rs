//! The tree as a table for a terminal, and the exits of an actor below it.

use shiftboss_kernel::{ExitRecord, Node, Phase};

use crate::api::tree::survey::Shown;

mod exits;
mod table;

use table::Column;

const COLUMNS: [Column; 8] = [
    Column::Text("  actor"),
    Column::Text("kind"),
    Column::Text("phase"),
    Column::Number("restarts"),
    Column::Number("mailbox"),
    Column::Number("handled"),
    Column::Number("busy"),
    Column::Text("last exit"),
];

type Row = [String; COLUMNS.len()];

/// A line for each actor, below its supervisor, with `!` before those that have a problem; then the exits of each, if
/// all of them are wanted. Now is in seconds since 1970.
pub(super) fn render(root: &Shown, now_seconds: f64, all_exits: bool) -> String {
    let mut rows = Vec::new();
    add(root, "", "", now_seconds, &mut rows);
    let mut text = table::within_a_terminal(&COLUMNS, &rows);
    if all_exits {
        exits::add(root, "", &mut text);
    }
    text
}

/// Adds an actor and those below it; `stem` is the way down to its own line, `below` that to its children's.
fn add(shown: &Shown, stem: &str, below: &str, now_seconds: f64, rows: &mut Vec<Row>) {
    rows.push(row(shown, stem, now_seconds));
    match (&shown.children, &shown.below) {
        (Some(children), _) => {
            let last = children.len().saturating_sub(1);
            for (index, child) in children.iter().enumerate() {
                let (branch, trunk) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                add(child, &format!("{below}{branch}"), &format!("{below}{trunk}"), now_seconds, rows);
            }
        }
        (None, Some(hidden)) if hidden.children_count > 0 => {
            let problems = match hidden.problems_below {
                0 => String::new(),
                problems => format!(", problems: {problems}"),
            };
            let note = format!("  {below}└─ … children: {}{problems}", hidden.children_count);
            let mut row = Row::default();
            row[0] = note;
            rows.push(row);
        }
        _ => {}
    }
}

fn row(shown: &Shown, stem: &str, now_seconds: f64) -> Row {
    let actor = &shown.actor;
    let mark = if shown.problem.is_some() { '!' } else { ' ' };
    [
        format!("{mark} {stem}{}", printable(&actor.id)),
        actor.kind.to_owned(),
        phase(actor).to_owned(),
        actor.restarts.to_string(),
        format!("{}/{}", actor.mailbox_depth, actor.mailbox_capacity),
        actor.messages_handled.to_string(),
        busy(actor.busy_seconds),
        actor.last_exit().map(|exit| last_exit(exit, now_seconds)).unwrap_or_default(),
    ]
}

fn phase(actor: &Node) -> &'static str {
    match actor.phase {
        _ if !actor.answers => "silent",
        Phase::Down => "down",
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Stopping => "stopping",
        Phase::Backoff => "backoff",
        Phase::Parked => "parked",
    }
}

/// In seconds, as the unit in which actors are compared.
fn busy(seconds: f64) -> String {
    let decimals = if seconds < 1_000.0 { 3 } else { 0 };
    format!("{seconds:.decimals$} s")
}

fn last_exit(exit: &ExitRecord, now_seconds: f64) -> String {
    let ago = span(now_seconds - exit.at_seconds);
    if exit.cause == exit.reason {
        return format!("{ago} ago: {}", exit.reason);
    }
    format!("{ago} ago: {}: {}", exit.reason, printable(&exit.cause))
}

/// A time in the unit that it is told in.
fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        _ if seconds < 10.0 => format!("{seconds:.1} s"),
        _ if seconds < 120.0 => format!("{seconds:.0} s"),
        _ if seconds < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ if seconds < 172_800.0 => format!("{:.0} h", seconds / 3_600.0),
        _ => format!("{:.0} d", seconds / 86_400.0),
    }
}

/// On one line, and without what would steer a terminal: a cause may hold a panic's message.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
