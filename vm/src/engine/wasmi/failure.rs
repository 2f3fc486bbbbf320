//! What wasmi's errors mean: a trap of the guest, or a failure.
//!
//! Should wasmi report a stack overflow or refuse memory although its limits are above ours, the
//! run ends in an [`EngineError`], never in a trap.

use wasmi::errors::{ErrorKind, HostError, InstantiationError};

use super::NAME;
use crate::engine::{Completion, EngineError, TrapCode};

/// Reads wasmi's error: a trap of the guest, the host's word to stop, or a failure.
pub(super) fn completion(error: &wasmi::Error) -> Result<Completion, EngineError> {
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            return Ok(Completion::Trapped(TrapCode::TableOutOfBounds));
        }
        // The metering pass lets no module begin with more than the limits.
        ErrorKind::Instantiation(
            InstantiationError::FailedToInstantiateMemory(_)
            | InstantiationError::FailedToInstantiateTable(_),
        ) => return Err(out_of_memory()),
        // Functions are translated when they are first called.
        ErrorKind::Translation(_) => return Err(untranslated(error)),
        _ => {}
    }
    if error.downcast_ref::<Stopped>().is_some() {
        return Ok(Completion::Unwound);
    }
    use wasmi::TrapCode as T;
    let trap = match error.as_trap_code() {
        Some(T::UnreachableCodeReached) => TrapCode::Unreachable,
        Some(T::MemoryOutOfBounds) => TrapCode::MemoryOutOfBounds,
        Some(T::TableOutOfBounds) => TrapCode::TableOutOfBounds,
        Some(T::IndirectCallToNull) => TrapCode::IndirectCallNull,
        Some(T::BadSignature) => TrapCode::SignatureMismatch,
        Some(T::IntegerDivisionByZero) => TrapCode::DivisionByZero,
        Some(T::IntegerOverflow) => TrapCode::IntegerOverflow,
        Some(T::GrowthOperationLimited | T::OutOfSystemMemory) => {
            return Err(out_of_memory());
        }
        Some(T::StackOverflow) => return Err(failed("its own stack ended before the metered one")),
        Some(T::OutOfFuel | T::BadConversionToInteger) | None => return Err(failed(error)),
    };
    Ok(Completion::Trapped(trap))
}

/// A module, or a function when it is first called, that wasmi did not translate: for want of
/// memory, of which wasmi tells by the words alone, or because it refuses what it got.
pub(super) fn untranslated(error: &wasmi::Error) -> EngineError {
    let reason = error.to_string();
    match reason.contains("ran out of system memory") {
        true => EngineError::OutOfMemory {
            what: "memory for translated code",
        },
        false => refused(reason),
    }
}

fn out_of_memory() -> EngineError {
    EngineError::OutOfMemory {
        what: "guest memory within the limit",
    }
}

/// Unwinds wasmi when the host says that the guest must not go on.
#[derive(Debug)]
pub(super) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the host stopped the guest")
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
pub(super) fn broken(reason: &'static str) -> wasmi::Error {
    wasmi::Error::new(reason)
}

#[cfg(test)]
mod tests {
    use wasmi::errors::{InstantiationError, MemoryError, TableError};

    use super::{EngineError, completion};

    #[test]
    fn a_memory_or_table_that_the_machine_cannot_give_is_want_of_memory() {
        let memory = InstantiationError::FailedToInstantiateMemory(MemoryError::OutOfSystemMemory);
        let table = InstantiationError::FailedToInstantiateTable(TableError::OutOfSystemMemory);
        for error in [memory, table] {
            let error = completion(&wasmi::Error::from(error));
            assert!(
                matches!(error, Err(EngineError::OutOfMemory { .. })),
                "{error:?}"
            );
        }
    }
}
