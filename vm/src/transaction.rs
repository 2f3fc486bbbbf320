//! What an account asks of the chain, as bytes and as a value.
//!
//! All encodings are SCALE, little-endian, and there is exactly one encoding of each
//! transaction: bytes left over, padded lengths and unknown action numbers are refused. The size
//! is checked before anything is decoded.

use lockstep_abi::{AccountId, Hash};
use parity_scale_codec::{Decode, DecodeLimit, Encode};
use thiserror::Error;

use crate::action::Action;
use crate::identity::{SIGNING, transaction_id};
use crate::signature::{ed25519_verify, is_of_small_order};
use crate::validate::InvalidTransaction;

/// No type in a transaction nests deeper than this.
const DECODE_DEPTH_MAX: u32 = 8;

/// A transaction before it is signed.
///
/// Encoded as the fields in order, integers at their full width.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// The chain it is meant for.
    pub chain_id: u64,
    /// Who sends, pays and signs.
    pub sender: AccountId,
    /// The number of the sender's transactions before this one.
    pub nonce: u64,
    /// The most gas it may use. Paid up front; what is left is paid back.
    pub gas_limit: u64,
    /// What the sender pays for one gas. The machine knows no minimum: 0 is valid, and such a
    /// transaction pays no fee, however much it makes a node work. Whoever takes transactions from
    /// strangers sets a minimum where they come in, before they are checked any further.
    pub gas_price: u128,
    /// The most that it may take from the sender as storage deposit, refunds deducted.
    pub deposit_limit: u128,
    /// What it does.
    pub action: Action,
}

impl Transaction {
    /// What the sender signs: the text `lockstep/transaction/1` and the encoding.
    pub fn signing_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SIGNING.len().saturating_add(self.size_hint()));
        bytes.extend_from_slice(SIGNING);
        self.encode_to(&mut bytes);
        bytes
    }

    /// Its name: blake2b-256 of `lockstep/transaction-id/1` and the encoding. It does not cover
    /// the signature, so nobody can give a transaction a second name.
    pub fn id(&self) -> Hash {
        transaction_id(&self.encode())
    }
}

/// A transaction that can be included.
///
/// Encoded as the [`Transaction`] followed by the 64 bytes of the signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedTransaction {
    /// What was signed.
    pub transaction: Transaction,
    /// The sender's ed25519 signature over [`Transaction::signing_bytes`].
    pub signature: [u8; 64],
}

/// A transaction that the sender has signed. Only [`SignedTransaction::verify`] makes one. Whether
/// it can be included is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedTransaction<'t> {
    signed: &'t SignedTransaction,
}

impl<'t> VerifiedTransaction<'t> {
    /// The transaction and its signature.
    pub fn signed(self) -> &'t SignedTransaction {
        self.signed
    }
}

/// Why bytes are not a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// It is over the protocol's size limit; nothing was decoded.
    #[error("the transaction has {actual} bytes and the limit is {limit}; send less code or input")]
    TooLong {
        /// The most bytes.
        limit: u32,
        /// The bytes given.
        actual: usize,
    },
    /// It does not decode, or bytes are left over.
    #[error("the transaction does not decode: {0}; see the layout of `SignedTransaction`")]
    Malformed(String),
}

impl SignedTransaction {
    /// Reads a transaction of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`TransactionError`] when the bytes are too many or not exactly one transaction. The
    /// signature is not checked here.
    pub fn from_bytes(bytes: &[u8], bytes_max: u32) -> Result<SignedTransaction, TransactionError> {
        let fits = u32::try_from(bytes.len()).is_ok_and(|length| length <= bytes_max);
        if !fits {
            return Err(TransactionError::TooLong {
                limit: bytes_max,
                actual: bytes.len(),
            });
        }
        SignedTransaction::decode_all_with_depth_limit(DECODE_DEPTH_MAX, &mut &*bytes)
            .map_err(|error| TransactionError::Malformed(error.to_string()))
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode()
    }

    /// Checks the signature once, for whoever executes it later.
    ///
    /// # Errors
    /// [`InvalidTransaction::BadSignature`] when the sender did not sign it.
    pub fn verify(&self) -> Result<VerifiedTransaction<'_>, InvalidTransaction> {
        match self.signature_is_valid() {
            true => Ok(VerifiedTransaction { signed: self }),
            false => Err(InvalidTransaction::BadSignature),
        }
    }

    /// Whether the sender signed it, by the rules of ZIP-215. A key of small order, for which one
    /// signature would be valid whatever is signed, signs nothing.
    pub fn signature_is_valid(&self) -> bool {
        let sender = &self.transaction.sender.0;
        let message = self.transaction.signing_bytes();
        !is_of_small_order(sender) && ed25519_verify(sender, &self.signature, &message)
    }
}
