//! Operators with a constant that stand one upon another, as in `x + 1 + 2 + 3`.

use wasmparser::Operator;

/// How many operators with a constant a value may stand upon before the next one counts.
const FREE: u32 = 2;

/// For each value, upon how many operators with a constant it stands. Branches are not followed, and
/// an operator that is none of these hands on what its first operand stands upon.
pub(super) struct Chains {
    locals: Vec<u32>,
    stack: Vec<u32>,
    behind_constant: bool,
}

impl Chains {
    /// At the begin of a function with so many locals.
    pub(super) fn new(locals: u32) -> Chains {
        Chains {
            locals: (0..locals).map(|_| 0).collect(),
            stack: Vec::new(),
            behind_constant: false,
        }
    }

    /// Follows an operator behind which the operand stack has this height. Says whether it has a
    /// constant and stands upon several that have.
    pub(super) fn follow(&mut self, operator: &Operator<'_>, height: u32) -> bool {
        let mut counts = false;
        match operator {
            Operator::LocalGet { local_index } => {
                let local = self.local(*local_index);
                let value = local.copied().unwrap_or(0);
                self.stack.push(value);
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                let value = self.stack.last().copied().unwrap_or(0);
                if let Some(local) = self.local(*local_index) {
                    *local = value;
                }
            }
            operator if is_joined_with_others(operator) => {
                let right = self.stack.pop().unwrap_or(0);
                let left = self.stack.pop().unwrap_or(0);
                let under = left.max(right);
                counts = self.behind_constant && under >= FREE;
                self.stack
                    .push(under.saturating_add(u32::from(self.behind_constant)));
            }
            _ => {}
        }
        self.behind_constant = matches!(
            operator,
            Operator::I32Const { .. } | Operator::I64Const { .. }
        );
        let height = usize::try_from(height).unwrap_or(usize::MAX);
        self.stack.resize(height, 0);
        counts
    }

    fn local(&mut self, index: u32) -> Option<&mut u32> {
        self.locals.get_mut(usize::try_from(index).ok()?)
    }
}

/// Whether the optimiser looks through the operator for constants.
fn is_joined_with_others(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::I32Add
            | Operator::I32Sub
            | Operator::I32Mul
            | Operator::I32And
            | Operator::I32Or
            | Operator::I32Xor
            | Operator::I64Add
            | Operator::I64Sub
            | Operator::I64Mul
            | Operator::I64And
            | Operator::I64Or
            | Operator::I64Xor
    )
}
