//! What a block has changed so far, kept above the trie until the block ends.
//!
//! Each entry remembers the value below it, so that a key which was changed back costs the trie
//! nothing, and so that the trie is not asked twice.

use std::collections::BTreeMap;

/// A value as the trie has it, and as it is now.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) original: T,
    pub(super) current: T,
}

impl<T: Clone + PartialEq> Entry<T> {
    /// An entry that is as the trie has it.
    pub(super) fn unchanged(value: T) -> Entry<T> {
        Entry {
            original: value.clone(),
            current: value,
        }
    }

    /// Whether the trie must be updated.
    pub(super) fn is_changed(&self) -> bool {
        self.original != self.current
    }
}

/// Bytes by trie key; `None` is no value.
pub(super) type Overlay = BTreeMap<Vec<u8>, Entry<Option<Vec<u8>>>>;
