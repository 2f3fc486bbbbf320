//! What execution sees of the ledger: one object-safe trait, so that nothing that runs
//! contracts is generic over where the state is kept.
//!
//! [`Journal`](crate::Journal) implements it over a [`Ledger`](crate::Ledger). Every change can be
//! undone back to a [`Checkpoint`]. All keys here are the contract's own; the prefixes of
//! [`StateKey`](crate::StateKey) are added behind this trait, which is why a contract cannot reach
//! another's storage.

use lockstep_abi::{AccountId, CodeHash};

use crate::account::Account;
use crate::fatal::Fatal;
use crate::receipt::Event;

/// A point in the history of a transaction's changes. Only meaningful to the state that gave it
/// out, and only until that state was reverted to an earlier one or the transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many undo records there were.
    pub(crate) changes: usize,
    /// How many events there were.
    pub(crate) events: usize,
}

/// Accounts, code, storage, transient storage and events, with undo.
///
/// Every method fails with [`Fatal`] when the store below does, and then nothing may be
/// committed any more.
pub trait State {
    /// Marks the present. There is no commit: what is not reverted stays.
    fn checkpoint(&mut self) -> Checkpoint;

    /// Undoes everything since `checkpoint`: accounts, code, storage, transient storage, events.
    fn revert(&mut self, checkpoint: Checkpoint);

    /// The account; the default one when there is none.
    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal>;

    /// Replaces the account. The default account is the same as none.
    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal>;

    /// The accounts that the transaction has changed so far, by id, as they were before it.
    fn accounts_before(&self) -> Vec<(AccountId, Account)>;

    /// Moves `amount`, or moves nothing and returns false when the sender's balance is lower.
    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal>;

    /// The code as it was uploaded.
    fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal>;

    /// The length in bytes of the code as it was uploaded; `None` when there is none. It comes from
    /// a record of its own: the code is not read.
    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal>;

    /// Code that the machine has ready is about to run, without being read. See
    /// [`Ledger::require_code`](crate::Ledger::require_code).
    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal>;

    /// Stores code under its hash, and its length. Storing it again changes nothing.
    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal>;

    /// The value at a key of the contract's storage.
    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal>;

    /// Sets a value and keeps the contract's item and byte counts.
    fn storage_set(
        &mut self,
        contract: &AccountId,
        key: &[u8],
        value: Vec<u8>,
    ) -> Result<(), Fatal>;

    /// Removes a value, keeps the counts, and says whether there was one.
    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal>;

    /// The contract's smallest stored key at or after `from`, in byte order.
    fn storage_next(&mut self, contract: &AccountId, from: &[u8])
    -> Result<Option<Vec<u8>>, Fatal>;

    /// The contract's largest stored key below `before`; `None` is above every key.
    fn storage_previous(
        &mut self,
        contract: &AccountId,
        before: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Fatal>;

    /// The value at a key of the contract's transient storage.
    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>>;

    /// Sets a transient value.
    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>);

    /// Removes a transient value and says whether there was one.
    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool;

    /// Appends an event to the transaction's list.
    fn push_event(&mut self, event: Event);

    /// How many events the transaction has emitted so far.
    fn event_count(&self) -> usize;
}
