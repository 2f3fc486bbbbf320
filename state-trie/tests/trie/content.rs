//! What the tests put into tries.

use std::collections::BTreeMap;
use std::ops::Bound;

use lockstep_state_trie::{MemoryStore, Trie};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

pub(crate) type Content = BTreeMap<Vec<u8>, Vec<u8>>;
pub(crate) type Batch = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Keys of few different bytes, so that many begin each other, part early, late and in every bit;
/// and now and then one of 32 random bytes.
pub(crate) fn keys() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop::sample::select(vec![0x00, 0x01, 0x61, 0x7f, 0x80, 0xff]);
    prop_oneof![
        9 => vec(byte, 0..5),
        1 => vec(any::<u8>(), 32),
    ]
}

pub(crate) fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => vec(0_u8..3, 0..2),
        1 => vec(any::<u8>(), 60..70),
    ]
}

pub(crate) fn contents() -> impl Strategy<Value = Content> {
    btree_map(keys(), values(), 0..40)
}

pub(crate) fn batches() -> impl Strategy<Value = Vec<Batch>> {
    vec(
        vec((keys(), prop::option::weighted(0.6, values())), 0..20),
        1..8,
    )
}

/// A trie with these contents, made in one batch.
pub(crate) fn trie_of(content: &Content) -> Trie<MemoryStore> {
    let mut trie = Trie::new(MemoryStore::new());
    let entries = content
        .iter()
        .map(|(key, value)| (key.clone(), Some(value.clone())));
    trie.update(entries).expect("memory");
    trie
}

/// Makes the changes of a batch in the model.
pub(crate) fn apply(content: &mut Content, batch: &Batch) {
    for (key, value) in batch {
        match value {
            Some(value) => content.insert(key.clone(), value.clone()),
            None => content.remove(key),
        };
    }
}

/// Pseudo-random bytes from a counter, the same on every machine (splitmix64).
pub(crate) fn scrambled<const N: usize>(counter: u64) -> [u8; N] {
    std::array::from_fn(|place| {
        let step = counter.wrapping_mul(64).wrapping_add(place as u64);
        let mut word = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word >> 56) as u8
    })
}

/// A bound of a range.
pub(crate) fn bounds() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![
        keys().prop_map(Bound::Included),
        keys().prop_map(Bound::Excluded),
        Just(Bound::Unbounded),
    ]
}

pub(crate) fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    bound.as_ref().map(Vec::as_slice)
}

/// The entries of a range as the model has them.
pub(crate) fn entries_inside(
    content: &Content,
    start: &Bound<Vec<u8>>,
    end: &Bound<Vec<u8>>,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let range = (start.as_ref(), end.as_ref());
    let inside = content
        .iter()
        .filter(|(key, _)| std::ops::RangeBounds::<Vec<u8>>::contains(&range, *key));
    inside
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
