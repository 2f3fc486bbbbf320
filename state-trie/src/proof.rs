//! Point proofs: what they hold.
//!
//! A proof is the way from the root down to the one leaf at which the search for a key ends: for
//! each internal node on it the bit and the hash of the side not taken, and then what the verifier
//! needs to hash the leaf. If the leaf has the key, the key is present; if it has another key, the
//! search would have ended at the key's own leaf were there one, so the key is absent. There is
//! exactly one proof for a root and a key.
//!
//! The fields are private and always in canonical form: `proof_codec.rs` decodes nothing else.

use alloc::vec::Vec;

use crate::digest::Digest;

/// An internal node on the way from the root to the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The bit at which the node parts its keys.
    pub(crate) bit: u16,
    /// The side that does not lead to the leaf.
    pub(crate) sibling: Digest,
}

/// The leaf at which the way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A leaf of another key: the key is absent.
    Other {
        /// The other key.
        key: Vec<u8>,
        /// The hash of its value.
        value: Digest,
    },
    /// The leaf of the key, whose value this is.
    Value(Vec<u8>),
    /// The leaf of the key, whose value the verifier brings along.
    ValueLeftOut,
}

/// The two shapes of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// There are no entries at all.
    EmptyTrie,
    /// The way to a leaf, from the root down, the bits ascending.
    Path {
        /// The internal nodes on the way.
        steps: Vec<Step>,
        /// The leaf.
        end: End,
    },
}

/// The proof of what one key holds under one root. Made by [`crate::Snapshot::prove`], checked by
/// [`crate::verify`] or, without its value, by [`crate::verify_value`].
///
/// It does not name the key or the root: the verifier knows both. At a million random keys of 32
/// bytes it takes about 660 bytes and the value. Its encoding is specified in
/// `docs/state-trie.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(crate) form: Form,
}

impl Proof {
    /// The proof that a key is absent because there are no entries.
    pub(crate) fn of_empty_trie() -> Self {
        Self {
            form: Form::EmptyTrie,
        }
    }

    /// A proof from its way, from the root down, and its leaf.
    pub(crate) fn new(steps: Vec<Step>, end: End) -> Self {
        Self {
            form: Form::Path { steps, end },
        }
    }

    /// The same proof without its value, for a verifier who has the value already. A proof that a
    /// key is absent has none and stays as it is.
    #[must_use]
    pub fn without_value(mut self) -> Self {
        if let Form::Path { end, .. } = &mut self.form
            && matches!(end, End::Value(_))
        {
            *end = End::ValueLeftOut;
        }
        self
    }
}
