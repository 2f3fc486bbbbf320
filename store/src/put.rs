//! Putting the nodes of a batch into a frame.
//!
//! Leaves and new pages are written whole. A page that comes from a stored one by replacing a few
//! children is written as a difference (`node.rs`), which keeps that one needed as its basis.

use lockstep_state_trie::{EditParts, Leaf, Link, NodeChanges, Page, PageChange, PageEdit};

use crate::address::Address;
use crate::cache::Cache;
use crate::error::StoreError;
use crate::frame_builder::FrameBuilder;
use crate::node::{Basis, NodeRef, StoredPage};
use crate::store::Store;

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

impl Store {
    /// Puts the new nodes of a batch into a frame, takes those that they replace out of the cache,
    /// and counts what is no longer needed. Returns where the tree begins, and the nodes. If it
    /// fails, the cache is to be cleared.
    pub(crate) fn put_nodes(
        &mut self,
        builder: &mut FrameBuilder,
        changes: NodeChanges,
    ) -> Result<(Option<Link>, NewNodes), StoreError> {
        for number in &changes.stale_pages {
            builder.release(*number, self.take_page(*number)?.as_node());
        }
        // The slot of the last that is taken is the first that is used again. So a leaf that takes
        // another's place in the trie takes its slot.
        for numbers in changes.stale_leaves.rchunks(NODES_AHEAD) {
            self.cache.fetch_leaves(numbers);
            for number in numbers.iter().rev() {
                builder.release(*number, NodeRef::Leaf(&self.take_leaf(*number)?));
            }
        }
        let added = changes.leaves.iter();
        let mut nodes = NewNodes {
            leaf_numbers: added.map(|leaf| builder.add(NodeRef::Leaf(leaf))).collect(),
            leaves: changes.leaves,
            ..NewNodes::default()
        };
        let leaves = &nodes.leaf_numbers;
        (nodes.page_numbers, nodes.pages) =
            self.put_pages(builder, changes.pages, &changes.parts, leaves)?;
        let top = changes.root;
        let top = top.map(|link| link.resolve(&nodes.page_numbers, &nodes.leaf_numbers));
        Ok((top, nodes))
    }

    /// Puts the new pages of a batch into a frame, given the numbers of its leaves. Returns the
    /// pages with theirs.
    fn put_pages(
        &mut self,
        builder: &mut FrameBuilder,
        changes: Vec<PageChange>,
        parts: &EditParts,
        leaves: &[u64],
    ) -> Result<(Vec<u64>, Vec<StoredPage>), StoreError> {
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
            self.cache.fetch_pages(&edited.collect::<Vec<_>>());
            for page in waiting.by_ref().take(NODES_AHEAD) {
                let page = match page {
                    PageChange::New(mut page) => {
                        page.resolve_links(&pages, leaves);
                        StoredPage::whole(page)
                    }
                    PageChange::Edit(edit) => {
                        let apply = |page: &mut Page| parts.apply(&edit, page, &pages, leaves);
                        self.edit(builder, parts, &edit, apply)?
                    }
                };
                pages.push(builder.add(page.as_node()));
                made.push(page);
            }
        }
        Ok((pages, made))
    }

    /// Makes a page out of the one that it replaces. If it is kept as a difference, the page that
    /// is its basis stays needed.
    fn edit(
        &mut self,
        builder: &mut FrameBuilder,
        parts: &EditParts,
        edit: &PageEdit,
        apply: impl FnOnce(&mut Page),
    ) -> Result<StoredPage, StoreError> {
        let replaced = self.take_page(edit.replaces)?;
        let stored_bytes = replaced.as_node().stored_bytes();
        let StoredPage {
            mut page,
            basis: old_basis,
        } = replaced;
        let children = parts.replaced_children(edit);
        let children = children.fold(0, |set, index| {
            set | u32::try_from(index).map_or(0, |index| 1_u32.unbounded_shl(index))
        });
        let mut basis = old_basis.unwrap_or(Basis {
            number: edit.replaces,
            stored_bytes: u32::try_from(stored_bytes).unwrap_or(u32::MAX),
            children: 0,
        });
        basis.children |= children;
        apply(&mut page);
        let edited = StoredPage::edited(page, basis);
        if old_basis.is_some() {
            builder.release_bytes(edit.replaces, stored_bytes);
        }
        if edited.basis.is_none() {
            builder.release_bytes(basis.number, u64::from(basis.stored_bytes));
        }
        Ok(edited)
    }

    /// A page that the last version will not need any more. It leaves the cache; a reader of an
    /// older version reads it from the log again.
    fn take_page(&mut self, number: u64) -> Result<StoredPage, StoreError> {
        if let Some(page) = self.cache.take_page(number) {
            return Ok(page);
        }
        let place = Address::from_number(number);
        let page = self.log.read_node(place)?.owned_page();
        page.ok_or_else(|| self.log.damaged(place, "a leaf stands in place of a page"))
    }

    /// A leaf that the last version will not need any more.
    fn take_leaf(&mut self, number: u64) -> Result<Leaf, StoreError> {
        if let Some(leaf) = self.cache.take_leaf(number) {
            return Ok(leaf);
        }
        let place = Address::from_number(number);
        let leaf = self.log.read_node(place)?.owned_leaf();
        leaf.ok_or_else(|| self.log.damaged(place, "a page stands in place of a leaf"))
    }
}
