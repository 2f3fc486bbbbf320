//! The state with a note of every key that is read or written, and of the largest values.

use std::collections::BTreeMap;

use lockstep_abi::{AccountId, CodeHash};

use crate::account::Account;
use crate::fatal::Fatal;
use crate::receipt::Event;
use crate::state::{Checkpoint, State};
use crate::state_key::StateKey;

/// A key of the state that a transaction used.
///
/// *Read*: its value, its length or its existence was asked for, by a contract or by the machine.
/// A scan reads the keys that it finds. *Written*: it was set or removed, also when the value
/// stayed the same or the frame was reverted; an account's record counts when it changed at some
/// moment, for example because its contract's storage did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// The key.
    pub key: StateKey,
    /// Whether it was read.
    pub read: bool,
    /// Whether it was written.
    pub written: bool,
}

/// See [`KeyUse`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) read: bool,
    pub(super) written: bool,
}

/// The largest of everything that has a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Peaks {
    pub(super) key_bytes: usize,
    pub(super) value_bytes: usize,
    pub(super) events: usize,
    pub(super) event_topics: usize,
    pub(super) event_data_bytes: usize,
}

/// Hands everything on to another state and takes notes.
pub(super) struct TrackedState<'s> {
    inner: &'s mut dyn State,
    peaks: Peaks,
    keys: BTreeMap<StateKey, Access>,
}

impl<'s> TrackedState<'s> {
    pub(super) fn new(inner: &'s mut dyn State) -> TrackedState<'s> {
        TrackedState {
            inner,
            peaks: Peaks::default(),
            keys: BTreeMap::new(),
        }
    }

    pub(super) fn into_parts(self) -> (Peaks, BTreeMap<StateKey, Access>) {
        (self.peaks, self.keys)
    }

    fn note_read(&mut self, key: StateKey) {
        self.keys.entry(key).or_default().read = true;
    }

    fn note_write(&mut self, key: StateKey) {
        self.keys.entry(key).or_default().written = true;
    }

    fn measure(&mut self, key: &[u8], value: &[u8]) {
        self.peaks.key_bytes = self.peaks.key_bytes.max(key.len());
        self.peaks.value_bytes = self.peaks.value_bytes.max(value.len());
    }

    /// The key that a scan found was read.
    fn note_found(&mut self, contract: &AccountId, found: Option<&Vec<u8>>) {
        if let Some(key) = found {
            self.note_read(StateKey::Storage(*contract, key.clone()));
        }
    }
}

impl State for TrackedState<'_> {
    fn checkpoint(&mut self) -> Checkpoint {
        self.inner.checkpoint()
    }

    fn revert(&mut self, checkpoint: Checkpoint) {
        self.inner.revert(checkpoint);
    }

    fn account(&mut self, id: &AccountId) -> Result<Account, Fatal> {
        self.note_read(StateKey::Account(*id));
        self.inner.account(id)
    }

    fn set_account(&mut self, id: &AccountId, account: Account) -> Result<(), Fatal> {
        if self.inner.account(id)? != account {
            self.note_write(StateKey::Account(*id));
        }
        self.inner.set_account(id, account)
    }

    fn accounts_before(&self) -> Vec<(AccountId, Account)> {
        self.inner.accounts_before()
    }

    fn transfer(&mut self, from: &AccountId, to: &AccountId, amount: u128) -> Result<bool, Fatal> {
        let moved = self.inner.transfer(from, to, amount)?;
        self.note_read(StateKey::Account(*from));
        if moved && from != to && amount > 0 {
            self.note_read(StateKey::Account(*to));
            self.note_write(StateKey::Account(*from));
            self.note_write(StateKey::Account(*to));
        }
        Ok(moved)
    }

    fn code(&mut self, hash: &CodeHash) -> Result<Option<Vec<u8>>, Fatal> {
        self.note_read(StateKey::Code(*hash));
        self.inner.code(hash)
    }

    fn code_length(&mut self, hash: &CodeHash) -> Result<Option<u32>, Fatal> {
        self.note_read(StateKey::CodeLength(*hash));
        self.inner.code_length(hash)
    }

    fn require_code(&mut self, hash: &CodeHash) -> Result<(), Fatal> {
        self.note_read(StateKey::Code(*hash));
        self.inner.require_code(hash)
    }

    fn put_code(&mut self, hash: &CodeHash, bytes: Vec<u8>) -> Result<(), Fatal> {
        self.note_write(StateKey::Code(*hash));
        self.note_write(StateKey::CodeLength(*hash));
        self.inner.put_code(hash, bytes)
    }

    fn storage_get(&mut self, contract: &AccountId, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        let value = self.inner.storage_get(contract, key)?;
        self.measure(key, value.as_deref().unwrap_or_default());
        self.note_read(StateKey::Storage(*contract, key.to_vec()));
        Ok(value)
    }

    fn storage_set(
        &mut self,
        contract: &AccountId,
        key: &[u8],
        value: Vec<u8>,
    ) -> Result<(), Fatal> {
        self.measure(key, &value);
        self.note_write(StateKey::Storage(*contract, key.to_vec()));
        let before = self.inner.account(contract)?;
        self.inner.storage_set(contract, key, value)?;
        if self.inner.account(contract)? != before {
            self.note_write(StateKey::Account(*contract));
        }
        Ok(())
    }

    fn storage_remove(&mut self, contract: &AccountId, key: &[u8]) -> Result<bool, Fatal> {
        self.measure(key, &[]);
        self.note_read(StateKey::Storage(*contract, key.to_vec()));
        self.note_write(StateKey::Storage(*contract, key.to_vec()));
        let removed = self.inner.storage_remove(contract, key)?;
        if removed {
            self.note_write(StateKey::Account(*contract));
        }
        Ok(removed)
    }

    fn storage_next(
        &mut self,
        contract: &AccountId,
        from: &[u8],
    ) -> Result<Option<Vec<u8>>, Fatal> {
        self.measure(from, &[]);
        let found = self.inner.storage_next(contract, from)?;
        self.note_found(contract, found.as_ref());
        Ok(found)
    }

    fn storage_previous(
        &mut self,
        contract: &AccountId,
        before: Option<&[u8]>,
    ) -> Result<Option<Vec<u8>>, Fatal> {
        self.measure(before.unwrap_or_default(), &[]);
        let found = self.inner.storage_previous(contract, before)?;
        self.note_found(contract, found.as_ref());
        Ok(found)
    }

    fn transient_get(&mut self, contract: &AccountId, key: &[u8]) -> Option<Vec<u8>> {
        self.measure(key, &[]);
        self.inner.transient_get(contract, key)
    }

    fn transient_set(&mut self, contract: &AccountId, key: &[u8], value: Vec<u8>) {
        self.measure(key, &value);
        self.inner.transient_set(contract, key, value);
    }

    fn transient_remove(&mut self, contract: &AccountId, key: &[u8]) -> bool {
        self.measure(key, &[]);
        self.inner.transient_remove(contract, key)
    }

    fn push_event(&mut self, event: Event) {
        self.peaks.event_topics = self.peaks.event_topics.max(event.topics.len());
        self.peaks.event_data_bytes = self.peaks.event_data_bytes.max(event.data.len());
        self.inner.push_event(event);
        self.peaks.events = self.peaks.events.max(self.inner.event_count());
    }

    fn event_count(&self) -> usize {
        self.inner.event_count()
    }
}
