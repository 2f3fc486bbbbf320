//! From bytes or a valid module to a prepared one: plan, rewrite, describe.

use super::description::described;
use super::{Export, FunctionFacts, InternalError, PrepareError, PreparedModule};
use crate::limits::Limits;
use crate::module_facts::{MemoryFacts, ModuleFacts};
use crate::plan::{ModulePlan, PlanOptions, plan};
use crate::protocol::Protocol;
use crate::rewrite::{Probing, rewrite};
use crate::schedule::CodePrices;
use crate::validate::{ValidModule, validate};

/// Validates and instruments `bytes`.
///
/// # Errors
/// [`PrepareError::Refused`] lists every violation; [`PrepareError::Internal`] is a mistake in
/// this crate.
pub fn prepare(bytes: &[u8], protocol: &Protocol) -> Result<PreparedModule, PrepareError> {
    instrument(&validate(bytes, protocol)?)
}

/// Injects the metering into a valid module, under the protocol it was validated for. The result is
/// valid Wasm; that is not checked here, because every engine does when it compiles it.
///
/// # Errors
/// [`PrepareError::Refused`] when the result would be over its limit; [`PrepareError::Internal`]
/// is a mistake in this crate.
pub fn instrument(module: &ValidModule<'_>) -> Result<PreparedModule, PrepareError> {
    let plan = plan(module, PlanOptions { copy_loops: true })?;
    assemble(module, &plan, Probing::Off)
}

/// Rewrites a module by this plan and gathers the facts.
pub(crate) fn assemble(
    module: &ValidModule<'_>,
    plan: &ModulePlan,
    probing: Probing,
) -> Result<PreparedModule, PrepareError> {
    let protocol = module.protocol;
    let bytes = rewrite(module, plan, probing)?;
    let facts = &module.facts;
    let exports = facts
        .exports
        .iter()
        .map(|export| described(export, facts))
        .collect::<Result<Vec<Export>, InternalError>>()?;
    Ok(PreparedModule {
        bytes,
        code_length: length(module.bytes.len()),
        exports,
        imports: facts.imports.clone(),
        functions: function_facts(module, plan),
        unchecked_gas_max: plan.unchecked_gas_max,
        unpaid_gas_max: plan.unpaid_gas_max,
        instantiation_gas: instantiation_gas(facts, &protocol.schedule.code)?,
        memory_pages_initial: facts.memory.map_or(0, |memory| memory.initial),
        memory_pages_maximum: facts
            .memory
            .map_or(0, |memory| memory.maximum_pages(&protocol.limits)),
        mutable_globals: facts.mutable_globals().collect(),
        passive_data: facts.passive_data,
    })
}

/// A length as prices are multiplied with it.
fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// What is told about the functions.
fn function_facts(module: &ValidModule<'_>, plan: &ModulePlan) -> Vec<FunctionFacts> {
    let bodies = module.facts.bodies.iter().zip(&plan.functions).enumerate();
    bodies
        .map(|(position, (body, plan))| {
            let index = module.facts.defined_index(position);
            FunctionFacts {
                index,
                name: module.names.get(&index).cloned(),
                frame_slots: plan.frame_slots,
                body_offset: u64::try_from(body.range().start).unwrap_or(u64::MAX),
                body_bytes: length(body.as_bytes().len()),
            }
        })
        .collect()
}

/// The gas for making one instance.
fn instantiation_gas(facts: &ModuleFacts<'_>, prices: &CodePrices) -> Result<u64, InternalError> {
    let pages = facts.memory.map_or(0, |memory| u64::from(memory.initial));
    let items = length(facts.function_types.len()).saturating_add(length(facts.globals.len()));
    // The pass exports each mutable global besides what the module exports.
    let exports =
        length(facts.exports.len()).saturating_add(length(facts.mutable_globals().count()));
    let elements = facts.table_elements.checked_add(facts.element_items);
    let terms = [
        items.checked_mul(prices.instantiate_per_item),
        exports.checked_mul(prices.instantiate_per_export),
        facts.segments.checked_mul(prices.instantiate_per_segment),
        pages.checked_mul(prices.memory_per_page),
        facts.data_bytes.checked_mul(prices.data_per_byte),
        elements.and_then(|elements| elements.checked_mul(prices.table_per_element)),
    ];
    terms
        .into_iter()
        .try_fold(prices.instantiate_base, |sum, term| sum.checked_add(term?))
        .ok_or_else(|| InternalError::new("the cost of making an instance overflows"))
}

impl MemoryFacts {
    /// The pages that the memory may grow to: the declared maximum, lowered to the limit.
    pub(crate) fn maximum_pages(self, limits: &Limits) -> u32 {
        self.maximum
            .and_then(|maximum| u32::try_from(maximum).ok())
            .map_or(limits.memory_pages_max, |maximum| {
                maximum.min(limits.memory_pages_max)
            })
    }
}
