//! The trie as far as a proof shows it: for reading and changing without the store.
//!
//! A witness holds the nodes that were needed once, for others to do the same again: the searches
//! for the keys that were read or changed end at leaves of it, and the rest of the trie is there
//! as the digests of left-out subtrees. An answer that depends on what is left out is refused.
//!
//! The nodes are kept in a list and refer to each other by their places, so that a change moves
//! none of them. The leaves that the proof shows stay where they are in its bytes. `witness_edit.rs`
//! makes the changes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::digest::{Digest, EMPTY_ROOT};
use crate::key_bits::{bit, check_key, first_difference};
use crate::partial_node::{LeafPlace, PartialNode};
use crate::partial_tree::{LeafValue, MultiProof};
use crate::proof_error::ProofError;
use crate::snapshot::Entry;

/// A node of a witness.
#[derive(Clone, Debug)]
pub(crate) enum WitnessNode {
    /// A subtree that is left out; its digest is known.
    Cut,
    Fork {
        bit: u16,
        /// Whether something below it has changed, so that its digest is not known.
        is_stale: bool,
        left: usize,
        right: usize,
    },
    /// A leaf of the proof.
    Shown(LeafPlace),
    /// The key and value of a leaf that came in by a change.
    Changed(Box<Entry>),
}

/// Part of a trie under one root, checked against it. Made from [`crate::Snapshot::witness`].
#[derive(Clone)]
pub struct Witness {
    pub(crate) nodes: Vec<WitnessNode>,
    /// The digests of the nodes, right of those that are not stale.
    pub(crate) digests: Vec<Digest>,
    /// The keys and values of the leaves that were shown.
    shown: MultiProof,
    /// The place of the uppermost node; `None` if there are no entries.
    pub(crate) top: Option<usize>,
    pub(crate) root: Digest,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witness({}, {} nodes)", self.root, self.nodes.len())
    }
}

/// Which way [`Witness::next`] and [`Witness::previous`] look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

impl Witness {
    /// Takes what a proof shows of the trie with this root.
    ///
    /// # Errors
    /// [`ProofError::RootMismatch`] if it is of another root or was altered,
    /// [`ProofError::UnexpectedForm`] if keys are left out of it, [`ProofError::LeafMisplaced`] if
    /// it is of a root that was not made from a trie.
    pub fn open(root: &Digest, proof: MultiProof) -> Result<Self, ProofError> {
        if proof.leaves().any(|leaf| leaf.key.is_none()) {
            return Err(ProofError::UnexpectedForm);
        }
        let digests = proof.digests();
        proof.check_root(root, digests.first().copied().unwrap_or(EMPTY_ROOT))?;
        proof.check_leaf_places()?;
        let mut shown = proof;
        shown.cuts = Vec::new();
        let mut nodes = Vec::with_capacity(shown.nodes.len());
        for (index, node) in core::mem::take(&mut shown.nodes).into_iter().enumerate() {
            nodes.push(match (node, node.leaf_place()) {
                (_, Some(place)) => WitnessNode::Shown(place),
                (PartialNode::Fork { bit, right }, _) => WitnessNode::Fork {
                    bit,
                    is_stale: false,
                    left: index.saturating_add(1),
                    right,
                },
                _ => WitnessNode::Cut,
            });
        }
        Ok(Self {
            top: (!nodes.is_empty()).then_some(0),
            digests,
            nodes,
            shown,
            root: *root,
        })
    }

    /// The root, with the changes so far.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// Whether the witness shows where the search for `key` ends, so that [`Witness::update`] can
    /// change the key.
    pub fn covers(&self, key: &[u8]) -> bool {
        check_key(key).is_ok() && self.search(key, &mut Vec::new()).is_ok()
    }

    /// The value of `key`, or `None` if the key is absent.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ProofError> {
        Ok(self.value(key)?.map(<[u8]>::to_vec))
    }

    /// The length in bytes of the value of `key`, or `None` if the key is absent. The value must be
    /// shown, and is not copied.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn value_length(&self, key: &[u8]) -> Result<Option<usize>, ProofError> {
        Ok(self.value(key)?.map(<[u8]>::len))
    }

    /// The value of `key`, where it is shown.
    fn value(&self, key: &[u8]) -> Result<Option<&[u8]>, ProofError> {
        check_key(key)?;
        let Some(end) = self.search(key, &mut Vec::new())? else {
            return Ok(None);
        };
        let (found, value) = self.leaf(end)?;
        if found != key {
            return Ok(None);
        }
        value.map(Some).ok_or(ProofError::NotCovered)
    }

    /// The smallest entry whose key is `from` or greater.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn next(&self, from: &[u8]) -> Result<Option<Entry>, ProofError> {
        self.nearest(from, Side::Right, true)?
            .map(|index| self.entry(index))
            .transpose()
    }

    /// The smallest key that is `from` or greater. Its value need not be shown.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn next_key(&self, from: &[u8]) -> Result<Option<Vec<u8>>, ProofError> {
        self.nearest(from, Side::Right, true)?
            .map(|index| Ok(self.leaf(index)?.0.to_vec()))
            .transpose()
    }

    /// The greatest entry whose key is less than `before`.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn previous(&self, before: &[u8]) -> Result<Option<Entry>, ProofError> {
        self.nearest(before, Side::Left, false)?
            .map(|index| self.entry(index))
            .transpose()
    }

    /// The greatest key that is less than `before`. Its value need not be shown.
    ///
    /// # Errors
    /// [`ProofError::NotCovered`] if the witness does not show it; [`ProofError::KeyTooLong`].
    pub fn previous_key(&self, before: &[u8]) -> Result<Option<Vec<u8>>, ProofError> {
        self.nearest(before, Side::Left, false)?
            .map(|index| Ok(self.leaf(index)?.0.to_vec()))
            .transpose()
    }

    /// The key and value of the leaf at a place.
    fn entry(&self, index: usize) -> Result<Entry, ProofError> {
        let (key, value) = self.leaf(index)?;
        let value = value.ok_or(ProofError::NotCovered)?;
        Ok((key.to_vec(), value.to_vec()))
    }

    /// The place of the leaf that is nearest to a key on one side.
    fn nearest(
        &self,
        key: &[u8],
        side: Side,
        inclusive: bool,
    ) -> Result<Option<usize>, ProofError> {
        check_key(key)?;
        let mut way = Vec::new();
        let Some(end) = self.search(key, &mut way)? else {
            return Ok(None);
        };
        let (found, _) = self.leaf(end)?;
        let branch = first_difference(key, found);
        // The uppermost subtree whose keys all lie to the same side of the key.
        let mut below = end;
        // The nearest subtree on the wanted side that hangs above it.
        let mut beside = None;
        for index in way {
            let Some(WitnessNode::Fork {
                bit: parting,
                left,
                right,
                ..
            }) = self.nodes.get(index)
            else {
                continue;
            };
            if branch.is_some_and(|branch| *parting > branch) {
                below = index;
                break;
            }
            match (side, bit(key, *parting)) {
                (Side::Right, false) => beside = Some(*right),
                (Side::Left, true) => beside = Some(*left),
                _ => {}
            }
        }
        let is_below = match branch {
            None => inclusive,
            Some(branch) => bit(key, branch) == (side == Side::Left),
        };
        let mut index = match (is_below, beside) {
            (true, _) => below,
            (false, Some(beside)) => beside,
            (false, None) => return Ok(None),
        };
        while let Some(WitnessNode::Fork { left, right, .. }) = self.nodes.get(index) {
            index = if side == Side::Right { *left } else { *right };
        }
        self.leaf(index).map(|_| Some(index))
    }

    /// Goes down by the bits of a key and returns where it ends, `None` if there are no entries.
    /// The forks on the way are added to `way`.
    pub(crate) fn search(
        &self,
        key: &[u8],
        way: &mut Vec<usize>,
    ) -> Result<Option<usize>, ProofError> {
        let Some(mut index) = self.top else {
            return Ok(None);
        };
        while let Some(WitnessNode::Fork {
            bit: parting,
            left,
            right,
            ..
        }) = self.nodes.get(index)
        {
            way.push(index);
            index = if bit(key, *parting) { *right } else { *left };
        }
        self.leaf(index).map(|_| Some(index))
    }

    /// The key and value of the leaf at a place.
    pub(crate) fn leaf(&self, index: usize) -> Result<(&[u8], Option<&[u8]>), ProofError> {
        match self.nodes.get(index) {
            Some(WitnessNode::Shown(place)) => {
                let leaf = self.shown.shown(*place);
                let value = match leaf.value {
                    LeafValue::Whole(value) => Some(value),
                    LeafValue::Hash(_) | LeafValue::LeftOut => None,
                };
                Ok((leaf.key.unwrap_or_default(), value))
            }
            Some(WitnessNode::Changed(entry)) => Ok((&entry.0, Some(&entry.1))),
            _ => Err(ProofError::NotCovered),
        }
    }

    /// The digest of the node at a place, if it is known.
    pub(crate) fn digest(&self, index: usize) -> Option<Digest> {
        match self.nodes.get(index)? {
            WitnessNode::Fork { is_stale: true, .. } => None,
            _ => self.digests.get(index).copied(),
        }
    }

    /// The digest of the uppermost node, if it is known.
    pub(crate) fn top_digest(&self) -> Option<Digest> {
        match self.top {
            Some(top) => self.digest(top),
            None => Some(EMPTY_ROOT),
        }
    }
}
