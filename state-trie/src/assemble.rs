//! The batch update, second part: hashing the draft and writing its pages.
//!
//! Nothing below a node is needed to hash it but the digests of its two children. So everything
//! that is new is hashed a level at a time, many at once: all values, all leaves, and then the
//! internal nodes by their bits, the greatest first. All new nodes with the same bit are
//! independent of each other, in whichever pages they are. A node of a new page whose span no
//! change has touched is also a node of the old page and keeps its digest.

use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, LEAF_KIND, VALUE_KIND, internal_preimage, value_hash};
use crate::draft::{Draft, DraftPage};
use crate::hash_batch::HashBatch;
use crate::leaf::Leaf;
use crate::link::{Child, Link};
use crate::page::Page;
use crate::slots::{digest_index, first, fork, only};
use crate::store::NodeChanges;

/// Values up to this many bytes are copied to be hashed side by side; longer ones are hashed alone
/// where they are.
const BATCHED_VALUE_BYTES_MAX: usize = 1_024;

/// How many bytes of preimages are collected before they are hashed.
const BATCH_BYTES: usize = 16 * 1_024;

/// How many places for a bit a half byte has.
const PLACES: usize = 5;

/// What the store gets for a draft that was made on the root `before`.
pub(crate) fn assemble<P: core::ops::Deref<Target = Page>>(
    draft: Draft<P>,
    before: Digest,
) -> NodeChanges {
    let leaf_digests = hash_leaves(&draft.leaves);
    let mut assembler = Assembler {
        draft: &draft,
        leaf_digests,
        pages: Vec::new(),
        levels: Default::default(),
        batch: HashBatch::default(),
    };
    assembler.write_pages();
    let root = draft.root.map(|root| assembler.with_digest(root));
    NodeChanges {
        before,
        after: root.map_or(EMPTY_ROOT, |root| root.digest),
        root: root.map(|root| root.link),
        replaces_before: false,
        pages: assembler.pages,
        leaves: draft.leaves,
        stale_leaves: draft.stale_leaves,
        stale_pages: draft.stale_pages,
        record: Vec::new(),
    }
}

/// The digests of leaves.
fn hash_leaves(leaves: &[Leaf]) -> Vec<Digest> {
    let mut batch = HashBatch::default();
    let mut digests = Vec::with_capacity(leaves.len());
    let mut values = Vec::new();
    let mut rest = leaves;
    while !rest.is_empty() {
        let mut taken = 0_usize;
        values.clear();
        for leaf in rest {
            if batch.byte_count() > BATCH_BYTES {
                break;
            }
            taken = taken.saturating_add(1);
            let value = leaf.value();
            if value.len() <= BATCHED_VALUE_BYTES_MAX {
                batch.push(&[&[VALUE_KIND], value]);
                values.push(None);
            } else {
                values.push(Some(value_hash(value)));
            }
        }
        let mut waiting = values.iter_mut().filter(|value| value.is_none());
        batch.finish(|_, digest| {
            if let Some(value) = waiting.next() {
                *value = Some(digest);
            }
        });
        let (chunk, others) = rest.split_at(taken);
        for (leaf, value) in chunk.iter().zip(&values) {
            let value = value.unwrap_or(EMPTY_ROOT);
            batch.push(&[&[LEAF_KIND], &value.0, leaf.key()]);
        }
        batch.finish(|_, digest| digests.push(digest));
        rest = others;
    }
    digests
}

/// An internal node that is to be hashed: the page, and in it the indices of the digests.
#[derive(Clone, Copy)]
struct Task {
    page: usize,
    left: usize,
    right: usize,
    node: usize,
}

/// What a new page begins as: a copy of the old page if that has the same slots, or else blank.
fn first_form<P: core::ops::Deref<Target = Page>>(draft: &DraftPage<P>) -> Page {
    let old = draft.old.as_deref();
    let same = old.filter(|old| old.present() == draft.present);
    same.cloned()
        .unwrap_or_else(|| Page::blank(draft.half_byte, draft.present))
}

/// The nodes of a page that are still to be visited, by their slots. A walk that takes one off and
/// puts its two children on never has more than one waiting per level, and one.
struct PendingSlots {
    slots: [u32; PLACES + 2],
    count: usize,
}

impl PendingSlots {
    fn new(slots: u32) -> Self {
        let mut pending = Self {
            slots: [0; PLACES + 2],
            count: 0,
        };
        pending.push(slots);
        pending
    }

    fn push(&mut self, slots: u32) {
        if let Some(place) = self.slots.get_mut(self.count) {
            *place = slots;
            self.count = self.count.saturating_add(1);
        }
    }

    fn pop(&mut self) -> Option<u32> {
        self.count = self.count.checked_sub(1)?;
        self.slots.get(self.count).copied()
    }
}

struct Assembler<'d, P> {
    draft: &'d Draft<P>,
    leaf_digests: Vec<Digest>,
    /// The pages at their places in the draft; not complete until their half byte's turn comes.
    pages: Vec<Page>,
    /// The nodes to hash in the half byte whose turn it is, by the places of their bits.
    levels: [Vec<Task>; PLACES],
    batch: HashBatch,
}

impl<P: core::ops::Deref<Target = Page>> Assembler<'_, P> {
    /// Writes all pages, those of the greatest half byte first: what hangs below a page has a
    /// greater one.
    fn write_pages(&mut self) {
        let draft = self.draft;
        self.pages = draft.pages.iter().map(first_form).collect();
        let mut order: Vec<(usize, &DraftPage<P>)> = draft.pages.iter().enumerate().collect();
        order.sort_by_key(|(_, page)| core::cmp::Reverse(page.half_byte));
        for same in order.chunk_by(|(_, a), (_, b)| a.half_byte == b.half_byte) {
            for (index, page) in same {
                self.write_page(*index, page);
            }
            for place in 0..PLACES {
                self.hash_level(place);
            }
        }
    }

    /// A subtree of the draft with its digest, which is known once its half byte is done.
    fn with_digest(&self, child: Child) -> Child {
        let index = |index| usize::try_from(index).unwrap_or(usize::MAX);
        let digest = match child.link {
            Link::NewLeaf(leaf) => self.leaf_digests.get(index(leaf)).copied(),
            Link::NewPage(page) => self.pages.get(index(page)).map(Page::digest),
            Link::Leaf(_) | Link::Page(_) => None,
        };
        Child {
            digest: digest.unwrap_or(child.digest),
            ..child
        }
    }

    /// Writes the children of a page and the nodes that it shares with the old page, and notes the
    /// nodes that are to be hashed.
    fn write_page(&mut self, index: usize, draft: &DraftPage<P>) {
        let Some(page) = self.pages.get_mut(index) else {
            return;
        };
        // Taken out while the digests of other pages are read.
        let mut page = core::mem::replace(page, Page::taken_out());
        let replaced = self.draft.children.get(draft.children.clone());
        for (slot, child) in replaced.unwrap_or_default() {
            page.write_child(*slot, &self.with_digest(*child));
        }
        let old = draft.old.as_deref();
        let moved = old.filter(|old| old.present() != draft.present);
        if let Some(old) = moved {
            let mut kept = draft.present & !draft.touched;
            while kept != 0 {
                let slot = first(kept);
                kept &= !only(slot);
                if let Some(child) = old.child(slot) {
                    page.write_child(slot, &child);
                }
            }
        }
        let mut pending = PendingSlots::new(draft.present);
        while let Some(slots) = pending.pop() {
            let Some(fork) = fork(slots) else { continue };
            if fork.span & draft.touched == 0 {
                // All below is in the page already if it began as a copy of the old one.
                let Some(old) = moved else { continue };
                page.write_digest(digest_index(draft.present, slots), &old.digest_of(slots));
            } else if let Ok(place) = usize::try_from(fork.place)
                && let Some(level) = self.levels.get_mut(place)
            {
                level.push(Task {
                    page: index,
                    left: digest_index(draft.present, fork.left),
                    right: digest_index(draft.present, fork.right),
                    node: digest_index(draft.present, slots),
                });
            }
            pending.push(fork.left);
            pending.push(fork.right);
        }
        if let Some(place) = self.pages.get_mut(index) {
            *place = page;
        }
    }

    /// Hashes the noted nodes at one place of the half byte.
    fn hash_level(&mut self, place: usize) {
        let Some(level) = self.levels.get_mut(place) else {
            return;
        };
        for tasks in level.chunks(64) {
            for task in tasks {
                if let Some(page) = self.pages.get(task.page) {
                    let bit = page.bit(u32::try_from(place).unwrap_or_default());
                    let (left, right) = (page.digest_at(task.left), page.digest_at(task.right));
                    self.batch.push(&[&internal_preimage(bit, &left, &right)]);
                }
            }
            let pages = &mut self.pages;
            self.batch.finish(|index, digest| {
                if let Some(task) = tasks.get(index)
                    && let Some(page) = pages.get_mut(task.page)
                {
                    page.write_digest(task.node, &digest);
                }
            });
        }
        level.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCHED_VALUE_BYTES_MAX, hash_leaves};
    use crate::leaf::Leaf;
    use alloc::vec::Vec;

    #[test]
    fn leaves_of_all_sizes_are_hashed_like_one() {
        let sizes = [
            0,
            1,
            64,
            65,
            BATCHED_VALUE_BYTES_MAX,
            BATCHED_VALUE_BYTES_MAX + 1,
            9_000,
        ];
        let leaves: Vec<Leaf> = (0..90)
            .map(|n| Leaf::new(&[n; 40], &alloc::vec![n; sizes[usize::from(n) % 7]]))
            .collect();
        let alone: Vec<_> = leaves.iter().map(Leaf::digest).collect();
        assert_eq!(hash_leaves(&leaves), alone);
    }
}
