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
/// out, and only until that state was reverted to an earlier one or the transaction ended. Whoever
/// runs messages keeps it and hands it back: how a state counts is its own business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many changes there were, as the state counts them. A [`Journal`](crate::Journal) counts its
    /// undo records.
    pub changes: usize,
    /// How many events there were.
    pub events: usize,
}

/// Accounts, code, storage, transient storage and events, with undo.
///
/// Every method fails with [`Fatal`] when the store below does, and then nothing may be
/// committed any more.
///
/// To keep the state of a chain elsewhere, implement [`Ledger`](crate::Ledger), which is less: the
/// [`Journal`](crate::Journal) makes a state of it, and blocks are built on it. A state of one's own is
/// for running messages without blocks ([`run_message`](crate::run_message)), or for watching one that
/// it passes all calls on to. This one copies everything at each checkpoint:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use lockstep_abi::{AccountId, CodeHash};
/// use lockstep_gas_meter::Protocol;
/// use lockstep_vm::*;
///
/// type Slots = BTreeMap<(AccountId, Vec<u8>), Vec<u8>>;
///
/// #[derive(Clone, Default)]
/// struct Contents {
///     accounts: BTreeMap<AccountId, Account>,
///     code: BTreeMap<CodeHash, Vec<u8>>,
///     storage: Slots,
///     transient: Slots,
///     events: Vec<Event>,
/// }
///
/// #[derive(Default)]
/// struct Copying {
///     begun: Contents,
///     now: Contents,
///     copies: Vec<Contents>,
/// }
///
/// impl Copying {
///     /// Replaces a stored value and keeps the contract's counts.
///     fn put(&mut self, id: &AccountId, key: &[u8], new: Option<Vec<u8>>) -> Result<bool, Fatal> {
///         let slot = (*id, key.to_vec());
///         let bytes = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, |v| key.len() + v.len());
///         let (items_new, bytes_new) = (new.iter().len(), bytes(&new));
///         let old = match new {
///             Some(value) => self.now.storage.insert(slot, value),
///             None => self.now.storage.remove(&slot),
///         };
///         let account = self.now.accounts.get_mut(id);
///         let record = account.and_then(|account| account.contract.as_mut());
///         let record = record.ok_or(Fatal::Internal("storage of an account that is no contract"))?;
///         record.storage_items += items_new as u64;
///         record.storage_items -= old.iter().len() as u64;
///         record.storage_bytes += bytes_new as u64;
///         record.storage_bytes -= bytes(&old) as u64;
///         Ok(old.is_some())
///     }
/// }
///
/// impl State for Copying {
///     fn checkpoint(&mut self) -> Checkpoint {
///         self.copies.push(self.now.clone());
///         Checkpoint { changes: self.copies.len() - 1, events: self.now.events.len() }
///     }
///
///     fn revert(&mut self, checkpoint: Checkpoint) {
///         self.copies.truncate(checkpoint.changes + 1);
///         self.now = self.copies[checkpoint.changes].clone();
///     }
///
///     fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
///         Ok(self.now.accounts.get(id).cloned().unwrap_or_default())
///     }
///
///     fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
///         self.now.accounts.insert(*id, account);
///         Ok(())
///     }
///
///     fn accounts_before(&self) -> Vec<(AccountId, Account)> {
///         let before = |id| self.begun.accounts.get(id).cloned().unwrap_or_default();
///         let all = self.now.accounts.iter().map(|(id, now)| (*id, now, before(id)));
///         let changed = all.filter(|(_, now, before)| *now != before);
///         changed.map(|(id, _, before)| (id, before)).collect()
///     }
///
///     fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
///         let mut sender = self.account(from)?;
///         let Some(rest) = sender.balance.checked_sub(amount) else {
///             return Ok(false);
///         };
///         sender.balance = rest;
///         self.set_account(from, sender)?;
///         let mut receiver = self.account(to)?;
///         receiver.balance += amount;
///         self.set_account(to, receiver)?;
///         Ok(true)
///     }
///
///     fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
///         Ok(self.now.code.get(hash).cloned())
///     }
///
///     fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal> {
///         Ok(self.now.code.get(hash).map(|code| code.len() as u32))
///     }
///
///     fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
///         let absent = Fatal::Internal("a contract's code is not in the state");
///         self.now.code.get(hash).map(drop).ok_or(absent)
///     }
///
///     fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
///         self.now.code.insert(*hash, bytes);
///         Ok(())
///     }
///
///     fn storage_get(&mut self, id: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
///         Ok(self.now.storage.get(&(*id, key.to_vec())).cloned())
///     }
///
///     fn storage_set(&mut self, id: &AccountId, key: &[u8], value: Vec<u8>) -> Result<(), Fatal> {
///         self.put(id, key, Some(value)).map(drop)
///     }
///
///     fn storage_remove(&mut self, id: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
///         self.put(id, key, None)
///     }
///
///     fn storage_next(&mut self, id: &AccountId, from: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
///         let mut keys = self.now.storage.keys();
///         let found = keys.find(|(owner, key)| owner == id && key.as_slice() >= from);
///         Ok(found.map(|(_, key)| key.clone()))
///     }
///
///     fn storage_previous(
///         &mut self,
///         id: &AccountId,
///         before: Option<&[u8]>,
///     ) -> Result<Option<Vec<u8>>, Fatal> {
///         let is_before = |key: &Vec<u8>| before.is_none_or(|before| key.as_slice() < before);
///         let mut keys = self.now.storage.keys().rev();
///         let found = keys.find(|(owner, key)| owner == id && is_before(key));
///         Ok(found.map(|(_, key)| key.clone()))
///     }
///
///     fn transient_get(&mut self, id: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
///         self.now.transient.get(&(*id, key.to_vec())).cloned()
///     }
///
///     fn transient_set(&mut self, id: &AccountId, key: &[u8], value: Vec<u8>) {
///         self.now.transient.insert((*id, key.to_vec()), value);
///     }
///
///     fn transient_remove(&mut self, id: &AccountId, key: &[u8]) -> bool {
///         self.now.transient.remove(&(*id, key.to_vec())).is_some()
///     }
///
///     fn push_event(&mut self, event: Event) {
///         self.now.events.push(event);
///     }
///
///     fn event_count(&self) -> usize {
///         self.now.events.len()
///     }
/// }
///
/// let (caller, contract) = (AccountId([1; 32]), AccountId([2; 32]));
/// let code = wat::parse_str(r#"(module (func (export "trap") unreachable))"#)?;
/// let hash = code_hash(&code);
/// let mut state = Copying::default();
/// state.put_code(&hash, code)?;
/// let record = Some(ContractRecord::new(hash, caller));
/// state.set_account(&contract, Account { contract: record, ..Account::default() })?;
/// state.set_account(&caller, Account { balance: 9, ..Account::default() })?;
///
/// let (engine, protocol) = (WasmiEngine::new(), Protocol::v1());
/// let block = BlockEnvironment {
///     chain_id: 1,
///     height: 1,
///     timestamp_ms: 0,
///     fee_collector: caller,
///     gas_limit: u64::MAX,
/// };
/// let environment =
///     Environment { engine: &engine, protocol: &protocol, block: &block, origin: caller };
/// let (mut cache, mut observer) = (CodeCache::default(), NoObserver);
/// let mut session = Session::new(environment, &mut state, &mut cache, &mut observer);
/// let message = Message {
///     target: Target::Call { contract, method: "trap".to_string() },
///     caller,
///     value: 9,
///     input: Vec::new(),
///     gas: 1_000_000,
///     stack_slots: protocol.limits.stack_slots_max,
///     read_only: false,
/// };
/// assert_eq!(run_message(&mut session, message)?.status, Status::Unreachable);
/// assert_eq!(state.account(&caller)?.balance, 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

    /// The length in bytes of uploaded code, told without reading it; `None` if there is no such code.
    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal>;

    /// Code is about to run without being read: see [`Ledger::require_code`](crate::Ledger::require_code).
    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal>;

    /// Stores code under its hash, and its length. Storing it again changes nothing.
    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal>;

    /// The value at a key of the contract's storage.
    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal>;

    /// The length in bytes of that value. A state that can tell it without copying the value should.
    fn storage_length(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<usize>, Fatal> {
        Ok(self.storage_get(contract, key)?.map(|value| value.len()))
    }

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
