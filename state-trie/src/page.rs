//! Pages: sixteen-way nodes with the binary nodes inside, in the form in which stores keep them.
//!
//! A page stands for one half byte of the keys, four or five bits (`key_bits.rs`), and holds all
//! internal nodes of one subtree whose bits lie in it. Its children are the leaves and pages that
//! hang below. So one read covers four levels of the tree, and a changed key rewrites a page per
//! four levels. Which node is in which page follows from the contents alone, as the tree does.
//!
//! The bytes of a page with `m` children in memory, numbers little-endian:
//!
//! | bytes | content |
//! |---|---|
//! | 2 | the half byte |
//! | 4 | the set of its slots that are taken, a bit each |
//! | 8 each | for each child, in the order of the slots, where the store keeps it ([`Link`]) |
//! | 32 each | the digests of the children |
//! | 32 each | the digests of the `m - 1` internal nodes, in the order of the gaps (`slots.rs`) |
//!
//! Stores on a medium keep all but the last (`page_bytes.rs`). This is not part of the protocol.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::digest::{DIGEST_BYTES, Digest, EMPTY_ROOT};
use crate::key_bits::{last_bit_of_half_byte, slot_of};
use crate::link::{Child, Link};
use crate::slots::{count, digest_index, first, fork, only, rank};

/// Bytes in front of the links.
const HEADER_BYTES: usize = 6;
/// Bytes of a link.
pub(crate) const LINK_BYTES: usize = 8;
/// How many bytes come into the cache together.
const CACHE_LINE_BYTES: usize = 64;

/// A page of the trie. See the module's description in the source for its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    bytes: Box<[u8]>,
}

impl Page {
    /// The bytes of the page without the digests of its internal nodes, which follow from the rest.
    pub fn as_bytes(&self) -> &[u8] {
        let children = count(self.present());
        let end = self.digest_offset(children);
        self.bytes.get(..end).unwrap_or_default()
    }

    /// How many bytes of memory the contents of the page take.
    pub fn memory_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Copies bytes over those at the front.
    pub(crate) fn copy_front(&mut self, bytes: &[u8]) {
        self.write(0, bytes);
    }

    /// The digest of the uppermost internal node of the page, by which its parent names it.
    pub fn digest(&self) -> Digest {
        self.digest_of(self.present())
    }

    /// The children, from left to right.
    pub fn links(&self) -> impl Iterator<Item = Link> + '_ {
        (0..count(self.present())).map(|rank| self.link(rank))
    }

    /// Puts the numbers under which a store keeps the new pages and leaves of a batch in place of
    /// the links to them. See [`crate::NodeChanges`].
    pub fn resolve_links(&mut self, pages: &[u64], leaves: &[u64]) {
        for rank in 0..count(self.present()) {
            let link = self.link(rank);
            if link.is_new() {
                self.write_link(rank, link.resolve(pages, leaves));
            }
        }
    }

    /// Where below this page the search for a key goes on, as an index into [`Page::links`]: the
    /// number of children to the left of the key by the half byte that the page stands for. It is
    /// the number of all children if the key lies to the right of them. For stores that walk
    /// through what they keep in the order of the keys.
    pub fn child_index(&self, key: &[u8]) -> usize {
        rank(self.present(), slot_of(key, self.half_byte()))
    }

    /// Puts another link in place of the one at an index of [`Page::links`], for a store that
    /// moves what it keeps. Digests do not depend on links. A link to something new or an index
    /// that no child has changes nothing.
    pub fn replace_link(&mut self, index: usize, link: Link) {
        if !link.is_new() && index < count(self.present()) {
            self.write_link(index, link);
        }
    }

    /// A page of this half byte with these slots, its links and digests still zeros.
    pub(crate) fn blank(half_byte: u16, present: u32) -> Self {
        let mut bytes = Vec::with_capacity(page_bytes(count(present)));
        bytes.extend_from_slice(&half_byte.to_le_bytes());
        bytes.extend_from_slice(&present.to_le_bytes());
        bytes.resize(page_bytes(count(present)), 0);
        Self {
            bytes: bytes.into_boxed_slice(),
        }
    }

    /// Looks at each line of the cache that the page takes, so that those which are not there come
    /// at once and not one after the other when they are used.
    pub fn touch(&self) {
        let lines = self.bytes.iter().step_by(CACHE_LINE_BYTES);
        // The last bytes may be in one line more.
        let lines = lines.chain(self.bytes.last());
        core::hint::black_box(lines.fold(0, |all, byte| all | byte));
    }

    /// Becomes a copy of a page with as many children.
    pub(crate) fn copy_from(&mut self, page: &Page) {
        if self.bytes.len() == page.bytes.len() {
            self.bytes.copy_from_slice(&page.bytes);
        } else {
            self.clone_from(page);
        }
    }

    /// The half byte that the page stands for.
    pub(crate) fn half_byte(&self) -> u16 {
        u16::from_le_bytes(self.array(0))
    }

    /// The slots that are taken.
    pub(crate) fn present(&self) -> u32 {
        u32::from_le_bytes(self.array(2))
    }

    /// The bit of the internal nodes at a place of the half byte.
    pub(crate) fn bit(&self, place: u32) -> u16 {
        let place = u16::try_from(place).unwrap_or_default();
        last_bit_of_half_byte(self.half_byte()).saturating_sub(place)
    }

    /// The child in a slot.
    pub(crate) fn child(&self, slot: u32) -> Option<Child> {
        let present = self.present();
        (present & only(slot) != 0).then(|| {
            let rank = rank(present, slot);
            Child {
                link: self.link(rank),
                digest: self.digest_at(rank),
            }
        })
    }

    /// The child in a slot, if it is a stored one. Links to something new are in a page only if a
    /// store has kept it without resolving them.
    pub(crate) fn stored_child(&self, slot: u32) -> Option<Child> {
        self.child(slot).filter(|child| !child.link.is_new())
    }

    /// The link to the child in a slot.
    pub(crate) fn link_in(&self, slot: u32) -> Option<Link> {
        let present = self.present();
        (present & only(slot) != 0).then(|| self.link(rank(present, slot)))
    }

    /// The digest of the node over a set of slots (`slots.rs`).
    pub(crate) fn digest_of(&self, slots: u32) -> Digest {
        self.digest_at(digest_index(self.present(), slots))
    }

    /// Goes down by the bits of a key's slot to the child at which the search for it goes on, and
    /// returns that child's slot. `on_step` sees each bit and the digest that was left aside.
    pub(crate) fn search(&self, slot: u32, mut on_step: impl FnMut(u16, Digest)) -> u32 {
        let mut slots = self.present();
        while let Some(fork) = fork(slots) {
            let on_right = slot & only(fork.place) != 0;
            let (taken, aside) = if on_right {
                (fork.right, fork.left)
            } else {
                (fork.left, fork.right)
            };
            on_step(self.bit(fork.place), self.digest_of(aside));
            slots = taken;
        }
        first(slots)
    }

    /// The digest at an index: those of the children first, then those of the internal nodes. Every
    /// page has as many bytes as its slots ask for (`blank`), and callers take the indices from the
    /// slots, so the default is never taken.
    pub(crate) fn digest_at(&self, index: usize) -> Digest {
        let start = self.digest_offset(index);
        let bytes = self.bytes.get(start..).and_then(<[u8]>::first_chunk);
        bytes.map_or(EMPTY_ROOT, |bytes| Digest(*bytes))
    }

    /// Puts a child in a slot that is taken.
    pub(crate) fn write_child(&mut self, slot: u32, child: &Child) {
        let rank = rank(self.present(), slot);
        self.write_link(rank, child.link);
        self.write_digest(rank, &child.digest);
    }

    /// Puts a digest at an index.
    pub(crate) fn write_digest(&mut self, index: usize, digest: &Digest) {
        let start = self.digest_offset(index);
        self.write(start, &digest.0);
    }

    /// Puts a link at a child's place.
    pub(crate) fn write_link(&mut self, rank: usize, link: Link) {
        self.write(link_offset(rank), &link.to_raw().to_le_bytes());
    }

    /// The link at a child's place.
    pub(crate) fn link(&self, rank: usize) -> Link {
        Link::from_raw(u64::from_le_bytes(self.array(link_offset(rank))))
    }

    fn digest_offset(&self, index: usize) -> usize {
        link_offset(count(self.present())).saturating_add(index.saturating_mul(DIGEST_BYTES))
    }

    /// Puts bytes at a place, which every page has that the callers take from its slots.
    fn write(&mut self, start: usize, bytes: &[u8]) {
        let place = self.bytes.get_mut(start..);
        if let Some(place) = place.and_then(|place| place.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    /// Bytes at a place; zeros where the page has none, which only a page not yet checked lacks.
    fn array<const N: usize>(&self, start: usize) -> [u8; N] {
        let bytes = self.bytes.get(start..).and_then(<[u8]>::first_chunk);
        bytes.copied().unwrap_or([0; N])
    }
}

fn link_offset(rank: usize) -> usize {
    HEADER_BYTES.saturating_add(rank.saturating_mul(LINK_BYTES))
}

/// The length of a page with this many children.
fn page_bytes(children: usize) -> usize {
    let digests = children.saturating_mul(2).saturating_sub(1);
    link_offset(children).saturating_add(digests.saturating_mul(DIGEST_BYTES))
}
