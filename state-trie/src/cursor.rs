//! A place between two keys, from which entries are walked in one direction.
//!
//! The cursor keeps the pages from the root down to its place, each with the slots that are still
//! to be walked. That is an explicit stack: as deep as the trie, on the heap.

use alloc::vec::Vec;
use core::ops::Bound;

use crate::error::TrieError;
use crate::key_bits::check_key;
use crate::key_bits::{bit, first_difference, half_byte_of, slot_of};
use crate::leaf::Leaf;
use crate::link::{Child, Link};
use crate::page::Page;
use crate::slots::{above, below, only};
use crate::snapshot::{Snapshot, read_leaf, read_page};
use crate::store::NodeStore;

/// Which way a cursor walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Towards greater keys.
    Up,
    /// Towards smaller keys.
    Down,
}

impl Direction {
    /// The bit that a key has, where it first differs from another, if it lies this way of it.
    fn onward_bit(self) -> bool {
        self == Self::Up
    }

    /// The slots that lie this way of one.
    fn onward_slots(self, slot: u32) -> u32 {
        match self {
            Self::Up => above(slot),
            Self::Down => below(slot),
        }
    }

    /// The slot of a set, which is not empty, that comes first this way.
    fn first(self, slots: u32) -> u32 {
        match self {
            Self::Up => slots.trailing_zeros(),
            Self::Down => (u32::BITS - 1).saturating_sub(slots.leading_zeros()),
        }
    }
}

/// A page on the way, and its slots that are still to be walked.
struct Frame<P> {
    page: P,
    pending: u32,
}

/// See the module's description.
pub(crate) struct Cursor<'s, S: NodeStore + 's> {
    direction: Direction,
    /// The whole trie, if none of it has been walked.
    whole: Option<Child>,
    frames: Vec<Frame<S::Ref<'s, Page>>>,
}

impl<'s, S: NodeStore> Cursor<'s, S> {
    /// A cursor on the first entry inside a bound: for [`Direction::Up`] a lower bound, for
    /// [`Direction::Down`] an upper one.
    pub(crate) fn seek(
        trie: &Snapshot<'s, S>,
        direction: Direction,
        bound: Bound<&[u8]>,
    ) -> Result<Self, TrieError<S::Error>> {
        let (key, inclusive) = match bound {
            Bound::Included(key) => (Some(key), true),
            Bound::Excluded(key) => (Some(key), false),
            Bound::Unbounded => (None, true),
        };
        key.map_or(Ok(()), check_key)?;
        let mut cursor = Self {
            direction,
            whole: trie.tree()?,
            frames: Vec::new(),
        };
        if let Some(key) = key
            && let Some(root) = cursor.whole.take()
        {
            let leaf_key = cursor.go_down(trie, root, key)?;
            cursor.cut(root, key, first_difference(key, &leaf_key), inclusive);
        }
        Ok(cursor)
    }

    /// The next leaf, or `None` after the last.
    pub(crate) fn advance(
        &mut self,
        trie: &Snapshot<'s, S>,
    ) -> Result<Option<S::Ref<'s, Leaf>>, TrieError<S::Error>> {
        loop {
            let (child, parent) = match (self.whole.take(), self.frames.last_mut()) {
                (Some(whole), _) => (whole, None),
                (None, None) => return Ok(None),
                (None, Some(frame)) if frame.pending == 0 => {
                    self.frames.pop();
                    continue;
                }
                (None, Some(frame)) => {
                    let slot = self.direction.first(frame.pending);
                    frame.pending &= !only(slot);
                    // Only slots that are taken are pending.
                    let digest = frame.page.digest();
                    let child = frame.page.child(slot);
                    let child = child.ok_or(TrieError::MisplacedNode { digest })?;
                    (child, Some(frame.page.half_byte()))
                }
            };
            let Link::Page(number) = child.link else {
                return read_leaf(trie.store(), &child).map(Some);
            };
            let page = read_page(trie.store(), number, &child.digest, parent)?;
            let pending = page.present();
            self.frames.push(Frame { page, pending });
        }
    }

    /// Goes down by the bits of `key` to a leaf and returns its key. Of each page on the way the
    /// slot that was taken is pending.
    ///
    /// That leaf shares as long a prefix with the key as any leaf does.
    fn go_down(
        &mut self,
        trie: &Snapshot<'s, S>,
        root: Child,
        key: &[u8],
    ) -> Result<Vec<u8>, TrieError<S::Error>> {
        let (mut child, mut above) = (root, None);
        while let Link::Page(number) = child.link {
            let page = read_page(trie.store(), number, &child.digest, above)?;
            above = Some(page.half_byte());
            let slot = page.search(slot_of(key, page.half_byte()), |_, _| {});
            let digest = child.digest;
            child = page
                .child(slot)
                .ok_or(TrieError::MisplacedNode { digest })?;
            let pending = only(slot);
            self.frames.push(Frame { page, pending });
        }
        let leaf = read_leaf(trie.store(), &child)?;
        let mut frames = self.frames.iter();
        let is_in_place =
            frames.all(|frame| only(slot_of(leaf.key(), frame.page.half_byte())) == frame.pending);
        if !is_in_place {
            return Err(TrieError::MisplacedNode {
                digest: child.digest,
            });
        }
        Ok(leaf.key().to_vec())
    }

    /// Leaves pending what lies onward from `key`, which first differs at `branch` from the leaf
    /// that the frames lead to.
    ///
    /// The pages above the half byte of that bit are also on the key's own way. If there is a page
    /// of that half byte, the key belongs in a free slot of it. If not, what is below lies to one
    /// side of the key as a whole.
    fn cut(&mut self, root: Child, key: &[u8], branch: Option<u16>, inclusive: bool) {
        let half_byte = branch.map_or(u16::MAX, half_byte_of);
        let shared = |frame: &Frame<_>| {
            let page: &S::Ref<'s, Page> = &frame.page;
            page.half_byte() <= half_byte
        };
        let kept = self.frames.partition_point(shared);
        self.frames.truncate(kept);
        let in_page = self.frames.last().map(|frame| frame.page.half_byte()) == Some(half_byte);
        let is_onward = match branch {
            None => inclusive,
            Some(branch) => !in_page && bit(key, branch) != self.direction.onward_bit(),
        };
        let taken = self.frames.last().map(|frame| frame.pending);
        for frame in &mut self.frames {
            let slot = slot_of(key, frame.page.half_byte());
            frame.pending = frame.page.present() & self.direction.onward_slots(slot);
        }
        match (self.frames.last_mut(), taken) {
            (Some(frame), Some(taken)) if is_onward => frame.pending |= taken,
            (None, _) if is_onward => self.whole = Some(root),
            _ => {}
        }
    }
}
