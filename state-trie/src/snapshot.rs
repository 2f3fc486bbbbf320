//! Reading the trie under one root.
//!
//! Everything that only reads lives here; `Trie` forwards to it. A search goes down by the bits
//! of the key alone and ends at a leaf; only there is it known whether the key is present, and
//! if not, where it would branch off. The bits on the way must grow, so that not even a corrupt
//! store can make a search run in circles.

use alloc::vec::Vec;
use core::fmt;
use core::ops::{Bound, RangeBounds};

use crate::cursor::{Cursor, Direction};
use crate::digest::{Digest, EMPTY_ROOT};
use crate::error::TrieError;
use crate::key_bits::{KEY_BYTES_MAX, bit, end_bit};
use crate::node::Node;
use crate::proof::{End, Proof, Step};
use crate::range::Range;
use crate::store::NodeStore;

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// A leaf as it was found.
pub(crate) struct Leaf {
    /// The whole key.
    pub(crate) key: Vec<u8>,
    /// The hash of the value.
    pub(crate) value: Digest,
}

/// The contents under one root, for reading. It is as cheap to copy as a reference.
pub struct Snapshot<'s, S> {
    store: &'s S,
    root: Digest,
}

impl<S> Clone for Snapshot<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Snapshot<'_, S> {}

impl<S> fmt::Debug for Snapshot<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({})", self.root)
    }
}

impl<'s, S: NodeStore> Snapshot<'s, S> {
    /// The contents that `store` has under `root`. Nothing is read yet.
    pub(crate) fn new(store: &'s S, root: Digest) -> Self {
        Self { store, root }
    }

    /// The root that is being read.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// The value of `key`, or `None` if the key is absent.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        match self.find(key, |_, _| {})? {
            Some(leaf) if leaf.key == key => self.value(&leaf.value).map(Some),
            _ => Ok(None),
        }
    }

    /// The smallest entry whose key is `from` or greater.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn next(&self, from: &[u8]) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.nearest(Direction::Up, Bound::Included(from))
    }

    /// The greatest entry whose key is less than `before`, or with `None` the last entry of all.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn previous(&self, before: Option<&[u8]>) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.nearest(
            Direction::Down,
            before.map_or(Bound::Unbounded, Bound::Excluded),
        )
    }

    /// The entries whose keys lie in `keys`, in order, from both ends: `range(..)`, or with two
    /// [`Bound`]s as a pair. A range whose start is beyond its end is empty. Errors come as items,
    /// after which the iterator ends.
    pub fn range(&self, keys: impl RangeBounds<[u8]>) -> Range<'s, S> {
        Range::new(
            *self,
            keys.start_bound().map(<[u8]>::to_vec),
            keys.end_bound().map(<[u8]>::to_vec),
        )
    }

    /// The proof of what `key` holds under this root: its value, or that it is absent.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn prove(&self, key: &[u8]) -> Result<Proof, TrieError<S::Error>> {
        let mut steps = Vec::new();
        let found = self.find(key, |bit, sibling| steps.push(Step { bit, sibling }))?;
        match found {
            None => Ok(Proof::of_empty_trie()),
            Some(leaf) if leaf.key == key => {
                Ok(Proof::new(steps, End::Value(self.value(&leaf.value)?)))
            }
            Some(Leaf { key, value }) => Ok(Proof::new(steps, End::Other { key, value })),
        }
    }

    /// Goes down by the bits of `key` to a leaf and returns its key and its value's hash, or
    /// `None` if the trie is empty. `on_step` sees each bit and the sibling that was left aside.
    fn find(
        &self,
        key: &[u8],
        mut on_step: impl FnMut(u16, Digest),
    ) -> Result<Option<Leaf>, TrieError<S::Error>> {
        check_key(key)?;
        if self.root == EMPTY_ROOT {
            return Ok(None);
        }
        let (mut digest, mut above) = (self.root, None);
        loop {
            match self.node(&digest, above)? {
                Node::Leaf { key, value } => return Ok(Some(Leaf { key, value })),
                Node::Internal {
                    bit: index,
                    left,
                    right,
                } => {
                    let (taken, sibling) = if bit(key, index) {
                        (right, left)
                    } else {
                        (left, right)
                    };
                    on_step(index, sibling);
                    (digest, above) = (taken, Some(index));
                }
            }
        }
    }

    /// The entry nearest to a bound in one direction.
    fn nearest(
        &self,
        direction: Direction,
        bound: Bound<&[u8]>,
    ) -> Result<Option<Entry>, TrieError<S::Error>> {
        let mut cursor = Cursor::seek(self, direction, bound)?;
        match cursor.advance(self)? {
            Some(Leaf { key, value }) => Ok(Some((key, self.value(&value)?))),
            None => Ok(None),
        }
    }

    /// Reads a node and checks it against its place, below a node that parts its keys at `above`.
    pub(crate) fn node(
        &self,
        digest: &Digest,
        above: Option<u16>,
    ) -> Result<Node, TrieError<S::Error>> {
        read_node(self.store, digest, above)
    }

    /// Reads the value of a leaf.
    pub(crate) fn value(&self, digest: &Digest) -> Result<Vec<u8>, TrieError<S::Error>> {
        let value = self.store.value(digest).map_err(TrieError::Store)?;
        value.ok_or(TrieError::MissingValue { digest: *digest })
    }
}

/// Reads a node and checks that it can stand below a node that parts its keys at `above`.
pub(crate) fn read_node<S: NodeStore>(
    store: &S,
    digest: &Digest,
    above: Option<u16>,
) -> Result<Node, TrieError<S::Error>> {
    let node = store.node(digest).map_err(TrieError::Store)?;
    let node = node.ok_or(TrieError::MissingNode { digest: *digest })?;
    let in_place = match &node {
        Node::Leaf { key, .. } => {
            key.len() <= KEY_BYTES_MAX && above.is_none_or(|above| above <= end_bit(key))
        }
        Node::Internal { bit, .. } => above.is_none_or(|above| above < *bit),
    };
    if in_place {
        Ok(node)
    } else {
        Err(TrieError::MisplacedNode { digest: *digest })
    }
}

/// Refuses a key that is too long.
pub(crate) fn check_key<E>(key: &[u8]) -> Result<(), TrieError<E>> {
    if key.len() > KEY_BYTES_MAX {
        return Err(TrieError::KeyTooLong {
            length: key.len(),
            limit: KEY_BYTES_MAX,
        });
    }
    Ok(())
}
