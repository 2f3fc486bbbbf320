//! What wasmi's errors mean: the host's wish to stop, a trap of the guest, or a failure.
//!
//! Should wasmi report a stack overflow or refuse memory although its limits are above ours, the
//! run ends in an [`EngineError`], never in a trap.

use ::wasmi1::errors::{ErrorKind, HostError, InstantiationError};

use super::NAME;
use lockstep_vm::{Completion, EngineError, TrapCode};

/// Reads wasmi's error: the host's wish, a trap of the guest, or a failure.
pub(super) fn completion(error: &::wasmi1::Error) -> Result<Completion, EngineError> {
    if error.downcast_ref::<Stopped>().is_some() {
        return Ok(Completion::Unwound);
    }
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            return Ok(Completion::Trapped(TrapCode::TableOutOfBounds));
        }
        // The metering pass lets no module begin with more than the limits.
        ErrorKind::Instantiation(
            InstantiationError::FailedToInstantiateMemory(_)
            | InstantiationError::FailedToInstantiateTable(_),
        ) => return Err(out_of_memory()),
        _ => {}
    }
    use ::wasmi1::TrapCode as T;
    let trap = match error.as_trap_code() {
        Some(T::UnreachableCodeReached) => TrapCode::Unreachable,
        Some(T::MemoryOutOfBounds) => TrapCode::MemoryOutOfBounds,
        Some(T::TableOutOfBounds) => TrapCode::TableOutOfBounds,
        Some(T::IndirectCallToNull) => TrapCode::IndirectCallNull,
        Some(T::BadSignature) => TrapCode::SignatureMismatch,
        Some(T::IntegerDivisionByZero) => TrapCode::DivisionByZero,
        Some(T::IntegerOverflow) => TrapCode::IntegerOverflow,
        Some(T::GrowthOperationLimited) => return Err(out_of_memory()),
        Some(T::StackOverflow) => return Err(failed("its own stack ended before the metered one")),
        Some(T::OutOfFuel | T::BadConversionToInteger) | None => return Err(failed(error)),
    };
    Ok(Completion::Trapped(trap))
}

/// A memory or table within the limit could not be had.
pub(super) fn out_of_memory() -> EngineError {
    EngineError::OutOfMemory {
        what: "guest memory within the limit",
    }
}

/// Travels through wasmi when the host stops the guest.
#[derive(Debug)]
pub(super) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped by the host")
    }
}

impl HostError for Stopped {}

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

/// A failure inside a host call, on its way through wasmi. [`completion`] finds no trap code in
/// it and reports it as a failure.
pub(super) fn broken(reason: &'static str) -> ::wasmi1::Error {
    ::wasmi1::Error::new(reason)
}

pub(super) fn wrapped(error: EngineError) -> ::wasmi1::Error {
    ::wasmi1::Error::new(error.to_string())
}

#[cfg(test)]
mod tests {
    use ::wasmi1::errors::{InstantiationError, MemoryError, TableError};

    use super::{EngineError, completion};

    #[test]
    fn a_memory_or_table_that_the_machine_cannot_give_is_want_of_memory() {
        let memory = InstantiationError::FailedToInstantiateMemory(MemoryError::OutOfSystemMemory);
        let table = InstantiationError::FailedToInstantiateTable(TableError::OutOfSystemMemory);
        for error in [memory, table] {
            let error = completion(&::wasmi1::Error::from(error));
            assert!(
                matches!(error, Err(EngineError::OutOfMemory { .. })),
                "{error:?}"
            );
        }
    }
}
