//! Checking a proof against a root.
//!
//! Only hashes are computed here and nothing is allocated but the value that is returned. The
//! checks do not rely on the proof having been decoded: each that soundness needs is made here.

use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, internal_hash, leaf_hash, value_hash};
use crate::key_bits::{bit, check_key, end_bit};
use crate::proof::{End, Form, Proof, Step};
use crate::proof_error::ProofError;

/// What `key` holds in the trie with this root, as the proof shows: its value, or `None` if the
/// key is absent.
///
/// The root must come from somebody who computed it by the rules. Under a root that was not made
/// from a trie, a proof shows nothing.
///
/// # Errors
/// [`ProofError`] says why the proof is not believed. That says nothing about the key.
pub fn verify(root: &Digest, key: &[u8], proof: &Proof) -> Result<Option<Vec<u8>>, ProofError> {
    check_key(key)?;
    match &proof.form {
        Form::EmptyTrie => check_root(root, EMPTY_ROOT).map(|()| None),
        Form::Path { steps, end } => match end {
            End::Other {
                key: other,
                value: other_value,
            } => {
                check_other(steps, key, other)?;
                let leaf = leaf_hash(other, other_value);
                check_path(root, steps, other, leaf).map(|()| None)
            }
            End::Value(value) => {
                let leaf = leaf_hash(key, &value_hash(value));
                check_path(root, steps, key, leaf).map(|()| Some(value.clone()))
            }
            End::ValueLeftOut => Err(ProofError::ValueLeftOut),
        },
    }
}

/// Checks that `key` holds `value` in the trie with this root. The proof is one of presence that
/// comes without its value ([`Proof::without_value`]); no other is taken.
///
/// # Errors
/// [`ProofError`] says why the proof is not believed. That says nothing about the key.
pub fn verify_value(
    root: &Digest,
    key: &[u8],
    value: &[u8],
    proof: &Proof,
) -> Result<(), ProofError> {
    check_key(key)?;
    match &proof.form {
        Form::Path {
            steps,
            end: End::ValueLeftOut,
        } => check_path(root, steps, key, leaf_hash(key, &value_hash(value))),
        _ => Err(ProofError::ValueNotLeftOut),
    }
}

/// Checks that the search for `key` ends at the leaf of `other`, which is another key.
fn check_other(steps: &[Step], key: &[u8], other: &[u8]) -> Result<(), ProofError> {
    if other == key {
        return Err(ProofError::OtherKeyIsTheKey);
    }
    let misplaced = steps
        .iter()
        .find(|step| bit(key, step.bit) != bit(other, step.bit));
    match misplaced {
        Some(step) => Err(ProofError::OtherKeyMisplaced { bit: step.bit }),
        None => Ok(()),
    }
}

/// Checks that the steps above the leaf of `leaf_key` lead to the root.
fn check_path(
    root: &Digest,
    steps: &[Step],
    leaf_key: &[u8],
    leaf: Digest,
) -> Result<(), ProofError> {
    let last = steps.last().map_or(0, |step| step.bit);
    if last > end_bit(leaf_key) {
        return Err(ProofError::StepBeyondKey { bit: last });
    }
    let computed = steps.iter().rev().fold(leaf, |child, step| {
        if bit(leaf_key, step.bit) {
            internal_hash(step.bit, &step.sibling, &child)
        } else {
            internal_hash(step.bit, &child, &step.sibling)
        }
    });
    check_root(root, computed)
}

/// Compares the root that a proof leads to with the one that was asked for.
fn check_root(expected: &Digest, computed: Digest) -> Result<(), ProofError> {
    if *expected == computed {
        return Ok(());
    }
    Err(ProofError::RootMismatch {
        expected: *expected,
        computed,
    })
}
