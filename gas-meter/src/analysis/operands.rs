//! The height of the operand stack, as the validation algorithm of the WebAssembly specification
//! (appendix, "Validation Algorithm") tracks it.
//!
//! Only counts matter here; types were checked before. A control frame remembers the height at
//! its start. After an operator that does not come back (`br`, `br_table`, `return`,
//! `unreachable`) the height falls to that of the innermost frame and popping from there yields
//! values of any type without going below. At `end` the frame's results are pushed, at the end of
//! the function too. The greatest height counted is the one behind each operator; what an operator
//! pops and pushes in between does not count.

use wasmparser::Operator;

use super::{arity, block_arity};
use crate::module_facts::ModuleFacts;
use crate::operator::Class;
use crate::prepared::InternalError;

/// An open block.
struct Frame {
    /// The height below the block's parameters.
    base: u32,
    params: u32,
    results: u32,
    /// How many values a branch to it takes: its parameters for a loop, else its results.
    label: u32,
    /// Whether what follows in it cannot be reached.
    polymorphic: bool,
}

/// The operand stack's height while going through a function.
pub(super) struct Operands {
    height: u32,
    height_max: u32,
    height_offset: usize,
    frames: Vec<Frame>,
}

impl Operands {
    /// The state at the start of a function with so many results.
    pub(super) fn new(results: u32, code_start: usize) -> Operands {
        Operands {
            height: 0,
            height_max: 0,
            height_offset: code_start,
            frames: vec![Frame {
                base: 0,
                params: 0,
                results,
                label: results,
                polymorphic: false,
            }],
        }
    }

    /// The greatest height behind any operator so far.
    pub(super) const fn height_max(&self) -> u32 {
        self.height_max
    }

    /// The offset of the operator that reached it first.
    pub(super) const fn height_offset(&self) -> usize {
        self.height_offset
    }

    /// Takes one operator.
    pub(super) fn step(
        &mut self,
        operator: &Operator<'_>,
        class: Class,
        at: usize,
        facts: &ModuleFacts<'_>,
    ) -> Result<(), InternalError> {
        match class {
            Class::Nop | Class::DataDrop => {}
            Class::Unreachable => self.leave()?,
            Class::Drop | Class::LocalSet | Class::GlobalSet => self.exchange(1, 0)?,
            Class::Select => self.exchange(3, 1)?,
            Class::Constant | Class::LocalGet | Class::GlobalGet | Class::MemorySize => {
                self.exchange(0, 1)?;
            }
            Class::LocalTee | Class::Unary | Class::CountOnes | Class::Load | Class::MemoryGrow => {
                self.exchange(1, 1)?;
            }
            Class::Binary | Class::Multiply | Class::Divide => self.exchange(2, 1)?,
            Class::Store => self.exchange(2, 0)?,
            Class::Bulk => self.exchange(3, 0)?,
            Class::Structure
            | Class::Conditional
            | Class::Branch
            | Class::BranchIf
            | Class::BranchTable
            | Class::Return
            | Class::Call
            | Class::CallIndirect => self.control(operator, facts)?,
        }
        if self.height > self.height_max {
            self.height_max = self.height;
            self.height_offset = at;
        }
        Ok(())
    }

    /// The operators whose effect depends on types and labels.
    fn control(
        &mut self,
        operator: &Operator<'_>,
        facts: &ModuleFacts<'_>,
    ) -> Result<(), InternalError> {
        match operator {
            Operator::Block { blockty } => {
                let (params, results) = block_arity(*blockty, facts)?;
                self.open(params, results, results)
            }
            Operator::Loop { blockty } => {
                let (params, results) = block_arity(*blockty, facts)?;
                self.open(params, results, params)
            }
            Operator::If { blockty } => {
                let (params, results) = block_arity(*blockty, facts)?;
                self.exchange(1, 0)?;
                self.open(params, results, results)
            }
            Operator::Else => {
                let frame = self.close()?;
                self.open_at(frame.base, frame.params, frame.results, frame.results)
            }
            Operator::End => {
                let frame = self.close()?;
                self.push(frame.results)
            }
            Operator::BrIf { relative_depth } => {
                self.exchange(1, 0)?;
                let label = self.label(*relative_depth)?;
                self.exchange(label, label)
            }
            Operator::Call { function_index } => {
                let callee = facts.type_of_function(*function_index);
                let callee = callee.ok_or_else(|| InternalError::new("a callee is missing"))?;
                let (params, results) = arity(callee)?;
                self.exchange(params, results)
            }
            Operator::CallIndirect { type_index, .. } => {
                let callee = facts.type_at(*type_index);
                let callee = callee.ok_or_else(|| InternalError::new("a callee is missing"))?;
                let (params, results) = arity(callee)?;
                self.exchange(1, 0)?;
                self.exchange(params, results)
            }
            // `br`, `br_table` and `return`: the height falls to the frame's, whatever they pop.
            _ => self.leave(),
        }
    }

    /// The innermost open frame.
    fn frame(&mut self) -> Result<&mut Frame, InternalError> {
        self.frames
            .last_mut()
            .ok_or_else(|| InternalError::new("an operator behind the end of a function"))
    }

    /// Pops and then pushes so many values.
    fn exchange(&mut self, pops: u32, pushes: u32) -> Result<(), InternalError> {
        let height = self.height;
        let frame = self.frame()?;
        let above = height.saturating_sub(frame.base);
        let base = frame.base;
        if above < pops && !frame.polymorphic {
            return Err(InternalError::new("the operand stack underflows"));
        }
        self.height = base
            .checked_add(above.saturating_sub(pops))
            .ok_or_else(|| InternalError::new("the operand stack overflows"))?;
        self.push(pushes)
    }

    /// Pushes so many values.
    fn push(&mut self, pushes: u32) -> Result<(), InternalError> {
        self.height = self
            .height
            .checked_add(pushes)
            .ok_or_else(|| InternalError::new("the operand stack overflows"))?;
        Ok(())
    }

    /// Marks the rest of the innermost frame as not to be reached.
    fn leave(&mut self) -> Result<(), InternalError> {
        let frame = self.frame()?;
        frame.polymorphic = true;
        self.height = frame.base;
        Ok(())
    }

    /// Opens a frame that takes its parameters from the stack.
    fn open(&mut self, params: u32, results: u32, label: u32) -> Result<(), InternalError> {
        self.exchange(params, 0)?;
        self.open_at(self.height, params, results, label)
    }

    /// Opens a frame on a stack of this height and pushes its parameters.
    fn open_at(
        &mut self,
        base: u32,
        params: u32,
        results: u32,
        label: u32,
    ) -> Result<(), InternalError> {
        self.frames.push(Frame {
            base,
            params,
            results,
            label,
            polymorphic: false,
        });
        self.push(params)
    }

    /// Closes the innermost frame and drops the stack to its base.
    fn close(&mut self) -> Result<Frame, InternalError> {
        let frame = self
            .frames
            .pop()
            .ok_or_else(|| InternalError::new("an `end` without a block"))?;
        self.height = frame.base;
        Ok(frame)
    }

    /// How many values a branch to this label takes.
    fn label(&self, relative_depth: u32) -> Result<u32, InternalError> {
        usize::try_from(relative_depth)
            .ok()
            .and_then(|depth| self.frames.iter().rev().nth(depth))
            .map(|frame| frame.label)
            .ok_or_else(|| InternalError::new("a label is missing"))
    }
}
