//! Where a batch can be split, so that its two halves are worked through at the same time.
//!
//! The changes below one page, in slots before some slot and from it on, have only that page in
//! common. So the search goes down from the root, at each page into the slot that has the middle of
//! the batch, until a boundary between two slots parts the batch well enough: mostly at the first
//! page, and where all keys begin alike some pages further down.

use crate::batch_order::Change;
use crate::error::TrieError;
use crate::key_bits::{first_difference, half_byte_of, slot_of};
use crate::leaf::Leaf;
use crate::link::{Child, Link};
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
/// page parts it well. It goes down twice, so that it reads no more than a change does.
pub(crate) fn halves<S: NodeStore>(
    store: &S,
    root: Option<Child>,
    changes: &[Change<'_>],
) -> Result<Option<Halves>, TrieError<S::Error>> {
    let (Some(root), true) = (root, changes.len() >= CHANGES_MIN) else {
        return Ok(None);
    };
    let middle = changes.len() / 2;
    let Some((middle_key, _)) = changes.get(middle) else {
        return Ok(None);
    };
    let leaf = leaf_near(store, root, middle_key)?;
    let (mut subtree, mut above) = (root, None);
    let (mut start, mut end) = (0, changes.len());
    while let Link::Page(number) = subtree.link {
        let page = read_page(store, number, &subtree.digest, above)?;
        let half_byte = page.half_byte();
        let before = changes.get(start..end).unwrap_or_default();
        (start, end) = changes_below(leaf.key(), half_byte, before, start);
        if !(start..end).contains(&middle) {
            return Ok(None);
        }
        let below = changes.get(start..end).unwrap_or_default();
        let first_in = |slot| {
            let before = below.partition_point(|(key, _)| slot_of(key, half_byte) < slot);
            start.saturating_add(before)
        };
        let slot = slot_of(middle_key, half_byte);
        let (from, to) = (first_in(slot), first_in(slot.saturating_add(1)));
        let (parted_at, first_slot) = match middle.abs_diff(from) <= middle.abs_diff(to) {
            true => (from, slot),
            false => (to, slot.saturating_add(1)),
        };
        let smaller = parted_at.min(end.saturating_sub(parted_at));
        if smaller >= changes.len() / 4 && parted_at > start {
            return Ok(Some(Halves {
                half_byte,
                slot: first_slot,
                middle: parted_at,
                end,
            }));
        }
        let Some(child) = page.child(slot) else {
            return Ok(None);
        };
        (subtree, start, end, above) = (child, from, to, Some(half_byte));
    }
    Ok(None)
}

/// A leaf that begins like a key, as far as there is one: all pages on the way to the key are above
/// it.
fn leaf_near<'s, S: NodeStore>(
    store: &'s S,
    root: Child,
    key: &[u8],
) -> Result<S::Ref<'s, Leaf>, TrieError<S::Error>> {
    let (mut subtree, mut above) = (root, None);
    while let Link::Page(number) = subtree.link {
        let page = read_page(store, number, &subtree.digest, above)?;
        above = Some(page.half_byte());
        let below = page.child(slot_of(key, page.half_byte()));
        let below = below.or_else(|| page.child(first(page.present())));
        subtree = below.ok_or(TrieError::MisplacedNode {
            digest: subtree.digest,
        })?;
    }
    read_leaf(store, &subtree)
}

/// Which of some changes, the first of which has the index `start`, are to keys below the page of a
/// half byte that a leaf is below: the index of the first, and that behind the last.
fn changes_below(
    leaf_key: &[u8],
    half_byte: u16,
    changes: &[Change<'_>],
    start: usize,
) -> (usize, usize) {
    let is_below = |key: &[u8]| {
        let difference = first_difference(key, leaf_key);
        difference.is_none_or(|bit| half_byte_of(bit) >= half_byte)
    };
    let before = changes.partition_point(|(key, _)| *key < leaf_key && !is_below(key));
    let rest = changes.get(before..).unwrap_or_default();
    let count = rest.partition_point(|(key, _)| is_below(key));
    let first = start.saturating_add(before);
    (first, first.saturating_add(count))
}
