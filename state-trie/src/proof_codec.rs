//! The bytes of a proof.
//!
//! One byte for the kind; then, unless the trie is empty, the number of steps (SCALE compact), the
//! bits of the steps (`gap_code.rs`), the siblings from the root down, and what the kind says of
//! the leaf. Every proof has one encoding: whatever else decodes to nothing. Decoding allocates in
//! proportion to the bytes that it has read, whatever lengths they claim.

use alloc::vec::Vec;

use parity_scale_codec::{Compact, Decode, Encode, Error, Input, Output};

use crate::digest::Digest;
use crate::gap_code::{decode_indices, encode_indices};
use crate::key_bits::{BIT_INDEX_MAX, KEY_BYTES_MAX};
use crate::proof::{End, Form, Proof, Step};
use crate::proof_error::{EncodingFault, ProofError};

/// Kind 0: the trie is empty, so the key is absent.
const EMPTY_TRIE: u8 = 0;
/// Kind 1: the key is absent; the way ends at another key.
const OTHER_KEY: u8 = 1;
/// Kind 2: the key is present; its value is in the proof.
const VALUE: u8 = 2;
/// Kind 3: the key is present; the verifier knows its value.
const VALUE_LEFT_OUT: u8 = 3;

/// How many bytes of a value are read at a time.
const VALUE_CHUNK_BYTES: usize = 4_096;

impl Proof {
    /// The proof's encoding, the same as by SCALE's `Encode`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Form::Path { steps, end } = &self.form else {
            return alloc::vec![EMPTY_TRIE];
        };
        let mut out = alloc::vec![match end {
            End::Other { .. } => OTHER_KEY,
            End::Value(_) => VALUE,
            End::ValueLeftOut => VALUE_LEFT_OUT,
        }];
        encode_length(steps.len(), &mut out);
        encode_indices(steps.iter().map(|step| step.bit), &mut out);
        for step in steps {
            out.extend_from_slice(&step.sibling.0);
        }
        match end {
            End::Other { key, value } => {
                out.extend_from_slice(&value.0);
                encode_length(key.len(), &mut out);
                out.extend_from_slice(key);
            }
            End::Value(value) => {
                encode_length(value.len(), &mut out);
                out.extend_from_slice(value);
            }
            End::ValueLeftOut => {}
        }
        out
    }

    /// Reads a proof from bytes that hold it and nothing else.
    ///
    /// # Errors
    /// [`ProofError::Encoding`] with the place and the fault.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut rest = bytes;
        let decoded = decode(&mut rest);
        let offset = bytes.len().saturating_sub(rest.len());
        match decoded {
            Ok(proof) if rest.is_empty() => Ok(proof),
            Ok(_) => Err(EncodingFault::TrailingBytes),
            Err(fault) => Err(fault),
        }
        .map_err(|fault| ProofError::Encoding { offset, fault })
    }
}

impl Encode for Proof {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.to_bytes());
    }
}

impl Decode for Proof {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        decode(input).map_err(|fault| fault.as_str().into())
    }
}

/// Reads one proof; what follows it stays unread.
fn decode<I: Input>(input: &mut I) -> Result<Proof, EncodingFault> {
    let kind = read_array::<I, 1>(input)?[0];
    if kind == EMPTY_TRIE {
        return Ok(Proof::of_empty_trie());
    }
    if ![OTHER_KEY, VALUE, VALUE_LEFT_OUT].contains(&kind) {
        return Err(EncodingFault::UnknownKind);
    }
    let steps = decode_steps(input)?;
    let end = match kind {
        OTHER_KEY => {
            let value = Digest(read_array(input)?);
            let length = decode_length(input)?;
            if length > KEY_BYTES_MAX {
                return Err(EncodingFault::OtherKeyTooLong);
            }
            let key = read_bytes(input, length)?;
            End::Other { key, value }
        }
        VALUE => {
            let length = decode_length(input)?;
            End::Value(read_bytes(input, length)?)
        }
        _ => End::ValueLeftOut,
    };
    Ok(Proof::new(steps, end))
}

/// Reads the number of steps, their bits and their siblings.
fn decode_steps<I: Input>(input: &mut I) -> Result<Vec<Step>, EncodingFault> {
    let count = decode_length(input)?;
    if count > usize::from(BIT_INDEX_MAX).saturating_add(1) {
        return Err(EncodingFault::TooManySteps);
    }
    let mut steps = Vec::new();
    for bit in decode_indices(input, count)? {
        let sibling = Digest(read_array(input)?);
        steps.push(Step { bit, sibling });
    }
    Ok(steps)
}

/// Writes a length. None is over 32 bits: a trie takes no such values.
fn encode_length(length: usize, out: &mut Vec<u8>) {
    Compact(u32::try_from(length).unwrap_or(u32::MAX)).encode_to(out);
}

/// Reads a length of at most 32 bits in its shortest form.
fn decode_length<I: Input>(input: &mut I) -> Result<usize, EncodingFault> {
    let Compact(length) = Compact::<u32>::decode(input).map_err(|_| EncodingFault::Length)?;
    usize::try_from(length).map_err(|_| EncodingFault::Length)
}

/// Reads a fixed number of bytes.
fn read_array<I: Input, const N: usize>(input: &mut I) -> Result<[u8; N], EncodingFault> {
    let mut bytes = [0; N];
    let read = input.read(&mut bytes);
    read.map_err(|_| EncodingFault::Truncated)?;
    Ok(bytes)
}

/// Reads `length` bytes, a chunk at a time, so that a length without bytes behind it costs nothing.
fn read_bytes<I: Input>(input: &mut I, length: usize) -> Result<Vec<u8>, EncodingFault> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let start = bytes.len();
        let end = start.saturating_add(VALUE_CHUNK_BYTES).min(length);
        bytes.resize(end, 0);
        let chunk = bytes.get_mut(start..).unwrap_or_default();
        input.read(chunk).map_err(|_| EncodingFault::Truncated)?;
    }
    Ok(bytes)
}
