//! Checks what another chain's state holds, by proofs against its root: the trie's own verifier,
//! compiled into a contract. A bridge or an oracle would take the root from a place that it trusts;
//! here it is an argument.
#![no_std]

use core::ops::Bound;

use lockstep_sdk::prelude::*;
use lockstep_state_trie::{
    Digest, MultiProof, Proof, ProofError, verify, verify_keys, verify_range,
};

#[derive(Storage)]
pub struct LightClient {
    believed: Item<u64>,
}

/// What a key is claimed to hold.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub struct Claim {
    pub key: Vec<u8>,
    /// Nothing for a key that is absent.
    pub value: Option<Vec<u8>>,
}

/// An entry that is claimed to be in a range.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
}

/// One end of a range of keys.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum RangeEnd {
    /// The range has no end here.
    Unbounded,
    /// The key belongs to the range.
    Included { key: Vec<u8> },
    /// The range has all keys up to this one, which does not belong to it.
    Excluded { key: Vec<u8> },
}

/// Keys from one end to another, and how many of them.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub struct KeyRange {
    pub start: RangeEnd,
    pub end: RangeEnd,
    /// The range ends after so many entries; without it, where `end` says.
    pub limit: Option<u32>,
}

/// Why a proof was not believed.
#[data]
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The bytes are no proof.
    Malformed { offset: u32 },
    /// The proof leads to another root.
    OtherRoot { computed: [u8; 32] },
    /// The proof shows something else than was claimed.
    OtherContent,
    /// The proof breaks another rule.
    Invalid,
    /// What the proof leaves out may hold something of what was claimed.
    NotCovered,
}

/// Believes proofs of one key, of several keys, and of all that a range holds.
#[contract]
impl LightClient {
    /// Starts with no proof believed.
    pub fn init(&mut self) {
        self.believed.set(&0);
    }

    /// Checks that under `root` the key holds the value, and returns how many proofs were believed.
    pub fn include(
        &mut self,
        root: [u8; 32],
        key: Vec<u8>,
        value: Vec<u8>,
        proof: Vec<u8>,
    ) -> Result<u64, Refused> {
        let shown = shown_by(root, &key, &proof)?;
        self.believe(shown == Some(value))
    }

    /// Checks that under `root` the key is absent, and returns how many proofs were believed.
    pub fn exclude(
        &mut self,
        root: [u8; 32],
        key: Vec<u8>,
        proof: Vec<u8>,
    ) -> Result<u64, Refused> {
        let shown = shown_by(root, &key, &proof)?;
        self.believe(shown.is_none())
    }

    /// Checks what several keys, which ascend, hold under `root`, and returns how many proofs were
    /// believed.
    pub fn hold(
        &mut self,
        root: [u8; 32],
        claims: Vec<Claim>,
        proof: Vec<u8>,
    ) -> Result<u64, Refused> {
        let proof = MultiProof::from_bytes(&proof).map_err(refused)?;
        let keys: Vec<&[u8]> = claims.iter().map(|claim| claim.key.as_slice()).collect();
        let shown = verify_keys(&Digest(root), &keys, &proof).map_err(refused)?;
        self.believe(shown.iter().eq(claims.iter().map(|claim| &claim.value)))
    }

    /// Checks that under `root` the range has these entries and no others, and returns how many
    /// proofs were believed.
    pub fn list(
        &mut self,
        root: [u8; 32],
        range: KeyRange,
        entries: Vec<Entry>,
        proof: Vec<u8>,
    ) -> Result<u64, Refused> {
        let proof = MultiProof::from_bytes(&proof).map_err(refused)?;
        let keys = (bound(&range.start), bound(&range.end));
        let limit = match range.limit {
            Some(limit) => Some(usize::try_from(limit).map_err(|_| Refused::Invalid)?),
            None => None,
        };
        let shown = verify_range(&Digest(root), keys, limit, &proof).map_err(refused)?;
        let claimed = entries.into_iter().map(|entry| (entry.key, entry.value));
        self.believe(shown.into_iter().eq(claimed))
    }
}

impl LightClient {
    /// Counts a proof that shows what was claimed.
    fn believe(&mut self, is_as_claimed: bool) -> Result<u64, Refused> {
        if !is_as_claimed {
            return Err(Refused::OtherContent);
        }
        let believed = self.believed.get_or_default() + 1;
        self.believed.set(&believed);
        Ok(believed)
    }
}

/// What a proof of one key shows that it holds.
fn shown_by(root: [u8; 32], key: &[u8], proof: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
    let proof = Proof::from_bytes(proof).map_err(refused)?;
    verify(&Digest(root), key, &proof).map_err(refused)
}

fn bound(end: &RangeEnd) -> Bound<&[u8]> {
    match end {
        RangeEnd::Unbounded => Bound::Unbounded,
        RangeEnd::Included { key } => Bound::Included(key),
        RangeEnd::Excluded { key } => Bound::Excluded(key),
    }
}

fn refused(error: ProofError) -> Refused {
    match error {
        ProofError::Encoding { offset, .. } => Refused::Malformed {
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
        },
        ProofError::RootMismatch { computed, .. } => Refused::OtherRoot {
            computed: computed.0,
        },
        ProofError::NotCovered => Refused::NotCovered,
        _ => Refused::Invalid,
    }
}
