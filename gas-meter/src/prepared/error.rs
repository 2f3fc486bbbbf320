//! Why a module is not prepared: it is refused, or this crate is wrong.

use crate::violation::Refusal;

/// A failure that no input should be able to cause: a mistake in this crate.
///
/// Nearly every step of the pass may yield one and none does, so it is as small as a pointer: what
/// a step yields is then handed on in registers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("internal error while preparing a module: {}", .0.what)]
pub struct InternalError(Box<Mistake>);

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    what: String,
}

impl InternalError {
    /// A mistake described by `what`.
    #[cold]
    #[inline(never)]
    pub(crate) fn new(what: &str) -> InternalError {
        InternalError::boxed(what.to_owned())
    }

    /// Bytes that were read once cannot be read again.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse(error: wasmparser::BinaryReaderError) -> InternalError {
        let what = format!("what was read before cannot be read again: {error}");
        InternalError::boxed(what)
    }

    fn boxed(what: String) -> InternalError {
        InternalError(Box::new(Mistake { what }))
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
