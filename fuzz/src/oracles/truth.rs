//! What proofs of one trie may say: an altered proof is refused, or says what the trie holds. The
//! trie's root and its contents are remembered, so that a wrong value, a wrong absence and an entry
//! that is passed over show, whatever the altered bytes are.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Bound;
use std::sync::OnceLock;

use lockstep_state_trie::{
    Digest, Entry, MemoryStore, MultiProof, Proof, ProofError, Trie, Witness, verify, verify_keys,
    verify_range, verify_value,
};

use super::Finding;
use crate::corpus::KEYS;

/// Groups of the keys that a proof is asked for, by their places among [`KEYS`].
const GROUPS: [&[usize]; 7] = [&[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];
/// How many entries of a range are asked for.
const LIMITS: [Option<usize>; 3] = [None, Some(1), Some(2)];

/// A trie's root and what it holds.
pub(crate) struct Truth {
    root: Digest,
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What the trie holds that the seeds of proofs are of.
fn entries() -> BTreeMap<Vec<u8>, Vec<u8>> {
    let entries = (0..100_u8).map(|n| (vec![n, n.wrapping_mul(31)], vec![n; 9]));
    entries.collect()
}

/// A trie that holds these entries.
fn trie_of(entries: &BTreeMap<Vec<u8>, Vec<u8>>) -> Trie<MemoryStore> {
    let mut trie = Trie::new(MemoryStore::new());
    let entries = entries.iter();
    let changes = entries.map(|(key, value)| (key.clone(), Some(value.clone())));
    trie.update(changes).expect("a memory store does not fail");
    trie
}

/// The trie that the seeds of proofs are of.
pub(crate) fn proved_trie() -> Trie<MemoryStore> {
    trie_of(&entries())
}

/// What proofs of that trie are held to.
pub(super) fn truth() -> &'static Truth {
    static TRUTH: OnceLock<Truth> = OnceLock::new();
    TRUTH.get_or_init(|| Truth {
        root: proved_trie().root(),
        entries: entries(),
    })
}

/// An answer is refused, or the true one.
fn held<T: PartialEq + Debug>(
    what: impl FnOnce() -> String,
    answer: Result<T, ProofError>,
    truth: &T,
) -> Result<(), Finding> {
    match answer {
        Ok(said) if said != *truth => Err(format!(
            "{} is {said:?} by the proof and {truth:?} in the trie",
            what()
        )),
        _ => Ok(()),
    }
}

impl Truth {
    fn value(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.entries.get(key).cloned()
    }

    /// The first entries of a range.
    fn range(&self, bounds: (Bound<&[u8]>, Bound<&[u8]>), limit: Option<usize>) -> Vec<Entry> {
        let within = self.entries.range::<[u8], _>(bounds);
        let first = within.take(limit.unwrap_or(usize::MAX));
        let copies = first.map(|(key, value)| (key.clone(), value.clone()));
        copies.collect()
    }

    /// Holds a proof of one key to what each of the keys has.
    pub(super) fn hold_proof(&self, proof: &Proof) -> Result<(), Finding> {
        for key in KEYS {
            let truth = self.value(key);
            held(
                || format!("{key:?}"),
                verify(&self.root, key, proof),
                &truth,
            )?;
            for value in KEYS.map(|other| self.value(other).unwrap_or_default()) {
                let is_true = truth.as_ref() == Some(&value);
                if !is_true && verify_value(&self.root, key, &value, proof).is_ok() {
                    return Err(format!("{key:?} has the value {value:?} by the proof"));
                }
            }
        }
        Ok(())
    }

    /// Holds a proof of several keys to what each group of the keys has.
    pub(super) fn hold_keys(&self, proof: &MultiProof) -> Result<(), Finding> {
        for group in GROUPS {
            let keys: Vec<&[u8]> = group.iter().map(|place| KEYS[*place]).collect();
            let truth: Vec<_> = keys.iter().map(|key| self.value(key)).collect();
            let said = verify_keys(&self.root, &keys, proof);
            held(|| format!("{keys:?}"), said, &truth)?;
        }
        Ok(())
    }

    /// Holds a proof of a range to what the ranges between any two of the keys have, and those that
    /// are open at an end.
    pub(super) fn hold_range(&self, proof: &MultiProof) -> Result<(), Finding> {
        let starts = KEYS.map(Bound::Included).into_iter();
        let starts = starts.chain([Bound::Excluded(KEYS[0]), Bound::Unbounded]);
        for start in starts {
            let ends = KEYS.map(Bound::Excluded).into_iter();
            for end in ends.chain([Bound::Included(KEYS[2]), Bound::Unbounded]) {
                if let (Bound::Included(from), Bound::Excluded(to) | Bound::Included(to))
                | (Bound::Excluded(from), Bound::Excluded(to) | Bound::Included(to)) =
                    (start, end)
                    && from >= to
                {
                    continue;
                }
                for limit in LIMITS {
                    let said = verify_range(&self.root, (start, end), limit, proof);
                    let truth = self.range((start, end), limit);
                    held(|| format!("{start:?} to {end:?}"), said, &truth)?;
                }
            }
        }
        Ok(())
    }

    /// Holds a witness to what every key has, and its neighbours; and then to the root that comes of
    /// a change.
    pub(super) fn hold_witness(&self, proof: &MultiProof) -> Result<(), Finding> {
        let Ok(mut witness) = Witness::open(&self.root, proof.clone()) else {
            return Ok(());
        };
        let present = self.entries.keys().map(Vec::as_slice);
        for key in present.chain(KEYS) {
            self.hold_shown(&witness, key)?;
        }
        let mut entries = self.entries.clone();
        for (key, value) in [(0, Some(b"new".to_vec())), (1, Some(vec![8; 3])), (2, None)] {
            let key = KEYS[key].to_vec();
            if witness.update([(key.clone(), value.clone())]).is_err() {
                continue;
            }
            match value {
                Some(value) => drop(entries.insert(key, value)),
                None => drop(entries.remove(&key)),
            }
        }
        let root = trie_of(&entries).root();
        held(
            || "the root of a change".to_string(),
            Ok(witness.root()),
            &root,
        )
    }

    /// Holds what a witness shows at a key and beside it to the truth.
    fn hold_shown(&self, witness: &Witness, key: &[u8]) -> Result<(), Finding> {
        let value = self.value(key);
        let length = value.as_ref().map(Vec::len);
        held(|| format!("{key:?}"), witness.get(key), &value)?;
        let said = witness.value_length(key);
        held(|| format!("the length at {key:?}"), said, &length)?;
        let copy = |(key, value): (&Vec<u8>, &Vec<u8>)| (key.clone(), value.clone());
        let from = (Bound::Included(key), Bound::Unbounded);
        let next = self.entries.range::<[u8], _>(from).next().map(copy);
        let before = (Bound::Unbounded, Bound::Excluded(key));
        let previous = self.entries.range::<[u8], _>(before).next_back().map(copy);
        let first = |entry: &Option<Entry>| entry.as_ref().map(|entry| entry.0.clone());
        let (next_key, previous_key) = (first(&next), first(&previous));
        let what = |side: &str| format!("what is {side} {key:?}");
        held(|| what("at or behind"), witness.next(key), &next)?;
        held(|| what("at or behind"), witness.next_key(key), &next_key)?;
        held(|| what("before"), witness.previous(key), &previous)?;
        held(|| what("before"), witness.previous_key(key), &previous_key)
    }
}

#[cfg(test)]
mod tests {
    use lockstep_state_trie::{MultiProof, Proof};

    use super::{Finding, Truth, entries, truth};
    use crate::corpus::{KEYS, built_in};

    /// Holds each seed of an oracle to this truth, and returns how many of them show that it is none.
    fn found(oracle: &str, truth: &Truth) -> usize {
        let seeds = built_in();
        let mine = seeds.iter().filter(|seed| seed.oracle == oracle);
        let judged = mine.map(|seed| judged(oracle, truth, &seed.bytes));
        judged.filter(Result::is_err).count()
    }

    fn judged(oracle: &str, truth: &Truth, bytes: &[u8]) -> Result<(), Finding> {
        if oracle == "proof" {
            return truth.hold_proof(&Proof::from_bytes(bytes).expect("a seed"));
        }
        let proof = MultiProof::from_bytes(bytes).expect("a seed");
        match oracle {
            "multiproof" => truth.hold_keys(&proof),
            "range" => truth.hold_range(&proof),
            _ => truth.hold_witness(&proof),
        }
    }

    /// Proofs of the trie, held to other contents: what a verifier would say that believes a wrong
    /// value, a wrong absence, a key that is not there, or a range without one of its entries.
    #[test]
    fn an_answer_that_is_not_what_the_trie_holds_is_found() {
        let between = vec![8, 248];
        assert!(entries().contains_key(&between));
        let change = |key: &[u8], value: Option<Vec<u8>>| {
            let mut entries = entries();
            match value {
                Some(value) => drop(entries.insert(key.to_vec(), value)),
                None => drop(entries.remove(key)),
            }
            let root = truth().root;
            Truth { root, entries }
        };
        let (value, absence) = (change(KEYS[0], Some(vec![1])), change(KEYS[0], None));
        let presence = change(KEYS[1], Some(vec![1]));
        let left_out = change(&between, None);
        for oracle in ["proof", "multiproof", "range", "witness"] {
            assert_eq!(found(oracle, truth()), 0, "{oracle}");
            let wrong = [&value, &absence, &presence, &left_out];
            let found = wrong.map(|truth| found(oracle, truth) > 0);
            let has_ranges = !["proof", "multiproof"].contains(&oracle);
            assert_eq!(found, [true, true, true, has_ranges], "{oracle}");
        }
    }
}
