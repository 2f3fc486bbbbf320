//! The deepest tries there can be, in a thread with a small native stack: nothing may recurse.

use std::thread;

use lockstep_state_trie::{
    BIT_INDEX_MAX, EMPTY_ROOT, KEY_BYTES_MAX, MemoryStore, Proof, Trie, verify,
};

/// Far less than a recursion over thousands of levels needs.
const STACK_BYTES: usize = 128 * 1024;

fn in_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(test);
    thread
        .expect("a thread")
        .join()
        .expect("no panic and no overflow");
}

/// Walks, proves, rebuilds and empties a trie whose longest way down has `depth` steps and ends
/// at `deepest`.
fn exercise(mut trie: Trie<MemoryStore>, deepest: &[u8], depth: usize) {
    let root = trie.root();
    let proof = trie.prove(deepest).expect("memory");
    let bytes = proof.to_bytes();
    assert!(bytes.len() >= 32 * depth && bytes.len() < 33 * depth + 100);
    let decoded = Proof::from_bytes(&bytes).expect("a proof");
    assert_eq!(verify(&root, deepest, &decoded), trie_value(&trie, deepest));

    let count = trie.range(..).count();
    assert_eq!(count, depth + 1);
    assert_eq!(trie.range(..).rev().count(), count);
    let keys: Vec<_> = trie
        .range(..)
        .map(|entry| entry.expect("memory").0)
        .collect();
    assert!(keys.is_sorted());
    for key in [&keys[0], &keys[depth / 2], &keys[depth]] {
        assert_eq!(trie.next(key).expect("memory").expect("an entry").0, *key);
        assert!(trie.previous(Some(key)).is_ok());
    }

    let changed = trie
        .update([(deepest.to_vec(), Some(b"other".to_vec()))])
        .expect("memory");
    assert_ne!(changed, root);
    assert!(trie.store_mut().release(&root));
    let clear = keys.into_iter().map(|key| (key, None::<&[u8]>));
    assert_eq!(trie.update(clear), Ok(EMPTY_ROOT));
    assert!(trie.store_mut().release(&changed));
    assert_eq!(
        (trie.store().page_count(), trie.store().leaf_count()),
        (0, 0)
    );
}

fn trie_value(
    trie: &Trie<MemoryStore>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, lockstep_state_trie::ProofError> {
    Ok(trie.get(key).expect("memory"))
}

#[test]
fn a_chain_of_prefixes_is_as_deep_as_it_is_long() {
    in_small_stack(|| {
        let keys = (0..=KEY_BYTES_MAX).map(|length| vec![0xa5; length]);
        let mut trie = Trie::new(MemoryStore::new());
        trie.update(keys.map(|key| (key, Some(b"value".to_vec()))))
            .expect("memory");
        exercise(trie, &[0xa5; KEY_BYTES_MAX], KEY_BYTES_MAX);
    });
}

/// Keys that part from one key at each bit that they can: the deepest trie possible. The key is
/// zeros, so a key may part from it at each of the eight bits of each byte, and a prefix of it
/// at each bit in front of a byte.
#[test]
fn the_deepest_trie_has_a_step_for_each_bit() {
    in_small_stack(|| {
        let mut keys = vec![vec![0; KEY_BYTES_MAX]];
        for length in 0..KEY_BYTES_MAX {
            keys.push(vec![0; length]);
            for bit in 0..8 {
                let mut key = vec![0; length + 1];
                key[length] = 0x80 >> bit;
                keys.push(key);
            }
        }
        let mut trie = Trie::new(MemoryStore::new());
        trie.update(keys.into_iter().map(|key| (key, Some(Vec::new()))))
            .expect("memory");
        // The end bit of the longest key is the only one at which no key can part from it.
        exercise(trie, &[0; KEY_BYTES_MAX], usize::from(BIT_INDEX_MAX));
    });
}
