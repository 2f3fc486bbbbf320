//! The proofs of `contracts/scenarios/light_client.toml`, which a contract verifies with this crate
//! compiled to Wasm, are what a trie gives.

use lockstep_state_trie::{Digest, MemoryStore, Proof, ProofError, Trie, verify};

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

#[test]
fn the_scenario_has_the_proofs_of_this_trie() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../contracts/scenarios/light_client.toml"
    );
    let scenario = std::fs::read_to_string(path).expect("the scenario");
    let key = [0x5a; 32];
    let trie = trie_around(key);
    let mut absent = key;
    absent[31] = 0;
    let root = trie.root();
    let prove = |key| trie.prove(key).expect("memory");
    let (included, excluded) = (prove(&key), prove(&absent));
    assert_eq!(verify(&root, &key, &included), Ok(Some(vec![0x5a; 64])));
    assert_eq!(verify(&root, &absent, &excluded), Ok(None));

    let stated = |name: &str, bytes: &[u8]| {
        let line = format!("\n{name} = \"0x{}\"\n", hex::encode(bytes));
        assert!(scenario.contains(&line), "the scenario lacks {line}");
    };
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
    let Err(ProofError::RootMismatch { computed, .. }) = verify(&root, &key, &altered) else {
        panic!("the altered proof is believed");
    };
    let Digest(computed) = computed;
    let expected = format!("computed = \"0x{}\"", hex::encode(computed));
    assert!(
        scenario.contains(&expected),
        "the scenario lacks {expected}"
    );
}
