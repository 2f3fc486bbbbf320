//! Proofs of several keys and of ranges: they hold, they are minimal, and nothing altered passes.

use std::ops::Bound;

use lockstep_state_trie::{
    Digest, EncodingFault, Entry, MultiProof, ProofError, verify_entries, verify_keys, verify_range,
};
use parity_scale_codec::{DecodeAll, Encode};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::alterations::alterations;
use crate::content::{
    Content, as_slice, bounds, contents, entries_inside, keys, scrambled, trie_of,
};

type Bounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

fn judge_keys(
    root: &Digest,
    keys: &[Vec<u8>],
    bytes: &[u8],
) -> Result<Vec<Option<Vec<u8>>>, ProofError> {
    verify_keys(root, keys, &MultiProof::from_bytes(bytes)?)
}

fn judge_range(
    root: &Digest,
    range: &Bounds,
    limit: Option<usize>,
    bytes: &[u8],
) -> Result<Vec<Entry>, ProofError> {
    let range = (as_slice(&range.0), as_slice(&range.1));
    verify_range(root, range, limit, &MultiProof::from_bytes(bytes)?)
}

fn held(content: &Content, keys: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
    keys.iter().map(|key| content.get(key).cloned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn keys_have_one_proof_together(
        content in contents(),
        asked in btree_set(keys(), 0..12),
        others in btree_set(keys(), 0..12),
    ) {
        let trie = trie_of(&content);
        let root = trie.root();
        let asked: Vec<_> = asked.into_iter().collect();
        let proof = trie.snapshot().prove_keys(&asked).expect("memory");
        let twice = asked.iter().rev().chain(&asked);
        prop_assert_eq!(&trie.snapshot().prove_keys(twice).expect("memory"), &proof);
        let bytes = proof.to_bytes();
        prop_assert_eq!(&proof.encode(), &bytes);
        prop_assert_eq!(MultiProof::decode_all(&mut &bytes[..]), Ok(proof.clone()));
        let values = held(&content, &asked);
        prop_assert_eq!(judge_keys(&root, &asked, &bytes), Ok(values.clone()));

        let short = proof.clone().without_values();
        let claims: Vec<_> = asked.iter().cloned().zip(values.clone()).collect();
        prop_assert_eq!(verify_entries(&root, &claims, &short), Ok(()));
        let short_again = MultiProof::from_bytes(&short.to_bytes());
        prop_assert_eq!(short_again, Ok(short.clone()));
        if values.iter().any(Option::is_some) {
            prop_assert_eq!(verify_keys(&root, &asked, &short), Err(ProofError::ValueLeftOut));
            prop_assert_eq!(verify_entries(&root, &claims, &proof), Err(ProofError::ValueNotLeftOut));
        }
        for index in 0..claims.len() {
            let mut wrong = claims.clone();
            wrong[index].1 = match &wrong[index].1 {
                Some(value) if value.len() > 1 => None,
                Some(value) => Some([&value[..], b"x"].concat()),
                None => Some(b"x".to_vec()),
            };
            prop_assert!(verify_entries(&root, &wrong, &short).is_err());
        }

        // It proves nothing else, unless the same proof is also that of the others.
        let others: Vec<_> = others.into_iter().collect();
        if let Ok(values) = verify_keys(&root, &others, &proof) {
            prop_assert_eq!(values, held(&content, &others));
            prop_assert_eq!(trie.snapshot().prove_keys(&others).expect("memory"), proof);
        }
    }

    #[test]
    fn ranges_are_proved_complete(
        content in contents(),
        range in (bounds(), bounds()),
        other in (bounds(), bounds()),
        limit in prop::option::of(0_usize..9),
    ) {
        let trie = trie_of(&content);
        let prove = |range: &Bounds| {
            let range = (as_slice(&range.0), as_slice(&range.1));
            trie.snapshot().prove_range(range, limit).expect("memory")
        };
        let proof = prove(&range);
        let expected = |range: &Bounds| {
            let inside = entries_inside(&content, &range.0, &range.1).into_iter();
            inside.take(limit.unwrap_or(usize::MAX)).collect::<Vec<_>>()
        };
        let bytes = proof.to_bytes();
        prop_assert_eq!(judge_range(&trie.root(), &range, limit, &bytes), Ok(expected(&range)));
        if let Ok(entries) = judge_range(&trie.root(), &other, limit, &bytes) {
            prop_assert_eq!(entries, expected(&other));
            prop_assert_eq!(prove(&other), proof);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_altered_is_believed(
        content in contents(),
        asked in btree_set(keys(), 0..5),
        range in (bounds(), bounds()),
        limit in prop::option::of(0_usize..5),
    ) {
        let trie = trie_of(&content);
        let root = trie.root();
        let asked: Vec<_> = asked.into_iter().collect();
        let proof = trie.snapshot().prove_keys(&asked).expect("memory");
        for altered in alterations(&proof.to_bytes()) {
            prop_assert!(judge_keys(&root, &asked, &altered).is_err(), "{:02x?}", altered);
        }
        let claims: Vec<_> = asked.iter().cloned().zip(held(&content, &asked)).collect();
        for altered in alterations(&proof.without_values().to_bytes()) {
            let judged = MultiProof::from_bytes(&altered)
                .and_then(|proof| verify_entries(&root, &claims, &proof));
            prop_assert!(judged.is_err(), "{:02x?}", altered);
        }
        let bounds = (as_slice(&range.0), as_slice(&range.1));
        let proof = trie.snapshot().prove_range(bounds, limit).expect("memory");
        for altered in alterations(&proof.to_bytes()) {
            prop_assert!(judge_range(&root, &range, limit, &altered).is_err(), "{:02x?}", altered);
        }
    }

    #[test]
    fn random_bytes_decode_to_nothing_else_than_what_they_encode(
        start in vec(prop_oneof![Just(1_u8), any::<u8>()], 0..3),
        rest in vec(any::<u8>(), 0..200),
    ) {
        let bytes = [start, rest].concat();
        if let Ok(proof) = MultiProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes);
            prop_assert!(verify_keys(&Digest([1; 32]), &[b"key"], &proof).is_err());
            prop_assert!(verify_range(&Digest([1; 32]), .., None, &proof).is_err());
        }
    }
}

fn fault(bytes: &[u8]) -> EncodingFault {
    match MultiProof::from_bytes(bytes) {
        Err(ProofError::Encoding { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn faults_and_refusals_are_named() {
    assert_eq!(fault(&[]), EncodingFault::Truncated);
    assert_eq!(fault(&[2]), EncodingFault::UnknownMultiKind);
    assert_eq!(fault(&[0, 0]), EncodingFault::TrailingBytes);
    // A leaf, whose kind is 4; a leaf with filling that is not 0.
    assert_eq!(fault(&[1, 0x40, 4]), EncodingFault::UnknownLeafKind);
    assert_eq!(fault(&[1, 0x41, 1]), EncodingFault::Padding);
    // An internal node over two left-out subtrees.
    let nothing = [&[1, 0b1100_0000][..], &[0; 64]].concat();
    assert_eq!(fault(&nothing), EncodingFault::NothingShown);
    // The empty trie as a left-out subtree: the whole, and beside a leaf.
    let empty = [&[1, 0][..], &[0; 32]].concat();
    assert_eq!(fault(&empty), EncodingFault::NothingLeftOut);
    let beside = [&[1, 0b1101_0000][..], &[0; 32], &[1]].concat();
    assert_eq!(fault(&beside), EncodingFault::NothingLeftOut);
    // More internal nodes than there are bytes for what they ask for.
    assert_eq!(
        fault(&[&[1][..], &[0xff; 4_000]].concat()),
        EncodingFault::Truncated
    );
    let long_key = [&[1, 0x40, 2][..], &[0x05, 0x40], &[0; 4_200]].concat();
    assert_eq!(fault(&long_key), EncodingFault::OtherKeyTooLong);

    let keys = ["a", "b", "d", "f"];
    let content = keys.map(|key| (key.into(), vec![1])).into();
    let trie = trie_of(&content);
    let root = trie.root();
    let proof = trie.snapshot().prove_keys(["a", "d"]).expect("memory");
    assert_eq!(
        verify_keys(&root, &["a"], &proof),
        Err(ProofError::Superfluous)
    );
    assert_eq!(
        verify_keys(&root, &["a", "d", "f"], &proof),
        Err(ProofError::NotCovered)
    );
    let unsorted = Err(ProofError::NotAscending { index: 1 });
    assert_eq!(verify_keys(&root, &["d", "a"], &proof), unsorted);
    let claims = [("a", Some([1])), ("d", None)];
    let claimed = verify_entries(&root, &claims, &proof.clone().without_values());
    assert_eq!(claimed, Err(ProofError::ClaimMismatch { index: 1 }));
    assert!(
        ProofError::NotCovered
            .to_string()
            .contains("does not cover")
    );
    let with_key = trie.snapshot().witness(["a", "d"]).expect("memory");
    assert_eq!(
        verify_keys(&root, &["a", "d"], &with_key),
        Err(ProofError::UnexpectedForm)
    );
    let b_to_f =
        |bounds: (Bound<&[u8]>, Bound<&[u8]>)| verify_range(&root, bounds, None, &with_key);
    let (from, to) = (Bound::Included(&b"b"[..]), Bound::Excluded(&b"f"[..]));
    assert_eq!(b_to_f((from, to)), Err(ProofError::NotCovered));
}

/// A thousand keys of 2^16 share most of what their proofs have.
#[test]
fn one_proof_of_many_keys_is_less_than_half_of_many_proofs() {
    let content: Content = (0..1_u64 << 16)
        .map(|n| (scrambled::<32>(n).to_vec(), vec![7; 64]))
        .collect();
    let trie = trie_of(&content);
    let asked: Vec<_> = content.keys().step_by(65).take(1_000).cloned().collect();
    let proofs = asked
        .iter()
        .map(|key| trie.prove(key).expect("memory").without_value());
    let separate: usize = proofs.map(|proof| proof.to_bytes().len()).sum();
    let proof = trie.snapshot().prove_keys(&asked).expect("memory");
    assert_eq!(
        verify_keys(&trie.root(), &asked, &proof),
        Ok(held(&content, &asked))
    );
    let together = proof.without_values().to_bytes().len();
    assert!(2 * together < separate, "{together} of {separate} bytes");
}
