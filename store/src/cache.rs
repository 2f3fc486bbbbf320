//! The nodes that were read or written last, up to a number of bytes.
//!
//! The cache is split into parts by the nodes' numbers, each with its lock, so that readers in
//! several threads seldom wait for each other. A part is a ring with a hand (CLOCK): a node that
//! is asked for is marked, and the hand takes out the first node without a mark, clearing marks
//! on its way. Pages begin marked and leaves do not, because each page is on the way to many
//! leaves.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, PoisonError};

use crate::node::Node;

/// How many parts there are.
const PARTS: usize = 16;
/// What a node takes in memory beside itself: its place in the ring and in the table, two
/// allocations with their counts.
const OVERHEAD_BYTES: u64 = 128;

/// Hashes a node's number: multiplies by an odd constant and folds. Without a random seed, so that
/// each run behaves like the one before.
#[derive(Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = spread(self.0 ^ number);
    }
}

/// Spreads a number over all bits.
fn spread(number: u64) -> u64 {
    let product = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

#[expect(
    clippy::disallowed_types,
    reason = "the hasher has no random seed, and nothing walks through the table"
)]
type Table = std::collections::HashMap<u64, usize, BuildHasherDefault<NumberHasher>>;

#[derive(Debug)]
struct Slot {
    number: u64,
    node: Node,
    marked: bool,
}

#[derive(Debug, Default)]
struct Part {
    table: Table,
    ring: Vec<Option<Slot>>,
    free: Vec<usize>,
    hand: usize,
    bytes: u64,
    hits: u64,
    misses: u64,
}

/// See the module's description.
#[derive(Debug)]
pub(crate) struct Cache {
    parts: [Mutex<Part>; PARTS],
    part_bytes_max: u64,
}

/// What the cache holds and how often it helped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CacheCounts {
    pub(crate) bytes: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
}

fn memory_bytes(node: &Node) -> u64 {
    node.memory_bytes().saturating_add(OVERHEAD_BYTES)
}

impl Cache {
    /// A cache for that many bytes.
    pub(crate) fn new(bytes_max: u64) -> Cache {
        Cache {
            parts: Default::default(),
            part_bytes_max: bytes_max / 16,
        }
    }

    fn part(&self, number: u64) -> std::sync::MutexGuard<'_, Part> {
        let index = usize::try_from(spread(number) >> 60).unwrap_or_default();
        let [first, ..] = &self.parts;
        let part = self.parts.get(index).unwrap_or(first);
        // Nothing panics while a part is locked, so a poisoned one is whole all the same.
        part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The node with a number, marked as used.
    pub(crate) fn get(&self, number: u64) -> Option<Node> {
        let mut part = self.part(number);
        let found = part.table.get(&number).copied();
        let slot = found.and_then(|index| part.ring.get_mut(index)?.as_mut());
        let node = slot.map(|slot| {
            slot.marked = true;
            slot.node.clone()
        });
        match node {
            Some(_) => part.hits += 1,
            None => part.misses += 1,
        }
        node
    }

    /// The node with a number, without a mark and without being counted.
    pub(crate) fn peek(&self, number: u64) -> Option<Node> {
        let part = self.part(number);
        let index = part.table.get(&number).copied()?;
        let slot = part.ring.get(index)?.as_ref();
        slot.map(|slot| slot.node.clone())
    }

    /// Takes a node out.
    pub(crate) fn take(&self, number: u64) -> Option<Node> {
        let mut part = self.part(number);
        let index = part.table.get(&number).copied()?;
        part.take_out(index)
    }

    /// Adds a node.
    pub(crate) fn insert(&self, number: u64, node: Node) {
        let bytes = memory_bytes(&node);
        let mut part = self.part(number);
        if bytes > self.part_bytes_max || part.table.contains_key(&number) {
            return;
        }
        while part.bytes.saturating_add(bytes) > self.part_bytes_max && part.evict() {}
        let marked = matches!(node, Node::Page(..));
        let slot = Slot {
            number,
            node,
            marked,
        };
        let index = part.free.pop().unwrap_or(part.ring.len());
        match part.ring.get_mut(index) {
            Some(place) => *place = Some(slot),
            None => part.ring.push(Some(slot)),
        }
        part.table.insert(number, index);
        part.bytes += bytes;
    }

    /// What it holds.
    pub(crate) fn counts(&self) -> CacheCounts {
        let parts = self.parts.iter();
        parts.fold(CacheCounts::default(), |sum, part| {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            CacheCounts {
                bytes: sum.bytes + part.bytes,
                hits: sum.hits + part.hits,
                misses: sum.misses + part.misses,
            }
        })
    }
}

impl Part {
    /// Takes out the next node that was not used of late; `false` if there is none at all.
    fn evict(&mut self) -> bool {
        if self.table.is_empty() {
            return false;
        }
        loop {
            if self.hand >= self.ring.len() {
                self.hand = 0;
            }
            let hand = self.hand;
            self.hand += 1;
            match self.ring.get_mut(hand) {
                Some(Some(slot)) if slot.marked => slot.marked = false,
                Some(Some(_)) => {
                    self.take_out(hand);
                    return true;
                }
                _ => {}
            }
        }
    }

    fn take_out(&mut self, index: usize) -> Option<Node> {
        let slot = self.ring.get_mut(index).and_then(Option::take)?;
        self.table.remove(&slot.number);
        self.free.push(index);
        self.bytes = self.bytes.saturating_sub(memory_bytes(&slot.node));
        Some(slot.node)
    }
}

#[cfg(test)]
mod tests {
    use super::Cache;
    use crate::node::Node;
    use lockstep_state_trie::Leaf;
    use std::sync::Arc;

    fn leaf(byte: u8) -> Node {
        let bytes = [&[1, 0][..], &[byte; 500]].concat();
        Node::Leaf(Arc::new(Leaf::from_bytes(&bytes).expect("a leaf")))
    }

    #[test]
    fn it_takes_no_more_memory_than_it_may_and_keeps_what_is_used() {
        let cache = Cache::new(64 << 10);
        for number in 0..2_000_u64 {
            cache.insert(number, leaf(1));
            assert!(cache.get(number).is_some());
            // Asked for again and again, so it stays.
            cache.insert(5_000, leaf(2));
            assert!(cache.get(5_000).is_some());
        }
        let counts = cache.counts();
        assert!(counts.bytes <= 64 << 10, "{counts:?}");
        assert!(counts.bytes > 40 << 10, "{counts:?}");
        assert!(cache.get(0).is_none());
        assert_eq!(counts.hits, 4_000);
    }

    #[test]
    fn what_is_larger_than_a_part_is_not_kept() {
        let cache = Cache::new(1_600);
        cache.insert(1, leaf(1));
        assert!(cache.peek(1).is_none());
    }
}
