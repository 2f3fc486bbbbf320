//! Finding places between the leaves that a proof shows.

use alloc::vec::Vec;

use crate::key_bits::{bit, first_difference};
use crate::partial_node::PartialNode;
use crate::partial_tree::MultiProof;
use crate::proof_error::ProofError;

/// The leaves and left-out subtrees of a tree from left to right, to find places between them.
pub(crate) struct Terminals<'p> {
    proof: &'p MultiProof,
    /// Where the leaves and left-out subtrees are in the list of nodes.
    pub(crate) indices: Vec<usize>,
    /// For each node, how many of them come before it.
    before: Vec<usize>,
}

/// Where a key belongs.
pub(crate) struct Place {
    /// How many of the leaves and left-out subtrees have smaller keys.
    pub(crate) position: usize,
    /// The leaf at which the search for the key ends, in the list of nodes.
    pub(crate) leaf: usize,
    /// Whether that leaf has the very key. It is then at the position.
    pub(crate) is_present: bool,
}

impl<'p> Terminals<'p> {
    pub(crate) fn new(proof: &'p MultiProof) -> Self {
        let is_fork = |node: &&PartialNode| matches!(node, PartialNode::Fork { .. });
        let forks = proof.nodes.iter().filter(is_fork).count();
        let mut indices = Vec::with_capacity(proof.nodes.len().saturating_sub(forks));
        let mut before = Vec::with_capacity(proof.nodes.len());
        for (index, node) in proof.nodes.iter().enumerate() {
            before.push(indices.len());
            if !matches!(node, PartialNode::Fork { .. }) {
                indices.push(index);
            }
        }
        Self {
            proof,
            indices,
            before,
        }
    }

    /// The place of a key.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the search for it ends in what is left out.
    pub(crate) fn place(&self, key: &[u8]) -> Result<Place, ProofError> {
        // The subtrees on the way with their bits, and the extent of each.
        let mut way = Vec::new();
        let (mut index, mut start, mut end) = (0_usize, 0_usize, self.indices.len());
        let (leaf_key, leaf) = loop {
            match self.proof.nodes.get(index) {
                Some(PartialNode::Fork {
                    bit: parting,
                    right,
                }) => {
                    way.push((*parting, start, end));
                    let middle = self.before.get(*right).copied().unwrap_or(end);
                    if bit(key, *parting) {
                        (index, start) = (*right, middle);
                    } else {
                        (index, end) = (index.saturating_add(1), middle);
                    }
                }
                Some(PartialNode::Leaf { .. }) => {
                    let leaf = self.proof.leaf(index);
                    let key = leaf.and_then(|leaf| leaf.key);
                    break (key.ok_or(ProofError::UnexpectedForm)?, index);
                }
                Some(PartialNode::Cut(_)) | None => return Err(ProofError::NotCovered),
            }
        };
        let Some(branch) = first_difference(key, leaf_key) else {
            return Ok(Place {
                position: start,
                leaf,
                is_present: true,
            });
        };
        // What parts its keys after the branch lies to one side of the key as a whole.
        let aside = way.iter().find(|(parting, ..)| *parting > branch);
        let (start, end) = aside.map_or((start, end), |(_, start, end)| (*start, *end));
        Ok(Place {
            position: if bit(key, branch) { end } else { start },
            leaf,
            is_present: false,
        })
    }
}
