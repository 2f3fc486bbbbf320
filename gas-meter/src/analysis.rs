//! What one function does, as far as metering is concerned.
//!
//! The analysis goes through the operators of a valid function once and yields the skeleton of
//! its control flow, in the order of the code and without what cannot be reached: where a
//! straight-line segment begins with the sum of its prices, where blocks open and end, where
//! branches and calls go, and which operators are priced by an operand. It decides nothing: where
//! to charge is up to `plan`, which goes through the skeleton and never through operators.
//!
//! The segments are those of the source: each is a run of operators of the uploaded code, found
//! again by the offset of its first operator, and the sum of all costs over a run is what the
//! schedule asks for.

mod counted;
mod flow;
mod operands;

use wasmparser::{BlockType, FunctionBody, Operator};

use crate::module_facts::{FunctionType, ModuleFacts};
use crate::operator::{Class, Decision, decide};
use crate::prepared::InternalError;
use crate::schedule::Schedule;

pub(crate) use counted::{Condition, Counted, Number};
use counted::LoopWatch;
use flow::{Flow, Skeleton};
use operands::Operands;

/// Why a segment begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The function's entry.
    Entry,
    /// The head of a loop, where branches to it go.
    LoopHead,
    /// Behind the `end` of a loop whose body runs into it.
    LoopEnd,
    /// One arm of an `if`.
    Arm,
    /// Behind the `end` of a block that something branches to, or of an `if`.
    Join,
    /// Behind a `br_if` that was not taken.
    NotTaken,
    /// Behind a call.
    AfterCall,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// `block`.
    Plain,
    /// `loop`.
    Loop {
        /// Whether something that can be reached branches to its head.
        repeats: bool,
    },
    /// `if`.
    If,
}

/// What a call may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// The function at this index.
    Function(u32),
    /// Any function in the table that has the type at this index.
    Type(u32),
}

/// What is at a place in the code. Blocks that enclose it are counted from the function's, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A segment begins here: if its first operator runs, all of them do, unless one traps.
    Segment {
        /// Why it begins here.
        cause: Cause,
        /// The sum of its operators' prices.
        cost: u64,
    },
    /// A block opens.
    Open(Block),
    /// The second arm of the innermost `if` begins.
    Else,
    /// The innermost block ends; the last one is the function.
    End,
    /// A `br` to this block's label.
    Branch(u32),
    /// A `br_if` to this block's label.
    BranchIf(u32),
    /// A `br_table`; its targets are this part of [`Analysis::targets`].
    BranchTable {
        /// The position of the first.
        first: usize,
        /// How many there are, the default included.
        count: usize,
    },
    /// A `return`.
    Return,
    /// An `unreachable`.
    Unreachable,
    /// A call.
    Call(Callee),
    /// `memory.grow`; the pages asked for are on top of the operand stack.
    Pages,
    /// A bulk operator; the length in bytes is on top of the operand stack.
    Bytes,
    /// A `select` whose condition comes from `i32.eqz`, `i32.eq` or `i32.ne`.
    ComparedSelect,
}

/// A place in the code where something is. Only places that can be reached are listed, and the
/// ends of blocks that can be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// The offset in the file of the operator that it is, or is in front of.
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
    /// The blocks to which the function's `br_table`s branch.
    pub(crate) targets: Vec<u32>,
    /// The loops whose number of runs can be computed in front of them.
    pub(crate) counted: Vec<Counted>,
    /// Every call in the code, in code that cannot be reached too.
    pub(crate) calls: Vec<Callee>,
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
    let mut watch = LoopWatch::default();
    let mut counted = Vec::new();
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read().map_err(InternalError::parse)?;
        let next = reader.original_position();
        let class = accepted_class(&operator)?;
        operands.step(&operator, class, at, facts)?;
        counted.extend(watch.step(&operator, class, at, next));
        flow.step(&operator, class, at, next, schedule.wasm.of(class))?;
    }
    let Skeleton {
        points,
        targets,
        calls,
    } = flow.into_skeleton();
    Ok(Analysis {
        params,
        declared_locals,
        operand_height: operands.height_max(),
        height_offset: operands.height_offset(),
        code_start,
        points,
        targets,
        counted,
        calls,
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
