//! One function's body.
//!
//! The shape of the result, with `$exit` the one cold way out for lack of gas or stack:
//!
//! ```text
//! block $exit
//!   take the frame's slots, br_if $exit when below 0
//!   block $body (result ...)
//!     the code as it was, with charges in front of segments (br_if $exit when below 0)
//!   end
//!   give the frame's slots back
//!   return
//! end
//! unreachable
//! ```
//!
//! The original body keeps its own `end`, which now closes `$body`, so that branches to the
//! function's label land in front of the release. Locals are appended: an `i64` to look at the
//! counter after a charge, and an `i32` that keeps an operand where a charge depends on one.

use wasm_encoder::{BlockType, Encode, Instruction, ValType};
use wasmparser::FunctionBody;

use super::{Counters, ProbeCall};
use crate::analysis::Analysis;
use crate::plan::{Action, FunctionPlan};
use crate::prepared::InternalError;

/// Everything that is needed to write one body.
pub(super) struct BodyRewriter<'m, 'a> {
    /// The body as uploaded.
    pub(super) source: &'m FunctionBody<'a>,
    /// What is known about it.
    pub(super) analysis: &'m Analysis,
    /// What to do to it.
    pub(super) plan: &'m FunctionPlan,
    /// The counters' global indices.
    pub(super) counters: Counters,
    /// How a probe reports, if the module is for profiling.
    pub(super) probe: Option<ProbeCall>,
    /// The type of the block around the code.
    pub(super) results: BlockType,
}

impl BodyRewriter<'_, '_> {
    /// Writes the body, without its length.
    pub(super) fn write(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        self.locals(sink)?;
        Instruction::Block(BlockType::Empty).encode(sink);
        self.take_frame(sink)?;
        Instruction::Block(self.results).encode(sink);
        let mut copied = self.analysis.code_start;
        for insertion in &self.plan.insertions {
            self.copy(copied, insertion.at, sink)?;
            copied = insertion.at;
            match insertion.action {
                Action::Charge(cost) => self.charge(cost, insertion.depth, sink)?,
                Action::ChargePerUnit(price) => {
                    self.charge_per_unit(price, insertion.depth, sink)?;
                }
                Action::ReleaseFrame => self.release_frame(sink)?,
                Action::Separate => {
                    Instruction::Block(BlockType::Empty).encode(sink);
                    Instruction::End.encode(sink);
                }
                Action::Report(number) => {
                    Instruction::I32Const(0).encode(sink);
                    self.report(number, sink)?;
                    Instruction::Drop.encode(sink);
                }
                Action::ReportOperand(number) => self.report(number, sink)?,
            }
        }
        self.copy(copied, self.source.range().end, sink)?;
        self.release_frame(sink)?;
        Instruction::Return.encode(sink);
        Instruction::End.encode(sink);
        Instruction::Unreachable.encode(sink);
        Instruction::End.encode(sink);
        Ok(())
    }

    /// Hands the number on top of the operand stack and the probe's own to the machine, which
    /// gives the first one back.
    fn report(&self, number: u32, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let probe = self
            .probe
            .ok_or_else(|| InternalError::new("a probe in a module that has none"))?;
        let ProbeCall { type_index, table } = probe;
        Instruction::I32Const(number.cast_signed()).encode(sink);
        Instruction::I32Const(0).encode(sink);
        Instruction::CallIndirect {
            type_index,
            table_index: table,
        }
        .encode(sink);
        Ok(())
    }

    /// The uploaded bytes from one offset in the file to another.
    fn copy(&self, from: usize, to: usize, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let start = self.source.range().start;
        let bytes = from
            .checked_sub(start)
            .zip(to.checked_sub(start))
            .and_then(|(from, to)| self.source.as_bytes().get(from..to))
            .ok_or_else(|| InternalError::new("an insertion lies outside its function"))?;
        sink.extend_from_slice(bytes);
        Ok(())
    }

    /// The declarations of locals, with those of the pass appended.
    fn locals(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let groups = self
            .source
            .get_locals_reader()
            .map_err(InternalError::parse)?;
        let keeps_operand = self.plan.keeps_operand();
        let count = groups
            .get_count()
            .checked_add(if keeps_operand { 2 } else { 1 })
            .ok_or_else(|| InternalError::new("more than 2^32 groups of locals"))?;
        count.encode(sink);
        self.copy(groups.original_position(), self.analysis.code_start, sink)?;
        1_u32.encode(sink);
        ValType::I64.encode(sink);
        if keeps_operand {
            1_u32.encode(sink);
            ValType::I32.encode(sink);
        }
        Ok(())
    }

    /// The index of the local that holds the counter after a charge.
    fn counter_local(&self) -> Result<u32, InternalError> {
        self.analysis
            .params
            .checked_add(self.analysis.declared_locals)
            .ok_or_else(|| InternalError::new("more than 2^32 locals"))
    }

    /// The index of the local that keeps an operand.
    fn operand_local(&self) -> Result<u32, InternalError> {
        self.counter_local()?
            .checked_add(1)
            .ok_or_else(|| InternalError::new("more than 2^32 locals"))
    }

    /// The frame's slots as the operand of an `i32.const`.
    fn frame_slots(&self) -> Result<i32, InternalError> {
        i32::try_from(self.plan.frame_slots)
            .map_err(|_| InternalError::new("a frame has more than 2^31 slots"))
    }

    /// Takes the frame's slots at entry. Reads the counter again for the comparison: it happens
    /// once per call, and a local of its own would have to be zeroed once per call too.
    fn take_frame(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let stack = self.counters.stack;
        Instruction::GlobalGet(stack).encode(sink);
        Instruction::I32Const(self.frame_slots()?).encode(sink);
        Instruction::I32Sub.encode(sink);
        Instruction::GlobalSet(stack).encode(sink);
        Instruction::GlobalGet(stack).encode(sink);
        Instruction::I32Const(0).encode(sink);
        Instruction::I32LtS.encode(sink);
        Instruction::BrIf(0).encode(sink);
        Ok(())
    }

    /// Gives the frame's slots back. Leaves the operand stack as it is.
    fn release_frame(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let stack = self.counters.stack;
        Instruction::GlobalGet(stack).encode(sink);
        Instruction::I32Const(self.frame_slots()?).encode(sink);
        Instruction::I32Add.encode(sink);
        Instruction::GlobalSet(stack).encode(sink);
        Ok(())
    }

    /// Takes a fixed amount of gas.
    fn charge(&self, cost: u64, depth: u32, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let cost = i64::try_from(cost).map_err(|_| InternalError::new("a charge overflows"))?;
        Instruction::GlobalGet(self.counters.gas).encode(sink);
        Instruction::I64Const(cost).encode(sink);
        self.subtract_and_check(depth, sink)
    }

    /// Takes gas for each unit of the number on top of the operand stack, in 64 bits.
    fn charge_per_unit(
        &self,
        price: u64,
        depth: u32,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        let price = i64::try_from(price).map_err(|_| InternalError::new("a price overflows"))?;
        let operand = self.operand_local()?;
        Instruction::LocalTee(operand).encode(sink);
        Instruction::GlobalGet(self.counters.gas).encode(sink);
        Instruction::LocalGet(operand).encode(sink);
        Instruction::I64ExtendI32U.encode(sink);
        Instruction::I64Const(price).encode(sink);
        Instruction::I64Mul.encode(sink);
        self.subtract_and_check(depth, sink)
    }

    /// Subtracts the cost on top of the stack from the counter below it, stores the rest and
    /// leaves for `$exit` when it is below 0.
    fn subtract_and_check(&self, depth: u32, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let counter = self.counter_local()?;
        // Between the innermost block and `$exit` lie the function's open blocks and `$body`.
        let exit = depth
            .checked_add(1)
            .ok_or_else(|| InternalError::new("blocks are nested 2^32 deep"))?;
        Instruction::I64Sub.encode(sink);
        Instruction::LocalTee(counter).encode(sink);
        Instruction::GlobalSet(self.counters.gas).encode(sink);
        Instruction::LocalGet(counter).encode(sink);
        Instruction::I64Const(0).encode(sink);
        Instruction::I64LtS.encode(sink);
        Instruction::BrIf(exit).encode(sink);
        Ok(())
    }
}
