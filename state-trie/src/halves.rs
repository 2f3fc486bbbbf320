//! Where a batch can be split, so that its two halves are worked through at the same time.
//!
//! The changes below one page, in slots before some slot and from it on, have only that page in
//! common. So the search goes down from the root, at each page into the slot that has the middle of
//! the batch, until a boundary between two slots parts the batch well enough: mostly at the first
//! page, and where all keys begin alike some pages further down.

use crate::batch_order::Change;
use crate::error::TrieError;
use crate::key_bits::{first_difference, half_byte_of, slot_of};
use crate::link::{Child, Link};
use crate::page::Page;
use crate::slots::first;
use crate::snapshot::{read_leaf, read_page};
use crate::store::NodeStore;

/// The least that is split: below it, a thread costs more than it saves.
const CHANGES_MIN: usize = 128;

/// See the module's description.
pub(crate) struct Halves {
    /// The half byte of the page that both halves have in common.
    pub(crate) half_byte: u16,
    /// The first slot of the second half in it.
    pub(crate) slot: u32,
    /// The index of the first change of the second half, and that of the first change behind the
    /// page.
    pub(crate) middle: usize,
    pub(crate) end: usize,
}

/// Looks for halves of a batch on the tree that begins at `root`. `None` if it is small, or if no
/// page parts it well.
pub(crate) fn halves<S: NodeStore>(
    store: &S,
    root: Option<Child>,
    changes: &[Change<'_>],
) -> Result<Option<Halves>, TrieError<S::Error>> {
    let (Some(mut subtree), true) = (root, changes.len() >= CHANGES_MIN) else {
        return Ok(None);
    };
    let middle = changes.len() / 2;
    let Some((middle_key, _)) = changes.get(middle) else {
        return Ok(None);
    };
    let (mut start, mut end, mut above) = (0, changes.len(), None);
    while let Link::Page(number) = subtree.link {
        let page = read_page(store, number, &subtree.digest, above)?;
        let half_byte = page.half_byte();
        let Some((before, count)) = changes_below(store, &page, changes.get(start..end))? else {
            return Ok(None);
        };
        start = start.saturating_add(before);
        end = start.saturating_add(count);
        let below = changes.get(start..end).unwrap_or_default();
        if !(start..end).contains(&middle) {
            return Ok(None);
        }
        let slot = slot_of(middle_key, half_byte);
        let first_in = |slot| {
            let before = below.partition_point(|(key, _)| slot_of(key, half_byte) < slot);
            start.saturating_add(before)
        };
        let (from, to) = (first_in(slot), first_in(slot.saturating_add(1)));
        let is_nearer = middle.abs_diff(from) <= middle.abs_diff(to);
        let (middle, slot) = match is_nearer {
            true => (from, slot),
            false => (to, slot.saturating_add(1)),
        };
        let smaller = middle.min(end.saturating_sub(middle));
        if smaller >= changes.len() / 4 && middle > start {
            return Ok(Some(Halves {
                half_byte,
                slot,
                middle,
                end,
            }));
        }
        let Some(child) = page.child(slot_of(middle_key, half_byte)) else {
            return Ok(None);
        };
        (subtree, start, end, above) = (child, from, to, Some(half_byte));
    }
    Ok(None)
}

/// Which of these changes are to keys that belong below a page: how many come before them, and how
/// many they are.
fn changes_below<S: NodeStore>(
    store: &S,
    page: &Page,
    changes: Option<&[Change<'_>]>,
) -> Result<Option<(usize, usize)>, TrieError<S::Error>> {
    let (mut child, mut above) = (page.child(first(page.present())), page.half_byte());
    while let Some(Child {
        link: Link::Page(number),
        digest,
    }) = child
    {
        let below = read_page(store, number, &digest, Some(above))?;
        above = below.half_byte();
        child = below.child(first(below.present()));
    }
    let (Some(child), Some(changes)) = (child, changes) else {
        return Ok(None);
    };
    let leaf = read_leaf(store, &child)?;
    // Whatever is below the page begins as this leaf does.
    let is_below = |key: &[u8]| {
        let difference = first_difference(key, leaf.key());
        difference.is_none_or(|bit| half_byte_of(bit) >= page.half_byte())
    };
    let before = changes.partition_point(|(key, _)| *key < leaf.key() && !is_below(key));
    let rest = changes.get(before..).unwrap_or_default();
    Ok(Some((
        before,
        rest.partition_point(|(key, _)| is_below(key)),
    )))
}
