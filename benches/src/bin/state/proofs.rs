//! Sizes of proofs and the time to check them.

use std::ops::Bound;

use lockstep_state_trie::{verify, verify_entries, verify_keys, verify_range};

use crate::system::{Ours, median, minimum, timed};
use crate::workload;

/// How many keys are proved.
const KEYS: u64 = 1_000;
/// How often the checks are timed.
const ROUNDS: usize = 15;

/// What stands in the summary.
pub(crate) struct Proofs {
    /// Average length of a proof of presence without the value.
    pub(crate) bytes: f64,
    /// Time to check a proof of presence with its value.
    pub(crate) verify_us: f64,
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
    let prove = |key: &Vec<u8>| trie.prove(key).expect("memory");
    let proofs: Vec<_> = keys.iter().map(prove).collect();
    let with_value: usize = proofs.iter().map(|proof| proof.to_bytes().len()).sum();
    let short = proofs
        .iter()
        .map(|proof| proof.clone().without_value().to_bytes().len());
    let without_value: usize = short.sum();
    let rounds = (0..ROUNDS).map(|_| {
        let (us, ()) = timed(|| {
            for (key, proof) in keys.iter().zip(&proofs) {
                assert!(verify(&root, key, proof).is_ok_and(|value| value.is_some()));
            }
        });
        us / count
    });
    let verify_us: Vec<f64> = rounds.collect();
    println!(
        "proof of presence: {:.0} bytes without the value, {:.0} with it; verify {:.2} us (minimum {:.2})",
        without_value as f64 / count,
        with_value as f64 / count,
        median(&verify_us),
        minimum(&verify_us)
    );

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
    Proofs {
        bytes: without_value as f64 / count,
        verify_us: median(&verify_us),
    }
}
