//! Operators that are rare: the parser decodes them.

use wasmparser::Operator;

use super::Stop;
use super::body::{BodyWalk, Place};
use super::control::only_if;
use super::operands::Operands;
use super::row::Row;
use crate::analysis::{Control, Top};
use crate::features::accepted_features;

/// The longest `br_table` that the parser reads.
const TARGETS_MAX: u32 = 131_072;

impl BodyWalk<'_, '_> {
    /// `br_table`: all labels have the same number of values, each of which is there.
    pub(super) fn branch_table(
        &mut self,
        row: &Row,
        place: Place,
        operands: Operands,
    ) -> Result<(Operands, usize), Stop> {
        let operands = self.take_i32(operands)?;
        let mut reader = self.reader(place.at.wrapping_add(1), place.end)?;
        let count = reader.read_var_u32()?;
        only_if(count <= TARGETS_MAX.min(self.limits.branch_table_targets_max))?;
        let mut labels = std::mem::take(&mut self.scratch.labels);
        labels.clear();
        for _ in 0..=count {
            labels.push(reader.read_var_u32()?);
        }
        let default = *labels.last().ok_or(Stop::Refused)?;
        let values = self.label(default)?;
        for label in &labels {
            let others = self.label(*label)?;
            only_if(others.count == values.count)?;
            only_if(others.count == 0 || self.scratch.older.has(operands, others))?;
        }
        // The policy looks at the function's label only: blocks have few results.
        let is_function = usize::try_from(default).ok() == self.scratch.blocks.len().checked_sub(1);
        only_if(!is_function || values.count <= self.limits.block_results_max)?;
        let operands = self.jump(values, operands)?;
        let next = reader.original_position();
        let control = Control::BranchTable(&labels);
        self.analyser
            .control(control, row.price, self.body, (place.at, next))?;
        self.scratch.labels = labels;
        Ok((operands, next))
    }

    /// An operator behind a prefix: those on bulk memory are accepted.
    pub(super) fn prefixed(
        &mut self,
        row: &Row,
        place: Place,
        mut operands: Operands,
    ) -> Result<(Operands, usize), Stop> {
        let mut reader = self.reader(place.at, place.end)?;
        reader.set_features(accepted_features());
        let operator = reader.read_operator()?;
        let next = reader.original_position();
        let has_memory = self.code.has_memory;
        let has_data = |index| self.code.data_count.is_some_and(|count| index < count);
        only_if(match operator {
            Operator::MemoryCopy { dst_mem, src_mem } => has_memory && dst_mem == 0 && src_mem == 0,
            Operator::MemoryFill { mem } => has_memory && mem == 0,
            Operator::MemoryInit { data_index, mem } => {
                has_memory && mem == 0 && has_data(data_index)
            }
            Operator::DataDrop { data_index } => has_data(data_index),
            _ => false,
        })?;
        if let Operator::DataDrop { .. } = operator {
            self.analyser.plain(self.code.data_drop_price, Top::Unknown);
            return Ok((operands, next));
        }
        for _ in 0..3 {
            operands = self.take_i32(operands)?;
        }
        self.analyser
            .control(Control::Bulk, row.price, self.body, (place.at, next))?;
        Ok((operands, next))
    }
}
