//! Tables in a terminal: names, actions and dates stay whole, so that they can be read and copied; one column bends.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use super::safe::clean;

/// The spaces around a cell.
const PADDING: usize = 2;

/// The table with a line for each row, and the columns that it takes: of all columns but the one that bends as many as
/// their text, of that one `least` with the spaces around it, or more where `width` leaves them.
pub(super) fn grid(head: &[&str], rows: &[Vec<String>], bends: usize, least: usize, width: usize) -> (String, usize) {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(head);
    for row in rows {
        table.add_row(row.iter().map(|cell| clean(cell).into_owned()));
    }
    let mut needed = 0;
    for (at, content) in table.column_max_content_widths().into_iter().enumerate() {
        let room = usize::from(content) + PADDING;
        needed += if at == bends { room.min(least) } else { room };
        if let Some(column) = table.column_mut(at).filter(|_| at != bends) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.set_width(u16::try_from(needed.max(width)).unwrap_or(u16::MAX));
    (table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect(), needed)
}

/// The same, unless it is wider than the terminal.
pub(super) fn fitting(head: &[&str], rows: &[Vec<String>], bends: usize, least: usize, width: usize) -> Option<String> {
    let (text, needed) = grid(head, rows, bends, least, width);
    (needed <= width).then_some(text)
}
