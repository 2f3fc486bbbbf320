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
            match witness.clone().update(change.clone()) {
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
