//! Reading proofs from bytes: the little of SCALE that they need.
//!
//! The verifier has no dependency but the hash, so the compact numbers are read and written here.
//! Reading is generic over where the bytes come from: a slice, or with the feature `scale` any
//! input of `parity-scale-codec`.

use alloc::vec::Vec;

use crate::digest::Digest;
use crate::proof_error::EncodingFault;

/// How many bytes of a value are read at a time.
const CHUNK_BYTES: usize = 4_096;

/// Where bytes come from.
pub(crate) trait BytesSource {
    /// Fills `into` with the next bytes, or fails if there are fewer left.
    fn read(&mut self, into: &mut [u8]) -> Result<(), EncodingFault>;

    /// How many bytes are left, if that is known.
    fn remaining(&mut self) -> Option<usize>;

    /// The same bytes, to read them twice, if that is possible.
    fn again(&self) -> Option<&[u8]>;
}

impl BytesSource for &[u8] {
    fn read(&mut self, into: &mut [u8]) -> Result<(), EncodingFault> {
        let (taken, rest) = self
            .split_at_checked(into.len())
            .ok_or(EncodingFault::Truncated)?;
        into.copy_from_slice(taken);
        *self = rest;
        Ok(())
    }

    fn remaining(&mut self) -> Option<usize> {
        Some(self.len())
    }

    fn again(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// Reads a fixed number of bytes.
pub(crate) fn read_array<S: BytesSource, const N: usize>(
    source: &mut S,
) -> Result<[u8; N], EncodingFault> {
    let mut bytes = [0; N];
    source.read(&mut bytes)?;
    Ok(bytes)
}

/// Reads one byte.
pub(crate) fn read_byte<S: BytesSource>(source: &mut S) -> Result<u8, EncodingFault> {
    read_array::<S, 1>(source).map(|[byte]| byte)
}

/// Reads a digest.
pub(crate) fn read_digest<S: BytesSource>(source: &mut S) -> Result<Digest, EncodingFault> {
    read_array(source).map(Digest)
}

/// Reads `length` bytes, a chunk at a time, so that a length without bytes behind it costs nothing.
pub(crate) fn read_bytes<S: BytesSource>(
    source: &mut S,
    length: usize,
) -> Result<Vec<u8>, EncodingFault> {
    let mut bytes = Vec::new();
    read_bytes_onto(source, length, &mut bytes)?;
    Ok(bytes)
}

/// The same, behind the bytes that are there.
pub(crate) fn read_bytes_onto<S: BytesSource>(
    source: &mut S,
    length: usize,
    bytes: &mut Vec<u8>,
) -> Result<(), EncodingFault> {
    let end = bytes.len().saturating_add(length);
    while bytes.len() < end {
        let start = bytes.len();
        bytes.resize(start.saturating_add(CHUNK_BYTES).min(end), 0);
        source.read(bytes.get_mut(start..).unwrap_or_default())?;
    }
    Ok(())
}

/// Reads a SCALE compact number of at most 32 bits in its shortest form.
pub(crate) fn read_length<S: BytesSource>(source: &mut S) -> Result<usize, EncodingFault> {
    let number = read_compact(source).map_err(|_| EncodingFault::Length)?;
    usize::try_from(number).map_err(|_| EncodingFault::Length)
}

fn read_compact<S: BytesSource>(source: &mut S) -> Result<u32, EncodingFault> {
    let first = read_byte(source)?;
    let (number, shorter_max) = match first & 0b11 {
        0b00 => return Ok(u32::from(first.unbounded_shr(2))),
        0b01 => {
            let number = u16::from_le_bytes([first, read_byte(source)?]);
            (u32::from(number).unbounded_shr(2), 0x3f)
        }
        0b10 => {
            let [second, third, fourth] = read_array(source)?;
            let number = u32::from_le_bytes([first, second, third, fourth]);
            (number.unbounded_shr(2), 0x3fff)
        }
        _ if first == 0b11 => (u32::from_le_bytes(read_array(source)?), 0x3fff_ffff),
        _ => return Err(EncodingFault::Length),
    };
    if number <= shorter_max {
        return Err(EncodingFault::Length);
    }
    Ok(number)
}

/// Writes a length as a SCALE compact number. None is over 32 bits: a trie takes no such values.
pub(crate) fn write_length(length: usize, out: &mut Vec<u8>) {
    let number = u32::try_from(length).unwrap_or(u32::MAX);
    let shifted = number.unbounded_shl(2);
    match (u8::try_from(shifted), u16::try_from(shifted)) {
        _ if number > 0x3fff_ffff => {
            out.push(0b11);
            out.extend_from_slice(&number.to_le_bytes());
        }
        (Ok(byte), _) => out.push(byte),
        (_, Ok(word)) => out.extend_from_slice(&(word | 0b01).to_le_bytes()),
        _ => out.extend_from_slice(&(shifted | 0b10).to_le_bytes()),
    }
}

/// Writes bytes with their length in front.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    write_length(bytes.len(), out);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use parity_scale_codec::{Compact, Decode, Encode};
    use proptest::prelude::*;

    use super::{read_length, write_length};

    fn check(number: u32) {
        let mut bytes = Vec::new();
        write_length(number as usize, &mut bytes);
        assert_eq!(bytes, Compact(number).encode());
        assert_eq!(read_length(&mut &bytes[..]), Ok(number as usize));
    }

    #[test]
    fn lengths_change_their_form_where_scale_says() {
        for power in 0..32 {
            let number = 1_u32 << power;
            [number - 1, number, number + 1].into_iter().for_each(check);
        }
        check(u32::MAX);
    }

    proptest! {
        #[test]
        fn bytes_mean_what_scale_says(bytes in proptest::collection::vec(any::<u8>(), 0..7)) {
            let (mut rest, mut expected) = (&bytes[..], &bytes[..]);
            let number = Compact::<u32>::decode(&mut expected);
            match read_length(&mut rest) {
                Ok(length) => {
                    prop_assert_eq!(number, Ok(Compact(length as u32)));
                    prop_assert_eq!(rest, expected);
                }
                Err(_) => prop_assert!(number.is_err()),
            }
        }
    }
}
