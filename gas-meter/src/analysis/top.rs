//! What lies on top of the operand stack, as far as two faults of wasmi 2.0.0 make it matter.
//!
//! That engine keeps the last result in a register, and the operator that made it at hand, to join it
//! with the next one. Two of these joins are wrong:
//!
//! - A `select` is joined with a comparison with zero whose result is its condition, and the
//!   comparison is dropped although the `select` still looks at its result. Operators for which
//!   the engine writes no code (`i64.extend_i32_u`, an addition of 0, the end of a loop) may lie in
//!   between, and a comparison may have become one with zero.
//! - A store whose address and value are both in the register, because they are the same local,
//!   ends the translation with a panic when its offset does not fit in 16 bits.
//!
//! An empty block in front makes the engine put the register away, after which nothing is joined. It
//! is left out where what lies on top shows that there is nothing to join: the operators listed in
//! [`Top::behind`] are always translated to code of their own, or leave what is in no register.

use wasmparser::Operator;

use crate::operator::Class;

/// What the last operator, `nop` apart, left on top of the operand stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Top {
    /// A constant, right in front: not even a `nop` lies in between.
    Constant,
    /// A local. It may be in the register; the operator that put it there is not at hand any more.
    Local,
    /// A result in the register or a slot, by an operator that is no comparison with zero; or a
    /// constant behind which there is a `nop`.
    Result,
    /// Anything else.
    #[default]
    Unknown,
}

impl Top {
    /// What a plain operator leaves.
    #[inline(always)]
    pub(crate) fn behind(operator: &Operator<'_>, class: Class) -> Top {
        match class {
            Class::Constant => Top::Constant,
            Class::LocalGet => Top::Local,
            Class::Load | Class::GlobalGet | Class::MemorySize => Top::Result,
            Class::Binary if is_order(operator) => Top::Result,
            _ => Top::Unknown,
        }
    }

    /// What lies there behind a `nop`.
    pub(super) fn behind_nop(self) -> Top {
        match self {
            Top::Constant => Top::Result,
            top => top,
        }
    }

    /// Whether a `select` may follow.
    pub(super) fn may_be_condition(self) -> bool {
        self != Top::Unknown
    }

    /// Whether a store at a large offset may follow.
    pub(super) fn may_be_stored_far(self) -> bool {
        matches!(self, Top::Constant | Top::Result)
    }
}

/// Whether an operator says which of two numbers is smaller.
const fn is_order(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::I32LtS
            | Operator::I32LtU
            | Operator::I32GtS
            | Operator::I32GtU
            | Operator::I32LeS
            | Operator::I32LeU
            | Operator::I32GeS
            | Operator::I32GeU
            | Operator::I64LtS
            | Operator::I64LtU
            | Operator::I64GtS
            | Operator::I64GtU
            | Operator::I64LeS
            | Operator::I64LeU
            | Operator::I64GeS
            | Operator::I64GeU
    )
}

/// Whether an operator stores at a static offset that does not fit in 16 bits.
#[inline(always)]
pub(crate) fn is_far_store(operator: &Operator<'_>) -> bool {
    match operator {
        Operator::I32Store { memarg }
        | Operator::I64Store { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I32Store16 { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => memarg.offset > u64::from(u16::MAX),
        _ => false,
    }
}
