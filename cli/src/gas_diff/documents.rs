//! Reading the documents that hold gas. What a document has besides is not looked at, so that
//! documents of later versions with more members can still be compared.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{GasTable, RowGas, RowKey, profile};
use crate::exit::Exit;
use crate::gas_profile::GAS_PROFILE_SCHEMA;
use crate::gas_report::GAS_REPORT_SCHEMA;
use crate::gas_snapshot::{Snapshot, parse};
use crate::module_file::read_document;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::report::RUN_SCHEMA;
use crate::source::Source;

/// Reads a file into a table.
///
/// # Errors
/// When the file cannot be read, is of another kind, is cut off or lacks a member.
pub(crate) fn read_table(path: &Path) -> Result<GasTable, Failure> {
    let source = read_document(path, &path.to_string_lossy())?;
    if !source.text().trim_start().starts_with('{') {
        return parse(&source).map(|snapshot| of_snapshot(&snapshot));
    }
    let head: Head = json(&source)?;
    match head.schema.as_str() {
        GAS_REPORT_SCHEMA => json(&source).map(of_report),
        RUN_SCHEMA => json(&source).map(of_run),
        GAS_PROFILE_SCHEMA => profile::table(&source),
        other => {
            let message = format!("a document of schema \"{}\"", other.escape_default());
            let help = format!(
                "gas is compared of {GAS_REPORT_SCHEMA}, {RUN_SCHEMA} and {GAS_PROFILE_SCHEMA}, and of \
                 gas snapshots"
            );
            let problem = Problem::new(ProblemCode::GasDocument, message, help);
            let at = source.text().find(other).unwrap_or(0);
            let place = source.place(at..at + other.len());
            Err(Failure::new(Exit::Usage, problem.at(place)))
        }
    }
}

/// A document of a known shape.
pub(super) fn json<T: DeserializeOwned>(source: &Source) -> Result<T, Failure> {
    serde_json::from_str(source.text()).map_err(|error| {
        let line = error.line().saturating_sub(1);
        let before: usize = source
            .text()
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum();
        let at = before + error.column().saturating_sub(1);
        // The parser's message ends with the place, which is shown apart.
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        let help = match error.is_eof() {
            true => "the file is cut off; write it anew with `--json`",
            false => "the file is damaged, or not written by this program; write it anew",
        };
        let problem = Problem::new(ProblemCode::GasDocument, message, help);
        Failure::new(Exit::Usage, problem.at(source.place(at..at + 1)))
    })
}

#[derive(Deserialize)]
struct Head {
    schema: String,
}

#[derive(Deserialize)]
struct Report {
    methods: Vec<Method>,
}

#[derive(Deserialize)]
struct Method {
    contract: String,
    code: String,
    method: String,
    calls: u64,
    own: Own,
}

#[derive(Deserialize)]
struct Own {
    total: u64,
}

#[derive(Deserialize)]
struct Run {
    scenario: String,
    blocks: Vec<Block>,
}

#[derive(Deserialize)]
struct Block {
    height: u64,
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct Transaction {
    number: u64,
    name: String,
    receipt: Option<Receipt>,
}

#[derive(Deserialize)]
struct Receipt {
    gas: Used,
}

#[derive(Deserialize)]
struct Used {
    used: u64,
}

fn of_snapshot(snapshot: &Snapshot) -> GasTable {
    let rows = snapshot.steps.iter().map(|(key, entry)| {
        let place = (key.block, key.number);
        step((&key.scenario, place), &entry.name, entry.gas.total)
    });
    GasTable {
        kind: "step",
        rows: rows.collect(),
    }
}

fn of_run(run: Run) -> GasTable {
    let mut rows = BTreeMap::new();
    for block in &run.blocks {
        for transaction in &block.transactions {
            let quoted = format!("{:?}", transaction.name);
            let place = (block.height, transaction.number);
            let used = transaction.receipt.as_ref().map(|receipt| receipt.gas.used);
            rows.extend([step(
                (&run.scenario, place),
                &quoted,
                used.unwrap_or_default(),
            )]);
        }
    }
    GasTable { kind: "step", rows }
}

fn of_report(report: Report) -> GasTable {
    let rows = report.methods.into_iter().map(|method| {
        let contract = match method.contract == method.code {
            true => method.contract,
            false => format!("{} ({})", method.contract, method.code),
        };
        let name = format!("{contract}.{}", method.method.escape_default());
        let row = RowGas {
            label: String::new(),
            gas: method.own.total,
            calls: Some(method.calls),
        };
        (key(contract, 0, name), row)
    });
    GasTable {
        kind: "method",
        rows: rows.collect(),
    }
}

pub(super) fn key(group: String, line: u64, name: String) -> RowKey {
    RowKey {
        group,
        position: (line, 0),
        name,
    }
}

/// A step's row: which step it is, and its name in quotes.
fn step((scenario, position): (&str, (u64, u64)), quoted: &str, gas: u64) -> (RowKey, RowGas) {
    let name = quoted.strip_prefix('"');
    let name = name.and_then(|name| name.strip_suffix('"'));
    let (block, number) = position;
    let key = RowKey {
        group: scenario.to_string(),
        position,
        name: format!("{} {block}.{number}", scenario.escape_default()),
    };
    let row = RowGas {
        label: name.unwrap_or(quoted).to_string(),
        gas,
        calls: None,
    };
    (key, row)
}
