//! Why a proof is not believed.

use core::fmt;

use crate::digest::Digest;
use crate::key_bits::{BIT_INDEX_MAX, KEY_BYTES_MAX, KeyTooLong};

/// Why bytes are not the encoding of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodingFault {
    /// The bytes end in the middle of the proof.
    Truncated,
    /// Bytes follow the proof.
    TrailingBytes,
    /// The first byte names none of the four kinds.
    UnknownKind,
    /// A length is cut off, or not written in its shortest form.
    Length,
    /// There are more steps than a way down can have.
    TooManySteps,
    /// A step's bit is beyond the end of the longest key.
    BitOutOfRange,
    /// The bits that fill up the last byte of the bit indices are not all 0.
    Padding,
    /// The other key, or the key of a leaf, is longer than a key can be.
    OtherKeyTooLong,
    /// The first byte of a proof of several keys is neither 0 nor 1.
    UnknownMultiKind,
    /// A leaf of a proof of several keys is none of the four kinds.
    UnknownLeafKind,
    /// A node of a proof of several keys is written out although nothing below it is.
    NothingShown,
    /// A subtree that is left out of a proof of several keys has the root of the empty trie as its
    /// digest, which no subtree has.
    NothingLeftOut,
}

impl EncodingFault {
    /// A sentence without its full stop that says what is wrong.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Truncated => "proof: the bytes end in the middle of it",
            Self::TrailingBytes => "proof: bytes follow it",
            Self::UnknownKind => "proof: the first byte is none of the kinds 0 to 3",
            Self::Length => "proof: a length is cut off or not in its shortest form",
            Self::TooManySteps => "proof: it has more than 36865 steps",
            Self::BitOutOfRange => "proof: a bit index is over 36864",
            Self::Padding => "proof: the bit indices are not filled up with zeros",
            Self::OtherKeyTooLong => "proof: a key in it is longer than 4096 bytes",
            Self::UnknownMultiKind => "proof: the first byte is neither 0 nor 1",
            Self::UnknownLeafKind => "proof: a leaf is none of the kinds 0 to 3",
            Self::NothingShown => "proof: a node is written out but both its sides are left out",
            Self::NothingLeftOut => "proof: a left-out subtree has 32 zero bytes as its hash",
        }
    }
}

/// Why a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProofError {
    /// The bytes are not the encoding of a proof.
    Encoding {
        /// How many bytes had been read, the one at fault included.
        offset: usize,
        /// What is wrong there.
        fault: EncodingFault,
    },
    /// The key asked for is longer than [`KEY_BYTES_MAX`]; no trie has it.
    KeyTooLong {
        /// The length of the key in bytes.
        length: usize,
    },
    /// A step parts keys at a bit that the leaf's key does not have.
    StepBeyondKey {
        /// The bit of the step.
        bit: u16,
    },
    /// The proof claims that the key is absent but ends at the key itself.
    OtherKeyIsTheKey,
    /// The other key is not where the search for the key ends.
    OtherKeyMisplaced {
        /// The bit of a step in which the two keys differ.
        bit: u16,
    },
    /// The proof comes without its value; [`crate::verify_value`] checks such proofs.
    ValueLeftOut,
    /// The proof comes with its value or is one of absence; [`crate::verify`] checks such proofs.
    ValueNotLeftOut,
    /// The keys of the request do not ascend.
    NotAscending {
        /// The place of the first key that is not greater than the one before, from 0.
        index: usize,
    },
    /// What the proof leaves out may hold something of what was asked for.
    NotCovered,
    /// The proof shows leaves that what was asked for does not need.
    Superfluous,
    /// A leaf is shown in another form than in the proof of what was asked for: with its key
    /// where it needs none, for example.
    UnexpectedForm,
    /// A witness shows a leaf where the search for its key does not lead: its key does not have
    /// the bit of an internal node above it, or takes the other side there. Only under a root that
    /// was not made from a trie.
    LeafMisplaced {
        /// The bit of the node.
        bit: u16,
    },
    /// A key is present that was claimed to be absent, or the other way round.
    ClaimMismatch {
        /// The place of the key in the request, from 0.
        index: usize,
    },
    /// The proof belongs to another root, key or value, or was altered.
    RootMismatch {
        /// The root that was asked for.
        expected: Digest,
        /// The root that the proof leads to.
        computed: Digest,
    },
}

impl fmt::Display for ProofError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding { offset, fault } => {
                write!(f, "{} (bytes read: {offset})", fault.as_str())
            }
            Self::KeyTooLong { length } => write!(
                f,
                "the key has {length} bytes, but no trie has a key of more than {KEY_BYTES_MAX}"
            ),
            Self::StepBeyondKey { bit } => write!(
                f,
                "the proof has a step at bit {bit} (of at most {BIT_INDEX_MAX}), beyond the end of \
                 the leaf's key"
            ),
            Self::OtherKeyIsTheKey => {
                f.write_str("the proof claims that the key is absent but ends at the key itself")
            }
            Self::OtherKeyMisplaced { bit } => write!(
                f,
                "the proof ends at a key that the search for the one asked for does not lead to: \
                 they differ at bit {bit}, where the proof has a step"
            ),
            Self::ValueLeftOut => {
                f.write_str("the proof comes without its value: give the value to check it")
            }
            Self::ValueNotLeftOut => f.write_str(
                "the proof is not one of presence without the value: check it without giving one",
            ),
            Self::NotAscending { index } => write!(
                f,
                "key {index} of the request is not greater than the one before: sort the keys, \
                 each once"
            ),
            Self::NotCovered => f.write_str(
                "the proof does not cover what was asked for: what it leaves out may hold some of it",
            ),
            Self::Superfluous => {
                f.write_str("the proof shows leaves that what was asked for does not need")
            }
            Self::UnexpectedForm => f.write_str(
                "a leaf of the proof has another form than in a proof of what was asked for",
            ),
            Self::LeafMisplaced { bit } => write!(
                f,
                "the root was not made from a trie: below the node at bit {bit} (of at most \
                 {BIT_INDEX_MAX}) is a leaf whose key does not lead there"
            ),
            Self::ClaimMismatch { index } => write!(
                f,
                "key {index} of the request is present and was claimed to be absent, or the other way \
                 round"
            ),
            Self::RootMismatch { expected, computed } => write!(
                f,
                "the proof leads to root {computed}, not to {expected}: it is of another root, key \
                 or value, or was altered"
            ),
        }
    }
}

impl core::error::Error for ProofError {}

impl From<KeyTooLong> for ProofError {
    fn from(error: KeyTooLong) -> ProofError {
        ProofError::KeyTooLong {
            length: error.length,
        }
    }
}
