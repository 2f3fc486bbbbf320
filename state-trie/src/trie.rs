//! The trie as its users hold it: a store and the root of the current version. Here is what is read of it;
//! what changes it is in `trie/update.rs`.

mod update;

use alloc::vec::Vec;
use core::ops::RangeBounds;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::error::TrieError;
use crate::proof::Proof;
use crate::range::Range;
use crate::snapshot::{Entry, Snapshot, read_root};
use crate::store::NodeStore;

pub use update::PreparedUpdate;

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
}
