//! The bytes of a proof.
//!
//! One byte for the kind; then, unless the trie is empty, the number of steps (SCALE compact), the
//! bits of the steps (`gap_code.rs`), the siblings from the root down, and what the kind says of
//! the leaf. Every proof has one encoding: whatever else decodes to nothing. Decoding allocates in
//! proportion to the bytes that it has read, whatever lengths they claim.

use alloc::vec::Vec;

use crate::bytes_source::{
    BytesSource, read_byte, read_bytes, read_digest, read_length, write_bytes, write_length,
};
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

impl Proof {
    /// The proof's encoding. With the feature `scale` it is also what SCALE's `Encode` gives.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Form::Path { steps, end } = &self.form else {
            return alloc::vec![EMPTY_TRIE];
        };
        let mut out = alloc::vec![match end {
            End::Other { .. } => OTHER_KEY,
            End::Value(_) => VALUE,
            End::ValueLeftOut => VALUE_LEFT_OUT,
        }];
        write_length(steps.len(), &mut out);
        encode_indices(steps.iter().map(|step| step.bit), &mut out);
        for step in steps {
            out.extend_from_slice(&step.sibling.0);
        }
        match end {
            End::Other { key, value } => {
                out.extend_from_slice(&value.0);
                write_bytes(key, &mut out);
            }
            End::Value(value) => write_bytes(value, &mut out),
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

/// Reads one proof; what follows it stays unread.
pub(crate) fn decode<S: BytesSource>(source: &mut S) -> Result<Proof, EncodingFault> {
    let kind = read_byte(source)?;
    if kind == EMPTY_TRIE {
        return Ok(Proof::of_empty_trie());
    }
    if ![OTHER_KEY, VALUE, VALUE_LEFT_OUT].contains(&kind) {
        return Err(EncodingFault::UnknownKind);
    }
    let steps = decode_steps(source)?;
    let end = match kind {
        OTHER_KEY => {
            let value = read_digest(source)?;
            let length = read_length(source)?;
            if length > KEY_BYTES_MAX {
                return Err(EncodingFault::OtherKeyTooLong);
            }
            let key = read_bytes(source, length)?;
            End::Other { key, value }
        }
        VALUE => {
            let length = read_length(source)?;
            End::Value(read_bytes(source, length)?)
        }
        _ => End::ValueLeftOut,
    };
    Ok(Proof::new(steps, end))
}

/// Reads the number of steps, their bits and their siblings.
fn decode_steps<S: BytesSource>(source: &mut S) -> Result<Vec<Step>, EncodingFault> {
    let count = read_length(source)?;
    if count > usize::from(BIT_INDEX_MAX).saturating_add(1) {
        return Err(EncodingFault::TooManySteps);
    }
    let mut steps = Vec::new();
    for bit in decode_indices(source, count)? {
        let sibling = read_digest(source)?;
        steps.push(Step { bit, sibling });
    }
    Ok(steps)
}
