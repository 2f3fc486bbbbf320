//! A page that the editor has open.
//!
//! The editor visits the slots of a page in ascending order. What it leaves in a slot is settled
//! into the page when it moves on; the children that are new or moved are kept in a list that all
//! open pages share, each page's part following that of the page above it.

use alloc::vec::Vec;

use crate::link::Child;
use crate::slots::only;

/// A page above the editor's place.
pub(crate) struct OpenPage<P> {
    /// The stored page and the subtree that it is; `None` if the batch has made the page.
    pub(crate) old: Option<(P, Child)>,
    pub(crate) half_byte: u16,
    /// The slots that are taken in the new tree, but for the one of the place.
    pub(crate) present: u32,
    /// The slots that differ from the old page, but for the one of the place.
    pub(crate) touched: u32,
    /// The slot that the editor's place is in.
    pub(crate) slot: u32,
    /// Where its part of the shared list begins.
    pub(crate) replaced_start: usize,
    /// In a page that the batch has made: a stored subtree in a slot not yet reached.
    ahead: Option<(u32, Child)>,
    /// Whether the place is in what was ahead, so that it has to be listed even if unchanged.
    is_moved: bool,
}

impl<P> OpenPage<P> {
    /// A stored page, the place being in `slot`.
    pub(crate) fn stored(
        old: (P, Child),
        half_byte: u16,
        present: u32,
        slot: u32,
        replaced_start: usize,
    ) -> Self {
        Self {
            old: Some(old),
            half_byte,
            present,
            touched: 0,
            slot,
            replaced_start,
            ahead: None,
            is_moved: false,
        }
    }

    /// A new page over a subtree that so far stood alone, the place being in another slot.
    pub(crate) fn made(
        half_byte: u16,
        (subtree_slot, subtree): (u32, Child),
        slot: u32,
        replaced: &mut Vec<(u32, Child)>,
    ) -> Self {
        let replaced_start = replaced.len();
        let is_ahead = subtree_slot > slot;
        if !is_ahead {
            replaced.push((subtree_slot, subtree));
        }
        Self {
            old: None,
            half_byte,
            present: only(subtree_slot),
            touched: only(subtree_slot),
            slot,
            replaced_start,
            ahead: is_ahead.then_some((subtree_slot, subtree)),
            is_moved: false,
        }
    }

    /// Enters what is at the place into the page: `bottom`, which `changed` says to be another than
    /// in the old tree.
    pub(crate) fn settle(
        &mut self,
        bottom: Option<Child>,
        changed: bool,
        replaced: &mut Vec<(u32, Child)>,
    ) {
        let is_moved = core::mem::take(&mut self.is_moved);
        if !changed && !is_moved {
            return;
        }
        self.pass_ahead(self.slot, replaced);
        self.touched |= only(self.slot);
        match bottom {
            Some(child) => {
                self.present |= only(self.slot);
                replaced.push((self.slot, child));
            }
            None => self.present &= !only(self.slot),
        }
    }

    /// Moves the place, which is settled, to a later slot, and returns the stored subtree there.
    pub(crate) fn move_on(
        &mut self,
        slot: u32,
        stored: impl FnOnce(&P, u32) -> Option<Child>,
    ) -> Option<Child> {
        self.slot = slot;
        if let Some((_, subtree)) = self.ahead.take_if(|(ahead, _)| *ahead == slot) {
            self.is_moved = true;
            return Some(subtree);
        }
        self.old.as_ref().and_then(|(old, _)| stored(old, slot))
    }

    /// Lists what was ahead if its slot comes before this one.
    pub(crate) fn pass_ahead(&mut self, slot: u32, replaced: &mut Vec<(u32, Child)>) {
        replaced.extend(self.ahead.take_if(|(ahead, _)| *ahead < slot));
    }
}
