//! Keys made to be costly: they share the longest prefixes that there are.

use lockstep_state_trie::{KEY_BYTES_MAX, MemoryStore, Trie};

use crate::system::{median, timed};
use crate::workload::scramble;

/// How many batches of each kind are timed.
const BATCHES: usize = 15;

/// Times updates of single keys, one batch each, and reads; prints a line.
fn measure(what: &str, keys: &[Vec<u8>]) {
    let mut trie = Trie::new(MemoryStore::new());
    let entries = keys.iter().map(|key| (key.clone(), Some(vec![1; 64])));
    let (load_us, before) = timed(|| trie.update(entries).expect("memory"));
    let depth = keys
        .iter()
        .map(|key| trie.prove(key).expect("memory").to_bytes().len() / 32);
    let depth = depth.max().unwrap_or_default();
    let (mut update_us, mut read_us, mut root) = (Vec::new(), Vec::new(), before);
    for batch in 0..BATCHES {
        let key = &keys[keys.len() - 1 - batch];
        let (us, value) = timed(|| trie.get(key).expect("memory"));
        assert!(value.is_some());
        read_us.push(us);
        let change = [(key.clone(), Some(vec![batch as u8 + 2; 64]))];
        let (us, after) = timed(|| trie.update(change).expect("memory"));
        update_us.push(us);
        assert!(trie.store_mut().release(&root));
        root = after;
    }
    println!(
        "  {what:<44} {:>6} {depth:>6} {:>9.1} {:>9.1} {:>9.2}",
        keys.len(),
        median(&update_us),
        median(&read_us),
        load_us / keys.len() as f64
    );
}

/// Prints the costs of the worst keys.
pub(crate) fn report() {
    println!(
        "adversarial keys: count, depth about, CPU us of a batch of one update, of a read, per loaded entry"
    );
    let random: Vec<_> = (0..4_096)
        .map(|n| scramble(n).to_be_bytes().to_vec())
        .collect();
    measure("random, 8 bytes, to compare", &random);
    let prefixed = |key: &Vec<u8>| [vec![0; KEY_BYTES_MAX - 8], key.clone()].concat();
    let shared: Vec<_> = random.iter().map(prefixed).collect();
    measure("random behind the longest shared prefix", &shared);
    let chain: Vec<_> = (0..=KEY_BYTES_MAX)
        .map(|length| vec![0xa5; length])
        .collect();
    measure("each a prefix of the next, to 4,096 bytes", &chain);
    let mut deepest = Vec::new();
    for length in 0..KEY_BYTES_MAX {
        deepest.push(vec![0; length]);
        for bit in 0..8 {
            let mut key = vec![0; length + 1];
            key[length] = 0x80 >> bit;
            deepest.push(key);
        }
    }
    deepest.push(vec![0; KEY_BYTES_MAX]);
    measure("parting from one key at every bit", &deepest);
}
