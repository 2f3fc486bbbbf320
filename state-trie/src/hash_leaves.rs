//! Hashing the leaves of a batch: their values side by side, and then the leaves.

use alloc::vec::Vec;

use crate::digest::{Digest, EMPTY_ROOT, LEAF_KIND, VALUE_KIND, value_hash};
use crate::hash_batch::HashBatch;
use crate::leaf::Leaf;

/// Values up to this many bytes are copied to be hashed side by side; longer ones are hashed alone
/// where they are.
const BATCHED_VALUE_BYTES_MAX: usize = 1_024;

/// How many bytes of preimages are collected before they are hashed.
const BATCH_BYTES: usize = 16 * 1_024;

/// The digests of leaves.
pub(crate) fn hash_leaves(leaves: &[Leaf]) -> Vec<Digest> {
    let mut batch = HashBatch::default();
    let mut digests = Vec::with_capacity(leaves.len());
    let mut values = Vec::new();
    let mut rest = leaves;
    while !rest.is_empty() {
        let mut taken = 0_usize;
        values.clear();
        for leaf in rest {
            if batch.byte_count() > BATCH_BYTES {
                break;
            }
            taken = taken.saturating_add(1);
            let value = leaf.value();
            if value.len() <= BATCHED_VALUE_BYTES_MAX {
                batch.push(&[&[VALUE_KIND], value]);
                values.push(None);
            } else {
                values.push(Some(value_hash(value)));
            }
        }
        let mut waiting = values.iter_mut().filter(|value| value.is_none());
        batch.finish(|_, digest| {
            if let Some(value) = waiting.next() {
                *value = Some(digest);
            }
        });
        let (chunk, others) = rest.split_at(taken);
        for (leaf, value) in chunk.iter().zip(&values) {
            // The batch has handed out as many digests as values were pushed: none is missing.
            let value = value.unwrap_or(EMPTY_ROOT);
            batch.push(&[&[LEAF_KIND], &value.0, leaf.key()]);
        }
        batch.finish(|_, digest| digests.push(digest));
        rest = others;
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::{BATCHED_VALUE_BYTES_MAX, hash_leaves};
    use crate::leaf::Leaf;
    use alloc::vec::Vec;

    #[test]
    fn leaves_of_all_sizes_are_hashed_like_one() {
        let sizes = [
            0,
            1,
            64,
            65,
            BATCHED_VALUE_BYTES_MAX,
            BATCHED_VALUE_BYTES_MAX + 1,
            9_000,
        ];
        let leaves: Vec<Leaf> = (0..90)
            .map(|n| Leaf::new(&[n; 40], &alloc::vec![n; sizes[usize::from(n) % 7]]))
            .collect();
        let alone: Vec<_> = leaves.iter().map(Leaf::digest).collect();
        assert_eq!(hash_leaves(&leaves), alone);
    }
}
