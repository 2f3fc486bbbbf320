//! How the machine reads the end of a run.

use lockstep_reference::Stop;
use lockstep_vm::{Completion, Meter, TrapCode};

/// Why a run that ended so, with these counters, did not return, as the reference says it.
///
/// # Errors
/// Why.
pub fn end_of(completion: Completion, left: &Meter) -> Result<(), Stop> {
    match completion {
        Completion::Returned => Ok(()),
        Completion::Unwound => Err(Stop::Host),
        Completion::Trapped(_) if left.gas < 0 => Err(Stop::OutOfGas),
        Completion::Trapped(_) if left.stack < 0 => Err(Stop::StackOverflow),
        Completion::Trapped(code) => Err(match code {
            TrapCode::Unreachable => Stop::Unreachable,
            TrapCode::MemoryOutOfBounds => Stop::MemoryOutOfBounds,
            TrapCode::TableOutOfBounds => Stop::TableOutOfBounds,
            TrapCode::IndirectCallNull => Stop::IndirectCallNull,
            TrapCode::SignatureMismatch => Stop::SignatureMismatch,
            TrapCode::DivisionByZero => Stop::DivisionByZero,
            TrapCode::IntegerOverflow => Stop::IntegerOverflow,
        }),
    }
}
