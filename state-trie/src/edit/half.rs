//! Two editors that work on one page, each on other slots of it: what the second hands over, and how
//! the first takes it. `batch.rs` says when.

use alloc::vec::Vec;

use super::Editor;
use crate::draft::Draft;
use crate::error::TrieError;
use crate::halves::Halves;
use crate::link::Child;
use crate::slots::below;
use crate::store::NodeStore;

/// What an editor has made below one page, which is still open, and where it stands in that page.
pub(crate) struct Half {
    draft: Draft,
    present: u32,
    touched: u32,
    replaced: Vec<(u32, Child)>,
    slot: u32,
    at: Vec<u8>,
}

impl<S: NodeStore> Editor<'_, S> {
    /// Closes what is below the page of a half byte, and gives that page as it is.
    pub(crate) fn into_half(mut self, half_byte: u16) -> Result<Half, TrieError<S::Error>> {
        self.stop_in(half_byte)?;
        self.hash_added()?;
        let page = self.open.pop().ok_or_else(|| TrieError::misplaced(None))?;
        Ok(Half {
            draft: self.draft,
            present: page.present,
            touched: page.touched,
            replaced: self.replaced.split_off(page.replaced_start),
            slot: page.slot,
            at: self.at,
        })
    }

    /// Takes over what another editor has made of later slots of the same page, and stands where
    /// that one stood.
    pub(crate) fn join(&mut self, half: Half, halves: &Halves) -> Result<(), TrieError<S::Error>> {
        self.stop_in(halves.half_byte)?;
        self.hash_added()?;
        let before = below(halves.slot);
        let shift = self.draft.append(half.draft);
        if let Some(page) = self.open.last_mut() {
            page.present = (page.present & before) | (half.present & !before);
            page.touched |= half.touched;
            page.slot = half.slot;
        }
        let replaced = half.replaced.into_iter();
        self.replaced
            .extend(replaced.map(|(slot, child)| (slot, shift.child(child))));
        self.at = half.at;
        Ok(())
    }

    /// Closes what is below the page of a half byte, and settles what is at the place.
    fn stop_in(&mut self, half_byte: u16) -> Result<(), TrieError<S::Error>> {
        self.close_below(half_byte)?;
        self.settle();
        self.leaf = None;
        match self.open.last() {
            Some(page) if page.half_byte == half_byte && page.old.is_some() => Ok(()),
            _ => Err(TrieError::misplaced(self.bottom)),
        }
    }
}
