//! How much of an update is hashing: the hashes of a block are counted, and as many of the same
//! length are computed alone, side by side and one after the other.

use std::convert::Infallible;

use blake2b_simd::Params;
use blake2b_simd::many::{HashManyJob, hash_many};
use lockstep_state_trie::{Digest, Leaf, Link, MemoryStore, NodeChanges, NodeStore, Page, Trie};

use crate::system::{median, timed};
use crate::workload::{self, UPDATES};

/// The length of an internal node's preimage in bytes. That of a leaf or value here is 65.
const PREIMAGE_BYTES: usize = 67;
/// How many hashes are computed at a time.
const HASHES: usize = 16_384;
/// How often.
const ROUNDS: usize = 25;

/// A store that counts the hashes behind what it is given.
#[derive(Default)]
struct Counting {
    inner: MemoryStore,
    hashes: usize,
}

impl NodeStore for Counting {
    type Error = Infallible;
    type Ref<'s, T: 's> = &'s T;

    fn root(&self, root: &Digest) -> Result<Option<Link>, Infallible> {
        self.inner.root(root)
    }

    fn page(&self, number: u64) -> Result<Option<&Page>, Infallible> {
        self.inner.page(number)
    }

    fn leaf(&self, number: u64) -> Result<Option<&Leaf>, Infallible> {
        self.inner.leaf(number)
    }

    fn apply(&mut self, changes: NodeChanges) -> Result<(), Infallible> {
        // A leaf takes two: its value's and its own, which is among those computed.
        self.hashes = changes.leaves.len() + changes.parts.computed_count();
        self.inner.apply(changes)
    }
}

/// How many hashes an update takes in a trie of so many keys: those of a block, by its updates.
fn hashes_per_update(entries: u64) -> f64 {
    let mut trie = Trie::new(Counting::default());
    let mut loaded: Vec<_> = workload::entries(entries).collect();
    loaded.sort();
    let Ok(_) = trie.load(loaded) else {
        unreachable!("the keys are sorted and memory does not fail")
    };
    let updates = workload::block(1, entries).updates.into_iter();
    trie.update(updates.map(|(key, value)| (key, Some(value))))
        .expect("memory");
    trie.store().hashes as f64 / UPDATES as f64
}

/// CPU time of one hash in microseconds: in lanes, and alone.
pub(crate) fn hash_us() -> (f64, f64) {
    let preimages: Vec<[u8; PREIMAGE_BYTES]> =
        (0..HASHES).map(|n| [n as u8; PREIMAGE_BYTES]).collect();
    let mut parameters = Params::new();
    parameters.hash_length(32);
    let (mut lanes, mut alone) = (Vec::new(), Vec::new());
    let mut sum = 0_usize;
    for _ in 0..ROUNDS {
        let (us, ()) = timed(|| {
            for preimages in preimages.chunks(64) {
                let jobs = preimages
                    .iter()
                    .map(|bytes| HashManyJob::new(&parameters, bytes));
                let mut jobs: Vec<_> = jobs.collect();
                hash_many(&mut jobs);
                sum += jobs
                    .iter()
                    .map(|job| usize::from(job.to_hash().as_bytes()[0]))
                    .sum::<usize>();
            }
        });
        lanes.push(us / HASHES as f64);
        let (us, ()) = timed(|| {
            let hashes = preimages.iter().map(|bytes| parameters.hash(bytes));
            sum += hashes
                .map(|hash| usize::from(hash.as_bytes()[0]))
                .sum::<usize>();
        });
        alone.push(us / HASHES as f64);
    }
    assert!(sum > 0, "the hashes are used");
    (median(&lanes), median(&alone))
}

/// Prints the share of hashing in an update that takes `update_us` in a trie of so many keys: how
/// far from the limit it is, because no trie of these rules gets by with fewer hashes.
pub(crate) fn report(entries: u64, update_us: f64) {
    let hashes = hashes_per_update(entries);
    let (lanes, alone) = hash_us();
    println!(
        "blake2b-256 of {PREIMAGE_BYTES} bytes: {:.0} ns in lanes, {:.0} ns alone",
        lanes * 1e3,
        alone * 1e3
    );
    println!(
        "hashes per update: {hashes:.1}; alone they take {:.2} us in lanes, {:.0}% of an update's {update_us:.2} us, \
         which is {:.1} times the limit",
        hashes * lanes,
        100.0 * hashes * lanes / update_us,
        update_us / (hashes * lanes)
    );
}
