//! The trie as its users hold it: a store and the root of the current version.

use alloc::vec::Vec;
use core::ops::RangeBounds;

use crate::announcement::Announcement;
use crate::batch::draft_batch;
use crate::batch_order::{Change, in_order};
use crate::digest::{Digest, EMPTY_ROOT};

use crate::error::TrieError;
use crate::proof::Proof;
use crate::range::Range;
use crate::snapshot::{Entry, Snapshot, read_root};
use crate::store::{ComingBatch, NodeChanges, NodeStore};

/// The longest value in bytes that a trie takes: what a SCALE length and 32 bits can say.
pub const VALUE_BYTES_MAX: usize = 0xffff_ffff;

/// An authenticated ordered map from byte strings to byte strings.
///
/// Keys have 0 to [`crate::KEY_BYTES_MAX`] bytes; the empty key is a key like any other and the
/// smallest of all. Values have 0 to [`VALUE_BYTES_MAX`] bytes; an empty value is not the absence
/// of a value.
#[derive(Clone, Debug)]
pub struct Trie<S> {
    store: S,
    root: Digest,
}

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
    /// The empty trie. The store may hold other versions.
    pub fn new(store: S) -> Self {
        Self {
            store,
            root: EMPTY_ROOT,
        }
    }

    /// The version that `store` has under `root`.
    ///
    /// # Errors
    /// [`TrieError::MissingNode`] if the store does not have the root, or its own failure.
    pub fn open(store: S, root: Digest) -> Result<Self, TrieError<S::Error>> {
        read_root(&store, root)?;
        Ok(Self { store, root })
    }

    /// The root of the current version; [`EMPTY_ROOT`] exactly if there are no entries.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.root == EMPTY_ROOT
    }

    /// The store.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// The store, to give back old versions, for example.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.store
    }

    /// The contents under any root that the store holds, for reading. Nothing is read yet: if the
    /// store does not hold the root, the first read says so.
    pub fn at(&self, root: Digest) -> Snapshot<'_, S> {
        Snapshot::new(&self.store, root)
    }

    /// The current contents, for reading.
    pub fn snapshot(&self) -> Snapshot<'_, S> {
        self.at(self.root)
    }

    /// The value of `key`, or `None` if the key is absent. See [`Snapshot::get`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        self.snapshot().get(key)
    }

    /// The length in bytes of the value of `key`, or `None` if the key is absent. See
    /// [`Snapshot::value_length`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn value_length(&self, key: &[u8]) -> Result<Option<usize>, TrieError<S::Error>> {
        self.snapshot().value_length(key)
    }

    /// The smallest entry whose key is `from` or greater. See [`Snapshot::next`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn next(&self, from: &[u8]) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.snapshot().next(from)
    }

    /// The smallest key that is `from` or greater. See [`Snapshot::next_key`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        self.snapshot().next_key(from)
    }

    /// The greatest entry whose key is less than `before`, or with `None` the last of all. See
    /// [`Snapshot::previous`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn previous(&self, before: Option<&[u8]>) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.snapshot().previous(before)
    }

    /// The greatest key that is less than `before`. See [`Snapshot::previous_key`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        self.snapshot().previous_key(before)
    }

    /// The entries whose keys lie in `keys`, in order, from both ends. See [`Snapshot::range`].
    pub fn range(&self, keys: impl RangeBounds<[u8]>) -> Range<'_, S> {
        self.snapshot().range(keys)
    }

    /// The proof of what `key` holds: its value, or that it is absent. See [`Snapshot::prove`].
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn prove(&self, key: &[u8]) -> Result<Proof, TrieError<S::Error>> {
        self.snapshot().prove(key)
    }

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
