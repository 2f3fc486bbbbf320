//! Constant expressions: the initial value of a global, the offset of a segment.

use wasmparser::{ConstExpr, Operator};

use super::Scan;
use crate::operator::{Decision, decide, operator_name};
use crate::violation::Finding;
use crate::violation_code::ViolationCode;

impl Scan<'_, '_> {
    /// Accepts one integer constant; the first operator that is something else is a violation.
    pub(super) fn constant(&mut self, expression: &ConstExpr<'_>, what: &str) {
        for item in expression.get_operators_reader().into_iter_with_offsets() {
            let (operator, offset) = match item {
                Ok(read) => read,
                Err(error) => return self.malformed(&error, None),
            };
            if matches!(
                operator,
                Operator::I32Const { .. } | Operator::I64Const { .. } | Operator::End
            ) {
                continue;
            }
            let code = match decide(&operator) {
                Decision::Accepted(_) => ViolationCode::ExtendedConst,
                Decision::Refused(code) => code,
            };
            let name = operator_name(&operator);
            let message = format!("{what} uses {name}; only one integer constant is accepted");
            self.violations
                .push(Finding::new(code, offset, message).on_operator(name));
            return;
        }
    }
}
