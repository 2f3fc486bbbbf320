//! Keys as bit strings.
//!
//! Each byte of a key contributes nine bits: a 1, which says that there is a byte, and then the
//! byte from its most significant bit down. The end of the key contributes one last bit, 0. A key
//! of `n` bytes so has `9n + 1` bits. No key's bit string is a prefix of another's, and the order
//! of the bit strings is the order of the byte strings, a prefix standing before what it
//! prefixes.
//!
//! The functions here are total: a bit past the end of a key reads as 0. Callers have refused
//! keys over [`KEY_BYTES_MAX`], so no index saturates.

/// The longest key in bytes that a trie takes.
pub const KEY_BYTES_MAX: usize = 4_096;

/// The highest bit index that a node can have: the end bit of a key of [`KEY_BYTES_MAX`] bytes,
/// `9 * 4096`. The bit indices grow strictly on every way down, so no trie is deeper than this
/// plus one.
pub const BIT_INDEX_MAX: u16 = 36_864;

/// Bits that each byte of a key contributes.
const BITS_PER_BYTE: u16 = 9;
/// Bits of the upper half of a byte: the one in front of the byte and its upper four.
const UPPER_HALF_BITS: u16 = 5;

/// That a key is longer than [`KEY_BYTES_MAX`].
pub(crate) struct KeyTooLong {
    /// Its length in bytes.
    pub(crate) length: usize,
}

/// Refuses a key that is longer than [`KEY_BYTES_MAX`].
pub(crate) fn check_key(key: &[u8]) -> Result<(), KeyTooLong> {
    if key.len() > KEY_BYTES_MAX {
        return Err(KeyTooLong { length: key.len() });
    }
    Ok(())
}

/// The bit at `index`, counted from 0 at the front; `false` past the end.
pub(crate) fn bit(key: &[u8], index: u16) -> bool {
    let Some(byte) = key.get(usize::from(index / BITS_PER_BYTE)) else {
        return false;
    };
    // The nine bits of this byte, the one for its presence on top.
    let bits = 0x100 | u16::from(*byte);
    let mask = 0x100_u16.unbounded_shr(u32::from(index % BITS_PER_BYTE));
    bits & mask != 0
}

/// The half byte that a bit belongs to. The nine bits of a byte are five, the bit in front of the
/// byte and its upper half, and then the four of its lower half. Half bytes are counted from 0 at
/// the front; the greatest is 8,192, the end of the longest key.
pub(crate) fn half_byte_of(bit: u16) -> u16 {
    let lower = bit % BITS_PER_BYTE >= UPPER_HALF_BITS;
    (bit / BITS_PER_BYTE)
        .saturating_mul(2)
        .saturating_add(u16::from(lower))
}

/// The index of the last bit of a half byte.
pub(crate) fn last_bit_of_half_byte(half_byte: u16) -> u16 {
    let last = if half_byte.is_multiple_of(2) {
        UPPER_HALF_BITS
    } else {
        BITS_PER_BYTE
    };
    first_bit_of_byte(usize::from(half_byte / 2)).saturating_add(last.saturating_sub(1))
}

/// The bits of a key in a half byte as a number, the first bit on top: 0 to 15 in a lower half,
/// 0 (the key has ended) or 16 to 31 in an upper half.
pub(crate) fn slot_of(key: &[u8], half_byte: u16) -> u32 {
    let byte = key.get(usize::from(half_byte / 2)).copied();
    match (byte.map(u32::from), half_byte.is_multiple_of(2)) {
        (None, _) => 0,
        (Some(byte), true) => 0x10 | byte.unbounded_shr(4),
        (Some(byte), false) => byte & 0x0f,
    }
}

/// The index of the last bit of a key, the 0 that ends it.
pub(crate) fn end_bit(key: &[u8]) -> u16 {
    first_bit_of_byte(key.len())
}

/// The index of the first bit in which two keys differ; `None` if they are equal.
pub(crate) fn first_difference(a: &[u8], b: &[u8]) -> Option<u16> {
    let differing = a.iter().zip(b).enumerate().find(|(_, (x, y))| x != y);
    match differing {
        Some((byte, (x, y))) => Some(first_bit_of_byte(byte).saturating_add(first_one(x ^ y))),
        None if a.len() == b.len() => None,
        None => Some(first_bit_of_byte(a.len().min(b.len()))),
    }
}

/// The place of the first 1 of a byte within the nine bits that it contributes, from 1 to 8.
fn first_one(difference: u8) -> u16 {
    u16::try_from(difference.leading_zeros().saturating_add(1)).unwrap_or(BITS_PER_BYTE)
}

/// The index of the first of the nine bits that the byte at this place contributes.
fn first_bit_of_byte(byte: usize) -> u16 {
    u16::try_from(byte)
        .unwrap_or(u16::MAX)
        .saturating_mul(BITS_PER_BYTE)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{
        BIT_INDEX_MAX, KEY_BYTES_MAX, bit, end_bit, first_difference, half_byte_of,
        last_bit_of_half_byte, slot_of,
    };

    #[test]
    fn the_first_difference_is_where_the_bits_first_differ() {
        let keys: [&[u8]; 9] = [
            b"",
            &[0],
            &[0, 0],
            &[0, 1],
            &[0, 0x80],
            &[1],
            &[0x7f],
            &[0x80],
            &[0xff, 0xff],
        ];
        for a in keys {
            for b in keys {
                let by_bits = (0..40).find(|index| bit(a, *index) != bit(b, *index));
                // "" and the like end in a 0 like the reading past the end, so nothing is lost.
                assert_eq!(first_difference(a, b), by_bits, "{a:?} {b:?}");
                if let Some(index) = by_bits {
                    assert_eq!(bit(b, index), a < b, "{a:?} {b:?}");
                    assert!(index <= end_bit(a) && index <= end_bit(b));
                }
            }
        }
    }

    #[test]
    fn the_longest_keys_stay_within_the_index_range() {
        let longest = vec![0xff; KEY_BYTES_MAX];
        let (shorter, other) = (&longest[1..], [&longest[1..], &[0xfe]].concat());
        assert_eq!(end_bit(&longest), BIT_INDEX_MAX);
        assert_eq!(first_difference(&longest, shorter), Some(BIT_INDEX_MAX - 9));
        assert_eq!(first_difference(&longest, &other), Some(BIT_INDEX_MAX - 1));
        assert!(bit(&longest, BIT_INDEX_MAX - 1));
        assert!(!bit(&longest, BIT_INDEX_MAX));
        assert!(!bit(&longest, u16::MAX));
    }

    #[test]
    fn a_slot_is_the_bits_of_its_half_byte() {
        let keys: [&[u8]; 5] = [b"", &[0x00], &[0xa5], &[0xff, 0x12], &[0x0f, 0xf0, 0x80]];
        for key in keys {
            for half_byte in 0..8 {
                let mut bits = (0..=72).filter(|bit| half_byte_of(*bit) == half_byte);
                let number = bits
                    .clone()
                    .fold(0, |number, index| number << 1 | u32::from(bit(key, index)));
                let past_end = usize::from(half_byte / 2) > key.len();
                assert!(
                    past_end || slot_of(key, half_byte) == number,
                    "{key:?} {half_byte}"
                );
                assert_eq!(bits.next_back(), Some(last_bit_of_half_byte(half_byte)));
            }
        }
        assert_eq!(half_byte_of(BIT_INDEX_MAX), 8_192);
    }
}
