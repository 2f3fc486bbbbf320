//! Reading the trie under one root.
//!
//! Everything that only reads lives here; `Trie` forwards to it. A search goes down by the bits
//! of the key alone and ends at a leaf; only there is it known whether the key is present, and
//! if not, where it would branch off. The half bytes of the pages on the way must grow, so that
//! not even a corrupt store can make a search run in circles. Nothing is hashed to read.

use alloc::vec::Vec;
use core::fmt;
use core::ops::{Bound, RangeBounds};

use crate::cursor::{Cursor, Direction};
use crate::digest::{Digest, EMPTY_ROOT, value_hash};
use crate::error::TrieError;
use crate::key_bits::{check_key, slot_of};
use crate::leaf::Leaf;
use crate::link::{Child, Link};
use crate::page::Page;
use crate::proof::{End, Proof, Step};
use crate::range::Range;
use crate::store::NodeStore;

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

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
        self.read(key, |leaf| leaf.value().to_vec())
    }

    /// The length in bytes of the value of `key`, or `None` if the key is absent. The value is not
    /// copied.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn value_length(&self, key: &[u8]) -> Result<Option<usize>, TrieError<S::Error>> {
        self.read(key, |leaf| leaf.value().len())
    }

    /// What `read` makes of the leaf of `key`, or `None` if the key is absent.
    fn read<T>(
        &self,
        key: &[u8],
        read: impl Fn(&Leaf) -> T,
    ) -> Result<Option<T>, TrieError<S::Error>> {
        check_key(key)?;
        if let Some(value) = self.look_up(key, &read).map_err(TrieError::Store)? {
            return Ok(value);
        }
        // Something is missing or out of place. The search that looks at every digest says what.
        let leaf = self.find(key, |_, _| {})?;
        Ok(leaf
            .filter(|leaf| leaf.key() == key)
            .map(|leaf| read(&leaf)))
    }

    /// What `read` makes of the leaf of `key` if it is present, found without looking at any digest;
    /// `None` if something on the way is missing or out of place.
    fn look_up<T>(
        &self,
        key: &[u8],
        read: impl Fn(&Leaf) -> T,
    ) -> Result<Option<Option<T>>, S::Error> {
        if self.root == EMPTY_ROOT {
            return Ok(Some(None));
        }
        let mut subtree = self.store.root(&self.root)?;
        let mut next_half_byte = 0;
        while let Some(Link::Page(number)) = subtree {
            let page = self.store.page(number)?;
            let page = page.filter(|page| page.half_byte() >= next_half_byte);
            let Some(page) = page else {
                return Ok(None);
            };
            next_half_byte = page.half_byte().saturating_add(1);
            subtree = page.link_in(slot_of(key, page.half_byte()));
            if subtree.is_none() {
                return Ok(Some(None));
            }
        }
        let Some(Link::Leaf(number)) = subtree else {
            return Ok(None);
        };
        let leaf = self.store.leaf(number)?;
        Ok(leaf.map(|leaf| (leaf.key() == key).then(|| read(&leaf))))
    }

    /// The smallest entry whose key is `from` or greater.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn next(&self, from: &[u8]) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.nearest(Direction::Up, Bound::Included(from), entry)
    }

    /// The smallest key that is `from` or greater. Its value is not copied.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        self.nearest(Direction::Up, Bound::Included(from), |leaf| {
            leaf.key().to_vec()
        })
    }

    /// The greatest entry whose key is less than `before`, or with `None` the last entry of all.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn previous(&self, before: Option<&[u8]>) -> Result<Option<Entry>, TrieError<S::Error>> {
        self.nearest(
            Direction::Down,
            before.map_or(Bound::Unbounded, Bound::Excluded),
            entry,
        )
    }

    /// The greatest key that is less than `before`. Its value is not copied.
    ///
    /// # Errors
    /// [`TrieError::KeyTooLong`], or whatever is wrong with the store.
    pub fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, TrieError<S::Error>> {
        self.nearest(Direction::Down, Bound::Excluded(before), |leaf| {
            leaf.key().to_vec()
        })
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
        check_key(key)?;
        let mut steps = Vec::new();
        let found = self.find(key, |bit, sibling| steps.push(Step { bit, sibling }))?;
        let Some(leaf) = found else {
            return Ok(Proof::of_empty_trie());
        };
        let end = if leaf.key() == key {
            End::Value(leaf.value().to_vec())
        } else {
            End::Other {
                key: leaf.key().to_vec(),
                value: value_hash(leaf.value()),
            }
        };
        Ok(Proof::new(steps, end))
    }

    /// Goes down by the bits of `key` to a leaf; `None` if the trie is empty. `on_step` sees each
    /// bit and the sibling that was left aside.
    pub(crate) fn find(
        &self,
        key: &[u8],
        mut on_step: impl FnMut(u16, Digest),
    ) -> Result<Option<S::Ref<'s, Leaf>>, TrieError<S::Error>> {
        let Some(mut child) = self.tree()? else {
            return Ok(None);
        };
        let mut above = None;
        while let Link::Page(number) = child.link {
            let page = read_page(self.store, number, &child.digest, above)?;
            above = Some(page.half_byte());
            let slot = page.search(slot_of(key, page.half_byte()), &mut on_step);
            let digest = child.digest;
            child = page
                .child(slot)
                .ok_or(TrieError::MisplacedNode { digest })?;
        }
        read_leaf(self.store, &child).map(Some)
    }

    /// What `read` makes of the leaf nearest to a bound in one direction.
    fn nearest<T>(
        &self,
        direction: Direction,
        bound: Bound<&[u8]>,
        read: impl Fn(&Leaf) -> T,
    ) -> Result<Option<T>, TrieError<S::Error>> {
        let mut cursor = Cursor::seek(self, direction, bound)?;
        Ok(cursor.advance(self)?.map(|leaf| read(&leaf)))
    }

    /// The store that is read.
    pub(crate) fn store(&self) -> &'s S {
        self.store
    }

    /// The whole tree; `None` if it has no entries.
    pub(crate) fn tree(&self) -> Result<Option<Child>, TrieError<S::Error>> {
        read_root(self.store, self.root)
    }
}

/// A leaf's key and value.
fn entry(leaf: &Leaf) -> Entry {
    (leaf.key().to_vec(), leaf.value().to_vec())
}

/// Where the tree of a root begins; `None` if it has no entries.
pub(crate) fn read_root<S: NodeStore>(
    store: &S,
    digest: Digest,
) -> Result<Option<Child>, TrieError<S::Error>> {
    if digest == EMPTY_ROOT {
        return Ok(None);
    }
    let link = store.root(&digest).map_err(TrieError::Store)?;
    let link = link.ok_or(TrieError::MissingNode { digest })?;
    Ok(Some(Child { link, digest }))
}

/// Reads a page and checks that it has the digest by which its parent names it, and can stand below
/// a page of the half byte `above`.
pub(crate) fn read_page<'s, S: NodeStore>(
    store: &'s S,
    number: u64,
    digest: &Digest,
    above: Option<u16>,
) -> Result<S::Ref<'s, Page>, TrieError<S::Error>> {
    let digest = *digest;
    let page = store.page(number).map_err(TrieError::Store)?;
    let page = page.ok_or(TrieError::MissingNode { digest })?;
    if above.is_some_and(|above| above >= page.half_byte()) || page.digest() != digest {
        return Err(TrieError::MisplacedNode { digest });
    }
    Ok(page)
}

/// Reads the leaf that a subtree consists of.
pub(crate) fn read_leaf<'s, S: NodeStore>(
    store: &'s S,
    child: &Child,
) -> Result<S::Ref<'s, Leaf>, TrieError<S::Error>> {
    let digest = child.digest;
    let Link::Leaf(number) = child.link else {
        return Err(TrieError::MisplacedNode { digest });
    };
    let leaf = store.leaf(number).map_err(TrieError::Store)?;
    leaf.ok_or(TrieError::MissingNode { digest })
}
