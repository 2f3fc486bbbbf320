//! Function bodies: locals, operators, and the limits that hold within a function.

use std::ops::Range;

use wasmparser::{BinaryReader, BinaryReaderError, FunctionBody, Operator};

use super::Scan;
use super::value_type::TypePlace;
use crate::operator::{Decision, decide, operator_name};
use crate::violation::Finding;
use crate::violation_code::ViolationCode;

/// The opcode of `br_table`.
const BR_TABLE: u8 = 0x0e;

/// See [`Limits::short_functions_max`](crate::Limits::short_functions_max).
const BYTES_PER_FUNCTION: usize = 16;

/// What the scan keeps while it goes through one body.
pub(super) struct BodyState {
    pub(super) index: u32,
    pub(super) open_blocks: u32,
    pub(super) too_deep: bool,
}

impl BodyState {
    /// The state at the start of the function at `index`.
    const fn new(index: u32) -> BodyState {
        BodyState {
            index,
            open_blocks: 0,
            too_deep: false,
        }
    }
}

impl<'a> Scan<'a, '_> {
    /// The head of the code section.
    pub(super) fn code_start(&mut self, count: u32, content: Range<usize>) {
        let limit = self.limits.functions_max;
        let actual = u64::from(count);
        let code = ViolationCode::FunctionCount;
        if self.within(code, content.start, "function bodies", limit, actual) {
            let backed = content.len() / BYTES_PER_FUNCTION;
            let limit = self.limits.short_functions_max;
            let limit = limit.saturating_add(u32::try_from(backed).unwrap_or(u32::MAX));
            let what = "functions for a code section of this length";
            self.within(code, content.start, what, limit, actual);
        }
        self.place(10, content.clone(), content.start, count);
    }

    /// One function body.
    pub(super) fn code_entry(&mut self, body: FunctionBody<'a>) {
        if let Some(index) = self.enter_body(&body)
            && let Err(error) = self.body(&body, index)
        {
            self.malformed(&error, Some(index));
        }
    }

    /// Keeps a function body. Returns the function's index, unless there are too many bodies or
    /// this one is too long to be read.
    pub(crate) fn enter_body(&mut self, body: &FunctionBody<'a>) -> Option<u32> {
        let position = self.bodies_seen;
        self.bodies_seen = position.saturating_add(1);
        if position >= self.limits.functions_max {
            // The violation was reported at the head of the section.
            return None;
        }
        self.facts.bodies.push(body.clone());
        let index = position.saturating_add(self.facts.imported_functions);
        let range = body.range();
        let actual = u64::try_from(range.len()).unwrap_or(u64::MAX);
        let limit = self.limits.body_bytes_max;
        if actual <= u64::from(limit) {
            return Some(index);
        }
        let message = "too many bytes in a function body";
        let finding = Finding::new(ViolationCode::BodyBytes, range.start, message);
        self.violations
            .push(finding.in_function(index).over(u64::from(limit), actual));
        None
    }

    /// The inside of a body.
    fn body(&mut self, body: &FunctionBody<'a>, index: u32) -> Result<(), BinaryReaderError> {
        self.locals(body, index)?;
        let mut state = BodyState::new(index);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let offset = operators.original_position();
            let at_operator = operators.get_binary_reader();
            match operators.read() {
                Ok(operator) => self.operator(&operator, offset, &mut state),
                Err(error) => {
                    if self.oversized_branch_table(at_operator, index) {
                        return Ok(());
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// The declared locals: counted by group, never expanded.
    pub(crate) fn locals(
        &mut self,
        body: &FunctionBody<'a>,
        index: u32,
    ) -> Result<(), BinaryReaderError> {
        let mut groups = body.get_locals_reader()?;
        let start = groups.original_position();
        let params = self
            .facts
            .type_of_function(index)
            .map_or(0, |function_type| function_type.params.len());
        let params = u64::try_from(params).unwrap_or(u64::MAX);
        let mut declared = 0_u64;
        for _ in 0..groups.get_count() {
            let offset = groups.original_position();
            let (count, value_type) = groups.read()?;
            declared = declared.saturating_add(u64::from(count));
            let place = TypePlace {
                offset,
                function: Some(index),
                what: "a local",
            };
            self.value_type(value_type, place);
        }
        self.local_count(
            (index, start),
            "too many parameters and locals",
            u64::from(self.limits.locals_max),
            params.saturating_add(declared),
        );
        let body_bytes = u64::try_from(body.as_bytes().len()).unwrap_or(u64::MAX);
        self.local_count(
            (index, start),
            "more locals than a body of this length may declare",
            body_bytes.saturating_add(u64::from(self.limits.locals_beyond_body_max)),
            declared,
        );
        Ok(())
    }

    /// Notes that a function, by index and offset, has more locals than the limit.
    fn local_count(&mut self, place: (u32, usize), message: &str, limit: u64, count: u64) {
        if count > limit {
            let finding = Finding::new(ViolationCode::LocalCount, place.1, message);
            self.violations
                .push(finding.in_function(place.0).over(limit, count));
        }
    }

    /// One operator.
    fn operator(&mut self, operator: &Operator<'a>, offset: usize, state: &mut BodyState) {
        match decide(operator) {
            Decision::Accepted(_) => self.immediates(operator, offset, state),
            Decision::Refused(code) => {
                let name = operator_name(operator);
                let finding = Finding::new(code, offset, format!("the function uses {name}"));
                self.violations
                    .push(finding.in_function(state.index).on_operator(name));
            }
        }
    }

    /// The immediates of an accepted operator, as far as policy and limits go.
    fn immediates(&mut self, operator: &Operator<'a>, offset: usize, state: &mut BodyState) {
        match operator {
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                self.open_block(operator, *blockty, offset, state)
            }
            Operator::End => state.open_blocks = state.open_blocks.saturating_sub(1),
            Operator::BrTable { targets } => {
                self.branch_table(offset, u64::from(targets.len()), state.index);
                self.branch_values(targets.default(), offset, state);
            }
            Operator::CallIndirect { table_index, .. } if *table_index != 0 => {
                let message = "an indirect call through a table other than 0";
                let finding = Finding::new(ViolationCode::MultiTable, offset, message);
                let name = operator_name(operator);
                self.violations
                    .push(finding.in_function(state.index).on_operator(name));
            }
            _ if other_memory(operator) => {
                let message = "an operator on a memory other than 0";
                let finding = Finding::new(ViolationCode::MultiMemory, offset, message);
                let name = operator_name(operator);
                self.violations
                    .push(finding.in_function(state.index).on_operator(name));
            }
            _ => {}
        }
    }

    /// Compares the number of targets of a `br_table` with its limit. Returns whether it is over.
    fn branch_table(&mut self, offset: usize, targets: u64, index: u32) -> bool {
        let limit = u64::from(self.limits.branch_table_targets_max);
        if targets <= limit {
            return false;
        }
        let message = "too many targets of a br_table";
        let finding = Finding::new(ViolationCode::BranchTableTargets, offset, message);
        self.violations.push(
            finding
                .in_function(index)
                .on_operator("br_table".to_owned())
                .over(limit, targets),
        );
        true
    }

    /// The parser refuses to read a very long `br_table` and does not say how long it is: looks
    /// for the count, so that the refusal states the limit. Returns whether it was that.
    fn oversized_branch_table(&mut self, mut reader: BinaryReader<'a>, index: u32) -> bool {
        let offset = reader.original_position();
        match (reader.read_u8(), reader.read_var_u32()) {
            (Ok(BR_TABLE), Ok(count)) => self.branch_table(offset, u64::from(count), index),
            _ => false,
        }
    }
}

/// Whether an accepted operator names a memory other than 0.
fn other_memory(operator: &Operator<'_>) -> bool {
    match operator {
        Operator::MemorySize { mem }
        | Operator::MemoryGrow { mem }
        | Operator::MemoryFill { mem }
        | Operator::MemoryInit { mem, .. } => *mem != 0,
        Operator::MemoryCopy { dst_mem, src_mem } => *dst_mem != 0 || *src_mem != 0,
        Operator::I32Load { memarg }
        | Operator::I64Load { memarg }
        | Operator::I32Load8S { memarg }
        | Operator::I32Load8U { memarg }
        | Operator::I32Load16S { memarg }
        | Operator::I32Load16U { memarg }
        | Operator::I64Load8S { memarg }
        | Operator::I64Load8U { memarg }
        | Operator::I64Load16S { memarg }
        | Operator::I64Load16U { memarg }
        | Operator::I64Load32S { memarg }
        | Operator::I64Load32U { memarg }
        | Operator::I32Store { memarg }
        | Operator::I64Store { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I32Store16 { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => memarg.memory != 0,
        _ => false,
    }
}
