//! Why a module is not prepared: it is refused, or this crate is wrong.

use crate::violation::Refusal;

/// A failure that no input should be able to cause: a mistake in this crate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error while preparing a module: {0}")]
pub struct InternalError(String);

impl InternalError {
    /// A mistake described by `what`.
    pub(crate) fn new(what: &str) -> InternalError {
        InternalError(what.to_owned())
    }

    /// Bytes that were read once cannot be read again.
    pub(crate) fn parse(error: wasmparser::BinaryReaderError) -> InternalError {
        InternalError(format!(
            "what was read before cannot be read again: {error}"
        ))
    }
}

/// Why a module was not prepared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrepareError {
    /// The module is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// This crate made a mistake; the module is neither accepted nor refused.
    #[error(transparent)]
    Internal(#[from] InternalError),
}
