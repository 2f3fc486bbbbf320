//! What one function does, as far as metering is concerned.
//!
//! The analysis goes through the operators of a valid function once and yields, in the order of
//! the code, the places where a straight-line segment begins with the sum of its prices, the
//! operators whose price depends on an operand, and the explicit `return`s; and the greatest
//! operand height. It decides nothing: where to charge is up to `plan`.

mod flow;
mod operands;

use wasmparser::{BlockType, FunctionBody, Operator};

use crate::module_facts::{FunctionType, ModuleFacts};
use crate::operator::{Class, Decision, decide};
use crate::prepared::InternalError;
use crate::schedule::Schedule;

use flow::Flow;
use operands::Operands;

/// Why a segment begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The function's entry.
    Entry,
    /// The head of a loop, where branches to it go.
    LoopHead,
    /// One arm of an `if`.
    Arm,
    /// Behind the `end` of a block that something branches to, or of an `if`.
    Join,
    /// Behind a `br_if` that was not taken.
    NotTaken,
    /// Behind a call.
    AfterCall,
}

/// What is at a place in the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A segment begins here: if its first operator runs, all of them do, unless one traps.
    Segment {
        /// Why it begins here.
        cause: Cause,
        /// The sum of its operators' prices.
        cost: u64,
    },
    /// `memory.grow` is here; the pages asked for are on top of the operand stack.
    Pages,
    /// A bulk operator is here; the length in bytes is on top of the operand stack.
    Bytes,
    /// A `return` is here.
    Return,
    /// A `select` is here whose condition comes from `i32.eqz`, `i32.eq` or `i32.ne`.
    ComparedSelect,
}

/// A place in the code where something is. Only places that can be reached are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The offset in the file of the operator that it is in front of.
    pub(crate) at: usize,
    /// How many blocks of the function are open there.
    pub(crate) depth: u32,
    /// What is there.
    pub(crate) event: Event,
}

/// What is known about one function.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// How many parameters it has.
    pub(crate) params: u32,
    /// How many locals it declares.
    pub(crate) declared_locals: u32,
    /// The greatest operand height behind any operator.
    pub(crate) operand_height: u32,
    /// The offset of the operator that reaches it first.
    pub(crate) height_offset: usize,
    /// The offset of the first operator.
    pub(crate) code_start: usize,
    /// The points in the order of the code.
    pub(crate) points: Vec<Point>,
}

/// The type of a block: a shorthand or an entry of the type section.
pub(crate) fn block_arity(
    block_type: BlockType,
    facts: &ModuleFacts<'_>,
) -> Result<(u32, u32), InternalError> {
    match block_type {
        BlockType::Empty => Ok((0, 0)),
        BlockType::Type(_) => Ok((0, 1)),
        BlockType::FuncType(index) => {
            let function_type = facts
                .type_at(index)
                .ok_or_else(|| InternalError::new("a block's type is missing"))?;
            arity(function_type)
        }
    }
}

/// How many parameters and results a type has.
pub(crate) fn arity(function_type: &FunctionType) -> Result<(u32, u32), InternalError> {
    let params = u32::try_from(function_type.params.len());
    let results = u32::try_from(function_type.results.len());
    match (params, results) {
        (Ok(params), Ok(results)) => Ok((params, results)),
        _ => Err(InternalError::new("a type has more than 2^32 values")),
    }
}

/// Analyses the body of the function at `index`, which is valid.
///
/// # Errors
/// Only when the function is not valid after all.
pub(crate) fn analyse(
    body: &FunctionBody<'_>,
    index: u32,
    facts: &ModuleFacts<'_>,
    schedule: &Schedule,
) -> Result<Analysis, InternalError> {
    let function_type = facts
        .type_of_function(index)
        .ok_or_else(|| InternalError::new("a function's type is missing"))?;
    let (params, results) = arity(function_type)?;
    let declared_locals = count_locals(body)?;
    let mut reader = body.get_operators_reader().map_err(InternalError::parse)?;
    let code_start = reader.original_position();
    let mut operands = Operands::new(results, code_start);
    let mut flow = Flow::new(code_start);
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read().map_err(InternalError::parse)?;
        let next = reader.original_position();
        let class = accepted_class(&operator)?;
        operands.step(&operator, class, at, facts)?;
        flow.step(&operator, class, at, next, schedule.wasm.of(class))?;
    }
    Ok(Analysis {
        params,
        declared_locals,
        operand_height: operands.height_max(),
        height_offset: operands.height_offset(),
        code_start,
        points: flow.into_points(),
    })
}

/// The sum of the local groups' counts.
fn count_locals(body: &FunctionBody<'_>) -> Result<u32, InternalError> {
    let groups = body.get_locals_reader().map_err(InternalError::parse)?;
    let mut total: u32 = 0;
    for group in groups {
        let (count, _) = group.map_err(InternalError::parse)?;
        total = total
            .checked_add(count)
            .ok_or_else(|| InternalError::new("more than 2^32 locals"))?;
    }
    Ok(total)
}

/// The class of an operator that the scan let through.
fn accepted_class(operator: &Operator<'_>) -> Result<Class, InternalError> {
    match decide(operator) {
        Decision::Accepted(class) => Ok(class),
        Decision::Refused(_) => Err(InternalError::new("a refused operator passed the scan")),
    }
}
