//! A tree of which parts are left out: what proofs of several keys, proofs of ranges and witnesses
//! have in common.
//!
//! The nodes stand in a list in the order in which a walk meets them that goes to the left first:
//! each node before what is below it, all of the left subtree before the right one. So a node's
//! left child is the node after it, and the list from its end to its start has children before
//! their parents. A subtree that is left out stands there with its digest alone.
//!
//! The digests stand in a list of their own, and so do the bytes of the keys and values, both in the
//! order of the nodes; a node says where (`partial_node.rs`).

use alloc::vec::Vec;

use crate::digest::{DIGEST_BYTES, Digest, EMPTY_ROOT, internal_hash, leaf_hash, value_hash};
use crate::partial_node::{LeafForm, LeafPlace, PartialNode};
use crate::proof_error::ProofError;

/// A leaf, as far as the proof shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartialLeaf<'p> {
    /// The key; `None` if it is the only key asked for whose search ends here.
    pub(crate) key: Option<&'p [u8]>,
    pub(crate) value: LeafValue<'p>,
}

impl PartialLeaf<'_> {
    /// The digest of a leaf that has its key.
    pub(crate) fn hash(&self) -> Digest {
        shown_leaf_hash(self.key.unwrap_or_default(), &self.value)
    }
}

/// What is shown of the value of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LeafValue<'p> {
    /// The value.
    Whole(&'p [u8]),
    /// Its hash. Only in a leaf with its key.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultiProof {
    /// The nodes; none if the trie is empty.
    pub(crate) nodes: Vec<PartialNode>,
    /// The digests of the subtrees that are left out, in the order of the nodes.
    pub(crate) cuts: Vec<Digest>,
    /// The keys and values of the leaves, in the order of the nodes.
    pub(crate) bytes: Vec<u8>,
}

impl MultiProof {
    /// The same proof without its values, for [`crate::verify_entries`].
    #[must_use]
    pub fn without_values(self) -> Self {
        let mut without = MultiProof {
            nodes: Vec::with_capacity(self.nodes.len()),
            cuts: self.cuts.clone(),
            bytes: Vec::new(),
        };
        for node in &self.nodes {
            let Some(place) = node.leaf_place() else {
                without.nodes.push(*node);
                continue;
            };
            let leaf = self.shown(place);
            without.push_leaf(match (leaf.key, leaf.value) {
                (Some(_), LeafValue::Whole(value)) => PartialLeaf {
                    value: LeafValue::Hash(value_hash(value)),
                    ..leaf
                },
                (None, _) => PartialLeaf {
                    key: None,
                    value: LeafValue::LeftOut,
                },
                _ => leaf,
            });
        }
        without
    }

    /// The entries that are shown with their keys and values, in the order of their keys if the
    /// proof fits a root. Nothing is checked.
    pub fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.leaves().filter_map(|leaf| match leaf {
            PartialLeaf {
                key: Some(key),
                value: LeafValue::Whole(value),
            } => Some((key, value)),
            _ => None,
        })
    }

    /// The keys that are shown, in the same order. Nothing is checked.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.leaves().filter_map(|leaf| leaf.key)
    }

    /// The leaves in the order of the nodes.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = PartialLeaf<'_>> {
        let places = self.nodes.iter().filter_map(PartialNode::leaf_place);
        places.map(|place| self.shown(place))
    }

    /// The leaf at a place in the list of nodes, if there is one.
    pub(crate) fn leaf(&self, index: usize) -> Option<PartialLeaf<'_>> {
        let place = self.nodes.get(index)?.leaf_place()?;
        Some(self.shown(place))
    }

    /// Adds a leaf. Its key is no longer than a key can be, and its value than a value.
    pub(crate) fn push_leaf(&mut self, leaf: PartialLeaf<'_>) {
        let start = self.bytes.len();
        let key = leaf.key.unwrap_or_default();
        self.bytes.extend_from_slice(key);
        let value = match &leaf.value {
            LeafValue::Whole(value) => value,
            LeafValue::Hash(hash) => &hash.0[..],
            LeafValue::LeftOut => &[],
        };
        self.bytes.extend_from_slice(value);
        let form = match (leaf.key, &leaf.value) {
            (_, LeafValue::LeftOut) => LeafForm::AskedValueLeftOut,
            (None, _) => LeafForm::Asked,
            (Some(_), LeafValue::Whole(_)) => LeafForm::Entry,
            (Some(_), LeafValue::Hash(_)) => LeafForm::Boundary,
        };
        let lengths = (key.len(), value.len());
        let place = LeafPlace::new(start, lengths, form);
        self.nodes.push(PartialNode::leaf(place));
    }

    /// Adds a subtree that is left out.
    pub(crate) fn push_cut(&mut self, digest: Digest) {
        self.nodes.push(PartialNode::Cut(self.cuts.len()));
        self.cuts.push(digest);
    }

    /// What stands at the place of a leaf.
    pub(crate) fn shown(&self, place: LeafPlace) -> PartialLeaf<'_> {
        let bytes = self.bytes.get(place.start..).unwrap_or_default();
        let (key, rest) = bytes
            .split_at_checked(usize::from(place.key_bytes))
            .unwrap_or_default();
        let value_bytes = usize::try_from(place.value_bytes).unwrap_or(usize::MAX);
        let value = rest.get(..value_bytes).unwrap_or_default();
        PartialLeaf {
            key: matches!(place.form, LeafForm::Entry | LeafForm::Boundary).then_some(key),
            value: match place.form {
                LeafForm::Asked | LeafForm::Entry => LeafValue::Whole(value),
                LeafForm::Boundary => LeafValue::Hash(digest_of(value)),
                LeafForm::AskedValueLeftOut => LeafValue::LeftOut,
            },
        }
    }

    /// How many leaves are shown.
    pub(crate) fn leaf_count(&self) -> usize {
        self.nodes
            .iter()
            .filter_map(PartialNode::leaf_place)
            .count()
    }

    /// The digest of the whole tree. `leaf` gives those of the leaves, by their places in the list,
    /// and each node's goes to `note`, that of the last node first.
    ///
    /// No more digests are kept than a tree can have levels, however many nodes a proof has.
    pub(crate) fn root(
        &self,
        mut leaf: impl FnMut(usize, PartialLeaf<'_>) -> Digest,
        mut note: impl FnMut(Digest),
    ) -> Digest {
        let mut waiting = Vec::with_capacity(self.waiting_max());
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let digest = match node {
                PartialNode::Cut(cut) => self.cuts.get(*cut).copied().unwrap_or(EMPTY_ROOT),
                PartialNode::Fork { bit, .. } => {
                    let left = waiting.pop().unwrap_or(EMPTY_ROOT);
                    let right = waiting.pop().unwrap_or(EMPTY_ROOT);
                    internal_hash(*bit, &left, &right)
                }
                PartialNode::Leaf { .. } => match self.leaf(index) {
                    Some(shown) => leaf(index, shown),
                    None => EMPTY_ROOT,
                },
            };
            note(digest);
            waiting.push(digest);
        }
        waiting.pop().unwrap_or(EMPTY_ROOT)
    }

    /// The digests of all nodes, in their order. All leaves have their keys.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        let mut digests = Vec::with_capacity(self.nodes.len());
        self.root(|_, leaf| leaf.hash(), |digest| digests.push(digest));
        digests.reverse();
        digests
    }

    /// How many subtrees at most wait for their parent at once, in a walk from the end of the list
    /// to its start.
    pub(crate) fn waiting_max(&self) -> usize {
        let (mut waiting, mut most) = (0_usize, 0_usize);
        for node in self.nodes.iter().rev() {
            waiting = match node {
                PartialNode::Fork { .. } => waiting.saturating_sub(1),
                PartialNode::Cut(_) | PartialNode::Leaf { .. } => waiting.saturating_add(1),
            };
            most = most.max(waiting);
        }
        most
    }

    /// Compares the digest of the whole tree with a root.
    pub(crate) fn check_root(&self, root: &Digest, computed: Digest) -> Result<(), ProofError> {
        if *root == computed {
            return Ok(());
        }
        Err(ProofError::RootMismatch {
            expected: *root,
            computed,
        })
    }
}

fn digest_of(bytes: &[u8]) -> Digest {
    let array: Option<&[u8; DIGEST_BYTES]> = bytes.first_chunk();
    Digest(array.copied().unwrap_or_default())
}

/// The digest of a leaf with its key and with its value or the value's hash.
pub(crate) fn shown_leaf_hash(key: &[u8], value: &LeafValue<'_>) -> Digest {
    match value {
        LeafValue::Whole(value) => leaf_hash(key, &value_hash(value)),
        LeafValue::Hash(hash) => leaf_hash(key, hash),
        LeafValue::LeftOut => EMPTY_ROOT,
    }
}
