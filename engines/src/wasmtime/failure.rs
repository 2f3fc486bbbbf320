//! What Wasmtime's errors mean: the host's wish to stop, a trap of the guest, or a failure.
//!
//! A native stack that ends, memory that cannot be had and everything that no guest of the policy
//! can cause are an [`EngineError`], never a trap. Of these the machine answers
//! [`EngineError::NativeStack`] by running the transaction on its interpreter.

use lockstep_vm::{Completion, EngineError, TrapCode};
use thiserror::Error;
use wasmtime::Trap;
use wasmtime::error::OutOfMemory;

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
        Some(_) => return Err(failed(error)),
        None if is_want_of_memory(error) => return Err(out_of_memory()),
        None => return Err(failed(error)),
    };
    Ok(Completion::Trapped(trap))
}

/// A module that Wasmtime did not compile or link: for want of memory, or because it refuses it.
pub(super) fn uncompiled(error: wasmtime::Error) -> EngineError {
    match is_want_of_memory(&error) {
        true => EngineError::OutOfMemory {
            what: "memory for compiled code",
        },
        false => refused(error),
    }
}

/// Whether the heap or the system had no memory. The system's answer, ENOMEM, comes in an error type
/// of Wasmtime's own dependencies, which ends with its number.
fn is_want_of_memory(error: &wasmtime::Error) -> bool {
    let from_system = |cause: String| cause.ends_with("(os error 12)");
    error.is::<OutOfMemory>() || error.chain().any(|cause| from_system(cause.to_string()))
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

#[cfg(test)]
mod tests {
    use wasmtime::Error;

    use super::{EngineError, completion, uncompiled};

    fn no_memory() -> Error {
        Error::from(std::io::Error::from_raw_os_error(12)).context("failed to map")
    }

    #[test]
    fn a_mapping_that_the_machine_cannot_give_is_want_of_memory() {
        let errors = [
            completion(&no_memory()).err(),
            Some(uncompiled(no_memory())),
        ];
        for error in errors {
            assert!(
                matches!(error, Some(EngineError::OutOfMemory { .. })),
                "{error:?}"
            );
        }
    }

    #[test]
    fn another_error_is_not() {
        let other = || Error::msg("not Wasm").context("failed to compile");
        assert!(matches!(
            completion(&other()),
            Err(EngineError::Failed { .. })
        ));
        assert!(matches!(uncompiled(other()), EngineError::Refused { .. }));
    }
}
