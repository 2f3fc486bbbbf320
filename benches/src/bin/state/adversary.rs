//! Keys made to be costly: they share the longest prefixes that there are, or that a contract can
//! make.
//!
//! Each set of keys is measured in memory, by the CPU time of the thread, and in a store, where the
//! clock counts because a commit waits for the disk. A batch is one update, so that nothing is
//! shared between updates.

use std::path::Path;

use lockstep_state_trie::{Digest, KEY_BYTES_MAX, MemoryStore, NodeStore, Trie};
use lockstep_store::{Settings, Store};

use crate::durable::timed_ms;
use crate::system::{median, timed};
use crate::workload::scramble;

/// How many batches of each kind are timed.
const BATCHES: usize = 15;
/// What stands before the keys of a contract: its account id and the space of its storage.
const CONTRACT_PREFIX_BYTES: usize = 33;
/// The longest key that a contract can give (`storage_key_bytes_max`).
const CONTRACT_KEY_BYTES_MAX: usize = 256;

/// A set of keys.
struct Keys {
    what: &'static str,
    keys: Vec<Vec<u8>>,
}

/// The medians of what was measured of a set of keys on one store.
struct Costs {
    update_us: f64,
    update_ms: f64,
    read_us: f64,
    load_us: f64,
    depth: usize,
}

/// Times updates of single keys, one batch each, and reads, in an empty trie. `forget` gives up a
/// root where the store does not do so itself.
fn measure<S: NodeStore>(
    mut trie: Trie<S>,
    keys: &[Vec<u8>],
    forget: impl Fn(&mut S, &Digest),
) -> Costs {
    let entries = keys.iter().map(|key| (key.clone(), Some(vec![1; 64])));
    let (load_us, before) = timed(|| trie.update(entries).expect("the store writes"));
    let steps = |key: &Vec<u8>| trie.prove(key).expect("the store reads").to_bytes().len() / 32;
    let depth = keys.iter().map(steps).max().unwrap_or_default();
    let (mut update_us, mut update_ms) = (Vec::new(), Vec::new());
    let (mut read_us, mut root) = (Vec::new(), before);
    for batch in 0..BATCHES {
        let key = &keys[keys.len() - 1 - batch];
        let (us, value) = timed(|| trie.get(key).expect("the store reads"));
        assert!(value.is_some());
        read_us.push(us);
        let change = [(key.clone(), Some(vec![batch as u8 + 2; 64]))];
        update_ms.push(timed_ms(|| {
            let (us, after) = timed(|| trie.update(change).expect("the store writes"));
            update_us.push(us);
            forget(trie.store_mut(), &root);
            root = after;
        }));
    }
    Costs {
        update_us: median(&update_us),
        update_ms: median(&update_ms),
        read_us: median(&read_us),
        load_us: load_us / keys.len() as f64,
        depth,
    }
}

/// Prints the costs of the worst keys. The stores lie below a directory.
pub(crate) fn report(directory: &Path) {
    println!(
        "adversarial keys: keys, depth about; in memory CPU us of a batch of one update, of a read, per loaded entry; durable ms of such a batch, CPU us of it, of a read"
    );
    for (number, Keys { what, keys }) in sets().into_iter().enumerate() {
        let memory = measure(Trie::new(MemoryStore::new()), &keys, |store, root| {
            assert!(store.release(root));
        });
        let directory = directory.join(format!("adversary-{number}"));
        let store = Store::create(&directory, Settings::default()).expect("a new directory");
        let durable = measure(Trie::new(store), &keys, |_, _| {});
        println!(
            "  {what:<44} {:>6} {:>7} {:>9.1} {:>8.1} {:>9.2} {:>10.2} {:>8.1} {:>8.1}",
            keys.len(),
            memory.depth,
            memory.update_us,
            memory.read_us,
            memory.load_us,
            durable.update_ms,
            durable.update_us,
            durable.read_us
        );
    }
}

/// The sets of keys: the shortest first, to compare with, then the worst that a contract can make
/// below its own prefix, then the worst that a trie can hold.
fn sets() -> Vec<Keys> {
    let random: Vec<Vec<u8>> = (0..4_096)
        .map(|n| scramble(n).to_be_bytes().to_vec())
        .collect();
    let behind = |bytes: usize| {
        let key = |key: &Vec<u8>| [vec![0; bytes], key.clone()].concat();
        random.iter().map(key).collect()
    };
    let contract_bytes_max = CONTRACT_PREFIX_BYTES + CONTRACT_KEY_BYTES_MAX;
    let set = |what, keys| Keys { what, keys };
    vec![
        set("random, 8 bytes, to compare", random.clone()),
        set(
            "a contract's: random behind 33 + 248 bytes",
            behind(contract_bytes_max - 8),
        ),
        set(
            "a contract's: prefixes, to 33 + 256 bytes",
            prefixes(CONTRACT_PREFIX_BYTES + 1, contract_bytes_max),
        ),
        set(
            "a contract's: parting from one at every bit",
            parting(CONTRACT_PREFIX_BYTES, contract_bytes_max),
        ),
        set("any: random behind 4,088 bytes", behind(KEY_BYTES_MAX - 8)),
        set("any: prefixes, to 4,096 bytes", prefixes(0, KEY_BYTES_MAX)),
        set(
            "any: parting from one at every bit",
            parting(0, KEY_BYTES_MAX),
        ),
    ]
}

/// Keys of these lengths, each a prefix of the next.
fn prefixes(shortest: usize, longest: usize) -> Vec<Vec<u8>> {
    (shortest..=longest)
        .map(|length| vec![0xa5; length])
        .collect()
}

/// A key of the greater length and keys that part from it at every bit behind the smaller.
fn parting(from: usize, length: usize) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    for length in from..length {
        keys.push(vec![0; length]);
        for bit in 0..8 {
            let mut key = vec![0; length + 1];
            key[length] = 0x80 >> bit;
            keys.push(key);
        }
    }
    keys.push(vec![0; length]);
    keys
}
