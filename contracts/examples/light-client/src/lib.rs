//! Checks what another chain's state holds, by proofs against its root: the trie's own verifier,
//! compiled into a contract. A bridge or an oracle would take the root from a place that it trusts;
//! here it is an argument.
#![no_std]

use lockstep_sdk::prelude::*;
use lockstep_state_trie::{Digest, Proof, ProofError, verify};

#[derive(Storage)]
pub struct LightClient {
    believed: Item<u64>,
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
}

/// Believes proofs of inclusion and exclusion.
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
        self.believe(root, &key, Some(value), &proof)
    }

    /// Checks that under `root` the key is absent, and returns how many proofs were believed.
    pub fn exclude(
        &mut self,
        root: [u8; 32],
        key: Vec<u8>,
        proof: Vec<u8>,
    ) -> Result<u64, Refused> {
        self.believe(root, &key, None, &proof)
    }
}

impl LightClient {
    fn believe(
        &mut self,
        root: [u8; 32],
        key: &[u8],
        claimed: Option<Vec<u8>>,
        proof: &[u8],
    ) -> Result<u64, Refused> {
        let proof = Proof::from_bytes(proof).map_err(refused)?;
        let shown = verify(&Digest(root), key, &proof).map_err(refused)?;
        if shown != claimed {
            return Err(Refused::OtherContent);
        }
        let believed = self.believed.get_or_default() + 1;
        self.believed.set(&believed);
        Ok(believed)
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
        _ => Refused::Invalid,
    }
}
