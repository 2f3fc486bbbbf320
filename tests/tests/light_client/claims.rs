//! What the light client is asked and what it answers, as its ABI has it, and what the native
//! verifier says of the same.

use std::ops::Bound;

use lockstep_state_trie::{Digest, MultiProof, ProofError, verify_keys, verify_range};
use parity_scale_codec::{Decode, Encode};

/// `Claim` of the contract.
pub(crate) type Claim = (Vec<u8>, Option<Vec<u8>>);
/// `Entry` of the contract.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// `RangeEnd` of the contract.
#[derive(Clone, Debug, Encode)]
pub(crate) enum RangeEnd {
    Unbounded,
    Included(Vec<u8>),
    Excluded(Vec<u8>),
}

impl RangeEnd {
    pub(crate) fn bound(&self) -> Bound<&[u8]> {
        match self {
            RangeEnd::Unbounded => Bound::Unbounded,
            RangeEnd::Included(key) => Bound::Included(key),
            RangeEnd::Excluded(key) => Bound::Excluded(key),
        }
    }
}

/// `KeyRange` of the contract.
#[derive(Clone, Debug, Encode)]
pub(crate) struct KeyRange {
    pub(crate) start: RangeEnd,
    pub(crate) end: RangeEnd,
    pub(crate) limit: Option<u32>,
}

impl KeyRange {
    pub(crate) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        (self.start.bound(), self.end.bound())
    }

    pub(crate) fn limit(&self) -> Option<usize> {
        self.limit.map(|limit| usize::try_from(limit).unwrap())
    }
}

/// `Refused` of the contract.
#[derive(Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Refused {
    Malformed { offset: u32 },
    OtherRoot { computed: [u8; 32] },
    OtherContent,
    Invalid,
    NotCovered,
}

impl From<ProofError> for Refused {
    fn from(error: ProofError) -> Refused {
        match error {
            ProofError::Encoding { offset, .. } => Refused::Malformed {
                offset: u32::try_from(offset).unwrap(),
            },
            ProofError::RootMismatch { computed, .. } => Refused::OtherRoot {
                computed: computed.0,
            },
            ProofError::NotCovered => Refused::NotCovered,
            _ => Refused::Invalid,
        }
    }
}

/// What the native verifier says of claims about keys.
pub(crate) fn holds(root: &Digest, claims: &[Claim], proof: &[u8]) -> Result<(), Refused> {
    let proof = MultiProof::from_bytes(proof)?;
    let keys: Vec<&[u8]> = claims.iter().map(|(key, _)| key.as_slice()).collect();
    let shown = verify_keys(root, &keys, &proof)?;
    match shown.iter().eq(claims.iter().map(|(_, value)| value)) {
        true => Ok(()),
        false => Err(Refused::OtherContent),
    }
}

/// What the native verifier says of a claim about a range.
pub(crate) fn lists(
    root: &Digest,
    range: &KeyRange,
    entries: &[Entry],
    proof: &[u8],
) -> Result<(), Refused> {
    let proof = MultiProof::from_bytes(proof)?;
    match verify_range(root, range.bounds(), range.limit(), &proof)? == entries {
        true => Ok(()),
        false => Err(Refused::OtherContent),
    }
}
