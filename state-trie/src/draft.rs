//! What a batch makes of the tree: its new leaves and pages, and the digests that they need.
//!
//! The editor (`edit.rs`) adds leaves and pages as it goes; each page comes after what hangs below
//! it. Nothing is hashed until many of them are there. Nothing below a node is needed to hash it but
//! the digests of its two children, so then everything is hashed a level at a time, many at once:
//! all values, all leaves, and the internal nodes by their bits, the greatest first
//! (`fork_batch.rs`). What is added later hangs above or beside what is hashed. So each changed node
//! is hashed once, and what is to be hashed is still in the cache.
//!
//! Every digest that is to be computed has a number from the start, and a node to hash names its
//! new children by their numbers. The digests of the others it has from the stored page, which is
//! looked at only while the editor has it open (`page_nodes.rs`): a node whose span no change has
//! touched is also a node of the old page and keeps its digest. No page is copied; one whose slots
//! are the same as before becomes an edit (`page_change.rs`).

use alloc::vec::Vec;
use core::ops::Range;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::fork_batch::ForkBatch;
use crate::hash_leaves::hash_leaves;
use crate::leaf::Leaf;
use crate::link::{Child, Link, Shift};
use crate::page::Page;
use crate::page_change::{EditParts, PageChange, PageEdit};
use crate::page_nodes::PageNodes;
use crate::pending_slots::PendingSlots;
use crate::slots::{digest_index, first, fork, only, rank};
use crate::store::NodeChanges;

/// The new tree as far as it differs from the old one.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// The new leaves in the order of their keys, and the numbers of their digests.
    leaves: Vec<Leaf>,
    leaf_numbers: Vec<usize>,
    /// How many of the leaves are hashed.
    hashed_leaves: usize,
    /// The new pages, children before their parents.
    pages: Vec<DraftPage>,
    /// What is to be written into pages. Of `computed` only the places are there.
    parts: EditParts,
    forks: ForkBatch,
    /// The numbers of the old pages and leaves that the new tree has not, but for the pages that
    /// are edited.
    pub(crate) stale_pages: Vec<u64>,
    pub(crate) stale_leaves: Vec<u64>,
}

/// A page of the new tree.
#[derive(Debug)]
struct DraftPage {
    form: Form,
    links: Range<usize>,
    digests: Range<usize>,
    /// The number of the digest of its uppermost node.
    top: usize,
}

/// How a page comes about.
#[derive(Debug)]
enum Form {
    /// This page, with what is written into it.
    Whole(Page),
    /// The stored page with this number, with what is written into it.
    Edited(u64),
}

/// A page as the editor leaves it.
pub(crate) struct ClosedPage<'p> {
    /// The stored page that it replaces, and its number.
    pub(crate) old: Option<(&'p Page, u64)>,
    pub(crate) half_byte: u16,
    /// The slots that are taken.
    pub(crate) present: u32,
    /// The slots that differ from the old page.
    pub(crate) touched: u32,
}

impl Draft {
    /// Makes room for this many changes, so that little has to be moved as the lists grow.
    pub(crate) fn reserve(&mut self, changes: usize) {
        self.leaves.reserve(changes);
        self.leaf_numbers.reserve(changes);
        self.pages.reserve(changes.saturating_mul(2));
        self.parts.reserve(changes);
    }

    /// Adds a leaf and returns the subtree that it is. Leaves come in the order of their keys.
    pub(crate) fn add_leaf(&mut self, key: &[u8], value: &[u8]) -> Child {
        let index = length(&self.leaves);
        self.leaves.push(Leaf::new(key, value));
        let number = self.parts.note(EMPTY_ROOT);
        self.leaf_numbers.push(number);
        Child {
            link: Link::NewLeaf(index),
            digest: EMPTY_ROOT,
        }
    }

    /// Adds a page and returns the subtree that it is. `replaced` has what is in the touched slots
    /// that are taken, in their order. `None` if the old page refers to what is not stored.
    pub(crate) fn add_page(
        &mut self,
        page: ClosedPage<'_>,
        replaced: &[(u32, Child)],
    ) -> Option<Child> {
        let edited = page.old.filter(|(old, _)| old.present() == page.present);
        let form = match edited {
            Some((_, number)) => Form::Edited(number),
            None => {
                self.stale_pages.extend(page.old.map(|(_, number)| number));
                Form::Whole(untouched_part(&page)?)
            }
        };
        let known = match (&form, edited) {
            (Form::Whole(whole), _) => whole,
            (Form::Edited(_), edited) => edited.map(|(old, _)| old)?,
        };
        let (links_start, digests_start) = (self.parts.links.len(), self.parts.digests.len());
        let top = self.write(&page, known, replaced)?;
        let (links_end, digests_end) = (self.parts.links.len(), self.parts.digests.len());
        let index = length(&self.pages);
        self.pages.push(DraftPage {
            form,
            links: links_start..links_end,
            digests: digests_start..digests_end,
            top,
        });
        Some(Child {
            link: Link::NewPage(index),
            digest: EMPTY_ROOT,
        })
    }

    /// Adds all of another draft whose keys come behind those of this one. Both are hashed. Returns
    /// what has become of the other's links.
    pub(crate) fn append(&mut self, other: Draft) -> Shift {
        let shift = Shift {
            leaves: length(&self.leaves),
            pages: length(&self.pages),
        };
        let moved = self.parts.append(other.parts, shift);
        self.leaves.extend(other.leaves);
        let numbers = other.leaf_numbers.into_iter();
        self.leaf_numbers
            .extend(numbers.map(|number| number.saturating_add(moved.computed)));
        self.hashed_leaves = self.leaves.len();
        self.pages
            .extend(other.pages.into_iter().map(|page| DraftPage {
                form: page.form,
                links: later(&page.links, moved.links),
                digests: later(&page.digests, moved.digests),
                top: page.top.saturating_add(moved.computed),
            }));
        self.stale_pages.extend(other.stale_pages);
        self.stale_leaves.extend(other.stale_leaves);
        shift
    }

    /// Hashes the leaves and pages that were added since the last time. `None` if a digest is asked
    /// for that was not computed.
    pub(crate) fn hash_added(&mut self) -> Option<()> {
        let leaf_digests = hash_leaves(self.leaves.get(self.hashed_leaves..)?);
        let numbers = self.leaf_numbers.get(self.hashed_leaves..)?;
        for (number, digest) in numbers.iter().zip(leaf_digests) {
            *self.parts.computed.get_mut(*number)? = digest;
        }
        self.hashed_leaves = self.leaves.len();
        self.forks.finish(&mut self.parts.computed)
    }

    /// Hashes what is left and says what the store gets. The new tree begins at `root`; the draft
    /// was made on the root `before`. `None` if a digest is asked for that was not computed.
    pub(crate) fn finish(mut self, root: Option<Child>, before: Digest) -> Option<NodeChanges> {
        self.hash_added()?;
        let after = match root {
            Some(root) => {
                let number = self.number(&root)?;
                self.parts.computed(number)?
            }
            None => EMPTY_ROOT,
        };
        let written = self.parts.digests.iter();
        for (_, number) in written {
            self.parts.computed(*number)?;
        }
        let (pages, parts) = (self.pages.into_iter(), &self.parts);
        let pages = pages.map(|page| page.change(parts)).collect();
        Some(NodeChanges {
            before,
            after,
            root: root.map(|root| root.link),
            replaces_before: false,
            leaves: self.leaves,
            removed: Vec::new(),
            pages,
            parts: self.parts,
            stale_leaves: self.stale_leaves,
            stale_pages: self.stale_pages,
            record: Vec::new(),
        })
    }

    /// The number of the digest of a subtree, if it is one of this draft or a stored one.
    fn number(&mut self, child: &Child) -> Option<usize> {
        let index = |index| usize::try_from(index).ok();
        match child.link {
            Link::NewLeaf(leaf) => self.leaf_numbers.get(index(leaf)?).copied(),
            Link::NewPage(page) => self.pages.get(index(page)?).map(|page| page.top),
            Link::Leaf(_) | Link::Page(_) => Some(self.parts.note(child.digest)),
        }
    }

    /// Notes what is to be written into a page and the nodes of it that are to be hashed. Returns
    /// the number of the uppermost one's digest.
    fn write(
        &mut self,
        page: &ClosedPage<'_>,
        known: &Page,
        replaced: &[(u32, Child)],
    ) -> Option<usize> {
        let mut nodes = PageNodes::new(known, page.present, page.touched, &self.parts);
        for (slot, child) in replaced {
            let number = self.number(child)?;
            let index = rank(page.present, *slot);
            self.parts.links.push((index, child.link));
            self.parts.digests.push((index, number));
        }
        let level = self.forks.level(page.half_byte);
        nodes.note_changed(&mut self.parts, level)
    }
}

impl DraftPage {
    /// The page as the store gets it, when everything is computed.
    fn change(self, parts: &EditParts) -> PageChange {
        match self.form {
            Form::Whole(mut page) => {
                parts.write_digests(&self.digests, &mut page);
                for (index, link) in parts.links.get(self.links).unwrap_or_default() {
                    page.write_link(*index, *link);
                }
                PageChange::New(page)
            }
            Form::Edited(replaces) => PageChange::Edit(PageEdit {
                replaces,
                links: self.links,
                digests: self.digests,
            }),
        }
    }
}

/// How many things there are, as an index of the next.
fn length<T>(things: &[T]) -> u64 {
    u64::try_from(things.len()).unwrap_or(u64::MAX)
}

/// A range that lies so much further behind.
fn later(range: &Range<usize>, by: usize) -> Range<usize> {
    range.start.saturating_add(by)..range.end.saturating_add(by)
}

/// A page with what it has in common with the one that it replaces: children, and nodes whose span
/// no change has touched. `None` if one of the children is not stored.
fn untouched_part(closed: &ClosedPage<'_>) -> Option<Page> {
    let mut page = Page::blank(closed.half_byte, closed.present);
    let Some((old, _)) = closed.old else {
        return Some(page);
    };
    let mut kept = closed.present & !closed.touched;
    while kept != 0 {
        let slot = first(kept);
        kept &= !only(slot);
        page.write_child(slot, &old.stored_child(slot)?);
    }
    let mut pending = PendingSlots::new();
    pending.push(closed.present, ());
    while let Some((slots, ())) = pending.pop() {
        let Some(fork) = fork(slots) else { continue };
        if fork.span & closed.touched == 0 {
            page.write_digest(digest_index(closed.present, slots), &old.digest_of(slots));
        }
        pending.push(fork.left, ());
        pending.push(fork.right, ());
    }
    Some(page)
}
