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

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::digest::Digest;
use crate::leaf::Leaf;
use crate::link::Link;
use crate::page::Page;
use crate::slab::Slab;
use crate::store::{NodeChanges, NodeStore};

/// One version of the trie.
#[derive(Clone, Debug)]
struct Version {
    root: Digest,
    link: Option<Link>,
    /// How many batches that led here have not been given back.
    holds: u64,
    /// The version below.
    parent: Option<u64>,
    /// The versions that stand on this one.
    children: Vec<u64>,
    /// What the parent has and this version has not.
    stale_pages: Vec<u64>,
    stale_leaves: Vec<u64>,
}

/// A [`NodeStore`] in memory that keeps every root until it is released.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    pages: Slab<Page>,
    leaves: Slab<Leaf>,
    versions: BTreeMap<u64, Version>,
    /// The versions with each root that are held.
    roots: BTreeMap<Digest, Vec<u64>>,
    next_version: u64,
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

    /// Takes a version out of the tree that nobody holds, and those below it that waited for that.
    fn give_up(&mut self, number: u64) {
        let mut next = Some(number);
        while let Some(number) = next.take() {
            let Some(version) = self.versions.get(&number) else {
                return;
            };
            if version.holds > 0 {
                return;
            }
            match *version.children {
                [] => next = self.remove_last(number),
                [child] => self.join(number, child),
                _ => {}
            }
        }
    }

    /// Removes a version that no other stands on; returns the one below.
    fn remove_last(&mut self, number: u64) -> Option<u64> {
        let version = self.versions.remove(&number)?;
        let mut pending: Vec<Link> = version.link.into_iter().collect();
        while let Some(link) = pending.pop() {
            match link {
                Link::Page(page) if self.pages.came_after(page, version.parent) => {
                    let page = self.pages.remove(page);
                    pending.extend(page.iter().flat_map(Page::links));
                }
                Link::Leaf(leaf) if self.leaves.came_after(leaf, version.parent) => {
                    self.leaves.remove(leaf);
                }
                _ => {}
            }
        }
        let parent = self.versions.get_mut(&version.parent?)?;
        parent.children.retain(|child| *child != number);
        version.parent
    }

    /// Joins a version with the only one that stands on it.
    fn join(&mut self, number: u64, child: u64) {
        let Some(lower) = self.versions.remove(&number) else {
            return;
        };
        if let Some(below) = lower.parent.and_then(|below| self.versions.get_mut(&below)) {
            let places = below.children.iter_mut();
            places
                .filter(|place| **place == number)
                .for_each(|place| *place = child);
        }
        let Some(upper) = self.versions.get_mut(&child) else {
            return;
        };
        upper.parent = lower.parent;
        free_later(&mut self.pages, &mut upper.stale_pages, lower.parent);
        free_later(&mut self.leaves, &mut upper.stale_leaves, lower.parent);
        upper.stale_pages.extend(lower.stale_pages);
        upper.stale_leaves.extend(lower.stale_leaves);
    }

    /// Adds a version and returns its number.
    fn add_version(&mut self, changes: &NodeChanges) -> u64 {
        let number = self.next_version;
        self.next_version = number.saturating_add(1);
        let parent = self.held(&changes.before);
        if let Some(parent) = parent.and_then(|parent| self.versions.get_mut(&parent)) {
            parent.children.push(number);
        }
        let version = Version {
            root: changes.after,
            link: None,
            holds: 1,
            parent,
            children: Vec::new(),
            stale_pages: changes.stale_pages.clone(),
            stale_leaves: changes.stale_leaves.clone(),
        };
        self.roots.entry(version.root).or_default().push(number);
        self.versions.insert(number, version);
        number
    }

    /// The version that is read under a root.
    fn held(&self, root: &Digest) -> Option<u64> {
        self.roots.get(root)?.last().copied()
    }
}

/// Frees those numbers that came after a version and takes them out of the list.
fn free_later<T>(slab: &mut Slab<T>, numbers: &mut Vec<u64>, version: Option<u64>) {
    numbers.retain(|number| {
        let is_later = slab.came_after(*number, version);
        if is_later {
            slab.remove(*number);
        }
        !is_later
    });
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

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        if changes.before == changes.after
            && let Some(held) = self.held(&changes.after)
            && let Some(version) = self.versions.get_mut(&held)
        {
            version.holds = version.holds.saturating_add(1);
        } else {
            let number = self.add_version(&changes);
            let leaves = changes.leaves.into_iter();
            let leaves: Vec<u64> = leaves
                .map(|leaf| self.leaves.insert(leaf, number))
                .collect();
            let mut pages = Vec::with_capacity(changes.pages.len());
            for mut page in changes.pages {
                page.resolve_links(&pages, &leaves);
                pages.push(self.pages.insert(page, number));
            }
            if let Some(version) = self.versions.get_mut(&number) {
                version.link = changes.root.map(|link| link.resolve(&pages, &leaves));
            }
        }
        if changes.replaces_before {
            self.release(&changes.before);
        }
        Ok(())
    }
}
