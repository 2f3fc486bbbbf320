//! Nodes of one kind in memory, under their numbers.
//!
//! They stand in slots that never move, so that the store can lend them as they are, without
//! counting, as long as nobody changes it. The slots go in a ring with a hand (CLOCK): a node that
//! is asked for is marked, and the hand takes out the first node without a mark, clearing marks on
//! its way. Marking is all that happens on a shared shelf.

use std::sync::atomic::{AtomicU64, Ordering};

use super::index::NodeIndex;

/// How many slots are made together.
const CHUNK_SLOTS: u32 = 4_096;
/// The bit beside a node's number that is its mark. Numbers have 62 bits.
const MARK: u64 = 1 << 63;
/// What an allocation takes beside its bytes.
const ALLOCATION_BYTES: u64 = 16;

/// What can stand on a shelf.
pub(crate) trait Kept {
    /// Whether a node begins with a mark.
    const BEGINS_MARKED: bool;

    /// How many bytes of memory it takes outside of its slot.
    fn outside_bytes(&self) -> u64;
}

/// What that many bytes take that are allocated by themselves.
pub(crate) fn allocated_bytes(bytes: usize) -> u64 {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    bytes.saturating_add(ALLOCATION_BYTES)
}

/// A place for a node. Slots begin with a line of the processor's cache.
#[derive(Debug)]
#[repr(align(64))]
struct Slot<T> {
    /// The node's number, with its mark.
    tag: AtomicU64,
    node: Option<T>,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    index: NodeIndex,
    chunks: Vec<Vec<Slot<T>>>,
    /// How many slots there are, free ones included.
    slots: u32,
    free: Vec<u32>,
    /// The slot whose turn is next.
    hand: u32,
    /// How often the hand has gone round.
    rounds: u64,
    /// The bytes that the nodes take, with their slots.
    bytes: u64,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Shelf {
            index: NodeIndex::default(),
            chunks: Vec::new(),
            slots: 0,
            free: Vec::new(),
            hand: 0,
            rounds: 0,
            bytes: 0,
        }
    }
}

/// The slot with an index.
fn slot_at<T>(chunks: &[Vec<Slot<T>>], slot: u32) -> Option<&Slot<T>> {
    let chunk = chunks.get(usize::try_from(slot / CHUNK_SLOTS).ok()?)?;
    chunk.get(usize::try_from(slot % CHUNK_SLOTS).ok()?)
}

/// The slot with an index, to change it.
fn slot_at_mut<T>(chunks: &mut [Vec<Slot<T>>], slot: u32) -> Option<&mut Slot<T>> {
    let chunk = chunks.get_mut(usize::try_from(slot / CHUNK_SLOTS).ok()?)?;
    chunk.get_mut(usize::try_from(slot % CHUNK_SLOTS).ok()?)
}

impl<T> Slot<T> {
    fn number(&self) -> u64 {
        self.tag.load(Ordering::Relaxed) & !MARK
    }

    fn mark(&self) {
        let tag = self.tag.load(Ordering::Relaxed);
        if tag & MARK == 0 {
            // Whoever else marks it at the same time stores the same.
            self.tag.store(tag | MARK, Ordering::Relaxed);
        }
    }
}

impl<T: Kept> Shelf<T> {
    /// The bytes of memory that a node takes.
    pub(crate) fn bytes_of(node: &T) -> u64 {
        let slot = u64::try_from(size_of::<Slot<T>>()).unwrap_or(u64::MAX);
        slot.saturating_add(node.outside_bytes())
    }

    /// The bytes of memory that all nodes and the index take.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.saturating_add(self.index.bytes())
    }

    fn find(&self, number: u64) -> Option<&Slot<T>> {
        let slot = |slot| slot_at(&self.chunks, slot);
        let has = |found| slot(found).is_some_and(|slot| slot.number() == number);
        slot(self.index.find(number, has)?)
    }

    /// The node with a number, which is marked.
    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        let slot = self.find(number)?;
        slot.mark();
        slot.node.as_ref()
    }

    /// The node with a number, without a mark.
    pub(crate) fn peek(&self, number: u64) -> Option<&T> {
        self.find(number)?.node.as_ref()
    }

    /// Brings where the search for a node begins into the processor's cache.
    pub(crate) fn approach(&self, number: u64) {
        self.index.touch(number);
    }

    /// Brings what is needed to find some nodes, or to put them here, into the processor's cache: at
    /// first for all of them what does not wait for anything else.
    pub(crate) fn fetch(&self, numbers: &[u64]) {
        numbers.iter().for_each(|number| self.approach(*number));
        for number in numbers {
            std::hint::black_box(self.find(*number).map(|slot| slot.node.is_some()));
        }
    }

    /// Takes the node with a number out. Its slot is the next that is used.
    pub(crate) fn take(&mut self, number: u64) -> Option<T> {
        let chunks = &self.chunks;
        let has = |slot| slot_at(chunks, slot).is_some_and(|slot| slot.number() == number);
        let slot = self.index.remove(number, has)?;
        self.clear(slot)
    }

    /// Empties a slot that the index does not have any more.
    fn clear(&mut self, slot: u32) -> Option<T> {
        let found = slot_at_mut(&mut self.chunks, slot)?;
        *found.tag.get_mut() = 0;
        let node = found.node.take()?;
        self.free.push(slot);
        self.bytes = self.bytes.saturating_sub(Self::bytes_of(&node));
        Some(node)
    }

    /// Puts a node on the shelf, unless one is there with the same number.
    pub(crate) fn insert(&mut self, number: u64, node: T) {
        if self.find(number).is_some() {
            return;
        }
        let mark = if T::BEGINS_MARKED { MARK } else { 0 };
        let bytes = Self::bytes_of(&node);
        let filled = Slot {
            tag: AtomicU64::new(number | mark),
            node: Some(node),
        };
        let slot = self.free.pop().unwrap_or(self.slots);
        match slot_at_mut(&mut self.chunks, slot) {
            Some(free) => *free = filled,
            None => self.push(filled),
        }
        self.index.add(number, slot);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds a slot behind all others.
    fn push(&mut self, slot: Slot<T>) {
        if self.slots.is_multiple_of(CHUNK_SLOTS) {
            let capacity = usize::try_from(CHUNK_SLOTS).unwrap_or_default();
            self.chunks.push(Vec::with_capacity(capacity));
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(slot);
            self.slots = self.slots.saturating_add(1);
        }
    }

    /// Whether the hand has gone less far round than that of another shelf.
    pub(crate) fn is_behind<U>(&self, other: &Shelf<U>) -> bool {
        let (ours, theirs) = (u64::from(self.slots), u64::from(other.slots));
        let part = u64::from(self.hand).saturating_mul(theirs);
        let other_part = u64::from(other.hand).saturating_mul(ours);
        (self.rounds, part) < (other.rounds, other_part)
    }

    /// Takes out the next node that was not used of late; `false` if there is none at all.
    pub(crate) fn evict(&mut self) -> bool {
        if self.bytes == 0 {
            return false;
        }
        loop {
            if self.hand >= self.slots {
                self.hand = 0;
                self.rounds = self.rounds.saturating_add(1);
            }
            let hand = self.hand;
            self.hand = hand.saturating_add(1);
            let Some(slot) = slot_at_mut(&mut self.chunks, hand) else {
                continue;
            };
            let tag = slot.tag.get_mut();
            match *tag {
                0 => {}
                marked if marked & MARK != 0 => *tag = marked & !MARK,
                number => {
                    let removed = self.index.remove(number, |slot| slot == hand);
                    removed.and_then(|slot| self.clear(slot));
                    return true;
                }
            }
        }
    }
}
