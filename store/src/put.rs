//! Putting the nodes of a batch into a frame.
//!
//! Leaves and new pages are written whole. A page that comes from a stored one by replacing a few
//! children is written as a difference (`node.rs`), which keeps that one needed as its basis.

use lockstep_state_trie::{EditParts, Leaf, Link, NodeChanges, PageChange, PageEdit};

use crate::address::Address;
use crate::cache::{Cache, Shelf};
use crate::error::StoreError;
use crate::frame_builder::{FrameBuilder, LeafPart};
use crate::log::Log;
use crate::log_store::LogStore;
use crate::node::{Basis, StoredPage};

/// From how many leaves on they are put together in a thread of their own, where that is to be had.
const LEAVES_MIN: usize = 128;

/// How many nodes are brought near together.
const NODES_AHEAD: usize = 64;

/// The new nodes of a batch with their numbers, on their way into the cache.
#[derive(Debug, Default)]
pub(crate) struct NewNodes {
    leaf_numbers: Vec<u64>,
    leaves: Vec<Leaf>,
    page_numbers: Vec<u64>,
    pages: Vec<StoredPage>,
}

impl NewNodes {
    /// Puts them in the cache.
    pub(crate) fn put(self, cache: &mut Cache) {
        let mut leaves = self.leaves.into_iter();
        for numbers in self.leaf_numbers.chunks(NODES_AHEAD) {
            cache.fetch_leaves(numbers);
            for (number, leaf) in numbers.iter().zip(leaves.by_ref()) {
                cache.insert_leaf(*number, leaf);
            }
        }
        let mut pages = self.pages.into_iter();
        for numbers in self.page_numbers.chunks(NODES_AHEAD) {
            cache.fetch_pages(numbers);
            for (number, page) in numbers.iter().zip(pages.by_ref()) {
                cache.insert_page(*number, page);
            }
        }
    }
}

impl LogStore {
    /// Puts the new nodes of a batch into a frame, takes those that they replace out of the cache,
    /// and counts what is no longer needed. Returns where the tree begins, and the nodes. If it
    /// fails, the cache is to be cleared.
    pub(crate) fn put_nodes(
        &mut self,
        builder: &mut FrameBuilder,
        changes: NodeChanges,
    ) -> Result<(Option<Link>, NewNodes), StoreError> {
        let log = &self.log;
        let (pages, leaves) = self.cache.shelves();
        for number in &changes.stale_pages {
            builder.release(*number, take_page(log, pages, *number)?.as_node());
        }
        let leaf_numbers = builder.reserve(&changes.leaves);
        let first = leaf_numbers.first().copied().unwrap_or_default();
        let is_large = changes.leaves.len().max(changes.stale_leaves.len()) >= LEAVES_MIN;
        let mut put_pages = PutPages {
            log,
            shelf: pages,
            builder,
            parts: &changes.parts,
            leaf_numbers: &leaf_numbers,
        };
        let put_pages = || put_pages.run(changes.pages);
        let put_leaves = || {
            let part = LeafPart::new(Address::from_number(first), log.seal);
            put_leaves(log, leaves, &changes.leaves, &changes.stale_leaves, part)
        };
        let (pages, leaves) = self.threads.both_if(is_large, put_pages, put_leaves);
        let (page_numbers, pages) = pages?;
        builder.fill(&leaves?);
        let top = changes.root;
        let top = top.map(|link| link.resolve(&page_numbers, &leaf_numbers));
        let nodes = NewNodes {
            leaf_numbers,
            leaves: changes.leaves,
            page_numbers,
            pages,
        };
        Ok((top, nodes))
    }
}

/// Puts the new leaves of a batch together, and takes those that are stale off the shelf.
fn put_leaves(
    log: &Log,
    shelf: &mut Shelf<Leaf>,
    leaves: &[Leaf],
    stale: &[u64],
    mut part: LeafPart,
) -> Result<LeafPart, StoreError> {
    // The slot of the last that is taken is the first that is used again. So a leaf that takes
    // another's place in the trie takes its slot.
    for numbers in stale.rchunks(NODES_AHEAD) {
        shelf.fetch(numbers);
        for number in numbers.iter().rev() {
            part.release(*number, &take_leaf(log, shelf, *number)?);
        }
    }
    leaves.iter().for_each(|leaf| part.add(leaf));
    Ok(part)
}

/// Puts the new pages of a batch into a frame, when its leaves have their numbers.
struct PutPages<'s> {
    log: &'s Log,
    shelf: &'s mut Shelf<StoredPage>,
    builder: &'s mut FrameBuilder,
    parts: &'s EditParts,
    leaf_numbers: &'s [u64],
}

impl PutPages<'_> {
    /// Returns the pages with their numbers.
    fn run(&mut self, changes: Vec<PageChange>) -> Result<(Vec<u64>, Vec<StoredPage>), StoreError> {
        let mut pages = Vec::with_capacity(changes.len());
        let mut made = Vec::with_capacity(changes.len());
        let mut waiting = changes.into_iter();
        while !waiting.as_slice().is_empty() {
            let ahead = waiting.as_slice();
            let ahead = ahead.get(..NODES_AHEAD).unwrap_or(ahead);
            let edited = ahead.iter().filter_map(|change| match change {
                PageChange::Edit(edit) => Some(edit.replaces),
                PageChange::New(_) => None,
            });
            fetch_whole(self.shelf, &edited.collect::<Vec<_>>());
            for page in waiting.by_ref().take(NODES_AHEAD) {
                let page = match page {
                    PageChange::New(mut page) => {
                        page.resolve_links(&pages, self.leaf_numbers);
                        StoredPage::whole(page)
                    }
                    PageChange::Edit(edit) => self.edit(&edit, &pages)?,
                };
                pages.push(self.builder.add(page.as_node()));
                made.push(page);
            }
        }
        Ok((pages, made))
    }

    /// Makes a page out of the one that it replaces, given the numbers of the pages so far. If it is
    /// kept as a difference, the page that is its basis stays needed.
    fn edit(&mut self, edit: &PageEdit, pages: &[u64]) -> Result<StoredPage, StoreError> {
        let replaced = take_page(self.log, self.shelf, edit.replaces)?;
        let stored_bytes = replaced.as_node().stored_bytes();
        let StoredPage {
            mut page,
            basis: old_basis,
        } = replaced;
        let children = self.parts.replaced_children(edit);
        let children = children.fold(0, |set, index| {
            set | u32::try_from(index).map_or(0, |index| 1_u32.unbounded_shl(index))
        });
        let mut basis = old_basis.unwrap_or(Basis {
            number: edit.replaces,
            stored_bytes: u32::try_from(stored_bytes).unwrap_or(u32::MAX),
            children: 0,
        });
        basis.children |= children;
        self.parts.apply(edit, &mut page, pages, self.leaf_numbers);
        let edited = StoredPage::edited(page, basis);
        if old_basis.is_some() {
            self.builder.release_bytes(edit.replaces, stored_bytes);
        }
        if edited.basis.is_none() {
            let bytes = u64::from(basis.stored_bytes);
            self.builder.release_bytes(basis.number, bytes);
        }
        Ok(edited)
    }
}

/// Brings pages near, with all that is in them.
fn fetch_whole(shelf: &Shelf<StoredPage>, numbers: &[u64]) {
    shelf.fetch(numbers);
    let found = numbers.iter().filter_map(|number| shelf.peek(*number));
    found.for_each(|found| found.page.touch());
}

/// A page that the last version will not need any more. It leaves the cache; a reader of an older
/// version reads it from the log again.
fn take_page(
    log: &Log,
    shelf: &mut Shelf<StoredPage>,
    number: u64,
) -> Result<StoredPage, StoreError> {
    if let Some(page) = shelf.take(number) {
        return Ok(page);
    }
    let place = Address::from_number(number);
    let page = log.read_node(place)?.owned_page();
    page.ok_or_else(|| log.damaged(place, "a leaf stands in place of a page"))
}

/// A leaf that the last version will not need any more.
fn take_leaf(log: &Log, shelf: &mut Shelf<Leaf>, number: u64) -> Result<Leaf, StoreError> {
    if let Some(leaf) = shelf.take(number) {
        return Ok(leaf);
    }
    let place = Address::from_number(number);
    let leaf = log.read_node(place)?.owned_leaf();
    leaf.ok_or_else(|| log.damaged(place, "a page stands in place of a leaf"))
}
