//! Blocks, loops and ifs: their types, and how deeply they are nested.

use wasmparser::{BlockType, Operator, ValType};

use super::Scan;
use super::body::BodyState;
use super::value_type::TypePlace;
use crate::operator::operator_name;
use crate::violation::Finding;
use crate::violation_code::ViolationCode::{self, self as C};

impl<'a> Scan<'a, '_> {
    /// Checks a block's type, and how deeply it is nested (once per function).
    pub(super) fn open_block(
        &mut self,
        operator: &Operator<'a>,
        block_type: BlockType,
        offset: usize,
        state: &mut BodyState,
    ) {
        if let BlockType::Type(value_type) = block_type
            && !matches!(value_type, ValType::I32 | ValType::I64)
        {
            let what = format!("the result of a {}", operator_name(operator));
            let place = TypePlace {
                offset,
                function: Some(state.index),
                what: &what,
            };
            self.value_type(value_type, place);
        }
        if let BlockType::FuncType(type_index) = block_type {
            self.block_values(type_index, operator, offset, state.index);
        }
        state.open_blocks = state.open_blocks.saturating_add(1);
        let limit = self.limits.nesting_max;
        if state.open_blocks > limit && !state.too_deep {
            state.too_deep = true;
            let message = "blocks are nested too deeply";
            let finding = Finding::new(ViolationCode::Nesting, offset, message);
            self.violations.push(
                finding
                    .in_function(state.index)
                    .over(u64::from(limit), u64::from(state.open_blocks)),
            );
        }
    }

    /// Compares the numbers of a block's parameters and results with their limits.
    fn block_values(
        &mut self,
        type_index: u32,
        operator: &Operator<'a>,
        offset: usize,
        index: u32,
    ) {
        let position = usize::try_from(type_index).unwrap_or(usize::MAX);
        let Some(block_type) = self.facts.types.get(position) else {
            // Validation finds that there is no such type.
            return;
        };
        let (params, results) = (block_type.params.len(), block_type.results.len());
        let limits = self.limits;
        let name = operator_name(operator);
        for (code, what, limit, count) in [
            (
                C::BlockParamCount,
                "parameters",
                limits.block_params_max,
                params,
            ),
            (
                C::BlockResultCount,
                "results",
                limits.block_results_max,
                results,
            ),
        ] {
            let message = format!("too many {what} of a {name}");
            self.block_value_count((code, message), &name, (offset, index), (limit, count));
        }
    }

    /// Compares the number of values that a `br_table` takes along with its limit, `default` being
    /// its default target: only the function itself can be a target that takes several.
    pub(super) fn branch_values(&mut self, default: u32, offset: usize, state: &BodyState) {
        if default != state.open_blocks {
            return;
        }
        let function_type = self.facts.type_of_function(state.index);
        let results = function_type.map_or(0, |function_type| function_type.results.len());
        let message = "too many values for a br_table".to_owned();
        self.block_value_count(
            (C::BlockResultCount, message),
            "br_table",
            (offset, state.index),
            (self.limits.block_results_max, results),
        );
    }

    /// Notes that a block or a branch, at an offset in a function, has more values than the limit.
    fn block_value_count(
        &mut self,
        (code, message): (ViolationCode, String),
        operator: &str,
        (offset, index): (usize, u32),
        (limit, count): (u32, usize),
    ) {
        let (limit, count) = (u64::from(limit), u64::try_from(count).unwrap_or(u64::MAX));
        if count > limit {
            let finding = Finding::new(code, offset, message).in_function(index);
            self.violations
                .push(finding.on_operator(operator.to_owned()).over(limit, count));
        }
    }
}
