//! What a batch makes of the tree, before anything is hashed.
//!
//! `edit.rs` makes a draft and `assemble.rs` turns it into what the store gets. A draft speaks of
//! what it adds by indices, in [`crate::Link::NewPage`] and [`crate::Link::NewLeaf`].

use alloc::vec::Vec;
use core::ops::Range;

use crate::leaf::Leaf;
use crate::link::Child;

/// The new tree as far as it differs from the old one, its digests not yet computed.
pub(crate) struct Draft<P> {
    /// Where the new tree begins.
    pub(crate) root: Option<Child>,
    /// The new pages, children before their parents.
    pub(crate) pages: Vec<DraftPage<P>>,
    /// The children of the new pages that are in another place than in the old tree or new, page
    /// after page in the order of the slots.
    pub(crate) children: Vec<(u32, Child)>,
    /// The new leaves in the order of their keys.
    pub(crate) leaves: Vec<Leaf>,
    /// The numbers of the old pages and leaves that the new tree has not.
    pub(crate) stale_pages: Vec<u64>,
    pub(crate) stale_leaves: Vec<u64>,
}

/// A new page.
pub(crate) struct DraftPage<P> {
    /// The stored page that it replaces.
    pub(crate) old: Option<P>,
    pub(crate) half_byte: u16,
    /// The slots that are taken.
    pub(crate) present: u32,
    /// The slots that differ from the old page. What is present there stands in `children`.
    pub(crate) touched: u32,
    /// Its part of [`Draft::children`].
    pub(crate) children: Range<usize>,
}

impl<P> Draft<P> {
    /// The draft that changes nothing.
    pub(crate) fn new(root: Option<Child>) -> Self {
        Self {
            root,
            pages: Vec::new(),
            children: Vec::new(),
            leaves: Vec::new(),
            stale_pages: Vec::new(),
            stale_leaves: Vec::new(),
        }
    }
}
