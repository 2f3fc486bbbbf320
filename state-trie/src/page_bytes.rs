//! Pages as bytes, for stores on a medium: whole, or the children in which one differs from another.
//!
//! Only the children are there. The digests of the internal nodes follow from theirs, and are
//! computed again when a page is read: that costs less than to write and read them.

use alloc::vec;
use alloc::vec::Vec;

use crate::digest::{DIGEST_BYTES, Digest, EMPTY_ROOT};
use crate::fork_batch::{ForkBatch, Side};
use crate::key_bits::{BIT_INDEX_MAX, half_byte_of};
use crate::link::Link;
use crate::page::{LINK_BYTES, Page};
use crate::pending_slots::PendingSlots;
use crate::slots::{count, digest_index, first, fork, only};

/// The slots that a lower half byte can have.
const LOWER_SLOTS: u32 = 0x0000_ffff;
/// The slots that an upper half byte can have: the end of the key, and sixteen.
const UPPER_SLOTS: u32 = 0xffff_0001;

/// Bytes of a child in [`Page::put_children`]: its link and its digest.
const CHILD_BYTES: usize = LINK_BYTES + DIGEST_BYTES;

impl Page {
    /// Takes bytes that [`Page::as_bytes`] gave, and returns `None` if they cannot be a page.
    /// Whether it is the right page only its digest shows.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_bytes_and_children(bytes, 0, &[])
    }

    /// As [`Page::from_bytes`], with some children, given as a set of indices into
    /// [`Page::links`], replaced by those that [`Page::put_children`] gave of a page with as many.
    /// `None` also if they cannot be that.
    pub fn from_bytes_and_children(bytes: &[u8], indices: u32, children: &[u8]) -> Option<Self> {
        let (half_byte, rest) = bytes.split_first_chunk()?;
        let half_byte = u16::from_le_bytes(*half_byte);
        let present = u32::from_le_bytes(*rest.first_chunk()?);
        let slots = if half_byte.is_multiple_of(2) {
            UPPER_SLOTS
        } else {
            LOWER_SLOTS
        };
        let is_page = half_byte <= half_byte_of(BIT_INDEX_MAX)
            && present & !slots == 0
            && count(present) >= 2;
        if !is_page {
            return None;
        }
        let mut page = Self::blank(half_byte, present);
        if page.as_bytes().len() != bytes.len() {
            return None;
        }
        page.copy_front(bytes);
        page.replace_children(indices, children)?;
        if page.links().any(Link::is_new) {
            return None;
        }
        page.hash()?;
        Some(page)
    }

    /// How many bytes [`Page::put_children`] takes for a child.
    pub const fn child_bytes() -> usize {
        CHILD_BYTES
    }

    /// Appends some of the children, given as a set of indices into [`Page::links`].
    pub fn put_children(&self, indices: u32, buffer: &mut Vec<u8>) {
        for index in members(indices) {
            if index < count(self.present()) {
                buffer.extend_from_slice(&self.link(index).to_raw().to_le_bytes());
                buffer.extend_from_slice(&self.digest_at(index).0);
            }
        }
    }

    /// Replaces children. Returns `None` if the bytes cannot be that; the page is then not to be
    /// used. The digests above them are as they were.
    fn replace_children(&mut self, indices: u32, bytes: &[u8]) -> Option<()> {
        let mut rest = bytes;
        for index in members(indices) {
            let (link, after) = rest.split_first_chunk()?;
            let (digest, after) = after.split_first_chunk()?;
            if index >= count(self.present()) {
                return None;
            }
            self.write_link(index, Link::from_raw(u64::from_le_bytes(*link)));
            self.write_digest(index, &Digest(*digest));
            rest = after;
        }
        rest.is_empty().then_some(())
    }

    /// Computes the digests of all internal nodes from those of the children. `None` if one of
    /// these is zero, which is the hash of nothing.
    fn hash(&mut self) -> Option<()> {
        let present = self.present();
        let children = count(present);
        let mut digests: Vec<Digest> = (0..children).map(|index| self.digest_at(index)).collect();
        digests.extend(vec![EMPTY_ROOT; children.saturating_sub(1)]);
        let mut forks = ForkBatch::default();
        let level = forks.level(self.half_byte());
        let mut pending = PendingSlots::new();
        pending.push(present, ());
        while let Some((slots, ())) = pending.pop() {
            let Some(fork) = fork(slots) else { continue };
            let side = |slots| Side::New(digest_index(present, slots));
            let number = digest_index(present, slots);
            let bit = self.bit(fork.place);
            let (left, right) = (side(fork.left), side(fork.right));
            level.push(fork.place, bit, left, right, number)?;
            pending.push(fork.left, ());
            pending.push(fork.right, ());
        }
        forks.finish(&mut digests)?;
        for (index, digest) in digests.iter().enumerate().skip(children) {
            self.write_digest(index, digest);
        }
        Some(())
    }
}

/// The members of a set, ascending.
fn members(set: u32) -> impl Iterator<Item = usize> {
    let mut rest = set;
    core::iter::from_fn(move || {
        let member = (rest != 0).then(|| first(rest))?;
        rest &= !only(member);
        usize::try_from(member).ok()
    })
}
