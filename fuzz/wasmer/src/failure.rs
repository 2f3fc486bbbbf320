//! What Wasmer's errors mean: the host's wish to stop, a trap of the guest, or a failure.

use lockstep_vm::{Completion, EngineError, TrapCode};
use thiserror::Error;
use wasmer::{InstantiationError, LinkError, RuntimeError};
use wasmer_types::TrapCode as Trap;

use super::NAME;

/// Why a host function ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Ended {
    /// The host wants the guest to stop.
    #[error("stopped by the host")]
    Stopped,
    /// Something that must not happen.
    #[error("{0}")]
    Broken(&'static str),
}

/// Reads the error of a run.
pub(crate) fn completion(error: &RuntimeError) -> Result<Completion, EngineError> {
    match error.downcast_ref::<Ended>() {
        Some(Ended::Stopped) => return Ok(Completion::Unwound),
        Some(Ended::Broken(reason)) => return Err(failed(reason)),
        None => {}
    }
    let trap = match error.clone().to_trap() {
        Some(Trap::UnreachableCodeReached) => TrapCode::Unreachable,
        Some(Trap::HeapAccessOutOfBounds) => TrapCode::MemoryOutOfBounds,
        Some(Trap::TableAccessOutOfBounds) => TrapCode::TableOutOfBounds,
        Some(Trap::IndirectCallToNull) => TrapCode::IndirectCallNull,
        Some(Trap::BadSignature) => TrapCode::SignatureMismatch,
        Some(Trap::IntegerDivisionByZero) => TrapCode::DivisionByZero,
        Some(Trap::IntegerOverflow) => TrapCode::IntegerOverflow,
        Some(Trap::StackOverflow) => return Err(EngineError::NativeStack { engine: NAME }),
        Some(_) | None => return Err(failed(error)),
    };
    Ok(Completion::Trapped(trap))
}

/// Reads the error of an instance that could not be made: segments that do not fit are a trap.
pub(crate) fn of_instantiation(error: InstantiationError) -> Result<Completion, EngineError> {
    match &error {
        InstantiationError::Link(LinkError::Trap(error)) | InstantiationError::Start(error) => {
            completion(error)
        }
        _ => Err(failed(error)),
    }
}

pub(crate) fn refused(reason: impl ToString) -> EngineError {
    EngineError::Refused {
        engine: NAME,
        reason: reason.to_string(),
    }
}

pub(crate) fn failed(reason: impl ToString) -> EngineError {
    EngineError::Failed {
        engine: NAME,
        reason: reason.to_string(),
    }
}
