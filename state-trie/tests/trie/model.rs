//! The trie against a `BTreeMap`: the same contents, the same order, and one root per contents.

use lockstep_state_trie::{EMPTY_ROOT, MemoryStore, Trie};
use proptest::prelude::*;

use crate::content::{
    Content, apply, as_slice, batches, bounds, contents, entries_inside, keys, trie_of, values,
};

fn owned(entry: Option<(&Vec<u8>, &Vec<u8>)>) -> Option<(Vec<u8>, Vec<u8>)> {
    entry.map(|(key, value)| (key.clone(), value.clone()))
}

/// A number that orders keys in some way that the seed decides.
fn scramble(seed: u32, key: &[u8]) -> u32 {
    let mix = |sum: u32, byte: &u8| {
        (sum ^ u32::from(*byte))
            .wrapping_mul(0x0100_0193)
            .rotate_left(9)
    };
    key.iter().fold(seed, mix)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn batches_make_what_the_model_makes(batches in batches()) {
        let mut trie = Trie::new(MemoryStore::new());
        let mut content = Content::new();
        for batch in &batches {
            let root = trie.update(batch.iter().cloned()).expect("memory");
            apply(&mut content, batch);
            prop_assert_eq!(root, trie.root());
            prop_assert_eq!(root, trie_of(&content).root());
            prop_assert_eq!(trie.is_empty(), content.is_empty());
            let entries: Result<Vec<_>, _> = trie.range(..).collect();
            prop_assert!(entries.expect("memory").into_iter().eq(content.clone()));
        }
    }

    #[test]
    fn order_and_grouping_do_not_matter(
        content in contents(),
        noise in contents(),
        seed in any::<u32>(),
        sizes in prop::collection::vec(1_usize..6, 40),
    ) {
        let mut trie = trie_of(&noise);
        let mut changes: Vec<_> = content.iter().map(|(k, v)| (k.clone(), Some(v.clone()))).collect();
        changes.extend(noise.keys().filter(|k| !content.contains_key(*k)).map(|k| (k.clone(), None)));
        changes.sort_by_key(|(key, _)| scramble(seed, key));
        let mut rest = &changes[..];
        for size in sizes {
            let (group, others) = rest.split_at(size.min(rest.len()));
            trie.update(group.iter().cloned()).expect("memory");
            rest = others;
        }
        trie.update(rest.iter().cloned()).expect("memory");
        prop_assert_eq!(trie.root(), trie_of(&content).root());
    }

    #[test]
    fn undoing_a_batch_returns_to_the_earlier_root(content in contents(), batch in batches()) {
        let batch = &batch[0];
        let mut trie = trie_of(&content);
        let before = trie.root();
        trie.update(batch.iter().cloned()).expect("memory");
        let undo = batch.iter().map(|(key, _)| (key.clone(), content.get(key).cloned()));
        prop_assert_eq!(trie.update(undo).expect("memory"), before);
        let clear = content.keys().map(|key| (key.clone(), None::<&[u8]>));
        prop_assert_eq!(trie.update(clear).expect("memory"), EMPTY_ROOT);
    }

    #[test]
    fn different_contents_have_different_roots(content in contents(), key in keys(), value in values()) {
        let mut other = content.clone();
        other.insert(key.clone(), value);
        prop_assert_eq!(trie_of(&content).root() == trie_of(&other).root(), content == other);
        other.remove(&key);
        prop_assert_eq!(trie_of(&content).root() == trie_of(&other).root(), content == other);
    }

    #[test]
    fn lookups_agree(content in contents(), probes in prop::collection::vec(keys(), 1..40)) {
        let trie = trie_of(&content);
        for key in probes.iter().chain(content.keys()) {
            prop_assert_eq!(trie.get(key).expect("memory"), content.get(key).cloned());
            prop_assert_eq!(trie.value_length(key).expect("memory"), content.get(key).map(Vec::len));
            let next = owned(content.range(key.clone()..).next());
            prop_assert_eq!(trie.next_key(key).expect("memory"), next.clone().map(|(key, _)| key));
            prop_assert_eq!(trie.next(key).expect("memory"), next);
            let previous = owned(content.range(..key.clone()).next_back());
            let key_before = previous.clone().map(|(key, _)| key);
            prop_assert_eq!(trie.previous_key(key).expect("memory"), key_before);
            prop_assert_eq!(trie.previous(Some(key)).expect("memory"), previous);
        }
        prop_assert_eq!(trie.previous(None).expect("memory"), owned(content.last_key_value()));
    }

    #[test]
    fn ranges_agree_from_both_ends(
        content in contents(),
        start in bounds(),
        end in bounds(),
        from_front in prop::collection::vec(any::<bool>(), 45),
    ) {
        let trie = trie_of(&content);
        let expected = entries_inside(&content, &start, &end);
        let range = || trie.range((as_slice(&start), as_slice(&end))).map(|entry| entry.expect("memory"));
        prop_assert!(range().eq(expected.iter().cloned()));
        prop_assert!(range().rev().eq(expected.iter().rev().cloned()));

        let (mut model, mut range) = (expected.into_iter(), range());
        for front in from_front {
            let (entry, expected) = if front {
                (range.next(), model.next())
            } else {
                (range.next_back(), model.next_back())
            };
            prop_assert_eq!(entry, expected);
        }
    }
}

#[test]
fn the_last_change_of_a_key_counts() {
    let mut trie = Trie::new(MemoryStore::new());
    let change = |value: Option<&'static str>| (b"key", value);
    trie.update([change(Some("a")), change(None), change(Some("b"))])
        .expect("memory");
    assert_eq!(trie.get(b"key"), Ok(Some(b"b".to_vec())));
    trie.update([change(Some("c")), change(None)])
        .expect("memory");
    assert_eq!(trie.root(), EMPTY_ROOT);
}
