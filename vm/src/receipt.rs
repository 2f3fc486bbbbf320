//! The outcome of an included transaction, as the chain commits to it.
//!
//! A receipt holds numbers and bytes that the contracts produced, never text of this program:
//! two machines with different engines, versions or log settings write the same receipt.

use lockstep_abi::AccountId;
use parity_scale_codec::{Decode, DecodeAll, Encode};

use crate::gas::GasUsed;
use crate::status::Status;

/// Something a contract announced.
///
/// Encoded as: contract (32 bytes), a compact count and the topics of 32 bytes each, a compact
/// length and the data.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Event {
    /// The contract that emitted it: the one whose storage the frame used.
    pub contract: AccountId,
    /// What it can be found by.
    pub topics: Vec<[u8; 32]>,
    /// Its content.
    pub data: Vec<u8>,
}

/// What a transaction did.
///
/// Encoded as the fields in order: status (u16 LE), gas used (five u64 LE), output (compact
/// length, bytes), events (compact count, each as [`Event`]), deposit charged (u128 LE), deposit
/// refunded (u128 LE), fee (u128 LE). An encoding with bytes left over is refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// How it ended. For every status but [`Status::Success`] nothing it did remains but the
    /// nonce and the fee.
    pub status: Status,
    /// The gas it is charged for, by bucket.
    pub gas_used: GasUsed,
    /// On success: a call's output, the contract's id (32 bytes) of an instantiation, the code
    /// hash (32 bytes) of an upload, what `upgraded` returned, nothing for a transfer. When
    /// reverted the contract's SCALE encoded error, when panicked its message in UTF-8, and
    /// otherwise nothing. What `init` returns on success is not kept.
    pub output: Vec<u8>,
    /// The events, in the order in which they were emitted.
    pub events: Vec<Event>,
    /// What the sender paid in for storage that was added, over all contracts.
    pub deposit_charged: u128,
    /// What the sender got back for storage that was removed, over all contracts.
    pub deposit_refunded: u128,
    /// What the block's fee collector got: gas used times gas price.
    pub fee: u128,
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// When the bytes are not exactly one receipt.
    pub fn from_bytes(bytes: &[u8]) -> Result<Receipt, parity_scale_codec::Error> {
        Receipt::decode_all(&mut &*bytes)
    }

    /// The bytes over which the receipts' root is computed.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode()
    }
}
