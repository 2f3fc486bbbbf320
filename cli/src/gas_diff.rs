//! Two measurements of gas side by side.
//!
//! [`documents`] reads whatever holds gas (a snapshot, or the JSON document of a report, a run or
//! a profile) into a [`GasTable`]: rows by name. [`GasDiff`] joins two tables of the same kind,
//! and [`render`] shows the rows that differ, as text or as Markdown for a pull request.

mod documents;
mod profile;
mod render;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub(crate) use self::documents::read_table;
pub(crate) use self::render::{markdown, text};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;

/// Gas by the name of what used it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GasTable {
    /// What the rows are: `step`, `method`, `line` or `function`.
    pub(crate) kind: &'static str,
    pub(crate) rows: BTreeMap<RowKey, RowGas>,
}

/// A row's name. Rows are sorted by the numbers first, so that steps are in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowKey {
    /// The scenario, contract or file.
    pub(crate) group: String,
    /// Block and number, or a line.
    pub(crate) position: (u64, u64),
    /// The whole name, as it is shown.
    pub(crate) name: String,
}

/// What stands in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowGas {
    /// What a step is called besides; empty for other rows. The same step may get another name.
    pub(crate) label: String,
    pub(crate) gas: u64,
    /// How many calls, where that is known.
    pub(crate) calls: Option<u64>,
}

/// The document of `lockstep gas diff`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct GasDiff {
    pub(crate) schema: &'static str,
    pub(crate) old: String,
    pub(crate) new: String,
    /// What the rows are: `step`, `method`, `line` or `function`.
    pub(crate) kind: &'static str,
    /// The rows that differ.
    pub(crate) rows: Vec<DiffRow>,
    /// How many rows are the same in both.
    pub(crate) unchanged: u64,
    pub(crate) total_old: u64,
    pub(crate) total_new: u64,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DiffRow {
    pub(crate) name: String,
    /// None when it is new.
    pub(crate) old: Option<u64>,
    /// None when it is gone.
    pub(crate) new: Option<u64>,
    pub(crate) change: i128,
    /// The numbers of calls, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls_old: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) calls_new: Option<u64>,
}

impl GasDiff {
    /// Joins two tables.
    ///
    /// # Errors
    /// When they hold different kinds of rows.
    pub(crate) fn of(
        (old_name, old): (&str, &GasTable),
        (new_name, new): (&str, &GasTable),
    ) -> Result<GasDiff, Failure> {
        if old.kind != new.kind {
            let problem = unlike((old_name, old.kind), (new_name, new.kind));
            return Err(Failure::new(Exit::Usage, problem));
        }
        let keys: BTreeSet<&RowKey> = old.rows.keys().chain(new.rows.keys()).collect();
        let all = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        let rows: Vec<DiffRow> = keys
            .into_iter()
            .filter_map(|key| row(key, old.rows.get(key), new.rows.get(key)))
            .collect();
        let total = |table: &GasTable| {
            let gas = table.rows.values().map(|row| row.gas);
            gas.fold(0, u64::saturating_add)
        };
        Ok(GasDiff {
            schema: "lockstep.gas-diff/1",
            old: old_name.to_string(),
            new: new_name.to_string(),
            kind: old.kind,
            unchanged: all.saturating_sub(u64::try_from(rows.len()).unwrap_or(u64::MAX)),
            rows,
            total_old: total(old),
            total_new: total(new),
        })
    }
}

/// That two tables hold different kinds of rows.
fn unlike((old_name, old): (&str, &str), (new_name, new): (&str, &str)) -> Problem {
    let without_lines = match (old, new) {
        ("function", "line") => Some(old_name),
        ("line", "function") => Some(new_name),
        _ => None,
    };
    let (message, help) = match without_lines {
        Some(name) => (
            format!("{name} has no source lines, and the other profile has"),
            "profile again with the file of names and lines in `debug/` beside the module, where \
             `lockstep strip` puts it, or name it with --debug",
        ),
        None => (
            format!("{old_name} has gas by {old}, and {new_name} by {new}"),
            "compare two snapshots or runs, two reports, or two profiles",
        ),
    };
    Problem::new(ProblemCode::GasKinds, message, help)
}

/// The row, if it differs.
fn row(key: &RowKey, old: Option<&RowGas>, new: Option<&RowGas>) -> Option<DiffRow> {
    let numbers = |row: Option<&RowGas>| row.map(|row| (row.gas, row.calls));
    if numbers(old) == numbers(new) {
        return None;
    }
    let gas = |row: Option<&RowGas>| row.map(|row| row.gas);
    let signed = |row: Option<&RowGas>| i128::from(gas(row).unwrap_or_default());
    Some(DiffRow {
        name: labelled(&key.name, old, new),
        old: gas(old),
        new: gas(new),
        change: signed(new) - signed(old),
        calls_old: old.and_then(|row| row.calls),
        calls_new: new.and_then(|row| row.calls),
    })
}

/// A row's name with its label, or with both when it got another.
fn labelled(name: &str, old: Option<&RowGas>, new: Option<&RowGas>) -> String {
    let label = |row: Option<&RowGas>| row.map(|row| row.label.clone());
    let labels = match (label(old), label(new)) {
        (Some(old), Some(new)) if old != new => format!("{old} -> {new}"),
        (old, new) => new.or(old).unwrap_or_default(),
    };
    match labels.is_empty() {
        true => name.to_string(),
        false => format!("{name} {labels}"),
    }
}
