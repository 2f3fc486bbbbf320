//! The state during a block: a ledger below, what the block has changed above, and an undo log.
//!
//! The first change of a key behind a checkpoint writes down how to undo it and those that follow. A
//! checkpoint is a length of that log, a revert plays the log backwards to it, and to keep
//! the changes behind it takes no work, so that each costs time in proportion to what changed and
//! not to the size of the state. The log is cut into stretches, which are numbered from 1: a
//! checkpoint, a revert and the end of a transaction each begin another, and in each stretch a key
//! is written down once. The log, the events and the transient storage live for one transaction,
//! and so does what it only looked at; the changes live until the block ends and are then given to
//! the trie in one batch.
//!
//! Accounts are kept decoded and are encoded once, at the end of the block. Storage and code are
//! kept as bytes under their trie keys, in order, so that iteration can merge them with the
//! trie's (see `journal/iterate.rs`).

mod change;
mod iterate;
mod overlay;
mod state_impl;
#[cfg(test)]
mod tests;
mod transaction_end;
mod vacant;

use std::collections::{BTreeMap, btree_map};

use lockstep_abi::AccountId;
use lockstep_state_trie::Digest;
use parity_scale_codec::{DecodeAll, Encode};

pub use self::change::StateChange;
use self::overlay::{ChangedBack, Entry, Overlay, Transient};
use self::vacant::Vacancies;
use crate::account::Account;
use crate::fatal::Fatal;
use crate::ledger::{Change, Ledger};
use crate::receipt::Event;
use crate::state_key::StateKey;

/// How to undo one change.
#[derive(Clone, Debug)]
enum Undo {
    Account {
        id: AccountId,
        before: Account,
    },
    Bytes {
        key: Vec<u8>,
        before: Option<Vec<u8>>,
    },
    Transient {
        slot: (AccountId, Vec<u8>),
        before: Option<Vec<u8>>,
    },
}

/// The state during a block. See the module's text.
#[derive(Debug)]
pub struct Journal<L> {
    ledger: L,
    accounts: BTreeMap<AccountId, Entry<Account>>,
    /// Accounts that this transaction has only looked at.
    seen: BTreeMap<AccountId, Account>,
    changed_back: ChangedBack,
    bytes: Overlay,
    vacant: Vacancies,
    transient: Transient,
    events: Vec<Event>,
    undo: Vec<Undo>,
    /// The number of the undo log's last stretch.
    stretch: u64,
}

impl<L: Ledger> Journal<L> {
    /// A journal that has changed nothing yet.
    pub fn new(ledger: L) -> Journal<L> {
        Journal {
            ledger,
            accounts: BTreeMap::new(),
            seen: BTreeMap::new(),
            changed_back: ChangedBack::default(),
            bytes: BTreeMap::new(),
            vacant: Vacancies::default(),
            transient: BTreeMap::new(),
            events: Vec::new(),
            undo: Vec::new(),
            stretch: 1,
        }
    }

    /// Gives all changes to the ledger in one batch and returns the new root. When this fails the
    /// ledger stands where it stood.
    ///
    /// # Errors
    /// [`Fatal`] when the ledger fails.
    pub fn commit(self) -> Result<Digest, Fatal> {
        let (changes, mut ledger) = self.into_changes();
        ledger.update(changes, Vec::new())
    }

    /// All changes, for the ledger, and the ledger.
    pub(crate) fn into_changes(self) -> (Vec<Change>, L) {
        let accounts = self
            .accounts
            .into_iter()
            .filter(|(_, entry)| entry.is_changed())
            .map(|(id, entry)| {
                let stored = entry.current != Account::default();
                let value = stored.then(|| entry.current.encode());
                (StateKey::Account(id).to_bytes(), value)
            });
        let bytes = self
            .bytes
            .into_iter()
            .filter(|(_, entry)| entry.is_changed())
            .map(|(key, entry)| (key, entry.current));
        (accounts.chain(bytes).collect(), self.ledger)
    }

    /// The account as it is now, read from the ledger the first time.
    fn account_now(&mut self, id: &AccountId) -> Result<&Account, Fatal> {
        if let Some(entry) = self.accounts.get(id) {
            return Ok(&entry.current);
        }
        Ok(match self.seen.entry(*id) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(place) => place.insert(read_account(&self.ledger, id)?),
        })
    }

    /// The entry of an account that is about to change.
    fn account_entry(&mut self, id: &AccountId) -> Result<&mut Entry<Account>, Fatal> {
        Ok(match self.accounts.entry(*id) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(place) => {
                let original = match self.seen.remove(id) {
                    Some(account) => account,
                    None => read_account(&self.ledger, id)?,
                };
                place.insert(Entry::unchanged(original))
            }
        })
    }

    /// The bytes at a trie key, as they are now.
    fn read_bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fatal> {
        match self.bytes.get(key) {
            Some(entry) => Ok(entry.current.clone()),
            None => self.ledger.get(key),
        }
    }

    /// Sets or removes the bytes at a trie key and returns the length of what was there.
    fn write_bytes(
        &mut self,
        key: Vec<u8>,
        value: Option<Vec<u8>>,
    ) -> Result<Option<usize>, Fatal> {
        let entry = match self.bytes.get_mut(&key) {
            Some(entry) => entry,
            None => {
                let original = self.ledger.get(&key)?;
                if original == value {
                    return Ok(original.map(|bytes| bytes.len()));
                }
                let entry = Entry::unchanged(original);
                self.bytes.entry(key.clone()).or_insert(entry)
            }
        };
        let length_before = entry.current.as_ref().map(Vec::len);
        if entry.current != value {
            if value.is_some() {
                self.vacant.mark_live(&key);
            }
            if let Some(before) = entry.change(value, self.stretch) {
                self.undo.push(Undo::Bytes { key, before });
            }
        }
        Ok(length_before)
    }

    /// Begins another stretch of the undo log. No number comes twice: each stretch takes a call, and
    /// nobody makes 2^64 of them.
    fn begin_stretch(&mut self) {
        self.stretch = self.stretch.saturating_add(1);
    }

    /// Plays one record of the log backwards.
    fn undo_one(&mut self, record: Undo) {
        match record {
            Undo::Account { id, before } => {
                if let Some(entry) = self.accounts.get_mut(&id) {
                    entry.current = before;
                    self.changed_back.accounts.push(id);
                }
            }
            Undo::Bytes { key, before } => {
                if before.is_some() {
                    self.vacant.mark_live(&key);
                }
                if let Some(entry) = self.bytes.get_mut(&key) {
                    entry.current = before;
                    self.changed_back.bytes.push(key);
                }
            }
            Undo::Transient { slot, before: None } => {
                self.transient.remove(&slot);
            }
            // An earlier record may find no entry, because a later one was of a key that was not there.
            Undo::Transient { slot, before } => {
                let entry = self.transient.entry(slot);
                entry.or_insert_with(|| Entry::unchanged(None)).current = before;
            }
        }
    }
}

/// The account's record in the ledger; the default account when there is none.
pub(crate) fn read_account(ledger: &impl Ledger, id: &AccountId) -> Result<Account, Fatal> {
    let key = StateKey::Account(*id).to_bytes();
    match ledger.get(&key)? {
        Some(bytes) => {
            Account::decode_all(&mut bytes.as_slice()).map_err(|_| Fatal::Corrupt("account"))
        }
        None => Ok(Account::default()),
    }
}
