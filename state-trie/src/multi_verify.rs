//! Checking proofs of several keys.
//!
//! The digests show that what a proof has is part of the tree of the root. What is then left to
//! see is that it has enough, and no more: that the search for each key ends at a leaf, and that
//! some search ends at each leaf. Nothing recurses. Memory is taken for each key of the request, and
//! not for each leaf of a proof that has more leaves than keys were asked for.

use alloc::vec::Vec;

use crate::digest::{Digest, leaf_hash, value_hash};
use crate::key_bits::{bit, check_key};
use crate::partial_node::PartialNode;
use crate::partial_tree::{LeafValue, MultiProof, PartialLeaf, shown_leaf_hash};
use crate::proof_error::ProofError;

/// What each of the keys, which ascend, holds in the trie with this root: its value, or `None` if
/// it is absent. The proof is that of [`crate::Snapshot::prove_keys`] for just these keys.
///
/// # Errors
/// [`ProofError`] says why the proof is not believed. That says nothing about the keys.
pub fn verify_keys<K: AsRef<[u8]>>(
    root: &Digest,
    keys: &[K],
    proof: &MultiProof,
) -> Result<Vec<Option<Vec<u8>>>, ProofError> {
    let keys: Vec<&[u8]> = keys.iter().map(AsRef::as_ref).collect();
    let searches = Searches::new(&keys, proof)?;
    let hash = |index, leaf: PartialLeaf<'_>| match (leaf.key, searches.only_key(index)) {
        (None, Some(key)) => shown_leaf_hash(key, &leaf.value),
        _ => leaf.hash(),
    };
    let mut values = Vec::with_capacity(keys.len());
    for (key, end) in keys.iter().zip(&searches.ends) {
        values.push(match proof.leaf(*end) {
            None => None,
            Some(leaf) if leaf.key.is_some_and(|other| other != *key) => None,
            Some(leaf) => match leaf.value {
                LeafValue::Whole(value) => Some(value.to_vec()),
                LeafValue::Hash(_) | LeafValue::LeftOut => return Err(ProofError::ValueLeftOut),
            },
        });
    }
    searches.check_forms(&keys)?;
    proof.check_root(root, proof.root(hash, |_| {}))?;
    Ok(values)
}

/// Checks what keys, which ascend, are claimed to hold in the trie with this root: a value, or
/// `None` for an absent key. The proof is that of [`crate::Snapshot::prove_keys`] for just these
/// keys, without its values ([`MultiProof::without_values`]).
///
/// # Errors
/// [`ProofError`] says why the proof is not believed. That says nothing about the keys.
pub fn verify_entries<K: AsRef<[u8]>, V: AsRef<[u8]>>(
    root: &Digest,
    entries: &[(K, Option<V>)],
    proof: &MultiProof,
) -> Result<(), ProofError> {
    let keys: Vec<&[u8]> = entries.iter().map(|(key, _)| key.as_ref()).collect();
    let searches = Searches::new(&keys, proof)?;
    let has_value = |leaf: PartialLeaf<'_>| matches!(leaf.value, LeafValue::Whole(_));
    if proof.leaves().any(has_value) {
        return Err(ProofError::ValueNotLeftOut);
    }
    // By the leaves: the hash of the value that is claimed for its key.
    let mut claimed = alloc::vec![None; proof.nodes.len()];
    for (index, ((key, value), end)) in entries.iter().zip(&searches.ends).enumerate() {
        let leaf = proof.leaf(*end);
        let shown = leaf.map(|leaf| leaf.key);
        let is_present = shown.is_some_and(|shown| shown.is_none_or(|shown| shown == key.as_ref()));
        if is_present != value.is_some() {
            return Err(ProofError::ClaimMismatch { index });
        }
        let value = value.as_ref().map(|value| value_hash(value.as_ref()));
        match leaf {
            Some(leaf) if leaf.key.is_none() => {
                claimed
                    .get_mut(*end)
                    .into_iter()
                    .for_each(|place| *place = value);
            }
            Some(leaf) if value.is_some_and(|value| leaf.value != LeafValue::Hash(value)) => {
                return Err(ProofError::ClaimMismatch { index });
            }
            _ => {}
        }
    }
    searches.check_forms(&keys)?;
    let hash = |index, leaf: PartialLeaf<'_>| {
        let claimed = claimed.get(index).copied().flatten();
        match (leaf.key, claimed) {
            (None, Some(value)) => leaf_hash(searches.only_key(index).unwrap_or_default(), &value),
            _ => leaf.hash(),
        }
    };
    proof.check_root(root, proof.root(hash, |_| {}))
}

/// Where the searches for keys end.
struct Searches<'p> {
    proof: &'p MultiProof,
    /// For each key the place of its leaf in the list of nodes.
    ends: Vec<usize>,
    /// For each node the number of keys that end there, and the last of them.
    at: Vec<(usize, &'p [u8])>,
}

impl<'p> Searches<'p> {
    /// Searches for keys and checks that each ends at a leaf, and that no leaf is without one.
    fn new(keys: &[&'p [u8]], proof: &'p MultiProof) -> Result<Self, ProofError> {
        check_ascending(keys)?;
        let mut ends = Vec::with_capacity(keys.len());
        for key in keys {
            let mut index = 0_usize;
            while let Some(PartialNode::Fork {
                bit: parting,
                right,
            }) = proof.nodes.get(index)
            {
                index = if bit(key, *parting) {
                    *right
                } else {
                    index.saturating_add(1)
                };
            }
            match proof.nodes.get(index) {
                // There is no node at all in the empty trie.
                None if proof.nodes.is_empty() => {}
                Some(PartialNode::Leaf { .. }) => {}
                _ => return Err(ProofError::NotCovered),
            }
            ends.push(index);
        }
        let leaf_count = proof.leaf_count();
        // Some leaf is then without a key, and the list of them is not made.
        if leaf_count > keys.len() {
            return Err(ProofError::Superfluous);
        }
        let mut at = alloc::vec![(0_usize, &[][..]); proof.nodes.len()];
        for (key, end) in keys.iter().zip(&ends) {
            if let Some((count, last)) = at.get_mut(*end) {
                *count = count.saturating_add(1);
                *last = key;
            }
        }
        if at.iter().filter(|(count, _)| *count > 0).count() != leaf_count {
            return Err(ProofError::Superfluous);
        }
        Ok(Self { proof, ends, at })
    }

    /// The key whose search ends at a leaf, if it is the only one.
    fn only_key(&self, index: usize) -> Option<&'p [u8]> {
        let (count, key) = self.at.get(index)?;
        (*count == 1).then_some(*key)
    }

    /// Checks that each leaf has the one form that it can have: without its key if that is the
    /// only one that ends there, with its value only if it is one of those that do.
    fn check_forms(&self, keys: &[&[u8]]) -> Result<(), ProofError> {
        for index in 0..self.proof.nodes.len() {
            let Some(leaf) = self.proof.leaf(index) else {
                continue;
            };
            let only = self.only_key(index);
            let is_expected = match leaf.key {
                None => only.is_some(),
                Some(key) => {
                    let is_value_asked = keys.binary_search(&key).is_ok();
                    let is_whole = matches!(leaf.value, LeafValue::Whole(_));
                    only != Some(key) && (!is_whole || is_value_asked)
                }
            };
            if !is_expected {
                return Err(ProofError::UnexpectedForm);
            }
        }
        Ok(())
    }
}

/// Refuses keys that no trie can hold and keys that do not ascend.
fn check_ascending(keys: &[&[u8]]) -> Result<(), ProofError> {
    for key in keys {
        check_key(key)?;
    }
    let pairs = keys.iter().zip(keys.iter().skip(1));
    match pairs.enumerate().find(|(_, (a, b))| a >= b) {
        Some((index, _)) => Err(ProofError::NotAscending {
            index: index.saturating_add(1),
        }),
        None => Ok(()),
    }
}
