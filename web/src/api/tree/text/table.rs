//! Aligned columns.

use std::fmt::Write as _;

/// The columns of a terminal that is wide enough.
const TERMINAL: usize = 120;

/// The last column is not cut to less.
const LAST_AT_LEAST: usize = 16;

/// Between two columns.
const GAP: &str = "  ";

/// What stands over a column, which says where its cells stand too.
#[derive(Clone, Copy)]
pub(super) enum Column {
    /// On its left.
    Text(&'static str),
    /// On its right.
    Number(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Text(head) | Self::Number(head) => head,
        }
    }

    fn write(self, cell: &str, width: usize, line: &mut String) {
        // Writing to a text cannot fail.
        let _ = match self {
            Self::Text(_) => write!(line, "{cell:width$}{GAP}"),
            Self::Number(_) => write!(line, "{cell:>width$}{GAP}"),
        };
    }
}

/// As wide as the cells are.
pub(super) fn whole<const N: usize>(columns: &[Column; N], rows: &[[String; N]]) -> String {
    aligned(columns, rows, usize::MAX)
}

/// With the last column cut to what a terminal has left for it.
pub(super) fn within_a_terminal<const N: usize>(columns: &[Column; N], rows: &[[String; N]]) -> String {
    aligned(columns, rows, TERMINAL)
}

fn aligned<const N: usize>(columns: &[Column; N], rows: &[[String; N]], most: usize) -> String {
    let heads = columns.map(|column| column.head().to_owned());
    let lines: Vec<_> = std::iter::once(&heads).chain(rows).collect();
    let length = |text: &String| text.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        lines.iter().map(|cells| length(&cells[column])).max().unwrap_or_default()
    });
    let before_the_last: usize = widths.iter().rev().skip(1).map(|width| width + GAP.len()).sum();
    let last_at_most = most.saturating_sub(before_the_last).max(LAST_AT_LEAST);
    let mut text = String::new();
    for cells in lines {
        let mut line = String::new();
        for (index, (column, cell)) in columns.iter().zip(cells).enumerate() {
            if index + 1 < N {
                column.write(cell, widths[index], &mut line);
            } else {
                line += &cut(cell, last_at_most);
            }
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// So many characters of a text, the last of which tells that there were more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stand_on_the_left_and_numbers_on_the_right_and_no_line_ends_in_blanks() {
        let columns = [Column::Text("a"), Column::Number("n"), Column::Text("end")];
        let rows = [["long", "1", "x"], ["b", "1000", ""]].map(|cells| cells.map(str::to_owned));
        let expected = "\
a        n  end
long     1  x
b     1000
";
        assert_eq!(within_a_terminal(&columns, &rows), expected);
        assert_eq!(whole(&columns, &rows), expected);
    }

    #[test]
    fn the_last_column_is_cut_to_the_terminal_and_never_to_nothing() {
        let columns = [Column::Text("a"), Column::Text("end")];
        let lines = |first: usize, last: usize| -> Vec<usize> {
            let rows = [["ä".repeat(first), "é".repeat(last)]];
            within_a_terminal(&columns, &rows).lines().map(|line| line.chars().count()).collect()
        };
        assert_eq!(lines(10, 108)[1], 120);
        assert_eq!(lines(10, 500)[1], 120);
        assert_eq!(lines(150, 500)[1], 150 + 2 + LAST_AT_LEAST);
        assert_eq!(cut("abcd", 3), "ab…");
    }
}
