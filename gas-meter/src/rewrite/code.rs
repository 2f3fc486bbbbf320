//! The code section: the bodies of the module's own functions, rewritten, and of those that are
//! appended.

use wasm_encoder::{BlockType, Encode};

use super::body::BodyRewriter;
use super::counter::Counter;
use super::exit::TRAPS_MAX;
use super::front::front_body;
use super::growth::growth_body;
use super::locals::AppendedLocals;
use super::sections::AddedTypes;
use super::sized::behind_length;
use super::slots::Slots;
use super::{CODE, Counters, Growth, ProbeCall, check_size};
use crate::plan::ModulePlan;
use crate::prepared::{InternalError, PrepareError};
use crate::validate::ValidModule;

/// How long code of this length is about to be once it is instrumented.
fn expected(length: usize) -> usize {
    length.saturating_add(length / 4)
}

/// The types of the blocks around the code of each function.
pub(super) fn block_types(
    module: &ValidModule<'_>,
    added: &mut AddedTypes,
) -> Result<Vec<BlockType>, InternalError> {
    let facts = &module.facts;
    let positions = 0..facts.bodies.len();
    let types = positions.map(|position| {
        let index = facts.defined_index(position);
        added.block_type_of(facts, index)
    });
    types.collect()
}

/// Writes the code section, if the module defines functions.
pub(super) fn code(
    module: &ValidModule<'_>,
    plan: &ModulePlan,
    (counters, probe, growth): (Counters, Option<ProbeCall>, Option<Growth>),
    results: &[BlockType],
    bytes: &mut Vec<u8>,
) -> Result<(), PrepareError> {
    let facts = &module.facts;
    let Some(section) = facts.sections.get(&CODE) else {
        return Ok(());
    };
    bytes.push(CODE);
    behind_length(bytes, expected(section.content.len()), |output| {
        let start = output.len();
        let appended = plan.fronts.len();
        let appended = appended.saturating_add(usize::from(growth.is_some()));
        facts.bodies.len().saturating_add(appended).encode(output);
        let counter = Counter::in_global(counters.gas);
        let slots = Slots::in_global(counters.stack);
        let functions = facts.bodies.iter().zip(module.analyses.iter());
        let functions = functions.zip(plan.functions.iter().zip(results));
        for (position, ((source, analysis), (plan_of, results))) in functions.enumerate() {
            let rewriter = BodyRewriter {
                source,
                analysis,
                plan: plan_of,
                insertions: plan.insertions(plan_of),
                counters,
                counter: &counter,
                slots: &slots,
                probe,
                grow: growth.map(|growth| growth.function),
                wrapped: plan_of.local_counter || plan_of.needs.looks > TRAPS_MAX,
                results: *results,
                locals: AppendedLocals::new(plan_of.local_counter, plan_of.needs, &analysis.frame)?,
            };
            behind_length(output, expected(source.as_bytes().len()), |body| {
                Ok(rewriter.write(body)?)
            })?;
            if probe.is_none() {
                let size = output.len().saturating_sub(start);
                let index = facts.defined_index(position);
                check_size(module, size, source.range().start, Some(index))?;
            }
        }
        for front in &plan.fronts {
            let params = facts.type_of_function(front.function);
            let params = params.and_then(|ty| ty.params.len().try_into().ok());
            let params =
                params.ok_or_else(|| InternalError::new("a function's type is missing"))?;
            behind_length(output, 0, |body| {
                Ok(front_body(front, params, &counter, &slots, body)?)
            })?;
        }
        if let Some(growth) = growth {
            behind_length(output, 0, |body| {
                growth_body(growth.pages_max, body);
                Ok(())
            })?;
        }
        Ok(())
    })
}
