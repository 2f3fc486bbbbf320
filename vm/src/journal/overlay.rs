//! What a block has changed so far, kept above the trie until the block ends.
//!
//! Each entry remembers the value below it, so that a key which was changed back costs the trie
//! nothing. An entry comes with the first change, and leaves at the end of the transaction if it
//! was changed back by then.

use std::collections::BTreeMap;

use lockstep_abi::AccountId;

/// A value as the trie has it, and as it is now.
#[derive(Debug)]
pub(super) struct Entry<T> {
    pub(super) original: T,
    pub(super) current: T,
    /// The stretch of the undo log in which it was last changed.
    changed_in: u64,
}

impl<T: Clone + PartialEq> Entry<T> {
    /// An entry that is as the trie has it.
    pub(super) fn unchanged(value: T) -> Entry<T> {
        Entry {
            original: value.clone(),
            current: value,
            changed_in: 0,
        }
    }

    /// Changes the value. Returns the one before when the undo log must have it, which is at the
    /// first change in each stretch of the log: nothing goes back to a moment within a stretch, so
    /// rewriting a value does not make the log longer.
    pub(super) fn change(&mut self, value: T, stretch: u64) -> Option<T> {
        let before = std::mem::replace(&mut self.current, value);
        let first = self.changed_in != stretch;
        self.changed_in = stretch;
        first.then_some(before)
    }

    /// Whether the trie must be updated.
    pub(super) fn is_changed(&self) -> bool {
        self.original != self.current
    }
}

/// Transient bytes by contract and key; nothing lies below them.
pub(super) type Transient = BTreeMap<(AccountId, Vec<u8>), Entry<Option<Vec<u8>>>>;

/// Bytes by trie key; `None` is no value.
pub(super) type Overlay = BTreeMap<Vec<u8>, Entry<Option<Vec<u8>>>>;

/// Entries that were changed back, maybe not for good. They stay as long as the undo log may name
/// them.
#[derive(Debug, Default)]
pub(super) struct ChangedBack {
    pub(super) accounts: Vec<AccountId>,
    /// Trie keys.
    pub(super) bytes: Vec<Vec<u8>>,
}
