//! The batch update, first part: what the new tree looks like.
//!
//! The changes come in the order of their keys and are worked through in one walk. The editor
//! stands at a place at the bottom of the trie, the key `at`. The pages above it lie open on a
//! stack; everything else is closed. To get to the next key the editor finds the first bit in
//! which that key differs from `at`, and the half byte of that bit. Open pages of later half bytes
//! do not have the next key below them and are closed. If an open page stands for just that half
//! byte, the way goes to another slot of it and down from there. Otherwise the key is absent, and
//! a new page belongs there.
//!
//! Since the keys come in order, no change is ever made below a page that was closed after a
//! change: the keys below one page follow each other without a gap. So each changed page is built
//! once, and what is read is in the store. Nothing is hashed here; `draft.rs` does that for many
//! closed pages together.
//!
//! A page is open at most once per half byte; nothing recurses.

mod half;

use alloc::vec::Vec;

use crate::draft::{ClosedPage, Draft};
use crate::error::TrieError;
use crate::key_bits::{first_difference, half_byte_of, slot_of};
use crate::leaf::Leaf;
use crate::link::{Child, Link};
use crate::open_page::OpenPage;
use crate::page::Page;
use crate::slots::{count, first};
use crate::snapshot::{read_leaf, read_page};
use crate::store::NodeStore;
pub(crate) use half::Half;

/// See the module's description.
pub(crate) struct Editor<'s, S: NodeStore> {
    pub(crate) store: &'s S,
    /// The open pages from the root down, their half bytes ascending.
    open: Vec<OpenPage<S::Ref<'s, Page>>>,
    /// What stands in the touched slots of the open pages, with the slots.
    replaced: Vec<(u32, Child)>,
    /// The key of the place. Below the lowest open page there is a leaf of this key or nothing.
    at: Vec<u8>,
    /// The leaf at the place, if it is a stored one.
    leaf: Option<S::Ref<'s, Leaf>>,
    /// What is below the lowest open page at the place; `None` if nothing is.
    bottom: Option<Child>,
    /// Whether the bottom is another than in the old tree.
    bottom_changed: bool,
    draft: Draft,
}

impl<'s, S: NodeStore> Editor<'s, S> {
    /// An editor on the tree that begins at `root`, at the place of the first key that is to be
    /// changed. There are about so many changes.
    pub(crate) fn new(
        store: &'s S,
        root: Option<Child>,
        first: Option<&[u8]>,
        changes: usize,
    ) -> Result<Self, TrieError<S::Error>> {
        let mut editor = Self {
            store,
            open: Vec::new(),
            replaced: Vec::new(),
            at: Vec::new(),
            leaf: None,
            bottom: None,
            bottom_changed: false,
            draft: Draft::default(),
        };
        editor.draft.reserve(changes);
        match (root, first) {
            (Some(root), Some(key)) => editor.descend(root, key)?,
            (None, Some(key)) => editor.stand_in_gap(key),
            (root, None) => editor.bottom = root,
        }
        Ok(editor)
    }

    /// Closes everything. Returns the draft, and where the new tree begins.
    pub(crate) fn finish(mut self) -> Result<(Draft, Option<Child>), TrieError<S::Error>> {
        while self.close()? {}
        Ok((self.draft, self.bottom))
    }

    /// Hashes what was closed since the last time.
    pub(crate) fn hash_added(&mut self) -> Result<(), TrieError<S::Error>> {
        self.draft
            .hash_added()
            .ok_or_else(|| TrieError::misplaced(self.bottom))
    }

    /// Makes one change.
    pub(crate) fn change(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), TrieError<S::Error>> {
        match (self.seek(key)?, value) {
            (None, None) => self.remove_leaf(),
            (None, Some(value)) => {
                let old = self.leaf.as_ref();
                if old.is_none_or(|leaf| leaf.value() != value) {
                    self.remove_leaf();
                    self.put_leaf(key, value);
                }
            }
            // The key to remove is absent. The place stays, for it may be part of the trie.
            (Some(_), None) => {}
            (Some(half_byte), Some(value)) => self.branch_off(half_byte, key, value)?,
        }
        Ok(())
    }

    /// Goes to the place of `key`, or as near as the trie comes to it. Returns the half byte in
    /// which the key branches off from the place, of which no page is open; `None` if it is the
    /// place.
    fn seek(&mut self, key: &[u8]) -> Result<Option<u16>, TrieError<S::Error>> {
        // Each round comes to a later half byte: what `descend` reaches has the key's slot.
        while key != self.at.as_slice()
            && let Some(branch) = first_difference(key, &self.at)
        {
            let half_byte = half_byte_of(branch);
            let open = &self.open;
            if open
                .binary_search_by_key(&half_byte, |page| page.half_byte)
                .is_err()
            {
                return Ok(Some(half_byte));
            }
            self.close_below(half_byte)?;
            self.settle();
            let slot = slot_of(key, half_byte);
            let page = self.open.last_mut();
            let child = page.and_then(|page| page.move_on(slot, |old, slot| old.child(slot)));
            match child {
                Some(child) => self.descend(child, key)?,
                None => self.stand_in_gap(key),
            }
        }
        Ok(None)
    }

    /// Makes the place that of a key which is absent, in a free slot of the lowest open page.
    fn stand_in_gap(&mut self, key: &[u8]) {
        self.move_to(key);
        self.leaf = None;
        self.bottom = None;
    }

    fn move_to(&mut self, key: &[u8]) {
        self.at.clear();
        self.at.extend_from_slice(key);
    }

    /// Goes down from a stored subtree below the lowest open page to a leaf, by the slots of `key`
    /// where they are taken, and opens what is on the way.
    fn descend(&mut self, subtree: Child, key: &[u8]) -> Result<(), TrieError<S::Error>> {
        let first_opened = self.open.len();
        let mut child = subtree;
        while let Link::Page(number) = child.link {
            let above = self.open.last().map(|page| page.half_byte);
            let page = read_page(self.store, number, &child.digest, above)?;
            let half_byte = page.half_byte();
            let mut slot = slot_of(key, half_byte);
            if page.link_in(slot).is_none() {
                slot = first(page.present());
            }
            let below = page.child(slot);
            let (present, start) = (page.present(), self.replaced.len());
            let page = OpenPage::stored((page, child), half_byte, present, slot, start);
            self.open.push(page);
            child = below.ok_or(TrieError::MisplacedNode {
                digest: child.digest,
            })?;
        }
        let leaf = read_leaf(self.store, &child)?;
        self.move_to(leaf.key());
        let opened = self.open.get(first_opened..).unwrap_or_default();
        let above = self.open.get(first_opened.saturating_sub(1));
        let mut way = opened.iter().chain(above);
        if way.any(|page| slot_of(leaf.key(), page.half_byte) != page.slot) {
            return Err(TrieError::misplaced(Some(child)));
        }
        self.leaf = Some(leaf);
        self.bottom = Some(child);
        Ok(())
    }

    /// Adds an absent key in a half byte of which no page is open.
    fn branch_off(
        &mut self,
        half_byte: u16,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), TrieError<S::Error>> {
        self.close_below(half_byte)?;
        // If everything down there was removed, the leaf takes its place.
        if let Some(subtree) = self.bottom.take() {
            let subtree = (slot_of(&self.at, half_byte), subtree);
            let slot = slot_of(key, half_byte);
            let page = OpenPage::made(half_byte, subtree, slot, &mut self.replaced);
            self.open.push(page);
        }
        self.move_to(key);
        self.put_leaf(key, value);
        Ok(())
    }

    /// Puts a new leaf at the place.
    fn put_leaf(&mut self, key: &[u8], value: &[u8]) {
        self.leaf = None;
        self.bottom_changed = true;
        self.bottom = Some(self.draft.add_leaf(key, value));
    }

    /// Removes the leaf at the place, if there is one.
    fn remove_leaf(&mut self) {
        self.leaf = None;
        if let Some(child) = self.bottom.take() {
            self.bottom_changed = true;
            if let Link::Leaf(number) = child.link {
                self.draft.stale_leaves.push(number);
            }
        }
    }

    /// Closes the open pages of half bytes after this one.
    fn close_below(&mut self, half_byte: u16) -> Result<(), TrieError<S::Error>> {
        while self
            .open
            .last()
            .is_some_and(|page| page.half_byte > half_byte)
        {
            self.close()?;
        }
        Ok(())
    }

    /// Enters the bottom into the lowest open page.
    fn settle(&mut self) {
        if let Some(page) = self.open.last_mut() {
            let changed = core::mem::take(&mut self.bottom_changed);
            page.settle(self.bottom, changed, &mut self.replaced);
        }
    }

    /// Closes the lowest open page, and makes the bottom what stands in its place: the page, or if
    /// it has a single child left the child. Returns whether there was one.
    fn close(&mut self) -> Result<bool, TrieError<S::Error>> {
        self.settle();
        let Some(mut page) = self.open.pop() else {
            return Ok(false);
        };
        page.pass_ahead(u32::MAX, &mut self.replaced);
        self.leaf = None;
        let stored = page.old.as_ref().map(|(old, child)| (&**old, child));
        let old = match stored {
            Some((_, child)) if page.touched == 0 => {
                self.bottom = Some(*child);
                return Ok(true);
            }
            Some((old, child)) => match child.link {
                Link::Page(number) => Some((old, number)),
                _ => return Err(TrieError::misplaced(Some(*child))),
            },
            None => None,
        };
        self.bottom_changed = true;
        let replaced = self.replaced.get(page.replaced_start..).unwrap_or_default();
        let closed = ClosedPage {
            old,
            half_byte: page.half_byte,
            present: page.present,
            touched: page.touched,
        };
        self.bottom = match count(page.present) {
            0 => None,
            1 if page.touched & page.present != 0 => replaced.last().map(|(_, child)| *child),
            1 => old.and_then(|(old, _)| old.stored_child(first(page.present))),
            _ => self.draft.add_page(closed, replaced),
        };
        // The old page has something in the slot that it cannot have.
        if self.bottom.is_none() && page.present != 0 {
            return Err(TrieError::misplaced(stored.map(|(_, child)| *child)));
        }
        if count(page.present) < 2 {
            self.draft.stale_pages.extend(old.map(|(_, number)| number));
        }
        self.replaced.truncate(page.replaced_start);
        Ok(true)
    }
}
