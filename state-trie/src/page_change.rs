//! The pages that a batch makes: whole ones, and edits of stored ones.
//!
//! Most changed pages keep their children in the same slots, and only a few links and digests in
//! them are others. Such a page is described by an edit, so that a store which may change the page
//! where it is has only those to write, and a store on a medium only those to keep. What all edits
//! of a batch write stands in one [`EditParts`], so that an edit takes no memory of its own.

use alloc::vec::Vec;
use core::ops::Range;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::link::{Link, Shift};
use crate::page::Page;

/// About how many digests a change of a large trie computes.
const DIGESTS_PER_CHANGE: usize = 8;

/// A page that a batch makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageChange {
    /// A page with children in slots in which no stored page of the tree before had them.
    New(Page),
    /// A stored page with some children replaced by others.
    Edit(PageEdit),
}

/// What makes a page of the new tree out of one of the tree before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageEdit {
    /// The number of the stored page. The tree before has it and the new tree has not: a store
    /// that must keep the tree before makes a copy.
    pub replaces: u64,
    /// Its part of [`EditParts::links`].
    pub(crate) links: Range<usize>,
    /// Its part of [`EditParts::digests`].
    pub(crate) digests: Range<usize>,
}

/// What the edits of a batch write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditParts {
    /// Links, each with its index among the page's children.
    pub(crate) links: Vec<(usize, Link)>,
    /// For each digest of a page that is to be written, its index there and here in `computed`.
    pub(crate) digests: Vec<(usize, usize)>,
    /// The digests that the batch has computed.
    pub(crate) computed: Vec<Digest>,
}

/// How many parts of each kind there are.
pub(crate) struct PartCounts {
    pub(crate) links: usize,
    pub(crate) digests: usize,
    pub(crate) computed: usize,
}

impl EditParts {
    /// Makes the new page out of the one that the edit replaces, given the numbers of the new
    /// leaves and of the new pages so far.
    pub fn apply(&self, edit: &PageEdit, page: &mut Page, pages: &[u64], leaves: &[u64]) {
        for (index, link) in self.links.get(edit.links.clone()).unwrap_or_default() {
            page.write_link(*index, link.resolve(pages, leaves));
        }
        self.write_digests(&edit.digests, page);
    }

    /// The children that an edit replaces, as indices into [`Page::links`], ascending.
    pub fn replaced_children(&self, edit: &PageEdit) -> impl Iterator<Item = usize> {
        let links = self.links.get(edit.links.clone()).unwrap_or_default();
        links.iter().map(|(index, _)| *index)
    }

    /// How many digests the batch has computed: one for each new leaf and internal node. Those of
    /// stored subtrees that have come to another place are counted, too.
    pub fn computed_count(&self) -> usize {
        self.computed.len()
    }

    /// Adds the parts of another batch. Returns how many of each there were before.
    pub(crate) fn append(&mut self, other: EditParts, shift: Shift) -> PartCounts {
        let before = PartCounts {
            links: self.links.len(),
            digests: self.digests.len(),
            computed: self.computed.len(),
        };
        let links = other.links.into_iter();
        self.links
            .extend(links.map(|(index, link)| (index, shift.link(link))));
        let digests = other.digests.into_iter();
        self.digests
            .extend(digests.map(|(index, number)| (index, number.saturating_add(before.computed))));
        self.computed.extend(other.computed);
        before
    }

    /// Makes room for this many changes.
    pub(crate) fn reserve(&mut self, changes: usize) {
        self.links.reserve(changes.saturating_mul(2));
        self.digests
            .reserve(changes.saturating_mul(DIGESTS_PER_CHANGE));
        self.computed
            .reserve(changes.saturating_mul(DIGESTS_PER_CHANGE));
    }

    /// Gives a number to a digest; zero for one that is to be computed.
    pub(crate) fn note(&mut self, digest: Digest) -> usize {
        let number = self.computed.len();
        self.computed.push(digest);
        number
    }

    /// The digest with a number; `None` if it was not computed. No node has the hash zero.
    pub(crate) fn computed(&self, number: usize) -> Option<Digest> {
        let computed = self.computed.get(number).copied();
        computed.filter(|digest| *digest != EMPTY_ROOT)
    }

    /// Writes a part of the digests into a page. The draft has seen to it that all of them were
    /// computed, and the parts of edits cannot be changed from outside.
    pub(crate) fn write_digests(&self, part: &Range<usize>, page: &mut Page) {
        for (index, computed) in self.digests.get(part.clone()).unwrap_or_default() {
            if let Some(digest) = self.computed.get(*computed) {
                page.write_digest(*index, digest);
            }
        }
    }
}
