//! Checks that the test vectors of `docs/state-trie.md` are what this crate computes. The vectors
//! themselves come from an implementation in another language.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Bound;

use crate::digest::{Digest, internal_hash, leaf_hash, value_hash};
use crate::key_bits::{bit, end_bit, first_difference};
use crate::memory_store::MemoryStore;
use crate::multi_verify::{verify_entries, verify_keys};
use crate::partial_tree::MultiProof;
use crate::proof::Proof;
use crate::proof_error::ProofError;
use crate::range_verify::verify_range;
use crate::trie::Trie;
use crate::verifier::{verify, verify_value};
use crate::witness::Witness;

const DOCUMENT: &str = include_str!("../../docs/state-trie.md");

/// Reads a byte string as the document writes it.
fn bytes(text: &str) -> Vec<u8> {
    match text {
        "-" => Vec::new(),
        _ => hex::decode(text).expect("hexadecimal"),
    }
}

fn all_bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| bytes(text)).collect()
}

/// Reads an end of a range: a start like `[61` or `]61`, an end like `61]` or `61[`, or `..`.
fn bound(text: &str) -> Bound<Vec<u8>> {
    let included = text.strip_prefix('[').or(text.strip_suffix(']'));
    let excluded = text.strip_prefix(']').or(text.strip_suffix('['));
    match (included, excluded) {
        (Some(key), _) => Bound::Included(bytes(key)),
        (_, Some(key)) => Bound::Excluded(bytes(key)),
        _ => Bound::Unbounded,
    }
}

fn digest(text: &str) -> Digest {
    Digest(bytes(text).try_into().expect("32 bytes"))
}

/// What a line of the document has in front of its arrow gives, as text.
fn compute(tries: &mut BTreeMap<String, Trie<MemoryStore>>, words: &[&str]) -> String {
    match *words {
        ["bits", key] => {
            let key = bytes(key);
            let digits = (0..=end_bit(&key)).map(|index| if bit(&key, index) { '1' } else { '0' });
            digits.collect()
        }
        ["difference", a, b] => {
            let index = first_difference(&bytes(a), &bytes(b));
            alloc::format!("{}", index.expect("the keys differ"))
        }
        ["value-hash", value] => alloc::format!("{}", value_hash(&bytes(value))),
        ["leaf-hash", key, value] => {
            alloc::format!("{}", leaf_hash(&bytes(key), &digest(value)))
        }
        ["internal-hash", bit, left, right] => {
            let bit = bit.parse().expect("a bit index");
            alloc::format!("{}", internal_hash(bit, &digest(left), &digest(right)))
        }
        ["trie", name, ref entries @ ..] => {
            let mut trie = Trie::new(MemoryStore::new());
            let entries = entries.iter().map(|entry| {
                let (key, value) = entry.split_once('=').expect("key=value");
                (bytes(key), Some(bytes(value)))
            });
            let root = trie.update(entries).expect("memory");
            tries.insert(name.into(), trie);
            alloc::format!("{root}")
        }
        ["proof", name, key] => {
            let (trie, key) = (&tries[name], bytes(key));
            let proof = trie.prove(&key).expect("memory");
            assert_eq!(
                verify(&trie.root(), &key, &proof),
                Ok(trie.get(&key).expect("memory"))
            );
            hex::encode(proof.to_bytes())
        }
        ["proof-without-value", name, key] => {
            let (trie, key) = (&tries[name], bytes(key));
            let value = trie.get(&key).expect("memory").expect("present");
            let proof = trie.prove(&key).expect("memory").without_value();
            assert_eq!(verify_value(&trie.root(), &key, &value, &proof), Ok(()));
            hex::encode(proof.to_bytes())
        }
        _ => compute_multi(tries, words),
    }
}

/// The same for what shows several leaves.
fn compute_multi(tries: &BTreeMap<String, Trie<MemoryStore>>, words: &[&str]) -> String {
    match *words {
        ["proof-of-keys", name, ref keys @ ..] => {
            let (trie, keys) = (&tries[name], all_bytes(keys));
            let proof = trie.snapshot().prove_keys(&keys).expect("memory");
            let values: Vec<_> = keys
                .iter()
                .map(|key| trie.get(key).expect("memory"))
                .collect();
            assert_eq!(verify_keys(&trie.root(), &keys, &proof), Ok(values));
            hex::encode(proof.to_bytes())
        }
        ["proof-of-keys-without-values", name, ref keys @ ..] => {
            let (trie, keys) = (&tries[name], all_bytes(keys));
            let proof = trie
                .snapshot()
                .prove_keys(&keys)
                .expect("memory")
                .without_values();
            let claim = |key: &Vec<u8>| (key.clone(), trie.get(key).expect("memory"));
            let claims: Vec<_> = keys.iter().map(claim).collect();
            assert_eq!(verify_entries(&trie.root(), &claims, &proof), Ok(()));
            hex::encode(proof.to_bytes())
        }
        ["witness", name, ref keys @ ..] => {
            let trie = &tries[name];
            let proof = trie.snapshot().witness(all_bytes(keys)).expect("memory");
            assert!(Witness::open(&trie.root(), proof.clone()).is_ok());
            hex::encode(proof.to_bytes())
        }
        ["proof-of-range", name, start, end, limit] => {
            let trie = &tries[name];
            let (start, end) = (bound(start), bound(end));
            let range = || {
                (
                    start.as_ref().map(Vec::as_slice),
                    end.as_ref().map(Vec::as_slice),
                )
            };
            let limit = limit.parse().ok();
            let proof = trie.snapshot().prove_range(range(), limit).expect("memory");
            let entries = trie.range(range()).take(limit.unwrap_or(usize::MAX));
            let entries: Result<Vec<_>, _> = entries.collect();
            let shown = verify_range(&trie.root(), range(), limit, &proof);
            assert_eq!(shown, Ok(entries.expect("memory")));
            hex::encode(proof.to_bytes())
        }
        _ => panic!("unknown vector {words:?}"),
    }
}

/// Checks that bytes of the document are refused as what shows several leaves.
fn refuse_multi(tries: &BTreeMap<String, Trie<MemoryStore>>, words: &[&str]) {
    let decoded = |proof| MultiProof::from_bytes(&bytes(proof));
    let refused = match *words {
        ["refused-proof-of-keys", name, ref keys @ .., proof] => {
            let (root, keys) = (tries[name].root(), all_bytes(keys));
            decoded(proof).map(|proof| verify_keys(&root, &keys, &proof).is_err())
        }
        ["refused-proof-of-range", name, start, end, limit, proof] => {
            let (root, start, end) = (tries[name].root(), bound(start), bound(end));
            let range = (
                start.as_ref().map(Vec::as_slice),
                end.as_ref().map(Vec::as_slice),
            );
            let limit = limit.parse().ok();
            decoded(proof).map(|proof| verify_range(&root, range, limit, &proof).is_err())
        }
        ["refused-witness", name, proof] => {
            let root = tries[name].root();
            decoded(proof).map(|proof| Witness::open(&root, proof).is_err())
        }
        _ => panic!("unknown vector {words:?}"),
    };
    assert_ne!(refused, Ok(false), "{words:?}");
}

/// Checks that a proof of the document is refused.
fn refuse(trie: &Trie<MemoryStore>, key: &str, proof: &str) -> ProofError {
    Proof::from_bytes(&bytes(proof))
        .and_then(|proof| verify(&trie.root(), &bytes(key), &proof))
        .expect_err(proof)
}

#[test]
fn the_documents_vectors_are_what_the_code_computes() {
    let (_, after) = DOCUMENT
        .split_once("```vectors\n")
        .expect("a block of vectors");
    let (block, _) = after.split_once("```").expect("the end of the block");
    let mut tries = BTreeMap::new();
    let mut kinds = BTreeSet::new();
    for line in block.lines() {
        let (input, output) = line.split_once(" -> ").unwrap_or((line, ""));
        let words: Vec<&str> = input.split(' ').collect();
        kinds.insert(words[0]);
        if let ["refused", name, key, proof] = *words {
            refuse(&tries[name], key, proof);
        } else if words[0].starts_with("refused-") {
            refuse_multi(&tries, &words);
        } else {
            assert_eq!(compute(&mut tries, &words), output, "{input}");
        }
    }
    let all = [
        "bits",
        "difference",
        "internal-hash",
        "leaf-hash",
        "proof",
        "proof-of-keys",
        "proof-of-keys-without-values",
        "proof-of-range",
        "proof-without-value",
        "refused",
        "refused-proof-of-keys",
        "refused-proof-of-range",
        "refused-witness",
        "trie",
        "value-hash",
        "witness",
    ];
    assert!(kinds.into_iter().eq(all));
}
