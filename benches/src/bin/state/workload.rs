//! The entries and the blocks that every system is measured with.
//!
//! Keys are 32 and values 64 pseudo-random bytes. A block sets 1,000 keys that are present to new
//! values and reads 2,000 keys that are present. Everything follows from counters, so that a run
//! can be repeated.

/// How many keys a block sets.
pub(crate) const UPDATES: usize = 1_000;
/// How many keys a block reads.
pub(crate) const READS: usize = 2_000;

pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// One block.
pub(crate) struct Block {
    /// The changes, in no particular order.
    pub(crate) updates: Vec<Entry>,
    /// The keys to read before them.
    pub(crate) reads: Vec<Vec<u8>>,
}

/// A step of splitmix64.
pub(crate) fn scramble(counter: u64) -> u64 {
    let mut word = counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

fn bytes(seed: u64, words: u64) -> Vec<u8> {
    let words = (0..words).map(|word| scramble(scramble(seed).wrapping_add(word)));
    words.flat_map(u64::to_le_bytes).collect()
}

/// The key with a number.
pub(crate) fn key(number: u64) -> Vec<u8> {
    bytes(number, 4)
}

/// The value that a key has after the block of this number, if the block sets it.
pub(crate) fn value(number: u64, block: u64) -> Vec<u8> {
    bytes(number.wrapping_mul(1_000_003) ^ block.wrapping_shl(40), 8)
}

/// The entries at the start, in the order of their numbers.
pub(crate) fn entries(count: u64) -> impl Iterator<Item = Entry> {
    (0..count).map(|number| (key(number), value(number, 0)))
}

/// The same in the order of their keys, made one after the other.
pub(crate) fn sorted_entries(count: u64) -> impl Iterator<Item = Entry> {
    let front = |number| {
        let key = key(number);
        let front = key.first_chunk().copied().unwrap_or_default();
        (u64::from_be_bytes(front), number)
    };
    let mut order: Vec<(u64, u64)> = (0..count).map(front).collect();
    order.sort_unstable();
    let numbers = order.into_iter().map(|(_, number)| number);
    numbers.map(|number| (key(number), value(number, 0)))
}

/// A block over `count` keys. Blocks are numbered from 1.
pub(crate) fn block(number: u64, count: u64) -> Block {
    let pick = |place: usize| scramble(number << 32 | place as u64) % count;
    Block {
        updates: (0..UPDATES)
            .map(|place| (key(pick(place)), value(pick(place), number)))
            .collect(),
        reads: (UPDATES..UPDATES + READS)
            .map(|place| key(pick(place)))
            .collect(),
    }
}
