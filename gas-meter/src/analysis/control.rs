//! The operators that the analysis has to see one by one, in its own words.

use wasmparser::BlockType;

use super::Callee;

/// An operator that shapes the code, or that has to be looked at for another reason. All others are
/// plain (`Class::is_plain`): only their prices matter, and what they leave on top of the operand stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control<'t> {
    Block,
    Loop(BlockType),
    If,
    Else,
    End,
    /// `br` to this label.
    Branch(u32),
    /// `br_if` to this label.
    BranchIf(u32),
    /// `br_table` to these labels, the default last.
    BranchTable(&'t [u32]),
    Return,
    Unreachable,
    Call(Callee),
    MemoryGrow,
    /// `memory.copy`, `memory.fill`, `memory.init`.
    Bulk,
    Select,
    Nop,
    /// A store whose static offset does not fit in 16 bits; see [`Top`](super::Top).
    FarStore,
}
