//! The most gas that a call of an export can use, found without running it.
//!
//! ```text
//! ValidModule --decode--> code --walk--> cost of every way --answer--> Bound
//! ```
//!
//! - `code` decodes a function with the price of each operator, straight from the module and the
//!   schedule: nothing of the metering pass is used, so that its tests also test the pass.
//! - `walk` goes through a function along all ways at once, and keeps what is known of each number
//!   (`value`, `range`, `arithmetic`, `comparison`) and the least and the most cost so far
//!   (`cost`). `plain` handles operators, `branches` branches, `calls` and `host` calls, `loops`
//!   loops; where a loop is not simply followed, `counter` and `trips` bound its repeats.
//! - `outcome` says beforehand which code can lead to an end that counts, from the ways through
//!   each function that `flow` finds. The walk drops all others.
//! - `analyser` keeps a summary of each function for each list of arguments, and bounds the work.
//!   `conclude` makes an answer of the summary of an export.
//!
//! Each export has two answers, one for all runs that do not trap, and one for those that succeed.
//! A trap uses all the gas of its frame anyway. So an access outside the memory ends a way, and a
//! length over its limit does too. In runs that succeed, a revert and a panic end a way as well.
//! Where the analysis does not know, it says so ([`Bound::Unbounded`]); it never guesses.
//! `docs/gas.md` tells users what each answer means.

mod analyser;
mod answer;
mod arithmetic;
mod branches;
mod calls;
mod code;
mod comparison;
mod conclude;
mod cost;
mod counter;
mod flow;
mod frame;
mod host;
mod loops;
mod notes;
mod outcome;
mod plain;
mod range;
mod state;
mod trips;
mod value;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::ExternalKind;

use crate::module_facts::ExportFacts;
use crate::prepared::InternalError;
use crate::validate::ValidModule;

use analyser::{Analyser, Halt, Passed};
use code::Codes;
use conclude::{answer_of, conclude};
use flow::TableFunctions;
use notes::Notes;
use outcome::{Counted, Outcomes};
use range::Width;

pub use answer::{
    Bound, CAUSES_MAX, Cause, ExportBound, Place, Quantity, Source, SuccessBound, Term, Why,
};

/// Bounds the gas of one call of each exported function, in the module's order, under the
/// protocol that the module was validated for.
///
/// A bound covers what the frame itself is charged while it runs: Wasm and host functions. Loading
/// the code, making the instance and the transaction's intrinsic gas come before, what called
/// contracts use comes on top.
///
/// # Errors
/// Only a mistake in this crate.
pub fn bounds(module: &ValidModule<'_>) -> Result<Vec<ExportBound>, InternalError> {
    let table = table_functions(module);
    let groups = TableFunctions::new(&table, &module.facts)?;
    let mut codes = Codes::default();
    let all = Outcomes::of(module, &groups, Counted::All, &mut codes)?;
    let success = Outcomes::of(module, &groups, Counted::Success, &mut codes)?;
    let mut of_functions: BTreeMap<u32, ExportBound> = BTreeMap::new();
    let mut bounds = Vec::new();
    let exports = module.facts.exports.iter();
    for export in exports.filter(|export| export.kind == ExternalKind::Func) {
        // One function may have two thousand names.
        let bound = match of_functions.get(&export.index) {
            Some(known) => ExportBound {
                name: export.name.to_owned(),
                ..known.clone()
            },
            None => bound_export(module, export, &groups, [&all, &success], &mut codes)?,
        };
        of_functions
            .entry(bound.function)
            .or_insert_with(|| bound.clone());
        bounds.push(bound);
    }
    Ok(bounds)
}

/// The functions that `call_indirect` can lead to, in ascending order.
fn table_functions(module: &ValidModule<'_>) -> Vec<u32> {
    let functions: BTreeSet<u32> = module.facts.table_functions.iter().copied().collect();
    functions.into_iter().collect()
}

/// Bounds one export, for all runs that do not trap and for those that succeed.
fn bound_export<'a>(
    module: &ValidModule<'a>,
    export: &ExportFacts<'_>,
    groups: &TableFunctions<'_>,
    [all, success]: [&Outcomes; 2],
    codes: &mut Codes<'a>,
) -> Result<ExportBound, InternalError> {
    let function = export.index;
    let (bound, calls_contracts) = bound_runs(module, function, groups, all, codes)?;
    let on_success = if success.same(all) && function >= module.facts.imported_functions {
        (bound.clone(), calls_contracts)
    } else {
        bound_runs(module, function, groups, success, codes)?
    };
    let on_success = match on_success {
        (Bound::Traps, _) if bound != Bound::Traps => (Bound::Fails, false),
        other => other,
    };
    Ok(ExportBound {
        name: export.name.to_owned(),
        function,
        bound,
        calls_contracts,
        on_success: SuccessBound {
            bound: on_success.0,
            calls_contracts: on_success.1,
        },
    })
}

/// Bounds the runs of an exported function that end in one of these ways, and says whether they
/// may call contracts.
fn bound_runs<'a>(
    module: &ValidModule<'a>,
    function: u32,
    groups: &TableFunctions<'_>,
    outcomes: &Outcomes,
    codes: &mut Codes<'a>,
) -> Result<(Bound, bool), InternalError> {
    let mut analyser = Analyser::new(module, groups, outcomes, codes);
    let function_type = module.facts.type_of_function(function);
    let function_type = function_type.ok_or_else(|| InternalError::new("an export is missing"))?;
    let widths: Vec<Width> = function_type
        .params
        .iter()
        .map(|it| code::width(*it))
        .collect();
    let parameters = analyser.make_global_symbols(&widths);
    let place = Place {
        function,
        offset: 0,
    };
    let found = if function < module.facts.imported_functions {
        exported_host(&mut analyser, function, &parameters, place)
    } else {
        let arguments = parameters.into_iter().map(Passed::Same).collect();
        analyser
            .summary(function, arguments, place)
            .map(|summary| conclude(&summary, module.protocol.limits.gas_limit_max))
    };
    match found {
        Ok(found) => Ok(found),
        Err(Halt::Internal(error)) => Err(error),
        Err(Halt::TooComplex(place)) => {
            let causes = vec![Cause::TooComplex { place }];
            // What was not looked at may call contracts.
            Ok((Bound::Unbounded { causes, omitted: 0 }, true))
        }
    }
}

/// A host function that is exported as it is.
fn exported_host(
    analyser: &mut Analyser<'_, '_>,
    function: u32,
    parameters: &[value::Value],
    place: Place,
) -> Result<(Bound, bool), Halt> {
    let position = usize::try_from(function).unwrap_or(usize::MAX);
    let host = analyser.module.facts.imports.get(position).copied();
    let host = host.ok_or_else(|| InternalError::new("an import is missing"))?;
    if !analyser.outcomes.counts(host) {
        return Ok((Bound::Traps, false));
    }
    let state = state::State::default();
    let called = analyser.host(host, parameters, &state, place);
    let limit = analyser.module.protocol.limits.gas_limit_max;
    let calls_contracts = called.as_ref().is_some_and(|called| called.calls_contracts);
    let cost = called.map(|called| called.cost);
    Ok((answer_of(cost, &Notes::default(), limit), calls_contracts))
}
