//! The store that keeps everything in memory.
//!
//! Retention: every batch holds the root that it leads to once, also a batch that changes
//! nothing, and [`MemoryStore::release`] gives one such hold back. Old roots stay readable until
//! they are released.
//!
//! The versions form a tree: each stands on the one that its batch was made on. Nothing is
//! counted per page. A version knows which pages and leaves it no longer needs of the one that it
//! stands on, and every page and leaf knows with which version it came. When a version is given
//! up that one other stands on, the two are joined: what the later one does not need and came
//! after the version below both is freed. When one is given up that no other stands on, all that
//! came with it is found from its root and freed. A version that several others stand on is kept
//! until at most one of them is left, for it takes all of them to know what nothing needs.
//!
//! A batch that replaces the version that it is made on, on which no other stands, does not make
//! another version: the one there is takes its root. What came with it alone is then changed where
//! it is, and what is stale is freed at once.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::hint::black_box;

use crate::digest::Digest;
use crate::fetch_ahead::go_down_together;
use crate::leaf::Leaf;
use crate::link::Link;
use crate::page::Page;
use crate::page_change::PageChange;
use crate::slab::{CacheLine, Slab};
use crate::spare_pages::SparePages;
use crate::store::{NodeChanges, NodeStore};

/// How many pages are brought near before they are edited.
const PAGES_AHEAD: usize = 64;

/// One version of the trie.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) link: Option<Link>,
    /// How many batches that led here have not been given back.
    pub(crate) holds: u64,
    /// The version below.
    pub(crate) parent: Option<u64>,
    /// The versions that stand on this one.
    pub(crate) children: Vec<u64>,
    /// What the parent has and this version has not.
    pub(crate) stale_pages: Vec<u64>,
    pub(crate) stale_leaves: Vec<u64>,
}

/// A [`NodeStore`] in memory that keeps every root until it is released.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    pub(crate) pages: Slab<Page>,
    pub(crate) leaves: Slab<Leaf, CacheLine>,
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The versions with each root that are held.
    roots: BTreeMap<Digest, Vec<u64>>,
    next_version: u64,
    pub(crate) spare: SparePages,
}

impl MemoryStore {
    /// A store that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many pages are stored.
    pub fn page_count(&self) -> usize {
        self.pages.count()
    }

    /// How many leaves are stored.
    pub fn leaf_count(&self) -> usize {
        self.leaves.count()
    }

    /// Gives back one hold on `root` and frees what nothing needs any more. Returns `false`, and
    /// does nothing, if the root is not held. A root that several batches led to is held as
    /// often. Releasing the root that a trie stands on makes its next read fail.
    pub fn release(&mut self, root: &Digest) -> bool {
        let Some(versions) = self.roots.get_mut(root) else {
            return false;
        };
        let Some(number) = versions.first().copied() else {
            return false;
        };
        let Some(version) = self.versions.get_mut(&number) else {
            return false;
        };
        version.holds = version.holds.saturating_sub(1);
        if version.holds == 0 {
            versions.remove(0);
            if versions.is_empty() {
                self.roots.remove(root);
            }
            self.give_up(number);
        }
        true
    }

    /// Adds a version that stands on the one with a root, and returns its number.
    fn add_version(&mut self, before: &Digest) -> u64 {
        let number = self.next_version;
        self.next_version = number.saturating_add(1);
        let parent = self.held(before);
        if let Some(parent) = parent.and_then(|parent| self.versions.get_mut(&parent)) {
            parent.children.push(number);
        }
        let version = Version {
            link: None,
            holds: 1,
            parent,
            children: Vec::new(),
            stale_pages: Vec::new(),
            stale_leaves: Vec::new(),
        };
        self.versions.insert(number, version);
        number
    }

    /// Takes the version with a root from under it, if it is held once and no other stands on it.
    fn take_last(&mut self, root: &Digest) -> Option<u64> {
        let number = self.held(root)?;
        let version = self.versions.get(&number)?;
        if version.holds != 1 || !version.children.is_empty() {
            return None;
        }
        let same_root = self.roots.get_mut(root)?;
        same_root.pop();
        if same_root.is_empty() {
            self.roots.remove(root);
        }
        Some(number)
    }

    /// Keeps what is new with a batch under a version. What came up to the version `kept` is needed
    /// by others and stays as it is.
    fn put(&mut self, number: u64, kept: Option<u64>, changes: NodeChanges) {
        self.roots.entry(changes.after).or_default().push(number);
        if let Some(version) = self.versions.get_mut(&number) {
            version.stale_pages.extend(changes.stale_pages);
            // The last that is freed is the first place that is used again. So a leaf that takes
            // another's place in the trie takes its place here, too.
            let stale_leaves = changes.stale_leaves.into_iter().rev();
            version.stale_leaves.extend(stale_leaves);
        }
        // First, so that what is new takes the places of what goes.
        self.free_later(number, kept);
        let leaves = changes.leaves.into_iter();
        let leaves: Vec<u64> = leaves
            .map(|leaf| self.leaves.insert(leaf, number))
            .collect();
        let mut pages = Vec::with_capacity(changes.pages.len());
        let mut copied = Vec::new();
        let mut waiting = changes.pages.into_iter();
        while !waiting.as_slice().is_empty() {
            let ahead = waiting.as_slice();
            self.fetch_edited(ahead.get(..PAGES_AHEAD).unwrap_or(ahead));
            for page in waiting.by_ref().take(PAGES_AHEAD) {
                let page = match page {
                    PageChange::New(mut page) => {
                        page.resolve_links(&pages, &leaves);
                        self.pages.insert(page, number)
                    }
                    PageChange::Edit(edit) => {
                        let page = if self.pages.came_after(edit.replaces, kept) {
                            edit.replaces
                        } else {
                            copied.push(edit.replaces);
                            let old = self.pages.get(edit.replaces);
                            let copy = old.map(|old| self.spare.copy(old));
                            // It is there: the draft has read it from this store.
                            copy.map_or(u64::MAX, |copy| self.pages.insert(copy, number))
                        };
                        if let Some(page) = self.pages.get_mut(page) {
                            changes.parts.apply(&edit, page, &pages, &leaves);
                        }
                        page
                    }
                };
                pages.push(page);
            }
        }
        if let Some(version) = self.versions.get_mut(&number) {
            version.link = changes.root.map(|link| link.resolve(&pages, &leaves));
            version.stale_pages.extend(copied);
        }
    }

    /// Brings the pages that are about to be edited near together: since the draft read them, all
    /// others of the batch have been in the cache.
    fn fetch_edited(&self, changes: &[PageChange]) {
        let edited = changes.iter().filter_map(|change| match change {
            PageChange::Edit(edit) => self.pages.get(edit.replaces),
            PageChange::New(_) => None,
        });
        edited.clone().for_each(|page| {
            black_box(page.half_byte());
        });
        edited.for_each(Page::touch);
    }

    /// The version that is read under a root.
    fn held(&self, root: &Digest) -> Option<u64> {
        self.roots.get(root)?.last().copied()
    }
}

impl NodeStore for MemoryStore {
    type Error = Infallible;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Infallible> {
        let version = self.held(root).and_then(|held| self.versions.get(&held));
        Ok(version.and_then(|version| version.link))
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Infallible> {
        Ok(self.pages.get(number))
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Infallible> {
        Ok(self.leaves.get(number))
    }

    fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        let page = |number| self.pages.get(number);
        let leaf = |number| self.leaves.get(number);
        go_down_together(from, keys, |_| (), page, leaf);
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        let before = changes.before;
        let mut releases = changes.replaces_before;
        if before == changes.after
            && let Some(held) = self.held(&changes.after)
            && let Some(version) = self.versions.get_mut(&held)
        {
            version.holds = version.holds.saturating_add(1);
        } else if releases && let Some(number) = self.take_last(&before) {
            let below = self.versions.get(&number);
            let below = below.and_then(|version| version.parent);
            self.put(number, below, changes);
            releases = false;
        } else {
            let number = self.add_version(&before);
            self.put(number, Some(number), changes);
        }
        if releases {
            self.release(&before);
        }
        Ok(())
    }
}
