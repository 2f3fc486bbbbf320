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

use crate::operator::Class;

/// What the last operator, `nop` apart, left on top of the operand stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Top {
    /// A constant, right in front: not even a `nop` lies in between.
    Constant,
    /// A local. It may be in the register; the operator that put it there is not at hand any more.
    Local,
    /// A result in the register or a slot, by an operator that is no comparison with zero; or a
    /// constant behind which there is a `nop`.
    Result,
    /// Anything else.
    Unknown,
}

impl Top {
    /// What a plain operator of this class and opcode leaves.
    pub(crate) const fn behind(class: Class, opcode: u8) -> Top {
        match class {
            Class::Constant => Top::Constant,
            Class::LocalGet => Top::Local,
            Class::Load | Class::GlobalGet | Class::MemorySize => Top::Result,
            Class::Binary if is_order(opcode) => Top::Result,
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

/// Whether an operator says which of two numbers is smaller: `lt`, `gt`, `le` and `ge`, with a sign
/// and without, of `i32` and of `i64`.
const fn is_order(opcode: u8) -> bool {
    matches!(opcode, 0x48..=0x4f | 0x53..=0x5a)
}
