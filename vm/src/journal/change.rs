//! What a transaction changed, taken apart for people and tools.
//!
//! Not part of any consensus encoding: it follows from the transaction and the state before.

use lockstep_abi::{AccountId, CodeHash};

use crate::account::Account;

/// One entry of the state that a transaction changed. Entries that it changed and changed back
/// are not reported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most changes are of accounts, and a report is read once and dropped"
)]
pub enum StateChange {
    /// An account's record. The default account stands for none.
    Account {
        /// Whose.
        id: AccountId,
        /// Before the transaction.
        before: Account,
        /// After it.
        after: Account,
    },
    /// A value in a contract's storage; `None` stands for none.
    Storage {
        /// Whose.
        contract: AccountId,
        /// The contract's own key.
        key: Vec<u8>,
        /// Before the transaction.
        before: Option<Vec<u8>>,
        /// After it.
        after: Option<Vec<u8>>,
    },
    /// Code that was uploaded for the first time.
    Code {
        /// Its name.
        hash: CodeHash,
        /// Its length in bytes.
        length: u64,
    },
}
