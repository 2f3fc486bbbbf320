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
        // The metering pass lets no module begin with more than the limit.
        ErrorKind::Instantiation(InstantiationError::FailedToInstantiateMemory(_)) => {
            return Err(out_of_memory());
        }
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
