//! The end of a transaction: what it changed is told from the undo log, and all that lives only
//! as long as a transaction is dropped.

use lockstep_abi::AccountId;

use super::change::StateChange;
use super::overlay::ChangedBack;
use super::{Journal, Undo};
use crate::account::Account;
use crate::fatal::Fatal;
use crate::ledger::Ledger;
use crate::receipt::Event;
use crate::state_key::StateKey;

/// A trie key and the bytes that were there.
type BytesBefore = (Vec<u8>, Option<Vec<u8>>);

impl<L: Ledger> Journal<L> {
    /// Ends the transaction. Returns its events and what it changed: accounts by id, then
    /// storage by contract and key, then code by hash.
    ///
    /// # Errors
    /// [`Fatal`] when the store below fails; nothing may be committed then.
    pub fn end_transaction(&mut self) -> Result<(Vec<Event>, Vec<StateChange>), Fatal> {
        // Put back empty, because the next transaction needs as much room.
        let mut undo = std::mem::take(&mut self.undo);
        let mut back = std::mem::take(&mut self.changed_back);
        let changes = self.changes(undo.drain(..), &mut back)?;
        self.undo = undo;
        self.changed_back = back;
        self.drop_unchanged();
        self.begin_stretch();
        self.transient.clear();
        Ok((std::mem::take(&mut self.events), changes))
    }

    /// What [`end_transaction`](Journal::end_transaction) would return now.
    pub(crate) fn transaction_so_far(&self) -> Result<(Vec<Event>, Vec<StateChange>), Fatal> {
        Ok((
            self.events.clone(),
            self.changes(self.undo.iter().cloned(), &mut ChangedBack::default())?,
        ))
    }

    /// Drops the entries that are as the ledger has them, and what was only looked at. The undo log
    /// is empty, so nothing names them. A transaction that cannot be included ends with this alone.
    pub(crate) fn drop_unchanged(&mut self) {
        let back = std::mem::take(&mut self.changed_back);
        for id in back.accounts {
            if self
                .accounts
                .get(&id)
                .is_some_and(|entry| !entry.is_changed())
            {
                self.accounts.remove(&id);
            }
        }
        for key in back.bytes {
            if self
                .bytes
                .get(&key)
                .is_some_and(|entry| !entry.is_changed())
            {
                self.bytes.remove(&key);
            }
        }
        self.seen.clear();
    }

    /// What changed, by the undo log. Notes in `back` which of the log's entries are as the ledger
    /// has them.
    fn changes(
        &self,
        undo: impl Iterator<Item = Undo>,
        back: &mut ChangedBack,
    ) -> Result<Vec<StateChange>, Fatal> {
        let (mut accounts, mut bytes) = (Vec::new(), Vec::new());
        for record in undo {
            match record {
                Undo::Account { id, before } => accounts.push((id, before)),
                Undo::Bytes { key, before } => bytes.push((key, before)),
                Undo::Transient { .. } => {}
            }
        }
        let (accounts, bytes) = (first_of_each(accounts), first_of_each(bytes));
        let mut changes = Vec::with_capacity(accounts.len().saturating_add(bytes.len()));
        self.account_changes(accounts, &mut changes, &mut back.accounts)?;
        self.byte_changes(bytes, &mut changes, &mut back.bytes)?;
        Ok(changes)
    }

    fn account_changes(
        &self,
        accounts: Vec<(AccountId, Account)>,
        changes: &mut Vec<StateChange>,
        back: &mut Vec<AccountId>,
    ) -> Result<(), Fatal> {
        for (id, before) in accounts {
            let entry = self
                .accounts
                .get(&id)
                .ok_or_else(|| Fatal::Internal("a changed account is gone"))?;
            if !entry.is_changed() {
                back.push(id);
            }
            if entry.current != before {
                let after = entry.current.clone();
                changes.push(StateChange::Account { id, before, after });
            }
        }
        Ok(())
    }

    /// Keys of storage come before those of code.
    fn byte_changes(
        &self,
        bytes: Vec<BytesBefore>,
        changes: &mut Vec<StateChange>,
        back: &mut Vec<Vec<u8>>,
    ) -> Result<(), Fatal> {
        for (key, before) in bytes {
            let entry = self
                .bytes
                .get(&key)
                .ok_or_else(|| Fatal::Internal("a changed key is gone"))?;
            if !entry.is_changed() {
                back.push(key.clone());
            }
            let after = &entry.current;
            if *after == before {
                continue;
            }
            match StateKey::from_bytes(&key) {
                Some(StateKey::Storage(contract, key)) => changes.push(StateChange::Storage {
                    contract,
                    key,
                    before,
                    after: after.clone(),
                }),
                Some(StateKey::Code(hash)) => changes.push(StateChange::Code {
                    hash,
                    length: u64::try_from(after.as_ref().map_or(0, Vec::len))
                        .map_err(|_| Fatal::Internal("code longer than u64"))?,
                }),
                // It changes with the code.
                Some(StateKey::CodeLength(_)) => {}
                Some(StateKey::Account(_)) => {
                    return Err(Fatal::Internal("an account was changed as bytes"));
                }
                None => return Err(Fatal::Internal("a changed key has no meaning")),
            }
        }
        Ok(())
    }
}

/// Puts what was noted of each thing, in the order of time, into the order of the things, of each
/// only the first note.
pub(super) fn first_of_each<K: Ord, V>(mut notes: Vec<(K, V)>) -> Vec<(K, V)> {
    // Stable, so that the first note of a thing stays the first.
    notes.sort_by(|(one, _), (other, _)| one.cmp(other));
    notes.dedup_by(|(one, _), (other, _)| one == other);
    notes
}

#[cfg(test)]
mod tests {
    use super::first_of_each;

    #[test]
    fn of_each_thing_the_first_note_is_kept() {
        let notes = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        assert_eq!(first_of_each(notes), [(1, 'b'), (2, 'a')]);
    }
}
