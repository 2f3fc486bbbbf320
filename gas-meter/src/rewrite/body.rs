//! One function's body.
//!
//! The uploaded bytes are copied as they are between insertions. A body that keeps the counter in a
//! local, or can run out of something in many places, gets the shape below, with `$exit` the one
//! cold way out; any other keeps its own, and traps in place (see `exit`).
//!
//! ```text
//! block $exit
//!   block $body (result ...)
//!     br_if $exit when the counter is below 0, in functions that are no leaves
//!     load the local counter, if there is one
//!     keep the stack counter, if the function takes slots in three places or more
//!     the code as it was, with the insertions (br_if $exit when a counter is below 0)
//!   end
//!   store the local counter
//!   return
//! end
//! store the local counter
//! unreachable
//! ```
//!
//! The original body keeps its own `end`, which now closes `$body`, so that branches to the
//! function's label land in front of what follows. Locals are appended (see `locals`).
//!
//! What a charge on either counter looks like is in `counter`.

use wasm_encoder::{BlockType, Encode, Instruction, InstructionSink};
use wasmparser::FunctionBody;

use super::call::call;
use super::counted::pay_all_runs;
use super::counter::Counter;
use super::exit::Exit;
use super::locals::AppendedLocals;
use super::pairs::two_runs;
use super::report::{report, report_segment, report_wide};
use super::slots::Slots;
use super::uncopied::Uncopied;
use super::{Counters, ProbeCall};
use crate::analysis::{Analysis, StraightLoop};
use crate::plan::{Action, FunctionPlan, Insertion};
use crate::prepared::InternalError;

/// Everything that is needed to write one body.
pub(super) struct BodyRewriter<'m, 'a> {
    /// The body as uploaded.
    pub(super) source: &'m FunctionBody<'a>,
    /// What is known about it.
    pub(super) analysis: Analysis<'m>,
    /// What to do to it.
    pub(super) plan: &'m FunctionPlan,
    /// What to insert in it.
    pub(super) insertions: &'m [Insertion],
    /// The counters' global indices.
    pub(super) counters: Counters,
    /// The gas counter in its global.
    pub(super) counter: &'m Counter,
    /// The stack counter.
    pub(super) slots: &'m Slots,
    /// How a probe reports, if the module is for profiling.
    pub(super) probe: Option<ProbeCall>,
    /// The index of the function that grows the memory, if one is appended.
    pub(super) grow: Option<u32>,
    /// Whether the code is wrapped into `$exit` and `$body`.
    pub(super) wrapped: bool,
    /// The type of the block around the code.
    pub(super) results: BlockType,
    /// The locals that are appended to it.
    pub(super) locals: AppendedLocals,
}

impl BodyRewriter<'_, '_> {
    /// Writes the body, without its length.
    pub(super) fn write(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        self.declare_locals(sink)?;
        if self.wrapped {
            Instruction::Block(BlockType::Empty).encode(sink);
            Instruction::Block(self.results).encode(sink);
        }
        self.enter(sink)?;
        let mut code = Uncopied::of(self.source, self.analysis.frame.code_start)?;
        let of_local;
        let counter = match self.plan.local_counter {
            true => {
                of_local = Counter::in_local(self.locals.counter()?);
                &of_local
            }
            false => self.counter,
        };
        for insertion in self.insertions {
            code.copy_to(insertion.at, sink)?;
            if let Some(behind) = insertion.action.replaces() {
                code.skip_to(behind)?;
            }
            self.insert(insertion, counter, sink)?;
        }
        sink.extend_from_slice(code.rest);
        if self.wrapped {
            self.store(sink)?;
            Instruction::Return.encode(sink);
            Instruction::End.encode(sink);
            self.store(sink)?;
            Instruction::Unreachable.encode(sink);
            Instruction::End.encode(sink);
        }
        Ok(())
    }

    /// Writes what stands in front of the code, within the blocks around it.
    fn enter(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let exit = match self.wrapped {
            true => Exit::Branch(1),
            false => Exit::Trap,
        };
        match (self.plan.checks_entry, self.plan.local_counter) {
            (true, true) => {
                let local = self.locals.counter()?;
                self.counter.load_and_look(local, exit, sink);
            }
            (true, false) => self.counter.look(exit, sink),
            (false, true) => self.load(sink)?,
            (false, false) => {}
        }
        if let Some(kept) = self.locals.slots() {
            self.slots.keep(kept, self.plan.frame_slots, sink)?;
        }
        Ok(())
    }

    /// Writes one insertion.
    fn insert(
        &self,
        insertion: &Insertion,
        counter: &Counter,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        // Between the innermost block and `$exit` lie the function's open blocks and `$body`.
        let depth = insertion.depth.checked_add(1);
        let exit = match self.wrapped {
            true => Exit::Branch(
                depth.ok_or_else(|| InternalError::new("blocks are nested 2^32 deep"))?,
            ),
            false => Exit::Trap,
        };
        match insertion.action {
            Action::Charge { cost, floor } => {
                counter.charge(cost, floor.map(|floor| (floor, exit)), sink);
                Ok(())
            }
            Action::GoBack { cost, .. } => {
                Instruction::If(BlockType::Empty).encode(sink);
                counter.charge_and_go_back(cost, exit, sink);
                Instruction::End.encode(sink);
                Ok(())
            }
            Action::Grow { .. } => self.call_growth(sink),
            Action::Call { callee, .. } => {
                call(callee, sink);
                Ok(())
            }
            Action::ChargePerUnit(price) => self.charge_per_unit(price, exit, counter, sink),
            Action::Load => self.load(sink),
            Action::Store => self.store(sink),
            Action::TakeSlots { slots, looks } => {
                let exit = looks.then_some(exit);
                self.slots.take(slots, self.locals.slots(), exit, sink)
            }
            Action::GiveSlots(slots) => self.slots.give(slots, self.locals.slots(), sink),
            Action::PayLoop { straight, cost } => {
                let straight = self.straight_loop(straight)?;
                let code = self.bytes(straight.at, straight.behind)?;
                pay_all_runs(straight, code, cost, counter, self.locals.need()?, sink)
            }
            Action::ChargePair { straight, cost } => {
                let straight = self.straight_loop(straight)?;
                let body = self.bytes(straight.head, straight.end)?;
                two_runs(body, cost, exit, counter, sink)
            }
            Action::OpenBlock => {
                Instruction::Block(BlockType::Empty).encode(sink);
                Ok(())
            }
            Action::EndBlock => {
                Instruction::End.encode(sink);
                Ok(())
            }
            Action::Separate => {
                Instruction::Block(BlockType::Empty).encode(sink);
                Instruction::End.encode(sink);
                Ok(())
            }
            Action::Report(number) => report_segment(self.probe, number, sink),
            Action::ReportOperand(number) => report(self.probe, number, sink),
            Action::ReportWideResult(number) => {
                report_wide(self.probe, number, self.locals.result()?, sink)
            }
        }
    }

    /// The uploaded bytes from one offset in the file to another.
    fn bytes(&self, from: usize, to: usize) -> Result<&[u8], InternalError> {
        let start = self.source.range().start;
        from.checked_sub(start)
            .zip(to.checked_sub(start))
            .and_then(|(from, to)| self.source.as_bytes().get(from..to))
            .ok_or_else(|| InternalError::new("an insertion lies outside its function"))
    }

    /// The declarations of locals, with those of the pass appended.
    fn declare_locals(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let groups = self
            .source
            .get_locals_reader()
            .map_err(InternalError::parse)?;
        let added = self.locals.groups();
        let count = u32::try_from(added.clone().count())
            .ok()
            .and_then(|added| groups.get_count().checked_add(added))
            .ok_or_else(|| InternalError::new("more than 2^32 groups of locals"))?;
        count.encode(sink);
        let own = self.bytes(groups.original_position(), self.analysis.frame.code_start)?;
        sink.extend_from_slice(own);
        for (count, value_type) in added {
            count.encode(sink);
            value_type.encode(sink);
        }
        Ok(())
    }

    /// The straight loop at a position.
    fn straight_loop(&self, position: u32) -> Result<&StraightLoop, InternalError> {
        let position = usize::try_from(position).ok();
        let straight = position.and_then(|position| self.analysis.loops.get(position));
        straight.ok_or_else(|| InternalError::new("a straight loop is missing"))
    }

    /// Calls the function that grows the memory.
    fn call_growth(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        let missing = || InternalError::new("nothing grows the memory");
        Instruction::Call(self.grow.ok_or_else(missing)?).encode(sink);
        Ok(())
    }

    /// Loads the local counter.
    fn load(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        InstructionSink::new(sink)
            .global_get(self.counters.gas)
            .local_set(self.locals.counter()?);
        Ok(())
    }

    /// Stores the local counter, if there is one.
    fn store(&self, sink: &mut Vec<u8>) -> Result<(), InternalError> {
        if self.plan.local_counter {
            InstructionSink::new(sink)
                .local_get(self.locals.counter()?)
                .global_set(self.counters.gas);
        }
        Ok(())
    }

    /// Takes gas for each unit of the number on top of the operand stack, in 64 bits.
    fn charge_per_unit(
        &self,
        price: u64,
        exit: Exit,
        counter: &Counter,
        sink: &mut Vec<u8>,
    ) -> Result<(), InternalError> {
        let price = i64::try_from(price).map_err(|_| InternalError::new("a price overflows"))?;
        let operand = self.locals.operand()?;
        Instruction::LocalTee(operand).encode(sink);
        counter.read(sink);
        Instruction::LocalGet(operand).encode(sink);
        Instruction::I64ExtendI32U.encode(sink);
        Instruction::I64Const(price).encode(sink);
        Instruction::I64Mul.encode(sink);
        counter.subtract(Some(exit), sink);
        Ok(())
    }
}
