//! Why a run stops: the traps of the specification, the two counters, and the host.

/// Why a run stopped before it returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// A charge was not covered.
    OutOfGas,
    /// A frame did not fit the stack bound.
    StackOverflow,
    /// `unreachable` was executed.
    Unreachable,
    /// Memory or a data segment was accessed outside its bounds.
    MemoryOutOfBounds,
    /// The table was accessed outside its bounds.
    TableOutOfBounds,
    /// A call through an empty table entry.
    IndirectCallNull,
    /// A call through a table entry of another type.
    SignatureMismatch,
    /// An integer was divided by zero.
    DivisionByZero,
    /// The quotient of a signed division does not fit.
    IntegerOverflow,
    /// A host function ended the run.
    Host,
}
