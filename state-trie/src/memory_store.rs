//! The store that keeps everything in memory.
//!
//! Retention: every batch holds the root that it leads to once, also a batch that changes
//! nothing, and [`MemoryStore::release`] gives one such hold back. A node stays as long as a held
//! root or a stored node refers to it, a value as long as a stored leaf does. Old roots so stay
//! readable until they are released, and releasing frees exactly what nothing else needs. The
//! counts are kept per entry; freeing works through a list, not by recursion.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;

use crate::digest::Digest;
use crate::node::Node;
use crate::store::{NodeChanges, NodeStore};

/// A stored thing and how many others refer to it.
#[derive(Clone, Debug)]
struct Counted<T> {
    item: T,
    references: u64,
}

/// A [`NodeStore`] in memory that keeps every root until it is released.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    nodes: BTreeMap<Digest, Counted<Node>>,
    values: BTreeMap<Digest, Counted<Vec<u8>>>,
    /// How often each root is held.
    roots: BTreeMap<Digest, u64>,
}

impl MemoryStore {
    /// A store that holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many nodes are stored.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// How many different values are stored.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }

    /// Gives back one hold on `root` and frees what nothing refers to any more. Returns `false`,
    /// and does nothing, if the root is not held. A root that several batches led to is held as
    /// often. Releasing the root that a trie stands on makes its next read fail.
    pub fn release(&mut self, root: &Digest) -> bool {
        let Some(holds) = self.roots.get_mut(root) else {
            return false;
        };
        *holds = holds.saturating_sub(1);
        if *holds == 0 {
            self.roots.remove(root);
        }
        self.drop_references_from(*root);
        true
    }

    /// Takes one reference from a node and, for each node that goes with it, from its children.
    fn drop_references_from(&mut self, root: Digest) {
        let mut pending = alloc::vec![root];
        while let Some(digest) = pending.pop() {
            match drop_reference(&mut self.nodes, &digest) {
                Some(Node::Internal { left, right, .. }) => pending.extend([left, right]),
                Some(Node::Leaf { value, .. }) => {
                    drop_reference(&mut self.values, &value);
                }
                None => {}
            }
        }
    }

    /// Stores a node, without references to it as yet, unless it is there already.
    fn insert(&mut self, digest: Digest, node: Node) {
        if self.nodes.contains_key(&digest) {
            return;
        }
        match &node {
            Node::Internal { left, right, .. } => {
                add_reference(&mut self.nodes, left);
                add_reference(&mut self.nodes, right);
            }
            Node::Leaf { value, .. } => add_reference(&mut self.values, value),
        }
        let counted = Counted {
            item: node,
            references: 0,
        };
        self.nodes.insert(digest, counted);
    }
}

/// Counts one more reference to an entry; one to an absent entry is not counted, and reading
/// through it reports the entry as missing.
fn add_reference<T>(entries: &mut BTreeMap<Digest, Counted<T>>, digest: &Digest) {
    if let Some(entry) = entries.get_mut(digest) {
        entry.references = entry.references.saturating_add(1);
    }
}

/// Counts one reference less; the entry is removed and returned if that was the last.
fn drop_reference<T>(entries: &mut BTreeMap<Digest, Counted<T>>, digest: &Digest) -> Option<T> {
    let entry = entries.get_mut(digest)?;
    entry.references = entry.references.saturating_sub(1);
    if entry.references > 0 {
        return None;
    }
    entries.remove(digest).map(|entry| entry.item)
}

impl NodeStore for MemoryStore {
    type Error = Infallible;

    fn node(&self, digest: &Digest) -> Result<Option<Node>, Infallible> {
        Ok(self.nodes.get(digest).map(|entry| entry.item.clone()))
    }

    fn value(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.values.get(digest).map(|entry| entry.item.clone()))
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        for (digest, value) in changes.values {
            self.values.entry(digest).or_insert(Counted {
                item: value,
                references: 0,
            });
        }
        // Children come before their parents, so what a node refers to is already there.
        for (digest, node) in changes.nodes {
            self.insert(digest, node);
        }
        let holds = self.roots.entry(changes.after).or_insert(0);
        *holds = holds.saturating_add(1);
        add_reference(&mut self.nodes, &changes.after);
        Ok(())
    }
}
