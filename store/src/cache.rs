//! The nodes that were read or written last, up to a number of bytes.
//!
//! The cache is split into parts by the nodes' numbers, each with its lock, so that readers in
//! several threads seldom wait for each other. A part is a ring with a hand (CLOCK): a node that
//! is asked for is marked, and the hand takes out the first node without a mark, clearing marks
//! on its way. Pages begin marked and leaves do not, because each page is on the way to many
//! leaves.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lockstep_state_trie::{Link, go_down_together};

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
type Table = std::collections::HashMap<u64, Slot, BuildHasherDefault<NumberHasher>>;

#[derive(Debug)]
struct Slot {
    node: Node,
    /// Its place in the ring.
    place: usize,
}

/// What the hand sees of a node, so that it need not look it up.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The number of the node; 0, which none has, in a free place.
    number: u64,
    marked: bool,
}

#[derive(Debug, Default)]
struct Part {
    table: Table,
    ring: Vec<Place>,
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

/// Which part a node is in.
fn part_index(number: u64) -> usize {
    // Not the bits that the table of a part tells its nodes apart by, the highest and the lowest.
    usize::try_from((spread(number) >> 40) % 16).unwrap_or_default()
}

fn lock(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    // Nothing panics while a part is locked, so a poisoned one is whole all the same.
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cache {
    /// A cache for that many bytes.
    pub(crate) fn new(bytes_max: u64) -> Cache {
        Cache {
            parts: Default::default(),
            part_bytes_max: bytes_max / 16,
        }
    }

    fn part(&self, number: u64) -> MutexGuard<'_, Part> {
        let [first, ..] = &self.parts;
        lock(self.parts.get(part_index(number)).unwrap_or(first))
    }

    /// The node with a number, marked as used.
    pub(crate) fn get(&self, number: u64) -> Option<Node> {
        let mut part = self.part(number);
        let Some(slot) = part.table.get(&number) else {
            part.misses += 1;
            return None;
        };
        let (node, place) = (slot.node.clone(), slot.place);
        if let Some(place) = part.ring.get_mut(place) {
            place.marked = true;
        }
        part.hits += 1;
        Some(node)
    }

    /// The node with a number, without a mark and without being counted.
    pub(crate) fn peek(&self, number: u64) -> Option<Node> {
        let part = self.part(number);
        part.table.get(&number).map(|slot| slot.node.clone())
    }

    /// Goes down to some keys as far as the nodes are here: see
    /// [`fetch_ahead`](lockstep_state_trie::NodeStore::fetch_ahead).
    pub(crate) fn fetch_ahead(&self, from: Link, keys: &[&[u8]]) {
        // All parts are locked once, because a lock at each step would make the steps wait.
        let parts: Vec<_> = self.parts.iter().map(lock).collect();
        let node = |number| {
            let part = parts.get(part_index(number))?;
            Some(&part.table.get(&number)?.node)
        };
        let page = |number| match node(number) {
            Some(Node::Page(page, _)) => Some(&**page),
            _ => None,
        };
        let leaf = |number| match node(number) {
            Some(Node::Leaf(leaf)) => Some(&**leaf),
            _ => None,
        };
        go_down_together(from, keys, page, leaf);
    }

    /// Takes a node out.
    pub(crate) fn take(&self, number: u64) -> Option<Node> {
        self.part(number).take_out(number)
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
        let in_ring = Place { number, marked };
        let place = part.free.pop().unwrap_or(part.ring.len());
        match part.ring.get_mut(place) {
            Some(free) => *free = in_ring,
            None => part.ring.push(in_ring),
        }
        part.table.insert(number, Slot { node, place });
        part.bytes += bytes;
    }

    /// What it holds.
    pub(crate) fn counts(&self) -> CacheCounts {
        let parts = self.parts.iter();
        parts.fold(CacheCounts::default(), |sum, part| {
            let part = lock(part);
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
            let place = self.ring.get_mut(self.hand);
            self.hand += 1;
            match place {
                Some(place) if place.number == 0 => {}
                Some(place) if place.marked => place.marked = false,
                Some(place) => {
                    let number = place.number;
                    self.take_out(number);
                    return true;
                }
                None => {}
            }
        }
    }

    fn take_out(&mut self, number: u64) -> Option<Node> {
        let slot = self.table.remove(&number)?;
        if let Some(place) = self.ring.get_mut(slot.place) {
            place.number = 0;
        }
        self.free.push(slot.place);
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
        for number in 1..=2_000_u64 {
            cache.insert(number, leaf(1));
            assert!(cache.get(number).is_some());
            // Asked for again and again, so it stays.
            cache.insert(5_000, leaf(2));
            assert!(cache.get(5_000).is_some());
        }
        let counts = cache.counts();
        assert!(counts.bytes <= 64 << 10, "{counts:?}");
        assert!(counts.bytes > 40 << 10, "{counts:?}");
        assert!(cache.get(1).is_none());
        assert_eq!(counts.hits, 4_000);
    }

    #[test]
    fn what_is_larger_than_a_part_is_not_kept() {
        let cache = Cache::new(1_600);
        cache.insert(1, leaf(1));
        assert!(cache.peek(1).is_none());
    }
}
