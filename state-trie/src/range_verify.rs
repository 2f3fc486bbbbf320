//! Checking proofs of ranges.
//!
//! The digests show that what a proof has is part of the tree of the root. What is then left to
//! see is that no left-out subtree lies between the ends of the range. The search for an end
//! passes the same nodes as in the whole tree and shows how many of the leaves and left-out
//! subtrees come before it; what is between the numbers of the two ends must be leaves.

use alloc::vec::Vec;
use core::ops::{Bound, RangeBounds};

use crate::digest::Digest;
use crate::key_bits::check_key;
use crate::partial_tree::{LeafValue, MultiProof, PartialLeaf};
use crate::proof_error::ProofError;
use crate::snapshot::Entry;
use crate::terminals::Terminals;

/// The entries of a range of keys in the trie with this root, all of them or, with a `limit`, the
/// first so many. If there are as many as the limit, more may follow: ask again from the last key.
/// The proof is that of [`crate::Snapshot::prove_range`] for just this range and limit.
///
/// # Errors
/// [`ProofError`] says why the proof is not believed. That says nothing about the range.
pub fn verify_range(
    root: &Digest,
    keys: impl RangeBounds<[u8]>,
    limit: Option<usize>,
    proof: &MultiProof,
) -> Result<Vec<Entry>, ProofError> {
    let (start, end) = (keys.start_bound(), keys.end_bound());
    let limit = limit.unwrap_or(usize::MAX);
    for bound in [start, end] {
        if let Bound::Included(key) | Bound::Excluded(key) = bound {
            check_key(key)?;
        }
    }
    proof.check_root(root, proof.root(|_, leaf| leaf.hash(), |_| {}))?;
    if proof.nodes.is_empty() {
        return Ok(Vec::new());
    }
    let terminals = Terminals::new(proof);
    let mut boundaries = Vec::new();
    let first = position(&terminals, start, false, 0, &mut boundaries)?;
    let entries_max = proof.leaf_count().min(limit);
    let mut entries = Vec::with_capacity(entries_max);
    let mut shown = Vec::with_capacity(entries_max);
    let after_start = terminals.indices.iter().enumerate().skip(first);
    let mut reached = terminals.indices.len();
    for (place, index) in after_start {
        reached = place;
        let Some(PartialLeaf {
            key: Some(key),
            value,
        }) = proof.leaf(*index)
        else {
            break;
        };
        if entries.len() == limit || !RangeBounds::<[u8]>::contains(&(start, end), key) {
            break;
        }
        let LeafValue::Whole(value) = value else {
            return Err(ProofError::UnexpectedForm);
        };
        entries.push((key.to_vec(), value.to_vec()));
        shown.push(*index);
        reached = place.saturating_add(1);
    }
    if entries.len() < limit {
        let all = terminals.indices.len();
        if reached < position(&terminals, end, true, all, &mut boundaries)? {
            return Err(ProofError::NotCovered);
        }
    }
    check_boundaries(proof, boundaries, &shown)?;
    Ok(entries)
}

/// How many leaves and left-out subtrees come before a bound; `unbounded` if it is none. Notes the
/// leaf at which the search for it ends.
fn position(
    terminals: &Terminals<'_>,
    bound: Bound<&[u8]>,
    is_end: bool,
    unbounded: usize,
    boundaries: &mut Vec<usize>,
) -> Result<usize, ProofError> {
    let (key, is_included) = match bound {
        Bound::Included(key) => (key, true),
        Bound::Excluded(key) => (key, false),
        Bound::Unbounded => return Ok(unbounded),
    };
    let place = terminals.place(key)?;
    boundaries.push(place.leaf);
    // The key itself comes before an end that includes it and before a start that does not.
    let comes_before = place.is_present && is_included == is_end;
    Ok(place.position.saturating_add(usize::from(comes_before)))
}

/// Checks that the leaves shown beside the entries are those at the ends of the range, one or two,
/// and that these come without their values.
fn check_boundaries(
    proof: &MultiProof,
    mut boundaries: Vec<usize>,
    entries: &[usize],
) -> Result<(), ProofError> {
    // Two are beside each other as they are; sorting would make a contract longer by a sort.
    boundaries.dedup();
    boundaries.retain(|index| entries.binary_search(index).is_err());
    if boundaries.len().saturating_add(entries.len()) != proof.leaf_count() {
        return Err(ProofError::Superfluous);
    }
    let has_value = boundaries.iter().any(|index| {
        let leaf = proof.leaf(*index);
        !leaf.is_some_and(|leaf| matches!(leaf.value, LeafValue::Hash(_)))
    });
    if has_value {
        return Err(ProofError::UnexpectedForm);
    }
    Ok(())
}
