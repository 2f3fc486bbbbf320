//! The nodes that were read from the log since the store was last changed.
//!
//! Many may read at once, so they are counted and behind a lock. There are two generations: when
//! the younger one is full, it becomes the older one, and what the older one had is forgotten,
//! except what was asked for and so has come to the younger one.

use std::collections::BTreeMap;

use crate::node::Node;

/// What a node takes in memory beside its contents: its place in the table, two allocations with
/// their counts.
const OVERHEAD_BYTES: u64 = 128;

type Generation = BTreeMap<u64, Node>;

/// See the module's description.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    young: Generation,
    young_bytes: u64,
    old: Generation,
    old_bytes: u64,
    pub(crate) misses: u64,
}

impl Recent {
    /// The node with a number. Both generations together take `bytes_max` at most.
    pub(crate) fn get(&mut self, number: u64, bytes_max: u64) -> Option<Node> {
        if let Some(node) = self.young.get(&number) {
            return Some(node.clone());
        }
        let node = self.old.remove(&number)?;
        self.old_bytes = self.old_bytes.saturating_sub(memory_bytes(&node));
        self.insert(number, node.clone(), bytes_max);
        Some(node)
    }

    /// Adds a node, unless it is there.
    pub(crate) fn insert(&mut self, number: u64, node: Node, bytes_max: u64) {
        let bytes = memory_bytes(&node);
        let half = bytes_max / 2;
        if bytes > half || self.young.contains_key(&number) {
            return;
        }
        if self.young_bytes.saturating_add(bytes) > half {
            self.old = std::mem::take(&mut self.young);
            self.old_bytes = std::mem::take(&mut self.young_bytes);
        }
        self.young.insert(number, node);
        self.young_bytes = self.young_bytes.saturating_add(bytes);
    }

    /// Gives up all nodes, those of the older generation first.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = (u64, Node)> {
        (self.young_bytes, self.old_bytes) = (0, 0);
        let old = std::mem::take(&mut self.old).into_iter();
        old.chain(std::mem::take(&mut self.young))
    }

    /// The bytes of memory that the nodes take.
    pub(crate) fn bytes(&self) -> u64 {
        self.young_bytes.saturating_add(self.old_bytes)
    }
}

fn memory_bytes(node: &Node) -> u64 {
    node.memory_bytes().saturating_add(OVERHEAD_BYTES)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockstep_state_trie::Leaf;

    use super::Recent;
    use crate::node::Node;

    fn leaf(bytes: usize) -> Node {
        let bytes = [&[1, 0][..], &vec![7; bytes]].concat();
        Node::Leaf(Arc::new(Leaf::from_bytes(&bytes).expect("a leaf")))
    }

    #[test]
    fn it_forgets_what_nobody_asks_for_and_takes_no_more_than_it_may() {
        let mut recent = Recent::default();
        for number in 1..=1_000 {
            recent.insert(number, leaf(500), 16 << 10);
            assert!(recent.get(number, 16 << 10).is_some());
            recent.insert(5_000, leaf(500), 16 << 10);
            assert!(recent.get(5_000, 16 << 10).is_some());
            assert!(recent.bytes() <= 16 << 10);
        }
        assert!(recent.bytes() > 8 << 10);
        assert!(recent.get(1, 16 << 10).is_none());
        recent.insert(6_000, leaf(9_000), 16 << 10);
        assert!(recent.get(6_000, 16 << 10).is_none());
        assert!(recent.drain().count() > 10);
        assert_eq!((recent.bytes(), recent.drain().count()), (0, 0));
    }
}
