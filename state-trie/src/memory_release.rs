//! Giving versions up in the store in memory, and freeing what none needs then. `memory_store.rs`
//! says how the versions stand on each other.

use alloc::vec::Vec;

use crate::link::Link;
use crate::memory_store::MemoryStore;

impl MemoryStore {
    /// Takes a version out of the tree that nobody holds, and those below it that waited for that.
    pub(crate) fn give_up(&mut self, number: u64) {
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
                    if let Some(page) = self.pages.remove(page) {
                        pending.extend(page.links());
                        self.spare.put(page);
                    }
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
        if let Some(upper) = self.versions.get_mut(&child) {
            upper.parent = lower.parent;
        }
        self.free_later(child, lower.parent);
        if let Some(upper) = self.versions.get_mut(&child) {
            upper.stale_pages.extend(lower.stale_pages);
            upper.stale_leaves.extend(lower.stale_leaves);
        }
    }

    /// Frees what a version does not need and came after another, and takes it out of its lists.
    pub(crate) fn free_later(&mut self, number: u64, kept: Option<u64>) {
        let Some(version) = self.versions.get_mut(&number) else {
            return;
        };
        version.stale_pages.retain(|page| {
            let is_later = self.pages.came_after(*page, kept);
            if is_later && let Some(page) = self.pages.remove(*page) {
                self.spare.put(page);
            }
            !is_later
        });
        version.stale_leaves.retain(|leaf| {
            let is_later = self.leaves.came_after(*leaf, kept);
            if is_later {
                self.leaves.remove(*leaf);
            }
            !is_later
        });
    }
}
