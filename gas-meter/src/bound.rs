//! The most gas that a call of an export can use, found without running it.
//!
//! ```text
//! ValidModule --decode--> code --walk--> cost of every way --answer--> Bound
//! ```
//!
//! - `code` decodes a function with the price of each operator, straight from the module and the
//!   schedule: nothing of the metering pass is used, so that its tests also test the pass.
//! - `walk` goes through a function along all ways at once, and keeps what is known of each number
//!   (`value`, `range`, `arithmetic`) and the least and the most cost so far (`cost`). `plain`
//!   handles operators, `calls` and `host` calls, `loops` loops; where a loop is not simply
//!   followed, `counter` and `trips` bound its repeats.
//! - `analyser` keeps a summary of each function for each list of arguments, and bounds the work.
//!
//! A bound is about runs that do not trap: a trap uses all the gas of its frame anyway. So an
//! access outside the memory ends a way, and a length over its limit does too. Where the analysis
//! does not know, it says so ([`Bound::Unbounded`]); it never guesses. `docs/gas.md` tells users
//! what each answer means.

mod analyser;
mod answer;
mod arithmetic;
mod calls;
mod code;
mod cost;
mod counter;
mod frame;
mod host;
mod loops;
mod notes;
mod plain;
mod range;
mod state;
mod trips;
mod value;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{BinaryReader, ElementItems, ElementSectionReader, ExternalKind};

use crate::module_facts::ExportFacts;
use crate::prepared::InternalError;
use crate::validate::ValidModule;

use analyser::{Analyser, Halt, Passed, Summary};
use cost::Cost;
use frame::merge_cost;
use notes::Notes;
use range::Width;

pub use answer::{Bound, CAUSES_MAX, Cause, ExportBound, Place, Quantity, Source, Term, Why};

/// The id of the element section.
const ELEMENT_SECTION: u8 = 9;

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
    let table = table_functions(module)?;
    let exports = module.facts.exports.iter();
    exports
        .filter(|export| export.kind == ExternalKind::Func)
        .map(|export| bound_export(module, export, &table))
        .collect()
}

/// The functions that `call_indirect` can lead to, in ascending order.
fn table_functions(module: &ValidModule<'_>) -> Result<Vec<u32>, InternalError> {
    let mut functions = BTreeSet::new();
    let Some(section) = module.facts.sections.get(&ELEMENT_SECTION) else {
        return Ok(Vec::new());
    };
    let content = module.bytes.get(section.content.clone());
    let content = content.ok_or_else(|| InternalError::new("a section is missing"))?;
    let reader = BinaryReader::new(content, section.content.start);
    let segments = ElementSectionReader::new(reader).map_err(InternalError::parse)?;
    for segment in segments {
        if let ElementItems::Functions(items) = segment.map_err(InternalError::parse)?.items {
            for item in items {
                functions.insert(item.map_err(InternalError::parse)?);
            }
        }
    }
    Ok(functions.into_iter().collect())
}

/// Bounds one export.
fn bound_export(
    module: &ValidModule<'_>,
    export: &ExportFacts<'_>,
    table: &[u32],
) -> Result<ExportBound, InternalError> {
    let function = export.index;
    let mut analyser = Analyser::new(module, table.to_vec());
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
    let (bound, calls_contracts) = match found {
        Ok(found) => found,
        Err(Halt::Internal(error)) => return Err(error),
        Err(Halt::TooComplex(place)) => {
            let causes = vec![Cause::TooComplex { place }];
            // What was not looked at may call contracts.
            (Bound::Unbounded { causes, omitted: 0 }, true)
        }
    };
    Ok(ExportBound {
        name: export.name.to_owned(),
        function,
        bound,
        calls_contracts,
    })
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
    let state = state::State::default();
    let called = analyser.host(host, parameters, &state, place);
    let limit = analyser.module.protocol.limits.gas_limit_max;
    let calls_contracts = called.as_ref().is_some_and(|called| called.calls_contracts);
    let cost = called.map(|called| called.cost);
    Ok((answer_of(cost, &Notes::default(), limit), calls_contracts))
}

/// The answer for an export with this summary.
fn conclude(summary: &Summary, gas_limit_max: u64) -> (Bound, bool) {
    let mut cost = summary.ended.clone();
    if let Some((returned, _)) = &summary.returned {
        merge_cost(&mut cost, returned);
    }
    let bound = answer_of(cost, &summary.notes, gas_limit_max);
    (bound, summary.notes.calls_contracts)
}

/// The answer for this cost. A bound above the gas of any transaction is none.
fn answer_of(cost: Option<Cost>, notes: &Notes, gas_limit_max: u64) -> Bound {
    let mut causes = notes.causes.clone();
    let terms = cost.as_ref().map(Cost::terms).unwrap_or_default();
    let most = cost.as_ref().map_or(0, Cost::most);
    let too_much = most > gas_limit_max;
    if too_much && (!notes.multiplied.is_empty() || terms.is_empty()) {
        for term in &terms {
            causes.insert(excess(term.quantity, Some(term.quantity_max)));
        }
        for quantity in &notes.multiplied {
            causes.insert(excess(*quantity, None));
        }
    }
    if !causes.is_empty() {
        let causes = without_repetition(causes);
        let omitted = causes.len().saturating_sub(CAUSES_MAX);
        return Bound::Unbounded {
            causes: causes.into_iter().take(CAUSES_MAX).collect(),
            omitted: u64::try_from(omitted).unwrap_or(u64::MAX),
        };
    }
    match cost {
        None => Bound::Traps,
        Some(cost) if terms.is_empty() => match cost.exact() {
            Some(gas) => Bound::Exact { gas },
            None => Bound::AtMost { gas: most },
        },
        Some(cost) => Bound::Linear {
            base: cost.base(),
            terms,
            at_most: (!too_much).then_some(most),
        },
    }
}

/// The causes with one recursion, the shortest, for each function that is called again.
fn without_repetition(causes: BTreeSet<Cause>) -> BTreeSet<Cause> {
    let mut shortest: BTreeMap<Option<u32>, Cause> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for cause in causes {
        let Cause::Recursion { functions, .. } = &cause else {
            kept.insert(cause);
            continue;
        };
        let again = functions.first().copied();
        let shorter = match shortest.get(&again) {
            Some(Cause::Recursion {
                functions: known, ..
            }) => functions.len() < known.len(),
            _ => true,
        };
        if shorter {
            shortest.insert(again, cause);
        }
    }
    kept.extend(shortest.into_values());
    kept
}

/// A quantity that takes a bound beyond all limits.
fn excess(quantity: Quantity, most: Option<u64>) -> Cause {
    match (quantity, most) {
        (Quantity::Repeats { place }, Some(repeats)) => Cause::Loop {
            place,
            why: Why::TooMany {
                repeats: Some(repeats),
            },
        },
        (Quantity::Repeats { place }, None) => Cause::Loop {
            place,
            why: Why::TooMany { repeats: None },
        },
        (quantity, _) => Cause::Amount { quantity },
    }
}
