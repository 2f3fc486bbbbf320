//! `lockstep call`: one call, written as words, after a scenario or on a state that is kept.
//!
//! [`Callee`] finds the contract: its scenario, its id and what its ABI says. [`Words`] reads the
//! method and its arguments by that. From both comes the text of one more block, as a user would
//! write it at the end of the scenario, and from there on a call is a scenario's transaction like
//! any other: resolved, signed, executed and reported by the same code.

mod argument;
mod callee;
mod help;
mod report;
mod words;

use crate::problem::{Failure, Problem};
use crate::scenario::Scenario;

use argument::quoted;
pub(crate) use callee::{Callee, WantedCallee};
pub(crate) use help::help;
pub(crate) use report::{CALL_SCHEMA, CallReport, render_call};
pub(crate) use words::{Asked, Words, find as find_method};

/// What a call states beside contract, method and arguments, as a scenario writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    /// Who sends.
    pub(crate) from: &'a str,
    /// The balance that moves along.
    pub(crate) value: Option<&'a str>,
    /// The most gas.
    pub(crate) gas_limit: Option<&'a str>,
    /// The most that may be taken as storage deposit.
    pub(crate) deposit_limit: Option<&'a str>,
}

/// The scenario with the call as the only transaction of one more block.
///
/// # Errors
/// With every mistake in the call. Its places are in the text of that block.
pub(crate) fn with_call(
    callee: &Callee,
    terms: Terms<'_>,
    words: &Words,
) -> Result<Scenario, Failure> {
    let mut lines = vec![
        "[[block]]".to_string(),
        "[[block.transaction]]".to_string(),
        format!("from = {}", quoted(terms.from)),
        format!(
            "call = {}",
            quoted(&format!("{}.{}", callee.contract, words.method))
        ),
        words.arguments.clone(),
    ];
    let limits = [
        ("value", terms.value),
        ("gas_limit", terms.gas_limit),
        ("deposit_limit", terms.deposit_limit),
    ];
    let stated = limits
        .iter()
        .filter_map(|(key, text)| Some((key, (*text)?)));
    lines.extend(stated.map(|(key, text)| format!("{key} = {}", quoted(text))));
    callee.scenario_with(&lines).map_err(|mut failure| {
        failure.problems.iter_mut().for_each(|problem| {
            move_place(problem, callee.lines());
        });
        failure
    })
}

/// Gives a problem in the lines after a scenario's own a place in the call.
fn move_place(problem: &mut Problem, lines_before: usize) {
    if let Some(place) = &mut problem.place
        && place.line > lines_before
    {
        place.line -= lines_before;
        place.file = "the call, as a scenario writes it".to_string();
    }
}
