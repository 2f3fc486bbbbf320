//! Sizes of proofs and the time to check them.

use std::ops::Bound;

use lockstep_state_trie::{
    Digest, Proof, verify, verify_entries, verify_keys, verify_range, verify_value,
};

use crate::system::{Ours, median, minimum, timed};
use crate::workload;

/// How many keys are proved.
const KEYS: u64 = 1_000;
/// How often the checks are timed.
const ROUNDS: usize = 15;

/// What stands in the summary, both of the proof of presence that leaves its value to whoever
/// checks it: the value has any length, and the rest does not depend on it.
pub(crate) struct Proofs {
    /// Average length.
    pub(crate) bytes: f64,
    /// Time to check one, the value's hash included.
    pub(crate) verify_us: f64,
}

/// A key and what it holds, with its proof in both forms.
struct Proved {
    key: Vec<u8>,
    value: Vec<u8>,
    with_value: Proof,
    without_value: Proof,
}

/// Checks all proofs in one form, [`ROUNDS`] times: the times of one proof in microseconds.
fn verify_us(all: &[Proved], is_good: impl Fn(&Proved) -> bool) -> Vec<f64> {
    let rounds = (0..ROUNDS).map(|_| {
        let (us, ()) = timed(|| assert!(all.iter().all(&is_good)));
        us / all.len() as f64
    });
    rounds.collect()
}

/// The lengths of all proofs together, with and without the values.
fn lengths(all: &[Proved]) -> (usize, usize) {
    let with = all.iter().map(|one| one.with_value.to_bytes().len()).sum();
    let without = all.iter().map(|one| one.without_value.to_bytes().len());
    (with, without.sum())
}

/// Measures the proofs of single keys and prints two lines.
fn report_single(root: &Digest, all: &[Proved]) -> Proofs {
    let count = all.len() as f64;
    let (with_value, without_value) = lengths(all);
    let without_us = verify_us(all, |one| {
        verify_value(root, &one.key, &one.value, &one.without_value).is_ok()
    });
    let with_us = verify_us(all, |one| {
        verify(root, &one.key, &one.with_value).is_ok_and(|value| value.is_some())
    });
    for (form, bytes, us) in [
        ("without its value", without_value, &without_us),
        ("with its value", with_value, &with_us),
    ] {
        println!(
            "proof of presence {form}: {:.0} bytes; verify {:.2} us (minimum {:.2})",
            bytes as f64 / count,
            median(us),
            minimum(us)
        );
    }
    Proofs {
        bytes: without_value as f64 / count,
        verify_us: median(&without_us),
    }
}

/// Measures proofs under a state of so many keys and prints the figures.
pub(crate) fn report(entries: u64) -> Proofs {
    let ours = Ours::load(workload::entries(entries), 1);
    let (trie, root) = (&ours.trie, ours.trie.root());
    let mut keys: Vec<_> = (0..KEYS)
        .map(|n| workload::key(n * 997 % entries))
        .collect();
    keys.sort();
    keys.dedup();
    let count = keys.len() as f64;
    let proved = keys.iter().map(|key| {
        let with_value = trie.prove(key).expect("memory");
        Proved {
            key: key.clone(),
            value: trie.get(key).expect("memory").expect("it is present"),
            without_value: with_value.clone().without_value(),
            with_value,
        }
    });
    let proved: Vec<_> = proved.collect();
    let single = report_single(&root, &proved);
    let (with_value, without_value) = lengths(&proved);

    let proof = trie.snapshot().prove_keys(&keys).expect("memory");
    let (multi_us, values) = timed(|| verify_keys(&root, &keys, &proof));
    let values = values.expect("a proof");
    let full = proof.to_bytes().len();
    let short = proof.without_values();
    let claims: Vec<_> = keys.iter().zip(values).collect();
    assert_eq!(verify_entries(&root, &claims, &short), Ok(()));
    let short = short.to_bytes().len();
    println!(
        "one proof of {} keys: {short} bytes without values, {:.2}x smaller than {without_value} apart; \
         {full} with values, {:.2}x smaller than {with_value}; verify {:.2} us per key",
        keys.len(),
        without_value as f64 / short as f64,
        with_value as f64 / full as f64,
        multi_us / count
    );

    let range = (Bound::Included(&keys[0][..]), Bound::Unbounded);
    let limit = Some(1_000);
    let proof = trie.snapshot().prove_range(range, limit);
    let proof = proof.expect("memory");
    let (range_us, shown) = timed(|| verify_range(&root, range, limit, &proof));
    let shown = shown.expect("a proof").len();
    println!(
        "proof of a range of {shown} entries: {} bytes, of which {} are keys and values; verify {:.2} us per entry",
        proof.to_bytes().len(),
        shown * 96,
        range_us / shown as f64
    );
    single
}
