//! The memory that proofs of several keys and of ranges take, and witnesses.

use lockstep_state_trie::{
    Digest, MemoryStore, MultiProof, ProofError, Trie, Witness, verify_entries, verify_keys,
    verify_range,
};
use parity_scale_codec::Decode;

use crate::{assert_bounded, measured, turn};

/// `docs/state-trie.md`: decoding a proof of several keys or of a range, and refusing it for its root.
const PROOF_FACTOR: usize = 24;
/// `docs/state-trie.md`: decoding it, and believing it.
const BELIEVED_FACTOR: usize = 36;
/// `docs/state-trie.md`: decoding a witness and opening it.
const WITNESS_FACTOR: usize = 48;

/// The bits of the shape of a full tree of so many levels.
fn full_tree(levels: u32, bits: &mut String) {
    if levels == 0 {
        return bits.push_str("01");
    }
    bits.push_str("11");
    full_tree(levels - 1, bits);
    full_tree(levels - 1, bits);
}

/// A proof with a shape, and the same leaf at all its ends.
fn proof(shape: &str, leaves: usize, leaf: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1];
    for part in shape.as_bytes().chunks(8) {
        let bit = |place: usize| u8::from(part.get(place) == Some(&b'1')) << (7 - place);
        bytes.push((0..8).map(bit).sum());
    }
    bytes.extend(leaf.repeat(leaves));
    bytes
}

/// Proofs with as many nodes for each byte as their form allows.
pub(crate) fn dense_proofs() -> Vec<(&'static str, Vec<u8>)> {
    let mut full = String::new();
    full_tree(16, &mut full);
    let leaves = 1 << 16;
    let spine = 30_000;
    let chain = format!("{}{}", "11".repeat(spine), "01".repeat(spine + 1));
    vec![
        ("leaves without anything", proof(&full, leaves, &[1])),
        ("empty values", proof(&full, leaves, &[0, 0])),
        ("empty keys and values", proof(&full, leaves, &[2, 0, 0])),
        (
            "keys and values of a byte",
            proof(&full, leaves, &[2, 4, 7, 4, 7]),
        ),
        (
            "keys with hashes",
            proof(&full, leaves, &[[3, 0].as_slice(), &[9; 32]].concat()),
        ),
        ("a chain", proof(&chain, spine + 1, &[1])),
    ]
}

#[test]
fn proofs_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    for (what, bytes) in dense_proofs() {
        let (decoded, peak) = measured(|| MultiProof::from_bytes(&bytes));
        assert_eq!(decoded.expect("it decodes").to_bytes(), bytes, "{what}");
        assert_bounded(what, bytes.len(), peak, PROOF_FACTOR);
    }
}

#[test]
fn proofs_that_promise_more_than_they_have_take_no_more() {
    let _turn = turn();
    let whole: Vec<Vec<u8>> = dense_proofs().into_iter().map(|(_, bytes)| bytes).collect();
    let cut = whole.iter().map(|bytes| bytes[..bytes.len() / 2].to_vec());
    let forks = [vec![1], vec![0xff; 100_000]].concat();
    let long_value = [&proof("01", 1, &[0]), &[0xfe, 0xff, 0xff, 0xff, 1][..]].concat();
    for bytes in cut.chain([forks, long_value]) {
        let (decoded, peak) = measured(|| MultiProof::from_bytes(&bytes));
        assert!(decoded.is_err());
        assert_bounded("cut off", bytes.len(), peak, PROOF_FACTOR);
    }
}

/// As a member of another SCALE type the length of a proof is not known beforehand, and lists grow
/// by doubling.
#[test]
fn proofs_within_other_types_are_bounded_as_well() {
    let _turn = turn();
    for (what, bytes) in dense_proofs() {
        let (decoded, peak) = measured(|| MultiProof::decode(&mut &bytes[..]));
        assert_eq!(decoded.expect("it decodes").to_bytes(), bytes, "{what}");
        assert_bounded(what, bytes.len(), peak, 2 * PROOF_FACTOR);
    }
}

/// The root that the nodes of a proof come to, whether or not they make a trie.
pub(crate) fn root_of(bytes: &[u8]) -> Option<Digest> {
    let proof = MultiProof::from_bytes(bytes).expect("it decodes");
    match Witness::open(&Digest([1; 32]), proof) {
        Err(ProofError::RootMismatch { computed, .. }) => Some(computed),
        _ => None,
    }
}

/// A trie of all keys of two bytes with values of so many, which is as dense as short keys allow.
fn trie_of_short_keys(value_bytes: usize) -> Trie<MemoryStore> {
    let entry = |key: u16| (key.to_be_bytes().to_vec(), Some(vec![7; value_bytes]));
    let mut trie = Trie::new(MemoryStore::new());
    trie.update((0..=u16::MAX).map(entry)).expect("memory");
    trie
}

/// All keys of two bytes.
fn short_keys() -> Vec<[u8; 2]> {
    (0..=u16::MAX).map(u16::to_be_bytes).collect()
}

/// Witnesses of whole tries, with values, with none and with their hashes.
pub(crate) fn true_witnesses() -> Vec<(&'static str, Vec<u8>)> {
    let (none, byte) = (trie_of_short_keys(0), trie_of_short_keys(1));
    let (keys, no_keys) = (short_keys(), [[0; 2]; 0]);
    let witness = |trie: &Trie<MemoryStore>, keys: &[[u8; 2]], shown: &[[u8; 2]]| {
        let witness = trie.snapshot().witness_with(keys, shown);
        witness.expect("memory").to_bytes()
    };
    vec![
        ("a trie of empty values", witness(&none, &keys, &no_keys)),
        ("a trie", witness(&byte, &keys, &no_keys)),
        ("a trie with hashes", witness(&byte, &no_keys, &keys)),
    ]
}

#[test]
fn witnesses_take_memory_in_proportion_to_their_bytes() {
    let _turn = turn();
    let forged = dense_proofs().into_iter().map(|proof| (proof, false));
    let of_tries = true_witnesses().into_iter().map(|proof| (proof, true));
    for ((what, bytes), is_true) in forged.chain(of_tries) {
        // Most of the forged ones fit the root that they come to, and are refused even so.
        let root = root_of(&bytes);
        let (witness, peak) = measured(|| {
            let proof = MultiProof::from_bytes(&bytes).expect("it decodes");
            Witness::open(&root.unwrap_or(Digest([1; 32])), proof)
        });
        assert_eq!(witness.is_ok(), is_true, "{what}");
        assert_bounded(what, bytes.len(), peak, WITNESS_FACTOR);
    }
}

/// What a verifier has beside: a digest for each level that a tree can have.
const LEVELS_BYTES: usize = 32 * 36_866;
/// `docs/state-trie.md`: for each key that is asked for.
const ASKED_KEY_BYTES: usize = 144;

/// Checks how much decoding a proof and `verify` take, beside what is there for each level.
fn assert_verified<T>(
    what: &str,
    bytes: &[u8],
    keys: usize,
    verify: impl FnOnce(&MultiProof) -> Result<T, ProofError>,
) -> bool {
    let (verified, peak) = measured(|| {
        let proof = MultiProof::from_bytes(bytes).expect("it decodes");
        verify(&proof).is_ok()
    });
    let beside = LEVELS_BYTES + keys * ASKED_KEY_BYTES;
    let peak = peak.saturating_sub(beside);
    let factor = match verified {
        true => BELIEVED_FACTOR,
        false => PROOF_FACTOR,
    };
    assert_bounded(what, bytes.len(), peak, factor);
    verified
}

#[test]
fn verifying_takes_memory_in_proportion_to_a_forged_proof() {
    let _turn = turn();
    // Two to the 18 leaves, so that what is there for each level is little beside it.
    let mut full = String::new();
    full_tree(18, &mut full);
    let large = [
        ("leaves without anything", proof(&full, 1 << 18, &[1])),
        ("values of a byte", proof(&full, 1 << 18, &[0, 4, 7])),
        ("empty keys and values", proof(&full, 1 << 18, &[2, 0, 0])),
    ];
    let nobodys = Digest([1; 32]);
    for (what, bytes) in dense_proofs().into_iter().chain(large) {
        let claims = [(b"a", Some(b"1")), (b"b", None)];
        for root in [Some(nobodys), root_of(&bytes)].into_iter().flatten() {
            let is_verified = [
                assert_verified(what, &bytes, 0, |proof| {
                    verify_range(&root, .., None, proof)
                }),
                assert_verified(what, &bytes, 0, |proof| {
                    verify_range(&root, .., Some(9), proof)
                }),
                assert_verified(what, &bytes, 2, |proof| {
                    verify_keys(&root, &["a", "b"], proof)
                }),
                assert_verified(what, &bytes, 2, |proof| {
                    verify_entries(&root, &claims, proof)
                }),
            ];
            // Under a root of its own a list of any leaves is a range.
            assert!(root != nobodys || is_verified == [false; 4], "{what}");
            assert!(!is_verified[1..].contains(&true), "{what}");
        }
    }
}

#[test]
fn verifying_takes_memory_in_proportion_to_a_proof_and_its_request() {
    let _turn = turn();
    let (trie, keys) = (trie_of_short_keys(0), short_keys());
    let (root, snapshot) = (trie.root(), trie.snapshot());
    let range = snapshot.prove_range(.., None).expect("memory").to_bytes();
    let verified = assert_verified("a range", &range, 0, |proof| {
        verify_range(&root, .., None, proof)
    });
    assert!(verified);
    let proof = snapshot.prove_keys(&keys).expect("memory");
    let bytes = proof.to_bytes();
    assert!(assert_verified("keys", &bytes, keys.len(), |proof| {
        verify_keys(&root, &keys, proof)
    }));
    let claims: Vec<_> = keys.iter().map(|key| (key, Some([]))).collect();
    let bytes = proof.without_values().to_bytes();
    assert!(assert_verified("entries", &bytes, keys.len(), |proof| {
        verify_entries(&root, &claims, proof)
    }));
}
