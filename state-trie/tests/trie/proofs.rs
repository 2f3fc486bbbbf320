//! Proofs hold for every key, and nothing that was altered passes for a proof.

use lockstep_state_trie::{
    Digest, EMPTY_ROOT, KEY_BYTES_MAX, MemoryStore, Proof, ProofError, Trie, verify, verify_value,
};
use parity_scale_codec::{DecodeAll, Encode};
use proptest::prelude::*;

use crate::alterations::alterations;
use crate::content::{Content, contents, keys, scrambled, trie_of, values};

/// What a verifier makes of bytes that claim to be a proof.
fn judge(root: &Digest, key: &[u8], bytes: &[u8]) -> Result<Option<Vec<u8>>, ProofError> {
    verify(root, key, &Proof::from_bytes(bytes)?)
}

/// The same for a verifier who knows the value.
fn judge_value(root: &Digest, key: &[u8], value: &[u8], bytes: &[u8]) -> Result<(), ProofError> {
    verify_value(root, key, value, &Proof::from_bytes(bytes)?)
}

/// No alteration, truncation or extension of a proof is believed, nor the proof for an altered
/// root. An altered key gets the truth or nothing.
fn check_tampering(content: &Content, root: Digest, key: &[u8], bytes: &[u8]) {
    for altered in alterations(bytes) {
        assert!(judge(&root, key, &altered).is_err(), "{altered:02x?}");
    }
    let other_roots = alterations(&root.0).into_iter();
    for altered in other_roots.filter_map(|altered| altered.try_into().ok()) {
        assert!(judge(&Digest(altered), key, bytes).is_err());
    }
    for other in alterations(key) {
        match judge(&root, &other, bytes) {
            Ok(value) => assert_eq!(value.as_ref(), content.get(&other), "{other:02x?}"),
            Err(_) => assert!(other != key),
        }
        if other != key && content.contains_key(key) {
            assert!(judge(&root, &other, bytes).is_err());
        }
    }
}

/// The same for a proof without its value, and for altered values.
fn check_value_tampering(root: Digest, key: &[u8], value: &[u8], bytes: &[u8]) {
    assert_eq!(judge_value(&root, key, value, bytes), Ok(()));
    for altered in alterations(bytes) {
        assert!(judge_value(&root, key, value, &altered).is_err());
    }
    for altered in alterations(value) {
        assert!(judge_value(&root, key, &altered, bytes).is_err());
    }
    for altered in alterations(key) {
        assert!(judge_value(&root, &altered, value, bytes).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_key_has_a_proof(content in contents(), probes in prop::collection::vec(keys(), 1..20)) {
        let trie = trie_of(&content);
        for key in probes.iter().chain(content.keys()) {
            let proof = trie.prove(key).expect("memory");
            let bytes = proof.encode();
            prop_assert_eq!(&bytes, &proof.to_bytes());
            prop_assert_eq!(Proof::decode_all(&mut &bytes[..]), Ok(proof.clone()));
            let value = content.get(key);
            prop_assert_eq!(judge(&trie.root(), key, &bytes), Ok(value.cloned()));

            let short = proof.clone().without_value();
            match value {
                Some(value) => {
                    prop_assert_eq!(verify_value(&trie.root(), key, value, &short), Ok(()));
                    prop_assert_eq!(verify(&trie.root(), key, &short), Err(ProofError::ValueLeftOut));
                }
                None => prop_assert_eq!(&short, &proof),
            }
            let refused = verify_value(&trie.root(), key, b"", &proof);
            prop_assert_eq!(refused, Err(ProofError::ValueNotLeftOut));
        }
    }

    #[test]
    fn a_proof_is_of_one_root_and_one_key(content in contents(), other in contents(), key in keys(), asked in keys()) {
        let (trie, other_trie) = (trie_of(&content), trie_of(&other));
        let proof = trie.prove(&key).expect("memory");
        if let Ok(value) = verify(&trie.root(), &asked, &proof) {
            prop_assert_eq!(value.as_ref(), content.get(&asked));
            prop_assert_eq!(trie.prove(&asked).expect("memory"), proof.clone());
        }
        let elsewhere = verify(&other_trie.root(), &key, &proof);
        prop_assert_eq!(elsewhere.is_ok(), trie.root() == other_trie.root());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tampering_is_noticed(content in contents(), absent in keys(), value in values()) {
        let trie = trie_of(&content);
        let root = trie.root();
        let first = content.keys().next().cloned().unwrap_or_default();
        for key in [&absent, &first] {
            let proof = trie.prove(key).expect("memory");
            check_tampering(&content, root, key, &proof.to_bytes());
            if let Some(present) = content.get(key) {
                let bytes = proof.without_value().to_bytes();
                check_value_tampering(root, key, present, &bytes);
                prop_assert_eq!(judge_value(&root, key, &value, &bytes).is_ok(), value == *present);
            }
        }
    }
}

#[test]
fn refusals_say_why() {
    let content = Content::from([
        (b"a".to_vec(), b"1".to_vec()),
        (b"b".to_vec(), b"2".to_vec()),
    ]);
    let trie = trie_of(&content);
    let root = trie.root();
    let present = trie.prove(b"a").expect("memory");
    let absent = trie.prove(b"c").expect("memory");

    let mismatch = verify(&EMPTY_ROOT, b"a", &present);
    assert_eq!(
        mismatch,
        Err(ProofError::RootMismatch {
            expected: EMPTY_ROOT,
            computed: root
        })
    );
    // The way to "c" ends at "b".
    assert_eq!(
        verify(&root, b"b", &absent),
        Err(ProofError::OtherKeyIsTheKey)
    );
    assert_eq!(
        verify(&root, b"a", &absent),
        Err(ProofError::OtherKeyMisplaced { bit: 7 })
    );
    assert_eq!(
        verify(&root, b"", &present),
        Err(ProofError::StepBeyondKey { bit: 7 })
    );
    let long = vec![0; KEY_BYTES_MAX + 1];
    assert_eq!(
        verify(&root, &long, &absent),
        Err(ProofError::KeyTooLong { length: 4_097 })
    );
    let none = Trie::new(MemoryStore::new()).prove(b"a").expect("memory");
    assert!(matches!(
        verify(&root, b"a", &none),
        Err(ProofError::RootMismatch { .. })
    ));
    assert_eq!(verify(&EMPTY_ROOT, b"a", &none), Ok(None));
}

/// Proofs grow by 32 bytes with each doubling of the entries. Measured at 2^16 random keys and
/// extended by the four doublings to a million, a proof without its value stays below 700 bytes.
#[test]
fn proofs_are_small() {
    let count = 1_u64 << 16;
    let mut trie = Trie::new(MemoryStore::new());
    let entries = (0..count).map(|n| {
        (
            scrambled::<32>(n).to_vec(),
            Some(scrambled::<64>(n).to_vec()),
        )
    });
    trie.update(entries).expect("memory");
    let lengths = (0..1_000).map(|n| {
        let proof = trie.prove(&scrambled::<32>(n * 7)).expect("memory");
        assert!(verify(&trie.root(), &scrambled::<32>(n * 7), &proof).is_ok_and(|v| v.is_some()));
        proof.without_value().to_bytes().len()
    });
    let average = lengths.sum::<usize>() / 1_000;
    let at_a_million = average + 4 * 33;
    assert!((600..=670).contains(&at_a_million), "{at_a_million} bytes");
}
