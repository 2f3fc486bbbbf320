//! Why reading or updating a trie failed.

use core::fmt;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::key_bits::{KEY_BYTES_MAX, KeyTooLong};
use crate::link::Child;

/// Why an operation on a trie failed. None of them changes the trie, but for
/// [`Trie::load`](crate::Trie::load), which keeps the parts that are done.
///
/// [`TrieError::KeyTooLong`], [`TrieError::ValueTooLong`], [`TrieError::NotEmpty`],
/// [`TrieError::NotAscending`] and [`TrieError::Outdated`] are bad input. The others mean that the
/// store is broken or has been given back what is being read; no contract can cause them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrieError<E> {
    /// The store itself failed.
    Store(E),
    /// The store does not hold the given root, or not have a page or leaf that a stored page
    /// refers to.
    MissingNode {
        /// The hash of the node.
        digest: Digest,
    },
    /// A stored page or leaf contradicts its place in the tree.
    MisplacedNode {
        /// The hash of the node.
        digest: Digest,
    },
    /// A prepared update is of another version than the trie's current one.
    Outdated {
        /// The root that it was prepared on.
        prepared_on: Digest,
        /// The trie's.
        root: Digest,
    },
    /// A bulk load goes into a trie that has entries.
    NotEmpty,
    /// The keys of a bulk load do not ascend.
    NotAscending {
        /// The place of the first entry whose key is not greater than the one before, from 0.
        index: usize,
    },
    /// A key is longer than [`crate::KEY_BYTES_MAX`].
    KeyTooLong {
        /// The length of the key in bytes.
        length: usize,
        /// The longest that is taken, in bytes.
        limit: usize,
    },
    /// A value is longer than [`crate::VALUE_BYTES_MAX`].
    ValueTooLong {
        /// The length of the value in bytes.
        length: usize,
        /// The longest that is taken, in bytes.
        limit: usize,
    },
}

impl<E> TrieError<E> {
    /// Says that a subtree is not what its place asks for; `None` stands for one that the batch has
    /// made.
    pub(crate) fn misplaced(subtree: Option<Child>) -> Self {
        let digest = subtree.map_or(EMPTY_ROOT, |subtree| subtree.digest);
        Self::MisplacedNode { digest }
    }
}

impl<E: fmt::Display> fmt::Display for TrieError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "the node store failed: {error}"),
            Self::MissingNode { digest } => {
                write!(
                    f,
                    "the node store does not have node {digest}; was its root released?"
                )
            }
            Self::MisplacedNode { digest } => write!(
                f,
                "node {digest} contradicts its place in the trie: the node store is corrupt"
            ),
            Self::Outdated { prepared_on, root } => write!(
                f,
                "the update was prepared on root {prepared_on}, but the trie has root {root}: \
                 prepare it again"
            ),
            Self::NotEmpty => f.write_str(
                "a bulk load goes into an empty trie, but this one has entries: use an update",
            ),
            Self::NotAscending { index } => write!(
                f,
                "entry {index} of the bulk load is not greater than the one before: sort the \
                 entries by their keys, each once"
            ),
            Self::KeyTooLong { length, limit } => {
                write!(
                    f,
                    "the key has {length} bytes, but at most {limit} are allowed"
                )
            }
            Self::ValueTooLong { length, limit } => {
                write!(
                    f,
                    "the value has {length} bytes, but at most {limit} are allowed"
                )
            }
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for TrieError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl<E> From<KeyTooLong> for TrieError<E> {
    fn from(error: KeyTooLong) -> TrieError<E> {
        TrieError::KeyTooLong {
            length: error.length,
            limit: KEY_BYTES_MAX,
        }
    }
}
