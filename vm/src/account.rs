//! What the state keeps about an account. What its storage costs in deposit is in `deposit`.
//!
//! An account that equals [`Account::default`] is not stored at all, so an account that was
//! emptied and one that never was are the same thing. An external account is one without a
//! [`ContractRecord`].

use lockstep_abi::{AccountId, CodeHash};
use parity_scale_codec::{Decode, Encode};

/// One account.
///
/// Encoded as: nonce (u64 LE), balance (u128 LE), then the byte 0, or the byte 1 and the
/// [`ContractRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// How many transactions of this account were included so far; the next one carries this
    /// number. Always 0 for a contract.
    pub nonce: u64,
    /// What the account can spend.
    pub balance: u128,
    /// What makes the account a contract.
    pub contract: Option<ContractRecord>,
}

/// The contract part of an account.
///
/// Encoded as: code (32 bytes), admin (32 bytes), storage_items (u64 LE), storage_bytes
/// (u64 LE), deposit (u128 LE).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContractRecord {
    /// The code that its methods run.
    pub code: CodeHash,
    /// Who created it and may upgrade it by transaction.
    pub admin: AccountId,
    /// How many keys its storage holds.
    pub storage_items: u64,
    /// The bytes of those keys (as the contract knows them, without the prefix) and their
    /// values.
    pub storage_bytes: u64,
    /// What is held for that storage. It equals the price of the storage as it stood at the end
    /// of the last transaction, and is part of the total supply.
    pub deposit: u128,
}

impl ContractRecord {
    /// A contract whose storage is empty.
    pub fn new(code: CodeHash, admin: AccountId) -> ContractRecord {
        ContractRecord {
            code,
            admin,
            storage_items: 0,
            storage_bytes: 0,
            deposit: 0,
        }
    }
}
