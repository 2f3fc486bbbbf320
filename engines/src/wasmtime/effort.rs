//! What a module would take Cranelift, from one pass over its bytes.
//!
//! Most of Cranelift's work is in proportion to the code, some is not, and code can be written that is
//! all of that kind. What was found to matter is counted here, with the most that it was measured to
//! take: values that are held where control flow parts or joins (SSA construction, liveness, moves),
//! their square in a function (the register allocator's ranges where loops nest), all values of a
//! function times those places (values that are computed once and kept), operands of calls, and
//! operators with a constant that stand one upon another (the optimiser tries each way to join them).
//! `docs/determinism.md` says what was measured.
//!
//! The counts are those of the prepared module, which is what the compiler gets.

mod chains;
mod function;

use lockstep_gas_meter::PreparedModule;
use wasmparser::{
    BinaryReaderError, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator,
    WasmFeatures,
};

use self::function::{Counts, operands_of};

/// The most that Cranelift is given, in the unit of [`compile_effort`].
const EFFORT_MAX: u64 = 3_000_000_000;
/// The most for each byte of a prepared module.
const EFFORT_PER_BYTE_MAX: u64 = 40_000;

/// For a function, whatever is in it.
const PER_FUNCTION: u64 = 100_000;
/// For a type, whose functions are called from outside through code of its own.
const PER_TYPE: u64 = 100_000;
const PER_OPERATOR: u64 = 1_500;
/// For an operator and each loop that it is in.
const PER_OPERATOR_IN_LOOP: u64 = 250;
/// For each parameter and result of a type, a function or a call.
const PER_OPERAND: u64 = 5_000;
const PER_CHAINED_OPERATOR: u64 = 70_000;
const PER_HELD_VALUE: u64 = 3_000;
/// How many pairs of held values count as one.
const HELD_PAIRS: u64 = 6;
/// For each operator of a function and each place where control flow parts or joins in it.
const PER_JOIN_AND_OPERATOR: u64 = 3;

/// An estimate of what Cranelift takes for a prepared module, in nanoseconds: of code that is
/// written to take as long as it can, as measured on one machine. Ordinary code takes a tenth to a
/// third of that. The same bytes give the same number everywhere.
pub(super) fn compile_effort(module: &PreparedModule) -> u64 {
    // What cannot be read cannot be compiled either, and the compiler that makes less of it says why.
    effort(module.bytes()).unwrap_or(u64::MAX)
}

/// The effort up to which Cranelift compiles a module.
pub(super) fn compile_effort_max(module: &PreparedModule) -> u64 {
    let bytes = u64::try_from(module.bytes().len()).unwrap_or(u64::MAX);
    bytes.saturating_mul(EFFORT_PER_BYTE_MAX).min(EFFORT_MAX)
}

fn effort(module: &[u8]) -> Result<u64, BinaryReaderError> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    let mut allocations = FuncValidatorAllocations::default();
    let mut effort = 0_u64;
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        if let Payload::TypeSection(types) = &payload {
            for of_type in types.clone().into_iter_err_on_gc_types() {
                let operands = operands_of(&of_type?);
                effort = effort.saturating_add(PER_TYPE + operands.saturating_mul(PER_OPERAND));
            }
        }
        if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
            let mut validator = function.into_validator(allocations);
            effort = effort.saturating_add(weighed(&Counts::of(&mut validator, &body)?));
            allocations = validator.into_allocations();
        }
    }
    Ok(effort)
}

/// What a function's counts come to.
fn weighed(counts: &Counts) -> u64 {
    let held_pairs = counts.held.saturating_mul(counts.held);
    let joins_and_operators = counts.joins.saturating_mul(counts.operators);
    [
        PER_FUNCTION,
        counts.operators.saturating_mul(PER_OPERATOR),
        counts.operands.saturating_mul(PER_OPERAND),
        counts.chained.saturating_mul(PER_CHAINED_OPERATOR),
        counts.in_loops.saturating_mul(PER_OPERATOR_IN_LOOP),
        counts.held.saturating_mul(PER_HELD_VALUE),
        held_pairs / HELD_PAIRS,
        joins_and_operators.saturating_mul(PER_JOIN_AND_OPERATOR),
    ]
    .into_iter()
    .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests;
