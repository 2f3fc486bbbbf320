//! What Wasmtime's errors mean: the host's wish to stop, a trap of the guest, or a failure.
//!
//! A native stack that ends, memory that cannot be had and everything that no guest of the policy
//! can cause are an [`EngineError`], never a trap. Of these the machine answers
//! [`EngineError::NativeStack`] by running the transaction on its interpreter.

use lockstep_vm::{Completion, EngineError, TrapCode};
use thiserror::Error;
use wasmtime::Trap;

use super::NAME;

/// Why a host function or a limiter ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Ended {
    /// The host wants the guest to stop.
    #[error("stopped by the host")]
    Stopped,
    /// The machine has no memory for a growth within the maximum.
    #[error("the machine has no memory")]
    OutOfMemory,
    /// Something that must not happen.
    #[error("{0}")]
    Broken(&'static str),
}

/// Reads Wasmtime's error.
pub(super) fn completion(error: &wasmtime::Error) -> Result<Completion, EngineError> {
    match error.downcast_ref::<Ended>() {
        Some(Ended::Stopped) => return Ok(Completion::Unwound),
        Some(Ended::OutOfMemory) => return Err(out_of_memory()),
        Some(Ended::Broken(reason)) => return Err(failed(reason)),
        None => {}
    }
    let trap = match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => TrapCode::Unreachable,
        Some(Trap::MemoryOutOfBounds) => TrapCode::MemoryOutOfBounds,
        Some(Trap::TableOutOfBounds) => TrapCode::TableOutOfBounds,
        Some(Trap::IndirectCallToNull) => TrapCode::IndirectCallNull,
        Some(Trap::BadSignature) => TrapCode::SignatureMismatch,
        Some(Trap::IntegerDivisionByZero) => TrapCode::DivisionByZero,
        Some(Trap::IntegerOverflow) => TrapCode::IntegerOverflow,
        Some(Trap::StackOverflow) => {
            return Err(EngineError::NativeStack { engine: NAME });
        }
        Some(_) | None => return Err(failed(error)),
    };
    Ok(Completion::Trapped(trap))
}

/// A memory within the limit could not be had.
pub(super) fn out_of_memory() -> EngineError {
    EngineError::OutOfMemory {
        what: "guest memory within the limit",
    }
}

pub(super) fn refused(reason: impl ToString) -> EngineError {
    EngineError::Refused {
        engine: NAME,
        reason: reason.to_string(),
    }
}

pub(super) fn failed(reason: impl ToString) -> EngineError {
    EngineError::Failed {
        engine: NAME,
        reason: reason.to_string(),
    }
}
