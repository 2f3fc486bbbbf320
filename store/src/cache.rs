//! The nodes that were read or written last, up to a number of bytes.
//!
//! Most stand on two shelves (`cache/shelf.rs`), one for pages and one for leaves, and are lent
//! from there. The shelves change only while the store does: a commit takes out what it replaces
//! and puts in what it makes. What is read from the log between two commits is kept apart
//! (`cache/recent.rs`) until the next one puts it on the shelves, too. So readers, in as many
//! threads as there are, wait for each other only where something is read from the log.
//!
//! Pages begin marked and leaves do not, because each page is on the way to many leaves. The hands
//! of the two shelves go round together, as if they were one.

mod index;
mod recent;
mod shelf;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lockstep_state_trie::{Leaf, Link, Page, go_down_together};

use crate::node::{Node, StoredPage};
use recent::Recent;
use shelf::{Kept, allocated_bytes};

pub(crate) use shelf::Shelf;

/// Which part of the memory is left to what is read between two commits, at least.
const RECENT_PART: u64 = 64;

impl Kept for StoredPage {
    const BEGINS_MARKED: bool = true;

    fn outside_bytes(&self) -> u64 {
        allocated_bytes(self.page.memory_bytes())
    }
}

impl Kept for Leaf {
    const BEGINS_MARKED: bool = false;

    fn outside_bytes(&self) -> u64 {
        match self.memory_bytes().saturating_sub(size_of::<Leaf>()) {
            0 => 0,
            long => allocated_bytes(long),
        }
    }
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Cache {
    pages: Shelf<StoredPage>,
    leaves: Shelf<Leaf>,
    recent: Mutex<Recent>,
    bytes_max: u64,
    hits: AtomicU64,
}

/// What the cache holds and how often it helped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CacheCounts {
    pub(crate) bytes: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

impl Cache {
    /// A cache for that many bytes.
    pub(crate) fn new(bytes_max: u64) -> Cache {
        Cache {
            pages: Shelf::default(),
            leaves: Shelf::default(),
            recent: Mutex::default(),
            bytes_max,
            hits: AtomicU64::new(0),
        }
    }

    /// The page with a number, if it is on the shelf.
    pub(crate) fn page(&self, number: u64) -> Option<&Page> {
        let found = self.pages.get(number)?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(&found.page)
    }

    /// The leaf with a number, if it is on the shelf.
    pub(crate) fn leaf(&self, number: u64) -> Option<&Leaf> {
        let found = self.leaves.get(number)?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        Some(found)
    }

    /// The node with a number, if it was read since the last commit.
    pub(crate) fn recent(&self, number: u64) -> Option<Node> {
        let bytes_max = self.recent_bytes_max();
        let mut recent = self.lock();
        let found = recent.get(number, bytes_max);
        match found {
            Some(_) => _ = self.hits.fetch_add(1, Ordering::Relaxed),
            None => recent.misses += 1,
        }
        found
    }

    /// Keeps a node that was read.
    pub(crate) fn keep_read(&self, number: u64, node: Node) {
        let bytes_max = self.recent_bytes_max();
        self.lock().insert(number, node, bytes_max);
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        // Nothing panics while it is locked, so a poisoned one is whole all the same.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recent_bytes_max(&self) -> u64 {
        let left = self.bytes_max.saturating_sub(self.shelf_bytes());
        left.max(self.bytes_max / RECENT_PART)
    }

    fn shelf_bytes(&self) -> u64 {
        self.pages.bytes().saturating_add(self.leaves.bytes())
    }

    /// A page on the shelf, without a mark and without being counted.
    pub(crate) fn peek_page(&self, number: u64) -> Option<&StoredPage> {
        self.pages.peek(number)
    }

    /// A leaf on the shelf, without a mark and without being counted.
    pub(crate) fn peek_leaf(&self, number: u64) -> Option<&Leaf> {
        self.leaves.peek(number)
    }

    /// Goes down to some keys as far as the nodes are here: see
    /// [`fetch_ahead`](lockstep_state_trie::NodeStore::fetch_ahead).
    pub(crate) fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        let page = |number| self.pages.peek(number).map(|found| &found.page);
        let leaf = |number| self.leaves.peek(number);
        let approach = |link| match link {
            Link::Page(number) => self.pages.approach(number),
            Link::Leaf(number) => self.leaves.approach(number),
            Link::NewPage(_) | Link::NewLeaf(_) => {}
        };
        go_down_together(from, keys, approach, page, leaf);
    }

    /// Brings the places near of pages that a commit has made.
    pub(crate) fn fetch_pages(&self, numbers: &[u64]) {
        self.pages.fetch(numbers);
    }

    /// Brings the places near of leaves that a commit has made.
    pub(crate) fn fetch_leaves(&self, numbers: &[u64]) {
        self.leaves.fetch(numbers);
    }

    /// The shelves of the pages and of the leaves, to take some off.
    pub(crate) fn shelves(&mut self) -> (&mut Shelf<StoredPage>, &mut Shelf<Leaf>) {
        (&mut self.pages, &mut self.leaves)
    }

    /// Puts what was read since the last commit on the shelves.
    pub(crate) fn settle(&mut self) {
        let recent = self.recent.get_mut();
        let recent = recent.unwrap_or_else(PoisonError::into_inner).drain();
        for (number, node) in recent.collect::<Vec<_>>() {
            match node {
                Node::Page(page, basis) => {
                    let page = Arc::unwrap_or_clone(page);
                    self.insert_page(number, StoredPage { page, basis });
                }
                Node::Leaf(leaf) => self.insert_leaf(number, Arc::unwrap_or_clone(leaf)),
            }
        }
    }

    /// Takes a page off the shelf.
    pub(crate) fn take_page(&mut self, number: u64) -> Option<StoredPage> {
        self.pages.take(number)
    }

    /// Takes a leaf off the shelf.
    pub(crate) fn take_leaf(&mut self, number: u64) -> Option<Leaf> {
        self.leaves.take(number)
    }

    /// Puts a page on the shelf.
    pub(crate) fn insert_page(&mut self, number: u64, page: StoredPage) {
        if self.make_room(Shelf::bytes_of(&page)) {
            self.pages.insert(number, page);
        }
    }

    /// Puts a leaf on the shelf.
    pub(crate) fn insert_leaf(&mut self, number: u64, leaf: Leaf) {
        if self.make_room(Shelf::bytes_of(&leaf)) {
            self.leaves.insert(number, leaf);
        }
    }

    /// Takes out nodes until so many bytes more may be on the shelves; `false` if they may not.
    fn make_room(&mut self, bytes: u64) -> bool {
        let most = self.bytes_max - self.bytes_max / RECENT_PART;
        // What is so long would drive too much else out.
        if bytes > most / 16 {
            return false;
        }
        while self.shelf_bytes().saturating_add(bytes) > most && self.evict() {}
        true
    }

    fn evict(&mut self) -> bool {
        let begins_with_pages = self.pages.is_behind(&self.leaves);
        (begins_with_pages && self.pages.evict()) || self.leaves.evict() || self.pages.evict()
    }

    /// Forgets what is on the shelves.
    pub(crate) fn clear(&mut self) {
        self.pages = Shelf::default();
        self.leaves = Shelf::default();
    }

    /// What it holds.
    pub(crate) fn counts(&self) -> CacheCounts {
        let recent = self.lock();
        CacheCounts {
            bytes: self.shelf_bytes().saturating_add(recent.bytes()),
            hits: self.hits.load(Ordering::Relaxed),
            misses: recent.misses,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockstep_state_trie::{Leaf, Page};

    use super::Cache;
    use crate::node::{Node, StoredPage};

    fn leaf(bytes: usize) -> Leaf {
        Leaf::from_bytes(&[&[1, 0][..], &vec![7; bytes]].concat()).expect("a leaf")
    }

    /// A page of the first half byte with two children.
    fn page() -> StoredPage {
        let links = [4_u64.to_le_bytes(), 8_u64.to_le_bytes()].concat();
        let bytes = [&[1, 0, 3, 0, 0, 0], &links[..], &[9; 64]].concat();
        StoredPage::whole(Page::from_bytes(&bytes).expect("a page"))
    }

    #[test]
    fn it_takes_no_more_memory_than_it_may_and_keeps_what_is_used() {
        let mut cache = Cache::new(64 << 10);
        for number in 1..=2_000_u64 {
            cache.insert_leaf(number, leaf(500));
            assert!(cache.leaf(number).is_some());
            cache.insert_page(10_000 + number, page());
            // Asked for again and again, so they stay.
            cache.insert_leaf(5_000, leaf(100));
            assert!(cache.leaf(5_000).is_some());
            cache.insert_page(9_000, page());
            assert!(cache.page(9_000).is_some());
        }
        let counts = cache.counts();
        assert!(counts.bytes <= 64 << 10, "{counts:?}");
        assert!(counts.bytes > 60 << 10, "{counts:?}");
        assert!(cache.peek_leaf(1).is_none() && cache.peek_page(10_001).is_none());
        assert!(cache.peek_leaf(2_000).is_some() && cache.peek_page(12_000).is_some());
        assert_eq!(counts.hits, 6_000);
    }

    #[test]
    fn what_was_read_comes_to_the_shelves_when_the_store_changes() {
        let mut cache = Cache::new(1 << 20);
        cache.keep_read(1, Node::Leaf(Arc::new(leaf(3))));
        cache.keep_read(2, Node::Page(Arc::new(page().page), None));
        assert!(cache.leaf(1).is_none() && cache.page(2).is_none());
        assert!(cache.recent(1).is_some() && cache.recent(2).is_some());
        cache.settle();
        assert!(cache.recent(1).is_none() && cache.recent(2).is_none());
        assert!(cache.leaf(1).is_some() && cache.page(2).is_some());
        assert_eq!((cache.counts().hits, cache.counts().misses), (4, 2));
        assert!(cache.take_leaf(1).is_some() && cache.take_page(2).is_some());
        assert!(cache.take_leaf(1).is_none() && cache.take_page(2).is_none());
        // Only the indexes are left.
        assert_eq!(cache.counts().bytes, 2 * 64 * 8);
    }

    #[test]
    fn what_is_very_long_is_not_kept() {
        let mut cache = Cache::new(1_600);
        cache.insert_leaf(1, leaf(500));
        assert!(cache.peek_leaf(1).is_none());
    }
}
