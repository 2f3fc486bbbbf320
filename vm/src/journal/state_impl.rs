//! The journal as the [`State`] that execution works on.

use lockstep_abi::{AccountId, CodeHash};

use super::transaction_end::first_of_each;
use super::{Entry, Journal, Undo};
use crate::account::{Account, ContractRecord};
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::receipt::Event;
use crate::state::{Checkpoint, State};
use crate::state_key::{PREFIX_BYTES, StateKey, storage_end, storage_key};

impl<L: Ledger> State for Journal<L> {
    fn checkpoint(&mut self) -> Checkpoint {
        self.begin_stretch();
        Checkpoint {
            changes: self.undo.len(),
            events: self.events.len(),
        }
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
        while self.undo.len() > checkpoint.changes {
            if let Some(record) = self.undo.pop() {
                self.undo_one(record);
            }
        }
        self.events.truncate(checkpoint.events);
        self.begin_stretch();
        if self.undo.is_empty() {
            self.drop_unchanged();
        }
    }

    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
        self.account_now(id).cloned()
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        if *self.account_now(id)? == account {
            return Ok(());
        }
        let stretch = self.stretch;
        if let Some(before) = self.account_entry(id)?.change(account, stretch) {
            self.undo.push(Undo::Account { id: *id, before });
        }
        Ok(())
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        let changed = self.undo.iter().filter_map(|record| match record {
            Undo::Account { id, before } => Some((*id, before.clone())),
            Undo::Bytes { .. } | Undo::Transient { .. } => None,
        });
        first_of_each(changed.collect())
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        let mut sender = self.account(from)?;
        let Some(rest) = sender.balance.checked_sub(amount) else {
            return Ok(false);
        };
        if from == to || amount == 0 {
            return Ok(true);
        }
        let mut receiver = self.account(to)?;
        receiver.balance = receiver
            .balance
            .checked_add(amount)
            .ok_or_else(|| Fatal::Internal("the total supply is over u128"))?;
        sender.balance = rest;
        self.set_account(from, sender)?;
        self.set_account(to, receiver)?;
        Ok(true)
    }

    fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
        self.read_bytes(&StateKey::Code(*hash).to_bytes())
    }

    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal> {
        let Some(length) = self.read_bytes(&StateKey::CodeLength(*hash).to_bytes())? else {
            return Ok(None);
        };
        let length = length
            .try_into()
            .map_err(|_| Fatal::Corrupt("length of code"))?;
        Ok(Some(u32::from_le_bytes(length)))
    }

    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
        match self.bytes.get(&StateKey::Code(*hash).to_bytes()) {
            Some(entry) if entry.current.is_some() => Ok(()),
            Some(_) => Err(Fatal::no_code()),
            None => self.ledger.require_code(hash),
        }
    }

    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
        let length = u32::try_from(bytes.len());
        let length = length.map_err(|_| Fatal::Internal("code longer than u32 holds"))?;
        let length = length.to_le_bytes().to_vec();
        self.write_bytes(StateKey::CodeLength(*hash).to_bytes(), Some(length))?;
        self.write_bytes(StateKey::Code(*hash).to_bytes(), Some(bytes))?;
        Ok(())
    }

    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        self.read_bytes(&storage_key(contract, key))
    }

    fn storage_length(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<usize>, Fatal> {
        let key = storage_key(contract, key);
        match self.bytes.get(&key) {
            Some(entry) => Ok(entry.current.as_ref().map(Vec::len)),
            None => self.ledger.value_length(&key),
        }
    }

    fn storage_set(
        &mut self,
        contract: &AccountId,
        key: &[u8],
        value: Vec<u8>,
    ) -> Result<(), Fatal> {
        let length = value.len();
        let before = self.write_bytes(storage_key(contract, key), Some(value))?;
        self.count(contract, key.len(), before, Some(length))
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        let before = self.write_bytes(storage_key(contract, key), None)?;
        self.count(contract, key.len(), before, None)?;
        Ok(before.is_some())
    }

    fn storage_next(
        &mut self,
        contract: &AccountId,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        let found = self.first_live(&storage_key(contract, from), &storage_end(contract))?;
        Ok(found.map(without_prefix))
    }

    fn storage_previous(
        &mut self,
        contract: &AccountId,
        before: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Fatal> {
        let end = match before {
            Some(key) => storage_key(contract, key),
            None => storage_end(contract),
        };
        let found = self.last_live(&storage_key(contract, &[]), &end)?;
        Ok(found.map(without_prefix))
    }

    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        let entry = self.transient.get(&(*contract, key.to_vec()))?;
        entry.current.clone()
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        let slot = (*contract, key.to_vec());
        let entry = self.transient.entry(slot);
        let entry = entry.or_insert_with(|| Entry::unchanged(None));
        if let Some(before) = entry.change(Some(value), self.stretch) {
            let slot = (*contract, key.to_vec());
            self.undo.push(Undo::Transient { slot, before });
        }
    }

    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        let slot = (*contract, key.to_vec());
        let entry = self.transient.get_mut(&slot);
        let Some(entry) = entry.filter(|entry| entry.current.is_some()) else {
            return false;
        };
        if let Some(before) = entry.change(None, self.stretch) {
            self.undo.push(Undo::Transient { slot, before });
        }
        true
    }

    fn push_event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn event_count(&self) -> usize {
        self.events.len()
    }
}

impl<L: Ledger> Journal<L> {
    /// Keeps a contract's item and byte counts when a value of length `before` became one of
    /// length `after`; `None` is no value.
    fn count(
        &mut self,
        contract: &AccountId,
        key: usize,
        before: Option<usize>,
        after: Option<usize>,
    ) -> Result<(), Fatal> {
        if before == after {
            return Ok(());
        }
        let mut account = self.account(contract)?;
        let record = account
            .contract
            .as_mut()
            .ok_or_else(|| Fatal::Internal("storage of an account that is no contract"))?;
        recount(record, key, before, after)
            .ok_or_else(|| Fatal::Internal("a contract's storage counts are out of range"))?;
        self.set_account(contract, account)
    }
}

/// Takes the value before out of the counts and puts the value after into them; `None` when a
/// count would leave its range, which only a wrong record can cause.
fn recount(
    record: &mut ContractRecord,
    key: usize,
    before: Option<usize>,
    after: Option<usize>,
) -> Option<()> {
    let bytes = |value: usize| u64::try_from(key.checked_add(value)?).ok();
    if let Some(value) = before {
        record.storage_items = record.storage_items.checked_sub(1)?;
        record.storage_bytes = record.storage_bytes.checked_sub(bytes(value)?)?;
    }
    if let Some(value) = after {
        record.storage_items = record.storage_items.checked_add(1)?;
        record.storage_bytes = record.storage_bytes.checked_add(bytes(value)?)?;
    }
    Some(())
}

/// The contract's own key within a trie key.
fn without_prefix(mut key: Vec<u8>) -> Vec<u8> {
    key.drain(..PREFIX_BYTES.min(key.len()));
    key
}
