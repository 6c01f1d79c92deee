//! How actors ended, one end a line, the last one first.

use jiff::Timestamp;
use shiftboss_kernel::ExitRecord;

use super::table::{self, Column};
use super::{printable, span};
use crate::api::tree::survey::Shown;

/// The cause is the last, and whole: it is what one reads this for.
const COLUMNS: [Column; 6] = [
    Column::Text("at"),
    Column::Number("ran for"),
    Column::Text("reason"),
    Column::Text("handling"),
    Column::Text("place"),
    Column::Text("cause"),
];

/// Adds the exits of an actor, if it has ended at all, and of those below it; `path` leads to it.
pub(super) fn add(shown: &Shown, path: &str, text: &mut String) {
    let path =
        if path.is_empty() { shown.actor.id.to_string() } else { format!("{path}/{}", shown.actor.id) };
    if !shown.actor.exits.is_empty() {
        let rows: Vec<_> = shown.actor.exits.iter().map(|exit| row(exit)).collect();
        *text += &format!("\nexits of {}, the last one first\n", printable(&path));
        *text += &table::whole(&COLUMNS, &rows);
    }
    for child in shown.children.iter().flatten() {
        add(child, &path, text);
    }
}

fn row(exit: &ExitRecord) -> [String; COLUMNS.len()] {
    let at = Timestamp::from_second(exit.at_seconds as i64).unwrap_or_default();
    let cause = if exit.cause == exit.reason { "" } else { &exit.cause };
    [
        at.to_string(),
        span(exit.ran_seconds),
        exit.reason.to_owned(),
        exit.handling.map(short).unwrap_or_default().to_owned(),
        exit.place.as_deref().map(printable).unwrap_or_default(),
        printable(cause),
    ]
}

/// A type without its path.
fn short(handling: &str) -> &str {
    let plain = handling.split('<').next().unwrap_or(handling);
    plain.rsplit("::").next().unwrap_or(plain)
}
