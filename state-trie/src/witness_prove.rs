//! Making witnesses: of some keys at one root, and of all that a line of versions needs of the first.
//!
//! The second is what several blocks need that follow each other. Each of them searches in its own
//! version of the trie, and its searches end at leaves of that version: [`Snapshot::search_ends`]
//! says which. A witness of the first version that shows these leaves as well, as far as the first
//! version has them, covers all searches after the changes are made in it. The leaves that it does
//! not have came in by changes, which put them into the witness; and changes move nothing below a
//! subtree that is left out.

use alloc::vec::Vec;

use crate::error::TrieError;
use crate::key_bits::check_key;
use crate::multi_prove::{Form, Target};
use crate::partial_tree::MultiProof;
use crate::snapshot::Snapshot;
use crate::store::NodeStore;

impl<S: NodeStore> Snapshot<'_, S> {
    /// What is needed to read and change some keys without the store, and to compute the root after
    /// the changes: [`crate::Witness`]. It has the values of the keys that are present, and for
    /// each absent one the leaf at which its search ends.
    ///
    /// Removing a key needs no more than reading it, for what stands beside it keeps its hash.
    /// [`crate::Witness::next`] needs the key that it starts from and the one that it finds.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn witness<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<MultiProof, TrieError<S::Error>> {
        self.witness_with(keys, core::iter::empty::<K>())
    }

    /// The witness for some keys that also shows some leaves without their values: those of the
    /// keys `shown`, of which absent ones are passed over. [`crate::Witness::next_key`] needs the
    /// leaf that it finds shown, and the one at which the search for its start ends.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn witness_with<K: AsRef<[u8]>, L: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        shown: impl IntoIterator<Item = L>,
    ) -> Result<MultiProof, TrieError<S::Error>> {
        let found = self.targets(keys)?.into_iter();
        let mut targets: Vec<Target> = found.map(|(key, form, _)| (key, form)).collect();
        for key in shown {
            let key = key.as_ref();
            check_key(key)?;
            if self
                .find(key, |_, _| {})?
                .is_some_and(|leaf| leaf.key() == key)
            {
                targets.push((key.to_vec(), Form::Boundary));
            }
        }
        // Stable: an entry comes before the same leaf as a boundary, and is the one that stays.
        targets.sort_by(|(a, _), (b, _)| a.cmp(b));
        targets.dedup_by(|(a, _), (b, _)| a == b);
        self.write(targets)
    }

    /// The keys of the leaves at which the searches for keys end, in order and each once: the key
    /// itself for one that is present. There are none if the trie is empty.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn search_ends<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Vec<u8>>, TrieError<S::Error>> {
        let found = self.targets(keys)?.into_iter();
        Ok(found.map(|(key, ..)| key).collect())
    }
}
