//! The compact form of ascending bit indices.
//!
//! Near the root of a trie of random keys the indices mostly follow each other, further down or
//! with long common prefixes they leave gaps. So the gaps are written, each with as many bits as
//! its size needs: the Elias gamma code. A gap is the distance from the index before, and for the
//! first index from -1, so it is at least 1. A gap of `n` significant bits is written as `n - 1`
//! zeros and then those `n` bits, the most significant first. The bits fill bytes from the most
//! significant bit down; what is left of the last byte is filled with zeros.

use alloc::vec::Vec;

use crate::bytes_source::{BytesSource, read_byte};
use crate::key_bits::BIT_INDEX_MAX;
use crate::proof_error::EncodingFault;

/// The mask of the first bit in a byte.
const FIRST_BIT: u8 = 0x80;

/// Appends the code of strictly ascending indices to `out`.
pub(crate) fn encode_indices(indices: impl Iterator<Item = u16>, out: &mut Vec<u8>) {
    let mut writer = BitWriter::new(out);
    // One more than the index before.
    let mut next = 0_u16;
    for index in indices {
        writer.push_gap(index.saturating_sub(next).saturating_add(1));
        next = index.saturating_add(1);
    }
    writer.finish();
}

/// Reads the code of `count` indices. What is returned ascends strictly and ends at
/// [`BIT_INDEX_MAX`] or before.
pub(crate) fn decode_indices<S: BytesSource>(
    source: &mut S,
    count: usize,
) -> Result<Vec<u16>, EncodingFault> {
    let mut reader = BitReader::new(source);
    let mut indices = Vec::new();
    let mut next = 0_u16;
    for _ in 0..count {
        let index = reader.pull_index(next)?;
        indices.push(index);
        next = index.saturating_add(1);
    }
    reader.finish()?;
    Ok(indices)
}

/// Collects bits into bytes.
pub(crate) struct BitWriter<'o> {
    out: &'o mut Vec<u8>,
    /// The byte that is being filled.
    byte: u8,
    /// The place of the next bit in it, never 0.
    mask: u8,
}

impl<'o> BitWriter<'o> {
    /// A writer that appends to `out`.
    pub(crate) fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            byte: 0,
            mask: FIRST_BIT,
        }
    }

    /// Writes a gap, from 1 up.
    pub(crate) fn push_gap(&mut self, gap: u16) {
        let leading = gap.leading_zeros();
        let significant = u16::BITS.saturating_sub(leading);
        (1..significant).for_each(|_| self.push(false));
        for place in (0..significant).rev() {
            self.push(gap.unbounded_shr(place) & 1 == 1);
        }
    }

    /// Writes a bit.
    pub(crate) fn push(&mut self, bit: bool) {
        if bit {
            self.byte |= self.mask;
        }
        self.mask >>= 1;
        if self.mask == 0 {
            self.out.push(self.byte);
            (self.byte, self.mask) = (0, FIRST_BIT);
        }
    }

    /// Fills the last byte up.
    pub(crate) fn finish(self) {
        if self.mask != FIRST_BIT {
            self.out.push(self.byte);
        }
    }
}

/// Takes bytes apart into bits. It reads a byte only when a bit of it is wanted.
pub(crate) struct BitReader<'i, S> {
    source: &'i mut S,
    /// The byte last read.
    byte: u8,
    /// The place of the next bit in it; 0 if there is none left.
    mask: u8,
}

impl<'i, S: BytesSource> BitReader<'i, S> {
    /// A reader at the start of a byte.
    pub(crate) fn new(source: &'i mut S) -> Self {
        Self {
            source,
            byte: 0,
            mask: 0,
        }
    }

    /// How many bytes are left behind the one last read, if that is known.
    pub(crate) fn bytes_left(&mut self) -> Option<usize> {
        self.source.remaining()
    }

    /// Reads a gap and returns the index that it leads to, `next` being what a gap of 1 leads to.
    pub(crate) fn pull_index(&mut self, next: u16) -> Result<u16, EncodingFault> {
        let gap = self.pull_gap()?;
        next.checked_add(gap)
            .and_then(|index| index.checked_sub(1))
            .filter(|index| *index <= BIT_INDEX_MAX)
            .ok_or(EncodingFault::BitOutOfRange)
    }

    /// Reads a gap, from 1 up.
    fn pull_gap(&mut self) -> Result<u16, EncodingFault> {
        let mut further_bits = 0_u32;
        while !self.pull()? {
            further_bits = further_bits.saturating_add(1);
            if further_bits >= u16::BITS {
                return Err(EncodingFault::BitOutOfRange);
            }
        }
        let mut gap = 1_u16;
        for _ in 0..further_bits {
            gap = gap.unbounded_shl(1) | u16::from(self.pull()?);
        }
        Ok(gap)
    }

    /// Reads a bit.
    pub(crate) fn pull(&mut self) -> Result<bool, EncodingFault> {
        if self.mask == 0 {
            self.byte = read_byte(self.source)?;
            self.mask = FIRST_BIT;
        }
        let bit = self.byte & self.mask != 0;
        self.mask >>= 1;
        Ok(bit)
    }

    /// Checks that what is left of the last byte is zeros.
    pub(crate) fn finish(mut self) -> Result<(), EncodingFault> {
        while self.mask != 0 {
            if self.pull()? {
                return Err(EncodingFault::Padding);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::{decode_indices, encode_indices};
    use crate::key_bits::BIT_INDEX_MAX;
    use crate::proof_error::EncodingFault;

    fn code(indices: &[u16]) -> Vec<u8> {
        let mut out = Vec::new();
        encode_indices(indices.iter().copied(), &mut out);
        out
    }

    #[test]
    fn dense_indices_take_a_bit_each() {
        let indices: Vec<u16> = (0..800).collect();
        assert_eq!(code(&indices), [0xff; 100]);
        assert_eq!(code(&[]), []);
        assert_eq!(code(&[1, 7, 16]), [0x46, 0x12]);
    }

    #[test]
    fn an_index_out_of_range_is_refused() {
        let last = code(&[BIT_INDEX_MAX]);
        assert_eq!(
            decode_indices(&mut &last[..], 1),
            Ok([BIT_INDEX_MAX].into())
        );
        for beyond in [
            code(&[BIT_INDEX_MAX + 1]),
            code(&[BIT_INDEX_MAX, u16::MAX - 1]),
        ] {
            let count = usize::from(beyond.len() > 4) + 1;
            let decoded = decode_indices(&mut &beyond[..], count);
            assert_eq!(decoded, Err(EncodingFault::BitOutOfRange));
        }
        let zeros = [0; 4];
        let decoded = decode_indices(&mut &zeros[..], 1);
        assert_eq!(decoded, Err(EncodingFault::BitOutOfRange));
    }

    proptest! {
        #[test]
        fn indices_survive(indices in btree_set(0..=BIT_INDEX_MAX, 0..40)) {
            let indices: Vec<u16> = indices.into_iter().collect();
            let bytes = code(&indices);
            let mut rest = &bytes[..];
            prop_assert_eq!(decode_indices(&mut rest, indices.len()), Ok(indices));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn whatever_decodes_is_canonical(
            bytes in proptest::collection::vec(any::<u8>(), 0..12),
            count in 0_usize..20,
        ) {
            let mut rest = &bytes[..];
            if let Ok(indices) = decode_indices(&mut rest, count) {
                prop_assert!(indices.is_sorted_by(|a, b| a < b));
                prop_assert_eq!(code(&indices), &bytes[..bytes.len() - rest.len()]);
            }
        }
    }
}
