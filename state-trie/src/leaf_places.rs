//! Whether the leaves that a witness shows are where searches for their keys end.
//!
//! Under the root of a trie they are. Under a root that somebody made of nodes as he liked they need
//! not be, and then a short key could have tens of thousands of internal nodes above it, which every
//! search goes through. With each leaf in its place, there are no more of them on any way down than
//! a shown key has bits: each internal node has a shown leaf below it.

use alloc::vec::Vec;

use crate::key_bits::{bit, end_bit, first_difference};
use crate::partial_node::PartialNode;
use crate::partial_tree::MultiProof;
use crate::proof_error::ProofError;

impl MultiProof {
    /// Checks that each leaf shown with its key lies within that key at all internal nodes above it
    /// and on the side that the key takes there.
    ///
    /// Of each subtree one key stands for all: they agree before its bit. So a node with leaves on
    /// both sides must have the first difference of two such keys as its bit, and one with a
    /// left-out side a bit that its key has. The first key of a subtree stands for it, so that no
    /// comparison reads more than the key that stands for nothing afterwards.
    pub(crate) fn check_leaf_places(&self) -> Result<(), ProofError> {
        // A key of each subtree whose parent is still to come; `None` if it is left out.
        let mut waiting = Vec::with_capacity(self.waiting_max());
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let PartialNode::Fork { bit: parting, .. } = node else {
                waiting.push(self.leaf(index).map(|leaf| leaf.key.unwrap_or_default()));
                continue;
            };
            let left = waiting.pop().flatten();
            let right = waiting.pop().flatten();
            let is_in_place = match (left, right) {
                (Some(left), Some(right)) => {
                    first_difference(left, right) == Some(*parting) && bit(right, *parting)
                }
                (Some(key), None) => *parting <= end_bit(key) && !bit(key, *parting),
                (None, Some(key)) => bit(key, *parting),
                (None, None) => false,
            };
            if !is_in_place {
                return Err(ProofError::LeafMisplaced { bit: *parting });
            }
            waiting.push(left.or(right));
        }
        Ok(())
    }
}
