//! A function's operators, decoded once: each with its price, and each block with its end.

use std::collections::BTreeMap;
use std::rc::Rc;

use lockstep_abi::ValueType;
use wasmparser::{BlockType, FunctionBody, Operator};

use super::answer::Place;
use super::range::Width;
use crate::module_facts::{FunctionType, ModuleFacts};
use crate::operator::{Class, Decision, decide};
use crate::prepared::InternalError;
use crate::schedule::Schedule;
use crate::validate::ValidModule;

/// What opens a block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// How many values it takes, and how many it leaves.
    pub(super) params: usize,
    pub(super) results: usize,
    /// The position of its `end`, and of its `else` if it has one.
    pub(super) end: usize,
    pub(super) otherwise: Option<usize>,
}

/// One operator.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub(super) operator: Operator<'a>,
    pub(super) class: Class,
    /// What it costs, apart from its operands.
    pub(super) price: u64,
    /// Where it is.
    pub(super) place: Place,
    /// Set for `block`, `loop` and `if`.
    pub(super) block: Option<Block>,
}

/// A function's code.
#[derive(Debug)]
pub(super) struct Code<'a> {
    pub(super) steps: Vec<Step<'a>>,
    /// The widths of parameters and declared locals.
    pub(super) locals: Vec<Width>,
    pub(super) params: usize,
    pub(super) results: usize,
    /// What entering the function costs.
    pub(super) entry: u64,
}

/// The functions of a module that were decoded so far. Each is decoded once, for all that look at it.
#[derive(Default)]
pub(super) struct Codes<'a>(BTreeMap<u32, Rc<Code<'a>>>);

impl<'a> Codes<'a> {
    /// The code of the defined function at `index` of the module, imports counted.
    ///
    /// # Errors
    /// As [`decode`].
    pub(super) fn of(
        &mut self,
        index: u32,
        module: &ValidModule<'a>,
    ) -> Result<Rc<Code<'a>>, InternalError> {
        if let Some(code) = self.0.get(&index) {
            return Ok(Rc::clone(code));
        }
        let code = Rc::new(decode(index, &module.facts, &module.protocol.schedule)?);
        self.0.insert(index, Rc::clone(&code));
        Ok(code)
    }
}

/// The width of a value type.
pub(super) const fn width(value_type: ValueType) -> Width {
    match value_type {
        ValueType::I32 => Width::W32,
        ValueType::I64 => Width::W64,
    }
}

/// A block whose `end` has not come yet.
struct Open {
    /// Its position; `None` for the function itself.
    position: Option<usize>,
    otherwise: Option<usize>,
}

/// Decodes the defined function at `index`, imports counted.
///
/// # Errors
/// Only when there is no such function, or it is not valid after all.
fn decode<'a>(
    index: u32,
    facts: &ModuleFacts<'a>,
    schedule: &Schedule,
) -> Result<Code<'a>, InternalError> {
    let body = index
        .checked_sub(facts.imported_functions)
        .and_then(|position| usize::try_from(position).ok())
        .and_then(|position| facts.bodies.get(position))
        .ok_or_else(|| InternalError::new("a function's body is missing"))?;
    let function_type = facts
        .type_of_function(index)
        .ok_or_else(|| InternalError::new("a function's type is missing"))?;
    let (locals, declared) = local_widths(body, function_type)?;
    let mut steps = Vec::new();
    let mut open = vec![Open {
        position: None,
        otherwise: None,
    }];
    let mut reader = body.get_operators_reader().map_err(InternalError::parse)?;
    while !reader.eof() {
        let at = reader.original_position();
        let operator = reader.read().map_err(InternalError::parse)?;
        let Decision::Accepted(class) = decide(&operator) else {
            return Err(InternalError::new("a refused operator passed the scan"));
        };
        nest(&operator, steps.len(), &mut open, &mut steps)?;
        let place = Place {
            function: index,
            offset: u64::try_from(at).unwrap_or(u64::MAX),
        };
        let block = opened(&operator, facts)?;
        steps.push(Step {
            operator,
            class,
            price: schedule.wasm.of(class),
            place,
            block,
        });
    }
    let entry = declared
        .checked_mul(schedule.wasm.per_local)
        .and_then(|locals| locals.checked_add(schedule.wasm.function_entry))
        .ok_or_else(|| InternalError::new("a function's entry cost overflows"))?;
    Ok(Code {
        steps,
        locals,
        params: function_type.params.len(),
        results: function_type.results.len(),
        entry,
    })
}

/// The widths of all locals, and how many of them are declared.
fn local_widths(
    body: &FunctionBody<'_>,
    function_type: &FunctionType,
) -> Result<(Vec<Width>, u64), InternalError> {
    let params = function_type.params.iter().copied();
    let mut locals: Vec<Width> = params.map(width).collect();
    let mut declared: u64 = 0;
    for group in body.get_locals_reader().map_err(InternalError::parse)? {
        let (count, value_type) = group.map_err(InternalError::parse)?;
        let width = match value_type {
            wasmparser::ValType::I64 => Width::W64,
            _ => Width::W32,
        };
        declared = declared.saturating_add(u64::from(count));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        locals.resize(locals.len().saturating_add(count), width);
    }
    Ok((locals, declared))
}

/// Keeps track of which block is open, and completes a block at its `end`.
fn nest(
    operator: &Operator<'_>,
    position: usize,
    open: &mut Vec<Open>,
    steps: &mut [Step<'_>],
) -> Result<(), InternalError> {
    let unopened = || InternalError::new("an `end` without a block");
    match operator {
        Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => open.push(Open {
            position: Some(position),
            otherwise: None,
        }),
        Operator::Else => open.last_mut().ok_or_else(unopened)?.otherwise = Some(position),
        Operator::End => {
            let closed = open.pop().ok_or_else(unopened)?;
            let opener = closed.position.and_then(|opener| steps.get_mut(opener));
            if let Some(block) = opener.and_then(|step| step.block.as_mut()) {
                block.end = position;
                block.otherwise = closed.otherwise;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What is known about a block at its opening.
fn opened(
    operator: &Operator<'_>,
    facts: &ModuleFacts<'_>,
) -> Result<Option<Block>, InternalError> {
    let block_type: BlockType = match operator {
        Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
            *blockty
        }
        _ => return Ok(None),
    };
    let (params, results) = match block_type {
        BlockType::Empty => (0, 0),
        BlockType::Type(_) => (0, 1),
        BlockType::FuncType(index) => {
            let function_type = facts
                .type_at(index)
                .ok_or_else(|| InternalError::new("a block's type is missing"))?;
            (function_type.params.len(), function_type.results.len())
        }
    };
    Ok(Some(Block {
        params,
        results,
        end: 0,
        otherwise: None,
    }))
}
