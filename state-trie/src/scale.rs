//! Proofs as members of other SCALE types, for those who have `parity-scale-codec` anyway.

use parity_scale_codec::{Decode, Encode, Error, Input, Output};

use crate::bytes_source::BytesSource;
use crate::multi_codec;
use crate::partial_tree::MultiProof;
use crate::proof::Proof;
use crate::proof_codec;
use crate::proof_error::EncodingFault;

/// A SCALE input as a source of bytes.
struct FromInput<'i, I>(&'i mut I);

impl<I: Input> BytesSource for FromInput<'_, I> {
    fn read(&mut self, into: &mut [u8]) -> Result<(), EncodingFault> {
        self.0.read(into).map_err(|_| EncodingFault::Truncated)
    }

    fn remaining(&mut self) -> Option<usize> {
        self.0.remaining_len().ok().flatten()
    }

    fn again(&self) -> Option<&[u8]> {
        None
    }
}

impl Encode for Proof {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.to_bytes());
    }
}

impl Decode for Proof {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        proof_codec::decode(&mut FromInput(input)).map_err(|fault| fault.as_str().into())
    }
}

impl Encode for MultiProof {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        dest.write(&self.to_bytes());
    }
}

impl Decode for MultiProof {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        multi_codec::decode(&mut FromInput(input)).map_err(|fault| fault.as_str().into())
    }
}
