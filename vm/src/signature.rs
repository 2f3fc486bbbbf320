//! Ed25519 under the rules of ZIP-215: verification for transactions and contracts, and signing
//! for tools and tests.
//!
//! ZIP-215 fixes exactly which signatures are valid: non-canonical encodings of points are
//! accepted, the scalar must be canonical, and the equation is checked with the cofactor. Other
//! libraries differ in these corners, and a difference would split the chain.

use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes};
use lockstep_abi::AccountId;

use crate::transaction::{SignedTransaction, Transaction};

/// Whether `signature` over `message` is valid for `public_key`. A key that is no point of the
/// curve has no valid signature.
pub(crate) fn ed25519_verify(public_key: &[u8; 32], signature: &[u8; 64], message: &[u8]) -> bool {
    VerificationKey::try_from(*public_key)
        .and_then(|key| key.verify(&(*signature).into(), message))
        .is_ok()
}

/// An ed25519 key that can send transactions.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
}

impl Signer {
    /// The key of a 32-byte secret seed, as RFC 8032 derives it.
    pub fn from_seed(seed: [u8; 32]) -> Signer {
        Signer {
            key: SigningKey::from(seed),
        }
    }

    /// The account that this key controls: its public key.
    pub fn account(&self) -> AccountId {
        AccountId(VerificationKeyBytes::from(&self.key).into())
    }

    /// Signs a transaction. The result is only valid when its sender is [`Signer::account`].
    pub fn sign(&self, transaction: Transaction) -> SignedTransaction {
        let signature = self.key.sign(&transaction.signing_bytes()).into();
        SignedTransaction {
            transaction,
            signature,
        }
    }
}
