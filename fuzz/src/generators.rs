//! Hostile input from a seed: random bytes, and valid input with a few mutations.
//!
//! Everything here is a function of the [`Rng`] it is given, so a finding is named by its oracle
//! and its seed. Most random bytes die in the first check of a decoder; mutated valid input gets
//! further, which is why [`mutate`] does most of the work.

/// A small seeded generator (splitmix64): the same seed gives the same input, for ever.
pub struct Rng(u64);

impl Rng {
    /// A generator whose whole output is a function of `seed`.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 when `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 {
            return 0;
        }
        let bound = bound as u64;
        (self.next_u64() % bound) as usize
    }

    /// True `percent` times in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`.
    ///
    /// # Panics
    /// When there is nothing to choose from.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A random byte.
    pub fn byte(&mut self) -> u8 {
        self.next_u64().to_le_bytes()[0]
    }
}

/// Up to `length_max` random bytes.
pub fn random_bytes(rng: &mut Rng, length_max: usize) -> Vec<u8> {
    let length = rng.below(length_max + 1);
    (0..length).map(|_| rng.byte()).collect()
}

/// `input` with one to eight mutations: bytes flipped, set, inserted, removed, repeated or moved,
/// or the end cut off. The result is at most twice as long as the input plus 256 bytes.
pub fn mutate(rng: &mut Rng, input: &[u8]) -> Vec<u8> {
    let mut output = input.to_vec();
    for _ in 0..=rng.below(8) {
        mutate_once(rng, &mut output);
    }
    output.truncate(input.len() * 2 + 256);
    output
}

/// Bytes that matter to LEB128 numbers, Wasm sections and SCALE prefixes.
const TELLING_BYTES: [u8; 10] = [0x00, 0x01, 0x0b, 0x40, 0x7c, 0x7d, 0x7f, 0x80, 0xfc, 0xff];

fn mutate_once(rng: &mut Rng, bytes: &mut Vec<u8>) {
    let at = rng.below(bytes.len());
    let run = rng.below(32).min(bytes.len().saturating_sub(at));
    match rng.below(7) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << rng.below(8),
        1 if !bytes.is_empty() => bytes[at] = TELLING_BYTES[rng.below(TELLING_BYTES.len())],
        2 => bytes.insert(at, rng.byte()),
        3 => drop(bytes.drain(at..at + run)),
        4 => {
            let piece = bytes[at..at + run].to_vec();
            let to = rng.below(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        5 => {
            // A LEB128 number with one byte more, the value unchanged.
            if let Some(byte) = bytes.get_mut(at).filter(|byte| **byte < 0x80) {
                *byte |= 0x80;
                bytes.insert(at + 1, 0);
            }
        }
        _ => bytes.truncate(at),
    }
}
