//! Updates: batches that are worked out, and given to the store at once, if they lead to a claimed root, or
//! when the caller says so.
//!
//! An update at once is announced to the store first, which may make its changes durable while the root is
//! computed (see [`NodeStore::announce`]). One that is prepared is not: it may still be dropped.

use alloc::vec::Vec;

use super::Trie;
use crate::announcement::Announcement;
use crate::batch::draft_batch;
use crate::batch_order::{Change, in_order};
use crate::digest::{Digest, EMPTY_ROOT};
use crate::error::TrieError;
use crate::snapshot::Snapshot;
use crate::store::{ComingBatch, NodeChanges, NodeStore};

/// A batch that is worked out and not stored yet: [`Trie::prepare`] makes it, and [`Trie::commit`]
/// stores it. To drop it changes nothing.
#[derive(Clone, Debug)]
#[must_use = "nothing is stored before `Trie::commit`"]
pub struct PreparedUpdate {
    changes: NodeChanges,
}

impl PreparedUpdate {
    /// The root that the trie has with it.
    pub fn root(&self) -> Digest {
        self.changes.after
    }
}

impl<S: NodeStore> Trie<S> {
    /// Applies a batch and returns the new root: `Some` sets the value of a key, `None` removes
    /// the key if it is there. If a key comes more than once, the last change counts.
    ///
    /// The changes are put in order and worked through in one walk, many of them in two that the
    /// store may have go on at the same time ([`NodeStore::both`]); each node that changes is
    /// hashed once. Changes that are in order already are not sorted. Keys and values can be
    /// borrowed. The store gets one [`NodeChanges`], also if nothing changed.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`] or [`TrieError::ValueTooLong`], or whatever is wrong with the
    /// store. The trie is then as it was.
    pub fn update<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<Digest, TrieError<S::Error>> {
        self.update_with_record(changes, Vec::new())
    }

    /// As [`Trie::update`], and has the store keep `record` with the new root, in the same step:
    /// see [`NodeChanges::record`]. [`crate::MemoryStore`] keeps no records.
    ///
    /// # Errors
    /// As [`Trie::update`].
    pub fn update_with_record<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
        record: Vec<u8>,
    ) -> Result<Digest, TrieError<S::Error>> {
        let changes: Vec<_> = changes.into_iter().collect();
        self.update_announced(&in_order(&changes)?, record, None)
    }

    /// As [`Trie::update_with_record`], if the batch leads to the root that somebody claims: the header of
    /// a block, for example. The inner error is the root that it leads to instead; the trie is then as it
    /// was. The store may make the batch durable before its root is known, and lose it again if it is
    /// another.
    ///
    /// # Errors
    /// As [`Trie::update`].
    pub fn update_to<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
        record: Vec<u8>,
        claimed: Digest,
    ) -> Result<Result<(), Digest>, TrieError<S::Error>> {
        let changes: Vec<_> = changes.into_iter().collect();
        let root = self.update_announced(&in_order(&changes)?, record, Some(claimed))?;
        Ok(match root == claimed {
            true => Ok(()),
            false => Err(root),
        })
    }

    /// Announces changes with ascending keys, each once, works them out, and stores them unless they lead
    /// to another root than the claimed one. Returns the root that they lead to.
    fn update_announced(
        &mut self,
        changes: &[Change<'_>],
        record: Vec<u8>,
        claimed: Option<Digest>,
    ) -> Result<Digest, TrieError<S::Error>> {
        let batch = ComingBatch {
            before: self.root,
            changes,
            record: &record,
            claimed,
        };
        let announcement = Announcement::begin(&mut self.store, &batch)?;
        let mut made = announcement.at(self.root).change(changes)?;
        if claimed.is_some_and(|claimed| claimed != made.after) {
            return Ok(made.after);
        }
        announcement.comes();
        made.record = record;
        self.store_changes(made)
    }

    /// Works out what [`Trie::update_with_record`] would do, and stores nothing. Whoever must look at
    /// the new root first gives the update to [`Trie::commit`] afterwards, or drops it. The two compute
    /// together what one update does, and the new nodes are in memory in between; but a store that waits
    /// for its medium cannot begin before `commit`. Whoever knows which root it has to be uses
    /// [`Trie::update_to`].
    ///
    /// # Errors
    /// As [`Trie::update`].
    pub fn prepare<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
        record: Vec<u8>,
    ) -> Result<PreparedUpdate, TrieError<S::Error>> {
        let changes: Vec<_> = changes.into_iter().collect();
        let mut changes = self.snapshot().change(&in_order(&changes)?)?;
        changes.record = record;
        Ok(PreparedUpdate { changes })
    }

    /// Stores a prepared update and returns the new root. The trie and its store must be as they were
    /// when it was prepared: a store that was compacted since, say, has other numbers for its nodes.
    ///
    /// # Errors
    /// [`TrieError::Outdated`] if the trie has another root than the one that the update was prepared
    /// on, or whatever is wrong with the store. The trie is then as it was.
    pub fn commit(&mut self, update: PreparedUpdate) -> Result<Digest, TrieError<S::Error>> {
        let prepared_on = update.changes.before;
        if prepared_on != self.root {
            return Err(TrieError::Outdated {
                prepared_on,
                root: self.root,
            });
        }
        self.store_changes(update.changes)
    }

    /// As [`Trie::update`], and gives up the version that the batch is made on: the store does not
    /// hold its root any longer. A store in memory then changes the pages where they are, which
    /// costs less than to keep both versions.
    ///
    /// # Errors
    /// As [`Trie::update`].
    pub fn replace<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &mut self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<Digest, TrieError<S::Error>> {
        let changes: Vec<_> = changes.into_iter().collect();
        self.replace_in_order(&in_order(&changes)?)
    }

    /// As [`Trie::replace`], of changes with ascending keys, each once. Before the first entries there
    /// is nothing to give up.
    pub(crate) fn replace_in_order(
        &mut self,
        changes: &[Change<'_>],
    ) -> Result<Digest, TrieError<S::Error>> {
        let mut changes = self.snapshot().change(changes)?;
        changes.replaces_before = changes.before != EMPTY_ROOT;
        self.store_changes(changes)
    }

    /// Gives changes to the store.
    fn store_changes(&mut self, changes: NodeChanges) -> Result<Digest, TrieError<S::Error>> {
        let root = changes.after;
        self.store.apply(changes).map_err(TrieError::Store)?;
        self.root = root;
        Ok(root)
    }
}

impl<S: NodeStore> Snapshot<'_, S> {
    /// The root that [`Trie::update`] comes to with this batch. Nothing is stored.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`] or [`TrieError::ValueTooLong`], or whatever is wrong with the
    /// store.
    pub fn root_after<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        changes: impl IntoIterator<Item = (K, Option<V>)>,
    ) -> Result<Digest, TrieError<S::Error>> {
        let changes: Vec<_> = changes.into_iter().collect();
        Ok(self.change(&in_order(&changes)?)?.after)
    }

    /// What changes with ascending keys, each once, make of the trie.
    fn change(&self, changes: &[Change<'_>]) -> Result<NodeChanges, TrieError<S::Error>> {
        let (draft, root) = draft_batch(self.store(), self.tree()?, changes)?;
        let digest = self.root();
        let made = draft.finish(root, digest);
        let mut made = made.ok_or(TrieError::MisplacedNode { digest })?;
        let removed = changes.iter().filter(|(_, value)| value.is_none());
        made.removed = removed.map(|(key, _)| key.to_vec()).collect();
        Ok(made)
    }
}
