//! The proofs of `contracts/scenarios/light_client.toml`, which a contract verifies with this crate
//! compiled to Wasm, are what a trie gives.

use std::ops::Bound;

use lockstep_state_trie::{
    MemoryStore, MultiProof, Proof, ProofError, Trie, verify, verify_keys, verify_range,
};

/// Keys around one key, so that its proof has as many steps as that of a random key among a
/// million: each of the others differs from it in one of its first twenty bits.
fn trie_around(key: [u8; 32]) -> Trie<MemoryStore> {
    let others = (0..20_usize).map(|place| {
        let mut other = key;
        other[place / 8] ^= 0x80 >> (place % 8);
        other
    });
    let entries = others.chain([key]).map(|key| {
        let value = key[0] ^ key[1] ^ key[2];
        (key.to_vec(), Some(vec![value; 64]))
    });
    let mut trie = Trie::new(MemoryStore::new());
    trie.update(entries).expect("memory");
    trie
}

/// The key in the middle.
const KEY: [u8; 32] = [0x5a; 32];

/// Panics if the scenario does not have this text.
fn assert_stated(text: &str) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../contracts/scenarios/light_client.toml"
    );
    let scenario = std::fs::read_to_string(path).expect("the scenario");
    assert!(scenario.contains(text), "the scenario lacks {text}");
}

/// Panics if no step of the scenario has this line.
fn stated(name: &str, bytes: &[u8]) {
    assert_stated(&format!("\n{name} = \"0x{}\"\n", hex::encode(bytes)));
}

/// Panics if no step expects that a proof leads to the root of this refusal.
fn stated_root<T: std::fmt::Debug>(refused: Result<T, ProofError>) {
    let Err(ProofError::RootMismatch { computed, .. }) = refused else {
        panic!("the altered proof came to {refused:?}");
    };
    assert_stated(&format!("computed = \"0x{}\"", hex::encode(computed)));
}

#[test]
fn the_scenario_has_the_proofs_of_this_trie() {
    let key = KEY;
    let trie = trie_around(key);
    let mut absent = key;
    absent[31] = 0;
    let root = trie.root();
    let prove = |key| trie.prove(key).expect("memory");
    let (included, excluded) = (prove(&key), prove(&absent));
    assert_eq!(verify(&root, &key, &included), Ok(Some(vec![0x5a; 64])));
    assert_eq!(verify(&root, &absent, &excluded), Ok(None));

    stated("root", root.as_ref());
    stated("key", &key);
    stated("value", &[0x5a; 64]);
    stated("key", &absent);
    stated("proof", &included.to_bytes());
    stated("proof", &excluded.to_bytes());

    let mut altered = included.to_bytes();
    altered[40] ^= 1;
    stated("proof", &altered);
    let altered = Proof::from_bytes(&altered).expect("still a proof");
    stated_root(verify(&root, &key, &altered));
}

#[test]
fn the_scenario_has_the_proofs_of_keys_and_ranges_of_this_trie() {
    let trie = trie_around(KEY);
    let root = trie.root();
    let (mut absent, mut other) = (KEY, KEY);
    absent[31] = 0;
    other[0] ^= 0x80;
    let keys = [absent, KEY, other];
    let proof = trie.snapshot().prove_keys(keys).expect("memory");
    let values = verify_keys(&root, &keys, &proof).expect("a proof");
    for (key, value) in keys.iter().zip(&values) {
        let value = value.as_ref().map_or_else(
            || "\"none\"".to_owned(),
            |value| format!("{{ some = \"0x{}\" }}", hex::encode(value)),
        );
        let key = hex::encode(key);
        assert_stated(&format!("  {{ key = \"0x{key}\", value = {value} }},\n"));
    }
    let mut altered = proof.to_bytes();
    stated("proof", &altered);
    altered[40] ^= 1;
    stated("proof", &altered);
    let altered = MultiProof::from_bytes(&altered).expect("still a proof");
    stated_root(verify_keys(&root, &keys, &altered));

    let range = (Bound::Excluded(&KEY[..]), Bound::Unbounded);
    let proof = trie.snapshot().prove_range(range, Some(3)).expect("memory");
    let entries = verify_range(&root, range, Some(3), &proof).expect("a proof");
    assert_eq!(entries.len(), 3);
    for (key, value) in entries {
        let (key, value) = (hex::encode(key), hex::encode(value));
        assert_stated(&format!(
            "  {{ key = \"0x{key}\", value = \"0x{value}\" }},\n"
        ));
    }
    stated("proof", &proof.to_bytes());
}
