//! A difference as text or as Markdown.

use super::{DiffRow, GasDiff};
use crate::signed_number::{signed, signed_percent};
use crate::text_table::{Side, TextTable};
use crate::value::{counted, grouped};

/// The difference for a terminal.
pub(crate) fn text(diff: &GasDiff) -> String {
    let mut out = format!("gas by {}: {} -> {}\n", diff.kind, diff.old, diff.new);
    if !diff.rows.is_empty() {
        out.push('\n');
        out.push_str(&table(diff, &str::to_string).aligned());
    }
    out.push_str(&format!("\n{}\n", summary(diff)));
    out
}

/// The difference as a table for a pull request.
pub(crate) fn markdown(diff: &GasDiff) -> String {
    let mut out = format!("**{}**\n", summary(diff));
    if !diff.rows.is_empty() {
        out.push('\n');
        out.push_str(&table(diff, &quoted).markdown());
    }
    out
}

/// A name as code, so that a code host takes no `@name` for somebody to call.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

/// The rows; `shown` is how a name is set.
fn table(diff: &GasDiff, shown: &dyn Fn(&str) -> String) -> TextTable {
    let has_calls = diff
        .rows
        .iter()
        .any(|row| row.calls_old.is_some() || row.calls_new.is_some());
    let mut columns = vec![(diff.kind, Side::Left)];
    if has_calls {
        columns.push(("calls", Side::Right));
    }
    columns.extend([
        ("old", Side::Right),
        ("new", Side::Right),
        ("change", Side::Right),
        ("percent", Side::Right),
    ]);
    let mut table = TextTable::new(&columns);
    for row in &diff.rows {
        table.row(cells(row, shown(&row.name), has_calls));
    }
    table
}

fn cells(row: &DiffRow, name: String, has_calls: bool) -> Vec<String> {
    let shown = |gas: Option<u64>| gas.map_or_else(|| "-".to_string(), grouped);
    let mut cells = vec![name];
    if has_calls {
        cells.push(match (row.calls_old, row.calls_new) {
            (Some(old), Some(new)) if old != new => format!("{} -> {}", grouped(old), grouped(new)),
            (old, new) => shown(new.or(old)),
        });
    }
    let percent = match row.new {
        Some(_) => signed_percent(row.change, row.old),
        None => "gone".to_string(),
    };
    cells.extend([shown(row.old), shown(row.new), signed(row.change), percent]);
    cells
}

fn summary(diff: &GasDiff) -> String {
    let change = i128::from(diff.total_new) - i128::from(diff.total_old);
    let rows = diff.rows.len();
    let changed = counted(rows, diff.kind);
    format!(
        "gas {} -> {} ({}, {}); {changed} changed, {} unchanged",
        grouped(diff.total_old),
        grouped(diff.total_new),
        signed(change),
        signed_percent(change, Some(diff.total_old)),
        grouped(diff.unchanged)
    )
}
