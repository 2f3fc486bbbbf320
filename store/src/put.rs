//! Putting the nodes of a batch into a frame.
//!
//! Leaves and new pages are written whole. A page that comes from a stored one by replacing a few
//! children is written as a difference (`node.rs`), which keeps that one needed as its basis.

use std::sync::Arc;

use lockstep_state_trie::{EditParts, Link, NodeChanges, Page, PageChange, PageEdit};

use crate::address::Address;
use crate::error::StoreError;
use crate::frame_builder::FrameBuilder;
use crate::node::{Basis, Node};
use crate::store::Store;

impl Store {
    /// Puts the new nodes of a batch into a frame and counts what it no longer needs. Returns
    /// where the tree begins.
    pub(crate) fn put_nodes(
        &self,
        builder: &mut FrameBuilder,
        changes: NodeChanges,
    ) -> Result<Option<Link>, StoreError> {
        for number in changes.stale_leaves.iter().chain(&changes.stale_pages) {
            builder.release(*number, &self.take(*number)?);
        }
        let (mut leaves, mut pages) = (Vec::new(), Vec::new());
        for leaf in changes.leaves {
            leaves.push(builder.add(Node::Leaf(Arc::new(leaf)), true));
        }
        for page in changes.pages {
            let node = match page {
                PageChange::New(mut page) => {
                    page.resolve_links(&pages, &leaves);
                    Node::whole(page)
                }
                PageChange::Edit(edit) => {
                    let apply = |page: &mut Page| {
                        changes.parts.apply(&edit, page, &pages, &leaves);
                    };
                    self.edit(builder, &changes.parts, &edit, apply)?
                }
            };
            pages.push(builder.add(node, true));
        }
        Ok(changes.root.map(|link| link.resolve(&pages, &leaves)))
    }

    /// Makes a page out of the one that it replaces. If it is kept as a difference, the page that
    /// is its basis stays needed.
    fn edit(
        &self,
        builder: &mut FrameBuilder,
        parts: &EditParts,
        edit: &PageEdit,
        apply: impl FnOnce(&mut Page),
    ) -> Result<Node, StoreError> {
        let replaced = self.take(edit.replaces)?;
        let stored_bytes = replaced.stored_bytes();
        let Node::Page(mut page, old_basis) = replaced else {
            let place = Address::from_number(edit.replaces);
            return Err(self.log.damaged(place, "a leaf stands in place of a page"));
        };
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
        // The cache has given its page up, so that usually nobody else has it.
        apply(Arc::make_mut(&mut page));
        let node = Node::edited(page, basis);
        if old_basis.is_some() {
            builder.release_bytes(edit.replaces, stored_bytes);
        }
        if node.basis().is_none() {
            builder.release_bytes(basis.number, u64::from(basis.stored_bytes));
        }
        Ok(node)
    }
}
