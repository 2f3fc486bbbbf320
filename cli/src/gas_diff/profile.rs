//! A profile as a table: by method and line, and whole.
//!
//! Each stack counts for its innermost method, and there for the line of the contract's own code
//! on whose behalf the gas was used. What has no such line counts for what stands at the end of
//! the stack: a library's line, a function, or a charge like `(load @token)`. So the rows add up
//! to the receipts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::documents::{json, key};
use super::{GasTable, RowGas, RowKey};
use crate::exit::Exit;
use crate::problem::{Failure, Problem};
use crate::problem_code::ProblemCode;
use crate::source::Source;

#[derive(Deserialize)]
struct Profile {
    gas: Gas,
    stacks: Vec<Stack>,
}

#[derive(Deserialize)]
struct Gas {
    total: u64,
}

#[derive(Deserialize)]
struct Stack {
    frames: Vec<String>,
    kinds: Vec<String>,
    gas: u64,
    own_line: Option<Line>,
}

#[derive(Deserialize)]
struct Line {
    file: String,
    line: u64,
}

/// Reads a document of `lockstep gas profile --json`.
///
/// # Errors
/// When it is damaged, or its stacks do not add up to the gas that it states.
pub(super) fn table(source: &Source) -> Result<GasTable, Failure> {
    let profile: Profile = json(source)?;
    let gas = profile.stacks.iter().map(|stack| u128::from(stack.gas));
    let sum: u128 = gas.sum();
    if sum != u128::from(profile.gas.total) {
        let message = "the stacks do not add up to the profile's gas";
        let help = "the file was altered; write it anew with `lockstep gas profile --json`";
        let problem = Problem::new(ProblemCode::GasDocument, message, help);
        let problem = problem.beyond(profile.gas.total, sum);
        return Err(Failure::new(Exit::Usage, problem));
    }
    // No row has more than all, which is a `u64`.
    let mut rows: BTreeMap<RowKey, RowGas> = BTreeMap::new();
    for stack in &profile.stacks {
        rows.entry(place(stack)).or_default().gas += stack.gas;
    }
    let has_lines = profile.stacks.iter().any(|stack| stack.own_line.is_some());
    Ok(GasTable {
        kind: if has_lines { "line" } else { "function" },
        rows,
    })
}

/// The row of a stack.
fn place(stack: &Stack) -> RowKey {
    let frames = || stack.frames.iter().zip(&stack.kinds);
    let method = frames().rev().find(|(_, kind)| *kind == "method");
    let method = method.map(|(name, _)| format!("{} ", name.escape_default()));
    let method = method.unwrap_or_default();
    if let Some(Line { file, line }) = &stack.own_line {
        let file = file.escape_default();
        let name = format!("{method}{file}:{line}");
        return key(format!("{method}{file}"), *line, name);
    }
    // The key stands behind the host function that was given it.
    let last = frames().rev().find(|(_, kind)| *kind != "key");
    let last = last.map(|(name, _)| name.escape_default().to_string());
    let name = format!("{method}{}", last.unwrap_or_default());
    key(method, 0, name)
}
