//! A tree of which parts are left out: what proofs of several keys, proofs of ranges and witnesses
//! have in common.
//!
//! The nodes stand in a list in the order in which a walk meets them that goes to the left first:
//! each node before what is below it, all of the left subtree before the right one. So a node's
//! left child is the node after it, and the list from its end to its start has children before
//! their parents. A subtree that is left out stands there with its digest alone.

use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, internal_hash, leaf_hash, value_hash};
use crate::key_bits::{bit, first_difference};
use crate::proof_error::ProofError;

/// A node of the tree or what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartialNode {
    /// A subtree that is left out.
    Cut(Digest),
    /// An internal node; its left child is the next node.
    Fork {
        /// The bit at which the node parts its keys.
        bit: u16,
        /// Where its right child is.
        right: usize,
    },
    /// A leaf.
    Leaf(PartialLeaf),
}

/// A leaf, as far as the proof shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartialLeaf {
    /// The key; `None` if it is the only key asked for whose search ends here.
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: LeafValue,
}

/// What is shown of the value of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeafValue {
    /// The value.
    Whole(Vec<u8>),
    /// Its hash.
    Hash(Digest),
    /// Nothing: the verifier brings the value. Only in a leaf without its key.
    LeftOut,
}

/// A proof of what several keys hold, of all entries of a range, or a witness: a tree from which
/// all is left out that is not needed. [`crate::Snapshot::prove_keys`],
/// [`crate::Snapshot::prove_range`] and [`crate::Snapshot::witness`] make it; what it shows depends
/// on what it is checked for, by [`crate::verify_keys`], [`crate::verify_entries`],
/// [`crate::verify_range`] or [`crate::Witness::open`].
///
/// For a root and a request there is exactly one. Its encoding is specified in
/// `docs/state-trie.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiProof {
    /// The nodes; none if the trie is empty.
    pub(crate) nodes: Vec<PartialNode>,
}

impl MultiProof {
    /// The same proof without its values, for [`crate::verify_entries`].
    #[must_use]
    pub fn without_values(mut self) -> Self {
        for node in &mut self.nodes {
            if let PartialNode::Leaf(leaf) = node
                && let LeafValue::Whole(value) = &leaf.value
            {
                leaf.value = match leaf.key {
                    Some(_) => LeafValue::Hash(value_hash(value)),
                    None => LeafValue::LeftOut,
                };
            }
        }
        self
    }

    /// The entries that are shown with their keys and values, in the order of their keys if the
    /// proof fits a root. Nothing is checked.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.nodes.iter().filter_map(|node| match node {
            PartialNode::Leaf(PartialLeaf {
                key: Some(key),
                value: LeafValue::Whole(value),
            }) => Some((key.as_slice(), value.as_slice())),
            _ => None,
        })
    }

    /// How many leaves are shown.
    pub(crate) fn leaf_count(&self) -> usize {
        let is_leaf = |node: &&PartialNode| matches!(node, PartialNode::Leaf(_));
        self.nodes.iter().filter(is_leaf).count()
    }

    /// The digests of all nodes, in their order. `leaf` gives those of the leaves, by their places
    /// in the list.
    pub(crate) fn digests(
        &self,
        mut leaf: impl FnMut(usize, &PartialLeaf) -> Digest,
    ) -> Vec<Digest> {
        let mut digests = alloc::vec![EMPTY_ROOT; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let below = |index| digests.get(index).copied().unwrap_or(EMPTY_ROOT);
            let digest = match node {
                PartialNode::Cut(digest) => *digest,
                PartialNode::Fork { bit, right } => {
                    internal_hash(*bit, &below(index.saturating_add(1)), &below(*right))
                }
                PartialNode::Leaf(shown) => leaf(index, shown),
            };
            if let Some(place) = digests.get_mut(index) {
                *place = digest;
            }
        }
        digests
    }

    /// Compares the digest of the whole tree with a root.
    pub(crate) fn check_root(&self, root: &Digest, digests: &[Digest]) -> Result<(), ProofError> {
        let computed = digests.first().copied().unwrap_or(EMPTY_ROOT);
        if *root == computed {
            return Ok(());
        }
        Err(ProofError::RootMismatch {
            expected: *root,
            computed,
        })
    }
}

/// The digest of a leaf with its key and with its value or the value's hash.
pub(crate) fn shown_leaf_hash(key: &[u8], value: &LeafValue) -> Digest {
    match value {
        LeafValue::Whole(value) => leaf_hash(key, &value_hash(value)),
        LeafValue::Hash(hash) => leaf_hash(key, hash),
        LeafValue::LeftOut => EMPTY_ROOT,
    }
}

/// The leaves and left-out subtrees of a tree from left to right, to find places between them.
pub(crate) struct Terminals<'p> {
    nodes: &'p [PartialNode],
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
    pub(crate) fn new(nodes: &'p [PartialNode]) -> Self {
        let mut indices = Vec::new();
        let mut before = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            before.push(indices.len());
            if !matches!(node, PartialNode::Fork { .. }) {
                indices.push(index);
            }
        }
        Self {
            nodes,
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
            match self.nodes.get(index) {
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
                Some(PartialNode::Leaf(PartialLeaf { key: Some(key), .. })) => break (key, index),
                Some(PartialNode::Leaf(_)) => return Err(ProofError::UnexpectedForm),
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
