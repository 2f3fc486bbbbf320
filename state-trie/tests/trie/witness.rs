//! Witnesses: what they show is what the trie has, and changes lead to the same root.

use lockstep_state_trie::{EMPTY_ROOT, MemoryStore, MultiProof, ProofError, Trie, Witness};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::alterations::alterations;
use crate::content::{apply, batches, contents, keys, trie_of};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    #[test]
    fn a_batch_leads_to_the_same_root(content in contents(), batches in batches()) {
        let mut trie = trie_of(&content);
        let mut content = content;
        for batch in &batches {
            let touched = batch.iter().map(|(key, _)| key);
            let proof = trie.snapshot().witness(touched).expect("memory");
            let bytes = proof.to_bytes();
            prop_assert_eq!(MultiProof::from_bytes(&bytes), Ok(proof.clone()));
            let mut witness = Witness::open(&trie.root(), proof).expect("the root");
            prop_assert_eq!(witness.update([]), Ok(trie.root()));
            for (key, _) in batch {
                prop_assert_eq!(witness.get(key), Ok(content.get(key).cloned()));
            }
            let root = trie.update(batch.iter().cloned()).expect("memory");
            apply(&mut content, batch);
            prop_assert_eq!(witness.update(batch.iter().cloned()), Ok(root));
            prop_assert_eq!(witness.root(), root);
            for (key, _) in batch {
                // A removed key may have been all that showed what is where it was.
                match witness.get(key) {
                    Ok(value) => prop_assert_eq!(value.as_ref(), content.get(key)),
                    Err(error) => {
                        prop_assert_eq!(error, ProofError::NotCovered);
                        prop_assert!(!content.contains_key(key));
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_shown_is_refused_and_never_wrong(
        content in contents(),
        shown in vec(keys(), 0..6),
        probes in vec(keys(), 1..20),
    ) {
        let trie = trie_of(&content);
        let proof = trie.snapshot().witness(&shown).expect("memory");
        let mut witness = Witness::open(&trie.root(), proof).expect("the root");
        for key in &probes {
            let length = witness.get(key).map(|value| value.map(|value| value.len()));
            prop_assert_eq!(witness.value_length(key), length);
            for (found, expected) in [
                (witness.next(key), trie.next(key)),
                (witness.previous(key), trie.previous(Some(key))),
                (
                    witness.get(key).map(|value| value.map(|value| (key.clone(), value))),
                    Ok(content.get(key).map(|value| (key.clone(), value.clone()))),
                ),
            ] {
                match found {
                    Ok(found) => prop_assert_eq!(Ok(found), expected),
                    Err(error) => prop_assert_eq!(error, ProofError::NotCovered),
                }
            }
            let change = [(key.clone(), Some(b"new".to_vec()))];
            let mut other = trie.clone();
            let changed = witness.clone().update(change.clone());
            prop_assert_eq!(witness.covers(key), changed.is_ok());
            match changed {
                Ok(root) => prop_assert_eq!(Ok(root), other.update(change)),
                Err(error) => prop_assert_eq!(error, ProofError::NotCovered),
            }
        }
        let unshown = probes.iter().any(|key| witness.clone().update([(key.clone(), None)]).is_err());
        if unshown {
            let all = probes.iter().map(|key| (key.clone(), Some(Vec::new())));
            prop_assert_eq!(witness.update(all), Err(ProofError::NotCovered));
            prop_assert_eq!(witness.root(), trie.root());
        }
    }

    #[test]
    fn neighbours_are_shown_by_both_keys(content in contents(), from in keys()) {
        let trie = trie_of(&content);
        let next = trie.next(&from).expect("memory");
        let previous = trie.previous(Some(&from)).expect("memory");
        let found = next.iter().chain(&previous).map(|(key, _)| key);
        let proof = trie.snapshot().witness(found.chain([&from])).expect("memory");
        let witness = Witness::open(&trie.root(), proof).expect("the root");
        if next.is_some() {
            prop_assert_eq!(witness.next(&from), Ok(next));
        }
        if previous.is_some() {
            prop_assert_eq!(witness.previous(&from), Ok(previous));
        }
    }

    /// One witness of the first version, for searches in each version of a line.
    #[test]
    fn a_witness_of_the_first_version_serves_those_after_it(
        content in contents(),
        steps in vec((vec(keys(), 0..6), vec(keys(), 0..3)), 1..4),
        batches in batches(),
    ) {
        let mut trie = trie_of(&content);
        let first = trie.root();
        let (mut values, mut shown) = (Vec::new(), Vec::new());
        let steps: Vec<_> = steps.into_iter().zip(batches.iter().cycle()).collect();
        for ((read, starts), batch) in &steps {
            let of_batch = batch.iter().map(|(key, _)| key);
            values.extend(read.iter().chain(of_batch.clone()).cloned());
            let searched = read.iter().chain(of_batch).chain(starts);
            shown.extend(trie.snapshot().search_ends(searched).expect("memory"));
            for start in starts {
                let next = trie.next(start).expect("memory");
                let previous = trie.previous(Some(start)).expect("memory");
                shown.extend(next.into_iter().chain(previous).map(|(key, _)| key));
            }
            let changes = batch.iter().cloned();
            let root = trie.snapshot().root_after(changes.clone()).expect("memory");
            prop_assert_eq!(trie.update(changes), Ok(root));
        }

        let proof = trie.at(first).witness_with(&values, &shown).expect("memory");
        prop_assert_eq!(MultiProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
        for (key, value) in proof.entries() {
            prop_assert!(values.iter().any(|asked| asked == key));
            prop_assert_eq!(content.get(key).map(Vec::as_slice), Some(value));
        }
        let mut witness = Witness::open(&first, proof).expect("the root");
        let mut trie = trie_of(&content);
        for ((read, starts), batch) in &steps {
            for key in read {
                prop_assert_eq!(witness.get(key), Ok(trie.get(key).expect("memory")));
            }
            for start in starts {
                let next = trie.next(start).expect("memory").map(|(key, _)| key);
                prop_assert_eq!(witness.next_key(start), Ok(next));
                let previous = trie.previous(Some(start)).expect("memory").map(|(key, _)| key);
                prop_assert_eq!(witness.previous_key(start), Ok(previous));
            }
            let root = trie.update(batch.iter().cloned()).expect("memory");
            prop_assert_eq!(witness.update(batch.iter().cloned()), Ok(root));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_altered_witness_is_opened(content in contents(), shown in vec(keys(), 0..6)) {
        let trie = trie_of(&content);
        let proof = trie.snapshot().witness(&shown).expect("memory");
        for altered in alterations(&proof.to_bytes()) {
            let opened = MultiProof::from_bytes(&altered)
                .and_then(|proof| Witness::open(&trie.root(), proof));
            prop_assert!(opened.is_err(), "{:02x?}", altered);
        }
    }
}

/// Opens a witness with this shape, and these bytes behind it, under the root that it comes to.
fn opened_under_its_own_root(shape: &str, rest: &[u8]) -> Result<(), ProofError> {
    let shape = shape.replace(' ', "");
    let shape = shape.as_bytes().chunks(8).map(|byte| {
        let bit = |place: usize| u8::from(byte.get(place) == Some(&b'1')) << (7 - place);
        (0..8).map(bit).sum()
    });
    let bytes: Vec<u8> = [1].into_iter().chain(shape).chain(rest.to_vec()).collect();
    let proof = MultiProof::from_bytes(&bytes).expect("it decodes");
    match Witness::open(&EMPTY_ROOT, proof.clone()) {
        Err(ProofError::RootMismatch { computed, .. }) => {
            Witness::open(&computed, proof).map(|_| ())
        }
        other => panic!("{other:?}"),
    }
}

/// A leaf with its key and an empty value, as it stands in a witness.
fn leaf(key: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 * key.len()).expect("short");
    let length = match u8::try_from(length) {
        Ok(byte) => vec![byte],
        Err(_) => (length | 1).to_le_bytes().to_vec(),
    };
    [&[2][..], &length, key, &[0]].concat()
}

/// Short keys below tens of thousands of nodes would make every search long.
#[test]
fn a_chain_longer_than_its_leafs_key_is_refused() {
    // Nodes at so many bits from 400 on, each with its right subtree left out, and a leaf.
    let chain = |nodes: usize, key: &[u8]| {
        let first = "1 00000000 110010001";
        let shape = [first, &"11".repeat(nodes - 1), "01", &"00".repeat(nodes)].concat();
        let rest = [vec![9; 32 * nodes], leaf(key)].concat();
        opened_under_its_own_root(&shape, &rest)
    };
    let beyond = |bit| Err(ProofError::LeafMisplaced { bit });
    assert_eq!(chain(36_000, &[]), beyond(36_399));
    // A key of 45 bytes ends with the bit 405, the sixth of these.
    assert_eq!(chain(5, &[0; 45]), Ok(()));
    assert_eq!(chain(6, &[0; 45]), Ok(()));
    assert_eq!(chain(7, &[0; 45]), beyond(406));
    assert_eq!(chain(5, &[1; 45]), beyond(404));
}

#[test]
fn leaves_that_their_keys_do_not_lead_to_are_refused() {
    let (end, a, b) = (leaf(b""), leaf(b"a"), leaf(b"b"));
    let cut = [9; 32];
    for (shape, rest, bit) in [
        // Nodes at bit 0: between the empty key and another, and beside what is left out.
        ("11 01 01", [&end[..], &a].concat(), None),
        ("11 01 01", [&a[..], &end].concat(), Some(0)),
        ("11 01 01", [&a[..], &a].concat(), Some(0)),
        ("11 01 00", [&cut[..], &end].concat(), None),
        ("11 00 01", [&cut[..], &a].concat(), None),
        ("11 00 01", [&cut[..], &end].concat(), Some(0)),
        ("11 01 00", [&cut[..], &a].concat(), Some(0)),
        // The keys 61 and 62 part at bit 7.
        ("1 0001000 01 01", [&a[..], &b].concat(), None),
        ("1 0001000 01 01", [&b[..], &a].concat(), Some(7)),
        ("1 00110 01 01", [&a[..], &b].concat(), Some(5)),
        ("1 00111 01 01", [&a[..], &b].concat(), Some(6)),
        // A node at bit 1 below one at bit 0: 61 belongs to its left side, and the empty key to none.
        ("11 00 11 01 00", [&cut[..], &cut, &a].concat(), None),
        ("11 00 11 00 01", [&cut[..], &cut, &a].concat(), Some(1)),
        ("11 11 01 00 00", [&cut[..], &cut, &end].concat(), Some(1)),
        ("11 01 11 01 00", [&cut[..], &end, &a].concat(), None),
        ("11 01 11 00 01", [&cut[..], &end, &a].concat(), Some(1)),
    ] {
        let expected = bit.map_or(Ok(()), |bit| Err(ProofError::LeafMisplaced { bit }));
        assert_eq!(opened_under_its_own_root(shape, &rest), expected, "{shape}");
    }
}

#[test]
fn a_witness_is_of_its_root_and_has_its_keys() {
    let content = ["a", "b", "c"].map(|key| (key.into(), vec![1])).into();
    let trie = trie_of(&content);
    let proof = trie.snapshot().witness(["a"]).expect("memory");
    let of_another_root = Witness::open(&EMPTY_ROOT, proof);
    assert!(matches!(
        of_another_root,
        Err(ProofError::RootMismatch { .. })
    ));
    let asked = trie.snapshot().prove_keys(["a"]).expect("memory");
    assert!(Witness::open(&trie.root(), asked).is_err());

    let nothing = Trie::new(MemoryStore::new())
        .snapshot()
        .witness(["a"])
        .expect("memory");
    let mut witness = Witness::open(&EMPTY_ROOT, nothing).expect("the root");
    assert_eq!(witness.get(b"a"), Ok(None));
    let fill = content
        .iter()
        .map(|(key, value)| (key.clone(), Some(value.clone())));
    assert_eq!(witness.update(fill), Ok(trie.root()));
    let clear = content.keys().map(|key| (key.clone(), None));
    assert_eq!(witness.update(clear), Ok(EMPTY_ROOT));
}
