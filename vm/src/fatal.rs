//! The errors that are nobody's transaction's fault: a broken store, a broken engine, a bug.
//!
//! A [`Fatal`] never becomes a receipt, because another machine with the same state would not
//! see it. It ends the block that was under way; the last committed state stays as it was.

use std::error::Error;

use thiserror::Error;

use crate::engine::EngineError;

/// Why this machine cannot go on with the block.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Fatal {
    /// The node store failed, or a node that must be there is missing.
    #[error("the state's store failed: {0}")]
    Store(#[source] Box<dyn Error + Send + Sync>),
    /// The block runs on a witness, and the witness does not show what it needs at or around a
    /// key of the trie.
    #[error(
        "the witness does not cover key 0x{}, which the block needs",
        in_hexadecimal(key)
    )]
    NotInWitness {
        /// The key, as [`StateKey`](crate::StateKey) lays it out.
        key: Vec<u8>,
    },
    /// The engine failed in a way that no guest can cause.
    #[error("the engine failed: {0}")]
    Engine(#[source] Box<dyn Error + Send + Sync>),
    /// A record in the state does not decode; the field names its kind.
    #[error("the state holds a {0} that does not decode")]
    Corrupt(&'static str),
    /// An invariant of this crate does not hold; the field states it.
    #[error("internal error, please report it: {0}")]
    Internal(&'static str),
    /// The block was aborted by an earlier fatal error; begin it again.
    #[error("the block was aborted by an earlier fatal error; begin it again")]
    BlockAborted,
}

fn in_hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Fatal {
    /// A failure of the node store.
    pub fn store(error: impl Into<Box<dyn Error + Send + Sync>>) -> Fatal {
        Fatal::Store(error.into())
    }

    /// A failure of the engine.
    pub fn engine(error: impl Into<Box<dyn Error + Send + Sync>>) -> Fatal {
        Fatal::Engine(error.into())
    }

    /// A contract names code that the state does not have.
    pub(crate) const fn no_code() -> Fatal {
        Fatal::Internal("a contract's code is not in the state")
    }

    /// Whether a machine with another engine may come to a result where this one could not go on: the
    /// engine failed, what the guest did on it broke an invariant, or led to a part of the state that
    /// a witness does not show. A store that fails, fails for every engine.
    pub fn may_be_the_engines(&self) -> bool {
        match self {
            Fatal::Engine(_) | Fatal::Internal(_) | Fatal::NotInWitness { .. } => true,
            Fatal::Store(_) | Fatal::Corrupt(_) | Fatal::BlockAborted => false,
        }
    }

    /// Whether it is that the native stack ended before the metered one.
    pub(crate) fn is_native_stack(&self) -> bool {
        let Fatal::Engine(error) = self else {
            return false;
        };
        let error = error.downcast_ref::<EngineError>();
        matches!(error, Some(EngineError::NativeStack { .. }))
    }
}
