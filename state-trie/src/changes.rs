//! What differs between two versions, without looking at what they share.
//!
//! Each version is a row of subtrees from left to right, at first the whole tree. If the first
//! subtrees of both rows have the same digest, they hold the same and are passed over. If not, one
//! that is a page is replaced by its children: of two pages the one of the lesser half byte, or
//! both if they stand for the same one. Two leaves are compared by their keys. So what is read is
//! the pages above the differences, and a few beside them where a key has come or gone.

use alloc::vec::Vec;

use crate::error::TrieError;
use crate::leaf::Leaf;
use crate::link::{Child, Link};
use crate::page::Page;
use crate::slots::{first, only};
use crate::snapshot::{Snapshot, read_leaf, read_page};
use crate::store::NodeStore;

/// A key that does not hold the same in two versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The key.
    pub key: Vec<u8>,
    /// Its value in the older version, or `None` if it is absent there.
    pub before: Option<Vec<u8>>,
    /// Its value in the newer version, or `None` if it is absent there.
    pub after: Option<Vec<u8>>,
}

/// The differences between two versions in the order of their keys. See [`Snapshot::changes_since`].
/// After an error it ends.
pub struct Changes<'s, S: NodeStore> {
    before: Row<'s, S>,
    after: Row<'s, S>,
    has_failed: bool,
}

/// A subtree, and the half byte of the page above it.
type Place = (Child, Option<u16>);

/// A version as far as it has not been compared: subtrees, the next one last.
struct Row<'s, S: NodeStore> {
    trie: Snapshot<'s, S>,
    subtrees: Vec<Place>,
}

/// The first subtree of a row, read.
enum Head<P, L> {
    Page(P),
    Leaf(L),
}

type HeadOf<'s, S> = Head<<S as NodeStore>::Ref<'s, Page>, <S as NodeStore>::Ref<'s, Leaf>>;

impl<'s, S: NodeStore> Row<'s, S> {
    fn new(trie: Snapshot<'s, S>) -> Result<Self, TrieError<S::Error>> {
        let subtrees = trie.tree()?.into_iter().map(|child| (child, None));
        Ok(Self {
            trie,
            subtrees: subtrees.collect(),
        })
    }

    /// Reads the first subtree.
    fn head(&self) -> Result<Option<HeadOf<'s, S>>, TrieError<S::Error>> {
        let Some((child, above)) = self.subtrees.last() else {
            return Ok(None);
        };
        let store = self.trie.store();
        match child.link {
            Link::Page(number) => {
                let page = read_page(store, number, &child.digest, *above)?;
                Ok(Some(Head::Page(page)))
            }
            _ => Ok(Some(Head::Leaf(read_leaf(store, child)?))),
        }
    }

    /// Puts the children of the first subtree, which is this page, in its place.
    fn open(&mut self, page: &Page) {
        self.subtrees.pop();
        let start = self.subtrees.len();
        let mut slots = page.present();
        while slots != 0 {
            let slot = first(slots);
            slots &= !only(slot);
            let child = page.child(slot);
            self.subtrees
                .extend(child.map(|child| (child, Some(page.half_byte()))));
        }
        if let Some(children) = self.subtrees.get_mut(start..) {
            children.reverse();
        }
    }
}

impl<'s, S: NodeStore> Changes<'s, S> {
    fn new(before: Snapshot<'s, S>, after: Snapshot<'s, S>) -> Result<Self, TrieError<S::Error>> {
        Ok(Self {
            before: Row::new(before)?,
            after: Row::new(after)?,
            has_failed: false,
        })
    }

    fn advance(&mut self) -> Result<Option<Difference>, TrieError<S::Error>> {
        loop {
            let digest = |row: &Row<'s, S>| row.subtrees.last().map(|(child, _)| child.digest);
            let is_same = digest(&self.before) == digest(&self.after);
            if is_same {
                self.before.subtrees.pop();
                if self.after.subtrees.pop().is_none() {
                    return Ok(None);
                }
                continue;
            }
            match (self.before.head()?, self.after.head()?) {
                (Some(Head::Page(old)), Some(Head::Page(new))) => {
                    let order = old.half_byte().cmp(&new.half_byte());
                    if order.is_le() {
                        self.before.open(&old);
                    }
                    if order.is_ge() {
                        self.after.open(&new);
                    }
                }
                (Some(Head::Page(old)), _) => self.before.open(&old),
                (_, Some(Head::Page(new))) => self.after.open(&new),
                (Some(Head::Leaf(old)), Some(Head::Leaf(new))) => {
                    let order = old.key().cmp(new.key());
                    return Ok(Some(self.take(
                        order.is_le().then_some(&*old),
                        order.is_ge().then_some(&*new),
                    )));
                }
                (Some(Head::Leaf(old)), None) => return Ok(Some(self.take(Some(&old), None))),
                (None, Some(Head::Leaf(new))) => return Ok(Some(self.take(None, Some(&new)))),
                (None, None) => return Ok(None),
            }
        }
    }

    /// Takes the first leaf of one row, or of both if they have the same key.
    fn take(&mut self, old: Option<&Leaf>, new: Option<&Leaf>) -> Difference {
        if old.is_some() {
            self.before.subtrees.pop();
        }
        if new.is_some() {
            self.after.subtrees.pop();
        }
        let value = |leaf: Option<&Leaf>| leaf.map(|leaf| leaf.value().to_vec());
        Difference {
            key: old
                .or(new)
                .map(|leaf| leaf.key().to_vec())
                .unwrap_or_default(),
            before: value(old),
            after: value(new),
        }
    }
}

impl<S: NodeStore> Iterator for Changes<'_, S> {
    type Item = Result<Difference, TrieError<S::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let next = self.advance().transpose();
        self.has_failed = matches!(next, Some(Err(_)));
        next
    }
}

impl<'s, S: NodeStore> Snapshot<'s, S> {
    /// What has changed between an older version and this one, in the order of the keys. Subtrees
    /// that both have are not read. Errors come as items, after which the iterator ends.
    ///
    /// # Errors
    /// [`TrieError::MissingNode`] if the store does not hold one of the roots, or its own failure.
    pub fn changes_since(
        &self,
        older: &Snapshot<'s, S>,
    ) -> Result<Changes<'s, S>, TrieError<S::Error>> {
        Changes::new(*older, *self)
    }
}
