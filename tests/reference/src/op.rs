//! The flat form of code: what [`flatten`](crate::flatten) writes and `machine` executes.
//!
//! Structured control is gone. A branch knows the step it goes to, how many values it carries
//! and how high the operand stack is under them; blocks, loops and ends leave no step behind.
//! Values are raw 64-bit words; a 32-bit integer is zero-extended.

use crate::stop::Stop;

/// Where a branch goes and what it does to the operand stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jump {
    /// The index of the step to go on with.
    pub(crate) target: usize,
    /// How many values from the top are carried along.
    pub(crate) keep: usize,
    /// The height of the frame's operand stack below the carried values.
    pub(crate) height: usize,
}

/// One operator in flat form.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Nop,
    Unreachable,
    Jump(Jump),
    JumpIf(Jump),
    /// The last entry is the default.
    JumpTable(Vec<Jump>),
    /// `if`: goes on with the next step when the condition holds, otherwise to this step.
    Unless(usize),
    Return,
    Call(u32),
    CallIndirect(u32),
    Drop,
    Select,
    LocalGet(u32),
    LocalSet(u32),
    LocalTee(u32),
    GlobalGet(u32),
    GlobalSet(u32),
    Const(u64),
    Load(Load),
    Store(Store),
    MemorySize,
    MemoryGrow,
    MemoryCopy,
    MemoryFill,
    MemoryInit(u32),
    DataDrop(u32),
    Unary32(fn(u32) -> u32),
    Unary64(fn(u64) -> u64),
    Binary32(fn(u32, u32) -> Result<u32, Stop>),
    Binary64(fn(u64, u64) -> Result<u64, Stop>),
    Compare32(fn(u32, u32) -> bool),
    Compare64(fn(u64, u64) -> bool),
}

/// A load: `bytes` little-endian bytes, widened by `extend`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) offset: u64,
    pub(crate) bytes: usize,
    pub(crate) extend: fn(u64) -> u64,
}

/// A store of the lowest `bytes` bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Store {
    pub(crate) offset: u64,
    pub(crate) bytes: usize,
}

/// An operator in its place.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) op: Op,
    /// What executing this operator costs, apart from what depends on its operands.
    pub(crate) price: u64,
    /// When a segment begins here: the sum of its steps' prices.
    pub(crate) opens: Option<u64>,
}

impl Op {
    /// How many values the operator takes from the operand stack and how many it puts there.
    /// `None` for control and calls, whose arity depends on types.
    pub(crate) fn arity(&self) -> Option<(usize, usize)> {
        Some(match self {
            Op::Nop | Op::DataDrop(_) => (0, 0),
            Op::Drop | Op::LocalSet(_) | Op::GlobalSet(_) => (1, 0),
            Op::Select => (3, 1),
            Op::LocalGet(_) | Op::GlobalGet(_) | Op::Const(_) | Op::MemorySize => (0, 1),
            Op::LocalTee(_) | Op::Load(_) | Op::MemoryGrow => (1, 1),
            Op::Unary32(_) | Op::Unary64(_) => (1, 1),
            Op::Store(_) => (2, 0),
            Op::MemoryCopy | Op::MemoryFill | Op::MemoryInit(_) => (3, 0),
            Op::Binary32(_) | Op::Binary64(_) | Op::Compare32(_) | Op::Compare64(_) => (2, 1),
            Op::Unreachable | Op::Jump(_) | Op::JumpIf(_) | Op::JumpTable(_) => return None,
            Op::Unless(_) | Op::Return | Op::Call(_) | Op::CallIndirect(_) => return None,
        })
    }
}
