//! The internal nodes of a new page that are to be hashed, and where their children's digests are.
//!
//! Nodes are visited from the uppermost down, as far as changes have touched the slots below them.
//! What is not touched has its digest in the page that the new one is made from.

use crate::digest::EMPTY_ROOT;
use crate::fork_batch::{Level, Side};
use crate::page::Page;
use crate::page_change::EditParts;
use crate::pending_slots::PendingSlots;
use crate::slots::{Fork, digest_index, first, fork, only, rank};

/// A page whose nodes are being looked at.
pub(crate) struct PageNodes<'p> {
    /// The page that has the digests of what no change has touched.
    known: &'p Page,
    present: u32,
    touched: u32,
    /// Where [`EditParts::digests`] has the children in touched slots.
    digests_start: usize,
    /// The touched internal nodes that are still to be visited, with the numbers of their digests.
    pending: PendingSlots<(Fork, usize)>,
}

impl<'p> PageNodes<'p> {
    /// The nodes over the slots `present`. The children in touched slots are noted next.
    pub(crate) fn new(known: &'p Page, present: u32, touched: u32, parts: &EditParts) -> Self {
        Self {
            known,
            present,
            touched,
            digests_start: parts.digests.len(),
            pending: PendingSlots::new(),
        }
    }

    /// Notes the nodes that are to be hashed, when the children in touched slots have been noted.
    /// Returns the number of the uppermost one's digest; `None` if one is asked for that is not
    /// there.
    pub(crate) fn note_changed(
        &mut self,
        parts: &mut EditParts,
        level: &mut Level,
    ) -> Option<usize> {
        let top = match self.side(parts, self.present)? {
            Side::New(number) => number,
            Side::Known(digest) => parts.note(digest),
        };
        while let Some((slots, (fork, number))) = self.pending.pop() {
            let index = digest_index(self.present, slots);
            parts.digests.push((index, number));
            let left = self.side(parts, fork.left)?;
            let right = self.side(parts, fork.right)?;
            let bit = self.known.bit(fork.place);
            level.push(fork.place, bit, left, right, number)?;
        }
        Some(top)
    }

    /// The digest of the node over some slots, or its number. A node that is to be hashed is left
    /// pending.
    fn side(&mut self, parts: &mut EditParts, slots: u32) -> Option<Side> {
        let Some(fork) = fork(slots) else {
            let slot = first(slots);
            if only(slot) & self.touched == 0 {
                let index = rank(self.present, slot);
                return Some(Side::Known(self.known.digest_at(index)));
            }
            let place = rank(self.present & self.touched, slot);
            let place = self.digests_start.checked_add(place)?;
            return parts
                .digests
                .get(place)
                .map(|(_, number)| Side::New(*number));
        };
        if fork.span & self.touched == 0 {
            return Some(Side::Known(self.known.digest_of(slots)));
        }
        let number = parts.note(EMPTY_ROOT);
        self.pending.push(slots, (fork, number));
        Some(Side::New(number))
    }
}
